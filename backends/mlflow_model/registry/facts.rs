//! `MLmodel`: the file in which a model of MLflow says what it is.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser};
use serde_json::Value;

use crate::model::ModelFacts;

/// Columns of a signature that are told.
const COLUMNS: usize = 40;

/// What the file says; nothing of what cannot be read.
pub(crate) fn facts(text: &str) -> ModelFacts {
    let texts = texts(text);
    let get = |path: &[&str]| {
        let found = texts.iter().find(|(names, _)| names.iter().map(String::as_str).eq(path.iter().copied()));
        found.map(|(_, text)| text.as_str()).filter(|text| !text.is_empty() && *text != "null" && *text != "~")
    };
    let mut flavors: BTreeMap<String, String> = BTreeMap::new();
    for (names, text) in &texts {
        let [root, flavor, key] = names.as_slice() else { continue };
        if root == "flavors" {
            let version = flavors.entry(flavor.clone()).or_default();
            // `sklearn_version`, `pytorch_version`; not the Python of the flavour that any model has.
            if key.strip_suffix("_version").is_some_and(|library| library != "python") {
                version.clone_from(text);
            }
        }
    }
    ModelFacts {
        flavors,
        inputs: get(&["signature", "inputs"]).map(columns).unwrap_or_default(),
        outputs: get(&["signature", "outputs"]).map(columns).unwrap_or_default(),
        python: get(&["flavors", "python_function", "python_version"]).map(str::to_owned),
        mlflow: get(&["mlflow_version"]).map(str::to_owned),
        bytes: get(&["model_size_bytes"]).and_then(|text| text.parse().ok()),
    }
}

/// Every text with the names that lead to it; up to where the file can be read.
fn texts(text: &str) -> Vec<(Vec<String>, String)> {
    let mut found = Vec::new();
    let mut parser = Parser::new_from_str(text);
    // The names on the way to the event at hand; `None` where one is expected.
    let mut names: Vec<Option<String>> = Vec::new();
    let mut lists = 0_usize;
    while let Some(Ok((event, _))) = parser.next_event() {
        let ended = match event {
            Event::SequenceStart(..) => {
                lists += 1;
                false
            }
            Event::SequenceEnd => {
                lists = lists.saturating_sub(1);
                lists == 0
            }
            // Lists hold nothing that is told.
            _ if lists > 0 => false,
            Event::MappingStart(..) => {
                names.push(None);
                false
            }
            Event::MappingEnd => {
                names.pop();
                true
            }
            Event::Scalar(text, ..) => match names.last_mut() {
                Some(name @ None) => {
                    *name = Some(text.into_owned());
                    false
                }
                _ => {
                    found.push((names.iter().flatten().cloned().collect(), text.into_owned()));
                    true
                }
            },
            _ => false,
        };
        if ended && let Some(name) = names.last_mut() {
            *name = None;
        }
    }
    found
}

/// The columns of one side of a signature: `amount: double`, `country: string (optional)`.
fn columns(json: &str) -> Vec<String> {
    let columns: Vec<Value> = serde_json::from_str(json).unwrap_or_default();
    let more = columns.len().saturating_sub(COLUMNS);
    let mut told: Vec<String> = columns.iter().take(COLUMNS).map(column).collect();
    told.extend((more > 0).then(|| format!("and {more} more")));
    told
}

fn column(column: &Value) -> String {
    let kind = match (column.get("tensor-spec"), column.get("type")) {
        (Some(tensor), _) => {
            let part = |name: &str| tensor.get(name).map(plain).unwrap_or_default();
            format!("{}{}", part("dtype"), part("shape"))
        }
        (None, kind) => kind.map(plain).unwrap_or_default(),
    };
    let optional = if column.get("required") == Some(&Value::Bool(false)) { " (optional)" } else { "" };
    match column.get("name").and_then(Value::as_str) {
        Some(name) => format!("{name}: {kind}{optional}"),
        None => format!("{kind}{optional}"),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::facts;

    // As 3.17.2 writes it.
    const WRITTEN: &str = "artifact_path: mlflow-artifacts:/1/models/m-0/artifacts\nflavors:\n  python_function:\n    env:\n      \
        conda: conda.yaml\n      virtualenv: python_env.yaml\n    loader_module: mlflow.sklearn\n    python_version: 3.11.7\n  \
        sklearn:\n    code: null\n    sklearn_version: 1.9.1\n    skops_trusted_types:\n    - a\n  loose:\n    code: null\n\
        is_signature_from_type_hint: false\nmlflow_version: 3.17.2\nmodel_size_bytes: 9290\nprompts: null\nsignature:\n  \
        inputs: '[{\"type\": \"double\", \"name\": \"x\", \"required\": true}, {\"type\": \"string\", \"name\": \"c\", \
        \"required\": false}]'\n  outputs: '[{\"type\": \"tensor\", \"tensor-spec\": {\"dtype\": \"float32\", \"shape\": \
        [-1, 10]}}]'\n  params: null\n";

    #[test]
    fn a_model_tells_its_flavours_signature_and_size() {
        let facts = facts(WRITTEN);
        let flavors: Vec<(&str, &str)> =
            facts.flavors.iter().map(|(name, version)| (name.as_str(), version.as_str())).collect();
        assert_eq!(flavors, [("loose", ""), ("python_function", ""), ("sklearn", "1.9.1")]);
        assert_eq!(facts.inputs, ["x: double", "c: string (optional)"]);
        assert_eq!(facts.outputs, ["float32[-1,10]"]);
        assert_eq!((facts.python.as_deref(), facts.mlflow.as_deref()), (Some("3.11.7"), Some("3.17.2")));
        assert_eq!(facts.bytes, Some(9290));
    }

    #[test]
    fn what_cannot_be_read_says_nothing() {
        for text in ["", "just text", "signature:\n  inputs: '[{'\n", "a: [", "- b\n- c", "flavors: 3"] {
            assert_eq!(facts(text), Default::default(), "{text}");
        }
    }
}
