//! Waist 1: the one door through which every call of every tool goes, whatever brought it here.
//!
//! Find · policy · lenient arguments · deadline · panic guard · audit · render.

mod not_offered;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use backends::call::GRACE;
use backends::{Call, Error, ErrorKind};
use futures::FutureExt;
use serde_json::{Map, Value};
use tokio::time::Instant;

use crate::arguments;
use crate::audit::{self, Outcome};
use crate::catalogue;
use crate::policy::Policy;
use crate::problem::{Problem, Result};
use crate::render::{self, Answer, Image};
use crate::tool::Entry;
use crate::trackers::Trackers;

pub use not_offered::unknown_tool;

/// What a call ends with: both forms carry the same facts.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// For people and for clients that show text.
    pub text: String,
    /// For clients that show data; none for an error, which must be whole in its text.
    pub structured: Option<Value>,
    /// Pictures that belong to it; both forms say what they are.
    pub images: Vec<Image>,
    /// Whether it is an error.
    pub is_error: bool,
}

/// Calls a tool by name. `None` if there is no such tool for this caller.
pub async fn call(
    policy: Policy,
    trackers: Arc<Trackers>,
    call: Call,
    name: &str,
    arguments: Map<String, Value>,
) -> Option<Reply> {
    let offered = catalogue::find(name).filter(|entry| policy.offers(entry, trackers.capabilities()));
    let Some(entry) = offered else {
        audit::record(&render::one_line(name, 60), &call, Outcome::Refused, Duration::ZERO, 0);
        return None;
    };
    Some(through(policy, entry, trackers, &call, arguments).await)
}

/// Calls a tool that is there for this caller.
async fn through(
    policy: Policy,
    entry: &Entry,
    trackers: Arc<Trackers>,
    call: &Call,
    arguments: Map<String, Value>,
) -> Reply {
    let begun = Instant::now();
    let outcome = answer(entry, trackers.for_tool(entry), call, arguments).await;
    let (ended, reply) = match outcome {
        Ok(answer) => {
            let answer = if policy.sends_images() { answer } else { answer.without_images() };
            (Outcome::Answered, answered(answer, call.allowance().characters))
        }
        Err(problem) => (Outcome::Failed(problem.kind()), failed(&problem)),
    };
    audit::record(entry.name, call, ended, begun.elapsed(), reply.text.len());
    reply
}

async fn answer(entry: &Entry, trackers: Arc<Trackers>, call: &Call, arguments: Map<String, Value>) -> Result<Answer> {
    let (arguments, remarks) = arguments::lenient(&Value::Object(entry.schema()), arguments)?;
    let asked = entry.read(arguments)?;
    let call = call.clone().with_deadline(call.time_left() + asked.waits);
    // The soft deadline is the trackers' business; what they do with it, the call ends a little later.
    let limit = call.time_left() + GRACE;
    let running = AssertUnwindSafe(asked.answer(trackers, call.clone())).catch_unwind();
    let answer = tokio::select! {
        // A cancelled call is answered at once; dropping the future drops its requests.
        biased;
        () = call.cancelled() => return Err(Error::cancelled().into()),
        ended = tokio::time::timeout(limit, running) => match ended {
            Ok(Ok(outcome)) => outcome?,
            Ok(Err(_panic)) => return Err(Error::bug(format!("{} failed inside (a bug of tracker-mcp); the log on stderr has the place", entry.name)).into()),
            Err(_late) => return Err(late(limit)),
        },
    };
    Ok(answer.notes(remarks))
}

fn late(limit: Duration) -> Problem {
    let message = format!(
        "no answer within {} s; ask for less: fewer projects, a narrower filter, a smaller limit",
        limit.as_secs()
    );
    Error { temporary: true, ..Error::new(ErrorKind::Unavailable, message) }.into()
}

fn answered(answer: Answer, characters: usize) -> Reply {
    let answer = render::enforce(answer, characters);
    let (text, structured) = (render::to_text(&answer), Some(render::to_structured(&answer)));
    Reply { text, structured, images: answer.images(), is_error: false }
}

/// Errors pass the same cleaning as answers: they may quote what others wrote.
fn failed(problem: &Problem) -> Reply {
    let text = render::redact(&render::clean(&problem.to_string())).into_owned();
    Reply { text, structured: None, images: Vec::new(), is_error: true }
}

#[cfg(test)]
mod tests;
