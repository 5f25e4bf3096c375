//! No output shows a secret, and credentials go where they belong and nowhere else.

mod credentials;
mod refusals;
mod settings;
mod texts;

use std::path::Path;
use std::sync::Arc;

use backends::Call;
use backends::call::SystemClock;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;
use tracker_mcp::config::Config;
use tracker_mcp::dispatch;

use crate::canned;
use crate::process::{Process, binary, run};

/// A name that may be shown, and a password that may not: with characters that URLs, files and shells treat specially.
const USER: &str = "ada";
const PASSWORD: &str = "plover/xyzzy:7319@%#";
const TOKEN: &str = "tok-plugh-4711-wumpus";

/// A way in which MLflow's own client takes credentials.
struct Way {
    name: &'static str,
    variables: Vec<(&'static str, String)>,
    /// The home, with `~/.mlflow/credentials` or without.
    home: TempDir,
    /// The header that the server must get.
    header: String,
}

impl Way {
    fn environment(&self) -> Vec<(&str, &str)> {
        self.variables.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }

    fn config(&self) -> Config {
        let environment = backends::settings::Environment::of(&self.environment(), Some(self.home.path()));
        Config::discover(&environment)
    }
}

/// All ways to sign in to the server at this address.
fn ways(uri: &str) -> Vec<Way> {
    let basic = format!("Basic {}", STANDARD.encode(format!("{USER}:{PASSWORD}")));
    let encoded: String = url::form_urlencoded::byte_serialize(PASSWORD.as_bytes()).collect();
    let within = uri.replace("://", &format!("://{USER}:{encoded}@"));
    let plain = vec![("MLFLOW_TRACKING_URI", uri.to_owned())];
    let with = |more: &[(&'static str, &str)]| -> Vec<(&'static str, String)> {
        plain.iter().cloned().chain(more.iter().map(|(name, value)| (*name, (*value).to_owned()))).collect()
    };
    let file = format!("[mlflow]\nmlflow_tracking_username = {USER}\nmlflow_tracking_password = {PASSWORD}\n");
    vec![
        Way {
            name: "the password within the URI",
            variables: vec![("MLFLOW_TRACKING_URI", within)],
            home: home(None),
            header: basic.clone(),
        },
        Way {
            name: "variables",
            variables: with(&[("MLFLOW_TRACKING_USERNAME", USER), ("MLFLOW_TRACKING_PASSWORD", PASSWORD)]),
            home: home(None),
            header: basic.clone(),
        },
        Way {
            name: "a token",
            variables: with(&[("MLFLOW_TRACKING_TOKEN", TOKEN)]),
            home: home(None),
            header: format!("Bearer {TOKEN}"),
        },
        Way { name: "the credentials file", variables: plain.clone(), home: home(Some(&file)), header: basic },
    ]
}

/// A home of its own, with this credentials file.
fn home(credentials: Option<&str>) -> TempDir {
    let home = tempfile::tempdir().unwrap();
    if let Some(text) = credentials {
        std::fs::create_dir(home.path().join(".mlflow")).unwrap();
        std::fs::write(home.path().join(".mlflow/credentials"), text).unwrap();
    }
    home
}

/// Every form in which the credentials could be seen.
fn credentials() -> Vec<String> {
    let encoded: String = url::form_urlencoded::byte_serialize(PASSWORD.as_bytes()).collect();
    let pair = STANDARD.encode(format!("{USER}:{PASSWORD}"));
    vec![PASSWORD.to_owned(), "plover".to_owned(), encoded, pair, TOKEN.to_owned()]
}

/// Fails if the text shows one of these.
#[track_caller]
fn assert_hidden(what: &str, text: &str, secrets: &[String]) {
    for secret in secrets {
        if let Some((before, after)) = text.split_once(secret.as_str()) {
            let before: String = before.chars().rev().take(200).collect::<Vec<_>>().into_iter().rev().collect();
            let after: String = after.chars().take(100).collect();
            panic!("{what}: {secret:?} is shown: …{before}{secret}{after}…");
        }
    }
}

/// Calls that touch all that a tool can show.
fn calls() -> Vec<(&'static str, Value)> {
    let everything = ["params", "metrics", "tags", "artifacts", "datasets", "models", "code", "config", "children"];
    vec![
        ("list_trackers", json!({})),
        ("get_guide", json!({})),
        ("list_projects", json!({})),
        ("list_projects", json!({"query": "nowhere"})),
        ("get_project", json!({"project": canned::EXPERIMENT})),
        ("get_project", json!({"project": "bensch"})),
        ("search_runs", json!({})),
        ("search_runs", json!({"columns": ["params.*", "tags.*", "metrics.*", "user", "commit"]})),
        ("search_runs", json!({"filter": "params.password is not null and tags.deploy like '%'"})),
        ("search_runs", json!({"filter": "params.passwort = 'x'"})),
        ("search_runs", json!({"query": "leaky"})),
        ("get_runs", json!({"runs": ["last"], "include": everything})),
        ("get_runs", json!({"runs": [canned::run_id(1), canned::run_id(2)]})),
        ("get_runs", json!({"runs": ["last 2"], "keys": ["*"]})),
        ("get_runs", json!({"runs": ["no such run"]})),
    ]
}

/// What the tools say to all calls, in both forms.
async fn said(config: &Config) -> String {
    said_to(config, calls()).await
}

/// What the tools say to a call of each kind: where the server fails, each takes its tries and their pauses.
async fn said_in_short(config: &Config) -> String {
    let calls = vec![("list_trackers", json!({})), ("search_runs", json!({})), ("get_runs", json!({"runs": ["last"]}))];
    said_to(config, calls).await
}

async fn said_to(config: &Config, calls: Vec<(&str, Value)>) -> String {
    let mut said = String::new();
    for (tool, arguments) in calls {
        let Value::Object(arguments) = arguments else { panic!("no object") };
        let call = Call::new("test", Arc::new(SystemClock));
        let reply = dispatch::call(config.policy, Arc::clone(&config.trackers), call, tool, arguments).await.unwrap();
        said += &format!("{tool}\n{}\n", reply.text);
        said += &reply.structured.map(|structured| structured.to_string()).unwrap_or_default();
    }
    said
}

/// All that the binary writes when it serves these calls and when it is asked how it is, with everything logged.
async fn written(variables: &[(&str, &str)], home: &Path) -> String {
    let variables = [variables, &[("TRACKER_MCP_LOG", "trace"), ("RUST_LOG", "trace")]].concat();
    let mut doctor = binary(&variables, home);
    doctor.arg("doctor");
    let told = run(doctor).await;
    let mut process = Process::start(binary(&variables, home));
    process.initialize().await;
    for (id, (tool, arguments)) in (1..).zip(calls()) {
        process.call(id, tool, arguments).await;
        process.answer(id).await;
    }
    let served = process.end().await;
    assert!(served.stderr.contains("TRACE"), "nothing was logged");
    [told.stdout.join("\n"), told.stderr, served.stdout.join("\n"), served.stderr].join("\n")
}
