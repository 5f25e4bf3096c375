//! Whatever a file holds, reading it ends well; and what is written in any style is read as it was.

use proptest::prelude::*;
use proptest::sample::select;

use super::*;

const KEYS: [&str; 5] =
    ["api_server", "web_server", "files_server", "credentials.access_key", "credentials.secret_key"];

/// Sections that do not concern us, odd ones too.
const ELSEWHERE: [&str; 6] = [
    "",
    "sdk { storage { cache { dir: \"~/.clearml\" } } }",
    "sdk {\n  a: [ { url: \"file://*\" } ] # }\n  b: \"\"\"}\n\"\"\"\n}",
    "agent.worker = \"}\"",
    "sdk { [ ! \" }",
    "x = ${unset}, y = 1",
];

#[derive(Clone, Debug)]
struct Style {
    nesting: Nesting,
    credentials_nested: bool,
    root_braces: bool,
    quoted_keys: bool,
    separator: &'static str,
    ending: &'static str,
    indent: &'static str,
    before: &'static str,
    after: &'static str,
    bom: bool,
    crlf: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Nesting {
    Section,
    /// Every key in a section of its own.
    Merged,
    Dotted,
    Header,
}

/// A value, and how it is written.
fn value() -> impl Strategy<Value = (String, String)> {
    let in_quotes = any::<String>().prop_map(|text| {
        let mut written = "\"".to_owned();
        for c in text.chars() {
            match c {
                '"' | '\\' => written.extend(['\\', c]),
                '\n' => written.push_str("\\n"),
                '\r' => written.push_str("\\r"),
                c => written.push(c),
            }
        }
        (text, written + "\"")
    });
    let in_three_quotes = "[^\"\r]{0,8}(\"{1,2}[^\"\r]{1,4}){0,2}\"{0,2}".prop_map(|text| {
        let written = format!("\"\"\"{text}\"\"\"");
        (text, written)
    });
    let plain =
        "[a-z0-9+][a-zA-Z0-9:/._?&=+!@*%~^`()<>;'|-]{0,20}".prop_filter("null is nothing", |text| text != "null");
    let words = "[a-z]{1,4}( {1,2}[0-9:=]{1,3}){0,3}".prop_filter("null is nothing", |text| text != "null");
    let as_written = prop_oneof![plain, words].prop_map(|text| (text.clone(), text));
    prop_oneof![in_quotes, in_three_quotes, as_written]
}

fn style() -> impl Strategy<Value = Style> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let nesting = select(vec![Nesting::Section, Nesting::Merged, Nesting::Dotted, Nesting::Header]);
    let separator = select(vec![":", "=", ": ", " = ", "\t:\t"]);
    let ending =
        select(vec!["\n", ",\n", " # a comment } \"\n", " // a comment {\n", "\n\n  # a comment\n", ", ", " ,\t"]);
    let indent = select(vec!["", "  ", "\t", "\u{a0}"]);
    let elsewhere = (select(ELSEWHERE.to_vec()), select(ELSEWHERE.to_vec()));
    (flags, nesting, separator, ending, indent, elsewhere).prop_map(
        |((credentials_nested, root_braces, quoted_keys, bom, crlf), nesting, separator, ending, indent, elsewhere)| {
            let (before, after) = elsewhere;
            Style {
                nesting,
                credentials_nested,
                root_braces: root_braces && nesting != Nesting::Header,
                quoted_keys,
                separator,
                ending,
                indent,
                before,
                after,
                bom,
                crlf,
            }
        },
    )
}

impl Style {
    fn file(&self, values: &[Option<(String, String)>]) -> String {
        let api: String =
            KEYS.iter().zip(values).filter_map(|(key, value)| Some(self.line(key, &value.as_ref()?.1))).collect();
        let api = match self.nesting {
            Nesting::Section => format!("{}{{{}{api}}}", self.key("api"), self.ending),
            Nesting::Header => format!("[api]\n{api}\n[sdk]"),
            Nesting::Merged | Nesting::Dotted => api,
        };
        let inside = format!("{}\n{api}\n{}\n", self.before, self.after);
        let file = if self.root_braces { format!("{{\n{inside}}}\n") } else { inside };
        let file = if self.crlf { file.replace('\n', "\r\n") } else { file };
        if self.bom { format!("\u{feff}{file}") } else { file }
    }

    fn line(&self, key: &str, value: &str) -> String {
        let pair = |key: &str| format!("{}{}{value}", self.key(key), self.separator);
        let line = match key.split_once('.') {
            Some((section, key)) if self.credentials_nested => {
                format!(
                    "{} {{ {}{}}}",
                    self.key(section),
                    pair(key),
                    if self.ending.contains('\n') { self.ending } else { " " }
                )
            }
            Some((section, key)) => format!("{}.{}", self.key(section), pair(key)),
            None => pair(key),
        };
        let line = match self.nesting {
            Nesting::Section | Nesting::Header => line,
            Nesting::Merged => format!("{} {{ {line}\n}}", self.key("api")),
            Nesting::Dotted => format!("{}.{line}", self.key("api")),
        };
        format!("{}{line}{}", self.indent, self.ending)
    }

    fn key(&self, key: &str) -> String {
        if self.quoted_keys { format!("\"{key}\"") } else { key.to_owned() }
    }
}

/// What files are made of, in any order.
fn soup() -> impl Strategy<Value = String> {
    let parts = [
        "{",
        "}",
        "[",
        "]",
        "\"",
        "\"\"\"",
        "#",
        "//",
        "/",
        ":",
        "=",
        "+=",
        ",",
        ".",
        "\n",
        "\r\n",
        "\r",
        " ",
        "\\",
        "$",
        "${",
        "${?",
        "${api.a}",
        "${HOST}",
        "api",
        "api {",
        "api.",
        "[api]",
        "credentials",
        "access_key",
        "a",
        "null",
        "include \"x\"",
        "ü",
        "\u{feff}",
        "\u{2028}",
        "v",
    ];
    proptest::collection::vec(select(parts.to_vec()), 0..60).prop_map(|parts| parts.concat())
}

/// Asks a file for all that can be asked.
fn read_all(file: &str) {
    let variables = |name: &str| (name == "HOST").then(|| "lab".to_owned());
    let last = file.matches('\n').count() + 1;
    let lines = match Conf::read(file) {
        Err(fault) => vec![fault.line],
        Ok(conf) => {
            let asked = KEYS.map(|key| format!("api.{key}"));
            let asked = asked.iter().map(String::as_str).chain(["api", "api.a", "a.b.c", "", "..", "sdk.storage.http"]);
            let found =
                asked.flat_map(|key| [conf.text(key, &variables).map(Vec::from_iter), conf.list(key, &variables)]);
            let lines = found.flat_map(|found| match found {
                Ok(texts) => texts.iter().map(|text| text.line).collect(),
                Err(fault) => vec![fault.line],
            });
            lines.chain(conf.warnings.iter().map(|fault| fault.line)).collect()
        }
    };
    assert!(lines.iter().all(|line| (1..=last).contains(line)), "{lines:?} of {last}");
}

proptest! {
    #[test]
    fn any_text_is_read_to_its_end(file in any::<String>()) {
        read_all(&file);
    }

    #[test]
    fn any_bytes_are_read_to_their_end(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        read_all(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn anything_made_of_the_parts_of_files_is_read_to_its_end(file in soup()) {
        read_all(&file);
    }

    #[test]
    fn a_file_cut_anywhere_is_read_to_its_end(at in 0..3000_usize) {
        let file = include_str!("../samples/init.conf");
        read_all(file.get(..at).unwrap_or(file));
    }

    #[test]
    fn values_are_read_as_they_were_written_in_any_style(
        values in proptest::collection::vec(proptest::option::weighted(0.8, value()), KEYS.len()),
        style in style(),
    ) {
        let file = style.file(&values);
        let conf = Conf::read(&file).unwrap();
        for (key, value) in KEYS.iter().zip(&values) {
            let read = conf.text(&format!("api.{key}"), &|_| None).unwrap().map(|found| found.text);
            // Only three quotes can hold the end of a line.
            let expected = value.as_ref().map(|(text, written)| {
                if style.crlf && written.starts_with("\"\"\"") { text.replace('\n', "\r\n") } else { text.clone() }
            });
            prop_assert_eq!(read, expected, "{} in {}", key, file);
        }
    }
}
