//! The runs above others in a filter, by name: `parent = 'sweep'` is put in the ids that the tracker asked knows.

use std::collections::BTreeMap;

use backends::query::{Filter, Key};
use backends::tracker::{Candidate, Located, Match, Referent, RunQuery};
use backends::{Call, Error, Result, Tracker};
use url::Url;

use crate::render::one_line;

/// Runs of one name that are meant together.
const MOST: usize = 100;

/// The question with ids in the place of names of parents, and a sentence on each that was read as another.
///
/// # Errors
/// *Bad input* for a name of too many runs; what the tracker says.
pub(super) async fn resolve(
    tracker: &dyn Tracker,
    call: &Call,
    query: &RunQuery,
) -> Result<(Option<Filter>, Vec<String>)> {
    let Some(filter) = &query.filter else { return Ok((None, Vec::new())) };
    let mut meant: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut notes = Vec::new();
    for text in filter.texts_of(&Key::Parent).chain(filter.texts_not(&Key::Parent)) {
        if tracker.is_run_id(text) || meant.contains_key(text) {
            continue;
        }
        let (ids, note) = ids(tracker, call, text).await?;
        notes.extend(note);
        meant.insert(text, ids);
    }
    let filter = match meant.is_empty() {
        true => filter.clone(),
        false => filter.clone().map_texts(&Key::Parent, |text| meant.get(text).cloned()),
    };
    Ok((Some(filter), notes))
}

/// The ids of the runs that a text means, and what is to be said of that.
async fn ids(tracker: &dyn Tracker, call: &Call, text: &str) -> Result<(Vec<String>, Option<String>)> {
    let itself = || vec![text.to_owned()];
    if let Some(location) = Url::parse(text).ok().and_then(|url| tracker.locate(&url))
        && let Located::Run(id) = location.what
    {
        return Ok((vec![id.to_string()], None));
    }
    let own = text.strip_prefix(tracker.name()).and_then(|rest| rest.strip_prefix(':'));
    let name = own.unwrap_or(text);
    if name.is_empty() {
        return Ok((itself(), None));
    }
    if tracker.is_run_id(name) {
        return Ok((vec![name.to_owned()], None));
    }
    let resolution = tracker.resolve(call, Referent::Run, name).await?;
    let fits = |one: &&Candidate| matches!(one.matched, Match::Id | Match::Name | Match::Prefix);
    let ids: Vec<String> = resolution.candidates.iter().filter(fits).map(|one| one.id.clone()).collect();
    let shown = one_line(name, 80);
    if resolution.more || ids.len() > MOST {
        return Err(Error::bad_input(format!("parent '{shown}' is the name of more than {MOST} runs; give an id")));
    }
    let note = match ids.as_slice() {
        [] => {
            let near: Vec<String> = resolution.near.iter().map(|name| one_line(name, 80)).collect();
            let near = if near.is_empty() { String::new() } else { format!("; near: {}", near.join(", ")) };
            return Ok((itself(), Some(format!("no run is called '{shown}', so none has it as parent{near}"))));
        }
        [only] if only == name => None,
        [only] => Some(format!("parent '{shown}' read as {only}")),
        several => Some(format!("parent '{shown}' read as any of the {} runs of that name", several.len())),
    };
    Ok((ids, note))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use backends::model::{Run, RunId};
    use serde_json::{Value, json};

    use crate::memory_tracker::{MemoryTracker, ask, notes, rows, run};

    fn family() -> MemoryTracker {
        let named = |id: &str, name: &str| Run { name: name.to_owned(), ..run(id, &[], &[]) };
        let below = |id: &str, parent: &str| Run { parent: Some(RunId::new(parent)), ..run(id, &[], &[]) };
        MemoryTracker::of(vec![
            named("a", "sweep"),
            named("b", "sweep"),
            named("c", "other"),
            below("a1", "a"),
            below("b1", "b"),
            below("c1", "c"),
        ])
    }

    async fn found(filter: &str) -> (Vec<String>, Value) {
        let reply = ask(vec![Arc::new(family())], "search_runs", json!({"filter": filter})).await;
        assert!(!reply.is_error, "{}", reply.text);
        let answer = reply.structured.unwrap();
        let ids = rows(&answer, "runs").iter().map(|row| row["run"].as_str().unwrap().to_owned()).collect();
        (ids, answer)
    }

    #[tokio::test]
    async fn children_are_found_by_the_name_the_id_and_the_reference_of_the_run_above() {
        for (filter, ids, told) in [
            ("parent = 'other'", &["lab:c1"][..], "parent 'other' read as c"),
            ("parent = 'c'", &["lab:c1"], ""),
            ("parent = 'lab:c'", &["lab:c1"], ""),
            ("parent = 'sweep'", &["lab:a1", "lab:b1"], "parent 'sweep' read as any of the 2 runs of that name"),
            ("parent in ('sweep', 'c')", &["lab:a1", "lab:b1", "lab:c1"], "any of the 2 runs"),
            ("parent != 'sweep'", &["lab:c1"], "any of the 2 runs"),
            ("parent = 'swoop'", &[], "no run is called 'swoop', so none has it as parent"),
        ] {
            let (found, answer) = found(filter).await;
            assert_eq!(found, ids, "{filter}");
            assert!(notes(&answer).contains(told), "{filter}: {answer}");
        }
    }
}
