//! A server with the files of one run, some of them without end, as MLflow 3 and 2 serve them.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

pub(super) const RUN: &str = "0123456789abcdef0123456789abcdef";
pub(super) const KEPT: &str = "mlflow-artifacts:/1/0123456789abcdef0123456789abcdef/artifacts";

/// Which doors know ranges.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Ranges {
    /// 3.17.2
    Everywhere,
    /// 2.15.1, which also says 500 where others say what is wrong.
    GetArtifactOnly,
    /// None of the versions, but a proxy before one may make it so.
    Nowhere,
}

#[derive(Clone, Copy)]
pub(super) enum Content {
    Text(&'static str),
    /// `0123456789` over and over, so many bytes.
    Digits(u64),
}

impl Content {
    fn size(self) -> u64 {
        match self {
            Self::Text(text) => text.len() as u64,
            Self::Digits(size) => size,
        }
    }

    fn bytes(self, from: u64, to: u64) -> Vec<u8> {
        match self {
            Self::Text(text) => text.as_bytes()[from as usize..to as usize].to_vec(),
            Self::Digits(_) => (from..to).map(|at| b'0' + (at % 10) as u8).collect(),
        }
    }
}

struct State {
    ranges: Ranges,
    root: Mutex<String>,
    /// A proxy before it lets nothing through but the interface.
    interface_only: AtomicBool,
    files: Mutex<BTreeMap<String, Content>>,
    sent_of_files: AtomicU64,
    last_path: Mutex<String>,
}

pub(super) struct Server {
    address: SocketAddr,
    state: Arc<State>,
}

impl Server {
    pub(super) async fn start(ranges: Ranges, files: Vec<(&str, Content)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            ranges,
            root: Mutex::new(KEPT.to_owned()),
            interface_only: AtomicBool::new(false),
            files: Mutex::new(files.into_iter().map(|(path, content)| (path.to_owned(), content)).collect()),
            sent_of_files: AtomicU64::new(0),
            last_path: Mutex::default(),
        });
        let served = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(Arc::clone(&served), stream));
            }
        });
        Self { address, state }
    }

    pub(super) fn at(self, root: &str) -> Self {
        *self.state.root.lock().unwrap() = root.to_owned();
        self
    }

    pub(super) fn behind_a_proxy(self) -> Self {
        self.state.interface_only.store(true, Ordering::SeqCst);
        self
    }

    pub(super) fn uri(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn remove(&self, path: &str) {
        self.state.files.lock().unwrap().remove(path);
    }

    pub(super) fn put(&self, path: &str, content: Content) {
        self.state.files.lock().unwrap().insert(path.to_owned(), content);
    }

    /// Bytes of files that were written to connections.
    pub(super) fn sent_of_files(&self) -> u64 {
        self.state.sent_of_files.load(Ordering::SeqCst)
    }

    /// The path of the last request.
    pub(super) fn last_path(&self) -> String {
        self.state.last_path.lock().unwrap().clone()
    }
}

async fn answer(state: Arc<State>, mut stream: TcpStream) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).await? == 0 {
            return Ok(());
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let target = head.split(' ').nth(1).unwrap();
    let range = head.lines().find_map(|line| line.to_lowercase().strip_prefix("range: bytes=").map(str::to_owned));
    let url = Url::parse(&format!("http://h{target}")).unwrap();
    *state.last_path.lock().unwrap() = url.path().to_owned();
    let query: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
    let asked = |name: &str| query.get(name).cloned().unwrap_or_default();
    let kept = format!("/api/2.0/mlflow-artifacts/artifacts/1/{RUN}/artifacts/");
    if url.path() == "/api/2.0/mlflow/artifacts/list" {
        return list(&state, &mut stream, &asked("run_id"), &asked("path")).await;
    }
    if url.path() == "/get-artifact" && !state.interface_only.load(Ordering::SeqCst) {
        if asked("run_uuid") != RUN {
            return no_run(&mut stream, &asked("run_uuid")).await;
        }
        return file(&state, &mut stream, &asked("path"), range, state.ranges != Ranges::Nowhere).await;
    }
    match url.path().strip_prefix(&kept) {
        Some(encoded) => {
            let query = format!("p={}", encoded.replace('+', "%2B"));
            let path = url::form_urlencoded::parse(query.as_bytes()).next().unwrap().1.into_owned();
            file(&state, &mut stream, &path, range, state.ranges == Ranges::Everywhere).await
        }
        None => refuse(&mut stream, 404, "<html>").await,
    }
}

async fn list(state: &State, stream: &mut TcpStream, run: &str, folder: &str) -> io::Result<()> {
    if run != RUN {
        return no_run(stream, run).await;
    }
    let inside = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let mut entries = BTreeMap::new();
    for (path, content) in state.files.lock().unwrap().iter() {
        let Some(rest) = path.strip_prefix(&inside) else { continue };
        match rest.split_once('/') {
            Some((below, _)) => {
                let path = format!("{inside}{below}");
                entries.insert(path.clone(), json!({"path": path, "is_dir": true}));
            }
            None => {
                entries.insert(path.clone(), json!({"path": path, "is_dir": false, "file_size": content.size()}));
            }
        }
    }
    let root = state.root.lock().unwrap().clone();
    let body = json!({"root_uri": root, "files": entries.values().collect::<Vec<_>>()}).to_string();
    write(stream, &format!("200 OK\r\ncontent-type: application/json\r\ncontent-length: {}", body.len())).await?;
    stream.write_all(body.as_bytes()).await
}

async fn file(
    state: &State,
    stream: &mut TcpStream,
    path: &str,
    range: Option<String>,
    knows_ranges: bool,
) -> io::Result<()> {
    let (content, is_folder) = {
        let files = state.files.lock().unwrap();
        (files.get(path).copied(), files.keys().any(|file| file.starts_with(&format!("{path}/"))))
    };
    let Some(content) = content else {
        let (status, told) = match (state.ranges == Ranges::Everywhere, is_folder) {
            (true, true) => {
                (400, json!({"detail": format!("Artifact path refers to a directory, not a file: '{path}'")}))
            }
            (true, false) => {
                let message = format!("No such artifact: '1/{RUN}/artifacts/{path}'");
                (404, json!({"error_code": "RESOURCE_DOES_NOT_EXIST", "message": message}))
            }
            _ => (500, json!({"error_code": "INTERNAL_ERROR", "message": "failures occurred"})),
        };
        return refuse(stream, status, &told.to_string()).await;
    };
    let size = content.size();
    let common = "content-type: text/plain; charset=utf-8\r\ncontent-disposition: attachment; filename=x";
    let (from, to) = match range.filter(|_| knows_ranges && size > 0) {
        None => {
            let knows = if knows_ranges { "\r\naccept-ranges: bytes" } else { "" };
            write(stream, &format!("200 OK\r\n{common}\r\ncontent-length: {size}{knows}")).await?;
            (0, size)
        }
        Some(range) => {
            let (first, last) = range.split_once('-').unwrap();
            let wanted = match first {
                // As the old server has it: more than there is, is nothing.
                "" => size.checked_sub(last.parse().unwrap()).map(|from| (from, size)),
                first => Some((first.parse().unwrap(), (last.parse::<u64>().unwrap() + 1).min(size))),
            };
            let Some((from, to)) = wanted.filter(|(from, _)| *from < size) else {
                return write(stream, &format!("416 No\r\ncontent-range: bytes */{size}\r\ncontent-length: 0")).await;
            };
            let (last, length) = (to - 1, to - from);
            let told = format!("content-range: bytes {from}-{last}/{size}\r\ncontent-length: {length}");
            write(stream, &format!("206 Part\r\n{common}\r\n{told}\r\naccept-ranges: bytes")).await?;
            (from, to)
        }
    };
    let mut at = from;
    while at < to {
        let next = (at + 100_000).min(to);
        stream.write_all(&content.bytes(at, next)).await?;
        state.sent_of_files.fetch_add(next - at, Ordering::SeqCst);
        at = next;
    }
    Ok(())
}

async fn no_run(stream: &mut TcpStream, run: &str) -> io::Result<()> {
    let told = json!({"error_code": "RESOURCE_DOES_NOT_EXIST", "message": format!("Run with id={run} not found")});
    refuse(stream, 404, &told.to_string()).await
}

async fn refuse(stream: &mut TcpStream, status: u16, body: &str) -> io::Result<()> {
    write(stream, &format!("{status} No\r\ncontent-type: application/json\r\ncontent-length: {}", body.len())).await?;
    stream.write_all(body.as_bytes()).await
}

async fn write(stream: &mut TcpStream, head: &str) -> io::Result<()> {
    stream.write_all(format!("HTTP/1.1 {head}\r\nconnection: close\r\n\r\n").as_bytes()).await
}
