//! What differs in the configuration objects and the uncommitted changes that trackers keep with runs: by key where all
//! are documents, else by line.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::entries::Entry;
use super::file::value;
use super::file_differences::by_key;
use super::hocon;
use super::line_diff::{Named, beginning, unified};
use super::sections::Section;
use crate::analysis::flatten;
use crate::artifact::{self, Node};
use crate::render::{Answer, Keep, escape_key, one_line};

/// Lines of all differences of one kind together, and of one at least.
const LINES: (usize, usize) = (60, 8);
/// Characters of one difference.
const CHARACTERS: usize = 4_000;
/// Characters of a text that is read as a document.
const LARGEST: usize = 1_000_000;

/// What differs between texts of runs.
#[derive(Default)]
pub(super) struct TextDifferences {
    /// By key, where all are documents; and which runs have none.
    pub(super) section: Option<Section>,
    lines: Vec<Lines>,
}

/// What differs between two texts, by line.
struct Lines {
    /// The name of its block.
    block: &'static str,
    /// What the texts are, for people.
    what: String,
    /// The file that has such a text, where the tracker lists it.
    path: String,
    /// The places of the two runs.
    runs: (usize, usize),
    unified: String,
}

/// The configuration objects of the runs.
pub(super) async fn configs(entries: &[Entry]) -> TextDifferences {
    let names: BTreeSet<&String> = entries.iter().flat_map(|entry| entry.run.configs.keys()).collect();
    let mut documents: BTreeMap<&str, BTreeMap<String, Value>> =
        entries.iter().map(|entry| (entry.label.as_str(), BTreeMap::new())).collect();
    let mut found = TextDifferences::default();
    for name in &names {
        let texts: Vec<Option<&String>> = entries.iter().map(|entry| entry.run.configs.get(*name)).collect();
        let values = match texts.iter().copied().collect::<Option<Vec<&String>>>() {
            Some(texts) => match by_path(name, &texts).await {
                Some(values) => values,
                None => {
                    let path = format!("config/{name}");
                    let what = format!("configuration {}", one_line(&escape_key(name), 80));
                    found.by_line(
                        entries,
                        "config_lines",
                        &what,
                        &path,
                        &texts.into_iter().map(Some).collect::<Vec<_>>(),
                    );
                    continue;
                }
            },
            None => told_apart(name, &texts),
        };
        for (entry, values) in entries.iter().zip(values) {
            documents.entry(entry.label.as_str()).or_default().extend(values);
        }
    }
    if !names.is_empty() {
        let nouns = ("value of the configuration", "values of the configuration");
        found.section = Some(Section { name: "config", nouns, ..by_key(entries, &documents) });
    }
    found
}

/// The uncommitted changes of the runs.
pub(super) fn uncommitted(entries: &[Entry]) -> TextDifferences {
    let mut found = TextDifferences::default();
    let diffs: Vec<Option<&String>> = entries.iter().map(|entry| entry.run.code.diff.as_ref()).collect();
    found.by_line(entries, "uncommitted_lines", "uncommitted changes", "code/uncommitted.diff", &diffs);
    found
}

/// The values of one configuration object of each run by their paths; none if one is no document.
async fn by_path(name: &str, texts: &[&String]) -> Option<Vec<BTreeMap<String, Value>>> {
    let mut values = Vec::new();
    for text in texts {
        let flat = flatten(&document(text).await?);
        values.push(flat.into_iter().map(|(path, value)| (format!("{name}: {path}"), value)).collect());
    }
    Some(values)
}

/// Where not all runs have it: which have the same.
fn told_apart(name: &str, texts: &[Option<&String>]) -> Vec<BTreeMap<String, Value>> {
    let mut kinds: Vec<&String> = Vec::new();
    let mut told = Vec::new();
    for text in texts {
        let kind = text.map(|text| {
            let at = kinds.iter().position(|known| *known == text).unwrap_or(kinds.len());
            if at == kinds.len() {
                kinds.push(text);
            }
            format!("text {} ({} characters)", at + 1, text.chars().count())
        });
        told.push(kind.map(|kind| (name.to_owned(), Value::from(kind))).into_iter().collect());
    }
    told
}

/// What a text holds, if it is JSON, YAML or HOCON with keys.
async fn document(text: &str) -> Option<Value> {
    if text.len() > LARGEST {
        return None;
    }
    let as_json = text.trim_start().starts_with(['{', '[']);
    // YAML would take some of it for something else: `note = "a: b"`.
    let signs = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .find_map(|line| line.find(['=', ':', '{']).and_then(|at| line.get(at..)));
    if !as_json
        && signs.is_some_and(|signs| !signs.starts_with(':'))
        && let Some(document) = hocon::document(text)
    {
        return Some(document);
    }
    let parsed = artifact::parse(text.to_owned(), as_json).await.ok()?;
    match parsed.node {
        node @ (Node::Map(_) | Node::List(_)) if parsed.broken.is_none() => Some(value(node)),
        _ => hocon::document(text),
    }
}

impl TextDifferences {
    /// Each text against the first that is there.
    fn by_line(&mut self, entries: &[Entry], block: &'static str, what: &str, path: &str, texts: &[Option<&String>]) {
        let mut there = entries.iter().zip(texts).enumerate().filter_map(|(at, (one, text))| Some((at, one, (*text)?)));
        let Some((base_at, base, base_text)) = there.next() else { return };
        for (at, entry, text) in there.filter(|(_, _, text)| *text != base_text) {
            let a = Named { name: format!("{} {path}", base.label), text: base_text };
            let b = Named { name: format!("{} {path}", entry.label), text };
            self.lines.push(Lines {
                block,
                what: format!("{what} of runs {} and {}", base.label, entry.label),
                path: path.to_owned(),
                runs: (base_at, at),
                unified: unified(&a, &b),
            });
        }
    }

    /// Whether something differs by line.
    pub(super) fn has_lines(&self) -> bool {
        !self.lines.is_empty()
    }

    /// Adds what differs by line.
    pub(super) fn with_lines(&self, mut answer: Answer, entries: &[Entry]) -> Answer {
        let most = (LINES.0 / self.lines.len().max(1)).max(LINES.1);
        for one in &self.lines {
            let (shown, left) = beginning(&one.unified, most);
            answer = answer.foreign(one.block, &one.what, &shown, CHARACTERS, Keep::Start);
            if left > 0 || shown.chars().count() > CHARACTERS {
                let lines = if left > 0 { format!("{left} more lines") } else { "the rest".to_owned() };
                answer = answer.note(format!("{}: {lines}: {}", one.what, one.whole(entries)));
            }
        }
        answer
    }
}

impl Lines {
    /// The call that shows all of it.
    fn whole(&self, entries: &[Entry]) -> String {
        let runs: Vec<&Entry> = [self.runs.0, self.runs.1].into_iter().filter_map(|at| entries.get(at)).collect();
        let references: Vec<String> = runs.iter().map(|entry| entry.reference.text()).collect();
        if runs.iter().all(|entry| entry.reference.tracker.capabilities().configuration_objects) {
            return format!("compare_runs {}", json!({"runs": references, "artifact": self.path}));
        }
        format!("get_runs {}", json!({"runs": references, "include": ["code", "config"]}))
    }
}

#[cfg(test)]
mod tests;
