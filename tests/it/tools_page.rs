//! `docs/tools.md`, made from what clients are given and from the guides.

use std::fmt::Write;

use rmcp::model::Tool;
use serde_json::Value;
use tracker_mcp::catalogue;

/// The whole page.
pub(crate) fn tools_page(tools: &[Tool]) -> String {
    let mut page = "# Tools\n\n\
        This page is generated from the catalogue and from `guides/tools/` (`UPDATE_SNAPSHOTS=1 cargo test --test it` \
        rewrites it); do not edit it. All tools only read.\n\n\
        | tool | category | answers |\n|---|---|---|\n"
        .to_owned();
    for tool in tools {
        let category = guide(tool).category.unwrap_or_default();
        let _ = writeln!(page, "| [`{0}`](#{0}) | {category} | {1} |", tool.name, cell(description(tool)));
    }
    tools.iter().for_each(|tool| section(&mut page, tool));
    page
}

fn guide(tool: &Tool) -> tracker_mcp::guide::Guide {
    catalogue::find(&tool.name).and_then(|entry| entry.guide().ok()).expect("a listed tool is in the catalogue")
}

fn description(tool: &Tool) -> &str {
    tool.description.as_deref().unwrap_or_default()
}

fn section(page: &mut String, tool: &Tool) {
    let _ = write!(page, "\n## {}\n\n**{}.** {}\n", tool.name, guide(tool).title, description(tool));
    let properties = tool.input_schema.get("properties").and_then(Value::as_object);
    let required: Vec<&str> = tool
        .input_schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    page.push_str("\n### Arguments\n\n");
    match properties.filter(|properties| !properties.is_empty()) {
        None => page.push_str("None.\n"),
        Some(properties) => {
            page.push_str("| argument | type | default | description |\n|---|---|---|---|\n");
            for (name, schema) in properties {
                let default = match schema.get("default") {
                    _ if required.contains(&name.as_str()) => "**required**".to_owned(),
                    Some(default) => format!("`{default}`"),
                    None => String::new(),
                };
                let text = schema.get("description").and_then(Value::as_str).unwrap_or_default();
                let _ = writeln!(page, "| `{name}` | {} | {default} | {} |", kind(schema), cell(text));
            }
        }
    }
    let _ = write!(page, "\n{}\n", one_level_down(guide(tool).body));
}

/// The type of an argument in words.
fn kind(schema: &Value) -> String {
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        let words: Vec<String> = words.iter().filter_map(Value::as_str).map(|word| format!("`{word}`")).collect();
        return words.join(" ");
    }
    match (schema.get("type").and_then(Value::as_str), schema.get("items")) {
        (Some("array"), Some(items)) if items.get("enum").is_some() => format!("list of {}", kind(items)),
        (Some("array"), Some(items)) => format!("list of {}s", kind(items)),
        (kind, _) => kind.unwrap_or_default().to_owned(),
    }
}

/// Text that stays within its cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// Headings below those of this page; what stands in a fence is none.
fn one_level_down(body: &str) -> String {
    let mut fenced = false;
    let lines = body.lines().map(|line| {
        fenced ^= line.starts_with("```");
        if line.starts_with('#') && !fenced { format!("#{line}") } else { line.to_owned() }
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn headings_go_down_and_comments_in_a_fence_do_not() {
    assert_eq!(one_level_down("## A\n```sh\n# b\n```\n## C"), "### A\n```sh\n# b\n```\n### C");
}

#[test]
fn types_are_told_in_words() {
    for (schema, words) in [
        (serde_json::json!({"type": "string"}), "string"),
        (serde_json::json!({"type": "array", "items": {"type": "string"}}), "list of strings"),
        (serde_json::json!({"type": "string", "enum": ["a", "b"]}), "`a` `b`"),
        (serde_json::json!({"type": "array", "items": {"type": "string", "enum": ["a"]}}), "list of `a`"),
    ] {
        assert_eq!(kind(&schema), words);
    }
}
