//! YAML in block style, edited by lines.

use serde_json::Value;

use super::document::{Fault, Place};
use super::yaml_tree::{Member, Tree, tree};

/// All that it says.
pub(super) fn read(text: &str) -> Result<Value, Fault> {
    Ok(tree(text)?.map_or(Value::Null, |tree| tree.said()))
}

/// The text with the entry: where the old one stood, or as the first of its section.
pub(super) fn with(text: &str, place: Place<'_>, value: &Value) -> Result<String, Fault> {
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut lines = lines(text);
    let tree = tree(text)?;
    let Some(section) = member(tree.as_ref(), place)? else {
        let margin = " ".repeat(margin(tree.as_ref()));
        if let Some(last) = lines.last_mut().filter(|last| !last.ends_with('\n')) {
            last.push_str(newline);
        }
        let entry = block(place.name, value, &format!("{margin}  "), newline);
        return Ok(format!("{}{margin}{}:{newline}{entry}", lines.concat(), place.section));
    };
    let indent = indent(&lines, section)?;
    let entry = block(place.name, value, &indent, newline);
    if let Some(old) = section.value.get(place.name) {
        let end = end(&lines, old);
        lines.splice(old.line - 1..end, [entry]);
        return Ok(lines.concat());
    }
    // An empty object on the line of the name makes room.
    if let (Tree::Map(map), Some(line)) = (&section.value, lines.get_mut(section.line - 1))
        && map.is_empty()
    {
        *line = line.replacen(": {}", ":", 1);
    }
    if let Some(line) = lines.get_mut(section.line - 1).filter(|line| !line.ends_with('\n')) {
        line.push_str(newline);
    }
    lines.insert(section.line, entry);
    Ok(lines.concat())
}

/// The text without the entry, and without its section if nothing else stands there.
pub(super) fn without(text: &str, place: Place<'_>) -> Result<String, Fault> {
    let mut lines = lines(text);
    let tree = tree(text)?;
    let Some(section) = member(tree.as_ref(), place)? else { return Ok(text.to_owned()) };
    let Some(old) = section.value.get(place.name) else { return Ok(text.to_owned()) };
    indent(&lines, section)?;
    let alone = matches!(&section.value, Tree::Map(map) if map.len() == 1);
    let (start, end) = (old.line - 1, end(&lines, old));
    lines.drain(start..end);
    // A comment after the name of the section keeps it.
    if alone && lines.get(section.line - 1).is_some_and(|line| line.trim() == format!("{}:", place.section)) {
        lines.remove(section.line - 1);
    }
    Ok(lines.concat())
}

/// A member as text, with what it holds below it.
pub(super) fn block(key: &str, value: &Value, indent: &str, newline: &str) -> String {
    match value {
        Value::Object(map) if !map.is_empty() => {
            let inner = format!("{indent}  ");
            let parts: String = map.iter().map(|(key, value)| block(key, value, &inner, newline)).collect();
            format!("{indent}{key}:{newline}{parts}")
        }
        Value::Array(list) => {
            let parts: Vec<String> = list.iter().map(Value::to_string).collect();
            format!("{indent}{key}: [{}]{newline}", parts.join(", "))
        }
        other => format!("{indent}{key}: {}{newline}", scalar(other)),
    }
}

/// A value on one line: plain where it cannot be read as anything else, and otherwise as JSON writes it.
fn scalar(value: &Value) -> String {
    let plain = |text: &str| {
        let means_more = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
        text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/')
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c))
            && !means_more.contains(&text.to_ascii_lowercase().as_str())
    };
    match value {
        Value::String(text) if plain(text) => text.clone(),
        other => other.to_string(),
    }
}

fn lines(text: &str) -> Vec<String> {
    text.split_inclusive('\n').map(str::to_owned).collect()
}

/// The section as a member of the document.
fn member<'t>(tree: Option<&'t Tree>, place: Place<'_>) -> Result<Option<&'t Member>, Fault> {
    match tree {
        None => Ok(None),
        Some(Tree::Scalar { text, plain: true }) if text.is_empty() => Ok(None),
        Some(tree @ Tree::Map(map)) => {
            let flow = map.first().is_some_and(|first| map.iter().skip(1).any(|one| one.line == first.line));
            let empty = map.is_empty();
            if flow || empty {
                Err(Fault::new(1, "expected names on lines of their own"))
            } else {
                Ok(tree.get(place.section))
            }
        }
        Some(_) => Err(Fault::new(1, format!("expected names with values, such as {}:", place.section))),
    }
}

/// The column of the outermost names.
fn margin(tree: Option<&Tree>) -> usize {
    match tree {
        Some(Tree::Map(map)) => map.first().map_or(0, |first| first.column),
        _ => 0,
    }
}

/// The indentation of what stands in a section.
fn indent(lines: &[String], section: &Member) -> Result<String, Fault> {
    let refused = |what: &str| Err(Fault::new(section.line, format!("expected {what} for {}", section.key)));
    let own = " ".repeat(section.column + 2);
    match &section.value {
        Tree::Scalar { text, plain: true } if text.is_empty() => Ok(own),
        Tree::Map(map) => match map.first() {
            None if lines.get(section.line - 1).is_some_and(|line| line.contains(": {}")) => Ok(own),
            Some(first) if first.line > section.line && begins(lines, first) => Ok(" ".repeat(first.column)),
            _ => refused("names on lines of their own, not {…},"),
        },
        _ => refused("names with values"),
    }
}

/// Whether nothing but space stands before a name.
fn begins(lines: &[String], member: &Member) -> bool {
    let line = lines.get(member.line - 1).map(String::as_str).unwrap_or_default();
    line.len() - line.trim_start_matches(' ').len() == member.column
}

/// Behind the last line of a member: all that is indented deeper than its name, blank lines at the end aside.
fn end(lines: &[String], member: &Member) -> usize {
    let deeper =
        |line: &String| line.trim().is_empty() || line.len() - line.trim_start_matches(' ').len() > member.column;
    let below = lines.iter().skip(member.line).take_while(|line| deeper(line)).count();
    let last = lines.iter().skip(member.line).take(below).rposition(|line| !line.trim().is_empty());
    member.line + last.map_or(0, |at| at + 1)
}
