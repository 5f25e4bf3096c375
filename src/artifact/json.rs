//! JSON, also with the `NaN` and `Infinity` that Python writes, and as far as it goes when it breaks off.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::node::{MOST, Node, Parsed};

/// What a document holds.
pub(super) fn parse(text: &str) -> Parsed {
    let text = quoted(text.trim_start_matches('\u{feff}'));
    let mut node = Node::Absent;
    let left = Cell::new(MOST);
    let mut reader = serde_json::Deserializer::from_str(&text);
    let read = Fill { node: &mut node, left: &left }.deserialize(&mut reader).and_then(|()| reader.end());
    // Its words name characters and places, never what stands there.
    Parsed { node, broken: read.err().map(|error| error.to_string()) }
}

/// The text with `NaN`, `Infinity` and `-Infinity` as texts, which JSON knows.
fn quoted(text: &str) -> Cow<'_, str> {
    const WORDS: [&str; 3] = ["-Infinity", "Infinity", "NaN"];
    if !text.contains("NaN") && !text.contains("Infinity") {
        return Cow::Borrowed(text);
    }
    let mut written = String::with_capacity(text.len() + 64);
    let (mut rest, mut within) = (text, false);
    while let Some(c) = rest.chars().next() {
        let word = WORDS.iter().find(|word| !within && rest.starts_with(**word));
        let length = match (word, c) {
            (Some(word), _) => {
                written.push_str(&format!("\"{word}\""));
                word.len()
            }
            (None, '\\') if within => {
                let length = 1 + rest.chars().nth(1).map_or(0, char::len_utf8);
                written.push_str(rest.get(..length).unwrap_or_default());
                length
            }
            (None, c) => {
                within ^= c == '"';
                written.push(c);
                c.len_utf8()
            }
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    Cow::Owned(written)
}

/// Fills a place in the tree, so that what was read stays there when the rest cannot be.
struct Fill<'a> {
    node: &'a mut Node,
    left: &'a Cell<usize>,
}

impl Fill<'_> {
    fn set<E: Error>(self, node: Node) -> Result<(), E> {
        let left = self.left.get().checked_sub(1);
        self.left.set(left.ok_or_else(|| E::custom(format_args!("more than {MOST} values, the rest was not read")))?);
        *self.node = node;
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Fill<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Fill<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.set(Node::Null)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<(), E> {
        self.set(Node::Flag(flag))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.set(Node::Number(number.to_string()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        self.set(Node::Number(number.to_string()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        let written =
            serde_json::Number::from_f64(number).map_or_else(|| number.to_string(), |exact| exact.to_string());
        self.set(Node::Number(written))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.set(Node::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Self { node, left } = self;
        Fill { node, left }.set(Node::List(Vec::new()))?;
        let Node::List(list) = node else { return Ok(()) };
        loop {
            let mut item = Node::Absent;
            let read = items.next_element_seed(Fill { node: &mut item, left });
            if item != Node::Absent {
                list.push(item);
            }
            if read?.is_none() {
                return Ok(());
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let Self { node, left } = self;
        Fill { node, left }.set(Node::Map(Vec::new()))?;
        let Node::Map(map) = node else { return Ok(()) };
        while let Some(name) = entries.next_key::<String>()? {
            let mut value = Node::Absent;
            let read = entries.next_value_seed(Fill { node: &mut value, left });
            map.push((name, value));
            read?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::artifact::Node;

    #[test]
    fn a_document_is_read_in_the_order_of_its_names() {
        let parsed = parse(r#"{"b": [1, 2.50, "x\"NaN"], "a": {"c": null, "d": true}, "e": 9007199254740993}"#);
        assert_eq!(parsed.broken, None);
        assert_eq!(parsed.node.compact(), r#"{"b":[1,2.5,"x\"NaN"],"a":{"c":null,"d":true},"e":9007199254740993}"#);
    }

    #[test]
    fn what_python_writes_for_numbers_that_are_none_is_read() {
        let parsed = parse(r#"{"loss": NaN, "best": -Infinity, "worst": [Infinity], "say": "NaN \\"}"#);
        assert_eq!(parsed.broken, None);
        assert_eq!(parsed.node.compact(), r#"{"loss":"NaN","best":"-Infinity","worst":["Infinity"],"say":"NaN \\"}"#);
    }

    #[test]
    fn of_a_broken_document_stays_what_stands_before_the_break() {
        let parsed = parse("{\"a\": 1,\n \"b\": {\"c\": [1, 2], \"d\": tru");
        assert!(parsed.broken.as_ref().is_some_and(|why| why.contains("line 2 column")), "{parsed:?}");
        assert_eq!(parsed.node.compact(), r#"{"a":1,"b":{"c":[1,2],"d":…}}"#);
        assert_eq!(parse("").node, Node::Absent);
        let two = parse("{\"a\": 1}\n{\"a\": 2}");
        assert_eq!(two.node.compact(), r#"{"a":1}"#);
        assert!(two.broken.is_some_and(|why| why.contains("trailing characters at line 2")));
    }

    #[test]
    fn a_document_that_is_nested_without_end_is_refused_without_harm() {
        let parsed = parse(&"[".repeat(100_000));
        assert!(parsed.broken.is_some_and(|why| why.contains("recursion limit")));
    }

    #[test]
    fn a_document_of_very_many_values_is_cut() {
        let parsed = parse(&format!("[{}0]", "0,".repeat(1_000_010)));
        assert!(parsed.broken.is_some_and(|why| why.contains("more than 1000000 values")));
    }
}
