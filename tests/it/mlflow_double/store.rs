//! What the server keeps, and its JSON: empty lists and absent values are left out.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// The tag that the server keeps equal to the name of a run.
const RUN_NAME: &str = "mlflow.runName";

/// Which server is imitated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// No `IS NULL`; NaN compares as the 0 that is stored for it; a full page always has a token.
    V2_15,
    /// A token only where rows follow; ids of experiments must be numbers.
    V3_17,
}

impl Version {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::V2_15 => "2.15.1",
            Self::V3_17 => "3.17.2",
        }
    }
}

/// An experiment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Experiment {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) deleted: bool,
    pub(crate) updated: i64,
    pub(crate) tags: BTreeMap<String, String>,
}

/// A dataset that a run used.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dataset {
    pub(crate) name: String,
    pub(crate) context: String,
}

/// A run.
#[derive(Clone, Debug, Default)]
pub(crate) struct StoredRun {
    pub(crate) id: String,
    pub(crate) experiment: u64,
    pub(crate) name: String,
    pub(crate) user_id: String,
    pub(crate) status: &'static str,
    pub(crate) start: i64,
    pub(crate) end: Option<i64>,
    pub(crate) deleted: bool,
    pub(crate) metrics: BTreeMap<String, f64>,
    pub(crate) params: BTreeMap<String, String>,
    /// Without the one that holds the name.
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) datasets: Vec<Dataset>,
    /// Names of files at the top.
    pub(crate) files: Vec<String>,
}

/// A version of a registered model.
#[derive(Clone, Debug, Default)]
pub(crate) struct ModelVersion {
    pub(crate) name: String,
    pub(crate) version: u64,
    pub(crate) run_id: String,
    pub(crate) alias: Option<String>,
}

/// Everything.
#[derive(Clone, Debug, Default)]
pub(crate) struct Store {
    pub(crate) experiments: Vec<Experiment>,
    pub(crate) runs: Vec<StoredRun>,
    pub(crate) versions: Vec<ModelVersion>,
}

impl Experiment {
    /// An active one without tags.
    pub(crate) fn new(id: u64, name: &str) -> Self {
        Self { id, name: name.to_owned(), updated: 1_763_000_000_000, ..Self::default() }
    }

    pub(super) fn json(&self) -> Value {
        let mut fields = json!({
            "experiment_id": self.id.to_string(),
            "name": self.name,
            "artifact_location": format!("mlflow-artifacts:/{}", self.id),
            "lifecycle_stage": stage(self.deleted),
            "last_update_time": self.updated,
            "creation_time": self.updated,
        });
        put_pairs(&mut fields, "tags", &self.tags);
        fields
    }
}

impl StoredRun {
    /// A finished run of experiment 1 that was started at the beginning of a day and took a minute.
    pub(crate) fn new(id: &str, name: &str) -> Self {
        Self {
            id: id.to_owned(),
            experiment: 1,
            name: name.to_owned(),
            user_id: "ada".to_owned(),
            status: "FINISHED",
            start: 1_763_596_800_000,
            end: Some(1_763_596_860_000),
            ..Self::default()
        }
    }

    /// The same with a metric.
    #[must_use]
    pub(crate) fn metric(mut self, key: &str, value: f64) -> Self {
        self.metrics.insert(key.to_owned(), value);
        self
    }

    /// The same with a tag.
    #[must_use]
    pub(crate) fn tag(mut self, key: &str, value: &str) -> Self {
        self.tags.insert(key.to_owned(), value.to_owned());
        self
    }

    /// The value of a tag as the tags' table has it.
    pub(super) fn tag_value(&self, key: &str) -> Option<&str> {
        if key == RUN_NAME { Some(&self.name) } else { self.tags.get(key).map(String::as_str) }
    }

    /// The row of a metric: its value, and whether it is NaN, for which 0 is stored.
    pub(super) fn metric_row(&self, key: &str) -> Option<(f64, bool)> {
        let value = *self.metrics.get(key)?;
        Some(if value.is_nan() { (0.0, true) } else { (value.clamp(f64::MIN, f64::MAX), false) })
    }

    pub(super) fn json(&self) -> Value {
        let mut info = json!({
            "run_uuid": self.id,
            "experiment_id": self.experiment.to_string(),
            "run_name": self.name,
            "user_id": self.user_id,
            "status": self.status,
            "start_time": self.start,
            "artifact_uri": self.artifact_uri(),
            "lifecycle_stage": stage(self.deleted),
            "run_id": self.id,
        });
        if let Some(end) = self.end {
            info["end_time"] = json!(end);
        }
        let mut data = Value::Object(Map::new());
        if !self.metrics.is_empty() {
            data["metrics"] = self.metrics.keys().map(|key| self.metric_json(key)).collect();
        }
        put_pairs(&mut data, "params", &self.params);
        let mut tags = self.tags.clone();
        tags.insert(RUN_NAME.to_owned(), self.name.clone());
        put_pairs(&mut data, "tags", &tags);
        let mut inputs = Value::Object(Map::new());
        if !self.datasets.is_empty() {
            inputs["dataset_inputs"] = self.datasets.iter().map(Dataset::json).collect();
        }
        json!({"info": info, "data": data, "inputs": inputs})
    }

    pub(super) fn artifact_uri(&self) -> String {
        format!("mlflow-artifacts:/{}/{}/artifacts", self.experiment, self.id)
    }

    fn metric_json(&self, key: &str) -> Value {
        let value = match self.metric_row(key) {
            Some((value, false)) => json!(value),
            _ => json!("NaN"),
        };
        json!({"key": key, "value": value, "timestamp": self.start, "step": 0})
    }
}

impl Dataset {
    fn json(&self) -> Value {
        json!({
            "tags": [{"key": "mlflow.data.context", "value": self.context}],
            "dataset": {"name": self.name, "digest": "abcd1234", "source_type": "local", "source": "{\"uri\": \"data.csv\"}"},
        })
    }
}

impl ModelVersion {
    pub(super) fn json(&self) -> Value {
        let mut fields = json!({
            "name": self.name,
            "version": self.version.to_string(),
            "current_stage": "None",
            "run_id": self.run_id,
            "status": "READY",
        });
        if let Some(alias) = &self.alias {
            fields["aliases"] = json!([alias]);
        }
        fields
    }
}

fn stage(deleted: bool) -> &'static str {
    if deleted { "deleted" } else { "active" }
}

fn put_pairs(fields: &mut Value, name: &str, pairs: &BTreeMap<String, String>) {
    if !pairs.is_empty() {
        fields[name] = pairs.iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
    }
}
