//! What to write instead of the words of other query languages.

use super::Key;
use super::keys::{Vocabulary, read_key};
use super::lexer::{Lexeme, Token};
use super::shape::Shape;

/// Longest text that is repeated whole in a message.
const MAX_REPEATED: usize = 160;

/// After a key stands something that is no operator: what was meant.
pub(super) fn meant_by(key: &Key, negated: bool, text: &str, rest: &[Lexeme<'_>]) -> String {
    let source = |index: usize| rest.get(index).and_then(|lexeme| text.get(lexeme.span.clone()));
    let not = if negated { "not " } else { "" };
    let part = match rest.get(1).map(|lexeme| &lexeme.token) {
        Some(Token::Single(part) | Token::Double(part)) => part.replace('\\', r"\\").replace('\'', "''"),
        _ => "part".to_owned(),
    };
    match source(0).map(str::to_ascii_lowercase).as_deref() {
        Some("between") => {
            let (low, high) = (source(1).unwrap_or("…"), source(3).unwrap_or("…"));
            if negated {
                format!("there is no between; write ({key} < {low} or {key} > {high})")
            } else {
                format!("there is no between; write {key} >= {low} and {key} <= {high}")
            }
        }
        Some("rlike" | "regexp" | "regex" | "matches" | "match" | "glob") => {
            format!(
                "there are no regular expressions; write {key} {not}like '%part%', with % for any text and _ for any character"
            )
        }
        Some("contains" | "has" | "includes") => format!("write {key} {not}like '%{part}%'"),
        Some("startswith" | "starts_with" | "starts" | "beginswith") => format!("write {key} {not}like '{part}%'"),
        Some("endswith" | "ends_with" | "ends") => format!("write {key} {not}like '%{part}'"),
        Some("exists") if negated => format!("write {key} is null"),
        Some("exists") => format!("write {key} is not null"),
        Some("eq" | "equals") => format!("write {key} = …"),
        Some("ne") => format!("write {key} != …"),
        Some("gt" | "after" | "since") => format!("write {key} > …"),
        Some("lt" | "before" | "until") => format!("write {key} < …"),
        _ => format!("after {key} comes an operator: {}", examples(key)),
    }
}

fn examples(key: &Key) -> String {
    match key.shape() {
        Shape::Number => format!("{key} > 0.9, {key} is not null"),
        Shape::Free => {
            format!("{key} = 'adam', {key} < 0.1, {key} in ('a', 'b'), {key} like '%part%', {key} is not null")
        }
        Shape::Text => format!("{key} = 'text', {key} in ('a', 'b'), {key} like '%part%', {key} is not null"),
        Shape::Status => "status = 'failed', status in ('failed', 'stopped')".to_owned(),
        Shape::Time => format!("{key} > '7d', {key} < '2026-11-20'"),
        Shape::Duration => format!("{key} > '2h', {key} < 60"),
        Shape::Bool => format!("{key} = true, {key} = false"),
    }
}

/// A test has ended and something follows that is neither `and` nor `or`.
pub(super) fn missing_and(text: &str, rest: &[Lexeme<'_>], words: &Vocabulary) -> String {
    let behind_comma = matches!(rest.first().map(|lexeme| &lexeme.token), Some(Token::Comma));
    let next = if behind_comma { rest.get(1..).unwrap_or_default() } else { rest };
    let (Some(first), Some(second)) = (rest.first(), next.first()) else {
        return "here the filter should end".to_owned();
    };
    if read_key(next, words).is_err() {
        return "a test has ended before it; tests are joined by and or or, and values with spaces are quoted"
            .to_owned();
    }
    let before = text.get(..first.span.start).unwrap_or_default().trim_end();
    let after = text.get(second.span.start..).unwrap_or_default();
    if before.len() + after.len() > MAX_REPEATED {
        return "tests are joined by and or or: status = 'failed' and metrics.loss > 1".to_owned();
    }
    format!("tests are joined by and or or: {before} and {after}")
}
