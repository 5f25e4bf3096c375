//! A value in a `clearml.conf`: text of several pieces, as lax as pyhocon, and laxer where that cannot be misread.

use super::scan::{Cursor, Fault, is_newline, is_space};

/// A part of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    /// `${name}`, or `${?name}`, which may be unset.
    Variable {
        name: String,
        optional: bool,
    },
}

/// The pieces up to the end of the line, or what ends a value before it.
pub(super) fn pieces(at: &mut Cursor<'_>) -> Result<Vec<Piece>, Fault> {
    let line = at.line;
    let mut pieces = Vec::new();
    let mut text = String::new();
    // Spaces count only between two pieces.
    let mut spaces = "";
    let (mut token_starts, mut literal) = (true, false);
    loop {
        if at.peek().is_some_and(is_space) {
            spaces = at.take_while(is_space);
            token_starts = true;
        }
        if at.peek().is_none_or(|c| is_newline(c) || matches!(c, ',' | '}' | ']' | '#'))
            || (token_starts && at.sees("//"))
        {
            break;
        }
        if at.sees("\\\n") || at.sees("\\\r\n") {
            at.bump();
            at.take_while(char::is_whitespace);
            continue;
        }
        if !(text.is_empty() && pieces.is_empty()) {
            text.push_str(spaces);
        }
        spaces = "";
        token_starts = false;
        match at.peek() {
            Some('"') => {
                let closed = Fault::expected(line, "a closing \" on the same line");
                let (inside, escapes) = at.quoted().ok_or(closed)?;
                if escapes {
                    unescape(inside, &mut text)
                } else {
                    text.push_str(inside)
                }
                (token_starts, literal) = (true, true);
            }
            Some('$') if at.accept("${") => {
                let optional = at.accept("?");
                let name = at.take_while(|c| c != '}' && !is_newline(c)).trim().to_owned();
                if name.is_empty() || !at.accept("}") {
                    return Err(Fault::expected(line, "a name and a } behind ${"));
                }
                flush(&mut text, &mut pieces);
                pieces.push(Piece::Variable { name, optional });
                token_starts = true;
            }
            Some('{' | '[') => {
                return Err(Fault::expected(line, "a text; one that has { or [ in it stands in quotes"));
            }
            Some('\\') => {
                at.bump();
                push_escaped(at.bump(), &mut text);
            }
            other => {
                at.bump();
                text.extend(other);
            }
        }
    }
    if pieces.is_empty() && !literal && text.eq_ignore_ascii_case("null") {
        text.clear();
    }
    flush(&mut text, &mut pieces);
    Ok(pieces)
}

fn flush(text: &mut String, pieces: &mut Vec<Piece>) {
    if !text.is_empty() {
        pieces.push(Piece::Text(std::mem::take(text)));
    }
}

fn unescape(text: &str, to: &mut String) {
    let mut characters = text.chars();
    while let Some(next) = characters.next() {
        if next == '\\' { push_escaped(characters.next(), to) } else { to.push(next) }
    }
}

/// pyhocon leaves an escape that it does not know as it stands.
fn push_escaped(escaped: Option<char>, to: &mut String) {
    match escaped {
        Some('n') => to.push('\n'),
        Some('r') => to.push('\r'),
        Some('t') => to.push('\t'),
        Some(c @ ('\\' | '=' | '#' | '!' | '"')) => to.push(c),
        other => {
            to.push('\\');
            to.extend(other);
        }
    }
}
