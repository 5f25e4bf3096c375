//! Parts put into and taken out of a JSON list or object as text, in the manner of what stands around them.

use std::ops::Range;

use serde_json::Value;

/// A list or object in a text, by bytes.
pub(super) struct Container {
    /// From its opening to behind its closing bracket.
    pub(super) span: Range<usize>,
    /// Its elements, or its members with their names.
    pub(super) parts: Vec<Range<usize>>,
}

/// How new values are laid out.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) newline: &'static str,
    /// What one level is indented by.
    unit: String,
    /// The indentation of the line that a value begins on; everything on one line, if none.
    lines: Option<String>,
    /// Whether a space follows colons and commas on one line.
    spaced: bool,
}

impl Layout {
    /// Line ends and indentation as the text has them; each value on lines of its own.
    pub(super) fn of(text: &str) -> Self {
        let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let indents = text.lines().map(|line| line.split_at(line.len() - line.trim_start().len()));
        let mut members = indents.filter(|(indent, rest)| !indent.is_empty() && rest.starts_with('"'));
        let unit = members.next().map_or("  ", |(indent, _)| indent).to_owned();
        Self { newline, unit, lines: Some(String::new()), spaced: true }
    }

    pub(super) fn in_lines(mut self, indent: &str) -> Self {
        self.lines = Some(indent.to_owned());
        self
    }

    /// On one line, as dense as the text is.
    pub(super) fn in_line(mut self, text: &str) -> Self {
        self.lines = None;
        self.spaced = text.contains(": ") || !text.contains(':');
        self
    }

    /// A value as text.
    pub(super) fn render(&self, value: &Value) -> String {
        let scalar = |value: &Value| !value.is_object() && !value.is_array();
        match value {
            Value::Object(map) if !map.is_empty() => {
                let inner = self.deeper();
                self.joined('{', '}', map.iter().map(|(key, value)| member(&inner, key, value)))
            }
            Value::Array(list) if list.iter().any(|one| !scalar(one)) => {
                let inner = self.deeper();
                self.joined('[', ']', list.iter().map(|value| inner.render(value)))
            }
            Value::Array(list) => {
                Self { lines: None, ..self.clone() }.joined('[', ']', list.iter().map(Value::to_string))
            }
            other => other.to_string(),
        }
    }

    fn deeper(&self) -> Self {
        Self { lines: self.lines.as_ref().map(|indent| format!("{indent}{}", self.unit)), ..self.clone() }
    }

    fn joined(&self, open: char, close: char, parts: impl Iterator<Item = String>) -> String {
        let parts: Vec<String> = parts.collect();
        let Some(indent) = &self.lines else {
            return format!("{open}{}{close}", parts.join(if self.spaced { ", " } else { "," }));
        };
        let (newline, unit) = (self.newline, &self.unit);
        let parts = parts.join(&format!(",{newline}{indent}{unit}"));
        format!("{open}{newline}{indent}{unit}{parts}{newline}{indent}{close}")
    }
}

/// A member of an object as text.
pub(super) fn member(layout: &Layout, key: &str, value: &Value) -> String {
    let space = if layout.spaced || layout.lines.is_some() { " " } else { "" };
    format!("{}:{space}{}", Value::from(key), layout.render(value))
}

impl Container {
    /// The text with one more part at the end.
    pub(super) fn append(&self, text: &str, part: impl Fn(&Layout) -> String) -> String {
        let layout = Layout::of(text);
        let indent = line_indent(text, self.span.start);
        let (first, close) = (self.span.start + 1, self.span.end - 1);
        let inside = text.get(first..close).unwrap_or_default();
        let tail = first + inside.trim_end().len();
        let (newline, unit) = (layout.newline, layout.unit.clone());
        let Some(last) = self.parts.last() else {
            let whole = text.trim();
            if inside.trim().is_empty() && !whole.contains('\n') && whole.len() > self.span.len() {
                return spliced(text, &[(first..close, part(&layout.in_line(text)))]);
            }
            let own = format!("{indent}{unit}");
            let part = part(&layout.in_lines(&own));
            let end = if inside.trim().is_empty() { format!("{newline}{indent}") } else { String::new() };
            let range = if inside.trim().is_empty() { first..close } else { tail..tail };
            return spliced(text, &[(range, format!("{newline}{own}{part}{end}"))]);
        };
        let gap = text.get(last.end..close).unwrap_or_default();
        let trailing = comma(gap).is_some();
        let own_line = starts_line(text, last.start);
        let own = if own_line { line_indent(text, last.start).to_owned() } else { format!("{indent}{unit}") };
        let part = if own_line || gap.contains('\n') {
            format!("{newline}{own}{}", part(&layout.in_lines(&own)))
        } else {
            let layout = layout.in_line(text);
            format!("{}{}", if layout.spaced { " " } else { "" }, part(&layout))
        };
        if trailing {
            return spliced(text, &[(tail..tail, format!("{part},"))]);
        }
        spliced(text, &[(last.end..last.end, ",".to_owned()), (tail..tail, part)])
    }

    /// The text without a part, and whether nothing is left in the container.
    pub(super) fn cut(&self, text: &str, index: usize) -> (String, bool) {
        let Some(part) = self.parts.get(index) else { return (text.to_owned(), false) };
        let (first, close) = (self.span.start + 1, self.span.end - 1);
        let before = index.checked_sub(1).and_then(|before| self.parts.get(before)).map(|one| one.end);
        let next = self.parts.get(index + 1).map(|one| one.start);
        let after = text.get(part.end..next.unwrap_or(close)).unwrap_or_default();
        let own_comma = comma(after).map(|at| part.end + at + 1);
        let end = own_comma.unwrap_or(part.end);
        let ahead = text.get(before.unwrap_or(first)..part.start).unwrap_or_default();
        let mut start = part.start - (ahead.len() - ahead.trim_end().len());
        let mut edits = Vec::new();
        match (before, own_comma, next) {
            // The comma between the part before and this one goes where this one was the last.
            (Some(from), None, _) => edits.extend(comma(ahead).map(|at| (from + at..from + at + 1, String::new()))),
            // What follows on the same line moves up to the bracket.
            (None, Some(_), Some(next)) if !text.get(part.start..next).unwrap_or_default().contains('\n') => {
                return (spliced(text, &[(part.start..next, String::new())]), false);
            }
            _ => {}
        }
        // What follows must not end up behind a comment that takes in the rest of its line.
        let rest = text.get(end..).unwrap_or_default().split('\n').next().unwrap_or_default();
        if ahead.contains("//") && !rest.trim().is_empty() {
            start = part.start;
        }
        // The comma itself may be the last that stands before the part.
        let start = edits.last().map_or(start, |(comma, _)| start.max(comma.end));
        edits.push((start..end, String::new()));
        let cut = spliced(text, &edits);
        let removed = text.len() - cut.len();
        let inside = cut.get(first..close - removed).unwrap_or_default();
        if self.parts.len() > 1 || !inside.trim().is_empty() {
            return (cut, false);
        }
        (spliced(&cut, &[(first..close - removed, String::new())]), true)
    }
}

/// Where the comma stands in what is between two parts: space, comments and that comma.
fn comma(gap: &str) -> Option<usize> {
    let mut at = 0;
    while let Some(rest) = gap.get(at..) {
        at += match rest.chars().next()? {
            ',' => return Some(at),
            '/' if rest.starts_with("//") => rest.find('\n')?,
            '/' if rest.starts_with("/*") => rest.find("*/")? + 2,
            other => other.len_utf8(),
        };
    }
    None
}

/// The text with ranges of bytes replaced; they follow each other and do not overlap.
pub(super) fn spliced(text: &str, edits: &[(Range<usize>, String)]) -> String {
    let mut all = String::with_capacity(text.len() + edits.iter().map(|(_, new)| new.len()).sum::<usize>());
    let mut at = 0;
    for (range, new) in edits {
        all.push_str(text.get(at..range.start).unwrap_or_default());
        all.push_str(new);
        at = range.end;
    }
    all.push_str(text.get(at..).unwrap_or_default());
    all
}

/// The indentation of the line that a byte stands on.
pub(super) fn line_indent(text: &str, at: usize) -> &str {
    let before = text.get(..at).unwrap_or_default();
    let line = text.get(before.rfind('\n').map_or(0, |end| end + 1)..).unwrap_or_default();
    let length = line.len() - line.trim_start_matches([' ', '\t']).len();
    line.get(..length).unwrap_or_default()
}

/// Whether only space stands before a byte on its line.
pub(super) fn starts_line(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    before.rsplit('\n').next().unwrap_or_default().trim().is_empty()
}
