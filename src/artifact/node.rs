//! What a JSON or YAML document holds.

use crate::render::Cell;

/// Values of one document that are kept; more are a sign that it is data, not a document.
pub(super) const MOST: usize = 1_000_000;
/// How deep values may lie within each other.
pub(super) const DEEPEST: usize = 120;

/// A value.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Node {
    /// The document broke off before it.
    #[default]
    Absent,
    /// `null`
    Null,
    /// `true` or `false`
    Flag(bool),
    /// A number as it is written.
    Number(String),
    /// A text.
    Text(String),
    /// Values in order.
    List(Vec<Self>),
    /// Values by name, in order.
    Map(Vec<(String, Self)>),
}

/// A document as far as it could be read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Parsed {
    /// What was read.
    pub(crate) node: Node,
    /// Where it broke off, and why.
    pub(crate) broken: Option<String>,
}

impl Node {
    /// What it is, in words.
    pub(crate) fn what(&self) -> String {
        match self {
            Self::Absent => "not there, as the document breaks off before it".to_owned(),
            Self::Null => "null".to_owned(),
            Self::Flag(_) => "true or false".to_owned(),
            Self::Number(_) => "a number".to_owned(),
            Self::Text(_) => "a text".to_owned(),
            Self::List(list) => format!("a list of {}", list.len()),
            Self::Map(map) => format!("an object of {}", map.len()),
        }
    }

    /// How many values it is made of.
    pub(super) fn count(&self) -> usize {
        match self {
            Self::List(list) => list.iter().map(Self::count).sum::<usize>() + 1,
            Self::Map(map) => map.iter().map(|(_, value)| value.count()).sum::<usize>() + 1,
            _ => 1,
        }
    }

    /// The value of a cell; `name` is the name it has, which may say that it is a secret.
    pub(crate) fn cell(&self, name: &str) -> Cell {
        match self {
            Self::Absent => Cell::Missing,
            Self::Null => Cell::text("null"),
            Self::Flag(flag) => Cell::Flag(*flag),
            Self::Number(written) => number(written),
            Self::Text(text) if text.is_empty() => Cell::text("(empty)"),
            Self::Text(text) => Cell::foreign_of(name, text),
            Self::List(_) | Self::Map(_) => Cell::foreign_of(name, &self.compact()),
        }
    }

    /// As JSON without spaces.
    pub(crate) fn compact(&self) -> String {
        match self {
            Self::Absent => "…".to_owned(),
            Self::Null => "null".to_owned(),
            Self::Flag(flag) => flag.to_string(),
            Self::Number(written) => written.clone(),
            Self::Text(text) => serde_json::Value::from(text.as_str()).to_string(),
            Self::List(list) => format!("[{}]", list.iter().map(Self::compact).collect::<Vec<_>>().join(",")),
            Self::Map(map) => {
                let entry = |(name, value): &(String, Self)| {
                    format!("{}:{}", serde_json::Value::from(name.as_str()), value.compact())
                };
                format!("{{{}}}", map.iter().map(entry).collect::<Vec<_>>().join(","))
            }
        }
    }

    /// The values within it that hold no others, each with the way to it; lists of plain values stay whole. At most
    /// `most`; `false` if there are more.
    pub(crate) fn leaves<'a>(&'a self, way: &str, most: usize, found: &mut Vec<(String, &'a Self)>) -> bool {
        let plain = |node: &Self| !matches!(node, Self::List(_) | Self::Map(_));
        match self {
            Self::Map(map) if !map.is_empty() => map.iter().all(|(name, value)| {
                let way = if way.is_empty() { name.clone() } else { format!("{way}.{name}") };
                value.leaves(&way, most, found)
            }),
            Self::List(list) if !list.iter().all(plain) => {
                list.iter().enumerate().all(|(at, value)| value.leaves(&format!("{way}[{at}]"), most, found))
            }
            _ if found.len() >= most => false,
            _ => {
                found.push((way.to_owned(), self));
                true
            }
        }
    }
}

/// A number as it is written, where that is how numbers are shown; otherwise its text, which loses nothing.
pub(crate) fn number(written: &str) -> Cell {
    if let Some(whole) = written.parse::<i64>().ok().filter(|whole| whole.to_string() == written) {
        return Cell::Integer(whole);
    }
    let real = written.parse::<f64>().ok().and_then(serde_json::Number::from_f64);
    match real.filter(|real| real.to_string() == written).and_then(|real| real.as_f64()) {
        Some(real) => Cell::Exact(real),
        None => Cell::foreign(written),
    }
}
