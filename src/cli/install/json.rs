//! JSON, with comments or without, edited as text between the places of its values.

use jsonc_parser::ast::{Array, Object, Value as Written};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use serde_json::{Value, json};

use super::document::{Entry, Fault, Place};
use super::json_text::{Container, Layout, line_indent, member, spliced, starts_line};

const INPUTS: &str = "inputs";

/// All that it says.
pub(super) fn read(text: &str, comments: bool) -> Result<Value, Fault> {
    Ok(parsed(text, comments)?.map_or(Value::Null, Value::from))
}

/// The text with the entry.
pub(super) fn with(text: &str, comments: bool, place: Place<'_>, entry: &Entry) -> Result<String, Fault> {
    let before = ids(text, comments, place)?;
    let mut text = with_entry(text, comments, place, &entry.value)?;
    let wanted = |id: &String| entry.inputs.iter().any(|input| input.get("id").is_some_and(|one| one == id));
    for id in before.iter().filter(|id| !wanted(id)) {
        text = without_input(&text, comments, id)?;
    }
    for input in &entry.inputs {
        text = with_input(&text, comments, input)?;
    }
    Ok(text)
}

/// The text without the entry, and without what stood there only because of it.
pub(super) fn without(text: &str, comments: bool, place: Place<'_>) -> Result<String, Fault> {
    let ids = ids(text, comments, place)?;
    let mut text = without_member(text, comments, place.section, Some(place.name))?;
    for id in &ids {
        text = without_input(&text, comments, id)?;
    }
    Ok(text)
}

/// The inputs that an entry refers to and that were made for it: they begin with its name.
pub(super) fn inputs_of(value: &Value, name: &str) -> Vec<String> {
    let values = value.get("env").and_then(Value::as_object).into_iter().flat_map(|env| env.values());
    let ids = values.filter_map(|value| value.as_str()?.strip_prefix("${input:")?.strip_suffix('}'));
    ids.filter(|id| id.starts_with(&format!("{name}-"))).map(str::to_owned).collect()
}

fn ids(text: &str, comments: bool, place: Place<'_>) -> Result<Vec<String>, Fault> {
    let whole = read(text, comments)?;
    let value = whole.get(place.section).and_then(|section| section.get(place.name));
    Ok(value.map(|value| inputs_of(value, place.name)).unwrap_or_default())
}

fn parsed(text: &str, comments: bool) -> Result<Option<Written<'_>>, Fault> {
    let options = ParseOptions {
        allow_comments: comments,
        allow_trailing_commas: comments,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let parsed = parse_to_ast(text, &CollectOptions::default(), &options);
    let parsed = parsed.map_err(|error| {
        let what = error.kind().to_string();
        let mut letters = what.chars();
        let lowered: String = letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect();
        Fault::new(error.line_display(), format!("{lowered} (column {})", error.column_display()))
    })?;
    Ok(parsed.value)
}

/// The outermost object.
fn root<'a>(text: &'a str, comments: bool) -> Result<Option<Object<'a>>, Fault> {
    match parsed(text, comments)? {
        None => Ok(None),
        Some(Written::Object(object)) => Ok(Some(object)),
        Some(other) => Err(Fault::at(text, other.start(), "expected an object, which begins with {")),
    }
}

/// The value of a name, which may stand there only once.
fn only<'o, 'a>(text: &str, object: &'o Object<'a>, name: &str) -> Result<Option<&'o Written<'a>>, Fault> {
    let mut all = object.properties.iter().filter(|property| property.name.as_str() == name);
    let first = all.next();
    match all.next() {
        Some(again) => Err(Fault::at(text, again.start(), format!("\"{name}\" stands here again; take one out"))),
        None => Ok(first.map(|property| &property.value)),
    }
}

/// The object of a name.
fn section<'o, 'a>(text: &str, root: &'o Object<'a>, name: &str) -> Result<Option<&'o Object<'a>>, Fault> {
    match only(text, root, name)? {
        None => Ok(None),
        Some(Written::Object(object)) => Ok(Some(object)),
        Some(other) => Err(Fault::at(text, other.start(), format!("expected an object for \"{name}\", such as {{}}"))),
    }
}

/// The list of inputs.
fn inputs<'o, 'a>(text: &str, root: &'o Object<'a>) -> Result<Option<&'o Array<'a>>, Fault> {
    match only(text, root, INPUTS)? {
        None => Ok(None),
        Some(Written::Array(array)) => Ok(Some(array)),
        Some(other) => Err(Fault::at(text, other.start(), "expected a list for \"inputs\", such as []")),
    }
}

fn with_entry(text: &str, comments: bool, place: Place<'_>, value: &Value) -> Result<String, Fault> {
    let Some(root) = root(text, comments)? else {
        let layout = Layout::of(text);
        let whole = layout.render(&json!({ place.section: { place.name: value } }));
        let kept = text.trim_end();
        let before = if kept.is_empty() { String::new() } else { format!("{kept}{}", layout.newline) };
        return Ok(format!("{before}{whole}{}", layout.newline));
    };
    let Some(all) = section(text, &root, place.section)? else {
        return Ok(container(&root).append(text, |layout| member(layout, place.section, &json!({ place.name: value }))));
    };
    match only(text, all, place.name)? {
        None => Ok(container(all).append(text, |layout| member(layout, place.name, value))),
        Some(old) => {
            let range = old.start()..old.end();
            let written = text.get(range.clone()).unwrap_or_default();
            let lines = written.contains('\n') || all.properties.iter().any(|one| starts_line(text, one.start()));
            let layout = Layout::of(text);
            let layout = if lines { layout.in_lines(line_indent(text, range.start)) } else { layout.in_line(text) };
            Ok(spliced(text, &[(range, layout.render(value))]))
        }
    }
}

fn without_member(text: &str, comments: bool, outer: &str, name: Option<&str>) -> Result<String, Fault> {
    let Some(root) = root(text, comments)? else { return Ok(text.to_owned()) };
    let (object, name) = match name {
        Some(name) => (section(text, &root, outer)?, name),
        None => (Some(&root), outer),
    };
    let Some(object) = object else { return Ok(text.to_owned()) };
    let Some(at) = object.properties.iter().position(|one| one.name.as_str() == name) else {
        return Ok(text.to_owned());
    };
    let (cut, emptied) = container(object).cut(text, at);
    if emptied && name != outer { without_member(&cut, comments, outer, None) } else { Ok(cut) }
}

fn with_input(text: &str, comments: bool, input: &Value) -> Result<String, Fault> {
    let Some(root) = root(text, comments)? else { return Ok(text.to_owned()) };
    let Some(list) = inputs(text, &root)? else {
        return Ok(container(&root).append(text, |layout| member(layout, INPUTS, &json!([input]))));
    };
    match list.elements.iter().find(|one| input.get("id").is_some_and(|id| has_id(one, id))) {
        Some(old) if Value::from(old.clone()) == *input => Ok(text.to_owned()),
        Some(old) => {
            let layout = Layout::of(text).in_lines(line_indent(text, old.start()));
            Ok(spliced(text, &[(old.start()..old.end(), layout.render(input))]))
        }
        None => Ok(list_container(list).append(text, |layout| layout.render(input))),
    }
}

/// The text without an input, unless something still refers to it.
fn without_input(text: &str, comments: bool, id: &str) -> Result<String, Fault> {
    let Some(root) = root(text, comments)? else { return Ok(text.to_owned()) };
    let Some(list) = inputs(text, &root)? else { return Ok(text.to_owned()) };
    let at = list.elements.iter().position(|one| has_id(one, &Value::from(id)));
    let Some(at) = at.filter(|_| !text.contains(&format!("${{input:{id}}}"))) else { return Ok(text.to_owned()) };
    let (cut, emptied) = list_container(list).cut(text, at);
    if emptied { without_member(&cut, comments, INPUTS, None) } else { Ok(cut) }
}

fn has_id(input: &Written<'_>, id: &Value) -> bool {
    Value::from(input.clone()).get("id") == Some(id)
}

fn container(object: &Object<'_>) -> Container {
    let parts = object.properties.iter().map(|one| one.start()..one.end()).collect();
    Container { span: object.start()..object.end(), parts }
}

fn list_container(list: &Array<'_>) -> Container {
    Container {
        span: list.start()..list.end(),
        parts: list.elements.iter().map(|one| one.start()..one.end()).collect(),
    }
}
