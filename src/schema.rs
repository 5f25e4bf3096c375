//! Schemas of arguments: flat, so that every client reads them alike.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

/// The longest default that a schema repeats, in characters of JSON.
const SHORT_DEFAULT: usize = 40;

/// The keywords that may stand in a schema, next to `properties`, whose keys are names.
const PORTABLE: [&str; 13] = [
    "type",
    "description",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "enum",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "default",
    "pattern",
];

/// The schema of a tool's arguments: an object whose properties stand in the order of the fields.
///
/// Nothing is referred to or nullable: an optional field is one that is not required. Enumerations are an `enum` of
/// words, unknown properties are refused, a description is one line. What this cannot flatten, [`portable`] tells.
pub fn flat<T: JsonSchema>() -> Map<String, Value> {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    flatten(&mut schema);
    let Value::Object(mut schema) = schema else { return Map::new() };
    // A struct without fields is an object too, and says that it takes none.
    schema.entry("type").or_insert_with(|| "object".into());
    schema.entry("properties").or_insert_with(|| Value::Object(Map::new()));
    schema.insert("additionalProperties".into(), Value::Bool(false));
    schema.shift_remove("description");
    schema
}

fn flatten(schema: &mut Value) {
    let Value::Object(schema) = schema else { return };
    unwrap_alternatives(schema);
    for keyword in ["title", "format"] {
        schema.shift_remove(keyword);
    }
    if let Some(types) = schema.get_mut("type") {
        drop_null(types, &Value::from("null"));
        if let Some([only]) = types.as_array().map(Vec::as_slice) {
            *types = only.clone();
        }
    }
    if let Some(words) = schema.get_mut("enum") {
        drop_null(words, &Value::Null);
    }
    if let Some(Value::String(description)) = schema.get_mut("description") {
        *description = description.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    if schema.get("default").is_some_and(says_nothing) {
        schema.shift_remove("default");
    }
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        properties.values_mut().for_each(flatten);
        schema.entry("additionalProperties").or_insert(Value::Bool(false));
    }
    for keyword in ["items", "additionalProperties"] {
        let Some(inner) = schema.get_mut(keyword) else { continue };
        flatten(inner);
        // The text of an argument is that of its field, not of the type within.
        if let Value::Object(inner) = inner {
            inner.shift_remove("description");
        }
    }
}

/// A default that is no more than absence, or too long to be worth its place in every list.
fn says_nothing(default: &Value) -> bool {
    default.is_null() || default.as_array().is_some_and(Vec::is_empty) || default.to_string().len() > SHORT_DEFAULT
}

fn drop_null(list: &mut Value, null: &Value) {
    if let Value::Array(list) = list {
        list.retain(|one| one != null);
    }
}

/// `anyOf` with `null` is what is left without it; a choice of constant words is an enumeration.
fn unwrap_alternatives(schema: &mut Map<String, Value>) {
    for keyword in ["anyOf", "oneOf"] {
        let Some(Value::Array(mut alternatives)) = schema.shift_remove(keyword) else { continue };
        alternatives.retain(|one| one.get("type").and_then(Value::as_str) != Some("null"));
        let words: Option<Vec<Value>> =
            alternatives.iter().map(words_of).collect::<Option<Vec<_>>>().map(|w| w.concat());
        match (words, alternatives.as_slice()) {
            (Some(words), _) => {
                schema.insert("type".into(), "string".into());
                schema.insert("enum".into(), words.into());
            }
            (None, [Value::Object(only)]) => {
                for (keyword, value) in only {
                    schema.entry(keyword.clone()).or_insert_with(|| value.clone());
                }
                unwrap_alternatives(schema);
            }
            _ => {
                schema.insert(keyword.into(), alternatives.into());
            }
        }
    }
}

/// The words of an alternative that is one or several constants.
fn words_of(alternative: &Value) -> Option<Vec<Value>> {
    if let Some(word) = alternative.get("const").filter(|word| word.is_string()) {
        return Some(vec![word.clone()]);
    }
    alternative.get("enum")?.as_array().cloned()
}

/// Whether a schema is one that every client reads: the keywords, types and shapes that [`flat`] makes.
///
/// # Errors
/// What is not portable, with the way to it.
pub fn portable(schema: &Value) -> Result<(), String> {
    if schema.get("type").and_then(Value::as_str) != Some("object") {
        return Err("the root is no object".into());
    }
    if schema.get("additionalProperties") != Some(&Value::Bool(false)) {
        return Err("the root does not refuse additional properties".into());
    }
    check(schema, "the root")
}

fn check(schema: &Value, place: &str) -> Result<(), String> {
    let Value::Object(schema) = schema else { return Err(format!("{place} is no object: {schema}")) };
    for (keyword, value) in schema {
        if !PORTABLE.contains(&keyword.as_str()) {
            return Err(format!("{place} has {keyword}"));
        }
        let right = match keyword.as_str() {
            "type" => value.is_string(),
            "description" => value.as_str().is_some_and(|text| !text.contains('\n')),
            "enum" => value.as_array().is_some_and(|words| !words.is_empty() && words.iter().all(Value::is_string)),
            "default" => !value.is_null(),
            "minimum" | "maximum" => value.is_number(),
            _ => true,
        };
        if !right {
            return Err(format!("{place} has {keyword} {value}"));
        }
    }
    if !schema.contains_key("type") {
        return Err(format!("{place} has no type"));
    }
    if let Some(Value::Object(properties)) = schema.get("properties") {
        if !schema.contains_key("additionalProperties") {
            return Err(format!("{place} does not refuse additional properties"));
        }
        for (name, property) in properties {
            check(property, name)?;
        }
    }
    for keyword in ["items", "additionalProperties"] {
        if let Some(inner @ Value::Object(_)) = schema.get(keyword) {
            check(inner, &format!("{keyword} of {place}"))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{flat, portable};
    use schemars::JsonSchema;
    use serde::Deserialize;
    use serde_json::{Value, json};

    /// A part of a run.
    #[derive(Deserialize, JsonSchema)]
    #[serde(rename_all = "lowercase")]
    #[allow(dead_code)]
    enum Part {
        Params,
        Metrics,
    }

    /// With doc comments, which schemars turns into `oneOf`.
    #[derive(Default, Deserialize, serde::Serialize, JsonSchema)]
    #[serde(rename_all = "lowercase")]
    #[allow(dead_code)]
    enum Axis {
        /// Steps.
        #[default]
        Step,
        /// Seconds.
        Time,
    }

    fn twenty() -> u32 {
        20
    }

    /// Arguments.
    #[derive(Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Input {
        /// 1-50: id,
        /// unique name
        runs: Vec<String>,
        include: Option<Vec<Part>>,
        /// which end
        part: Option<Part>,
        /// x axis
        #[serde(default)]
        x: Axis,
        /// other axis
        axis: Option<Axis>,
        /// max 100
        #[serde(default = "twenty")]
        #[schemars(range(min = 1, max = 100))]
        limit: u32,
        x_min: Option<f64>,
        log_y: Option<bool>,
        title: Option<String>,
        /// any
        #[serde(default)]
        keys: Vec<String>,
    }

    #[test]
    fn a_schema_is_flat_and_in_the_order_of_its_fields() {
        let schema = Value::Object(flat::<Input>());
        let expected = json!({
            "type": "object",
            "properties": {
                "runs": {"description": "1-50: id, unique name", "type": "array", "items": {"type": "string"}},
                "include": {"type": "array", "items": {"type": "string", "enum": ["params", "metrics"]}},
                "part": {"description": "which end", "type": "string", "enum": ["params", "metrics"]},
                "x": {"description": "x axis", "type": "string", "enum": ["step", "time"], "default": "step"},
                "axis": {"description": "other axis", "type": "string", "enum": ["step", "time"]},
                "limit": {"description": "max 100", "type": "integer", "minimum": 1, "maximum": 100, "default": 20},
                "x_min": {"type": "number"},
                "log_y": {"type": "boolean"},
                "title": {"type": "string"},
                "keys": {"description": "any", "type": "array", "items": {"type": "string"}},
            },
            "required": ["runs"],
            "additionalProperties": false,
        });
        assert_eq!(schema, expected);
        let names: Vec<_> = schema["properties"].as_object().unwrap().keys().collect();
        assert_eq!(names, ["runs", "include", "part", "x", "axis", "limit", "x_min", "log_y", "title", "keys"]);
        assert_eq!(portable(&schema), Ok(()));
    }

    #[test]
    fn a_tool_without_arguments_takes_none() {
        #[derive(JsonSchema)]
        struct Nothing {}
        let schema = Value::Object(flat::<Nothing>());
        assert_eq!(schema, json!({"type": "object", "properties": {}, "additionalProperties": false}));
        assert_eq!(portable(&schema), Ok(()));
    }

    #[test]
    fn what_cannot_be_flattened_is_not_portable() {
        #[derive(JsonSchema)]
        #[allow(dead_code)]
        struct Tree {
            below: Vec<Tree>,
        }
        assert!(portable(&Value::Object(flat::<Tree>())).is_err());

        #[derive(JsonSchema)]
        #[allow(dead_code)]
        struct Either {
            value: EitherValue,
        }
        #[derive(JsonSchema)]
        #[serde(untagged)]
        #[allow(dead_code)]
        enum EitherValue {
            Number(f64),
            Text(String),
        }
        assert_eq!(portable(&Value::Object(flat::<Either>())), Err("value has anyOf".into()));
    }

    #[test]
    fn each_thing_that_clients_stumble_over_is_told() {
        let with = |property: Value| {
            portable(&json!({"type": "object", "properties": {"a": property}, "additionalProperties": false}))
        };
        assert_eq!(with(json!({"type": "string"})), Ok(()));
        for (property, told) in [
            (json!({"$ref": "#/$defs/A"}), "a has $ref"),
            (json!({"type": ["string", "null"]}), r#"a has type ["string","null"]"#),
            (json!({"type": "integer", "format": "uint32"}), "a has format"),
            (json!({"enum": ["x"]}), "a has no type"),
            (json!({"type": "string", "description": "two\nlines"}), "a has description \"two\\nlines\""),
            (json!({"type": "array", "items": {"type": "string", "title": "T"}}), "items of a has title"),
            (json!({"type": "string", "default": null}), "a has default null"),
        ] {
            assert_eq!(with(property), Err(told.to_owned()));
        }
        assert!(portable(&json!({"type": "object"})).is_err());
        assert!(portable(&json!({"type": "object", "$schema": "x", "additionalProperties": false})).is_err());
    }
}
