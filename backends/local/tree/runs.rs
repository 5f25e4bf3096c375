//! Runs of a tree: a folder each, of which only what is asked for is read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::mlflow_model;
use crate::model::{Metric, Part, Parts, ProjectRef, Run, RunId, Status};
use crate::query::Key;

use super::experiments::Experiment;
use super::meta::Meta;
use super::metric_file;
use super::skipped::{Skipped, What};
use super::{files, inputs};

/// Which of the files that stand for names are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Names {
    #[default]
    None,
    /// These.
    Only(BTreeSet<String>),
    /// All, but not what is in them.
    Bare,
    /// All.
    All,
}

impl Names {
    fn add(&mut self, name: &str) {
        match self {
            Self::Only(names) => drop(names.insert(name.to_owned())),
            Self::None | Self::Bare => *self = Self::Only(BTreeSet::from([name.to_owned()])),
            Self::All => {}
        }
    }

    /// The names with their files in a folder.
    fn files(&self, folder: &Path) -> Vec<(String, PathBuf)> {
        match self {
            Self::None => Vec::new(),
            Self::Only(names) => {
                names.iter().filter_map(|name| Some((name.clone(), files::file_of(folder, name)?))).collect()
            }
            Self::Bare | Self::All => files::named(folder),
        }
    }
}

/// What of a run is read beyond its `meta.yaml`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Want {
    pub(super) params: Names,
    pub(super) metrics: Names,
    pub(super) tags: bool,
    pub(super) datasets: bool,
    pub(super) models: bool,
}

impl Want {
    /// All that can be counted, without the values.
    pub(super) fn names() -> Self {
        Self { params: Names::Bare, metrics: Names::Bare, tags: true, datasets: false, models: false }
    }

    /// Also what a filter or an order needs to know of these keys.
    pub(super) fn and_keys<'a>(mut self, keys: impl IntoIterator<Item = &'a Key>) -> Self {
        for key in keys {
            match key {
                Key::Param(name) => self.params.add(name),
                Key::Metric(name) => self.metrics.add(name),
                Key::Tag(_) | Key::Parent | Key::Commit | Key::User | Key::Name => self.tags = true,
                Key::Dataset => self.datasets = true,
                Key::Model => self.models = true,
                _ => {}
            }
        }
        self
    }

    /// Also one param.
    pub(super) fn and_param(mut self, name: &str) -> Self {
        self.params.add(name);
        self
    }

    /// Also these parts. Tags go with them, as much of a run is kept in such.
    pub(super) fn and_parts(mut self, parts: Parts) -> Self {
        if parts.contains(Part::Params) {
            self.params = Names::All;
        }
        if parts.contains(Part::Metrics) {
            self.metrics = Names::All;
        }
        self.tags = true;
        self.datasets |= parts.contains(Part::Datasets);
        self.models |= parts.contains(Part::Models);
        self
    }
}

/// A run's folder, with its experiment.
#[derive(Clone, Copy)]
pub(super) struct RunFolder<'a> {
    pub(super) experiment: &'a Experiment,
    pub(super) id: &'a str,
}

impl RunFolder<'_> {
    pub(super) fn path(&self) -> PathBuf {
        self.experiment.folder.join(self.id)
    }

    /// What its `meta.yaml` says; nothing, if it has none: then it is no run.
    pub(super) fn meta(&self, skipped: &mut Skipped) -> Option<Meta> {
        let path = self.path();
        if !path.join("meta.yaml").exists() {
            return None;
        }
        let found = Meta::of(&path).and_then(|meta| self.checked(meta));
        found.map_err(|why| skipped.add(What::Run, self.id, &why)).ok()
    }

    fn checked(&self, meta: Meta) -> Result<Meta, String> {
        let experiment = self.experiment.project.id.as_str();
        match (meta.get("run_id").or_else(|| meta.get("run_uuid")), meta.get("experiment_id")) {
            (Some(id), Some(of)) if id == self.id && of == experiment => Ok(meta),
            (Some(id), Some(of)) => Err(format!("its meta.yaml is of the run '{id}' in the experiment '{of}'")),
            _ => Err("its meta.yaml lacks run_id or experiment_id".to_owned()),
        }
    }

    /// The run with what is wanted of it.
    pub(super) fn read(&self, want: &Want, skipped: &mut Skipped) -> Option<Run> {
        let meta = self.meta(skipped)?;
        let project = &self.experiment.project;
        let mut run = Run::new(RunId::new(self.id), ProjectRef { id: project.id.clone(), name: project.name.clone() });
        run.name = meta.get("run_name").unwrap_or_default().to_owned();
        (run.status, run.native_status) = status(meta.get("status"));
        run.user = meta.filled("user_id").map(ToOwned::to_owned);
        run.started = meta.time("start_time");
        run.ended = meta.time("end_time");
        run.archived = meta.get("lifecycle_stage") == Some(mlflow_model::DELETED);
        let path = self.path();
        if want.tags || run.name.is_empty() || run.user.is_none() {
            run = self.with_tags(run);
        }
        run.params = self.texts(&path.join("params"), &want.params, skipped);
        run.metrics = self.metrics(&path.join("metrics"), &want.metrics, skipped);
        if want.datasets {
            run.datasets = inputs::datasets(*self, skipped);
        }
        if want.models {
            run.models = inputs::models(*self, skipped);
        }
        Some(run)
    }

    /// Tags, and what MLflow keeps in them.
    fn with_tags(&self, run: Run) -> Run {
        let tags = files::named(&self.path().join("tags")).into_iter();
        // A tag that cannot be read is being written.
        let tags = tags.filter_map(|(key, file)| Some((key, files::text(&file).ok()?))).collect();
        mlflow_model::with_tags(run, tags)
    }

    fn texts(&self, folder: &Path, names: &Names, skipped: &mut Skipped) -> BTreeMap<String, String> {
        let read = |(name, file): (String, PathBuf)| match names {
            Names::Bare => Some((name, String::new())),
            _ => match files::text(&file) {
                Ok(text) => Some((name, text)),
                Err(why) => {
                    skipped.add(What::Param, &format!("{name} of run {}", self.id), &why);
                    None
                }
            },
        };
        names.files(folder).into_iter().filter_map(read).collect()
    }

    fn metrics(&self, folder: &Path, names: &Names, skipped: &mut Skipped) -> BTreeMap<String, Metric> {
        let mut found = BTreeMap::new();
        for (name, file) in names.files(folder) {
            let machine = mlflow_model::is_about_machine(&name);
            if *names == Names::Bare {
                found.insert(name, Metric { machine, ..Metric::last(f64::NAN, None) });
                continue;
            }
            let of_run = || format!("{name} of run {}", self.id);
            match metric_file::last(&file) {
                Err(error) => skipped.add(What::Metric, &of_run(), &error.to_string()),
                Ok((last, broken)) => {
                    if broken > 0 {
                        skipped.add(What::Lines, &of_run(), &format!("{broken} are not 'timestamp value step'"));
                    }
                    found.extend(last.map(|last| (name, Metric { machine, ..last })));
                }
            }
        }
        found
    }
}

/// Kept as the number of MLflow's protocol, or as a word by hand; without one it is running.
fn status(text: Option<&str>) -> (Option<Status>, Option<String>) {
    let word = match text {
        None | Some("1") => "RUNNING",
        Some("2") => "SCHEDULED",
        Some("3") => "FINISHED",
        Some("4") => "FAILED",
        Some("5") => "KILLED",
        Some(other) => other,
    };
    mlflow_model::status_and_native(word.to_owned())
}
