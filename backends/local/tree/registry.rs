//! Registered models of a tree: `models/<name>/version-<n>/meta.yaml` and `models/<name>/aliases/<alias>`.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::mlflow_model::model_name::ModelName;
use crate::model::{ModelReference, RunId};

use super::files;
use super::meta::Meta;

/// The run that made a version, written `name/3` or `name@alias`, with or without `models:/`.
pub(super) fn run_of(root: &Path, text: &str) -> Option<RunId> {
    let (name, version, alias) = match ModelName::parse(text)? {
        ModelName::Version(name, version) => (name, Some(version), None),
        ModelName::Alias(name, alias) => (name, None, Some(alias)),
    };
    // Only a name that is listed makes a path.
    let models = root.join("models");
    let folder =
        files::folders(&models).ok()?.into_iter().find(|there| *there == name).map(|name| models.join(name))?;
    let version = match (version, alias) {
        (Some(version), _) => version,
        (None, alias) => {
            let mut aliases = files::named(&folder.join("aliases")).into_iter();
            let (_, file) = aliases.find(|(there, _)| alias.as_ref() == Some(there))?;
            files::text(&file).ok()?.trim().to_owned()
        }
    };
    let numbered = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
    let meta = Meta::of(&folder.join(format!("version-{version}"))).ok().filter(|_| numbered)?;
    meta.filled("run_id").map(RunId::new)
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
