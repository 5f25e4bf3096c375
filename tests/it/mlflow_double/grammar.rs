//! MLflow's search grammar: clauses joined by AND, nothing else. What it refuses is a 400.

use super::literal::quoted_length;
use super::{Refusal, Version};

/// What a clause speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entity {
    Metric,
    Param,
    Tag,
    Attribute,
    Dataset,
}

/// What it is compared with.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand {
    Nothing,
    Number(f64),
    Text(String),
    List(Vec<String>),
}

/// One comparison.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Clause {
    pub(super) entity: Entity,
    pub(super) key: String,
    pub(super) operator: String,
    pub(super) operand: Operand,
}

/// Which attributes a search knows.
#[derive(Clone, Copy)]
pub(super) struct Attributes {
    pub(super) text: &'static [&'static str],
    pub(super) numbers: &'static [&'static str],
    pub(super) listed: &'static str,
}

pub(super) const OF_RUNS: Attributes = Attributes {
    text: &["run_id", "run_name", "status", "user_id", "artifact_uri"],
    numbers: &["start_time", "end_time"],
    listed: "run_id",
};
pub(super) const OF_EXPERIMENTS: Attributes = Attributes {
    text: &["name", "experiment_id"],
    numbers: &["creation_time", "last_update_time"],
    listed: "experiment_id",
};

#[derive(Clone, Debug, PartialEq)]
enum Token {
    /// A key, perhaps with an entity and quotes; or a keyword.
    Word(String),
    Operator(String),
    Number(f64),
    Quoted(char, String),
    Open,
    Close,
    Comma,
}

/// Reads a filter.
pub(super) fn parse(filter: &str, attributes: Attributes, version: Version) -> Result<Vec<Clause>, Refusal> {
    let tokens = tokens(filter)?;
    let mut clauses = Vec::new();
    let mut rest = tokens.as_slice();
    while let Some((first, behind)) = rest.split_first() {
        if is_word(first, "AND") {
            rest = behind;
            continue;
        }
        let (clause, behind) = comparison(rest, attributes, version)?;
        clauses.push(clause);
        rest = behind;
    }
    Ok(clauses)
}

/// Reads a key with its direction: true is ascending. As on the server, a space at the end of the key is lost.
pub(super) fn parse_order(text: &str, attributes: Attributes) -> Result<(Entity, String, bool), Refusal> {
    let refused = || Refusal::invalid(format!("Invalid order_by clause '{text}'. Could not be parsed."));
    let tokens = tokens(text).map_err(|_| refused())?;
    let (key, ascending) = match tokens.as_slice() {
        [Token::Word(key)] => (key, true),
        [Token::Word(key), Token::Word(direction)] if direction.eq_ignore_ascii_case("asc") => (key, true),
        [Token::Word(key), Token::Word(direction)] if direction.eq_ignore_ascii_case("desc") => (key, false),
        _ => return Err(refused()),
    };
    let (entity, key) = identifier(key, attributes)?;
    if entity == Entity::Dataset {
        return Err(Refusal::invalid("Invalid identifier type 'dataset'"));
    }
    Ok((entity, key.trim_end().to_owned(), ascending))
}

fn comparison(tokens: &[Token], attributes: Attributes, version: Version) -> Result<(Clause, &[Token]), Refusal> {
    let invalid = || Refusal::invalid(format!("Invalid clause(s) in filter string: {:?}", tokens.first()));
    let Some((Token::Word(word), rest)) = tokens.split_first() else { return Err(invalid()) };
    let (entity, key) = identifier(word, attributes)?;
    let (operator, rest) = operator(rest).ok_or_else(invalid)?;
    if operator.starts_with("IS ") {
        if version == Version::V2_15 || !matches!(entity, Entity::Tag | Entity::Param) {
            return Err(invalid());
        }
        return Ok((Clause { entity, key, operator, operand: Operand::Nothing }, rest));
    }
    let (operand, rest) = match rest {
        [Token::Number(number), rest @ ..] => (Operand::Number(*number), rest),
        [Token::Quoted(_, text), rest @ ..] => (Operand::Text(text.clone()), rest),
        [Token::Open, rest @ ..] => list(rest, version)?,
        _ => return Err(invalid()),
    };
    fits(entity, &key, &operator, &operand, attributes)?;
    Ok((Clause { entity, key, operator, operand }, rest))
}

/// Whether the entity knows the operator and the kind of value.
fn fits(entity: Entity, key: &str, operator: &str, operand: &Operand, attributes: Attributes) -> Result<(), Refusal> {
    let numeric = entity == Entity::Metric || entity == Entity::Attribute && attributes.numbers.contains(&key);
    let lists = entity == Entity::Dataset || entity == Entity::Attribute && key == attributes.listed;
    let known = match operator {
        "=" | "!=" => true,
        "<" | "<=" | ">" | ">=" => numeric,
        "LIKE" | "ILIKE" => !numeric,
        "IN" | "NOT IN" => lists,
        _ => false,
    };
    let right = match operand {
        Operand::Number(_) => numeric,
        Operand::Text(_) => !numeric && !operator.ends_with("IN"),
        Operand::List(_) => operator.ends_with("IN"),
        Operand::Nothing => false,
    };
    if known && right {
        return Ok(());
    }
    Err(Refusal::invalid(format!("Invalid comparator '{operator}' or value {operand:?} for {entity:?} '{key}'")))
}

fn list(tokens: &[Token], version: Version) -> Result<(Operand, &[Token]), Refusal> {
    let refused = || Refusal::invalid("While parsing a list in the query, expected a non-empty list of string values");
    let end = tokens.iter().position(|token| *token == Token::Close).ok_or_else(refused)?;
    let (inside, rest) = tokens.split_at(end);
    let mut values = Vec::new();
    for (at, token) in inside.iter().enumerate() {
        match (at % 2, token) {
            (0, Token::Quoted('\'', text)) => values.push(text.clone()),
            (0, Token::Quoted(_, text)) if version == Version::V3_17 => values.push(text.clone()),
            (1, Token::Comma) => {}
            _ => return Err(refused()),
        }
    }
    if values.is_empty() || inside.len() % 2 == 0 {
        return Err(refused());
    }
    if values.len() > 4_900 {
        return Err(Refusal::invalid("Error on parsing filter"));
    }
    Ok((Operand::List(values), rest.get(1..).unwrap_or_default()))
}

fn operator(tokens: &[Token]) -> Option<(String, &[Token])> {
    let (first, rest) = tokens.split_first()?;
    if let Token::Operator(sign) = first {
        return Some((sign.clone(), rest));
    }
    for words in [&["IS", "NOT", "NULL"][..], &["IS", "NULL"], &["NOT", "IN"], &["IN"], &["LIKE"], &["ILIKE"]] {
        if tokens.len() >= words.len() && words.iter().zip(tokens).all(|(word, token)| is_word(token, word)) {
            return Some((words.join(" "), &tokens[words.len()..]));
        }
    }
    None
}

fn is_word(token: &Token, word: &str) -> bool {
    matches!(token, Token::Word(text) if text.eq_ignore_ascii_case(word))
}

fn identifier(word: &str, attributes: Attributes) -> Result<(Entity, String), Refusal> {
    let (entity, key) = match word.split_once('.') {
        None => (Entity::Attribute, word),
        Some((entity, key)) => (entity_named(entity)?, key),
    };
    let key = unquoted(key);
    let key = match key {
        "created" | "Created" => "start_time",
        "run name" | "Run name" | "Run Name" => "run_name",
        other => other,
    };
    let unknown = match entity {
        Entity::Attribute => !attributes.text.contains(&key) && !attributes.numbers.contains(&key),
        Entity::Dataset => !["name", "digest", "context"].contains(&key),
        _ => false,
    };
    if unknown {
        return Err(Refusal::invalid(format!("Invalid attribute key '{key}' specified.")));
    }
    Ok((entity, key.to_owned()))
}

fn entity_named(name: &str) -> Result<Entity, Refusal> {
    Ok(match name {
        "metric" | "metrics" => Entity::Metric,
        "param" | "params" | "parameter" | "parameters" => Entity::Param,
        "tag" | "tags" => Entity::Tag,
        "attribute" | "attributes" | "attr" | "run" => Entity::Attribute,
        "dataset" | "datasets" => Entity::Dataset,
        _ => return Err(Refusal::invalid(format!("Invalid entity type '{name}'."))),
    })
}

fn unquoted(key: &str) -> &str {
    ['`', '"', '\'']
        .into_iter()
        .find_map(|quote| key.strip_prefix(quote).and_then(|key| key.strip_suffix(quote)))
        .unwrap_or(key)
}

fn tokens(text: &str) -> Result<Vec<Token>, Refusal> {
    let characters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&character) = characters.get(at) {
        let rest = &characters[at..];
        let (token, length) = match character {
            c if c.is_whitespace() => {
                at += 1;
                continue;
            }
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            ',' => (Token::Comma, 1),
            '\'' | '"' => match quoted_length(rest) {
                Some(length) => (Token::Quoted(character, rest[1..length - 1].iter().collect()), length),
                None => return Err(Refusal::invalid("Invalid clause(s) in filter string: an open quote")),
            },
            '<' | '>' | '=' | '!' => {
                let length = rest.iter().take_while(|c| matches!(c, '<' | '>' | '=' | '!')).count();
                (Token::Operator(rest[..length].iter().collect()), length)
            }
            c if c.is_alphabetic() || c == '_' => word(rest),
            _ => number(rest)
                .ok_or_else(|| Refusal::invalid(format!("Invalid clause(s) in filter string: '{character}'")))?,
        };
        tokens.push(token);
        at += length;
    }
    Ok(tokens)
}

/// Letters, digits, `_` and dots, and quoted parts behind a dot.
fn word(text: &[char]) -> (Token, usize) {
    let mut at = 0;
    while let Some(&character) = text.get(at) {
        let behind_dot = at > 0 && text[at - 1] == '.';
        if character.is_alphanumeric() || matches!(character, '_' | '.') {
            at += 1;
        } else if behind_dot && matches!(character, '`' | '"') {
            match text[at + 1..].iter().position(|c| *c == character) {
                Some(length) => at += length + 2,
                None => break,
            }
        } else {
            break;
        }
    }
    (Token::Word(text[..at].iter().collect()), at)
}

/// `-1`, `.5`, `1.`, `-1.5e-3`; no sign `+`, no `0x`.
fn number(text: &[char]) -> Option<(Token, usize)> {
    let digits = |from: usize| text.iter().skip(from).take_while(|c| c.is_ascii_digit()).count();
    let mut at = usize::from(text.first() == Some(&'-'));
    let whole = digits(at);
    at += whole;
    let mut fraction = 0;
    if text.get(at) == Some(&'.') {
        fraction = digits(at + 1);
        at += 1 + fraction;
    }
    if whole + fraction == 0 {
        return None;
    }
    if matches!(text.get(at), Some('e' | 'E')) {
        let sign = usize::from(text.get(at + 1) == Some(&'-'));
        let exponent = digits(at + 1 + sign);
        if exponent > 0 {
            at += 1 + sign + exponent;
        }
    }
    if text.get(at).is_some_and(|c| c.is_alphanumeric() || *c == '_') {
        return None;
    }
    let number = text[..at].iter().collect::<String>().parse().ok()?;
    Some((Token::Number(number), at))
}
