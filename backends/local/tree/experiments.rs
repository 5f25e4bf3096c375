//! Experiments of a tree: a folder each, in the root or, when deleted, in `.trash`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::mlflow_model;
use crate::model::{Project, ProjectId};
use crate::{Error, Result};

use super::files;
use super::meta::Meta;
use super::skipped::{Skipped, What};

/// Folders of an experiment that hold no run.
const RESERVED: [&str; 4] = ["tags", "datasets", "traces", "models"];

/// An experiment, and where it lies.
pub(super) struct Experiment {
    pub(super) project: Project,
    pub(super) folder: PathBuf,
}

impl Experiment {
    /// The folders in it that may be runs, by id.
    pub(super) fn run_folders(&self) -> Vec<String> {
        let names = files::folders(&self.folder).unwrap_or_default();
        names.into_iter().filter(|name| !RESERVED.contains(&name.as_str()) && is_id(name)).collect()
    }
}

/// All experiments of a tree, deleted ones too, by id.
pub(super) fn all(root: &Path, skipped: &mut Skipped) -> Result<Vec<Experiment>> {
    let unreadable =
        |error: std::io::Error| Error::unavailable(format!("the folder {} cannot be read: {error}", root.display()));
    if !root.is_dir() {
        return Err(Error::unavailable(format!(
            "there is no folder {}; it is where MLflow keeps its runs",
            root.display()
        )));
    }
    let trash = root.join(".trash");
    let mut found: BTreeMap<String, Experiment> = BTreeMap::new();
    for folder in [root, &trash] {
        for name in files::folders(folder).map_err(unreadable)?.into_iter().filter(|name| is_id(name)) {
            let place = folder.join(&name);
            // A folder without the file is something else, such as the registry of models.
            if found.contains_key(&name) || !place.join("meta.yaml").exists() {
                continue;
            }
            match read(&place, &name) {
                Ok(project) => drop(found.insert(name, Experiment { project, folder: place })),
                Err(why) => skipped.add(What::Experiment, &name, &why),
            }
        }
    }
    Ok(found.into_values().collect())
}

fn read(folder: &Path, name: &str) -> Result<Project, String> {
    let meta = Meta::of(folder)?;
    match meta.get("experiment_id") {
        Some(id) if id == name => {}
        Some(id) => return Err(format!("its meta.yaml is of the experiment '{id}'")),
        None => return Err("its meta.yaml names no experiment_id".to_owned()),
    }
    let tags = files::named(&folder.join("tags")).into_iter();
    let mut tags: BTreeMap<String, String> =
        tags.filter_map(|(key, file)| Some((key, files::text(&file).ok()?))).collect();
    let note = tags.remove(mlflow_model::NOTE).filter(|note| !note.is_empty());
    let (tags, _) = mlflow_model::part_tags(tags);
    Ok(Project {
        id: ProjectId::new(name),
        name: meta.get("name").unwrap_or_default().to_owned(),
        created: meta.time("creation_time"),
        updated: meta.time("last_update_time"),
        archived: meta.get("lifecycle_stage") == Some("deleted"),
        tags,
        note,
        runs: None,
        web_url: None,
    })
}

/// Whether a name can be that of a run or an experiment, as MLflow takes them; it leads nowhere else.
pub(super) fn is_id(name: &str) -> bool {
    name.len() <= 256
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}
