//! Registered models of a tree: `models/<name>/version-<n>/meta.yaml` and `models/<name>/aliases/<alias>`.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::mlflow_model::registry::reference::{Reference, Which};
use crate::model::{ModelReference, RunId};

use super::experiments::Experiment;
use super::meta::Meta;
use super::{files, models};

/// The run that made a model, written `name/3`, `name@alias`, `name/Production`, `name/latest` or as the id of a logged
/// model, with or without `models:/`.
pub(super) fn run_of(root: &Path, experiments: &[Experiment], text: &str) -> Option<RunId> {
    let (name, which) = match Reference::read(text) {
        Reference::Registered(_, Which::Any) => return None,
        Reference::Registered(name, which) => (name, which),
        Reference::Logged(id) => {
            let folders = experiments.iter().map(|experiment| experiment.folder.join("models").join(&id));
            let meta = folders.into_iter().find_map(|folder| Meta::of(&folder).ok())?;
            return meta.filled("source_run_id").map(RunId::new);
        }
    };
    // Only a name that is listed makes a path.
    let model = models::named(root, &name)?;
    let number = which.of(&model).ok()??;
    model.versions.into_iter().find(|version| version.version == number)?.run
}

/// The versions that these runs made.
pub(super) fn made_by(root: &Path, runs: &HashSet<&str>) -> HashMap<String, Vec<ModelReference>> {
    let models = root.join("models");
    let mut found: HashMap<String, Vec<ModelReference>> = HashMap::new();
    for name in files::folders(&models).unwrap_or_default() {
        let folder = models.join(&name);
        for version in files::folders(&folder).unwrap_or_default() {
            let Some(number) = version.strip_prefix("version-") else { continue };
            let Ok(meta) = Meta::of(&folder.join(&version)) else { continue };
            if let Some(run) = meta.filled("run_id").filter(|run| runs.contains(run)) {
                let reference = ModelReference {
                    id: format!("{name}/{number}"),
                    name: Some(name.clone()),
                    output: true,
                    ..ModelReference::default()
                };
                found.entry(run.to_owned()).or_default().push(reference);
            }
        }
    }
    found
}
