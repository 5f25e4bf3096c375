//! Names of keys: ours, MLflow's, and what is said of unknown ones.

use std::fmt;

use super::Key;
use super::lexer::{Lexeme, Token, lex};
use super::syntax_error::SyntaxError;
use crate::Result;
use crate::nearest::nearest;

/// Keys without a name behind a dot, under our word first.
const ATTRIBUTES: &[(Key, &[&str])] = &[
    (Key::Id, &["id", "run_id", "run_uuid"]),
    (Key::Name, &["name", "run_name"]),
    (Key::Status, &["status"]),
    (Key::User, &["user", "user_id"]),
    (Key::Type, &["type"]),
    (Key::Project, &["project", "project_id", "project_name", "experiment", "experiment_id", "experiment_name"]),
    (Key::Parent, &["parent", "parent_id", "parent_run_id"]),
    (Key::Started, &["started", "start_time", "created"]),
    (Key::Ended, &["ended", "end_time"]),
    (Key::Duration, &["duration"]),
    (Key::Archived, &["archived", "lifecycle_stage"]),
    (Key::Commit, &["commit"]),
    (Key::Dataset, &["dataset", "dataset_name"]),
    (Key::Model, &["model", "model_name"]),
    (Key::Alias, &["alias"]),
    (Key::Stage, &["stage"]),
    (Key::Framework, &["framework"]),
];

/// The words before the dot, and the key of what stands behind it.
type Family = (&'static [&'static str], fn(String) -> Key);

/// Families of keys, ours first; `attributes.` and `datasets.` are MLflow's and need no entry.
const FAMILIES: &[Family] = &[
    (&["metrics", "metric"], Key::Metric),
    (&["min"], Key::Min),
    (&["max"], Key::Max),
    (&["params", "param", "parameters", "parameter"], Key::Param),
    (&["tags", "tag"], Key::Tag),
];

const ALL: &str = "id, name, status, user, type, project, parent, started, ended, duration, archived, commit, dataset, \
                   model, metrics.k, min.k, max.k, params.k, tags.k; of models also alias, stage, framework";

impl Key {
    /// Reads a key as it stands in a filter: `status`, `metrics.val_f1`, ``metrics.`val loss` ``, `attributes.run_id`.
    ///
    /// # Errors
    /// Bad input, naming the nearest known keys.
    pub fn parse(text: &str) -> Result<Self> {
        let read = || match lex(text)?.as_slice() {
            [] => Err(SyntaxError::new(0, format!("a key is missing; keys are {ALL}"))),
            lexemes => match read_key(lexemes, &RUNS)? {
                (key, used) if used == lexemes.len() => Ok(key),
                (_, used) => {
                    let at = lexemes.get(used).map_or(text.len(), |lexeme| lexeme.span.start);
                    Err(SyntaxError::new(
                        at,
                        "the key ends before it; a name with spaces is quoted: metrics.`val loss`",
                    ))
                }
            },
        };
        read().map_err(|error| error.into_error("the key", text))
    }

    /// Our word, if the key has no name behind a dot.
    fn word(&self) -> Option<&'static str> {
        let (_, words) = ATTRIBUTES.iter().find(|(key, _)| key == self)?;
        words.first().copied()
    }
}

/// The words for the keys of one kind of thing.
pub(super) struct Vocabulary {
    /// All of them, as a sentence has them.
    pub(super) all: &'static str,
    /// The key of a name that has no quoted part.
    pub(super) named: fn(&str) -> Result<Key, String>,
    /// The key of a name in a family.
    pub(super) in_family: fn(&str, &str) -> Result<Key, String>,
}

/// The words for keys of runs.
pub(super) static RUNS: Vocabulary = Vocabulary { all: ALL, named, in_family };

/// Reads the key at the beginning of these lexemes, and tells how many it took (at least one).
pub(super) fn read_key(lexemes: &[Lexeme<'_>], words: &Vocabulary) -> Result<(Key, usize), SyntaxError> {
    let Vocabulary { all, named, in_family } = words;
    let Some(first) = lexemes.first() else { return Err(SyntaxError::new(0, "a key is missing")) };
    let misread = |message| SyntaxError::new(first.span.start, message);
    let quoted_behind = lexemes.get(1).filter(|next| next.span.start == first.span.end);
    match (&first.token, quoted_behind.map(|next| &next.token)) {
        (Token::Word(word), Some(Token::BackQuoted(name) | Token::Double(name))) => match word.strip_suffix('.') {
            Some(family) => in_family(family, name).map(|key| (key, 2)).map_err(misread),
            None => Err(misread(format!("quote all that follows the dot: metrics.`val loss`, not {word}`{name}`"))),
        },
        (Token::Word(word), Some(Token::Single(name))) if word.ends_with('.') => {
            Err(misread(format!("names of keys are quoted with back-quotes: {word}`{name}`")))
        }
        (Token::Word(name), _) => named(name).map(|key| (key, 1)).map_err(misread),
        (Token::BackQuoted(name) | Token::Double(name), _) => named(name).map(|key| (key, 1)).map_err(misread),
        (Token::Single(text), _) => {
            Err(misread(format!("a test begins with its key, then comes the value: params.optimizer = '{text}'")))
        }
        _ => Err(misread(format!("a key is missing, as in status = 'failed'; keys are {all}"))),
    }
}

/// The key of an unquoted name.
fn named(text: &str) -> Result<Key, String> {
    match text.split_once('.') {
        None => attribute(text),
        Some((family, "")) => {
            in_family(family, "")?;
            Err(format!("{text} lacks a name, as in {text}loss"))
        }
        Some((family, name)) => in_family(family, name),
    }
}

fn attribute(text: &str) -> Result<Key, String> {
    let known = ATTRIBUTES.iter().find(|(_, words)| words.iter().any(|word| word.eq_ignore_ascii_case(text)));
    if let Some((key, _)) = known {
        return Ok(key.clone());
    }
    if let Some((words, make)) = family(text) {
        let family = words.first().copied().unwrap_or_default();
        let example = make("golden".to_owned());
        return Err(format!("{text} needs the name of one of the {family} behind a dot, as in {example} is not null"));
    }
    if text.is_empty() {
        return Err(format!("the name of a key is missing; keys are {ALL}"));
    }
    Err(unknown(text))
}

fn in_family(prefix: &str, name: &str) -> Result<Key, String> {
    if let Some((_, make)) = family(prefix) {
        return Ok(make(name.to_owned()));
    }
    match prefix.to_ascii_lowercase().as_str() {
        "attributes" | "attribute" | "attr" | "run" => attribute(name),
        "dataset" | "datasets" if name.eq_ignore_ascii_case("name") => Ok(Key::Dataset),
        "dataset" | "datasets" => Err(format!("of datasets only the name can be asked: dataset = 'squad', not {name}")),
        "model" | "models" if name.eq_ignore_ascii_case("name") => Ok(Key::Model),
        _ => Err(unknown(&format!("{prefix}.{name}"))),
    }
}

fn family(prefix: &str) -> Option<Family> {
    FAMILIES.iter().copied().find(|(words, _)| words.iter().any(|word| word.eq_ignore_ascii_case(prefix)))
}

/// What is said of a name that is no key: people forget `params.`, or misspell.
fn unknown(text: &str) -> String {
    let mut meant: Vec<String> = match text.split_once('.') {
        Some((prefix, name)) => nearest(prefix, FAMILIES.iter().flat_map(|(words, _)| words.iter().copied()), 1)
            .into_iter()
            .filter_map(|near| family(near).map(|(_, make)| make(name.to_owned()).to_string()))
            .collect(),
        None => {
            let words = ATTRIBUTES.iter().flat_map(|(_, words)| words.iter().copied());
            nearest(text, words, 2).into_iter().map(str::to_owned).collect()
        }
    };
    meant.extend([Key::Param, Key::Tag, Key::Metric].map(|make| make(text.to_owned()).to_string()));
    let last = meant.pop().unwrap_or_default();
    format!("unknown key {text}; did you mean {} or {last}? keys are {ALL}", meant.join(", "))
}

impl fmt::Display for Key {
    /// As a filter has it: `status`, `metrics.loss`, ``metrics.`val loss` ``.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (family, name) = match self {
            Self::Metric(name) => ("metrics", name),
            Self::Min(name) => ("min", name),
            Self::Max(name) => ("max", name),
            Self::Param(name) => ("params", name),
            Self::Tag(name) => ("tags", name),
            Self::OfTrace(key) => match key.family() {
                (word, None) => return f.write_str(word),
                (family, Some(name)) => (family, name),
            },
            _ => return f.write_str(self.word().unwrap_or_default()),
        };
        let plain = |character: char| character.is_alphanumeric() || "_./-:".contains(character);
        if !name.is_empty() && name.chars().all(plain) {
            write!(f, "{family}.{name}")
        } else {
            write!(f, "{family}.`{}`", name.replace('`', "``"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Key;

    fn message(text: &str) -> String {
        Key::parse(text).unwrap_err().message
    }

    #[test]
    fn names_may_be_plain_back_quoted_or_double_quoted() {
        for (text, key) in [
            ("tags.my.dotted.tag", Key::Tag("my.dotted.tag".to_owned())),
            ("metrics.val/loss", Key::Metric("val/loss".to_owned())),
            ("metrics.loss-train", Key::Metric("loss-train".to_owned())),
            ("metrics.2nd_größe", Key::Metric("2nd_größe".to_owned())),
            ("metrics.`val loss`", Key::Metric("val loss".to_owned())),
            ("metrics.`a``b`", Key::Metric("a`b".to_owned())),
            ("metrics.\"latency p50\"", Key::Metric("latency p50".to_owned())),
            ("`metrics.val loss`", Key::Metric("val loss".to_owned())),
            ("params.General/lr", Key::Param("General/lr".to_owned())),
            ("tags.mlflow.parentRunId", Key::Tag("mlflow.parentRunId".to_owned())),
            ("min.loss", Key::Min("loss".to_owned())),
            ("params.in", Key::Param("in".to_owned())),
        ] {
            assert_eq!(Key::parse(text).unwrap(), key, "{text}");
        }
    }

    #[test]
    fn the_words_of_mlflow_are_understood() {
        for (text, key) in [
            ("metric.a", Key::Metric("a".to_owned())),
            ("parameters.a", Key::Param("a".to_owned())),
            ("tag.a", Key::Tag("a".to_owned())),
            ("attributes.run_id", Key::Id),
            ("attr.start_time", Key::Started),
            ("run.`end_time`", Key::Ended),
            ("run_name", Key::Name),
            ("user_id", Key::User),
            ("experiment_id", Key::Project),
            ("lifecycle_stage", Key::Archived),
            ("datasets.name", Key::Dataset),
            ("Status", Key::Status),
        ] {
            assert_eq!(Key::parse(text).unwrap(), key, "{text}");
        }
    }

    #[test]
    fn an_unknown_key_is_answered_with_its_families_and_neighbours() {
        let forgotten = message("optimizer");
        let misspelt = message("statsu");
        let family = message("metrcs.loss");

        assert!(forgotten.contains("unknown key optimizer; did you mean"), "{forgotten}");
        assert!(forgotten.contains("params.optimizer, tags.optimizer or metrics.optimizer?"), "{forgotten}");
        assert!(misspelt.contains("did you mean status, "), "{misspelt}");
        assert!(family.contains("did you mean metrics.loss, "), "{family}");
        assert!(family.contains("keys are id, name, status"), "{family}");
    }

    #[test]
    fn a_family_without_a_name_is_an_error() {
        assert!(message("tags").contains("tags.golden is not null"));
        assert!(message("metrics.").contains("lacks a name"));
        assert!(message("attributes.").contains("the name of a key is missing"));
        assert!(message("metrics.'val loss'").contains("metrics.`val loss`"));
        assert!(message("datasets.digest").contains("dataset = 'squad'"));
        assert!(message("metrics.val loss").contains("metrics.`val loss`"));
    }
}
