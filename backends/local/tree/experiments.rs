//! Experiments of a tree: a folder each, in the root or, when deleted, in `.trash`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::mlflow_model;
use crate::model::{Project, ProjectId};
use crate::{Error, ErrorKind, Result};

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

/// An error if there is no folder that can be read.
pub(super) fn check(root: &Path) -> Result<()> {
    let shown = root.display();
    match std::fs::read_dir(root) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(Error::new(
            ErrorKind::Unavailable,
            format!(
                "there is no file or folder {shown}; expected mlflow.db or the folder mlruns of an MLflow store (a server \
                 is named by an address that begins with http://)"
            ),
        )),
        Err(error) => Err(unreadable(root, &error)),
    }
}

fn unreadable(root: &Path, error: &std::io::Error) -> Error {
    Error::new(ErrorKind::Unavailable, format!("the folder {} cannot be read: {error}", root.display()))
}

/// How many experiments a tree has; an error if none, for then it is no store.
pub(super) fn count(root: &Path) -> Result<usize> {
    let count = all(root, &mut Skipped::default())?.len();
    if count == 0 {
        let shown = root.display();
        let message = format!("{shown} is a folder, but not an MLflow store: no folder in it has a meta.yaml");
        return Err(Error::new(ErrorKind::Unavailable, message));
    }
    Ok(count)
}

/// All experiments of a tree, deleted ones too, by id.
pub(super) fn all(root: &Path, skipped: &mut Skipped) -> Result<Vec<Experiment>> {
    check(root)?;
    let trash = root.join(".trash");
    let mut found: BTreeMap<String, Experiment> = BTreeMap::new();
    for folder in [root, &trash] {
        for name in
            files::folders(folder).map_err(|error| unreadable(root, &error))?.into_iter().filter(|name| is_id(name))
        {
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
    let tags = tags.filter_map(|(key, file)| Some((key, files::text(&file).ok()?))).collect();
    let (tags, note) = mlflow_model::project_tags(tags);
    Ok(Project {
        id: ProjectId::new(name),
        name: meta.get("name").unwrap_or_default().to_owned(),
        created: meta.time("creation_time"),
        updated: meta.time("last_update_time"),
        archived: meta.get("lifecycle_stage") == Some(mlflow_model::DELETED),
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
