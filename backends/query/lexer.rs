//! Text into lexemes.

use std::ops::Range;

use super::Comparison;
use super::syntax_error::SyntaxError;

const COMPARISONS: &str = "= != < <= > >=";

/// The smallest part of the language.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'a> {
    /// Anything unquoted: a key, a keyword, a number, a moment.
    Word(&'a str),
    /// Text in single quotes, its escapes undone.
    Single(String),
    /// Text in double quotes, its escapes undone.
    Double(String),
    /// A name in back-quotes, doubled ones undone.
    BackQuoted(String),
    Comparison(Comparison),
    Open,
    Close,
    Comma,
}

/// A token and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lexeme<'a> {
    pub(super) token: Token<'a>,
    /// Offsets in bytes.
    pub(super) span: Range<usize>,
}

/// All lexemes of a text.
pub(super) fn lex(text: &str) -> Result<Vec<Lexeme<'_>>, SyntaxError> {
    let mut cursor = Cursor { text, at: 0 };
    let mut lexemes = Vec::new();
    loop {
        cursor.take_while(char::is_whitespace);
        let start = cursor.at;
        let Some(token) = cursor.token()? else { return Ok(lexemes) };
        lexemes.push(Lexeme { token, span: start..cursor.at });
    }
}

/// Whether a character may stand in an unquoted word: everything that means nothing else.
fn in_word(character: char) -> bool {
    !character.is_whitespace() && !character.is_control() && !"'\"`(),;=!<>~&|".contains(character)
}

struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn next(&mut self) -> Option<char> {
        let character = self.rest().chars().next()?;
        self.at += character.len_utf8();
        Some(character)
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|character| !wanted(character)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    fn token(&mut self) -> Result<Option<Token<'a>>, SyntaxError> {
        let start = self.at;
        let word = self.take_while(in_word);
        if !word.is_empty() {
            return Ok(Some(Token::Word(word)));
        }
        let operator = self.take_while(|character| "=!<>~".contains(character));
        if !operator.is_empty() {
            return comparison(operator)
                .map(|comparison| Some(Token::Comparison(comparison)))
                .map_err(|m| SyntaxError::new(start, m));
        }
        let Some(character) = self.next() else { return Ok(None) };
        let message = match character {
            '(' => return Ok(Some(Token::Open)),
            ')' => return Ok(Some(Token::Close)),
            ',' => return Ok(Some(Token::Comma)),
            '\'' => return Ok(Some(Token::Single(self.quoted(start, '\'')?))),
            '"' => return Ok(Some(Token::Double(self.quoted(start, '"')?))),
            '`' => return Ok(Some(Token::BackQuoted(self.quoted(start, '`')?))),
            '&' => "write and: status = 'failed' and metrics.loss > 1".to_owned(),
            '|' => "write or: status = 'failed' or status = 'stopped'".to_owned(),
            ';' => "there is one filter, without ';'; join tests by and, or".to_owned(),
            _ => format!("{character:?} means nothing here; put text in single quotes, names of keys in back-quotes"),
        };
        Err(SyntaxError::new(start, message))
    }

    /// The content up to the closing quote, which is consumed. A doubled quote is one; in text (not in
    /// back-quotes) so is a quote or backslash after a backslash.
    fn quoted(&mut self, start: usize, quote: char) -> Result<String, SyntaxError> {
        let escapes = quote != '`';
        let mut content = String::new();
        while let Some(character) = self.next() {
            let following = self.rest().chars().next();
            if character == quote && following == Some(quote) {
                self.at += quote.len_utf8();
                content.push(quote);
            } else if character == quote {
                return Ok(content);
            } else if let (true, '\\', Some(escaped @ ('\'' | '"' | '\\'))) = (escapes, character, following) {
                self.at += escaped.len_utf8();
                content.push(escaped);
            } else {
                content.push(character);
            }
        }
        let hint = if escapes {
            format!(
                "inside, write {quote}{quote} for {quote} and \\\\ for a backslash before it: 'it''s', 'C:\\dir\\\\'"
            )
        } else {
            "write metrics.`val loss`; inside, two back-quotes stand for one".to_owned()
        };
        Err(SyntaxError::new(start, format!("this {quote} is never closed; {hint}")))
    }
}

fn comparison(operator: &str) -> Result<Comparison, String> {
    Ok(match operator {
        "=" | "==" => Comparison::Equal,
        "!=" | "<>" => Comparison::NotEqual,
        "<" => Comparison::Less,
        "<=" => Comparison::LessOrEqual,
        ">" => Comparison::Greater,
        ">=" => Comparison::GreaterOrEqual,
        "!" => return Err("write not: not status = 'failed'".to_owned()),
        _ if operator.contains('~') => {
            return Err(
                "there are no regular expressions; use like, with % for any text: name like '%bert%'".to_owned()
            );
        }
        _ => {
            return Err(format!(
                "there is no operator {operator}; operators are {COMPARISONS}, in, like, ilike, is null"
            ));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{Comparison, Token, lex};

    fn tokens(text: &str) -> Vec<Token<'_>> {
        lex(text).unwrap().into_iter().map(|lexeme| lexeme.token).collect()
    }

    #[test]
    fn words_end_at_operators_without_spaces() {
        assert_eq!(
            tokens("metrics.val/loss-x<=-1e-3"),
            [Token::Word("metrics.val/loss-x"), Token::Comparison(Comparison::LessOrEqual), Token::Word("-1e-3")]
        );
    }

    #[test]
    fn a_doubled_quote_and_an_escaped_quote_are_one_quote() {
        assert_eq!(tokens(r"'it''s'"), [Token::Single("it's".to_owned())]);
        assert_eq!(tokens(r"'it\'s'"), [Token::Single("it's".to_owned())]);
        assert_eq!(tokens(r#""a ""b"" \"c\"""#), [Token::Double(r#"a "b" "c""#.to_owned())]);
    }

    #[test]
    fn other_backslashes_stay_themselves() {
        assert_eq!(tokens(r"'C:\new\%\table'"), [Token::Single(r"C:\new\%\table".to_owned())]);
        assert_eq!(tokens(r"'C:\\dir\\'"), [Token::Single(r"C:\dir\".to_owned())]);
    }

    #[test]
    fn a_doubled_back_quote_is_one_and_a_backslash_is_nothing_special_there() {
        assert_eq!(tokens(r"`a``b\`"), [Token::BackQuoted(r"a`b\".to_owned())]);
        assert_eq!(tokens("````"), [Token::BackQuoted("`".to_owned())]);
        assert_eq!(tokens("``"), [Token::BackQuoted(String::new())]);
    }

    #[test]
    fn an_open_quote_is_reported_where_it_begins() {
        let error = lex("name = 'it's'").unwrap_err().into_error("the filter", "name = 'it's'");

        assert!(error.message.starts_with("the filter cannot be read at character 13, \"'\": this ' is never closed"));
    }

    #[test]
    fn foreign_operators_are_answered_with_ours() {
        for (text, ours) in [
            ("a && b", "write and"),
            ("a || b", "write or"),
            ("!a", "write not"),
            ("a =~ 'b'", "like"),
            ("a === b", "<="),
        ] {
            let message = lex(text).unwrap_err().into_error("the filter", text).message;
            assert!(message.contains(ours), "{text}: {message}");
        }
    }
}
