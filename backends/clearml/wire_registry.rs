//! ClearML's models as JSON, field for field, and their translation into ours (recorded on server 2.0.0).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::model::{Model, ModelKind, ModelVersion, ProjectId, ProjectRef, RunId};

use super::wire::{ARCHIVED, Linked};
use super::wire_metrics::{WireMetric, metrics};
use super::wire_values::Moment;
use super::{files, web};

/// What is asked of a model.
pub(super) const FIELDS: &[&str] = &[
    "id",
    "name",
    "project.name",
    "user.name",
    "task",
    "created",
    "last_update",
    "comment",
    "tags",
    "system_tags",
    "uri",
    "framework",
    "design",
    "labels",
    "metadata",
    "ready",
    "last_metrics",
];

/// Which models are asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ModelFilter(Map<String, Value>);

impl ModelFilter {
    /// Not those that were put away.
    pub(super) fn without_archived(&mut self) {
        self.0.insert("system_tags".to_owned(), json!(["__$not", ARCHIVED]));
    }

    /// Those in these projects (at least one) themselves.
    pub(super) fn in_projects(&mut self, ids: &[&str]) {
        self.0.insert("project".to_owned(), json!(ids));
    }

    /// Those whose name or id matches this regular expression, whatever the case.
    pub(super) fn matching(&mut self, pattern: &str) {
        self.0.insert("_any_".to_owned(), json!({"fields": ["name", "id"], "pattern": pattern}));
    }

    /// Those with all of these tags (at least one).
    pub(super) fn with_tags(&mut self, tags: Vec<String>) {
        self.0.insert("tags".to_owned(), std::iter::once("__$all".to_owned()).chain(tags).collect());
    }

    /// The fields of the request.
    pub(super) fn into_fields(self) -> Map<String, Value> {
        self.0
    }
}

/// Answer of `models.get_all_ex`.
#[derive(Debug, Deserialize)]
pub(super) struct WholeModels {
    pub(super) models: Vec<WholeModel>,
}

/// A model.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct WholeModel {
    id: String,
    name: Option<String>,
    project: Option<Linked>,
    user: Option<Linked>,
    task: Option<Linked>,
    created: Option<Moment>,
    last_update: Option<Moment>,
    comment: Option<String>,
    tags: Vec<String>,
    system_tags: Vec<String>,
    uri: Option<String>,
    framework: Option<String>,
    design: Value,
    labels: BTreeMap<String, Value>,
    metadata: BTreeMap<String, WireMetadata>,
    ready: Option<bool>,
    last_metrics: BTreeMap<String, BTreeMap<String, WireMetric>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WireMetadata {
    value: Option<String>,
}

impl WholeModel {
    /// Our model of it: one of one version, which is itself; `web` is the address of its pages.
    pub(super) fn into_model(self, kind: ModelKind, web: &str) -> Model {
        let said = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let project = self.project.as_ref().and_then(Linked::id).unwrap_or_default().to_owned();
        let web_url = Some(web::model(web, &project, &self.id));
        let created = self.created.and_then(Moment::time);
        let updated = self.last_update.and_then(Moment::time);
        let owner = self.user.as_ref().and_then(|user| user.name().or(user.id())).map(ToOwned::to_owned);
        let archived = self.system_tags.iter().any(|tag| tag == ARCHIVED);
        let description = said(self.comment);
        let version = ModelVersion {
            id: self.id.clone(),
            version: self.id.clone(),
            created,
            updated,
            status: self.ready.map(|ready| if ready { "published" } else { "draft" }.to_owned()),
            // ClearML has no aliases: people tell a model by its tags.
            aliases: self.tags.clone(),
            description: description.clone(),
            user: owner.clone(),
            archived,
            location: said(self.uri).as_deref().map(files::location),
            frameworks: said(self.framework).into_iter().collect(),
            run: self.task.as_ref().and_then(Linked::id).filter(|id| !id.is_empty()).map(RunId::new),
            metrics: metrics(self.last_metrics),
            labels: self.labels.into_iter().filter_map(|(name, value)| Some((name, value.as_i64()?))).collect(),
            metadata: self.metadata.into_iter().map(|(key, one)| (key, one.value.unwrap_or_default())).collect(),
            config: config(self.design),
            web_url: web_url.clone(),
            ..ModelVersion::default()
        };
        let words = self.tags.iter().map(|tag| (tag.clone(), String::new()));
        Model {
            id: self.id,
            name: self.name.unwrap_or_default(),
            kind,
            description,
            // What people note under a key is found like a tag with a value.
            tags: words.chain(version.metadata.clone()).collect(),
            aliases: self.tags.into_iter().map(|tag| (tag, version.id.clone())).collect(),
            created,
            updated,
            listed_by: created,
            owner,
            project: self.project.as_ref().map(|linked| ProjectRef {
                id: ProjectId::new(&project),
                name: linked.name().unwrap_or_default().to_owned(),
            }),
            archived,
            versions: vec![version],
            total: None,
            web_url,
        }
    }
}

/// The configuration of a model: text that the SDK keeps under a name of its own, or whatever others put there.
fn config(design: Value) -> Option<String> {
    let text = match design {
        Value::Null => return None,
        Value::String(text) => text,
        Value::Object(fields) if fields.is_empty() => return None,
        Value::Object(fields) => match (fields.get("design"), fields.len()) {
            (Some(Value::String(text)), 1) => text.clone(),
            _ => Value::Object(fields).to_string(),
        },
        other => other.to_string(),
    };
    (!text.trim().is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_model_has_its_address_its_time_and_all_that_was_noted() {
        // As server 2.0.0 answers.
        let recorded = json!({
            "id": "b136aa568103404ab0d0fad7bf40b134",
            "user": {"id": "__tests__", "name": "tests"},
            "name": "resnet50-best-0",
            "project": {"id": "9eea86225c2c430980d463a96fcf30ce", "name": "vision/resnet"},
            "created": "2026-11-20T10:02:34.108000+00:00",
            "task": {"id": "f03721ba0b6b4ca8aa19664990534402"},
            "comment": "best checkpoint",
            "tags": ["best", "sota+"],
            "system_tags": [],
            "uri": "file:///srv/project/model0.pt",
            "framework": "PyTorch",
            "design": {"design": "in = 224"},
            "labels": {"cat": 0, "dog": 1},
            "ready": false,
            "last_update": "2026-11-20T10:02:39.544000+00:00",
            "metadata": {"format": {"key": "format", "type": "str", "value": "state_dict"}},
            "last_metrics": {"2e": {"25": {"metric": "eval", "variant": "top1", "value": 0.76, "count": 1}}},
        });
        let wire: WholeModel = serde_json::from_value(recorded).unwrap();
        let model = wire.into_model(ModelKind::Registered, "http://web");
        let version = &model.versions[0];

        assert_eq!(version.location.as_deref(), Some("file:///srv/project/model0.pt"));
        assert_eq!(version.created.unwrap().to_string(), "2026-11-20T10:02:34.108Z");
        assert_eq!((version.config.as_deref(), version.status.as_deref()), (Some("in = 224"), Some("draft")));
        assert_eq!(version.labels, BTreeMap::from([("cat".to_owned(), 0), ("dog".to_owned(), 1)]));
        assert_eq!(version.metadata["format"], "state_dict");
        assert_eq!(version.metrics["eval/top1"].value, 0.76);
        assert_eq!(version.run, Some(RunId::new("f03721ba0b6b4ca8aa19664990534402")));
        let tags: Vec<&str> = model.tags.keys().map(String::as_str).collect();
        assert_eq!(tags, ["best", "format", "sota+"]);
        assert_eq!((model.owner.as_deref(), model.project.unwrap().name.as_str()), (Some("tests"), "vision/resnet"));
    }

    #[test]
    fn a_model_that_says_nothing_of_itself_has_nothing() {
        let wire: WholeModel = serde_json::from_value(json!({"id": "a", "design": {}, "uri": ""})).unwrap();
        let version = wire.into_model(ModelKind::Registered, "http://web").versions.remove(0);
        assert_eq!((version.config, version.location, version.status, version.run), (None, None, None, None));
    }
}
