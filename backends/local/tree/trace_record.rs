//! A trace of a tree: `trace_info.yaml`, and a file for each tag, for each piece of metadata and for each assessment.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::local::trace_files;
use crate::mlflow_model::traces::assessments::AssessmentWire;
use crate::mlflow_model::traces::{ARTIFACTS, Recorded};
use crate::model::{Assessment, ProjectRef, Span, TraceInfo};

use super::experiments::{Experiment, is_id};
use super::wire_trace::InfoFile;
use super::{files, wire_yaml};

/// The folder of an experiment in which its traces lie, and what MLflow writes for each.
const FOLDER: &str = "traces";
const INFO: &str = "trace_info.yaml";

/// A trace, by where it lies.
pub(super) struct TraceFolder<'a> {
    pub(super) experiment: &'a Experiment,
    pub(super) id: String,
}

impl<'a> TraceFolder<'a> {
    /// All traces of an experiment, by id.
    pub(super) fn all(experiment: &'a Experiment) -> impl Iterator<Item = Self> + use<'a> {
        let ids = files::folders(&experiment.folder.join(FOLDER)).unwrap_or_default();
        ids.into_iter().filter(|id| is_id(id)).map(move |id| Self { experiment, id })
    }

    /// The trace of this id, if the experiment has it.
    pub(super) fn find(experiment: &'a Experiment, id: &str) -> Option<Self> {
        let found = Self { experiment, id: id.to_owned() };
        (is_id(id) && found.path().join(INFO).is_file()).then_some(found)
    }

    fn path(&self) -> PathBuf {
        self.experiment.folder.join(FOLDER).join(&self.id)
    }

    /// The trace without its spans; a sentence if it cannot be read. `pages` is the address of the web pages.
    pub(super) fn read(&self, pages: Option<&str>) -> Result<TraceInfo, String> {
        let path = self.path();
        let info: InfoFile = read(&path.join(INFO))?;
        let project = &self.experiment.project;
        let recorded = Recorded {
            id: self.id.clone(),
            project: ProjectRef { id: project.id.clone(), name: project.name.clone() },
            tags: values(&path.join("tags")),
            metadata: values(&path.join("request_metadata")),
            ..info.recorded()?
        };
        let mut assessments: Vec<Assessment> = files::named(&path.join("assessments"))
            .into_iter()
            .filter_map(|(_, file)| read::<AssessmentWire>(&file).ok()?.into_assessment())
            .collect();
        assessments.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.name.cmp(&b.name)));
        Ok(TraceInfo { assessments, ..recorded.into_info(pages) })
    }

    /// The spans of the trace.
    pub(super) fn spans(&self) -> crate::Result<Vec<Span>> {
        let path = self.path();
        let recorded = files::text(&path.join("tags").join(ARTIFACTS)).ok();
        let recorded = recorded.unwrap_or_else(|| path.join("artifacts").display().to_string());
        let home = self.experiment.folder.parent().unwrap_or(Path::new(""));
        trace_files::spans(&recorded, home, self.experiment.project.id.as_str(), &self.id)
    }
}

/// What a file of YAML says.
fn read<T: DeserializeOwned>(file: &Path) -> Result<T, String> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let text = files::text(file)?;
    let value = wire_yaml::read(&text).map_err(|why| format!("its {name} cannot be read ({why})"))?;
    // By way of JSON, for which all this is compiled anyway.
    let json = value.to_string();
    serde_json::from_slice(json.as_bytes()).map_err(|error| format!("its {name} is not what MLflow writes ({error})"))
}

/// A file for each name.
fn values(folder: &Path) -> BTreeMap<String, String> {
    files::named(folder).into_iter().filter_map(|(key, file)| Some((key, files::text(&file).ok()?))).collect()
}
