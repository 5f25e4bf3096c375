//! The registry in the store, and what runs logged: tables that are read whole, for they are small.

use std::collections::{BTreeMap, HashMap};

use async_trait::async_trait;

use crate::local::models::{Registry, Source};
use crate::mlflow_model::{self, registry, web};
use crate::model::{ByteRange, Metric, Model, ModelVersion, Page, Part, Parts, ProjectId, ProjectRef, Run, RunId};
use crate::tracker::{FoundModel, ModelQuery};
use crate::{Call, Result, TrackerModels};

use super::Sqlite;
use super::connection::Reader;
use super::records::{metric_value, time, whole, word};
use super::runs;
use super::sql::Parameters;

/// What a logged model's status is called, by its number.
const STATUSES: [(i64, &str); 3] = [(1, "PENDING"), (2, "READY"), (3, "UPLOAD_FAILED")];

#[async_trait]
impl TrackerModels for Sqlite {
    async fn search_models(&self, call: &Call, query: &ModelQuery) -> Result<Page<Model>> {
        let (query, pages) = (query.clone(), self.pages.clone());
        self.store.ask(call, move |reader| reader.registry(pages.as_deref())?.page(&query)).await
    }

    async fn models(&self, call: &Call, references: &[String], versions: usize) -> Result<Vec<FoundModel>> {
        let (references, pages) = (references.to_vec(), self.pages.clone());
        let read = move |reader: &Reader| {
            let source = Runs { reader, pages: pages.as_deref() };
            reader.registry(pages.as_deref())?.found(&references, versions, &source)
        };
        self.store.ask(call, read).await
    }
}

/// The runs of the store.
struct Runs<'a> {
    reader: &'a Reader,
    pages: Option<&'a str>,
}

impl Source for Runs<'_> {
    fn runs(&self, ids: &[RunId]) -> Result<Vec<Run>> {
        let parts = Parts::of(&[Part::Params, Part::Metrics, Part::Tags, Part::Datasets, Part::Code]);
        let found = runs::by_id(self.reader, ids, parts, self.pages)?;
        Ok(found.found.into_iter().map(|details| details.run).collect())
    }

    fn file(&self, run: &RunId, path: &str, range: ByteRange) -> Result<Vec<u8>> {
        runs::read_artifact(self.reader, run, path, range).map(|part| part.bytes.to_vec())
    }
}

/// Tags or params by what they belong to.
type Pairs = HashMap<String, BTreeMap<String, String>>;

impl Reader {
    /// All models; `pages` is the address of the web pages, if there are such.
    fn registry(&self, pages: Option<&str>) -> Result<Registry> {
        Ok(Registry { registered: self.registered(pages)?, logged: self.logged(pages)? })
    }

    fn registered(&self, pages: Option<&str>) -> Result<Vec<Model>> {
        let mut tags = self.pairs_of("registered_model_tags", "t.name", "t.key, t.value")?;
        let mut aliases = self.pairs_of("registered_model_aliases", "t.name", "t.alias, CAST(t.version AS TEXT)")?;
        let mut versions = self.versions(pages)?;
        let (clause, sql) = self.all_of("m");
        let question = format!(
            "SELECT m.name, m.creation_time, m.last_updated_time, m.description FROM registered_models m{clause}"
        );
        let read = |row: &rusqlite::Row<'_>| {
            let name = word(row, 0)?;
            let tags = tags.remove(&name).unwrap_or_default();
            let kind = registry::kind(&tags);
            let updated = time(row, 2)?;
            Ok(registry::with_aliases(Model {
                id: name.clone(),
                kind,
                description: Some(word(row, 3)?).filter(|text| !text.is_empty()),
                tags: mlflow_model::part_tags(tags).0,
                aliases: aliases.remove(&name).unwrap_or_default(),
                created: time(row, 1)?,
                updated,
                listed_by: updated,
                versions: versions.remove(&name).unwrap_or_default(),
                web_url: pages.map(|pages| web::registered(pages, kind, &name)),
                name,
                ..Model::default()
            }))
        };
        self.few(&question, sql, read)
    }

    fn versions(&self, pages: Option<&str>) -> Result<HashMap<String, Vec<ModelVersion>>> {
        let of_one = "t.name || '/' || CAST(t.version AS TEXT)";
        let mut tags = self.pairs_of("model_version_tags", of_one, "t.key, t.value")?;
        let (clause, sql) = self.all_of("v");
        let question = format!(
            "SELECT v.name, CAST(v.version AS TEXT), v.creation_time, v.last_updated_time, v.description, v.user_id, \
             v.current_stage, v.source, v.run_id, v.status FROM model_versions v{clause} ORDER BY v.version DESC"
        );
        let read = |row: &rusqlite::Row<'_>| {
            let (name, version) = (word(row, 0)?, word(row, 1)?);
            let tags = tags.remove(&format!("{name}/{version}")).unwrap_or_default();
            let raw = ModelVersion {
                web_url: pages.map(|pages| web::model_version(pages, &name, &version)),
                version,
                created: time(row, 2)?,
                updated: time(row, 3)?,
                description: Some(word(row, 4)?),
                user: Some(word(row, 5)?),
                stage: Some(word(row, 6)?),
                location: Some(word(row, 7)?),
                run: Some(RunId::new(word(row, 8)?)),
                status: Some(word(row, 9)?),
                ..ModelVersion::default()
            };
            Ok((registry::version(&name, tags, raw), name))
        };
        let mut found: HashMap<String, Vec<ModelVersion>> = HashMap::new();
        for (version, name) in self.few(&question, sql, read)? {
            // Those that were deleted keep their rows.
            if version.stage.as_deref() != Some("Deleted_Internal") {
                found.entry(name).or_default().push(version);
            }
        }
        Ok(found)
    }

    fn logged(&self, pages: Option<&str>) -> Result<Option<Vec<Model>>> {
        if !self.schema.logged_models {
            return Ok(None);
        }
        let names: HashMap<String, String> =
            self.experiments(None)?.into_iter().map(|one| (one.id.as_str().to_owned(), one.name)).collect();
        let none = Parameters::default;
        let pair = |row: &rusqlite::Row<'_>| Ok((word(row, 0)?, word(row, 1)?, word(row, 2)?));
        let tags = "SELECT model_id, tag_key, tag_value FROM logged_model_tags";
        let mut tags = grouped(self.few(tags, none(), pair)?);
        let params = "SELECT model_id, param_key, param_value FROM logged_model_params";
        let mut params = grouped(self.few(params, none(), pair)?);
        let metrics = "SELECT model_id, metric_name, metric_value, metric_step FROM logged_model_metrics \
                       ORDER BY metric_step, metric_timestamp_ms";
        let mut values: HashMap<String, BTreeMap<String, Metric>> = HashMap::new();
        let point = |row: &rusqlite::Row<'_>| {
            let value = metric_value(row.get_ref(2)?, rusqlite::types::ValueRef::Integer(0));
            Ok((word(row, 0)?, word(row, 1)?, Metric::last(value, whole(row, 3)?)))
        };
        for (model, name, metric) in self.few(metrics, none(), point)? {
            values.entry(model).or_default().insert(name, metric);
        }
        let question = "SELECT l.model_id, CAST(l.experiment_id AS TEXT), l.name, l.artifact_location, \
                        l.creation_timestamp_ms, l.last_updated_timestamp_ms, l.status, l.source_run_id \
                        FROM logged_models l WHERE l.lifecycle_stage <> 'deleted'";
        let read = |row: &rusqlite::Row<'_>| {
            let (id, experiment) = (word(row, 0)?, word(row, 1)?);
            let status = whole(row, 6)?.and_then(|number| STATUSES.iter().find(|(known, _)| *known == number));
            let (created, updated) = (time(row, 4)?, time(row, 5)?);
            let version = ModelVersion {
                created,
                updated,
                status: status.map(|(_, word)| (*word).to_owned()),
                location: Some(word(row, 3)?).filter(|text| !text.is_empty()),
                run: Some(word(row, 7)?).filter(|run| !run.is_empty()).map(RunId::new),
                metrics: values.remove(&id).unwrap_or_default(),
                params: params.remove(&id).unwrap_or_default(),
                web_url: pages.map(|pages| web::logged_model(pages, &experiment, &id)),
                ..ModelVersion::default()
            };
            let name = names.get(&experiment).cloned();
            let project = ProjectRef { id: ProjectId::new(experiment), name: name.clone().unwrap_or_default() };
            // Experiments of other workspaces are not shown.
            let model =
                registry::logged(id.clone(), word(row, 2)?, project, tags.remove(&id).unwrap_or_default(), version);
            Ok(name.map(|_| model))
        };
        Ok(Some(self.few(question, none(), read)?.into_iter().flatten().collect()))
    }

    /// Pairs of a table by what they belong to.
    fn pairs_of(&self, table: &str, of: &str, pair: &str) -> Result<Pairs> {
        let (clause, sql) = self.all_of("t");
        let question = format!("SELECT {of}, {pair} FROM {table} t{clause}");
        Ok(grouped(self.few(&question, sql, |row| Ok((word(row, 0)?, word(row, 1)?, word(row, 2)?)))?))
    }

    /// `WHERE …` for all rows of the workspace.
    fn all_of(&self, alias: &str) -> (String, Parameters) {
        let mut sql = Parameters::default();
        let clause = self.in_workspace(alias, &mut sql).replacen(" AND ", " WHERE ", 1);
        (clause, sql)
    }
}

fn grouped(rows: Vec<(String, String, String)>) -> Pairs {
    let mut found = Pairs::new();
    for (of, key, value) in rows {
        found.entry(of).or_default().insert(key, value);
    }
    found
}
