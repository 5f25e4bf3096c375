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
mod tests;
