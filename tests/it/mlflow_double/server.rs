//! The HTTP side: one task per connection, keep-alive, bodies by their length.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::routes;
use super::store::{Store, Version};

/// A request that came in.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) body: Value,
    queries: Vec<(String, String)>,
}

impl Seen {
    /// A request as it would come in.
    pub(super) fn post(path: &str, body: Value) -> Self {
        Self { method: "POST".to_owned(), path: path.to_owned(), body, queries: Vec::new() }
    }

    /// The value of a query parameter, or nothing.
    pub(crate) fn query(&self, name: &str) -> String {
        let found = self.queries.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    }

    /// Whether it is a search of runs.
    pub(crate) fn is_runs_search(&self) -> bool {
        self.path.ends_with("/runs/search")
    }

    /// Whether it is a search of experiments.
    pub(crate) fn is_experiments_search(&self) -> bool {
        self.path.ends_with("/experiments/search")
    }

    /// The page size that it asks for.
    pub(crate) fn max_results(&self) -> u64 {
        self.body["max_results"].as_u64().unwrap_or_default()
    }
}

/// What becomes of a request.
#[derive(Clone, Debug)]
pub(crate) enum Fate {
    /// The answer of the store.
    Answer,
    /// The answer of the store, after the paused clock was moved on by so much.
    After(Duration),
    /// The answer of the store with this as its page token.
    Token(String),
    /// This status and body.
    Reply(u16, String),
    /// An answer that announces so many bytes.
    TooLong(u64),
    /// Nothing, until the other side gives up.
    Silence,
}

type Judge = dyn Fn(&Seen) -> Fate + Send + Sync;

struct State {
    version: Version,
    store: Mutex<Arc<Store>>,
    seen: Mutex<Vec<Seen>>,
    judge: Mutex<Arc<Judge>>,
    given_up: watch::Sender<usize>,
    /// How many requests came in.
    count: watch::Sender<usize>,
}

/// A server that is there as long as this value is.
pub(crate) struct Double {
    url: String,
    state: Arc<State>,
    accepting: JoinHandle<()>,
}

impl Drop for Double {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Double {
    /// Starts to listen on a free port.
    pub(crate) async fn start(version: Version, store: Store) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(State {
            version,
            store: Mutex::new(Arc::new(store)),
            seen: Mutex::default(),
            judge: Mutex::new(Arc::new(|_: &Seen| Fate::Answer)),
            given_up: watch::Sender::default(),
            count: watch::Sender::default(),
        });
        let shared = Arc::clone(&state);
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { url, state, accepting }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Decides on every request from now on.
    pub(crate) fn judge(&self, judge: impl Fn(&Seen) -> Fate + Send + Sync + 'static) {
        *self.state.judge.lock().unwrap() = Arc::new(judge);
    }

    /// Changes what is kept.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Store)) {
        change(Arc::make_mut(&mut self.state.store.lock().unwrap()));
    }

    /// All requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.state.seen.lock().unwrap().clone()
    }

    /// The requests since this was last asked.
    pub(crate) fn take_seen(&self) -> Vec<Seen> {
        std::mem::take(&mut *self.state.seen.lock().unwrap())
    }

    /// Until so many requests came in.
    pub(crate) async fn requests(&self, count: usize) {
        self.state.count.subscribe().wait_for(|seen| *seen >= count).await.unwrap();
    }

    /// Until the other side dropped so many requests that had no answer yet.
    pub(crate) async fn given_up(&self, count: usize) {
        self.state.given_up.subscribe().wait_for(|dropped| *dropped >= count).await.unwrap();
    }
}

async fn serve(mut stream: TcpStream, state: Arc<State>) {
    let mut buffer = Vec::new();
    while let Some(seen) = read_request(&mut stream, &mut buffer).await {
        state.seen.lock().unwrap().push(seen.clone());
        state.count.send_modify(|count| *count += 1);
        let judge = Arc::clone(&state.judge.lock().unwrap());
        let (status, body) = match judge(&seen) {
            Fate::Answer => answer(&state, &seen, None),
            Fate::Token(token) => answer(&state, &seen, Some(token)),
            Fate::After(time) => {
                tokio::time::pause();
                tokio::time::advance(time).await;
                tokio::time::resume();
                answer(&state, &seen, None)
            }
            Fate::Reply(status, body) => (status, body),
            Fate::TooLong(length) => {
                let head =
                    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n");
                let _ = stream.write_all(head.as_bytes()).await;
                return;
            }
            Fate::Silence => {
                let mut byte = [0];
                if !matches!(stream.read(&mut byte).await, Ok(count) if count > 0) {
                    state.given_up.send_modify(|dropped| *dropped += 1);
                }
                return;
            }
        };
        let kind = if seen.path == "/version" { "text/html" } else { "application/json" };
        let head = format!("HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n", body.len());
        if stream.write_all(&[head.as_bytes(), body.as_bytes()].concat()).await.is_err() {
            return;
        }
    }
}

fn answer(state: &State, seen: &Seen, token: Option<String>) -> (u16, String) {
    if seen.path == "/version" {
        return (200, state.version.text().to_owned());
    }
    let store = Arc::clone(&state.store.lock().unwrap());
    match routes::answer(&store, state.version, seen) {
        Some(Ok(mut value)) => {
            if let Some(token) = token {
                value["next_page_token"] = Value::String(token);
            }
            (200, escaped(&value.to_string()))
        }
        Some(Err(refusal)) => {
            let body = serde_json::json!({"error_code": refusal.code, "message": refusal.message});
            (refusal.status, escaped(&body.to_string()))
        }
        None => (404, "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>".to_owned()),
    }
}

/// As the server writes JSON: what is not ASCII in `\u`, outside the first plane in pairs.
fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        if character.is_ascii() {
            text.push(character);
        } else {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    text
}

async fn read_request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Seen> {
    let end = loop {
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        read_more(stream, buffer).await?;
    };
    let head = String::from_utf8(buffer[..end].to_vec()).ok()?;
    let mut lines = head.split("\r\n");
    let mut request = lines.next()?.split(' ');
    let (method, target) = (request.next()?.to_owned(), request.next()?.to_owned());
    let length = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse::<usize>().ok())
        .unwrap_or(0);
    let whole = end + 4 + length;
    while buffer.len() < whole {
        read_more(stream, buffer).await?;
    }
    let body = serde_json::from_slice(&buffer[end + 4..whole]).unwrap_or_default();
    buffer.drain(..whole);
    let url = url::Url::parse(&format!("http://double{target}")).ok()?;
    Some(Seen { method, path: url.path().to_owned(), body, queries: url.query_pairs().into_owned().collect() })
}

async fn read_more(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<()> {
    let count = stream.read_buf(buffer).await.ok()?;
    (count > 0).then_some(())
}
