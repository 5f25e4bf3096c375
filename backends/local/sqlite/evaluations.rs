//! Records to evaluate with, where the store keeps such (3.x).

use std::collections::HashMap;

use crate::Result;
use crate::mlflow_model::datasets::Evaluation;
use crate::tracker::ProjectScope;

use super::connection::Reader;
use super::filter::text;
use super::records::{time, word};
use super::sql::Parameters;

impl Reader {
    /// All of them, or those of some projects.
    pub(super) fn evaluations(&self, projects: &ProjectScope) -> Result<Vec<Evaluation>> {
        if !self.schema.evaluation_datasets {
            return Ok(Vec::new());
        }
        let mut homes: HashMap<String, Vec<(String, String)>> = HashMap::new();
        let mut sql = Parameters::default();
        let workspace = self.in_workspace("e", &mut sql);
        let question = format!(
            "SELECT a.source_id, e.experiment_id, e.name FROM entity_associations a \
             JOIN experiments e ON CAST(e.experiment_id AS TEXT) = a.destination_id \
             WHERE a.source_type = 'evaluation_dataset' AND a.destination_type = 'experiment'{workspace} ORDER BY e.name"
        );
        for (id, experiment, name) in self.few(&question, sql, |row| {
            let experiment: i64 = row.get(1)?;
            Ok((word(row, 0)?, experiment.to_string(), word(row, 2)?))
        })? {
            homes.entry(id).or_default().push((experiment, name));
        }
        let mut found = self.kept_to_evaluate()?;
        for one in &mut found {
            let own = homes.get(&one.id);
            one.projects = own.into_iter().flatten().map(|(_, name)| name.clone()).collect();
        }
        if let ProjectScope::Only(ids) = projects {
            let asked = |experiment: &str| ids.iter().any(|id| id.as_str() == experiment);
            found.retain(|one| homes.get(&one.id).is_some_and(|own| own.iter().any(|(id, _)| asked(id))));
        }
        Ok(found)
    }

    fn kept_to_evaluate(&self) -> Result<Vec<Evaluation>> {
        let mut sql = Parameters::default();
        let workspace = self.in_workspace("d", &mut sql);
        let question = format!(
            "SELECT d.dataset_id, d.name, d.digest, d.schema, d.profile, d.created_time, d.created_by \
             FROM evaluation_datasets d WHERE 1{workspace} ORDER BY d.created_time DESC, d.dataset_id"
        );
        let mut found = self.few(&question, sql, |row| {
            let filled = |at: usize| -> rusqlite::Result<Option<String>> {
                Ok(text(row.get_ref(at)?).filter(|text| !text.is_empty()))
            };
            Ok(Evaluation {
                id: word(row, 0)?,
                name: word(row, 1)?,
                digest: filled(2)?,
                schema: filled(3)?,
                profile: filled(4)?,
                created: time(row, 5)?,
                user: filled(6)?,
                ..Evaluation::default()
            })
        })?;
        let question = "SELECT dataset_id, key, value FROM evaluation_dataset_tags";
        for (id, key, value) in
            self.few(question, Parameters::default(), |row| Ok((word(row, 0)?, word(row, 1)?, word(row, 2)?)))?
        {
            if let Some(one) = found.iter_mut().find(|one| one.id == id && !key.starts_with("mlflow.")) {
                one.tags.insert(key, value);
            }
        }
        Ok(found)
    }
}
