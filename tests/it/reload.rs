//! The binary while its configuration changes: taken up without a restart, told to the client where tools change, and
//! never given up for a broken one.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use rmcp::service::{NotificationContext, RoleClient};
use rmcp::transport::TokioChildProcess;
use rmcp::{ClientHandler, ClientServiceExt};
use serde_json::json;
use tempfile::{TempDir, tempdir};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::ChildStderr;
use tokio::sync::Notify;
use tokio::time::timeout;
use wiremock::MockServer;

use crate::canned;
use crate::connection::{Client, Era, call, text};
use crate::process::binary;

/// When a change that is not taken up is given up: many times the pause between two looks at the file.
const PATIENCE: Duration = Duration::from_secs(30);
/// What the log says of a change.
const TAKEN: &str = "the configuration changed and is used";
const REFUSED: &str = "a change of the configuration is not used";

/// A client that hears when the tools are others.
#[derive(Clone, Default)]
struct Listener {
    other_tools: Arc<Notify>,
}

impl ClientHandler for Listener {
    async fn on_tool_list_changed(&self, _: NotificationContext<RoleClient>) {
        self.other_tools.notify_one();
    }
}

/// The binary with a config that may be written anew.
struct Running {
    home: TempDir,
    client: Client<Listener>,
    log: Lines<BufReader<ChildStderr>>,
}

impl Running {
    async fn with(config: &str) -> Self {
        let home = tempdir().unwrap();
        write(&home.path().join("trackers.ini"), config);
        let mut command = binary(&[], home.path());
        command.args(["--config", "trackers.ini"]);
        let (process, log) = TokioChildProcess::builder(command).stderr(Stdio::piped()).spawn().unwrap();
        let client = Listener::default().serve_with_lifecycle(process, Era::Legacy.lifecycle()).await.unwrap();
        Self { home, client, log: BufReader::new(log.unwrap()).lines() }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Writes the config anew and waits until the log says this.
    async fn change(&mut self, config: &str, said: &str) {
        write(&self.file("trackers.ini"), config);
        self.until(said).await;
    }

    async fn until(&mut self, said: &str) {
        let found = async {
            while let Some(line) = self.log.next_line().await.unwrap() {
                if line.contains(said) {
                    return;
                }
            }
            panic!("the log ended before it said {said:?}");
        };
        timeout(PATIENCE, found).await.unwrap_or_else(|_| panic!("the log never says {said:?}"));
    }

    async fn ask(&self, tool: &str) -> String {
        text(&call(&self.client, tool, json!({})).await.unwrap())
    }
}

/// Writes a file that is its owner's alone.
fn write(path: &Path, content: &str) {
    std::fs::write(path, content).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
}

async fn server(run: &str) -> MockServer {
    canned::mlflow(vec![canned::run(1, run, &[], &[])], "").await
}

fn tracker(name: &str, server: &MockServer) -> String {
    format!("[tracker {name}]\nkind = mlflow\nurl = {}\n", server.uri())
}

#[tokio::test]
async fn a_tracker_is_added_and_taken_away_without_a_restart() {
    let (one, two) = (server("in the lab").await, server("at home").await);
    let (lab, home) = (tracker("lab", &one), tracker("home", &two));
    let mut running = Running::with(&lab).await;
    assert!(!running.ask("search_runs").await.contains("at home"));

    running.change(&format!("{lab}{home}"), TAKEN).await;
    let both = running.ask("search_runs").await;
    running.change(&home, TAKEN).await;
    let other = running.ask("search_runs").await;

    assert!(both.contains("in the lab") && both.contains("at home"), "{both}");
    assert!(!other.contains("in the lab") && other.contains("at home"), "{other}");
    running.client.cancel().await.unwrap();
}

#[tokio::test]
async fn a_broken_change_keeps_what_was_and_list_trackers_says_so_until_it_is_mended() {
    let one = server("in the lab").await;
    let lab = tracker("lab", &one);
    let mut running = Running::with(&lab).await;

    running.change(&format!("{lab}pasword = x\n"), REFUSED).await;
    let (runs, listed) = (running.ask("search_runs").await, running.ask("list_trackers").await);
    running.change(&format!("{lab}default_project = bench\n"), TAKEN).await;
    let mended = running.ask("list_trackers").await;

    assert!(runs.contains("in the lab"), "{runs}");
    assert!(listed.contains(REFUSED) && listed.contains("trackers.ini:4: pasword is no key"), "{listed}");
    assert!(!mended.contains(REFUSED) && mended.contains("default project bench"), "{mended}");
    running.client.cancel().await.unwrap();
}

#[tokio::test]
async fn a_client_is_told_when_other_toolsets_make_other_tools() {
    let lab = tracker("lab", &server("in the lab").await);
    let mut running = Running::with(&lab).await;
    let names = async |running: &Running| -> Vec<String> {
        let tools = running.client.list_tools(None).await.unwrap().tools;
        tools.into_iter().map(|tool| tool.name.into_owned()).collect()
    };
    let before = names(&running).await;

    running.change(&format!("[server]\ntoolsets = projects\n{lab}"), TAKEN).await;
    let told = timeout(PATIENCE, running.client.service().other_tools.notified()).await;
    let after = names(&running).await;

    assert!(told.is_ok(), "tools/list_changed was not received");
    assert!(before.contains(&"search_runs".to_owned()) && before.contains(&"get_project".to_owned()), "{before:?}");
    assert!(!after.contains(&"search_runs".to_owned()) && after.contains(&"get_project".to_owned()), "{after:?}");
    running.client.cancel().await.unwrap();
}

#[tokio::test]
async fn a_password_that_changes_in_its_file_is_used() {
    let one = server("in the lab").await;
    let folder = tempdir().unwrap();
    let password = folder.path().join("password");
    write(&password, "first\n");
    let section = format!("{}username = ada\npassword = file:{}\n", tracker("lab", &one), password.display());
    let mut running = Running::with(&section).await;
    running.ask("search_runs").await;

    write(&password, "second\n");
    running.until(TAKEN).await;
    running.ask("search_runs").await;

    let requests = one.received_requests().await.unwrap();
    let sent = |request: &wiremock::Request| request.headers["authorization"].to_str().unwrap().to_owned();
    // `ada:first` and `ada:second`.
    let (first, last) = (sent(&requests[0]), sent(requests.last().unwrap()));
    assert_eq!([first.as_str(), last.as_str()], ["Basic YWRhOmZpcnN0", "Basic YWRhOnNlY29uZA=="]);
    running.client.cancel().await.unwrap();
}
