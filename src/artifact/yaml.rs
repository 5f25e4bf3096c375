//! YAML, as far as it goes when it breaks off; aliases that would multiply without end are cut.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::node::{DEEPEST, MOST, Node, Parsed};

/// What a document holds; several documents are a list of them.
pub(super) fn parse(text: &str) -> Parsed {
    let mut parser = Parser::new_from_str(text.trim_start_matches('\u{feff}'));
    let mut builder = Builder { left: MOST, ..Builder::default() };
    let mut broken = None;
    while let Some(event) = parser.next_event() {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => {
                let at = error.marker();
                broken = Some(format!("{} at line {} column {}", error.info(), at.line(), at.col() + 1));
                break;
            }
        };
        if let Err(why) = builder.take(event) {
            broken = Some(format!("{why} at line {}", span.start.line()));
            break;
        }
    }
    Parsed { node: builder.finish(), broken }
}

/// A list or object whose end is not there yet.
struct Open {
    node: Node,
    /// The name of the value that comes next in an object.
    name: Option<String>,
    anchor: usize,
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    documents: Vec<Node>,
    anchors: HashMap<usize, Node>,
    left: usize,
}

impl Builder {
    fn take(&mut self, event: Event<'_>) -> Result<(), String> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let as_text = tag.is_some_and(|tag| tag.suffix == "str");
                let plain = style == ScalarStyle::Plain && !as_text;
                let node = if plain { resolved(&text) } else { Node::Text(text.into_owned()) };
                self.put(node, anchor)
            }
            Event::Alias(anchor) => {
                // One that stands within what it names is not there yet, and cut.
                let node = self.anchors.get(&anchor).cloned().unwrap_or(Node::Absent);
                self.put(node, 0)
            }
            Event::SequenceStart(anchor, _) => self.begin(Node::List(Vec::new()), anchor),
            Event::MappingStart(anchor, _) => self.begin(Node::Map(Vec::new()), anchor),
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            _ => Ok(()),
        }
    }

    fn begin(&mut self, node: Node, anchor: usize) -> Result<(), String> {
        if self.open.len() >= DEEPEST {
            return Err(format!("values lie more than {DEEPEST} deep within each other"));
        }
        self.open.push(Open { node, name: None, anchor });
        Ok(())
    }

    fn end(&mut self) -> Result<(), String> {
        let Some(Open { node, anchor, .. }) = self.open.pop() else { return Ok(()) };
        self.put(merged(node), anchor)
    }

    /// Puts a value where it belongs: in a list, behind its name, or as a name itself.
    fn put(&mut self, node: Node, anchor: usize) -> Result<(), String> {
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        // What was counted when it was built counts again where it is repeated.
        let count = if matches!(node, Node::List(_) | Node::Map(_)) { node.count() } else { 1 };
        self.left =
            self.left.checked_sub(count).ok_or_else(|| format!("more than {MOST} values, the rest was not read"))?;
        match self.open.last_mut() {
            None => self.documents.push(node),
            Some(Open { node: Node::Map(map), name, .. }) => match name.take() {
                Some(name) => map.push((name, node)),
                None => *name = Some(as_name(&node)),
            },
            Some(Open { node: Node::List(list), .. }) => list.push(node),
            Some(_) => {}
        }
        Ok(())
    }

    /// All that was read: what is still open is closed.
    fn finish(mut self) -> Node {
        while let Some(Open { mut node, name, .. }) = self.open.pop() {
            if let (Some(name), Node::Map(map)) = (name, &mut node) {
                map.push((name, Node::Absent));
            }
            match self.open.last_mut() {
                None => self.documents.push(node),
                Some(Open { node: Node::Map(map), name, .. }) => {
                    map.push((name.take().unwrap_or_default(), node));
                }
                Some(Open { node: Node::List(list), .. }) => list.push(node),
                Some(_) => {}
            }
        }
        match self.documents.len() {
            0 => Node::Absent,
            1 => self.documents.pop().unwrap_or_default(),
            _ => Node::List(self.documents),
        }
    }
}

fn as_name(node: &Node) -> String {
    match node {
        Node::Text(text) | Node::Number(text) => text.clone(),
        other => other.compact(),
    }
}

/// An object with what `<<` merges into it: its own values go before.
fn merged(node: Node) -> Node {
    let Node::Map(map) = node else { return node };
    let (merges, mut own): (Vec<_>, Vec<_>) = map.into_iter().partition(|(name, _)| name == "<<");
    let flat = merges.into_iter().flat_map(|(_, value)| if let Node::List(list) = value { list } else { vec![value] });
    for one in flat {
        match one {
            Node::Map(map) => {
                let new: Vec<_> =
                    map.into_iter().filter(|(name, _)| own.iter().all(|(known, _)| known != name)).collect();
                own.extend(new);
            }
            other => own.push(("<<".to_owned(), other)),
        }
    }
    Node::Map(own)
}

/// What a text without quotes is: the core schema, and numbers as they are written.
fn resolved(text: &str) -> Node {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Node::Null,
        "true" | "True" | "TRUE" => return Node::Flag(true),
        "false" | "False" | "FALSE" => return Node::Flag(false),
        ".nan" | ".NaN" | ".NAN" => return Node::Text("NaN".to_owned()),
        ".inf" | ".Inf" | ".INF" | "+.inf" => return Node::Text("Infinity".to_owned()),
        "-.inf" | "-.Inf" | "-.INF" => return Node::Text("-Infinity".to_owned()),
        _ => {}
    }
    let digits = text.bytes().any(|b| b.is_ascii_digit());
    let numeric = digits && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E'));
    if numeric && text.parse::<f64>().is_ok() { Node::Number(text.to_owned()) } else { Node::Text(text.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::artifact::Node;

    fn compact(text: &str) -> String {
        let parsed = parse(text);
        assert_eq!(parsed.broken, None);
        parsed.node.compact()
    }

    #[test]
    fn a_document_is_read_with_its_types() {
        assert_eq!(
            compact(
                "model:\n  name: resnet\n  layers: [64, 128]\nlr: 1e-3\nseed: 7\nfp16: true\ntag: '7'\nnote: |\n  a\n  b\nnone:\nv: 2.10\nbad: .nan\n"
            ),
            r#"{"model":{"name":"resnet","layers":[64,128]},"lr":1e-3,"seed":7,"fp16":true,"tag":"7","note":"a\nb\n","none":null,"v":2.10,"bad":"NaN"}"#
        );
        assert_eq!(compact("{\"a\": [1, {\"b\": 2}]}"), r#"{"a":[1,{"b":2}]}"#);
        assert_eq!(compact("a: 1\n---\na: 2\n"), r#"[{"a":1},{"a":2}]"#);
        assert_eq!(compact("t: !!python/tuple [1, 2]\n"), r#"{"t":[1,2]}"#);
        assert_eq!(parse("").node, Node::Absent);
    }

    #[test]
    fn aliases_and_merges_are_followed() {
        assert_eq!(
            compact("base: &b {lr: 1, seed: 2}\nrun:\n  <<: *b\n  seed: 3\ncopy: *b\n"),
            r#"{"base":{"lr":1,"seed":2},"run":{"seed":3,"lr":1},"copy":{"lr":1,"seed":2}}"#
        );
    }

    #[test]
    fn a_bomb_of_aliases_is_cut() {
        let mut text = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for level in 1..20 {
            let below = format!("*a{}", level - 1);
            text.push_str(&format!("a{level}: &a{level} [{}]\n", vec![below; 10].join(",")));
        }
        let parsed = parse(&text);
        assert!(
            parsed.broken.as_ref().is_some_and(|why| why.contains("more than 1000000 values")),
            "{:?}",
            parsed.broken
        );
        assert!(parsed.node.compact().starts_with(r#"{"a0":["x""#));
    }

    #[test]
    fn of_a_broken_document_stays_what_stands_before_the_break() {
        let parsed = parse("a: 1\nb:\n  c: 2\n  d: [1, 2\nf: }\n");
        assert!(parsed.broken.as_ref().is_some_and(|why| why.contains("at line ")), "{parsed:?}");
        assert!(parsed.node.compact().starts_with(r#"{"a":1,"b":{"c":2,"d":[1"#), "{}", parsed.node.compact());
    }

    #[test]
    fn a_document_that_is_nested_without_end_is_refused_without_harm() {
        for text in ["[".repeat(50_000), "- ".repeat(10_000), "{a: ".repeat(10_000)] {
            assert!(parse(&text).broken.is_some());
        }
    }
}
