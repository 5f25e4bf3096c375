//! A client of our own server over a stream within the process: lines of JSON-RPC, as any client writes them.

use std::sync::Arc;

use backends::call::Clock;
use serde_json::{Map, Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, Lines, ReadHalf, WriteHalf};
use tokio::task::JoinHandle;

use super::picture::Picture;
use crate::config::Config;
use crate::server;

/// The version of the protocol that is spoken.
const PROTOCOL: &str = "2025-11-25";
/// Bytes that one side may write before the other reads.
const BUFFER: usize = 64 * 1024;

/// What a tool answers.
pub(super) struct Answer {
    pub(super) text: String,
    pub(super) picture: Option<Picture>,
}

/// A connection that has shaken hands.
pub(super) struct Conversation {
    lines: Lines<BufReader<ReadHalf<DuplexStream>>>,
    writer: WriteHalf<DuplexStream>,
    server: JoinHandle<Result<(), String>>,
    asked: u64,
}

impl Conversation {
    /// Starts a server of this configuration, and connects to it.
    ///
    /// # Errors
    /// A sentence that says where the connection broke.
    pub(super) async fn begin(config: Config, clock: Arc<dyn Clock>) -> Result<Self, String> {
        let (ours, theirs) = tokio::io::duplex(BUFFER);
        let server = tokio::spawn(server::serve_stream(config, clock, theirs));
        let (reader, writer) = tokio::io::split(ours);
        let mut conversation = Self { lines: BufReader::new(reader).lines(), writer, server, asked: 0 };
        let client = json!({"name": "tracker-mcp demo", "version": server::VERSION});
        let hello = json!({"protocolVersion": PROTOCOL, "capabilities": {}, "clientInfo": client});
        conversation.request("initialize", hello).await?;
        conversation.write(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await?;
        Ok(conversation)
    }

    /// Calls a tool.
    ///
    /// # Errors
    /// What the tool says went wrong, or where the connection broke.
    pub(super) async fn call(&mut self, tool: &str, arguments: &Map<String, Value>) -> Result<Answer, String> {
        let result = self.request("tools/call", json!({"name": tool, "arguments": arguments})).await?;
        let content = result.get("content").and_then(Value::as_array).into_iter().flatten();
        let texts: Vec<&str> = content.filter_map(|block| block.get("text")?.as_str()).collect();
        let text = texts.join("\n");
        let is_error = result.get("isError").and_then(Value::as_bool).unwrap_or_default();
        if is_error { Err(text) } else { Ok(Answer { text, picture: Picture::of(&result) }) }
    }

    /// Hangs up and waits until the server has let go of everything.
    pub(super) async fn end(self) -> Result<(), String> {
        drop((self.lines, self.writer));
        self.server.await.map_err(|error| format!("the server did not end well: {error}"))?
    }

    async fn request(&mut self, method: &str, params: Value) -> Result<Value, String> {
        self.asked += 1;
        self.write(&json!({"jsonrpc": "2.0", "id": self.asked, "method": method, "params": params})).await?;
        loop {
            let line = self.lines.next_line().await.map_err(|error| format!("the connection broke: {error}"))?;
            let line = line.ok_or_else(|| format!("the server ended before it answered {method}"))?;
            let mut message: Value =
                serde_json::from_str(&line).map_err(|error| format!("the answer to {method} is not JSON: {error}"))?;
            // What comes between is news, not an answer.
            if message.get("id").and_then(Value::as_u64) != Some(self.asked) {
                continue;
            }
            if let Some(error) = message.get("error") {
                return Err(format!("{method} was refused: {error}"));
            }
            return Ok(message.get_mut("result").map(Value::take).unwrap_or_default());
        }
    }

    async fn write(&mut self, message: &Value) -> Result<(), String> {
        let line = format!("{message}\n");
        self.writer.write_all(line.as_bytes()).await.map_err(|error| format!("the connection broke: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use backends::call::SystemClock;
    use backends::settings::Environment;

    use super::*;

    async fn begun() -> Conversation {
        Conversation::begin(Config::discover(&Environment::default()), Arc::new(SystemClock)).await.unwrap()
    }

    #[tokio::test]
    async fn a_tool_answers_over_the_connection() {
        let mut conversation = begun().await;
        let topic = json!({"topic": "filters"}).as_object().cloned().unwrap();
        let answer = conversation.call("get_guide", &topic).await.unwrap();
        assert!(answer.text.contains("metrics.") && answer.picture.is_none(), "{}", answer.text);
        conversation.end().await.unwrap();
    }

    #[tokio::test]
    async fn what_a_tool_or_the_server_refuses_is_an_error() {
        let mut conversation = begun().await;
        let nothing = Map::new();
        let no_tracker = conversation.call("list_projects", &nothing).await.err().unwrap();
        assert!(no_tracker.contains("no tracker is configured"), "{no_tracker}");
        let no_tool = conversation.call("lst_projects", &nothing).await.err().unwrap();
        assert!(no_tool.starts_with("tools/call was refused") && no_tool.contains("list_projects"), "{no_tool}");
        conversation.end().await.unwrap();
    }
}
