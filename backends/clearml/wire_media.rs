//! What a task left besides values, field for field: artifacts, configuration, code and models of its document, plots and
//! debug samples among its events (API 2.31, recorded on server 2.0.0).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::wire::{Execution, WireArtifact, WireText};

/// What `only_fields` asks for.
pub(super) const FIELDS: &[&str] = &[
    "id",
    "execution.artifacts",
    "configuration",
    "script.diff",
    "script.requirements",
    "models.output",
    "models.output.model.name",
    "models.output.model.uri",
];
/// The types of events.
pub(super) const PLOT: &str = "plot";
pub(super) const SAMPLE: &str = "training_debug_image";

/// Answer of `tasks.get_by_id_ex`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Documents {
    pub(super) tasks: Vec<Document>,
}

/// A task, as far as it is about files.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Document {
    execution: Execution,
    configuration: BTreeMap<String, WireText>,
    script: Option<Script>,
    models: Models,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Script {
    diff: Option<String>,
    requirements: BTreeMap<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Models {
    output: Vec<OutputModel>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OutputModel {
    name: Option<String>,
    /// The model with the fields of it that were joined, or its id alone.
    model: Value,
}

impl Document {
    /// What was registered as artifacts, by name.
    pub(super) fn artifacts(&self) -> Vec<&WireArtifact> {
        let mut artifacts: Vec<&WireArtifact> = self.execution.artifacts.iter().collect();
        artifacts.sort_by(|a, b| a.key().cmp(b.key()));
        artifacts
    }

    /// Configuration objects that hold something: name and text.
    pub(super) fn configuration(&self) -> impl Iterator<Item = (&str, &str)> {
        let objects = self.configuration.iter();
        objects
            .filter_map(|(name, config)| Some((name.as_str(), config.value.as_deref()?)))
            .filter(|(_, text)| !text.is_empty())
    }

    /// Changes that were not committed.
    pub(super) fn diff(&self) -> Option<&str> {
        self.script.as_ref()?.diff.as_deref().filter(|diff| !diff.trim().is_empty())
    }

    /// The packages as `pip` wants them: a text, or a list of lines.
    pub(super) fn requirements(&self) -> Option<String> {
        let text = match self.script.as_ref()?.requirements.get("pip")? {
            Value::String(text) => text.clone(),
            Value::Array(lines) => {
                lines.iter().filter_map(Value::as_str).map(|line| format!("{}\n", line.trim_end())).collect()
            }
            _ => return None,
        };
        Some(text).filter(|text| !text.trim().is_empty())
    }

    /// Models that were made and where their files are: name and address.
    pub(super) fn models(&self) -> impl Iterator<Item = (&str, &str)> {
        self.models.output.iter().filter_map(|output| {
            let joined = |field| output.model.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
            Some((joined("name").or(output.name.as_deref()).unwrap_or("model"), joined("uri")?))
        })
    }
}

/// Answer of `events.get_multi_task_metrics`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Titles {
    pub(super) metrics: Vec<Title>,
}

/// A title under which something was reported, and the series below it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Title {
    pub(super) metric: String,
    pub(super) variants: Vec<String>,
}

/// Answer of `events.get_task_plots`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Plots {
    pub(super) plots: Vec<Plot>,
}

/// A plot: what Plotly draws, as JSON in a text.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Plot {
    pub(super) iter: i64,
    pub(super) metric: String,
    pub(super) variant: String,
    pub(super) plot_str: Option<String>,
}

/// Answer of `events.get_plot_sample`: the plots of one title and iteration.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PlotSample {
    pub(super) events: Vec<Plot>,
}

/// Answer of `events.get_debug_image_sample`: the sample of an iteration, or of the next earlier one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct DebugImageSample {
    pub(super) event: Option<Sample>,
}

/// Answer of `events.debug_images`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct DebugImages {
    metrics: Vec<OfTask>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OfTask {
    iterations: Vec<Iteration>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Iteration {
    events: Vec<Sample>,
}

/// A picture, sound or page that was reported, and where its file is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Sample {
    pub(super) iter: i64,
    pub(super) metric: String,
    pub(super) variant: String,
    pub(super) url: String,
}

impl DebugImages {
    /// All samples, the newest first.
    pub(super) fn samples(self) -> impl Iterator<Item = Sample> {
        let iterations = self.metrics.into_iter().flat_map(|task| task.iterations);
        iterations.flat_map(|iteration| iteration.events)
    }
}
