//! Asks as a client does, through waist 1, at a moment that never changes.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use backends::Call;
use backends::call::Clock;
use backends::settings::Environment;
use jiff::Timestamp;
use serde_json::{Map, Value};
use tracker_mcp::config::Config;
use tracker_mcp::dispatch::{self, Reply};

/// A moment after all that `tests/live/populate.py` puts into a server.
pub(crate) const NOW: &str = "2026-06-08T20:00:00Z";
/// Who signs in nowhere, but is `me`.
pub(crate) const ME: &str = "ada";

/// A clock that stands.
pub(crate) struct Standing;

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        NOW.parse().unwrap()
    }

    fn jitter(&self) -> f64 {
        0.0
    }
}

/// One caller of a process with this configuration.
pub(crate) struct Asker {
    config: Config,
    caller: &'static str,
    patience: Option<Duration>,
}

impl Asker {
    /// In these surroundings.
    pub(crate) fn of(variables: &[(&str, &str)], home: Option<&Path>) -> Self {
        let config = Config::discover(&Environment::of(variables, home));
        Self { config, caller: "tests", patience: None }
    }

    /// Of an MLflow server at this address.
    pub(crate) fn at(uri: &str) -> Self {
        Self::of(&[("MLFLOW_TRACKING_URI", uri), ("USER", ME)], None)
    }

    /// Of a ClearML server whose API, web pages and files are all at this address. `tests/live/record_clearml.py` knows
    /// the keys too, and signs in with others.
    pub(crate) fn at_clearml(uri: &str) -> Self {
        let keys = [("CLEARML_API_ACCESS_KEY", "tests-access-key"), ("CLEARML_API_SECRET_KEY", "tests-secret-key")];
        let hosts = [("CLEARML_API_HOST", uri), ("CLEARML_WEB_HOST", uri), ("CLEARML_FILES_HOST", uri)];
        Self::of(&[&hosts[..], &keys[..]].concat(), None)
    }

    /// With this server config, in surroundings that name no tracker.
    pub(crate) fn configured(config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tracker-mcp.ini");
        std::fs::write(&path, config).unwrap();
        let config = Config::load(Some(&path), &Environment::of(&[("USER", ME)], None));
        assert_eq!(config.faults, [""; 0]);
        Self { config, caller: "tests", patience: None }
    }

    /// Of a local MLflow store, as a server config names it.
    pub(crate) fn at_store(uri: &str) -> Self {
        Self::configured(&format!("[tracker local]\nkind = local\nurl = {uri}\nweb_url = http://127.0.0.1:1\n"))
    }

    /// The same process, asked by another.
    pub(crate) fn another(&self, caller: &'static str) -> Self {
        Self { config: self.config.clone(), caller, patience: self.patience }
    }

    /// The same with less time for a call.
    pub(crate) fn with_patience(self, patience: Duration) -> Self {
        Self { patience: Some(patience), ..self }
    }

    /// The tracker, past the tools.
    pub(crate) fn tracker(&self) -> Arc<dyn backends::Tracker> {
        self.config.trackers.asked(None).unwrap().remove(0)
    }

    /// A call of this caller.
    pub(crate) fn call(&self) -> Call {
        let call = Call::new(self.caller, Arc::new(Standing)).with_allowance(self.config.allowance);
        match self.patience {
            Some(patience) => call.with_deadline(patience),
            None => call,
        }
    }

    /// Calls a tool.
    pub(crate) async fn ask(&self, tool: &str, arguments: Value) -> Asked {
        let question = format!("{tool} {arguments}");
        let call = self.call();
        let arguments: Map<String, Value> = serde_json::from_value(arguments).unwrap();
        let Config { trackers, policy, .. } = self.config.clone();
        let reply = dispatch::call(policy, Arc::clone(&trackers), call.clone(), tool, arguments).await;
        let reply = reply.unwrap_or_else(|| Reply {
            text: dispatch::unknown_tool(policy, &trackers, tool),
            structured: None,
            images: Vec::new(),
            is_error: true,
        });
        let most = self.config.allowance.characters;
        Asked { question, reply, most, requests: call.requests() }
    }

    /// Makes the first call that an error proposes, as a model does: copied out of its text.
    pub(crate) async fn follow(&self, told: &str) -> Asked {
        let (_, next) = told.rsplit_once("Next: ").unwrap_or_else(|| panic!("no next call in: {told}"));
        let (tool, rest) = next.split_once(' ').unwrap();
        let mut arguments = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        let arguments = arguments.next().unwrap().unwrap_or_else(|error| panic!("{error} in: {next}"));
        self.ask(tool, arguments).await
    }
}

/// A call and what came of it.
pub(crate) struct Asked {
    question: String,
    reply: Reply,
    /// The characters that an answer may have.
    most: usize,
    /// Requests that were sent upstream.
    pub(crate) requests: u64,
}

impl Asked {
    /// The answer, in both forms and within the budget.
    pub(crate) fn answered(self) -> Answered {
        let Self { question, reply, most, .. } = self;
        assert!(!reply.is_error, "{question} failed: {}", reply.text);
        let structured = reply.structured.unwrap_or_else(|| panic!("{question}: no structured form"));
        assert!(!reply.text.trim().is_empty(), "{question}: no text");
        for form in [&reply.text, &structured.to_string()] {
            let length = form.chars().count();
            assert!(length <= most, "{question}: {length} characters");
        }
        Answered { question, text: reply.text, structured }
    }

    /// What was said against it: one paragraph for people, whole in the text.
    pub(crate) fn refused(self) -> String {
        let Self { question, reply, .. } = self;
        assert!(reply.is_error, "{question} was answered: {}", reply.text);
        assert_eq!(reply.structured, None, "{question}");
        let length = reply.text.chars().count();
        assert!((10..4_000).contains(&length), "{question}: {length} characters: {}", reply.text);
        for mark in ["\n", "Traceback", "[SQL", "<html", "panicked", "a bug of tracker-mcp"] {
            assert!(!reply.text.contains(mark), "{question}: {mark:?} in {}", reply.text);
        }
        reply.text
    }

    /// Either way, in the shape that it must have.
    pub(crate) fn well_formed(self) -> Self {
        let copy = || Self {
            question: self.question.clone(),
            reply: self.reply.clone(),
            most: self.most,
            requests: self.requests,
        };
        if self.reply.is_error {
            copy().refused();
        } else {
            copy().answered();
        }
        self
    }

    /// The text, be it an answer or an error.
    pub(crate) fn text(&self) -> &str {
        &self.reply.text
    }

    /// What was asked.
    pub(crate) fn question(&self) -> &str {
        &self.question
    }
}

/// An answer in both forms.
pub(crate) struct Answered {
    pub(crate) question: String,
    pub(crate) text: String,
    pub(crate) structured: Value,
}

impl Answered {
    /// A column of a table of the structured form; empty where it has none.
    pub(crate) fn column(&self, table: &str, column: &str) -> Vec<Value> {
        let table = &self.structured[table];
        let columns = table["columns"].as_array().into_iter().flatten();
        let Some(at) = columns.into_iter().position(|name| name == column) else { return Vec::new() };
        table["rows"].as_array().into_iter().flatten().map(|row| row[at].clone()).collect()
    }

    /// The same of text.
    pub(crate) fn words(&self, table: &str, column: &str) -> Vec<String> {
        self.column(table, column).iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect()
    }
}
