//! What a `clearml.conf` says, asked by key: a later entry goes before an earlier one, sections of the same name are one,
//! and `${…}` stands for another entry of the file or for a variable.

mod entries;
mod scan;
mod value;

use entries::{Entries, Entry, Value};
use value::Piece;

pub(super) use scan::Fault;

/// The sections that must be right; all others may hold anything.
const READ: [&[&str]; 2] = [&["api"], &["api", "credentials"]];
/// How many `${…}` one value may need, those within them included.
const MOST_SUBSTITUTIONS: usize = 64;
/// How many sections deep a `${…}` may look.
const DEEPEST: usize = 16;

/// A file that was read.
pub(super) struct Conf<'t> {
    entries: Vec<Entry<'t>>,
    /// What is worth knowing about it, with the line.
    pub(super) warnings: Vec<Fault>,
}

/// A text, and the line that it stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) text: String,
    pub(super) line: usize,
}

/// Gives the value of an environment variable.
pub(super) type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

impl<'t> Conf<'t> {
    /// Reads a file: what is wrong within `api` is an error; elsewhere only if there is no `api` at all.
    pub(super) fn read(text: &'t str) -> Result<Self, Fault> {
        let mut conf = Self { entries: Vec::new(), warnings: Vec::new() };
        let file = Entries::of_file(text.trim_start_matches('\u{feff}'));
        let mut elsewhere = Vec::new();
        conf.add(file, &[], &mut elsewhere)?;
        let has_api = conf.entries.iter().any(|entry| is_api(&entry.path));
        match elsewhere.into_iter().next() {
            Some(fault) if !has_api => Err(fault),
            fault => {
                conf.warnings.extend(fault);
                Ok(conf)
            }
        }
    }

    fn add(&mut self, entries: Entries<'t>, within: &[String], elsewhere: &mut Vec<Fault>) -> Result<(), Fault> {
        for (path, fault) in entries.faults {
            if is_api(within) || is_api(&path) {
                return Err(fault);
            }
            elsewhere.push(fault);
        }
        self.warnings.extend(entries.includes.into_iter().map(|line| Fault {
            line,
            what: "include is not followed; put the keys of api into this file".to_owned(),
        }));
        for mut entry in entries.found {
            entry.path.splice(..0, within.iter().cloned());
            match entry.value {
                Value::Section(inside) if READ.iter().any(|path| entry.path == *path) => {
                    self.add(Entries::of(inside), &entry.path, elsewhere)?;
                }
                Value::Text(ref pieces) if pieces.is_empty() => self.entries.push(entry),
                _ if READ.iter().any(|path| entry.path == *path) => {
                    return Err(Fault::expected(entry.line, "{ … } with the keys, none from elsewhere"));
                }
                _ => self.entries.push(entry),
            }
        }
        Ok(())
    }

    /// The text of a key such as `api.api_server`; `None` where it is not set.
    ///
    /// # Errors
    /// What is there is no text, or needs a `${…}` that is set nowhere.
    pub(super) fn text(&self, key: &str, variables: Variables<'_>) -> Result<Option<Text>, Fault> {
        Resolver { conf: self, variables, open: Vec::new(), left: MOST_SUBSTITUTIONS }.last(key)
    }

    /// The texts of a key that is a list, or the one text of a key that is not.
    ///
    /// # Errors
    /// As [`Conf::text`].
    pub(super) fn list(&self, key: &str, variables: Variables<'_>) -> Result<Vec<Text>, Fault> {
        let Some(Entry { value: Value::List(items), line, .. }) = self.entries_of(key).pop() else {
            return Ok(self.text(key, variables)?.into_iter().collect());
        };
        let mut resolver = Resolver { conf: self, variables, open: Vec::new(), left: MOST_SUBSTITUTIONS };
        let texts = items.iter().map(|pieces| Ok(resolver.join(pieces, key, line)?.map(|text| Text { text, line })));
        texts.filter_map(Result::transpose).collect()
    }

    /// The entries of a key, the last being the one that counts.
    fn entries_of(&self, key: &str) -> Vec<Entry<'t>> {
        let path: Vec<&str> = key.split('.').map(|part| part.trim_matches('"')).collect();
        let mut found = Vec::new();
        if path.len() <= DEEPEST {
            collect(&self.entries, &path, &mut found);
        }
        found
    }
}

fn is_api(path: &[String]) -> bool {
    path.first().is_some_and(|first| first == "api")
}

/// Looks through entries, and through the sections that the path leads into.
fn collect<'t>(entries: &[Entry<'t>], path: &[&str], found: &mut Vec<Entry<'t>>) {
    for entry in entries {
        let Some(rest) = path.get(entry.path.len()..) else { continue };
        if !path.iter().zip(&entry.path).all(|(wanted, part)| *wanted == part.as_str()) {
            continue;
        }
        match &entry.value {
            _ if rest.is_empty() => found.push(entry.clone()),
            Value::Section(inside) => collect(&Entries::of(*inside).found, rest, found),
            // `a = 1` after `a { … }` is instead of it.
            Value::Text(_) | Value::List(_) => found.clear(),
        }
    }
}

/// Puts the pieces of a value together.
struct Resolver<'a, 't> {
    conf: &'a Conf<'t>,
    variables: Variables<'a>,
    /// The entries that are being put together; within them their key means an earlier entry.
    open: Vec<usize>,
    left: usize,
}

impl Resolver<'_, '_> {
    fn last(&mut self, key: &str) -> Result<Option<Text>, Fault> {
        for entry in self.conf.entries_of(key).into_iter().rev() {
            if self.open.contains(&entry.offset) {
                continue;
            }
            let Value::Text(pieces) = &entry.value else {
                return Err(Fault {
                    line: entry.line,
                    what: format!("expected a text for {key}, not a list or section"),
                });
            };
            self.open.push(entry.offset);
            let text = self.join(pieces, key, entry.line)?;
            self.open.pop();
            if let Some(text) = text {
                return Ok(Some(Text { text, line: entry.line }));
            }
        }
        Ok(None)
    }

    /// The text of the pieces; `None` if they are nothing but optional variables that are not set.
    fn join(&mut self, pieces: &[Piece], key: &str, line: usize) -> Result<Option<String>, Fault> {
        let mut text = String::new();
        let mut set = pieces.is_empty();
        for piece in pieces {
            let (name, optional) = match piece {
                Piece::Text(piece) => {
                    text.push_str(piece);
                    set = true;
                    continue;
                }
                Piece::Variable { name, optional } => (name, *optional),
            };
            self.left = self.left.checked_sub(1).ok_or_else(|| Fault {
                line,
                what: format!("{key} needs more than {MOST_SUBSTITUTIONS} substitutions"),
            })?;
            match self.last(name)?.map(|found| found.text).or_else(|| (self.variables)(name)) {
                Some(value) => {
                    text.push_str(&value);
                    set = true;
                }
                None if optional => {}
                None => {
                    return Err(Fault {
                        line,
                        what: format!("{key} needs ${{{name}}}, which neither this file nor the environment sets"),
                    });
                }
            }
        }
        Ok(set.then_some(text))
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
