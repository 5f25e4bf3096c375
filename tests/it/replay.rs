//! Recorded exchanges of real servers, answered again on 127.0.0.1: `fixtures/<server>/`, one file per answer.
//!
//! The tests themselves are what was recorded: `tests/live/record.py` starts the real servers, fills them, and runs this
//! binary with `TRACKER_MCP_RECORD` (`mlflow-3.17.2=http://…,…`), which puts a recording proxy in the place of the
//! replay. So a test that asks something new fails with *no fixture for this request* until that is run again.
//! `record_clearml.py` does the same with a ClearML server (`clearml-2.0.0=http://…`). Where a server named itself in an
//! answer, the fixture says `{{server}}`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use regex::Regex;
use serde_json::Value;
use tempfile::TempDir;
use wiremock::{MockServer, Request, Respond, ResponseTemplate};

/// What stands for the server's address in a fixture.
const ADDRESS: &str = "{{server}}";
/// Where the recording proxies are, while fixtures are recorded.
const RECORD: &str = "TRACKER_MCP_RECORD";

/// A server that answers as the real one did.
pub(crate) struct Server {
    name: &'static str,
    uri: String,
    ids: Value,
    seen: Arc<Mutex<Vec<Seen>>>,
    /// None while the real server is asked, and where there is none.
    _replaying: Option<MockServer>,
    /// The folder of a store that needs no server.
    _kept: Option<TempDir>,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// Method, path with query, and body.
    pub(crate) request: String,
    /// Whether there was an answer to it.
    pub(crate) matched: bool,
}

impl Server {
    /// The server of this folder of fixtures.
    pub(crate) async fn start(name: &'static str) -> Self {
        let ids = read(&folder(name).join("ids.json"));
        let seen = Arc::default();
        if let Some(uri) = recorded_at(name) {
            return Self { name, uri, ids, seen, _replaying: None, _kept: None };
        }
        let server = MockServer::builder().disable_request_recording().start().await;
        let replay = Replay { fixtures: Fixtures::of(name), seen: Arc::clone(&seen), uri: server.uri() };
        wiremock::Mock::given(wiremock::matchers::any()).respond_with(replay).mount(&server).await;
        Self { name, uri: server.uri(), ids, seen, _replaying: Some(server), _kept: None }
    }

    /// No server, but MLflow's own store as `tests/live/make_local.py` made it: `mlflow.db` in a folder of its own, with the
    /// files of its runs if there are such.
    pub(crate) fn store(name: &'static str) -> Self {
        let kept = tempfile::tempdir().unwrap();
        let packed = std::fs::File::open(folder(name).join("mlflow.db.gz")).unwrap();
        let path = kept.path().join("mlflow.db");
        let mut store = std::fs::File::create(&path).unwrap();
        std::io::copy(&mut GzDecoder::new(packed), &mut store).unwrap();
        let files = folder(name).join("mlruns");
        if files.is_dir() {
            copy(&files, &kept.path().join("mlruns"));
        }
        let uri = format!("sqlite:///{}", path.display());
        let ids = read(&folder(name).join("ids.json"));
        Self { name, uri, ids, seen: Arc::default(), _replaying: None, _kept: Some(kept) }
    }

    /// The same of a folder `mlruns`.
    pub(crate) fn tree(name: &'static str) -> Self {
        let kept = tempfile::tempdir().unwrap();
        let root = kept.path().join("mlruns");
        let packed = std::fs::File::open(folder(name).join("mlruns.json.gz")).unwrap();
        let files: HashMap<String, String> = serde_json::from_reader(GzDecoder::new(packed)).unwrap();
        for (file, content) in files {
            let file = root.join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            // A character stands for a byte.
            std::fs::write(file, content.chars().map(|byte| u8::try_from(byte).unwrap()).collect::<Vec<u8>>()).unwrap();
        }
        let ids = read(&folder(name).join("ids.json"));
        Self {
            name,
            uri: format!("file://{}", root.display()),
            ids,
            seen: Arc::default(),
            _replaying: None,
            _kept: Some(kept),
        }
    }

    /// Its address.
    pub(crate) fn uri(&self) -> &str {
        &self.uri
    }

    /// The server's id of something that was put there: `runs.parent`, `bench.3`.
    pub(crate) fn id(&self, path: &str) -> String {
        let step = |value: &Value, step: &str| match value {
            Value::Array(list) => list[step.parse::<usize>().unwrap()].clone(),
            value => value[step].clone(),
        };
        let found = path.split('.').fold(self.ids.clone(), |value, name| step(&value, name));
        found.as_str().unwrap_or_else(|| panic!("{} has no id {path}", self.name)).to_owned()
    }

    /// The requests so far, in the order in which they came; `None` while fixtures are recorded.
    pub(crate) fn requests(&self) -> Option<Vec<Seen>> {
        self._replaying.as_ref().map(|_| self.seen.lock().unwrap().clone())
    }

    /// A text with names in the place of what differs between two servers with the same data: address and ids.
    pub(crate) fn neutral(&self, text: &str) -> String {
        let mut names = Vec::new();
        name_ids(&self.ids, "", &mut names);
        let text = text.replace(&self.uri, "http://tracker.test");
        names.into_iter().fold(text, |text, (id, name)| text.replace(&id, &name))
    }
}

/// A folder with all that is in it.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy(&source, &target);
        } else {
            std::fs::copy(source, target).unwrap();
        }
    }
}

impl Drop for Server {
    /// What was asked and never recorded fails the test, whatever it made of the answer.
    fn drop(&mut self) {
        let seen = self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let unmatched: Vec<&str> = seen.iter().filter(|one| !one.matched).map(|one| one.request.as_str()).collect();
        if unmatched.is_empty() || std::thread::panicking() {
            return;
        }
        let list = unmatched.join("\n  ");
        panic!("{} has no fixture for (tests/live/record.py makes them):\n  {list}", self.name);
    }
}

/// Answers from the fixtures, and 501 otherwise.
struct Replay {
    fixtures: Arc<Fixtures>,
    seen: Arc<Mutex<Vec<Seen>>>,
    uri: String,
}

impl Respond for Replay {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let question = Question::of(request);
        let answer = self.fixtures.answer(&question);
        let text = question.text();
        self.seen.lock().unwrap().push(Seen { request: text.clone(), matched: answer.is_some() });
        match answer {
            Some(answer) => {
                let response = ResponseTemplate::new(answer.status);
                let response = response.set_body_raw(answer.body_at(&self.uri), &answer.content_type);
                match &answer.content_range {
                    Some(range) => response.insert_header("content-range", range.as_str()),
                    None => response,
                }
            }
            None => ResponseTemplate::new(501).set_body_string(format!("no fixture for this request: {text}")),
        }
    }
}

/// What makes two requests the same: neither order in the query nor in objects of the body.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Question {
    method: String,
    path: String,
    query: Vec<(String, String)>,
    body: String,
    /// The part of a file that is asked for, or nothing.
    range: String,
}

impl Question {
    fn of(request: &Request) -> Self {
        let body = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
        let query = request.url.query().unwrap_or_default();
        let range = request.headers.get("range").and_then(|range| range.to_str().ok()).unwrap_or_default();
        Self::new(request.method.as_str(), request.url.path(), query, body).of_range(range)
    }

    fn of_range(self, range: &str) -> Self {
        Self { range: range.to_owned(), ..self }
    }

    fn new(method: &str, path: &str, query: &str, mut body: Value) -> Self {
        let pairs = url::form_urlencoded::parse(query.as_bytes());
        let mut query: Vec<(String, String)> =
            pairs.map(|(key, value)| (key.into_owned(), value.into_owned())).collect();
        query.sort();
        body.sort_all_objects();
        Self { method: method.to_owned(), path: path.to_owned(), query, body: body.to_string(), range: String::new() }
    }

    /// The same without the moments in it: relative times of a program that runs on the real clock.
    fn at_any_time(&self) -> Self {
        static MOMENTS: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r"\b\d{13}\b|\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?").unwrap());
        Self { body: MOMENTS.replace_all(&self.body, "0").into_owned(), ..self.clone() }
    }

    fn text(&self) -> String {
        let Self { method, path, query, body, range } = self;
        let query: Vec<String> = query.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let mark = if query.is_empty() { "" } else { "?" };
        let range = if range.is_empty() { String::new() } else { format!(" Range: {range}") };
        format!("{method} {path}{mark}{} {body}{range}", query.join("&"))
    }
}

struct Recorded {
    status: u16,
    content_type: String,
    content_range: Option<String>,
    body: Vec<u8>,
}

impl Recorded {
    fn of(response: &Value) -> Option<Self> {
        let text = |part: &str| response[part].as_str().map(ToOwned::to_owned);
        Some(Self {
            status: u16::try_from(response["status"].as_u64()?).ok()?,
            content_type: text("content_type")?,
            content_range: text("content_range"),
            body: match text("base64") {
                Some(bytes) => STANDARD.decode(bytes).ok()?,
                None => text("body")?.into_bytes(),
            },
        })
    }

    /// As a server at this address says it.
    fn body_at(&self, uri: &str) -> Vec<u8> {
        match std::str::from_utf8(&self.body) {
            Ok(text) => text.replace(ADDRESS, uri).into_bytes(),
            Err(_) => self.body.clone(),
        }
    }
}

/// A folder of exchanges.
struct Fixtures {
    exact: HashMap<Question, Arc<Recorded>>,
    at_any_time: HashMap<Question, Arc<Recorded>>,
}

impl Fixtures {
    /// The folder, read once per process.
    fn of(name: &'static str) -> Arc<Self> {
        static READ: LazyLock<Mutex<HashMap<&str, Arc<Fixtures>>>> = LazyLock::new(Mutex::default);
        let mut read = READ.lock().unwrap();
        Arc::clone(read.entry(name).or_insert_with(|| Arc::new(Self::read(&folder(name)))))
    }

    fn read(folder: &Path) -> Self {
        let mut fixtures = Self { exact: HashMap::new(), at_any_time: HashMap::new() };
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        for file in files.filter(|file| !file.ends_with("ids.json")) {
            let exchange = self::read(&file);
            let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{}", file.display())).to_owned();
            let recorded = Recorded::of(&exchange["response"]);
            let recorded = Arc::new(recorded.unwrap_or_else(|| panic!("no answer in {}", file.display())));
            for request in exchange["requests"].as_array().unwrap() {
                let [method, path] = ["method", "path"].map(|part| text(&request[part]));
                let query = request["query"].as_str().unwrap_or_default();
                let question = Question::new(&method, &path, query, request["body"].clone());
                let question = question.of_range(request["range"].as_str().unwrap_or_default());
                fixtures.at_any_time.insert(question.at_any_time(), Arc::clone(&recorded));
                let before = fixtures.exact.insert(question, Arc::clone(&recorded));
                assert!(before.is_none(), "{} answers what another file answers too", file.display());
            }
        }
        fixtures
    }

    fn answer(&self, question: &Question) -> Option<&Recorded> {
        let found = self.exact.get(question).or_else(|| self.at_any_time.get(&question.at_any_time()));
        found.map(Arc::as_ref)
    }
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures").join(name)
}

fn read(file: &Path) -> Value {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn recorded_at(name: &str) -> Option<String> {
    let proxies = std::env::var(RECORD).ok()?;
    let mut proxies = proxies.split(',').filter_map(|entry| entry.split_once('='));
    proxies.find(|(server, _)| *server == name).map(|(_, uri)| uri.to_owned())
}

/// Each run's id with its place in `ids.json`, and with it the beginning that serves as a name.
fn name_ids(ids: &Value, path: &str, names: &mut Vec<(String, String)>) {
    let below = |step: &str| if path.is_empty() { step.to_owned() } else { format!("{path}.{step}") };
    match ids {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| name_ids(value, &below(key), names)),
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(at, value)| name_ids(value, &below(&at.to_string()), names))
        }
        Value::String(id) if id.len() == 32 => {
            names.push((id.clone(), format!("{{{path}}}")));
            if path == "runs.golden_0" {
                names.push((id[..8].to_owned(), format!("{{the beginning of {path}}}")));
            }
        }
        _ => {}
    }
}

#[tokio::test]
async fn a_request_that_was_never_recorded_is_told_with_all_it_asked() {
    if std::env::var_os(RECORD).is_some() {
        return;
    }
    let server = Server::start("mlflow-3.17.2").await;
    let asker = crate::asking::Asker::at(server.uri());
    let told = asker.ask("list_projects", serde_json::json!({"query": "never recorded"})).await.refused();
    let request = "no fixture for this request: POST /api/2.0/mlflow/experiments/search {\"filter\":";
    assert!(told.contains(request) && told.contains("never recorded"), "{told}");
    let seen = server.requests().unwrap();
    assert!(matches!(seen.as_slice(), [one] if !one.matched && one.request.contains("never recorded")), "{seen:?}");
    let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(server))).unwrap_err();
    let message = failed.downcast_ref::<String>().unwrap();
    assert!(message.contains("mlflow-3.17.2 has no fixture") && message.contains("never recorded"), "{message}");
}

#[test]
fn a_request_is_the_same_in_any_order_and_at_any_time() {
    let question = |query, filter: &str| Question::new("POST", "/runs", query, serde_json::json!({"filter": filter}));
    let asked = question("b=2&a=1", "start_time > 1780300800000");
    assert_eq!(asked, question("a=1&b=2", "start_time > 1780300800000"));
    assert_ne!(asked, question("a=1", "start_time > 1780300800000"));
    let later = question("a=1&b=2", "start_time > 1790000000000");
    assert!(asked != later && asked.at_any_time() == later.at_any_time());
    assert_ne!(asked.at_any_time(), question("a=1&b=2", "start_time > 17800").at_any_time());
    let spelt_out = |time| question("", &format!("{time} <= x")).at_any_time();
    assert_eq!(spelt_out("2026-06-01T08:00:00"), spelt_out("2027-12-31T23:59:59.123456+00:00"));
    assert_ne!(spelt_out("2026-06-01T08:00:00"), spelt_out("2026-06-01"));
}

#[test]
fn an_answer_names_the_server_that_gives_it_and_may_be_no_text() {
    let of = |part: &str, content: &str| {
        Recorded::of(&serde_json::json!({"status": 200, "content_type": "x/y", part: content})).unwrap()
    };
    let text = of("body", r#"{"uri": "{{server}}/a.txt"}"#);
    assert_eq!(text.body_at("http://127.0.0.1:9"), br#"{"uri": "http://127.0.0.1:9/a.txt"}"#);
    assert_eq!(of("base64", "iVBORw==").body_at("http://127.0.0.1:9"), b"\x89PNG");
}
