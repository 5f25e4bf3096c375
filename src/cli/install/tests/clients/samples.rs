//! The files of the clients: made, typical with and without our entry, and broken.

use super::Client;

/// The file that is made where none was.
pub(super) fn made(client: Client) -> &'static str {
    match client {
        Client::ClaudeDesktop | Client::Cursor | Client::Windsurf | Client::Gemini => {
            r#"{
  "mcpServers": {
    "tracker": {
      "command": "/opt/tracker-mcp",
      "args": []
    }
  }
}
"#
        }
        Client::ClaudeCode => {
            r#"{
  "mcpServers": {
    "tracker": {
      "type": "stdio",
      "command": "/opt/tracker-mcp",
      "args": [],
      "env": {}
    }
  }
}
"#
        }
        Client::Continue => {
            "name: tracker
version: 0.0.1
schema: v1
mcpServers:
  - name: tracker
    type: stdio
    command: /opt/tracker-mcp
    args: []
"
        }
        Client::VsCode => {
            r#"{
  "servers": {
    "tracker": {
      "type": "stdio",
      "command": "/opt/tracker-mcp",
      "args": []
    }
  }
}
"#
        }
        Client::Zed => {
            r#"{
  "context_servers": {
    "tracker": {
      "command": "/opt/tracker-mcp",
      "args": []
    }
  }
}
"#
        }
        Client::Codex => {
            r#"[mcp_servers.tracker]
command = "/opt/tracker-mcp"
args = []
"#
        }
        Client::Goose => {
            r#"extensions:
  tracker:
    enabled: true
    type: stdio
    name: tracker
    description: "Experiment trackers: MLflow and others"
    cmd: /opt/tracker-mcp
    args: []
    envs: {}
    env_keys: []
    timeout: 300
"#
        }
        Client::Cody => {
            r#"{
  "cody.mcpServers": {
    "tracker": {
      "command": "/opt/tracker-mcp",
      "args": []
    }
  }
}
"#
        }
    }
}

/// A file as people have it, with `@` where the entry belongs, and the entry.
pub(super) fn typical(client: Client) -> Option<(&'static str, &'static str)> {
    Some(match client {
        // Two spaces, as the app writes it.
        Client::ClaudeDesktop => (
            r#"{
  "globalShortcut": "Ctrl+Space",
  "mcpServers": {
    "files": {
      "command": "npx",
      "args": ["-y", "files", "/home/ada"]
    }@
  }
}
"#,
            r#",
    "tracker": {
      "command": "/opt/tracker-mcp",
      "args": []
    }"#,
        ),
        // It has a section of its own for each project, and no newline at its end.
        Client::ClaudeCode => (
            r#"{
  "numStartups": 41,
  "projects": {
    "/home/ada/bench": {
      "mcpServers": {},
      "history": [{ "display": "say \"mcpServers\"" }]
    }
  },
  "userID": "f00d"@
}"#,
            r#",
  "mcpServers": {
    "tracker": {
      "type": "stdio",
      "command": "/opt/tracker-mcp",
      "args": [],
      "env": {}
    }
  }"#,
        ),
        Client::Continue => return None,
        // One line for each server.
        Client::Cursor => (
            r#"{
    "mcpServers": {
        "docs": { "url": "https://example.org/mcp" }, // of the team
        "files": { "command": "npx" }@
    }
}
"#,
            r#",
        "tracker": {
            "command": "/opt/tracker-mcp",
            "args": []
        }"#,
        ),
        // Tabs, comments and commas at the end.
        Client::VsCode => (
            "{
\t// what is asked for
\t\"inputs\": [],
\t\"servers\": {
\t\t/* of the team */
\t\t\"github\": {
\t\t\t\"url\": \"https://example.org/mcp\",
\t\t}, // keep@
\t},
}
",
            "
\t\t\"tracker\": {
\t\t\t\"type\": \"stdio\",
\t\t\t\"command\": \"/opt/tracker-mcp\",
\t\t\t\"args\": []
\t\t},",
        ),
        Client::Zed => (
            r#"// Zed settings
//
// see https://zed.dev/docs
{
  "theme": "One Dark", // dark
  "context_servers": {
    "other": {
      "source": "custom",
      "command": "other",
    },
    // more to come@
  },
  "vim_mode": true,
}
"#,
            r#"
    "tracker": {
      "command": "/opt/tracker-mcp",
      "args": []
    },"#,
        ),
        Client::Windsurf => (
            r#"{"mcpServers":{"files":{"command":"npx","args":["-y","files"]}@}}"#,
            r#","tracker":{"command":"/opt/tracker-mcp","args":[]}"#,
        ),
        Client::Codex => (
            r#"# models
model = "o9"   # the newest

[mcp_servers.files]
command = "npx"
args = [
  "-y",   # without asking
  "files",
]

[mcp_servers.files.env]
ROOT = "/home/ada"

[projects."/home/ada/bench"]
trust_level = "trusted"
@"#,
            r#"
[mcp_servers.tracker]
command = "/opt/tracker-mcp"
args = []
"#,
        ),
        Client::Gemini => (
            r#"{
  "ui": { "theme": "Default" },
  "mcpServers": {
    "files": {
      "command": "npx",
      "trust": false
    }@
  },
  "security": {}
}
"#,
            r#",
    "tracker": {
      "command": "/opt/tracker-mcp",
      "args": []
    }"#,
        ),
        Client::Goose => (
            r#"# providers
GOOSE_PROVIDER: anthropic
extensions:
@  # built in
  developer:
    bundled: true
    enabled: true
    name: developer
    type: builtin
  files:
    cmd: npx
    args:
    - -y
    - files
    description: |
      Files of
      this machine

GOOSE_MODEL: "some model"  # the best
"#,
            r#"  tracker:
    enabled: true
    type: stdio
    name: tracker
    description: "Experiment trackers: MLflow and others"
    cmd: /opt/tracker-mcp
    args: []
    envs: {}
    env_keys: []
    timeout: 300
"#,
        ),
        Client::Cody => (
            r#"{
  // editor
  "editor.rulers": [80, 120],
  "cody.mcpServers": {}, /* none yet */
  "files.eol": "\n"
}
"#,
            "",
        ),
    })
}

/// Files that no client can read, with the line of the fault.
pub(super) fn broken(client: Client) -> Vec<(&'static str, usize)> {
    match client {
        Client::ClaudeDesktop | Client::ClaudeCode => vec![
            ("{\n  \"mcpServers\": {\n", 2),
            ("{\n  // a comment\n}\n", 2),
            ("{\n  \"a\": 1,\n}\n", 2),
            ("[]", 1),
            ("{\n  \"mcpServers\": []\n}", 2),
        ],
        Client::Codex => vec![
            ("model = \n", 1),
            ("a = 1\n[mcp_servers.tracker\n", 2),
            ("\nmcp_servers = { other = { command = \"x\" } }\n", 2),
            ("[mcp_servers]\ntracker = { command = \"x\" }\n", 2),
        ],
        Client::Goose => vec![
            ("a: 1\nextensions: {developer: {enabled: true}}\n", 2),
            ("a: [1\n", 2),
            ("- a\n", 1),
            ("a: 1\nextensions: none\n", 2),
            ("a: 1\n---\nb: 2\n", 3),
        ],
        Client::Continue => vec![("name: mine\nmcpServers:\n  - name: other\n    command: x\n", 1), ("name: [\n", 2)],
        _ => vec![("{\n  \"a\": 1\n  \"b\": 2\n}\n", 2), ("{} {}", 1), ("\n\"text\"", 2), ("{\"a\": \"\\q\"}", 1)],
    }
}
