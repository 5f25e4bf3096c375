//! The configured trackers, as one call sees them.

use std::future::Future;
use std::sync::Arc;

use backends::allowance::share;
use backends::nearest::nearest;
use backends::registry::{Discovered, KINDS};
use backends::settings::Setting;
use backends::{Call, Capabilities, Error, ErrorKind, Tracker};
use serde_json::json;

use crate::policy::Toolsets;
use crate::problem::{Problem, Result};
use crate::tool::Entry;

/// In the place of a tracker's name: all of them, whatever the operator's default is.
pub(crate) const EVERY: &str = "*";

/// A tracker that was configured, usable or not.
#[derive(Clone)]
pub struct Configured {
    /// The part before `:` in references.
    pub name: String,
    /// Its kind.
    pub kind: &'static str,
    /// What was set, and where.
    pub settings: Vec<Setting>,
    /// What is worth knowing about the settings.
    pub warnings: Vec<String>,
    /// The tracker, or why it cannot be used.
    pub tracker: backends::Result<Arc<dyn Tracker>>,
    /// What the operator allows here.
    pub limits: Limits,
}

/// What the operator allows a tracker to be asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Where a question is asked that names no project.
    pub default_project: Option<String>,
    /// Tools of these categories alone may ask it; of all, if none is named.
    pub toolsets: Vec<&'static str>,
}

impl From<Discovered> for Configured {
    fn from(found: Discovered) -> Self {
        let Discovered { name, kind, settings, warnings, tracker } = found;
        Self { name, kind, settings, warnings, tracker, limits: Limits::default() }
    }
}

/// All configured trackers. A call takes an `Arc` of it when it begins, so that it sees one state throughout.
#[derive(Clone, Default)]
pub struct Trackers {
    all: Vec<Configured>,
    /// The one that is asked when a question names none.
    default: Option<String>,
    /// What is wrong with the configuration as a whole.
    faults: Vec<String>,
    /// What a tracker needs to be asked where none is named.
    needs: Option<fn(Capabilities) -> bool>,
}

/// What the trackers answered to one question: each in its own time.
pub struct Answers<T> {
    /// The answers.
    pub answered: Vec<(Arc<dyn Tracker>, T)>,
    /// Those that failed, a sentence each.
    pub failed: Vec<String>,
}

impl Trackers {
    /// These trackers, in this order.
    pub fn new(all: Vec<Configured>) -> Self {
        Self { all, default: None, faults: Vec::new(), needs: None }
    }

    /// The same; a question that names no tracker goes to this one alone.
    #[must_use]
    pub fn asked_first(self, default: Option<String>) -> Self {
        Self { default, ..self }
    }

    /// The same for a question that only trackers with these abilities answer: where none is named, what the others have
    /// under the same name is not meant. Where no tracker has them, all stay.
    #[must_use]
    pub fn that_need(&self, needs: fn(Capabilities) -> bool) -> Self {
        let is_met = self.all.iter().filter_map(|one| one.tracker.as_ref().ok()).any(|one| needs(one.capabilities()));
        Self { needs: is_met.then_some(needs), ..self.clone() }
    }

    /// The same with what is wrong with the configuration as a whole, a sentence each.
    #[must_use]
    pub fn with_faults(self, faults: &[String]) -> Self {
        Self { faults: faults.to_vec(), ..self }
    }

    /// What is wrong with the configuration as a whole.
    pub fn faults(&self) -> &[String] {
        &self.faults
    }

    /// All of them, usable or not.
    pub fn all(&self) -> &[Configured] {
        &self.all
    }

    /// Their names.
    pub fn names(&self) -> Vec<&str> {
        self.all.iter().map(|configured| configured.name.as_str()).collect()
    }

    /// What any of them can do; of all kinds, when none is configured.
    pub fn capabilities(&self) -> Capabilities {
        let kinds = KINDS.iter().filter(|kind| self.all.is_empty() || self.all.iter().any(|one| one.kind == kind.name));
        kinds.fold(Capabilities::default(), |sum, kind| sum.or(kind.capabilities))
    }

    /// The tracker of this name, if it is one.
    pub fn named(&self, name: &str) -> Option<&Configured> {
        self.all.iter().find(|configured| configured.name == name)
    }

    /// What a tool may ask: a tracker that the operator closed to it says so.
    pub fn for_tool(self: &Arc<Self>, tool: &Entry) -> Arc<Self> {
        let open = |one: &Configured| Toolsets::open_to(&one.limits.toolsets).contain(tool);
        if self.all.iter().all(open) {
            return Arc::clone(self);
        }
        let closed = |one: &Configured| Configured {
            tracker: Err(Error::not_allowed(format!(
                "{} is not open to {}: its toolsets in the server config are {}",
                one.name,
                tool.name,
                one.limits.toolsets.join(", ")
            ))),
            ..one.clone()
        };
        let all = self.all.iter().map(|one| if open(one) { one.clone() } else { closed(one) }).collect();
        Arc::new(Self { all, ..self.as_ref().clone() })
    }

    /// The trackers that a question goes to: the named one, or all that are usable; without a name the operator's default,
    /// if there is one.
    pub fn asked(&self, name: Option<&str>) -> Result<Vec<Arc<dyn Tracker>>> {
        let name = name.or(self.default.as_deref()).filter(|name| *name != EVERY);
        if let Some(name) = name {
            let found = self.named(name).ok_or_else(|| self.unknown(name))?;
            return Ok(vec![found.tracker.clone()?]);
        }
        let fits = |one: &Arc<dyn Tracker>| self.needs.is_none_or(|needs| needs(one.capabilities()));
        let usable: Vec<_> =
            self.all.iter().filter_map(|one| one.tracker.as_ref().ok().cloned()).filter(fits).collect();
        if !usable.is_empty() {
            return Ok(usable);
        }
        match self.all.first() {
            Some(Configured { tracker: Err(error), .. }) => Err(error.clone().into()),
            _ => Err(self.not_configured()),
        }
    }

    /// The trackers that [`asked`](Self::asked) leaves out because they cannot be used as they are configured, a sentence
    /// each. One that the operator closed to the tool is left out as is meant.
    pub fn not_asked(&self, name: Option<&str>) -> Vec<String> {
        if name.or(self.default.as_deref()).is_some_and(|name| name != EVERY) {
            return Vec::new();
        }
        let broken = self.all.iter().filter_map(|one| Some((&one.name, one.tracker.as_ref().err()?)));
        let broken = broken.filter(|(_, error)| error.kind != ErrorKind::NotAllowed);
        broken.map(|(name, error)| told(name, error)).collect()
    }

    /// What to set, when nothing is, or to mend.
    fn not_configured(&self) -> Problem {
        let message = if self.faults.is_empty() {
            let kinds: Vec<&str> = KINDS.iter().map(|kind| kind.how_to_configure).collect();
            format!(
                "no tracker is configured: {}, in the environment of this server; where the client hands no variables on \
                 (Codex), tracker-mcp install CLIENT --env NAME does",
                kinds.join("; or ")
            )
        } else {
            format!("no tracker is configured: {}", self.faults.join("; "))
        };
        Error::new(ErrorKind::BadInput, message).into()
    }

    fn unknown(&self, name: &str) -> Problem {
        if self.all.is_empty() {
            return self.not_configured();
        }
        let shown = crate::render::one_line(name, 60);
        let near = nearest(name, self.names(), 1);
        let names = self.names().join(", ");
        let problem = Problem::from(Error::not_found(format!("no tracker '{shown}'; configured: {names}")));
        match near.first() {
            Some(near) => Problem { error: problem.error.and(format!("did you mean {near}?")), ..problem },
            None => problem.next("list_trackers", json!({})),
        }
    }
}

/// The failure of a tracker as a line that names it, once.
fn told(name: &str, error: &Error) -> String {
    let named = error.message.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', ':']));
    if named { error.to_string() } else { format!("{name}: {error}") }
}

/// Asks the trackers side by side. One that fails becomes a line, unless all fail: then the first failure is the answer.
pub async fn ask<T, F>(
    trackers: Vec<Arc<dyn Tracker>>,
    call: &Call,
    question: impl Fn(Arc<dyn Tracker>, Call) -> F,
) -> Result<Answers<T>>
where
    F: Future<Output = backends::Result<T>>,
{
    let several = trackers.len() > 1;
    let questions = trackers.into_iter().map(|tracker| {
        let own = if several { call.within(share(call.time_left())) } else { call.clone() };
        let asked = question(Arc::clone(&tracker), own);
        async move { (tracker, asked.await) }
    });
    let mut answers = Answers { answered: Vec::new(), failed: Vec::new() };
    let mut first_failure = None;
    for (tracker, outcome) in futures::future::join_all(questions).await {
        match outcome {
            Ok(answer) => answers.answered.push((tracker, answer)),
            Err(error) => {
                answers.failed.push(told(tracker.name(), &error));
                first_failure.get_or_insert(error);
            }
        }
    }
    match first_failure {
        Some(error) if answers.answered.is_empty() => Err(error.into()),
        _ => Ok(answers),
    }
}
