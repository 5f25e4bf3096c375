//! A YAML document with the lines on which its names stand.

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::Value;

use super::document::Fault;

/// How deep values may lie within each other.
const DEEPEST: usize = 120;

/// A value.
#[derive(Debug)]
pub(super) enum Tree {
    /// Text, whether it may mean something else than itself, and its line.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Tree>),
    Map(Vec<Member>),
    /// What another place of the document says.
    Alias(usize),
}

/// A name with its value.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) key: String,
    /// The first line is 1.
    pub(super) line: usize,
    /// The first column is 0.
    pub(super) column: usize,
    pub(super) value: Tree,
}

/// The only document of a text; none if there is nothing but comments.
pub(super) fn tree(text: &str) -> Result<Option<Tree>, Fault> {
    // To YAML it ends a line, to everything that edits by lines it does not.
    if let Some(at) = text.replace("\r\n", "\n\n").find('\r') {
        return Err(Fault::at(
            text,
            at,
            "expected lines that end with a line feed, this one ends with a carriage return",
        ));
    }
    let mut reader = Reader { parser: Parser::new_from_str(text), line: 1, column: 0, documents: 0 };
    let mut found = None;
    while let Some(event) = reader.next()? {
        match event {
            Event::DocumentStart(_) => reader.documents += 1,
            Event::StreamStart | Event::DocumentEnd | Event::StreamEnd | Event::Nothing => {}
            _ if reader.documents > 1 => return Err(Fault::new(reader.line, "expected one document, this is another")),
            event => found = Some(reader.value(event, 0)?),
        }
    }
    Ok(found)
}

struct Reader<'a> {
    parser: Parser<'a, saphyr_parser::StrInput<'a>>,
    /// Where the event that was read last begins.
    line: usize,
    column: usize,
    documents: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<Option<Event<'a>>, Fault> {
        let Some(event) = self.parser.next_event() else { return Ok(None) };
        let (event, span) = event.map_err(|error| Fault::new(error.marker().line(), error.info().to_owned()))?;
        (self.line, self.column) = (span.start.line(), span.start.col());
        Ok(Some(event))
    }

    fn inner(&mut self) -> Result<Event<'a>, Fault> {
        let line = self.line;
        self.next()?.ok_or_else(|| Fault::new(line, "the file ends within a value"))
    }

    fn value(&mut self, event: Event<'a>, depth: usize) -> Result<Tree, Fault> {
        if depth > DEEPEST {
            return Err(Fault::new(self.line, format!("values lie more than {DEEPEST} deep within each other")));
        }
        Ok(match event {
            Event::Scalar(text, style, _, tag) => {
                Tree::Scalar { text: text.into_owned(), plain: style == ScalarStyle::Plain && tag.is_none() }
            }
            Event::SequenceStart(..) => {
                let mut list = Vec::new();
                loop {
                    match self.inner()? {
                        Event::SequenceEnd => break Tree::List(list),
                        event => list.push(self.value(event, depth + 1)?),
                    }
                }
            }
            Event::MappingStart(..) => {
                let mut map: Vec<Member> = Vec::new();
                loop {
                    let event = self.inner()?;
                    if event == Event::MappingEnd {
                        break Tree::Map(map);
                    }
                    let (line, column) = (self.line, self.column);
                    let key = self.value(event, depth + 1)?.name();
                    if map.iter().any(|one| one.key == key) {
                        return Err(Fault::new(line, format!("'{key}' stands here again; take one out")));
                    }
                    let event = self.inner()?;
                    map.push(Member { key, line, column, value: self.value(event, depth + 1)? });
                }
            }
            Event::Alias(number) => Tree::Alias(number),
            _ => Tree::Scalar { text: String::new(), plain: true },
        })
    }
}

impl Tree {
    /// The member of a name.
    pub(super) fn get(&self, key: &str) -> Option<&Member> {
        let Self::Map(map) = self else { return None };
        map.iter().find(|one| one.key == key)
    }

    /// What it says, as JSON.
    pub(super) fn said(&self) -> Value {
        match self {
            Self::Scalar { text, plain: true } => match text.as_str() {
                "" | "~" | "null" | "Null" | "NULL" => Value::Null,
                "true" | "True" | "TRUE" => Value::from(true),
                "false" | "False" | "FALSE" => Value::from(false),
                number => number.parse::<i64>().map_or_else(|_| Value::from(number), Value::from),
            },
            Self::Scalar { text, plain: false } => Value::from(text.as_str()),
            Self::List(list) => list.iter().map(Self::said).collect(),
            Self::Map(map) => Value::Object(map.iter().map(|one| (one.key.clone(), one.value.said())).collect()),
            Self::Alias(number) => Value::from(format!("*{number}")),
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Scalar { text, .. } => text.clone(),
            other => other.said().to_string(),
        }
    }
}
