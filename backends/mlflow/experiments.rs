//! All experiments of the server by id and name, kept for a minute: `runs/search` wants their ids in every question.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::model::Project;
use crate::{Call, Error, Result};

use super::api::{Api, View};

/// How long the list is believed.
const LIFETIME: Duration = Duration::from_secs(60);
/// Experiments of one request.
const PAGE: usize = 1_000;
/// No server is believed to have more pages than this.
const PAGES: usize = 100;

/// The experiments at a moment, deleted ones too.
pub(super) struct Index {
    projects: Vec<Project>,
    by_id: HashMap<String, usize>,
    read: Instant,
}

impl Index {
    fn new(projects: Vec<Project>) -> Self {
        let by_id = projects.iter().enumerate().map(|(at, project)| (project.id.as_str().to_owned(), at)).collect();
        Self { projects, by_id, read: Instant::now() }
    }

    /// All of them, the most recently changed first.
    pub(super) fn projects(&self) -> &[Project] {
        &self.projects
    }

    /// The one with this id.
    pub(super) fn get(&self, id: &str) -> Option<&Project> {
        self.by_id.get(id).and_then(|at| self.projects.get(*at))
    }

    /// The name of the one with this id.
    pub(super) fn name(&self, id: &str) -> Option<String> {
        self.get(id).map(|project| project.name.clone())
    }

    /// The ids, with or without deleted experiments.
    pub(super) fn ids(&self, deleted: bool) -> Vec<String> {
        self.projects
            .iter()
            .filter(|project| deleted || !project.archived)
            .map(|project| project.id.as_str().to_owned())
            .collect()
    }

    /// Those whose id is not in `known`.
    pub(super) fn others(&self, known: &Self) -> Vec<String> {
        let ids = self.projects.iter().map(|project| project.id.as_str());
        ids.filter(|id| !known.by_id.contains_key(*id)).map(ToOwned::to_owned).collect()
    }

    /// Those whose name lies below this one.
    pub(super) fn below(&self, name: &str) -> impl Iterator<Item = &Project> {
        let prefix = format!("{name}/");
        self.projects.iter().filter(move |project| !project.archived && project.name.starts_with(&prefix))
    }
}

/// The index, read when it is first needed and again when it is old.
#[derive(Default)]
pub(super) struct Experiments {
    last: Mutex<Option<Reading>>,
}

/// How the last reading ended, and when.
struct Reading {
    ended: Instant,
    outcome: Result<Arc<Index>>,
}

impl Experiments {
    /// The index, at most a minute old.
    pub(super) async fn index(&self, api: &Api, call: &Call) -> Result<Arc<Index>> {
        self.read(api, call, LIFETIME).await
    }

    /// The index, read anew unless `known` was read within this call already; for what was made a moment ago.
    pub(super) async fn newer(&self, api: &Api, call: &Call, known: &Arc<Index>, begun: Instant) -> Result<Arc<Index>> {
        if known.read >= begun { Ok(Arc::clone(known)) } else { self.read(api, call, Duration::ZERO).await }
    }

    async fn read(&self, api: &Api, call: &Call, believed: Duration) -> Result<Arc<Index>> {
        let asked = Instant::now();
        let mut last = self.last.lock().await;
        if let Some(reading) = &*last {
            // Whoever waited while another read takes what that one got, its failure too.
            let just_now = reading.ended >= asked;
            match &reading.outcome {
                Ok(index) if just_now || index.read.elapsed() < believed => return Ok(Arc::clone(index)),
                Err(error) if just_now && error.kind != crate::ErrorKind::Cancelled => return Err(error.clone()),
                _ => {}
            }
        }
        let outcome = all(api, call).await.map(|projects| Arc::new(Index::new(projects)));
        *last = Some(Reading { ended: Instant::now(), outcome: outcome.clone() });
        outcome
    }
}

async fn all(api: &Api, call: &Call) -> Result<Vec<Project>> {
    let mut projects = Vec::new();
    let mut token: Option<String> = None;
    for _ in 0..PAGES {
        call.check()?;
        let page = api.search_experiments(call, View::All, "", PAGE, token.as_deref()).await?;
        projects.extend(page.experiments.into_iter().map(|experiment| experiment.into_project(api.web())));
        token = page.next_page_token.filter(|next| !next.is_empty() && token.as_ref() != Some(next));
        if token.is_none() {
            // Pages are cut by offset: what moved between two of them may come twice.
            let mut seen = std::collections::HashSet::new();
            projects.retain(|project: &Project| seen.insert(project.id.clone()));
            return Ok(projects);
        }
    }
    Err(Error::unsupported(format!("this MLflow server lists more than {} experiments", PAGE * PAGES)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::ProjectId;

    fn project(id: &str, name: &str, archived: bool) -> Project {
        Project {
            id: ProjectId::new(id),
            name: name.to_owned(),
            created: None,
            updated: None,
            archived,
            tags: BTreeMap::new(),
            note: None,
            runs: None,
            web_url: None,
        }
    }

    fn index() -> Index {
        Index::new(vec![
            project("4", "vision/resnet", false),
            project("3", "vision/resnet/old", true),
            project("2", "vision/resnet/new", false),
            project("1", "vision/resnet2", false),
            project("0", "1", false),
        ])
    }

    fn names(index: &Index, above: &str) -> Vec<String> {
        index.below(above).map(|project| project.name.clone()).collect()
    }

    #[test]
    fn an_experiment_is_found_by_its_id_alone() {
        let index = index();
        assert_eq!(index.name("3").as_deref(), Some("vision/resnet/old"));
        assert_eq!(index.name("1").as_deref(), Some("vision/resnet2"));
        assert_eq!((index.name("vision/resnet"), index.name("")), (None, None));
        assert_eq!(index.get("4").map(|project| project.archived), Some(false));
    }

    #[test]
    fn the_ids_keep_the_order_and_leave_deleted_ones_out_unless_asked() {
        assert_eq!(index().ids(true), ["4", "3", "2", "1", "0"]);
        assert_eq!(index().ids(false), ["4", "2", "1", "0"]);
        assert!(Index::new(Vec::new()).ids(true).is_empty());
    }

    #[test]
    fn what_is_new_since_another_reading_is_told_by_its_id() {
        let newer = Index::new(vec![project("5", "fresh", false), project("4", "renamed", false)]);
        assert_eq!(newer.others(&index()), ["5"]);
        assert!(index().others(&index()).is_empty());
    }

    #[test]
    fn below_a_name_lies_what_continues_it_behind_a_slash() {
        assert_eq!(names(&index(), "vision/resnet"), ["vision/resnet/new"]);
        assert_eq!(names(&index(), "vision"), ["vision/resnet", "vision/resnet/new", "vision/resnet2"]);
        assert!(names(&index(), "vision/res").is_empty());
    }
}
