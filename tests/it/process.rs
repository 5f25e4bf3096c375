//! The binary as a process of its own: lines of JSON-RPC over pipes, without any client library.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// When a process that says nothing is given up: far beyond all limits of the server itself.
const PATIENCE: Duration = Duration::from_secs(90);

/// The binary with these variables and this home, and nothing else of the surroundings.
pub(crate) fn binary(variables: &[(&str, &str)], home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tracker-mcp"));
    command.env_clear().env("HOME", home).envs(variables.iter().copied()).current_dir(home).kill_on_drop(true);
    command
}

/// A running process that serves over its pipes.
pub(crate) struct Process {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Lines<BufReader<ChildStdout>>,
    log: JoinHandle<String>,
    seen: Vec<String>,
}

/// What a process left behind.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    /// Every line of stdout.
    pub(crate) stdout: Vec<String>,
    pub(crate) stderr: String,
}

impl Process {
    /// Starts it.
    pub(crate) fn start(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary starts");
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut stderr = child.stderr.take().unwrap();
        let log = tokio::spawn(async move {
            let mut log = Vec::new();
            stderr.read_to_end(&mut log).await.unwrap();
            String::from_utf8_lossy(&log).into_owned()
        });
        Self { stdin: child.stdin.take(), child, lines, log, seen: Vec::new() }
    }

    /// Writes a line, whatever it is.
    pub(crate) async fn line(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().expect("its input is open");
        stdin.write_all(format!("{line}\n").as_bytes()).await.unwrap();
        stdin.flush().await.unwrap();
    }

    /// Writes a request, or a notification without `id`.
    pub(crate) async fn send(&mut self, id: Option<u64>, method: &str, params: Value) {
        let mut message = json!({"jsonrpc": "2.0", "method": method, "params": params});
        if let Some(id) = id {
            message["id"] = id.into();
        }
        self.line(&message.to_string()).await;
    }

    /// The handshake of 2025-11-25; the result of `initialize`.
    pub(crate) async fn initialize(&mut self) -> Value {
        let client = json!({"name": "test", "version": "1"});
        let params = json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client});
        self.send(Some(0), "initialize", params).await;
        let answer = self.answer(0).await;
        self.send(None, "notifications/initialized", json!({})).await;
        answer["result"].clone()
    }

    /// Calls a tool without waiting for its answer.
    pub(crate) async fn call(&mut self, id: u64, tool: &str, arguments: Value) {
        self.send(Some(id), "tools/call", json!({"name": tool, "arguments": arguments})).await;
    }

    /// The answer to a request; what comes before it is passed over.
    pub(crate) async fn answer(&mut self, id: u64) -> Value {
        loop {
            let line = timeout(PATIENCE, self.lines.next_line()).await.expect("an answer comes").unwrap();
            let line = line.unwrap_or_else(|| panic!("the output ended before the answer to {id}"));
            let message: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
            self.seen.push(line);
            if message["id"] == id && message.get("method").is_none() {
                return message;
            }
        }
    }

    /// Closes the input.
    pub(crate) fn close_input(&mut self) {
        self.stdin = None;
    }

    /// Closes the input and waits until the process has ended by itself.
    pub(crate) async fn end(mut self) -> Ended {
        self.close_input();
        while let Some(line) = timeout(PATIENCE, self.lines.next_line()).await.expect("its output ends").unwrap() {
            self.seen.push(line);
        }
        let status = timeout(PATIENCE, self.child.wait()).await.expect("it ends").unwrap();
        Ended { code: status.code(), stdout: self.seen, stderr: self.log.await.unwrap() }
    }
}

/// Runs a command to its end with nothing on its input.
pub(crate) async fn run(mut command: Command) -> Ended {
    let output = command.stdin(Stdio::null()).output();
    let output = timeout(PATIENCE, output).await.expect("it ends").unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let stdout = text(&output.stdout).lines().map(ToOwned::to_owned).collect();
    Ended { code: output.status.code(), stdout, stderr: text(&output.stderr) }
}
