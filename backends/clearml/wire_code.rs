//! The code of a task and where it ran, as ClearML keeps them (`script`, `container`, `runtime`).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::model::Code;

/// The code.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Script {
    binary: Option<String>,
    repository: Option<String>,
    branch: Option<String>,
    version_num: Option<String>,
    entry_point: Option<String>,
    working_dir: Option<String>,
    diff: Option<String>,
    requirements: BTreeMap<String, Value>,
}

/// Python, the container, and what the SDK noted of the machine.
pub(super) fn environment(
    script: Option<&Script>,
    container: &BTreeMap<String, Value>,
    runtime: &BTreeMap<String, Value>,
) -> BTreeMap<String, String> {
    let python = script.and_then(Script::python).map(|version| ("python".to_owned(), version.to_owned()));
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Null => None,
        other => Some(other.to_string()),
    };
    let container = container.iter().filter_map(|(key, value)| Some((format!("container {key}"), text(value)?)));
    // What begins so belongs to the SDK's own bookkeeping, and the datasets stand with their names in a section.
    let runtime = runtime.iter().filter(|(key, _)| !key.starts_with('_') && *key != "datasets");
    let runtime = runtime.filter_map(|(key, value)| Some((key.clone(), text(value)?)));
    python.into_iter().chain(container).chain(runtime).collect()
}

impl Script {
    /// The version of Python: the SDK begins its list of requirements with `# Python 3.11.7 (main, …)`.
    fn python(&self) -> Option<&str> {
        let first = requirements(&self.requirements).find_map(|line| line.strip_prefix("# Python "));
        first.and_then(|rest| rest.split_whitespace().next()).or(self.binary.as_deref()).filter(|text| !text.is_empty())
    }

    /// Our model of it.
    pub(super) fn into_code(self) -> Code {
        let said = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let entry_point = said(self.entry_point).map(|entry| match said(self.working_dir) {
            Some(folder) => below(&folder, &entry),
            None => entry,
        });
        let packages = requirements(&self.requirements).filter(|line| !line.starts_with('#')).map(ToOwned::to_owned);
        Code {
            packages: packages.collect(),
            commit: said(self.version_num),
            branch: said(self.branch),
            repository: said(self.repository),
            entry_point,
            diff: said(self.diff),
        }
    }
}

/// The lines of `requirements.pip`: a text, or a list of lines.
fn requirements(requirements: &BTreeMap<String, Value>) -> impl Iterator<Item = &str> {
    let lines: Vec<&str> = match requirements.get("pip") {
        Some(Value::String(text)) => text.lines().collect(),
        Some(Value::Array(lines)) => lines.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    lines.into_iter().map(str::trim).filter(|line| !line.is_empty())
}

/// A path seen from the top of the repository.
fn below(folder: &str, path: &str) -> String {
    let mut steps: Vec<&str> = Vec::new();
    for step in folder.split('/').chain(path.split('/')) {
        match step {
            "" | "." => {}
            ".." if steps.last().is_some_and(|last| *last != "..") => drop(steps.pop()),
            step => steps.push(step),
        }
    }
    steps.join("/")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_is_told_from_the_top_of_the_repository() {
        for (folder, path, whole) in [
            (".", "train.py", "train.py"),
            ("src", "train.py", "src/train.py"),
            ("run/work", "../../a.py", "a.py"),
            ("", "../a.py", "../a.py"),
        ] {
            assert_eq!(below(folder, path), whole);
        }
    }

    #[test]
    fn requirements_are_a_text_or_a_list() {
        for pip in [json!("# Python 3.12.1 (main)\n\ntorch == 2.4\n"), json!(["# Python 3.12.1", "torch == 2.4"])] {
            let script: Script =
                serde_json::from_value(json!({"binary": "python3", "requirements": {"pip": pip}})).unwrap();
            assert_eq!(script.python(), Some("3.12.1"));
            assert_eq!(script.into_code().packages, ["torch == 2.4"]);
        }
    }

    #[test]
    fn the_environment_is_python_the_container_and_what_was_noted_of_the_machine() {
        let pairs = |value: Value| serde_json::from_value::<BTreeMap<String, Value>>(value).unwrap();
        let container = pairs(json!({"image": "nvidia/cuda:12.4", "arguments": "", "setup_shell_script": null}));
        let runtime = pairs(json!({"gpu_count": 2, "OS": "Linux", "_pipeline_hash": "x", "datasets": ["4d65"]}));
        let script = Script { binary: Some("python3.11".to_owned()), ..Script::default() };
        let told = environment(Some(&script), &container, &runtime);
        let expected =
            [("OS", "Linux"), ("container image", "nvidia/cuda:12.4"), ("gpu_count", "2"), ("python", "python3.11")];
        assert_eq!(told, expected.map(|(key, value)| (key.to_owned(), value.to_owned())).into());
    }
}
