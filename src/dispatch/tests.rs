//! Waist 1 with tools that misbehave.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use backends::allowance::SOFT_DEADLINE;
use backends::call::Clock;
use backends::{Call, Capabilities, Error};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::fmt::MakeWriter;

use super::{Reply, call, through};
use crate::policy::Policy;
use crate::problem::{Problem, Result};
use crate::render::{Answer, BUDGET, Cell};
use crate::tool::{Access, Entry, Tool};
use crate::trackers::Trackers;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// What the tool does: panic, hang, wait, refuse, repeat or swell.
    mood: String,
    /// How often.
    #[serde(default)]
    count: usize,
}

/// Does as it is told.
struct Moody;

impl Tool for Moody {
    const NAME: &'static str = "be_moody";
    const GUIDE: &'static str = "";
    const ACCESS: Access = Access::Read;
    type Input = Input;

    fn offered_by(_: Capabilities) -> bool {
        true
    }

    fn waits(input: &Input) -> Duration {
        if input.mood == "wait" { Duration::from_secs(input.count as u64) } else { Duration::ZERO }
    }

    async fn run(_: &Trackers, call: &Call, input: Input) -> Result<Answer> {
        match input.mood.as_str() {
            "panic" => panic!("a secret of the process"),
            "hang" => {
                let _alive = Alive::new(input.count);
                std::future::pending::<()>().await;
            }
            "wait" => {
                assert_eq!(call.time_left(), SOFT_DEADLINE + Duration::from_secs(input.count as u64));
                std::future::pending::<()>().await;
            }
            "refuse" => {
                let error = Error::not_found("no run '\u{202e}evil\u{1b}[31m' password=hunter2hunter2");
                return Err(Problem::from(error).next("search_runs", json!({"limit": 3})));
            }
            "swell" => {
                let rows = (0..input.count).map(|n| vec![Cell::text(format!("lab:{n:032}"))]).collect();
                return Ok(Answer::new().table("runs", vec![crate::render::Column::new("run")], rows));
            }
            _ => {}
        }
        call.check()?;
        Ok(Answer::new().fact("mood", Cell::foreign(&input.mood)).fact("count", input.count))
    }
}

static MOODY: Entry = Entry::of::<Moody>();

/// The numbers of the tools that hang at the moment.
static HANGING: Mutex<BTreeSet<usize>> = Mutex::new(BTreeSet::new());

struct Alive(usize);

impl Alive {
    fn new(number: usize) -> Self {
        HANGING.lock().unwrap().insert(number);
        Self(number)
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        HANGING.lock().unwrap().remove(&self.0);
    }
}

struct Standing;

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn jitter(&self) -> f64 {
        0.0
    }
}

fn somebody() -> Call {
    Call::new("somebody", Arc::new(Standing))
}

fn arguments(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

async fn moody(call: &Call, value: Value) -> Reply {
    through(Policy::default(), &MOODY, Arc::default(), call, arguments(value)).await
}

/// What was logged, a line for each event.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Log {
    /// Takes what this thread logs as long as the guard lives.
    fn begin() -> (Self, tracing::subscriber::DefaultGuard) {
        let log = Self::default();
        let subscriber = tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false).finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    fn audit_lines(&self) -> Vec<String> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().filter(|line| line.contains(" audit: ")).map(ToOwned::to_owned).collect()
    }
}

#[tokio::test]
async fn a_panic_is_an_error_for_the_caller_and_the_next_call_is_answered() {
    let reply = moody(&somebody(), json!({"mood": "panic"})).await;

    assert!(reply.is_error && reply.structured.is_none());
    assert!(reply.text.starts_with("be_moody failed inside (a bug of tracker-mcp)"), "{}", reply.text);
    assert!(!reply.text.contains("secret"));
    assert!(!moody(&somebody(), json!({"mood": "fine"})).await.is_error);
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_never_ends_is_ended_after_thirty_seconds() {
    let begun = Instant::now();

    let reply = moody(&somebody(), json!({"mood": "hang"})).await;

    assert_eq!(begun.elapsed().as_secs(), 30);
    assert!(reply.is_error);
    assert!(reply.text.starts_with("no answer within 30 s; ask for less"), "{}", reply.text);
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_waits_has_that_time_beyond_what_every_call_has() {
    let begun = Instant::now();

    let reply = moody(&somebody(), json!({"mood": "wait", "count": 45})).await;

    assert_eq!((begun.elapsed().as_secs(), reply.is_error), (75, true));
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_call_ends_at_once_and_its_work_is_dropped() {
    let token = CancellationToken::new();
    let call = somebody().with_cancellation(token.clone());
    let hanging = tokio::spawn(async move { moody(&call, json!({"mood": "hang", "count": 41})).await });
    tokio::task::yield_now().await;
    assert!(HANGING.lock().unwrap().contains(&41));
    let begun = Instant::now();

    token.cancel();
    let reply = hanging.await.unwrap();

    assert_eq!(begun.elapsed(), Duration::ZERO);
    assert!(!HANGING.lock().unwrap().contains(&41));
    assert_eq!((reply.is_error, reply.text.as_str()), (true, "the call was cancelled"));
}

#[tokio::test]
async fn a_call_that_was_cancelled_before_it_began_does_nothing() {
    let token = CancellationToken::new();
    token.cancel();

    let reply = moody(&somebody().with_cancellation(token), json!({"mood": "panic"})).await;

    assert_eq!(reply.text, "the call was cancelled");
}

#[tokio::test]
async fn an_error_is_cleaned_and_ends_with_the_next_call() {
    let reply = moody(&somebody(), json!({"mood": "refuse"})).await;

    assert!(reply.is_error);
    assert!(!reply.text.contains(['\u{202e}', '\u{1b}']) && !reply.text.contains("hunter2"), "{}", reply.text);
    assert!(reply.text.ends_with(r#"Next: search_runs {"limit":3}"#), "{}", reply.text);
}

#[tokio::test]
async fn arguments_are_read_leniently_and_wrong_ones_are_named() {
    let reply = moody(&somebody(), json!({"mood": "fine", "count": "3"})).await;
    assert_eq!(reply.structured.unwrap()["count"], 3);

    let wrong = moody(&somebody(), json!({"mod": "fine"})).await;
    assert!(wrong.is_error && wrong.text.contains("there is no argument mod, nearest is mood"), "{}", wrong.text);
    assert!(wrong.text.contains("mood is missing"), "{}", wrong.text);
}

#[tokio::test]
async fn an_answer_that_no_tool_cut_is_cut_at_the_door() {
    let reply = moody(&somebody(), json!({"mood": "swell", "count": 5_000})).await;

    let structured = reply.structured.unwrap().to_string();
    assert!(reply.text.chars().count() <= BUDGET && structured.chars().count() <= BUDGET);
    assert!(reply.text.contains("rows of runs"));
}

#[tokio::test]
async fn every_call_writes_one_line_whatever_becomes_of_it() {
    let moods = [("fine", "answered"), ("panic", "bug"), ("refuse", "not found")];
    for (mood, outcome) in moods {
        let (log, _guard) = Log::begin();

        moody(&somebody(), json!({"mood": mood})).await;

        let lines = log.audit_lines();
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].contains(r#"tool="be_moody" caller="somebody""#), "{lines:?}");
        assert!(lines[0].contains(&format!("outcome=\"{outcome}\"")), "{lines:?}");
        assert!(lines[0].contains("requests=0 received=0"), "{lines:?}");
    }
}

#[tokio::test]
async fn no_line_repeats_an_argument() {
    for value in [
        json!({"mood": "xyzzy"}),
        json!({"xyzzy": 1}),
        json!({"mood": ["xyzzy"]}),
        json!({"mood": "panic", "count": "xyzzy"}),
    ] {
        let (log, _guard) = Log::begin();

        moody(&somebody(), value.clone()).await;

        let lines = log.audit_lines();
        assert!(lines.len() == 1 && !lines[0].contains("xyzzy"), "{value}: {lines:?}");
    }
}

#[tokio::test]
async fn a_tool_that_is_not_there_is_refused_with_a_line_and_its_name_cannot_forge_another() {
    let (log, _guard) = Log::begin();

    let reply = call(Policy::default(), Arc::default(), somebody(), "delete\n audit: x\u{1b}[2K", Map::new()).await;

    assert_eq!(reply, None);
    let lines = log.audit_lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("outcome=\"refused\"") && !lines[0].contains('\u{1b}'), "{lines:?}");
}

#[tokio::test(start_paused = true)]
async fn a_late_and_a_cancelled_call_have_their_line_too() {
    let (log, _guard) = Log::begin();
    let token = CancellationToken::new();
    token.cancel();

    moody(&somebody(), json!({"mood": "hang"})).await;
    moody(&somebody().with_cancellation(token), json!({"mood": "hang"})).await;

    let lines = log.audit_lines();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].contains("outcome=\"unavailable\" ms=30000") && lines[1].contains("outcome=\"cancelled\" ms=0"));
}

#[tokio::test]
async fn calls_side_by_side_each_get_their_own_answer() {
    let calls = (0..50).map(|count| async move {
        let reply =
            moody(&somebody(), json!({"mood": if count % 7 == 3 { "panic" } else { "fine" }, "count": count})).await;
        (count, reply)
    });

    for (count, reply) in futures::future::join_all(calls).await {
        assert_eq!(reply.is_error, count % 7 == 3);
        assert!(reply.structured.is_none_or(|answer| answer["count"] == count));
    }
}
