//! The entries of one section of a `clearml.conf`. What nests within is not looked at before it is asked for, so that
//! nothing outside `api` can be wrong.

use super::scan::{Cursor, Fault, is_newline, is_space};
use super::value::{self, Piece};

/// Behind so many faults the rest of a section is not looked at: each may have been sought to the end of the file.
const MOST_FAULTS: usize = 20;

/// A key and what stands behind it.
#[derive(Clone, Debug)]
pub(super) struct Entry<'t> {
    /// The key, split at its dots.
    pub(super) path: Vec<String>,
    pub(super) value: Value<'t>,
    pub(super) line: usize,
    /// Which entry of the file this is: the place of its value.
    pub(super) offset: usize,
}

#[derive(Clone, Debug)]
pub(super) enum Value<'t> {
    Text(Vec<Piece>),
    /// The texts of a list; what else is in it is left out.
    List(Vec<Vec<Piece>>),
    /// The inside of `{ … }`.
    Section(Cursor<'t>),
}

/// A fault, and the key whose value has it.
pub(super) type Misread = (Vec<String>, Fault);

/// What was read of a section.
#[derive(Default)]
pub(super) struct Entries<'t> {
    pub(super) found: Vec<Entry<'t>>,
    pub(super) faults: Vec<Misread>,
    /// The lines of `include`, which is not followed.
    pub(super) includes: Vec<usize>,
}

impl<'t> Entries<'t> {
    /// Reads a section to its end, leaving out the lines that cannot be read.
    pub(super) fn of(section: Cursor<'t>) -> Self {
        let mut entries = Self::default();
        entries.read(section, false);
        entries
    }

    /// Reads a file, which may stand in braces, and may have a line `[section]` before the keys of a section.
    pub(super) fn of_file(text: &'t str) -> Self {
        let mut at = Cursor::new(text);
        let mut entries = Self::default();
        at.skip_blank();
        let line = at.line;
        if at.sees("{") {
            if let Some(inside) = at.enclosed('{', '}') {
                entries.read(inside, false);
                at.skip_blank();
                if at.peek().is_some() {
                    entries.faults.push((Vec::new(), Fault::expected(at.line, "nothing behind the last }")));
                }
                return entries;
            }
            entries.faults.push((Vec::new(), unclosed(line)));
            at.bump();
        }
        entries.read(at, true);
        entries
    }

    fn read(&mut self, mut at: Cursor<'t>, headers: bool) {
        let mut header = Vec::new();
        loop {
            at.take_while(|c| c == ',' || c.is_whitespace());
            at.skip_blank();
            let start = at;
            let Some(first) = at.peek() else { return };
            if first == ',' {
                continue;
            }
            if include(&at) {
                self.includes.push(at.line);
                at.skip_line();
                continue;
            }
            let mut path = header.clone();
            let read = match first {
                '[' if headers => section_header(&mut at).map(|path| header = path),
                _ => key(&mut at, start.line).and_then(|key| {
                    path.extend(key);
                    self.entry(&path, &mut at, start.line)
                }),
            };
            if let Err(fault) = read {
                self.faults.push((path, fault));
                if self.faults.len() >= MOST_FAULTS {
                    return;
                }
                at = start;
                if first == '}' {
                    at.bump();
                } else {
                    at.skip_line();
                }
            }
        }
    }

    /// Reads what stands behind a key.
    fn entry(&mut self, path: &[String], at: &mut Cursor<'t>, line: usize) -> Result<(), Fault> {
        at.skip_blank();
        if !at.sees("{") && !at.accept(":") && !at.accept("=") {
            return Err(Fault::expected(line, "=, : or { behind the key"));
        }
        // A text stands on the line of its key; else an empty value would eat the next line.
        let mut ahead = *at;
        ahead.skip_blank();
        if ahead.sees("{") || ahead.sees("[") {
            *at = ahead;
        }
        at.skip_spaces();
        let (line, offset) = (at.line, at.offset);
        let mut push = |value, offset| self.found.push(Entry { path: path.to_vec(), value, line, offset });
        match at.peek() {
            Some('{') => {
                // {…} {…} is one section.
                while at.sees("{") {
                    let offset = at.offset;
                    push(Value::Section(at.enclosed('{', '}').ok_or_else(|| unclosed(line))?), offset);
                    at.skip_spaces();
                }
            }
            Some('[') => {
                let unclosed = || Fault::expected(line, "a ] that closes the [");
                push(Value::List(items(at.enclosed('[', ']').ok_or_else(unclosed)?)?), offset);
            }
            _ => push(Value::Text(value::pieces(at)?), offset),
        }
        Ok(())
    }
}

fn unclosed(line: usize) -> Fault {
    Fault::expected(line, "a } that closes the {")
}

/// A key, split at its dots; one in quotes is one part.
fn key(at: &mut Cursor<'_>, line: usize) -> Result<Vec<String>, Fault> {
    let mut path = Vec::new();
    loop {
        at.skip_spaces();
        let part = match at.peek() {
            Some('"') => at.quoted().map_or("", |(text, _)| text),
            _ => at.take_while(|c| !is_newline(c) && !".{}[]:=,#\"$+\\".contains(c)).trim_end_matches(is_space),
        };
        if part.is_empty() {
            return Err(Fault::expected(line, "a key"));
        }
        path.push(part.to_owned());
        at.skip_spaces();
        if !at.accept(".") {
            return Ok(path);
        }
    }
}

/// `[section]`, as in INI files; some guides write a clearml.conf like that.
fn section_header(at: &mut Cursor<'_>) -> Result<Vec<String>, Fault> {
    let line = at.line;
    at.accept("[");
    let path = key(at, line)?;
    at.accept("]").then_some(path).ok_or_else(|| Fault::expected(line, "a ] behind the name of the section"))
}

/// The texts of a list.
fn items(mut at: Cursor<'_>) -> Result<Vec<Vec<Piece>>, Fault> {
    let mut items = Vec::new();
    loop {
        at.take_while(|c| c == ',' || c.is_whitespace());
        at.skip_blank();
        match at.peek() {
            None => return Ok(items),
            Some(',') => {}
            Some('{') => drop(at.enclosed('{', '}').ok_or_else(|| unclosed(at.line))?),
            Some('[') => drop(at.enclosed('[', ']').ok_or_else(|| Fault::expected(at.line, "a ] that closes the ["))?),
            Some('}' | ']') => return Err(Fault::expected(at.line, "a text in the list")),
            Some(_) => items.push(value::pieces(&mut at)?),
        }
    }
}

/// Whether `include "file"`, `include file(…)` or the like stands here.
fn include(at: &Cursor<'_>) -> bool {
    let mut at = *at;
    let word = at.take_while(|c| c.is_ascii_alphabetic());
    at.skip_spaces();
    let forms = ["\"", "file(", "url(", "classpath(", "required("];
    word.eq_ignore_ascii_case("include") && forms.iter().any(|form| at.sees(form))
}
