//! The INI files of MLflow's and Databricks' clients, read as Python's `configparser` does without its interpolation.
//! Passwords are taken as they stand.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use ini::{Ini, ParseOption};

use crate::settings::Source;
use crate::{Error, Result};

const KEY_AND_VALUE: &str = "[section] or key = value";

/// What a file says, or nothing if there is none.
#[derive(Default)]
pub(super) struct IniFile {
    path: PathBuf,
    entries: Vec<Entry>,
    /// Why it was not read although it is there.
    pub(super) unread: Option<String>,
}

struct Entry {
    section: String,
    key: String,
    value: String,
}

impl IniFile {
    /// Reads the file, if there is one.
    pub(super) fn read(path: Option<PathBuf>) -> Result<Self> {
        let Some(path) = path else { return Ok(Self::default()) };
        match std::fs::read(&path) {
            Ok(bytes) => Ok(Self { entries: parse(&path, &String::from_utf8_lossy(&bytes))?, path, unread: None }),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self { path, ..Self::default() }),
            Err(error) => {
                let unread = Some(format!("{} cannot be read ({}), so it is left out", path.display(), error.kind()));
                Ok(Self { path, unread, ..Self::default() })
            }
        }
    }

    /// A value, as it stands; `None` if it is empty. Of several the last; the case of the key does not matter.
    pub(super) fn value(&self, section: &str, key: &str) -> Option<String> {
        let is_it = |entry: &&Entry| entry.section == section && entry.key.eq_ignore_ascii_case(key);
        let found = self.entries.iter().rev().find(is_it)?;
        Some(found.value.clone()).filter(|value| !value.is_empty())
    }

    /// Where values of this section come from.
    pub(super) fn source(&self, section: &str) -> Source {
        Source::File(self.path.clone(), section.to_owned())
    }
}

/// No escapes, no quotes, no comments behind a value, no values over several lines.
fn parse(path: &Path, text: &str) -> Result<Vec<Entry>> {
    let options = ParseOption {
        enabled_quote: false,
        enabled_escape: false,
        enabled_indented_mutiline_value: false,
        enabled_preserve_key_leading_whitespace: false,
    };
    let lines = checked(path, text.trim_start_matches('\u{feff}'))?;
    // The error of the parser could quote the line, which may hold a password.
    let ini = Ini::load_from_str_opt(&lines, options).map_err(|error| wrong(path, error.line, KEY_AND_VALUE))?;
    let entries = ini.iter().flat_map(|(section, properties)| {
        let section = section.unwrap_or_default().trim();
        properties.iter().map(move |(key, value)| Entry {
            section: section.to_owned(),
            key: key.trim().to_owned(),
            value: value.trim().to_owned(),
        })
    });
    Ok(entries.collect())
}

/// The lines, fit for the parser: it would take a stray line for a part of the next key, and join a line that ends
/// with a backslash to the next one even where escapes are off, which a space behind it prevents.
fn checked(path: &Path, text: &str) -> Result<String> {
    let mut lines = String::with_capacity(text.len());
    let mut within_section = false;
    for (number, line) in (1..).zip(text.lines().map(str::trim)) {
        match line.chars().next() {
            None | Some('#' | ';') => {}
            Some('[') if !line.contains(']') => return Err(wrong(path, number, "a ] behind the name of the section")),
            Some('[') => within_section = true,
            Some(_) if !line.contains(['=', ':']) => return Err(wrong(path, number, KEY_AND_VALUE)),
            Some(_) if !within_section => return Err(wrong(path, number, "a [section] before the first key")),
            Some(_) => {}
        }
        lines.push_str(line);
        lines.push_str(" \n");
    }
    Ok(lines)
}

fn wrong(path: &Path, line: usize, expected: &str) -> Error {
    Error::bad_input(format!("{} line {line}: expected {expected}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> IniFile {
        IniFile { entries: parse(Path::new("/h/credentials"), text).unwrap(), ..IniFile::default() }
    }

    fn value(text: &str) -> Option<String> {
        file(&format!("[s]\n{text}\nafter = 1\n")).value("s", "key")
    }

    #[test]
    fn a_value_is_taken_as_it_stands() {
        for odd in
            ["a=b:c", "100%", "a#b", "a ; b # c", "\"quoted\"", "'q", "back\\", "\\n", "${x}", "[x]", "p w", "ü密"]
        {
            assert_eq!(value(&format!("key = {odd}")).as_deref(), Some(odd));
            assert_eq!(
                file(&format!("[s]\nkey = {odd}\nafter = 1\n")).value("s", "after").as_deref(),
                Some("1"),
                "{odd}"
            );
        }
    }

    #[test]
    fn what_stands_around_a_value_does_not_matter() {
        for text in [
            "key=v",
            "key: v",
            "  key  =  v  ",
            "KEY = v",
            "# key = x\n; key = y\n\n  # key = z\nkey = v",
            "key = x\nkey = v",
        ] {
            assert_eq!(value(text).as_deref(), Some("v"), "{text}");
        }
        assert_eq!(file("\u{feff}[s]\r\nkey = v\r\n").value("s", "key").as_deref(), Some("v"));
        assert_eq!(file("[ s ]\nkey = v").value("s", "key").as_deref(), Some("v"));
    }

    #[test]
    fn an_empty_or_missing_value_is_none() {
        assert_eq!(value("key ="), None);
        assert_eq!(value("other = 1"), None);
        assert_eq!(file("[t]\nkey = 1").value("s", "key"), None);
        assert_eq!(file("[S]\nkey = 1").value("s", "key"), None);
    }

    #[test]
    fn a_broken_line_is_named_but_not_shown() {
        for (text, message) in [
            ("[s]\nkey = v\nhunter2", "/h/credentials line 3: expected [section] or key = value"),
            ("[s]\nhunter2\nkey = v", "/h/credentials line 2: expected [section] or key = value"),
            ("[hunter2\nkey = v", "/h/credentials line 1: expected a ] behind the name of the section"),
            ("\r\nkey = hunter2", "/h/credentials line 2: expected a [section] before the first key"),
        ] {
            assert_eq!(parse(Path::new("/h/credentials"), text).err().unwrap(), Error::bad_input(message), "{text}");
        }
    }

    #[test]
    fn a_file_that_is_not_there_says_nothing_and_one_that_cannot_be_read_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let absent = IniFile::read(Some(folder.path().join("absent"))).unwrap();
        let unreadable = IniFile::read(Some(folder.path().to_path_buf())).unwrap();

        assert_eq!((absent.value("s", "key"), absent.unread), (None, None));
        assert_eq!(unreadable.value("s", "key"), None);
        assert!(unreadable.unread.unwrap().starts_with(&format!("{} cannot be read (", folder.path().display())));
    }
}
