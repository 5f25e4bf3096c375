//! Versions of datasets as JSON: each is a task in the hidden project `<project>/.datasets/<name>`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::model::{Dataset, DatasetChanges, DatasetKind, DatasetLink, DatasetState, DatasetUse, RunId};

use super::web;
use super::wire::{ARCHIVED, Execution, Linked, PROPERTIES, WireArtifact, WireText, note, status};
use super::wire_values::Moment;

/// The system tag of tasks that are versions of datasets.
pub(super) const DATASET: &str = "dataset";
/// The section of hyper-parameters that names the datasets a task used: alias → id of a dataset.
pub(super) const ALIASES: &str = "Datasets";
/// Where a task keeps the ids of the datasets it used.
pub(super) const USED: &str = "runtime.datasets";
/// What a version was made from.
const STRUCT: &str = "Dataset Struct";
/// Its files.
const CONTENT: &str = "Dataset Content";
/// The folder of hidden projects in a project.
const FOLDER: &str = ".datasets/";

/// Fields of a row.
pub(super) const HEAD: &[&str] = &[
    "id",
    "name",
    "status",
    "project.name",
    "user.name",
    "tags",
    "system_tags",
    "created",
    "started",
    "runtime",
    "hyperparams.properties",
];

/// Fields of all that is told of one.
pub(super) fn details(files: bool) -> Vec<&'static str> {
    let mut fields = HEAD.to_vec();
    fields.extend(["comment", "execution.artifacts", "configuration.Dataset Struct"]);
    fields.extend(files.then_some("configuration.Dataset Content"));
    fields
}

/// Fields of tasks that have to do with a dataset.
pub(super) fn related() -> Vec<&'static str> {
    let mut fields = HEAD.to_vec();
    fields.extend(["hyperparams.Datasets", "configuration.Dataset Struct"]);
    fields
}

/// The path of the text that tells what a version was made from.
pub(super) const STRUCT_TEXT: &str = "configuration.Dataset Struct.value";

/// Answer of `tasks.get_all_ex` and `tasks.get_by_id_ex`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct WireDatasets {
    #[serde(default)]
    pub(super) tasks: Vec<WireDataset>,
}

/// A version of a dataset, or a task that used one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct WireDataset {
    pub(super) id: String,
    name: Option<String>,
    status: Option<String>,
    project: Option<Linked>,
    user: Option<Linked>,
    tags: Vec<String>,
    system_tags: Vec<String>,
    created: Option<Moment>,
    started: Option<Moment>,
    comment: Option<String>,
    runtime: BTreeMap<String, Value>,
    hyperparams: BTreeMap<String, BTreeMap<String, WireText>>,
    configuration: BTreeMap<String, WireText>,
    execution: Execution,
}

/// A version within what a version was made from.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Node {
    job_id: String,
    name: Option<String>,
    version: Option<String>,
    parents: Vec<String>,
}

/// What versions were made from, by the key that each has in it.
#[derive(Debug, Default)]
pub(super) struct Lineage(BTreeMap<String, Node>);

impl WireDataset {
    /// The name that all versions share.
    pub(super) fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    /// Its version: what was recorded when it was made, or set by people since.
    pub(super) fn version(&self) -> Option<&str> {
        let recorded = self.runtime.get("version").and_then(Value::as_str);
        let set = || self.hyperparams.get(PROPERTIES)?.get("version")?.value.as_deref();
        recorded.or_else(set).filter(|version| !version.is_empty())
    }

    /// The project in which all versions lie, and their name.
    pub(super) fn group(&self) -> (&str, &str) {
        (self.project.as_ref().and_then(Linked::id).unwrap_or_default(), self.name())
    }

    /// The project's name as people see it.
    pub(super) fn project_name(&self) -> &str {
        let name = self.project.as_ref().and_then(Linked::name).unwrap_or_default();
        match name.split_once(FOLDER) {
            Some((above, _)) if above.is_empty() || above.ends_with('/') => above.trim_end_matches('/'),
            _ => name,
        }
    }

    /// Whether it is a version of a dataset itself.
    pub(super) fn is_dataset(&self) -> bool {
        self.system_tags.iter().any(|tag| tag == DATASET)
    }

    pub(super) fn is_archived(&self) -> bool {
        self.system_tags.iter().any(|tag| tag == ARCHIVED)
    }

    /// How far it is made.
    pub(super) fn state(&self) -> Option<DatasetState> {
        Some(match self.status.as_deref()? {
            "created" | "queued" | "in_progress" => DatasetState::Draft,
            "completed" | "closed" => DatasetState::Final,
            "published" | "publishing" => DatasetState::Published,
            "failed" => DatasetState::Failed,
            "stopped" => DatasetState::Stopped,
            _ => return None,
        })
    }

    /// When it was made.
    pub(super) fn created(&self) -> Option<jiff::Timestamp> {
        self.created.clone().and_then(Moment::time)
    }

    /// Our model of it; `web` is the address of its pages.
    pub(super) fn to_dataset(&self, web: &str) -> Dataset {
        let properties = self.hyperparams.get(PROPERTIES).into_iter().flatten();
        let properties = properties
            .filter(|(name, _)| *name != "version")
            .map(|(name, text)| (name.clone(), text.value.clone().unwrap_or_default()));
        let project = self.project.as_ref().and_then(Linked::id).unwrap_or_default();
        Dataset {
            version: self.version().map(ToOwned::to_owned),
            state: self.state(),
            archived: self.is_archived(),
            projects: Some(self.project_name())
                .filter(|name| !name.is_empty())
                .map(ToOwned::to_owned)
                .into_iter()
                .collect(),
            user: self.user.as_ref().and_then(|user| user.name().or(user.id())).map(ToOwned::to_owned),
            created: self.created(),
            files: self.count("ds_file_count").map(|files| files + self.count("ds_link_count").unwrap_or_default()),
            bytes: self.count("ds_total_size"),
            tags: self.tags.iter().map(|tag| (tag.clone(), String::new())).chain(properties).collect(),
            web_url: Some(web::dataset(web, project, &self.id)),
            ..Dataset::new(self.id.clone(), self.name(), DatasetKind::Versioned)
        }
    }

    /// Bytes as they are stored.
    pub(super) fn compressed(&self) -> Option<u64> {
        self.count("ds_total_size_compressed")
    }

    /// What changed from its parents.
    pub(super) fn changes(&self) -> Option<DatasetChanges> {
        Some(DatasetChanges {
            added: self.count("ds_change_add")?,
            removed: self.count("ds_change_remove").unwrap_or_default(),
            modified: self.count("ds_change_modify").unwrap_or_default(),
            bytes: self.runtime.get("ds_change_size").and_then(Value::as_i64),
        })
    }

    /// What people wrote of it.
    pub(super) fn note(&self) -> Option<String> {
        self.comment.as_deref().and_then(note)
    }

    /// What it registered as artifacts.
    pub(super) fn artifacts(&self) -> &[WireArtifact] {
        &self.execution.artifacts
    }

    /// The text that lists its files.
    pub(super) fn content(&self) -> Option<&str> {
        self.configuration.get(CONTENT)?.value.as_deref()
    }

    /// What it was made from; nothing if that cannot be read.
    pub(super) fn lineage(&self) -> Lineage {
        let text = self.configuration.get(STRUCT).and_then(|text| text.value.as_deref()).unwrap_or_default();
        Lineage(serde_json::from_str(text).unwrap_or_default())
    }

    /// How this task used that dataset, if it did: under which aliases.
    pub(super) fn uses(&self, id: &str) -> Option<Option<String>> {
        let named = self.hyperparams.get(ALIASES).into_iter().flatten();
        let aliases: Vec<&str> =
            named.filter(|(_, of)| of.value.as_deref() == Some(id)).map(|(alias, _)| alias.as_str()).collect();
        let listed = self.runtime.get("datasets").and_then(Value::as_array);
        let listed = listed.is_some_and(|ids| ids.iter().any(|one| one.as_str() == Some(id)));
        (listed || !aliases.is_empty()).then(|| (!aliases.is_empty()).then(|| format!("alias {}", aliases.join(", "))))
    }

    /// It as a run that used a dataset.
    pub(super) fn to_use(&self, how: Option<String>) -> DatasetUse {
        DatasetUse {
            run: RunId::new(self.id.as_str()),
            name: self.name().to_owned(),
            status: self.status.as_deref().and_then(status),
            archived: self.is_archived(),
            project: self.project_name().to_owned(),
            started: self.started.clone().or(self.created.clone()).and_then(Moment::time),
            how,
        }
    }

    fn count(&self, key: &str) -> Option<u64> {
        self.runtime.get(key).and_then(Value::as_u64)
    }
}

impl Lineage {
    /// The versions from which this one was made.
    pub(super) fn parents(&self, id: &str) -> Vec<DatasetLink> {
        let own = self.0.values().filter(|node| node.job_id == id);
        let keys = own.flat_map(|node| &node.parents);
        keys.filter_map(|key| self.0.get(key)).map(Node::link).collect()
    }

    /// The versions in it that were made from this one.
    pub(super) fn children(&self, id: &str) -> Vec<DatasetLink> {
        let is_it = |key: &String| self.0.get(key).is_some_and(|node| node.job_id == id);
        self.0.values().filter(|node| node.parents.iter().any(is_it)).map(Node::link).collect()
    }
}

impl Node {
    fn link(&self) -> DatasetLink {
        DatasetLink {
            reference: self.job_id.clone(),
            name: self.name.clone().unwrap_or_default(),
            version: self.version.clone(),
            state: None,
            newest: None,
        }
    }
}
