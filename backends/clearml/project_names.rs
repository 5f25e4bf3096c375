//! All projects by id and name, hidden ones too, kept for a minute.

use std::sync::Arc;

use tokio::time::Instant;

use crate::model::ProjectId;
use crate::{Call, Result};

use super::api::{Api, PAGE};
use super::wire_names::{NamedProject, is_special, shown_path};
use crate::kept::Kept;

/// No server is believed to have more pages than this.
const PAGES: usize = 200;

/// A name without those of the projects above.
pub(super) fn last_part(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, part)| part)
}

/// The projects, read when they are first needed and again when that is long ago.
#[derive(Default)]
pub(super) struct ProjectNames {
    kept: Kept<Index>,
}

/// The projects at a moment.
pub(super) struct Index {
    /// All of them.
    pub(super) all: Arc<Vec<(ProjectId, String)>>,
    hidden: Vec<bool>,
    read: Instant,
}

impl ProjectNames {
    /// All projects, and which of them are hidden.
    pub(super) async fn index(&self, api: &Api, call: &Call) -> Result<Arc<Index>> {
        self.kept.get("", None, read(api, call)).await
    }

    /// The projects read at this moment or later: for what was made since `known` was read.
    pub(super) async fn since(&self, api: &Api, call: &Call, moment: Instant) -> Result<Arc<Index>> {
        self.kept.get("", Some(moment), read(api, call)).await
    }
}

async fn read(api: &Api, call: &Call) -> Result<Index> {
    let read = Instant::now();
    let mut found: Vec<NamedProject> = Vec::new();
    for page in 0..PAGES {
        let projects = api.project_names(call, page).await?;
        let last = projects.len() < PAGE;
        found.extend(projects);
        if last {
            break;
        }
    }
    let hidden = found.iter().map(NamedProject::is_hidden).collect();
    let all = found.into_iter().map(|project| (ProjectId::new(project.id), project.name)).collect();
    Ok(Index { all: Arc::new(all), hidden, read })
}

impl Index {
    /// The projects with their names, and whether they are hidden.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&ProjectId, &str, bool)> {
        self.all.iter().zip(&self.hidden).map(|((id, name), hidden)| (id, name.as_str(), *hidden))
    }

    /// The ids of those that only show when they are asked for.
    pub(super) fn hidden(&self) -> impl Iterator<Item = &str> {
        self.entries().filter(|(_, _, hidden)| *hidden).map(|(id, _, _)| id.as_str())
    }

    /// Whether it only shows when it is asked for.
    pub(super) fn is_hidden(&self, id: &str) -> bool {
        self.hidden().any(|hidden| hidden == id)
    }

    /// The hidden ones that are shown as this project: what of it lies in projects of its own.
    pub(super) fn shown_as<'a>(&'a self, text: &'a str) -> impl Iterator<Item = &'a ProjectId> {
        let shown = move |name: &str| is_special(name) && shown_path(name) == text;
        self.entries().filter(move |(_, name, hidden)| *hidden && shown(name)).map(|(id, _, _)| id)
    }

    /// The ids of the hidden ones of this whole name that are shown as another.
    pub(super) fn hidden_named(&self, text: &str) -> Option<Vec<String>> {
        let named = self.entries().filter(|(_, name, hidden)| *hidden && *name == text && shown_path(name) != text);
        let ids: Vec<String> = named.map(|(id, _, _)| id.as_str().to_owned()).collect();
        (!ids.is_empty()).then_some(ids)
    }

    /// The name of this project.
    pub(super) fn name(&self, id: &str) -> Option<&str> {
        self.entries().find(|(known, _, _)| known.as_str() == id).map(|(_, name, _)| name)
    }

    /// The ids of those that are called so or have this id.
    pub(super) fn named<'a>(&'a self, text: &'a str) -> impl Iterator<Item = &'a str> {
        self.entries().filter(move |(id, name, _)| *name == text || id.as_str() == text).map(|(id, _, _)| id.as_str())
    }

    /// When it was read.
    pub(super) fn read(&self) -> Instant {
        self.read
    }
}
