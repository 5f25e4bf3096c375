//! INI files, read as Python's `configparser` does without its interpolation: those of MLflow's and Databricks' clients,
//! and the server config. Passwords are taken as they stand.

use std::collections::HashMap;
use std::collections::VecDeque;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use ini::{Ini, ParseOption};

use crate::settings::Source;
use crate::{Error, Result};

const KEY_AND_VALUE: &str = "[section] or key = value";

/// What a file says, or nothing if there is none.
#[derive(Default)]
pub struct IniFile {
    /// Where it is.
    pub path: PathBuf,
    /// What it says, in its order.
    pub entries: Vec<Entry>,
    /// Its sections, with their lines.
    pub sections: Vec<(String, usize)>,
    /// Why it was not read although it is there.
    pub unread: Option<String>,
}

/// A line `key = value`.
pub struct Entry {
    /// The section that it stands in.
    pub section: String,
    /// The key, as it is written.
    pub key: String,
    /// The value, as it stands.
    pub value: String,
    /// The number of the line, the first being 1.
    pub line: usize,
}

impl IniFile {
    ///
    /// # Errors
    /// Bad input, naming file and line, if it is no INI file.
    pub fn read(path: Option<PathBuf>) -> Result<Self> {
        let Some(path) = path else { return Ok(Self::default()) };
        match std::fs::read(&path) {
            Ok(bytes) => Self::parse(path, &String::from_utf8_lossy(&bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self { path, ..Self::default() }),
            Err(error) => {
                let unread = Some(format!("{} cannot be read ({}), so it is left out", path.display(), error.kind()));
                Ok(Self { path, unread, ..Self::default() })
            }
        }
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// Bad input, naming file and line, if it is no INI file.
    pub fn parse(path: PathBuf, text: &str) -> Result<Self> {
        let checked = checked(&path, text.trim_start_matches('\u{feff}'))?;
        Ok(Self { entries: parse(&path, &checked)?, sections: checked.sections, path, unread: None })
    }

    /// A value, as it stands; `None` if it is empty. Of several the last; the case of the key does not matter.
    pub fn value(&self, section: &str, key: &str) -> Option<String> {
        let is_it = |entry: &&Entry| entry.section == section && entry.key.eq_ignore_ascii_case(key);
        let found = self.entries.iter().rev().find(is_it)?;
        Some(found.value.clone()).filter(|value| !value.is_empty())
    }

    /// Where values of this section come from.
    pub fn source(&self, section: &str) -> Source {
        Source::File(self.path.clone(), section.to_owned())
    }
}

/// No escapes, no quotes, no comments behind a value, no values over several lines.
fn parse(path: &Path, checked: &Checked) -> Result<Vec<Entry>> {
    let options = ParseOption {
        enabled_quote: false,
        enabled_escape: false,
        enabled_indented_mutiline_value: false,
        enabled_preserve_key_leading_whitespace: false,
    };
    // The error of the parser could quote the line, which may hold a password.
    let ini = Ini::load_from_str_opt(&checked.text, options).map_err(|error| wrong(path, error.line, KEY_AND_VALUE))?;
    let mut lines = checked.lines.clone();
    let mut entries = Vec::new();
    for (section, properties) in &ini {
        let section = section.unwrap_or_default().trim();
        for (key, value) in properties.iter() {
            let (section, key) = (section.to_owned(), key.trim().to_owned());
            let line = lines.get_mut(&(section.clone(), key.clone())).and_then(VecDeque::pop_front).unwrap_or_default();
            entries.push(Entry { section, key, value: value.trim().to_owned(), line });
        }
    }
    entries.sort_by_key(|entry| entry.line);
    Ok(entries)
}

/// A text that is fit for the parser, and what it does not tell.
#[derive(Default)]
struct Checked {
    text: String,
    sections: Vec<(String, usize)>,
    /// The lines of each key of each section.
    lines: HashMap<(String, String), VecDeque<usize>>,
}

/// The lines, fit for the parser: it would take a stray line for a part of the next key, and join a line that ends
/// with a backslash to the next one even where escapes are off, which a space behind it prevents.
fn checked(path: &Path, text: &str) -> Result<Checked> {
    let mut checked = Checked::default();
    for (number, line) in (1..).zip(text.lines().map(str::trim)) {
        match line.chars().next() {
            None | Some('#' | ';') => {}
            Some('[') => {
                let name = line.trim_start_matches('[').split_once(']').map(|(name, _)| name.trim());
                let name = name.ok_or_else(|| wrong(path, number, "a ] behind the name of the section"))?;
                checked.sections.push((name.to_owned(), number));
            }
            Some(_) => {
                let (key, _) = line.split_once(['=', ':']).ok_or_else(|| wrong(path, number, KEY_AND_VALUE))?;
                let (section, _) =
                    checked.sections.last().ok_or_else(|| wrong(path, number, "a [section] before the first key"))?;
                checked.lines.entry((section.clone(), key.trim().to_owned())).or_default().push_back(number);
            }
        }
        checked.text.push_str(line);
        checked.text.push_str(" \n");
    }
    Ok(checked)
}

fn wrong(path: &Path, line: usize, expected: &str) -> Error {
    Error::bad_input(format!("{} line {line}: expected {expected}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> IniFile {
        IniFile::parse(PathBuf::from("/h/credentials"), text).unwrap()
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
    fn every_key_and_section_has_its_line() {
        let file = file("# a\n[s]\nkey = 1\n\n[t x]\nKey: 2\nkey = 3\n[s]\nkey = 4\n");
        let told: Vec<_> =
            file.entries.iter().map(|entry| (entry.line, entry.section.as_str(), entry.value.as_str())).collect();
        assert_eq!(told, [(3, "s", "1"), (6, "t x", "2"), (7, "t x", "3"), (9, "s", "4")]);
        assert_eq!(file.sections, [("s".to_owned(), 2), ("t x".to_owned(), 5), ("s".to_owned(), 8)]);
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
            let error = IniFile::parse(PathBuf::from("/h/credentials"), text).err().unwrap();
            assert_eq!(error, Error::bad_input(message), "{text}");
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
