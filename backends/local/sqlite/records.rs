//! Runs by their ids with the parts that were asked for: one question for each part and some hundred runs.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use rusqlite::Row;
use rusqlite::types::ValueRef;

use crate::Result;
use crate::mlflow_model::{self, DELETED, web};
use crate::model::{DatasetInput, Metric, ModelReference, Part, Parts, ProjectId, ProjectRef, Run, RunId};

use super::connection::Reader;
use super::filter::text;
use super::pace::Pace;
use super::sql::Parameters;

/// Runs of the first question, and of one at most.
const FIRST: u32 = 50;
const MOST: u32 = 400;

impl Reader {
    /// The runs with these ids, in no order; `pages` is the address of the web pages, if there are such.
    pub(super) fn runs(&self, ids: &[String], parts: Parts, pages: Option<&str>) -> Result<HashMap<String, Run>> {
        let mut runs = HashMap::with_capacity(ids.len());
        let mut pace = Pace::new(FIRST, MOST);
        let mut rest = ids;
        while !rest.is_empty() {
            let size = usize::try_from(pace.size()).unwrap_or(1).clamp(1, rest.len());
            let (some, others) = rest.split_at(size);
            rest = others;
            let heads = self.heads(some, pages)?;
            let mut held = std::time::Duration::ZERO;
            let mut fields = Fields::default();
            let mut longest = |took: std::time::Duration| held = held.max(took);
            longest(self.pairs("tags", some, &mut fields.tags)?);
            if parts.contains(Part::Params) {
                longest(self.pairs("params", some, &mut fields.params)?);
            }
            if parts.contains(Part::Metrics) {
                longest(self.metrics(some, &mut fields.metrics)?);
            }
            if parts.contains(Part::Datasets) {
                longest(self.datasets(some, &mut fields.datasets)?);
            }
            if parts.contains(Part::Models) {
                longest(self.models(some, &mut fields.models)?);
            }
            pace.took(held);
            runs.extend(heads.into_iter().map(|run| (run.id.as_str().to_owned(), fields.completed(run))));
        }
        Ok(runs)
    }

    fn heads(&self, ids: &[String], pages: Option<&str>) -> Result<Vec<Run>> {
        let mut sql = Parameters::default();
        let list = sql.list(ids.iter().cloned());
        let workspace = self.in_workspace("e", &mut sql);
        let question = format!(
            "SELECT r.run_uuid, r.name, r.user_id, r.status, r.start_time, r.end_time, r.lifecycle_stage, \
             e.experiment_id, e.name FROM runs r CROSS JOIN experiments e ON e.experiment_id = r.experiment_id \
             WHERE r.run_uuid IN ({list}){workspace}"
        );
        self.few(&question, sql, |row| head(row, pages))
    }

    fn pairs(&self, table: &str, ids: &[String], found: &mut Pairs) -> Result<std::time::Duration> {
        let mut sql = Parameters::default();
        let list = sql.list(ids.iter().cloned());
        let question = format!("SELECT run_uuid, key, value FROM {table} WHERE run_uuid IN ({list})");
        let (rows, held) = self.rows(&question, sql, |row| Ok((word(row, 0)?, word(row, 1)?, word(row, 2)?)))?;
        for (run, key, value) in rows {
            found.entry(run).or_default().insert(key, value);
        }
        Ok(held)
    }

    fn metrics(
        &self,
        ids: &[String],
        found: &mut HashMap<String, BTreeMap<String, Metric>>,
    ) -> Result<std::time::Duration> {
        let mut sql = Parameters::default();
        let list = sql.list(ids.iter().cloned());
        let question =
            format!("SELECT run_uuid, key, value, is_nan, step FROM latest_metrics WHERE run_uuid IN ({list})");
        let (rows, held) = self.rows(&question, sql, |row| {
            let value = metric_value(row.get_ref(2)?, row.get_ref(3)?);
            Ok((word(row, 0)?, word(row, 1)?, value, whole(row, 4)?))
        })?;
        for (run, key, value, step) in rows {
            let metric = Metric { machine: mlflow_model::is_about_machine(&key), ..Metric::last(value, step) };
            found.entry(run).or_default().insert(key, metric);
        }
        Ok(held)
    }

    fn datasets(&self, ids: &[String], found: &mut HashMap<String, Vec<DatasetInput>>) -> Result<std::time::Duration> {
        let mut sql = Parameters::default();
        let list = sql.list(ids.iter().cloned());
        let context = sql.bind(mlflow_model::DATASET_CONTEXT.to_owned());
        let question = format!(
            "SELECT i.destination_id, d.name, d.digest, d.dataset_source, d.dataset_source_type, d.dataset_schema, d.dataset_profile, \
             (SELECT t.value FROM input_tags t WHERE t.input_uuid = i.input_uuid AND t.name = {context}) \
             FROM inputs i JOIN datasets d ON d.dataset_uuid = i.source_id \
             WHERE i.destination_type = 'RUN' AND i.destination_id IN ({list}) AND i.source_type = 'DATASET' \
             ORDER BY i.rowid"
        );
        let (rows, held) = self.rows(&question, sql, |row| {
            let (name, digest) = (word(row, 1)?, Some(word(row, 2)?).filter(|digest| !digest.is_empty()));
            let dataset = DatasetInput {
                reference: Some(mlflow_model::datasets::reference(&name, digest.as_deref())),
                name,
                version: digest,
                source: mlflow_model::dataset_source(&word(row, 3)?),
                source_kind: text(row.get_ref(4)?),
                schema: text(row.get_ref(5)?).filter(|text| !text.is_empty()),
                profile: text(row.get_ref(6)?).filter(|text| !text.is_empty()),
                context: text(row.get_ref(7)?),
            };
            Ok((word(row, 0)?, dataset))
        })?;
        for (run, dataset) in rows {
            found.entry(run).or_default().push(dataset);
        }
        Ok(held)
    }

    /// Models used and made, then the registered versions that were made.
    fn models(&self, ids: &[String], found: &mut HashMap<String, Vec<ModelReference>>) -> Result<std::time::Duration> {
        let mut sql = Parameters::default();
        let list = sql.list(ids.iter().cloned());
        let name = match self.schema.logged_models {
            true => "(SELECT l.name FROM logged_models l WHERE l.model_id = i.destination_id)",
            false => "NULL",
        };
        let question = format!(
            "SELECT i.source_id, i.destination_id, {name}, i.source_type = 'RUN_OUTPUT' AS output FROM inputs i \
             WHERE i.source_type IN ('RUN_INPUT', 'RUN_OUTPUT') AND i.source_id IN ({list}) ORDER BY output, i.rowid"
        );
        let (logged, first) = self.rows(&question, sql, |row| {
            let name = text(row.get_ref(2)?);
            Ok((word(row, 0)?, ModelReference { id: word(row, 1)?, name, output: row.get(3)?, ..Default::default() }))
        })?;
        let mut sql = Parameters::default();
        let list = sql.list(ids.iter().cloned());
        let workspace = self.in_workspace("v", &mut sql);
        let question = format!(
            "SELECT v.run_id, v.name, v.version FROM model_versions v WHERE v.run_id IN ({list}){workspace} \
             ORDER BY v.name, v.version DESC"
        );
        let (registered, second) = self.rows(&question, sql, |row| {
            let (name, version) = (word(row, 1)?, word(row, 2)?);
            let id = format!("{name}/{version}");
            Ok((word(row, 0)?, ModelReference { id, name: Some(name), output: true, ..Default::default() }))
        })?;
        for (run, model) in logged.into_iter().chain(registered) {
            found.entry(run).or_default().push(model);
        }
        Ok(first.max(second))
    }
}

type Pairs = HashMap<String, BTreeMap<String, String>>;

/// What was found of some runs, by their ids.
#[derive(Default)]
struct Fields {
    tags: Pairs,
    params: Pairs,
    metrics: HashMap<String, BTreeMap<String, Metric>>,
    datasets: HashMap<String, Vec<DatasetInput>>,
    models: HashMap<String, Vec<ModelReference>>,
}

impl Fields {
    fn completed(&mut self, run: Run) -> Run {
        let id = run.id.as_str().to_owned();
        let run = Run {
            params: self.params.remove(&id).unwrap_or_default(),
            metrics: self.metrics.remove(&id).unwrap_or_default(),
            datasets: self.datasets.remove(&id).unwrap_or_default(),
            models: self.models.remove(&id).unwrap_or_default(),
            ..run
        };
        mlflow_model::with_tags(run, self.tags.remove(&id).unwrap_or_default())
    }
}

fn head(row: &Row<'_>, pages: Option<&str>) -> rusqlite::Result<Run> {
    let id = word(row, 0)?;
    let project = ProjectId::new(word(row, 7)?);
    let (status, native_status) = mlflow_model::status_and_native(word(row, 3)?);
    Ok(Run {
        web_url: pages.map(|pages| web::run(pages, project.as_str(), &id)),
        name: word(row, 1)?,
        user: Some(word(row, 2)?).filter(|user| !user.is_empty()),
        status,
        native_status,
        started: time(row, 4)?,
        ended: time(row, 5)?,
        archived: word(row, 6)? == DELETED,
        ..Run::new(RunId::new(id), ProjectRef { id: project, name: word(row, 8)? })
    })
}

/// A metric's value: NaN is kept as a 0 that says so, ±∞ as the largest finite numbers.
pub(super) fn metric_value(value: ValueRef<'_>, is_nan: ValueRef<'_>) -> f64 {
    match (value, is_nan) {
        (ValueRef::Real(value), ValueRef::Integer(0)) => mlflow_model::unclamped(value),
        #[allow(clippy::cast_precision_loss)] // A whole number that somebody wrote by hand.
        (ValueRef::Integer(value), ValueRef::Integer(0)) => value as f64,
        _ => f64::NAN,
    }
}

/// A column as text; NULL is empty.
pub(super) fn word(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    Ok(text(row.get_ref(column)?).unwrap_or_default())
}

/// A column as a whole number.
pub(super) fn whole(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<i64>> {
    Ok(match row.get_ref(column)? {
        ValueRef::Integer(number) => Some(number),
        _ => None,
    })
}

/// A column of milliseconds since 1970.
pub(super) fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(whole(row, column)?.and_then(|milliseconds| Timestamp::from_millisecond(milliseconds).ok()))
}
