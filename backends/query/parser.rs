//! Lexemes into a filter: `or` binds weakest, then `and`, then `not`.

use jiff::Timestamp;

use super::foreign::{meant_by, missing_and};
use super::keys::{RUNS, Vocabulary, read_key};
use super::lexer::{Lexeme, Token, lex};
use super::literals::{Written, literal};
use super::shape::{allowed, allowed_like};
use super::syntax_error::SyntaxError;
use super::trace_keys::TRACES;
use super::{Filter, Key, Literal, Predicate, Test};
use crate::{Error, Result};

/// Longest text of a filter.
pub const MAX_FILTER_CHARACTERS: usize = 20_000;
/// How deep `not` and parentheses may be nested, so that no input exhausts the stack.
const MAX_DEPTH: usize = 64;

impl Filter {
    /// Reads a filter; relative times count back from `now`. Blank text is the filter that is always true.
    ///
    /// # Errors
    /// Bad input, which points at the place and shows how to write it.
    pub fn parse(text: &str, now: Timestamp) -> Result<Self> {
        Self::read(text, now, &RUNS)
    }

    /// As [`Filter::parse`], with the keys of traces.
    ///
    /// # Errors
    /// Bad input, which points at the place and shows how to write it.
    pub fn parse_traces(text: &str, now: Timestamp) -> Result<Self> {
        Self::read(text, now, &TRACES)
    }

    fn read(text: &str, now: Timestamp, words: &'static Vocabulary) -> Result<Self> {
        let length = text.chars().count();
        if length > MAX_FILTER_CHARACTERS {
            return Err(Error::bad_input(format!(
                "the filter has {length} characters; at most {MAX_FILTER_CHARACTERS} are read: split the question"
            )));
        }
        lex(text)
            .and_then(|lexemes| Parser { text, lexemes: &lexemes, at: 0, depth: 0, now, words }.whole())
            .map_err(|error| error.into_error("the filter", text))
    }
}

struct Parser<'a> {
    text: &'a str,
    lexemes: &'a [Lexeme<'a>],
    at: usize,
    depth: usize,
    now: Timestamp,
    words: &'static Vocabulary,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a [Lexeme<'a>] {
        self.lexemes.get(self.at..).unwrap_or_default()
    }

    fn token(&self) -> Option<&'a Token<'a>> {
        self.rest().first().map(|lexeme| &lexeme.token)
    }

    fn place(&self) -> usize {
        self.rest().first().map_or(self.text.len(), |lexeme| lexeme.span.start)
    }

    fn fail<T>(&self, message: impl Into<String>) -> Result<T, SyntaxError> {
        Err(SyntaxError::new(self.place(), message))
    }

    /// Goes past the token if it is this one.
    fn takes(&mut self, token: &Token<'_>) -> bool {
        let found = self.token() == Some(token);
        self.at += usize::from(found);
        found
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.token(), Some(Token::Word(found)) if found.eq_ignore_ascii_case(word))
    }

    /// Goes past the next word if it is this keyword.
    fn takes_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        self.at += usize::from(found);
        found
    }

    fn whole(&mut self) -> Result<Filter, SyntaxError> {
        if self.lexemes.is_empty() {
            return Ok(Filter::all([]));
        }
        let filter = self.either()?;
        match self.token() {
            None => Ok(filter),
            Some(Token::Close) => self.fail("this ) was never opened"),
            Some(_) => self.fail(missing_and(self.text, self.rest(), self.words)),
        }
    }

    fn either(&mut self) -> Result<Filter, SyntaxError> {
        let mut parts = vec![self.both()?];
        while self.takes_word("or") {
            parts.push(self.both()?);
        }
        Ok(Filter::any(parts))
    }

    fn both(&mut self) -> Result<Filter, SyntaxError> {
        let mut parts = vec![self.negated()?];
        while self.takes_word("and") {
            parts.push(self.negated()?);
        }
        Ok(Filter::all(parts))
    }

    fn negated(&mut self) -> Result<Filter, SyntaxError> {
        if self.takes_word("not") {
            return self.deeper(|parser| Ok(Filter::Not(Box::new(parser.negated()?))));
        }
        let start = self.place();
        if self.takes(&Token::Open) {
            return self.deeper(|parser| {
                let inner = parser.either()?;
                match parser.token() {
                    Some(Token::Close) => {
                        parser.at += 1;
                        Ok(inner)
                    }
                    None => Err(SyntaxError::new(start, "this ( is never closed")),
                    Some(_) => parser.fail(missing_and(parser.text, parser.rest(), parser.words)),
                }
            });
        }
        if self.takes_word("true") {
            return Ok(Filter::all([]));
        }
        if self.takes_word("false") {
            return Ok(Filter::any([]));
        }
        self.predicate().map(Filter::Is)
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, SyntaxError>) -> Result<T, SyntaxError> {
        if self.depth == MAX_DEPTH {
            return self.fail(format!("parentheses and not are nested more than {MAX_DEPTH} deep; write it flatter"));
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    fn predicate(&mut self) -> Result<Predicate, SyntaxError> {
        if self.rest().is_empty() || ["and", "or", "in", "like", "ilike", "is"].iter().any(|word| self.is_word(word)) {
            return self.fail("a test is missing here, such as status = 'failed'");
        }
        let (key, used) = read_key(self.rest(), self.words)?;
        self.at += used;
        let test = self.test(&key)?;
        Ok(Predicate { key, test })
    }

    fn test(&mut self, key: &Key) -> Result<Test, SyntaxError> {
        let place = self.place();
        if let Some(Token::Comparison(comparison)) = self.token() {
            self.at += 1;
            let literal = self.literal(key)?;
            allowed(key, *comparison, &literal).map_err(|message| SyntaxError::new(place, message))?;
            return Ok(Test::Compare(*comparison, literal));
        }
        if self.takes_word("is") {
            return self.null(key);
        }
        let negated = self.takes_word("not");
        if self.takes_word("in") {
            let values = self.list(key)?;
            return Ok(Test::In { values, negated });
        }
        let ignore_case = self.is_word("ilike");
        if self.takes_word("ilike") || self.takes_word("like") {
            allowed_like(key).map_err(|message| SyntaxError::new(place, message))?;
            let pattern = self.pattern(key)?;
            return Ok(Test::Like { pattern, ignore_case, negated });
        }
        self.fail(meant_by(key, negated, self.text, self.rest()))
    }

    fn null(&mut self, key: &Key) -> Result<Test, SyntaxError> {
        let negated = self.takes_word("not");
        if self.takes_word("null") {
            return Ok(Test::Null { negated });
        }
        let comparison = if negated { "!=" } else { "=" };
        self.fail(format!(
            "is asks only for null: {key} is null, {key} is not null; for a value write {key} {comparison} …"
        ))
    }

    fn literal(&mut self, key: &Key) -> Result<Literal, SyntaxError> {
        let written = match self.token() {
            Some(Token::Word(word)) => Written { text: (*word).to_owned(), quoted: false },
            Some(Token::Single(text) | Token::Double(text)) => Written { text: text.clone(), quoted: true },
            Some(Token::BackQuoted(name)) => {
                return self
                    .fail(format!("back-quotes are for names of keys; text is in single quotes: {key} = '{name}'"));
            }
            Some(Token::Open) => return self.fail(format!("a list needs in: {key} in ('a', 'b')")),
            _ => return self.fail(format!("a value is missing: {key} = …")),
        };
        let literal = literal(key, &written, self.now).or_else(|message| self.fail(message))?;
        self.at += 1;
        Ok(literal)
    }

    fn list(&mut self, key: &Key) -> Result<Vec<Literal>, SyntaxError> {
        let example = format!("write {key} in (…, …)");
        if !self.takes(&Token::Open) {
            return self.fail(format!("after in comes a list in parentheses: {example}"));
        }
        let mut values = vec![self.literal(key)?];
        loop {
            let comma = self.takes(&Token::Comma);
            if self.takes(&Token::Close) {
                return Ok(values);
            }
            if !comma {
                return self.fail(format!("the list goes on with a comma or ends with ): {example}"));
            }
            values.push(self.literal(key)?);
        }
    }

    fn pattern(&mut self, key: &Key) -> Result<String, SyntaxError> {
        let Some(Token::Single(pattern) | Token::Double(pattern)) = self.token() else {
            return self.fail(format!("the pattern is quoted text, with % for any text: {key} like '%bert%'"));
        };
        self.at += 1;
        Ok(pattern.clone())
    }
}

#[cfg(test)]
mod tests;
