//! The text of a configuration file: an entry is looked up, put in or taken out, and nothing else changes.

use serde_json::{Map, Value};

use super::{json, own_file, toml, yaml};

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// JSON to the letter.
    Json,
    /// JSON with comments and trailing commas.
    Jsonc,
    Toml,
    Yaml,
    /// A YAML file of which one server is all.
    OwnFile,
}

/// Where an entry stands: a name in a section of the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub(super) section: &'a str,
    pub(super) name: &'a str,
}

/// What a client is told of a server.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    /// An object.
    pub(super) value: Value,
    /// What the client is to ask its user for; VS Code keeps these beside the entry.
    pub(super) inputs: Vec<Value>,
}

/// Why a file cannot be read or edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// The first line is 1.
    pub(super) line: usize,
    pub(super) what: String,
}

impl Fault {
    pub(super) fn new(line: usize, what: impl Into<String>) -> Self {
        Self { line, what: what.into() }
    }

    /// A fault at this byte of a text.
    pub(super) fn at(text: &str, byte: usize, what: impl Into<String>) -> Self {
        let before = text.get(..byte).unwrap_or(text);
        Self::new(before.matches('\n').count() + 1, what)
    }
}

impl Format {
    /// All that the file says; null if that is nothing.
    pub(super) fn read(self, text: &str) -> Result<Value, Fault> {
        let (_, text) = parted(text);
        match self {
            Self::Json => json::read(text, false),
            Self::Jsonc => json::read(text, true),
            Self::Toml => toml::read(text),
            Self::Yaml | Self::OwnFile => yaml::read(text),
        }
    }

    /// What the file says of one server.
    pub(super) fn entry(self, text: &str, place: Place<'_>) -> Result<Option<Entry>, Fault> {
        let whole = self.read(text)?;
        if self == Self::OwnFile {
            return own_file::entry(&whole, place);
        }
        let Some(value) = whole.get(place.section).and_then(|section| section.get(place.name)).cloned() else {
            return Ok(None);
        };
        let ids = json::inputs_of(&value, place.name);
        let all = whole.get("inputs").and_then(Value::as_array).cloned().unwrap_or_default();
        let inputs =
            all.into_iter().filter(|input| ids.iter().any(|id| input.get("id").is_some_and(|one| one == id))).collect();
        Ok(Some(Entry { value, inputs }))
    }

    /// The text with this entry instead of the one of that name, if there is one.
    pub(super) fn with(self, text: &str, place: Place<'_>, entry: &Entry) -> Result<String, Fault> {
        if self.entry(text, place)?.as_ref() == Some(entry) {
            return Ok(text.to_owned());
        }
        let (mark, body) = parted(text);
        let edited = match self {
            Self::Json => json::with(body, false, place, entry)?,
            Self::Jsonc => json::with(body, true, place, entry)?,
            Self::Toml => toml::with(body, place, &entry.value)?,
            Self::Yaml => yaml::with(body, place, &entry.value)?,
            Self::OwnFile => own_file::of(place, &entry.value),
        };
        let edited = format!("{mark}{edited}");
        let there = self.entry(&edited, place).ok().flatten();
        self.checked(text, edited, place, there.as_ref() == Some(entry))
    }

    /// The text without the entry of that name.
    pub(super) fn without(self, text: &str, place: Place<'_>) -> Result<String, Fault> {
        if self.entry(text, place)?.is_none() {
            return Ok(text.to_owned());
        }
        let (mark, body) = parted(text);
        let edited = match self {
            Self::Json => json::without(body, false, place)?,
            Self::Jsonc => json::without(body, true, place)?,
            Self::Toml => toml::without(body, place)?,
            Self::Yaml => yaml::without(body, place)?,
            Self::OwnFile => String::new(),
        };
        let edited = format!("{mark}{edited}");
        let gone = matches!(self.entry(&edited, place), Ok(None));
        self.checked(text, edited, place, gone)
    }

    /// Whether nothing is left that anybody wrote.
    pub(super) fn is_blank(self, text: &str) -> bool {
        let rest = parted(text).1.trim();
        rest.is_empty() || (matches!(self, Self::Json | Self::Jsonc) && rest == "{}")
    }

    /// Whatever the editors do, a text that says anything else than before, the entry aside, is never written.
    fn checked(self, before: &str, after: String, place: Place<'_>, as_wanted: bool) -> Result<String, Fault> {
        let rest = |text: &str| -> Result<Value, Fault> { Ok(rest(self.read(text)?, place)) };
        let same =
            self == Self::OwnFile || rest(&after).is_ok_and(|after| rest(before).is_ok_and(|rest| rest == after));
        if as_wanted && same {
            return Ok(after);
        }
        Err(Fault::new(
            1,
            format!("{} is written in a form that cannot be edited without touching the rest", place.section),
        ))
    }
}

/// What a file says besides the entry.
fn rest(whole: Value, place: Place<'_>) -> Value {
    let Value::Object(mut whole) = whole else { return Value::Object(Map::new()) };
    if let Some(all) = whole.get_mut(place.section).and_then(Value::as_object_mut) {
        all.shift_remove(place.name);
    }
    if whole.get(place.section).is_some_and(is_empty) {
        whole.shift_remove(place.section);
    }
    let ours = format!("{}-", place.name);
    if let Some(inputs) = whole.get_mut("inputs").and_then(Value::as_array_mut) {
        inputs.retain(|input| !input.get("id").and_then(Value::as_str).is_some_and(|id| id.starts_with(&ours)));
    }
    if whole.get("inputs").is_some_and(is_empty) {
        whole.shift_remove("inputs");
    }
    Value::Object(whole)
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(map) => map.is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}

/// A byte order mark, and the text behind it.
fn parted(text: &str) -> (&str, &str) {
    let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    text.split_at(at)
}
