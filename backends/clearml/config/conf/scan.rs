//! A place in a file, and how to go past what stands there.

/// What is wrong in a file: the line, the first being 1, and a sentence that shows nothing of what stands in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) line: usize,
    pub(crate) what: String,
}

impl Fault {
    pub(super) fn expected(line: usize, what: &str) -> Self {
        Self { line, what: format!("expected {what}") }
    }
}

/// A place in a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'t> {
    rest: &'t str,
    /// Counted from 1.
    pub(super) line: usize,
    /// In bytes from the beginning of the file.
    pub(super) offset: usize,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { rest: text, line: 1, offset: 0 }
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    pub(super) fn sees(&self, text: &str) -> bool {
        self.rest.starts_with(text)
    }

    pub(super) fn bump(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.take(next.len_utf8());
        Some(next)
    }

    /// Goes on by this many bytes, which must end a character.
    fn take(&mut self, bytes: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.line += taken.matches('\n').count();
        self.offset += taken.len();
        self.rest = rest;
        taken
    }

    pub(super) fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'t str {
        self.take(self.rest.find(|c| !wanted(c)).unwrap_or(self.rest.len()))
    }

    /// Goes past a text that stands here.
    pub(super) fn accept(&mut self, text: &str) -> bool {
        let found = self.sees(text);
        if found {
            self.take(text.len());
        }
        found
    }

    pub(super) fn skip_spaces(&mut self) {
        self.take_while(is_space);
    }

    pub(super) fn skip_line(&mut self) {
        self.take_while(|c| !is_newline(c));
    }

    /// Goes past spaces, ends of lines and comments.
    pub(super) fn skip_blank(&mut self) {
        loop {
            self.take_while(char::is_whitespace);
            if !self.sees("#") && !self.sees("//") {
                return;
            }
            self.skip_line();
        }
    }

    /// The text between quotes, one `"` or three, with its escapes as they stand, and whether it has any that count.
    pub(super) fn quoted(&mut self) -> Option<(&'t str, bool)> {
        if let Some(text) = self.rest.strip_prefix("\"\"\"").and_then(|body| {
            let end = body.find("\"\"\"")?;
            // Further quotes behind the first three belong to the text.
            let further = body.get(end + 3..)?.bytes().take_while(|byte| *byte == b'"').count();
            body.get(..end + further)
        }) {
            self.take(text.len() + 6);
            return Some((text, false));
        }
        let body = self.rest.strip_prefix('"')?;
        let mut escaped = false;
        let end = body.char_indices().find_map(|(at, c)| match c {
            _ if is_newline(c) => Some(None),
            _ if std::mem::take(&mut escaped) => None,
            '\\' => {
                escaped = true;
                None
            }
            '"' => Some(Some(at)),
            _ => None,
        });
        let text = body.get(..end??)?;
        self.take(text.len() + 2);
        Some((text, true))
    }

    /// Goes past the opening character here and all up to the one that closes it, whatever stands between: the inside.
    /// Quotes and comments are heeded; a quote that does not close on its line is none.
    pub(super) fn enclosed(&mut self, open: char, close: char) -> Option<Self> {
        let mut ahead = *self;
        let (mut depth, mut inside) = (0_usize, None);
        let mut token_starts = true;
        loop {
            if ahead.sees("#") || (token_starts && ahead.sees("//")) {
                ahead.skip_line();
            }
            if ahead.quoted().is_some() {
                token_starts = true;
                continue;
            }
            if ahead.accept("${") {
                ahead.take_while(|c| c != '}' && !is_newline(c));
                ahead.accept("}");
                token_starts = true;
                continue;
            }
            let end = ahead;
            let next = ahead.bump()?;
            token_starts = next.is_whitespace() || matches!(next, '{' | '}' | '[' | ']' | ',' | '=');
            if next == '\\' && ahead.peek().is_some_and(|c| !is_newline(c)) {
                ahead.bump();
            } else if next == open {
                depth += 1;
            } else if next == close {
                depth = depth.saturating_sub(1);
            }
            let begin = *inside.get_or_insert(ahead);
            if depth == 0 {
                *self = ahead;
                let rest = begin.rest.get(..end.offset.checked_sub(begin.offset)?)?;
                return Some(Self { rest, ..begin });
            }
        }
    }
}

pub(super) fn is_newline(c: char) -> bool {
    matches!(c, '\n' | '\r')
}

/// A pasted text may have any kind of space.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() && !is_newline(c)
}
