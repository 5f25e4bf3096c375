//! The guides: Markdown compiled in from `guides/`, which say how the tools are used. `guides/README.md` is the format.

use backends::nearest::nearest;
use backends::{Error, Result};
use serde_json::{Map, Value};

/// Which tool for which intent, by category, in the order of the index: name and text.
pub static CATEGORIES: &[(&str, &str)] = &[
    ("server", include_str!("../guides/categories/server.md")),
    ("projects", include_str!("../guides/categories/projects.md")),
    ("runs", include_str!("../guides/categories/runs.md")),
    ("compare", include_str!("../guides/categories/compare.md")),
    ("datasets", include_str!("../guides/categories/datasets.md")),
    ("models", include_str!("../guides/categories/models.md")),
    ("tasks", include_str!("../guides/categories/tasks.md")),
    ("traces", include_str!("../guides/categories/traces.md")),
];

/// The categories whose tools exist only where the operator names them.
pub const OPT_IN: &[&str] = &["traces"];

/// Subjects that concern several tools, in the order of the index: name and text.
pub static TOPICS: &[(&str, &str)] = &[
    ("terms", include_str!("../guides/topics/terms.md")),
    ("references", include_str!("../guides/topics/references.md")),
    ("filters", include_str!("../guides/topics/filters.md")),
    ("metrics", include_str!("../guides/topics/metrics.md")),
    ("best_run", include_str!("../guides/topics/best_run.md")),
    ("which_params_matter", include_str!("../guides/topics/which_params_matter.md")),
    ("paging", include_str!("../guides/topics/paging.md")),
    ("safety", include_str!("../guides/topics/safety.md")),
];

/// Fewest characters that may stand for the only name which begins with them.
const SHORTEST_PREFIX: usize = 3;

/// One guide: of a tool, a category or a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guide {
    /// Name of its file without `.md`: of a tool, the tool's name.
    pub name: &'static str,
    /// The title that people see.
    pub title: &'static str,
    /// Of a tool: the category that it belongs to, a name in [`CATEGORIES`].
    pub category: Option<&'static str>,
    /// What it is about, in one line. Of a tool: the description that clients see, at most 300 characters.
    pub summary: &'static str,
    /// The Markdown after the front matter.
    pub body: &'static str,
}

/// A call as a tool's guide shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// The question as a person asks it.
    pub question: &'static str,
    /// The arguments that answer it.
    pub arguments: Map<String, Value>,
}

impl Guide {
    /// Reads a guide. An unknown, repeated, missing or empty key of the front matter is an error (a bug of ours, since
    /// the guides are compiled in).
    pub fn parse(name: &'static str, text: &'static str) -> Result<Self> {
        let (front, body) = split_front_matter(text)
            .ok_or_else(|| malformed(name, "it does not begin with front matter between two lines `---`"))?;
        let (mut title, mut category, mut summary) = (None, None, None);
        for line in front.lines() {
            let (key, value) =
                line.split_once(':').ok_or_else(|| malformed(name, &format!("`{line}` is not `key: value`")))?;
            let slot = match key {
                "title" => &mut title,
                "category" => &mut category,
                "summary" => &mut summary,
                _ => return Err(malformed(name, &format!("`{key}` is none of title, category, summary"))),
            };
            if value.trim().is_empty() {
                return Err(malformed(name, &format!("`{key}` is empty")));
            }
            if slot.replace(value.trim()).is_some() {
                return Err(malformed(name, &format!("`{key}` stands there twice")));
            }
        }
        let title = title.ok_or_else(|| malformed(name, "`title` is missing"))?;
        let summary = summary.ok_or_else(|| malformed(name, "`summary` is missing"))?;
        Ok(Self { name, title, category, summary, body: body.trim() })
    }

    /// The examples of a tool's guide, in their order; none for other guides.
    pub fn examples(&self) -> Result<Vec<Example>> {
        let mut examples = Vec::new();
        let mut question = None;
        let mut block: Option<String> = None;
        for line in self.section("Examples").unwrap_or_default().lines().map(str::trim_end) {
            match (&mut block, line) {
                (None, "") => {}
                (None, "```json") => block = Some(String::new()),
                (None, text) => {
                    if question.replace(text).is_some() {
                        return Err(malformed(self.name, &format!("the example before `{text}` has no arguments")));
                    }
                }
                (Some(json), "```") => {
                    let arguments = serde_json::from_str(json).map_err(|error| {
                        malformed(self.name, &format!("the arguments {} are no JSON object: {error}", json.trim()))
                    })?;
                    let question = question.take().ok_or_else(|| malformed(self.name, "an example has no question"))?;
                    examples.push(Example { question, arguments });
                    block = None;
                }
                (Some(json), text) => {
                    json.push_str(text);
                    json.push('\n');
                }
            }
        }
        match (block, question) {
            (Some(_), _) => Err(malformed(self.name, "the last example does not end with ```")),
            (None, Some(question)) => Err(malformed(self.name, &format!("`{question}` has no arguments"))),
            (None, None) => Ok(examples),
        }
    }

    /// The whole guide as a Markdown document.
    pub fn markdown(&self) -> String {
        format!("# {}\n\n{}\n\n{}\n", self.title, self.summary, self.body)
    }

    /// What stands below the heading `## heading`, up to the next heading of that level.
    fn section(&self, heading: &str) -> Option<&'static str> {
        let mut from = None;
        let mut offset = 0;
        for line in self.body.split_inclusive('\n') {
            if let Some(title) = line.strip_prefix("## ") {
                if let Some(from) = from {
                    return self.body.get(from..offset);
                }
                if title.trim_end() == heading {
                    from = Some(offset + line.len());
                }
            }
            offset += line.len();
        }
        self.body.get(from?..)
    }
}

/// Front matter and body of a guide or prompt; `None` if there is no front matter.
pub(crate) fn split_front_matter(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix("---")?;
    let rest = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n'))?;
    let mut offset = 0;
    for line in rest.split_inclusive('\n') {
        if line.trim_end() == "---" {
            return Some((rest.get(..offset)?, rest.get(offset + line.len()..)?));
        }
        offset += line.len();
    }
    None
}

fn malformed(name: &str, why: &str) -> Error {
    Error::bug(format!("the guide `{name}` cannot be read: {why}"))
}

/// All guides: those of the tools given, then categories, then topics.
pub fn all(tools: &[Guide]) -> Result<Vec<Guide>> {
    let embedded = CATEGORIES.iter().chain(TOPICS).map(|(name, text)| Guide::parse(name, text));
    tools.iter().copied().map(Ok).chain(embedded).collect()
}

/// The guide that `topic` names: a tool, category or topic, in any case, with `-` or a space for `_`, as the address
/// `guide://topics/filters`, or by its beginning if only one name begins so. Otherwise an error that names the nearest
/// and the next call.
pub fn find(topic: &str, tools: &[Guide]) -> Result<Guide> {
    let guides = all(tools)?;
    let wanted = topic.trim().rsplit('/').next().unwrap_or_default().to_lowercase().replace([' ', '-'], "_");
    if let Some(guide) = guides.iter().find(|guide| guide.name == wanted) {
        return Ok(*guide);
    }
    if wanted.len() >= SHORTEST_PREFIX {
        let mut beginning = guides.iter().filter(|guide| guide.name.starts_with(&wanted));
        if let (Some(guide), None) = (beginning.next(), beginning.next()) {
            return Ok(*guide);
        }
    }
    let near = nearest(&wanted, guides.iter().map(|guide| guide.name), 3);
    let shown: String = topic.trim().chars().take(60).collect();
    let error = Error::not_found(format!("there is no guide `{shown}`"));
    Err(match near.first() {
        Some(first) => error.and(format!("the nearest are {}", near.join(", "))).and(call(first)),
        None => {
            let names: Vec<_> = guides.iter().map(|guide| guide.name).collect();
            error.and(format!("there are {}", names.join(", "))).and("for the index call get_guide {}")
        }
    })
}

fn call(topic: &str) -> String {
    format!(r#"call get_guide {{"topic": "{topic}"}}"#)
}

/// What there is to read: each category with those of `tools` that belong to it, then the topics.
pub fn index(tools: &[Guide]) -> Result<String> {
    let mut text = format!("# Guides\n\nTo read one, {} with a name from this page.\n", call("filters"));
    for (name, source) in CATEGORIES {
        let category = Guide::parse(name, source)?;
        let mut members = tools.iter().filter(|tool| tool.category == Some(name)).peekable();
        if members.peek().is_some() {
            text.push_str(&format!("\n## `{name}`: {}\n\n", category.summary));
            members.for_each(|tool| text.push_str(&line(tool)));
        }
    }
    text.push_str("\n## Topics\n\n");
    for (name, source) in TOPICS {
        text.push_str(&line(&Guide::parse(name, source)?));
    }
    Ok(text)
}

fn line(guide: &Guide) -> String {
    format!("- `{}`: {}\n", guide.name, guide.summary)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;

    fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("guides")
    }

    /// The tools' guides as they lie in the folder: the catalogue embeds them, this module only reads them.
    fn tools() -> Vec<Guide> {
        files("tools").into_iter().map(|(name, text)| Guide::parse(name.leak(), text.leak()).unwrap()).collect()
    }

    /// Name and text of the guides in a folder, sorted.
    fn files(of: &str) -> Vec<(String, String)> {
        let mut files: Vec<_> = fs::read_dir(folder().join(of))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(path).unwrap()))
            .collect();
        files.sort();
        files
    }

    fn everything() -> Vec<(String, String)> {
        let readme = ("README".to_owned(), fs::read_to_string(folder().join("README.md")).unwrap());
        let instructions = ("instructions".to_owned(), fs::read_to_string(folder().join("instructions.md")).unwrap());
        ["tools", "categories", "topics", "prompts"].into_iter().flat_map(files).chain([readme, instructions]).collect()
    }

    fn error_of(text: &'static str) -> String {
        Guide::parse("sample", text).and_then(|guide| guide.examples()).unwrap_err().message
    }

    #[test]
    fn a_guide_is_read_key_by_key() {
        let guide =
            Guide::parse("a", "---\ntitle: A: b\ncategory: runs\nsummary: c\n---\n\nbody\n---\nmore\n").unwrap();

        assert_eq!(
            guide,
            Guide { name: "a", title: "A: b", category: Some("runs"), summary: "c", body: "body\n---\nmore" }
        );
        assert_eq!(guide.markdown(), "# A: b\n\nc\n\nbody\n---\nmore\n");
    }

    #[test]
    fn line_ends_of_windows_change_nothing() {
        let text = "---\r\ntitle: A\r\nsummary: b\r\n---\r\n## Examples\r\n\r\nq?\r\n\r\n```json\r\n{\"a\": 1}\r\n```\r\n\r\n## Z\r\nz\r\n";

        let guide = Guide::parse("a", text).unwrap();
        let examples = guide.examples().unwrap();

        assert_eq!((guide.title, guide.summary), ("A", "b"));
        assert_eq!(examples.len(), 1);
        assert_eq!(examples[0].question, "q?");
        assert_eq!(Value::from(examples[0].arguments.clone()), serde_json::json!({"a": 1}));
    }

    #[test]
    fn front_matter_that_breaks_the_format_is_an_error_that_names_the_place() {
        for (text, named) in [
            ("title: A\n", "front matter"),
            ("---\ntitle: A\nsummary: b\n", "front matter"),
            ("---\ntitle: A\nsummary: b\nauthor: c\n---\n", "`author`"),
            ("---\ntitle: A\nsummary: b\ntitle: c\n---\n", "twice"),
            ("---\ntitle: A\n---\n", "`summary` is missing"),
            ("---\nsummary: A\n---\n", "`title` is missing"),
            ("---\ntitle:\nsummary: b\n---\n", "`title` is empty"),
            ("---\ntitle: A\nsummary: b\n  second line\n---\n", "`  second line`"),
        ] {
            let message = error_of(text);
            assert!(message.contains("`sample`") && message.contains(named), "{text:?}: {message}");
        }
    }

    #[test]
    fn examples_that_break_the_format_are_an_error_that_names_the_place() {
        for (examples, named) in [
            ("```json\n{}\n```\n", "no question"),
            ("q?\n", "`q?` has no arguments"),
            ("q?\nr?\n```json\n{}\n```\n", "before `r?`"),
            ("q?\n```json\n[1]\n```\n", "no JSON object"),
            ("q?\n```json\n{}\n", "does not end"),
        ] {
            let message = error_of(format!("---\ntitle: A\nsummary: b\n---\n## Examples\n\n{examples}").leak());
            assert!(message.contains(named), "{examples:?}: {message}");
        }
    }

    #[test]
    fn every_category_and_topic_in_the_folder_is_embedded_and_nothing_else_lies_there() {
        let embedded = |list: &[(&str, &str)]| -> Vec<(String, String)> {
            let mut list: Vec<_> = list.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
            list.sort();
            list
        };
        let top: BTreeSet<_> =
            fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();

        assert_eq!(embedded(CATEGORIES), files("categories"));
        assert_eq!(embedded(TOPICS), files("topics"));
        assert_eq!(
            top.iter().map(String::as_str).collect::<Vec<_>>(),
            ["README.md", "categories", "instructions.md", "prompts", "tools", "topics"]
        );
    }

    #[test]
    fn every_guide_is_read_and_has_a_name_of_its_own() {
        let guides = all(&tools()).unwrap();

        let names: BTreeSet<_> = guides.iter().map(|guide| guide.name).collect();

        assert_eq!(names.len(), guides.len(), "two guides share a name: {names:?}");
        for name in names {
            assert!(name.len() <= 32 && name.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{name}");
        }
    }

    #[test]
    fn a_tool_belongs_to_a_category_and_nothing_else_does() {
        for tool in tools() {
            let category = tool.category.unwrap_or_default();
            assert!(CATEGORIES.iter().any(|(name, _)| *name == category), "{}: {category:?}", tool.name);
        }
        for guide in all(&[]).unwrap() {
            assert_eq!(guide.category, None, "{}", guide.name);
        }
    }

    #[test]
    fn a_tools_guide_has_its_four_sections_in_order() {
        for tool in tools() {
            let headings: Vec<_> = tool.body.lines().filter(|line| line.starts_with('#')).collect();

            assert_eq!(
                headings,
                ["## When to use it", "## Use instead", "## Examples", "## Reading the answer"],
                "{}",
                tool.name
            );
        }
    }

    #[test]
    fn a_tool_has_two_to_four_examples_with_questions() {
        for tool in tools() {
            let examples = tool.examples().unwrap();

            assert!((2..=4).contains(&examples.len()), "{}: {} examples", tool.name, examples.len());
            for example in examples {
                assert!(example.question.ends_with(['?', '.']), "{}: {}", tool.name, example.question);
                assert!(!example.arguments.contains_key("cursor"), "only an answer can give a cursor");
            }
        }
    }

    #[test]
    fn descriptions_keep_their_limit_and_tools_on_runs_speak_of_both_worlds() {
        for tool in tools() {
            let length = tool.summary.chars().count();
            let first_sentence = tool.summary.split(". ").next().unwrap_or_default();

            assert!(length <= 300, "{}: {length} characters", tool.name);
            if tool.category == Some("runs") {
                assert!(first_sentence.contains("runs or ClearML tasks"), "{}: {first_sentence}", tool.name);
            }
        }
    }

    #[test]
    fn list_projects_says_where_the_experiments_of_clearml_are_found() {
        let summary = find("list_projects", &tools()).unwrap().summary;

        assert!(summary.contains("ClearML") && summary.contains("experiment") && summary.contains("search_runs"));
    }

    #[test]
    fn categories_and_topics_are_short() {
        for (name, text) in CATEGORIES.iter().chain(TOPICS) {
            let length = text.chars().count();
            assert!(length <= 4_000, "{name}: {length} characters");
        }
    }

    #[test]
    fn no_guide_speaks_of_a_tool_that_does_not_exist() {
        let names: Vec<_> = files("tools").into_iter().map(|(name, _)| name).collect();
        let verbs = [
            "list", "get", "search", "rank", "compare", "read", "diagnose", "plot", "wait", "launch", "stop", "delete",
            "restore", "update", "create", "register", "post",
        ];
        for (guide, text) in everything() {
            for word in text.split(|c: char| !(c.is_ascii_lowercase() || c == '_')) {
                let verb = word.split_once('_').filter(|(_, noun)| !noun.is_empty()).map(|(verb, _)| verb);
                let tool_like = verb.is_some_and(|verb| verbs.contains(&verb))
                    || ["log_run", "run_experiment", "run_job"].contains(&word);
                assert!(!tool_like || names.iter().any(|name| name == word), "{guide} speaks of {word}");
            }
        }
    }

    #[test]
    fn guides_that_are_referred_to_exist() {
        let tools = tools();
        for (guide, text) in everything().iter().filter(|(name, _)| name != "README") {
            for (_, after) in text.match_indices("guide `").map(|(at, found)| text.split_at(at + found.len())) {
                let name = after.split('`').next().unwrap_or_default();
                assert!(all(&tools).unwrap().iter().any(|g| g.name == name), "{guide} refers to {name}");
            }
        }
    }

    #[test]
    fn a_guide_is_found_by_name_in_any_spelling_by_address_and_by_its_beginning() {
        let tools = tools();
        for (asked, name) in [
            ("filters", "filters"),
            (" Search-Runs ", "search_runs"),
            ("get runs", "get_runs"),
            ("guide://topics/terms", "terms"),
            ("filter", "filters"),
            ("runs", "runs"),
            ("project", "projects"),
        ] {
            assert_eq!(find(asked, &tools).map(|guide| guide.name), Ok(name), "{asked}");
        }
    }

    #[test]
    fn an_unknown_guide_is_answered_with_the_nearest_and_a_call_that_works() {
        let tools = tools();

        let error = find("fliters", &tools).unwrap_err();

        assert_eq!(error.kind, backends::ErrorKind::NotFound);
        assert!(error.message.starts_with("there is no guide `fliters`; the nearest are filters"), "{}", error.message);
        assert!(error.message.ends_with(r#"call get_guide {"topic": "filters"}"#), "{}", error.message);
    }

    #[test]
    fn a_guide_like_no_other_is_answered_with_all_names() {
        let message = find("qqq", &tools()).unwrap_err().message;

        for name in ["search_runs", "server", "safety", "get_guide {}"] {
            assert!(message.contains(name), "{message}");
        }
    }

    #[test]
    fn an_ambiguous_beginning_is_not_guessed() {
        let message = find("get_", &tools()).unwrap_err().message;

        assert!(message.contains("get_guide") && message.contains("get_runs"), "{message}");
    }

    #[test]
    fn the_index_names_every_guide_once_with_its_summary() {
        let tools = tools();

        let index = index(&tools).unwrap();

        for guide in all(&tools).unwrap() {
            assert_eq!(index.matches(&format!("`{}`: {}\n", guide.name, guide.summary)).count(), 1, "{}", guide.name);
        }
    }

    #[test]
    fn the_index_leaves_out_categories_without_tools() {
        let only: Vec<_> = tools().into_iter().filter(|tool| tool.name == "get_guide").collect();

        let index = index(&only).unwrap();

        assert!(index.contains("## `server`") && !index.contains("## `runs`") && !index.contains("`search_runs`:"));
    }
}
