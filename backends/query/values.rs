//! What a run has under a key.

use jiff::{SignedDuration, Timestamp};

use super::Key;
use crate::model::{DatasetInput, Model, Run, Status};

/// A value of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'a> {
    /// May be NaN or infinite.
    Number(f64),
    Text(&'a str),
    /// Text of anybody, which may hold a number or a truth.
    Free(&'a str),
    /// A word of a vocabulary, whose case does not count: a stage, a framework.
    Word(&'a str),
    /// One thing that goes by its name and by its id.
    Named {
        name: &'a str,
        id: &'a str,
    },
    /// What goes by its name, and by its reference where that is said in full.
    Referred {
        name: &'a str,
        reference: &'a str,
    },
    Status(Status),
    Time(Timestamp),
    Duration(SignedDuration),
    Bool(bool),
}

impl Key {
    /// Whether a run or model can have several values, of which one suffices.
    pub(super) fn is_plural(&self) -> bool {
        matches!(self, Self::Dataset | Self::Model | Self::Alias | Self::Stage | Self::Framework)
    }

    /// Whether models have such a thing.
    pub fn is_of_models(&self) -> bool {
        self.values_of_model(&Model::default()).is_some()
    }

    /// The model's values, as [`Self::values`]; metrics, params and stages are those of its known versions.
    pub(super) fn values_of_model<'a>(&self, model: &'a Model) -> Option<Vec<Value<'a>>> {
        let newest = model.versions.first();
        let one = match self {
            Self::Id => Some(Value::Text(&model.id)),
            Self::Name => Some(Value::Text(&model.name)),
            Self::Model => Some(Value::Named { name: &model.name, id: &model.id }),
            Self::User => model.owner.as_deref().map(Value::Text),
            Self::Project => {
                let project = model.project.as_ref();
                project.map(|project| Value::Named { name: &project.name, id: project.id.as_str() })
            }
            Self::Started => model.created.map(Value::Time),
            Self::Archived => Some(Value::Bool(model.archived)),
            Self::Tag(name) => model.tags.get(name).map(|text| Value::Free(text)),
            Self::Metric(name) => {
                newest.and_then(|version| version.metrics.get(name)).map(|metric| Value::Number(metric.value))
            }
            Self::Param(name) => newest.and_then(|version| version.params.get(name)).map(|text| Value::Free(text)),
            Self::Alias => return Some(model.aliases.keys().map(|alias| Value::Text(alias)).collect()),
            Self::Stage => {
                let stages = model.versions.iter().filter_map(|version| version.stage.as_deref());
                return Some(stages.map(Value::Word).collect());
            }
            Self::Framework => {
                let frameworks = model.versions.iter().flat_map(|version| &version.frameworks);
                return Some(frameworks.map(|name| Value::Word(name)).collect());
            }
            _ => return None,
        };
        Some(one.into_iter().collect())
    }

    /// The run's values: none if it is missing, several only for [plural](Self::is_plural) keys; `None` if runs have
    /// no such thing at all.
    pub(super) fn values<'a>(&self, run: &'a Run, now: Timestamp) -> Option<Vec<Value<'a>>> {
        let one = match self {
            Self::Id => Some(Value::Text(run.id.as_str())),
            Self::Name => Some(Value::Text(&run.name)),
            Self::Status => run.status.map(Value::Status),
            Self::User => run.user.as_deref().map(Value::Text),
            Self::Type => run.kind.as_deref().map(Value::Text),
            Self::Project => Some(Value::Named { name: &run.project.name, id: run.project.id.as_str() }),
            Self::Parent => run.parent.as_ref().map(|id| Value::Text(id.as_str())),
            Self::Started => run.started.map(Value::Time),
            Self::Ended => run.ended.map(Value::Time),
            Self::Duration => run.duration(now).map(Value::Duration),
            Self::Archived => Some(Value::Bool(run.archived)),
            Self::Commit => run.code.commit.as_deref().map(Value::Text),
            Self::Metric(name) => run.metrics.get(name).map(|metric| Value::Number(metric.value)),
            Self::Min(name) => {
                run.metrics.get(name).and_then(|metric| metric.min).map(|(value, _)| Value::Number(value))
            }
            Self::Max(name) => {
                run.metrics.get(name).and_then(|metric| metric.max).map(|(value, _)| Value::Number(value))
            }
            Self::Param(name) => run.params.get(name).map(|text| Value::Free(text)),
            Self::Tag(name) => run.tag(name).map(Value::Free),
            Self::Dataset => {
                let referred = |input: &'a DatasetInput| Value::Referred {
                    name: &input.name,
                    reference: input.reference.as_deref().unwrap_or(&input.name),
                };
                return Some(run.datasets.iter().map(referred).collect());
            }
            Self::Model => {
                let named = |id, name: &'a Option<String>| Value::Named { name: name.as_deref().unwrap_or(id), id };
                return Some(run.models.iter().map(|model| named(model.id.as_str(), &model.name)).collect());
            }
            Self::Alias | Self::Stage | Self::Framework | Self::OfTrace(_) => return None,
        };
        Some(one.into_iter().collect())
    }
}
