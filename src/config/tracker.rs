//! A section `[tracker NAME]`.

use std::collections::BTreeMap;
use std::path::Path;

use backends::Error;
use backends::allowance::Pace;
use backends::nearest::nearest;
use backends::registry::{Discovered, KINDS, Kind};
use backends::section::{Form, Section};
use backends::settings::{Environment, Setting, Source, Value};

use super::limit;
use super::server::{access, toolsets, unknown};
use super::value::{open_to_others, resolve};
use crate::trackers::{Configured, Limits};

/// Words that mean something else at the beginning of a reference.
const RESERVED: [&str; 8] = ["http", "https", "file", "sqlite", "runs", "models", "guide", "server"];
/// Characters of a tracker's name at most.
const NAME: usize = 32;

/// Keys of every kind, with what each is for.
pub const KEYS: &[(&str, &str)] = &[
    ("kind", "mlflow, databricks, clearml or local"),
    ("header.NAME", "a further header of every request, such as header.X-Team"),
    ("default_project", "where a question is asked that names no project"),
    ("toolsets", "tools of these categories alone may ask this tracker"),
    ("access", "what tools may do here: read"),
    ("requests_at_once", "requests under way here, where it is not as for the server"),
    ("request_timeout", "seconds that one request may take, where it is not as for the server"),
];

/// A line of a section.
pub(super) struct Line<'a> {
    pub(super) key: &'a str,
    pub(super) value: &'a str,
    pub(super) number: usize,
}

/// The tracker of a section, or what is wrong with it: a tracker that cannot be used says so when it is asked.
pub(super) fn read(file: &Path, name: &str, lines: &[Line<'_>], environment: &Environment) -> Configured {
    let place = |line: &Line<'_>| format!("{}:{}", file.display(), line.number);
    let kind = match kind(lines) {
        Ok(kind) => kind,
        Err(why) => return unusable(name, "", vec![format!("{}: [tracker {name}]: {why}", file.display())]),
    };
    let mut faults = Vec::new();
    let mut section = Section {
        tracker: name.to_owned(),
        file: file.to_owned(),
        entries: BTreeMap::new(),
        headers: Vec::new(),
        keys: kind.keys,
    };
    let (mut limits, mut settings, mut warnings) = (Limits::default(), Vec::new(), Vec::new());
    let mut pace = environment.pace();
    let names = || kind.keys.iter().map(|key| key.name).chain(KEYS.iter().map(|(name, _)| *name));
    for line in lines.iter().filter(|line| line.key != "kind") {
        let key = kind.keys.iter().find(|key| key.name == line.key);
        let secret = key.is_some_and(|key| key.form == Form::Secret) || line.key.starts_with("header.");
        if secret && !line.value.starts_with("env:") && !line.value.starts_with("file:") {
            warnings.extend(open_to_others(file).map(|why| {
                format!("{} stands in {}, {why}; run chmod 600 {}", line.key, file.display(), file.display())
            }));
        }
        let form = key.map_or(if secret { Form::Secret } else { Form::Text }, |key| key.form);
        let taken = resolve(line.value, form, environment, file).and_then(|value| {
            match (key, line.key.strip_prefix("header.")) {
                (Some(key), _) => drop(section.entries.insert(key.name, (value, line.number))),
                (None, Some(header)) if !header.is_empty() => {
                    section.headers.push((header.to_owned(), value, line.number));
                }
                _ => {
                    let shown = limits_key((&mut limits, &mut pace), line.key, value.expose(), names())?;
                    let value = Value::Plain(value.expose().to_owned());
                    settings.push(Setting { key: shown, value, source: Source::Line(file.to_owned(), line.number) });
                }
            }
            Ok(())
        });
        if let Err(why) = taken {
            faults.push(format!("{}: {} {why}", place(line), line.key));
        }
    }
    if !faults.is_empty() {
        return unusable(name, kind.name, faults);
    }
    let native_files = section.entries.contains_key("profile");
    let found = (kind.of_section)(&environment.of_section(section, native_files).at_pace(pace));
    let Discovered { kind, settings: own, warnings: of_kind, tracker, .. } = found;
    settings.splice(0..0, own);
    warnings.extend(of_kind);
    Configured { name: name.to_owned(), kind, settings, warnings, tracker, limits }
}

/// The kind that a section names.
fn kind(lines: &[Line<'_>]) -> Result<&'static Kind, String> {
    let names: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
    let Some(line) = lines.iter().find(|line| line.key == "kind") else {
        return Err(format!("kind is missing: one of {}", names.join(", ")));
    };
    let found = KINDS.iter().find(|kind| kind.name == line.value);
    found.ok_or_else(|| {
        let near = nearest(line.value, names.iter().copied(), 1);
        let hint = near.first().map(|near| format!("; did you mean {near}?")).unwrap_or_default();
        format!("kind is '{}' (line {}), expected one of {}{hint}", line.value, line.number, names.join(", "))
    })
}

/// Takes in a key that concerns the tools rather than the tracker; gives its name.
fn limits_key<'a>(
    (limits, pace): (&mut Limits, &mut Pace),
    key: &str,
    value: &str,
    names: impl Iterator<Item = &'a str> + Clone,
) -> Result<&'static str, String> {
    match key {
        "default_project" => {
            limits.default_project = Some(value.to_owned());
            Ok("default_project")
        }
        "toolsets" => {
            limits.toolsets = toolsets(value)?;
            Ok("toolsets")
        }
        "access" => {
            access(value)?;
            Ok("access")
        }
        _ => {
            let taken = limit::of_tracker(pace, key, value).unwrap_or_else(|| Err(unknown(key, names)));
            let known = KEYS.iter().find(|(name, _)| *name == key);
            taken.and_then(|()| known.map(|(name, _)| *name).ok_or_else(|| format!("{key} is no key")))
        }
    }
}

/// What is wrong with the name of a tracker, if anything.
pub(super) fn wrong_name(name: &str) -> Option<String> {
    let fits = name.starts_with(|first: char| first.is_ascii_lowercase())
        && (2..=NAME).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_'));
    if RESERVED.contains(&name) {
        return Some(format!("'{name}' cannot name a tracker: it means something else before a colon; choose another"));
    }
    (!fits).then(|| {
        format!("'{name}' cannot name a tracker; expected 2 to {NAME} of a-z, 0-9, - and _, beginning with a letter, such as lab")
    })
}

/// A tracker that says what is wrong with its section.
fn unusable(name: &str, kind: &'static str, faults: Vec<String>) -> Configured {
    Configured {
        name: name.to_owned(),
        kind,
        settings: Vec::new(),
        warnings: Vec::new(),
        tracker: Err(Error::bad_input(faults.join("; "))),
        limits: Limits::default(),
    }
}
