//! What must never go out: placeholders instead of credentials, what a file in the working directory asks for; and what
//! goes out unencrypted is said. Each through the real binary.

use std::net::TcpListener;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::tempdir;
use wiremock::MockServer;

use crate::process::{Process, binary};

/// What the binary prints to these arguments, and whether it ended well.
async fn printed(variables: &[(&str, &str)], home: &Path, arguments: &[&str]) -> (String, bool) {
    let output = binary(variables, home).args(arguments).output().await.unwrap();
    (String::from_utf8_lossy(&output.stdout).into_owned(), output.status.success())
}

/// What `list_trackers` and `search_runs` answer.
async fn told(variables: &[(&str, &str)], home: &Path) -> String {
    let mut process = Process::start(binary(variables, home));
    process.initialize().await;
    let mut texts = Vec::new();
    for (id, tool) in [(1, "list_trackers"), (2, "search_runs")] {
        process.call(id, tool, json!({})).await;
        let answer: Value = process.answer(id).await;
        texts.push(answer["result"]["content"][0]["text"].as_str().unwrap().to_owned());
    }
    process.end().await;
    texts.join("\n")
}

fn write(home: &Path, name: &str, content: &str) {
    let path = home.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

#[tokio::test]
async fn a_placeholder_in_a_variable_or_file_of_a_tracker_is_named_and_nothing_is_sent() {
    let server = MockServer::start().await;
    let uri = ("MLFLOW_TRACKING_URI", server.uri());
    let within = server.uri().replace("http://", "http://<user>:<password>@");
    let credentials = "[mlflow]\nmlflow_tracking_username = ada\nmlflow_tracking_password = <your-password>\n";
    let clearml = [("CLEARML_API_HOST", server.uri()), ("CLEARML_API_SECRET_KEY", "k".to_owned())];
    let [api, secret] = &clearml;
    for (variables, file, words) in [
        (
            vec![&uri, &("MLFLOW_TRACKING_TOKEN", "<your-token>".to_owned())],
            None,
            "token is still a placeholder ($MLFLOW_TRACKING_TOKEN)",
        ),
        (
            vec![
                &uri,
                &("MLFLOW_TRACKING_USERNAME", "ada".to_owned()),
                &("MLFLOW_TRACKING_PASSWORD", "changeme".to_owned()),
            ],
            None,
            "password is still a placeholder ($MLFLOW_TRACKING_PASSWORD)",
        ),
        (vec![&uri], Some(credentials), ".mlflow/credentials [mlflow])"),
        (vec![&("MLFLOW_TRACKING_URI", within)], None, "username is still a placeholder (inside MLFLOW_TRACKING_URI)"),
        (
            vec![api, secret, &("CLEARML_API_ACCESS_KEY", "<your-key>".to_owned())],
            None,
            "CLEARML_API_ACCESS_KEY is still a placeholder",
        ),
    ] {
        let home = tempdir().unwrap();
        if let Some(content) = file {
            write(home.path(), ".mlflow/credentials", content);
        }
        let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let text = told(&variables, home.path()).await;
        assert!(text.contains(words), "{words}: {text}");
        assert!(!text.contains("<your-") && !text.contains("changeme"), "{text}");
    }
    assert_eq!(server.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_placeholder_for_the_token_of_databricks_is_named_and_its_host_is_not_even_connected_to() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let host = format!("https://{}", listener.local_addr().unwrap());
    let home = tempdir().unwrap();
    let text = told(&[("DATABRICKS_HOST", &host), ("DATABRICKS_TOKEN", "<your-token>")], home.path()).await;
    assert!(text.contains("token is still a placeholder ($DATABRICKS_TOKEN)"), "{text}");
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

#[tokio::test]
async fn credentials_that_go_unencrypted_to_another_machine_are_warned_of_and_others_not() {
    let mlflow = "kind = mlflow\nurl = ";
    let clearml = "kind = clearml\naccess_key = a\nsecret_key = b\nurl = ";
    for (section, warned) in [
        (format!("{mlflow}http://mlflow.lab.example.org:5000\nusername = ada\npassword = p"), true),
        (format!("{mlflow}http://mlflow.lab.example.org:5000\ntoken = t"), true),
        (format!("{mlflow}http://mlflow.lab.example.org:5000\nheader.X-Key = k"), true),
        (format!("{mlflow}http://ada:p@10.0.0.5:5000"), true),
        (format!("{clearml}http://api.lab.example.org:8008"), true),
        (format!("{mlflow}http://mlflow.lab.example.org:5000"), false),
        (format!("{mlflow}https://mlflow.lab.example.org\ntoken = t"), false),
        (format!("{mlflow}http://127.0.0.1:5000\ntoken = t"), false),
        (format!("{mlflow}http://localhost:5000\ntoken = t"), false),
        (format!("{mlflow}http://[::1]:5000\ntoken = t"), false),
        (format!("{clearml}http://localhost:8008"), false),
        (format!("{clearml}https://api.lab.example.org"), false),
    ] {
        let home = tempdir().unwrap();
        write(home.path(), ".config/tracker-mcp/tracker-mcp.ini", &format!("[tracker lab]\n{section}\n"));
        let variables = [("XDG_CONFIG_HOME", home.path().join(".config").display().to_string())];
        let variables = variables.each_ref().map(|(name, value)| (*name, value.as_str()));
        let (shown, _) = printed(&variables, home.path(), &["config", "show"]).await;
        assert_eq!(shown.contains("unencrypted; use https"), warned, "{section}: {shown}");
        // A client shows what the server writes to its log when it starts.
        let mut process = Process::start(binary(&variables, home.path()));
        process.initialize().await;
        let log = process.end().await.stderr;
        assert_eq!(log.contains("unencrypted; use https"), warned, "{section}: {log}");
    }
}

#[tokio::test]
async fn a_config_in_the_working_directory_is_pointed_out_and_not_used() {
    let server = MockServer::start().await;
    let home = tempdir().unwrap();
    let text = format!("[tracker lab]\nkind = mlflow\nurl = {}\n", server.uri());
    write(home.path(), "tracker-mcp.ini", &text);
    // A relative folder of configurations would be below the working directory.
    write(home.path(), "tracker-mcp/tracker-mcp.ini", &text);
    for variables in [&[][..], &[("XDG_CONFIG_HOME", ".")], &[("XDG_CONFIG_HOME", "")]] {
        let (report, well) = printed(variables, home.path(), &["doctor"]).await;
        let pointed_out = "tracker-mcp.ini lies in this folder and is not used; to use it: tracker-mcp --config tracker-mcp.ini doctor";
        assert!(report.contains(pointed_out) && report.contains("no tracker is configured") && !well, "{report}");
        let (report, _) = printed(variables, home.path(), &["doctor", "--json"]).await;
        let report: Value = serde_json::from_str(&report).unwrap();
        assert_eq!((&report["config"], &report["trackers"]), (&Value::Null, &json!([])));
        assert!(told(variables, home.path()).await.contains("no tracker is configured"));
    }
    assert_eq!(server.received_requests().await.unwrap().len(), 0);

    // Named, it is used, and no longer pointed out.
    let (report, _) = printed(&[], home.path(), &["--config", "tracker-mcp.ini", "doctor"]).await;
    assert!(report.contains("tracker lab (mlflow)") && !report.contains("lies in this folder"), "{report}");
    assert!(!server.received_requests().await.unwrap().is_empty());
}
