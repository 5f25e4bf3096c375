//! What a client is told of the server: the command, its arguments, the variables.

use serde_json::{Map, Value, json};

use super::client::{Client, Reference};
use super::document::Entry;
use super::passed::Passed;

/// The server as it is to be started.
pub(super) struct Server<'a> {
    pub(super) name: &'a str,
    pub(super) command: &'a str,
    pub(super) args: &'a [String],
    pub(super) passed: &'a [Passed],
}

/// The entry in the client's own words.
pub(super) fn entry(client: Client, server: &Server<'_>) -> Entry {
    let Server { name, command, args, .. } = *server;
    let env = env(client, server);
    let names = names(client, server);
    let value = match client {
        Client::Goose => json!({
            "enabled": true, "type": "stdio", "name": name, "description": "Experiment trackers: MLflow and others",
            "cmd": command, "args": args, "envs": env, "env_keys": names, "timeout": 300,
        }),
        // It wants to see `env` even if there is nothing in it.
        Client::ClaudeCode => json!({ "type": "stdio", "command": command, "args": args, "env": env }),
        _ => {
            let mut value = Map::new();
            match client {
                Client::Continue => {
                    value.extend([("name".to_owned(), json!(name)), ("type".to_owned(), json!("stdio"))])
                }
                Client::VsCode => value.extend([("type".to_owned(), json!("stdio"))]),
                _ => {}
            }
            value.extend([("command".to_owned(), json!(command)), ("args".to_owned(), json!(args))]);
            if let (Reference::Names(key), false) = (client.facts().reference, names.is_empty()) {
                value.insert(key.to_owned(), json!(names));
            }
            if !env.is_empty() {
                value.insert("env".to_owned(), Value::Object(env));
            }
            Value::Object(value)
        }
    };
    Entry { value, inputs: inputs(client, server) }
}

/// The variables that the client has no way to refer to: it must have been started with them.
pub(super) fn left_out(client: Client, passed: &[Passed]) -> Vec<&str> {
    let lacks = client.facts().reference == Reference::None;
    passed.iter().filter(|one| lacks && one.value.is_none()).map(|one| one.name.as_str()).collect()
}

/// How the client writes a variable of its own environment in `env`, if it does.
pub(super) fn reference(client: Client, server: &str, one: &Passed) -> Option<String> {
    match client.facts().reference {
        Reference::Asked(..) if one.is_secret() => Some(format!("${{input:{}}}", input_id(server, one))),
        Reference::Value(open, close) | Reference::Asked(open, close) => Some(format!("{open}{}{close}", one.name)),
        Reference::None | Reference::Names(_) => None,
    }
}

fn env(client: Client, server: &Server<'_>) -> Map<String, Value> {
    let written = server.passed.iter().filter_map(|one| {
        let value = one.value.as_ref().map(|value| value.expose().to_owned());
        Some((one.name.clone(), Value::from(value.or_else(|| reference(client, server.name, one))?)))
    });
    written.collect()
}

fn names<'a>(client: Client, server: &Server<'a>) -> Vec<&'a str> {
    let listed = matches!(client.facts().reference, Reference::Names(_));
    server.passed.iter().filter(|one| listed && one.value.is_none()).map(|one| one.name.as_str()).collect()
}

fn inputs(client: Client, server: &Server<'_>) -> Vec<Value> {
    let asks = matches!(client.facts().reference, Reference::Asked(..));
    let asked = server.passed.iter().filter(|one| asks && one.value.is_none() && one.is_secret());
    asked
        .map(|one| {
            json!({ "type": "promptString", "id": input_id(server.name, one), "description": one.name, "password": true })
        })
        .collect()
}

fn input_id(server: &str, one: &Passed) -> String {
    format!("{server}-{}", one.name)
}
