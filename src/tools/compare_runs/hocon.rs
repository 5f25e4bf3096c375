//! HOCON as ClearML's client writes dictionaries: keys, quoted texts, numbers, lists and sections.
//!
//! What it does not write (substitutions, includes, texts joined of several) is not guessed at: such a text is none of
//! these documents, and is compared line by line.

use serde_json::{Map, Value};

/// Sections and lists in each other at most.
const DEEPEST: usize = 64;

/// The document that a text is; none if it is none.
pub(super) fn document(text: &str) -> Option<Value> {
    let mut reader = Reader { rest: text };
    reader.skip(true);
    let braced = reader.accept("{");
    let fields = reader.fields(if braced { Some('}') } else { None }, 0)?;
    reader.skip(true);
    (reader.rest.is_empty() && !fields.is_empty()).then_some(Value::Object(fields))
}

struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    /// Skips spaces and comments, and with `lines` ends of lines and commas.
    fn skip(&mut self, lines: bool) {
        loop {
            let end = |c: char| c.is_whitespace() && (lines || c != '\n') || (lines && c == ',');
            self.rest = self.rest.trim_start_matches(end);
            if !self.rest.starts_with('#') && !self.rest.starts_with("//") {
                return;
            }
            self.rest = self.rest.find('\n').and_then(|at| self.rest.get(at..)).unwrap_or_default();
        }
    }

    fn accept(&mut self, token: &str) -> bool {
        let rest = self.rest.strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// The keys with their values up to what closes them, or the end.
    fn fields(&mut self, close: Option<char>, depth: usize) -> Option<Map<String, Value>> {
        let mut fields = Map::new();
        loop {
            self.skip(true);
            match close {
                None if self.rest.is_empty() => return Some(fields),
                Some(close) if self.accept(close.encode_utf8(&mut [0; 4])) => return Some(fields),
                _ => {}
            }
            let key = self.key()?;
            self.skip(false);
            let given = self.accept("=") || self.accept(":");
            self.skip(false);
            if !given && !self.rest.starts_with('{') {
                return None;
            }
            let value = self.value(depth)?;
            self.skip(false);
            let ended = self.rest.is_empty() || self.rest.starts_with(['\n', ',', '}']);
            // A key that is there twice is merged or replaced by rules that do not matter here.
            if !ended || fields.insert(key, value).is_some() {
                return None;
            }
        }
    }

    fn key(&mut self) -> Option<String> {
        if self.rest.starts_with('"') {
            return self.quoted();
        }
        let key = self.word(|c| c.is_alphanumeric() || "_-/@ ".contains(c)).trim_end();
        (!key.is_empty()).then(|| key.to_owned())
    }

    fn word(&mut self, of: impl Fn(char) -> bool) -> &'t str {
        let end = self.rest.find(|c| !of(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > DEEPEST {
            return None;
        }
        if self.accept("{") {
            return Some(Value::Object(self.fields(Some('}'), depth + 1)?));
        }
        if self.accept("[") {
            return self.list(depth + 1);
        }
        if self.accept("\"\"\"") {
            let (text, rest) = self.rest.split_once("\"\"\"")?;
            self.rest = rest;
            return Some(Value::from(text));
        }
        if self.rest.starts_with('"') {
            return self.quoted().map(Value::from);
        }
        // Bare texts are read to the end of the line only if they are one word: none of their parts is a `${…}`.
        let word = self.word(|c| c.is_alphanumeric() || "_-+.".contains(c));
        match word {
            "" => None,
            "null" | "true" | "false" => serde_json::from_str(word).ok(),
            _ => Some(serde_json::from_str(word).unwrap_or_else(|_| Value::from(word))),
        }
    }

    fn list(&mut self, depth: usize) -> Option<Value> {
        let mut values = Vec::new();
        loop {
            self.skip(true);
            if self.accept("]") {
                return Some(Value::Array(values));
            }
            values.push(self.value(depth)?);
            self.skip(false);
            if !self.rest.starts_with(['\n', ',', ']']) {
                return None;
            }
        }
    }

    /// A text in quotes, with JSON's escapes.
    fn quoted(&mut self) -> Option<String> {
        let mut escaped = false;
        let end = self.rest.char_indices().skip(1).find(|(_, c)| {
            let is_end = *c == '"' && !escaped;
            escaped = *c == '\\' && !escaped;
            is_end
        });
        let (quoted, rest) = self.rest.split_at_checked(end?.0 + 1)?;
        self.rest = rest;
        serde_json::from_str(quoted).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn what_the_client_writes_is_read() {
        let text = "backbone = \"resnet50\"\nstages = [3, 4, 6, 3]\nhead {\n  classes = 1000\n  act = \"re\\\"lu\"\n  empty {}\n}\n\
                    lr = 0.001\nnested = [\n  {\n    a = 1\n  }\n  { b : true }\n]\nnone = null\n\"a.b\" = \"\"\"x\ny\"\"\"";
        assert_eq!(
            document(text),
            Some(json!({
                "backbone": "resnet50", "stages": [3, 4, 6, 3],
                "head": {"classes": 1000, "act": "re\"lu", "empty": {}},
                "lr": 0.001, "nested": [{"a": 1}, {"b": true}], "none": null, "a.b": "x\ny",
            }))
        );
        assert_eq!(document("# only\n{ a = 1, b = x // two\n }"), Some(json!({"a": 1, "b": "x"})));
    }

    #[test]
    fn what_it_does_not_write_is_not_guessed_at() {
        for text in
            ["", "a", "a = ${b}", "a = x y", "a = 1\na = 2", "include \"x\"", "a = [1", "a.b = 1", "def f():\n  x = 1"]
        {
            assert_eq!(document(text), None, "{text}");
        }
        assert_eq!(document(&"a {".repeat(1_000)), None);
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[ -~é\n]{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                proptest::collection::btree_map("[ -~]{0,4}", inner, 0..3)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_json_is_read_as_what_it_is(fields in proptest::collection::btree_map("[a-z\" ]{1,4}", value(), 1..4)) {
            let whole = Value::Object(fields.into_iter().collect());
            prop_assert_eq!(document(&serde_json::to_string_pretty(&whole).unwrap()), Some(whole));
        }

        #[test]
        fn any_text_is_read_to_its_end(text in "([a-c ={}\\[\\],:\"\n#/$\\\\.0-9-]|\"\"\"){0,40}") {
            document(&text);
        }
    }
}
