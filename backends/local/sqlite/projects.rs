//! Experiments: all of them fit into memory, as they do into every page of MLflow's own.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::mlflow_model::{self, DELETED, web};
use crate::model::{Page, Project, ProjectId};
use crate::tracker::ProjectQuery;
use crate::{Error, Result};

use super::connection::Reader;
use super::records::{time, whole, word};
use super::sql::Parameters;

/// Where a page ended: when its last experiment changed, and its id.
#[derive(Serialize, Deserialize)]
struct Cursor(Option<i64>, i64);

/// An experiment with what it is sorted by.
struct Found {
    project: Project,
    changed: Option<i64>,
    number: i64,
}

impl Reader {
    /// All experiments, deleted ones too, the most recently changed first; of those at once, the first made first.
    pub(super) fn experiments(&self, pages: Option<&str>) -> Result<Vec<Project>> {
        Ok(self.all(pages)?.into_iter().map(|found| found.project).collect())
    }

    /// The page that a query asks for.
    pub(super) fn projects(&self, query: &ProjectQuery, pages: Option<&str>) -> Result<Page<Project>> {
        let cursor: Option<Cursor> =
            query.cursor.as_deref().map(serde_json::from_str).transpose().map_err(|_| {
                Error::bad_input("the cursor does not fit this question; leave cursor out to begin again")
            })?;
        let text = query.text.as_deref().map(str::to_lowercase);
        let mut found = self.all(pages)?;
        found.retain(|found| {
            (query.include_archived || !found.project.archived)
                && text.as_deref().is_none_or(|text| found.project.name.to_lowercase().contains(text))
        });
        let total = found.len() as u64;
        if let Some(Cursor(changed, number)) = cursor {
            // The latest first, those never changed last, then by number.
            found.retain(|one| one.changed < changed || (one.changed == changed && one.number > number));
        }
        let more = found.len() > query.limit;
        found.truncate(query.limit);
        let last = found.last().filter(|_| more);
        let next = last.map(|one| serde_json::to_string(&Cursor(one.changed, one.number)).unwrap_or_default());
        let rows: Vec<Project> = found.into_iter().map(|found| found.project).collect();
        Ok(Page { scanned: rows.len() as u64, rows, next, total: Some(total), notes: Vec::new(), near: Vec::new() })
    }

    fn all(&self, pages: Option<&str>) -> Result<Vec<Found>> {
        let mut tags: BTreeMap<i64, BTreeMap<String, String>> = BTreeMap::new();
        let question = "SELECT experiment_id, key, value FROM experiment_tags";
        for (experiment, key, value) in
            self.few(question, Parameters::default(), |row| Ok((row.get(0)?, word(row, 1)?, word(row, 2)?)))?
        {
            tags.entry(experiment).or_default().insert(key, value);
        }
        let mut sql = Parameters::default();
        let workspace = self.in_workspace("e", &mut sql);
        let question = format!(
            "SELECT e.experiment_id, e.name, e.lifecycle_stage, e.creation_time, e.last_update_time FROM experiments e \
             WHERE 1{workspace} ORDER BY e.last_update_time DESC, e.experiment_id"
        );
        self.few(&question, sql, |row| {
            let number: i64 = row.get(0)?;
            let (tags, note) = mlflow_model::project_tags(tags.remove(&number).unwrap_or_default());
            let id = number.to_string();
            let project = Project {
                web_url: pages.map(|pages| web::experiment(pages, &id)),
                id: ProjectId::new(id),
                name: word(row, 1)?,
                archived: word(row, 2)? == DELETED,
                created: time(row, 3)?,
                updated: time(row, 4)?,
                tags,
                note,
                runs: None,
            };
            Ok(Found { project, changed: whole(row, 4)?, number })
        })
    }
}
