//! `meta.yaml`: names with their texts, and one name (`tags`) with names of its own.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use saphyr_parser::{Event, Parser, ScalarStyle};

use super::files;

/// What one of the files says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Meta {
    texts: BTreeMap<String, String>,
    /// Of a name with names of its own: those.
    inner: BTreeMap<String, BTreeMap<String, String>>,
}

impl Meta {
    /// Reads `meta.yaml` of a folder; a sentence if it cannot be.
    pub(super) fn of(folder: &Path) -> Result<Self, String> {
        let text = files::text(&folder.join("meta.yaml"))?;
        // A file that is being written anew is empty for a moment; whether it holds all is not seen otherwise.
        if text.trim().is_empty() {
            return Err("its meta.yaml is empty".to_owned());
        }
        Self::parse(&text).map_err(|why| format!("its meta.yaml cannot be read ({why})"))
    }

    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut found = Self::default();
        let mut parser = Parser::new_from_str(text);
        // The names on the way to the event at hand; `None` where one is expected.
        let mut names: Vec<Option<String>> = Vec::new();
        let mut lists = 0_usize;
        while let Some(event) = parser.next_event() {
            let (event, _) = event.map_err(|error| format!("{} at line {}", error.info(), error.marker().line()))?;
            match event {
                Event::SequenceStart(..) => lists += 1,
                Event::SequenceEnd => {
                    lists = lists.saturating_sub(1);
                    if lists == 0 {
                        value_ended(&mut names);
                    }
                }
                // Lists hold nothing that is read.
                _ if lists > 0 => {}
                Event::MappingStart(..) => names.push(None),
                Event::MappingEnd => {
                    names.pop();
                    value_ended(&mut names);
                }
                Event::Scalar(text, style, _, _) => {
                    let is_null = style == ScalarStyle::Plain && matches!(&*text, "" | "~" | "null");
                    found.take(&mut names, text.into_owned(), is_null)?;
                }
                _ => {}
            }
        }
        Ok(found)
    }

    fn take(&mut self, names: &mut [Option<String>], text: String, is_null: bool) -> Result<(), String> {
        let Some(last) = names.last_mut() else { return Err("it is no list of names".to_owned()) };
        let Some(name) = last.take() else {
            *last = Some(text);
            return Ok(());
        };
        if !is_null {
            match names {
                [_] => drop(self.texts.insert(name, text)),
                [Some(outer), _] => drop(self.inner.entry(outer.clone()).or_default().insert(name, text)),
                _ => {}
            }
        }
        Ok(())
    }

    /// The text of a name, unless it is null.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str)
    }

    /// The same, if there is something in it.
    pub(super) fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|text| !text.is_empty())
    }

    /// A time in milliseconds since 1970.
    pub(super) fn time(&self, name: &str) -> Option<Timestamp> {
        self.get(name).and_then(|text| text.parse().ok()).and_then(|ms| Timestamp::from_millisecond(ms).ok())
    }

    /// The names within a name.
    pub(super) fn within(&self, name: &str) -> Option<&BTreeMap<String, String>> {
        self.inner.get(name)
    }
}

/// After the value of a name comes another name.
fn value_ended(names: &mut [Option<String>]) {
    if let Some(last) = names.last_mut() {
        *last = None;
    }
}

#[cfg(test)]
mod tests {
    use super::Meta;

    #[test]
    fn a_run_is_read_as_mlflow_writes_it() {
        let meta = Meta::parse(
            "artifact_uri: file:///a/b\nend_time: null\nexperiment_id: '756'\nname: \"two\\nlines\"\nstatus: 3\n\
             source_name: ''\nstart_time: 1717200000000\ntags: []\nlong: a text that goes\n  on here\nuser_id: ünï\n",
        )
        .unwrap();
        assert_eq!(meta.get("experiment_id"), Some("756"));
        assert_eq!(meta.get("name"), Some("two\nlines"));
        assert_eq!(meta.get("long"), Some("a text that goes on here"));
        assert_eq!(meta.get("user_id"), Some("ünï"));
        assert_eq!((meta.get("end_time"), meta.get("source_name"), meta.filled("source_name")), (None, Some(""), None));
        assert_eq!(meta.time("start_time").unwrap().to_string(), "2024-06-01T00:00:00Z");
        assert_eq!((meta.time("end_time"), meta.get("tags")), (None, None));
    }

    #[test]
    fn names_within_a_name_are_read_and_what_lies_deeper_is_passed_over() {
        let meta = Meta::parse("tags:\n  a.b: x\n  deep:\n    c: y\n  list:\n  - z\n  q: 'null'\nlast: 1\n").unwrap();
        let tags: Vec<_> = meta.within("tags").unwrap().iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(tags, ["a.b=x", "q=null"]);
        assert_eq!(meta.get("last"), Some("1"));
    }

    #[test]
    fn what_is_no_list_of_names_is_refused() {
        for text in ["just text", "a: 'open", "a: b: c", "\t- x: ]"] {
            assert!(Meta::parse(text).is_err(), "{text}");
        }
        assert_eq!(Meta::parse("- a\n- b"), Ok(Meta::default()));
    }
}
