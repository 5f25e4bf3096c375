//! References that may be of several trackers: one question to each tracker for all that may be its own.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

use backends::{Call, Tracker};

use crate::problem::{Problem, Result};
use crate::trackers::{Trackers, ask};

/// A reference, as the trackers that may know it know it.
pub(super) struct Asked {
    /// They.
    pub(super) trackers: Vec<Arc<dyn Tracker>>,
    /// What stands for it there.
    pub(super) text: String,
}

/// What trackers say of a reference, each with its tracker.
pub(super) type Said<T> = Vec<(Arc<dyn Tracker>, T)>;

/// What trackers say of each reference, in its order; and a line for each tracker that failed. A question gets texts, none of
/// them twice, and answers one by one in their order.
pub(super) async fn ask_each<T, F>(
    asked: &[Asked],
    call: &Call,
    question: impl Fn(Arc<dyn Tracker>, Call, Vec<String>) -> F,
) -> Result<(Vec<Said<T>>, Vec<String>)>
where
    T: Clone,
    F: Future<Output = backends::Result<Vec<T>>>,
{
    let mut homes: Vec<Arc<dyn Tracker>> = Vec::new();
    for home in asked.iter().flat_map(|one| &one.trackers) {
        if !homes.iter().any(|known| known.name() == home.name()) {
            homes.push(Arc::clone(home));
        }
    }
    let answers = ask(homes, call, |tracker, call| {
        let mut texts: Vec<String> = Vec::new();
        for one in asked.iter().filter(|one| one.may_be_of(&tracker)) {
            if !texts.contains(&one.text) {
                texts.push(one.text.clone());
            }
        }
        let said = question(tracker, call, texts.clone());
        async move { Ok(texts.into_iter().zip(said.await?).collect::<HashMap<String, T>>()) }
    })
    .await?;
    let said = |one: &Asked| {
        let own = answers.answered.iter().filter(|(tracker, _)| one.may_be_of(tracker));
        own.filter_map(|(tracker, said)| Some((Arc::clone(tracker), said.get(&one.text)?.clone()))).collect()
    };
    Ok((asked.iter().map(said).collect(), answers.failed))
}

impl Asked {
    fn may_be_of(&self, tracker: &Arc<dyn Tracker>) -> bool {
        self.trackers.iter().any(|one| one.name() == tracker.name())
    }
}

/// A reference without the tracker that it names, whatever else it looks like: a dataset may well be called `last`.
pub(super) fn verbatim(trackers: &Trackers, reference: &str) -> String {
    let text = reference.trim();
    let own = text.split_once(':').filter(|(name, _)| trackers.named(name).is_some());
    own.map_or(text, |(_, rest)| rest.trim()).to_owned()
}

/// A name of a tracker as the next call takes it: one that is the same elsewhere would be ambiguous there.
pub(crate) fn of_its_tracker(trackers: &Trackers, tracker: &Arc<dyn Tracker>, name: &str) -> String {
    if trackers.names().len() > 1 { format!("{}:{name}", tracker.name()) } else { name.to_owned() }
}

/// An error if nothing was found of what was asked for: why the first is missing, and how many `what` they are.
pub(super) fn unless_nothing(
    missing: &[(String, Problem)],
    asked: usize,
    nothing_found: bool,
    what: &str,
) -> Result<()> {
    match missing {
        [(_, only)] if asked == 1 && nothing_found => Err(only.clone()),
        [(_, first), ..] if nothing_found => {
            let mut problem = first.clone();
            let message = &problem.error.message;
            problem.error.message = format!("none of the {asked} {what} named is there; the first: {message}");
            Err(problem)
        }
        _ => Ok(()),
    }
}
