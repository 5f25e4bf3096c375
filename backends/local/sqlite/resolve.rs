//! What a text may mean in the store: an id, a name, the beginning of an id, an invocation id, a model version.

use crate::Result;
use crate::local::candidates::{self, LISTED, RECENT, candidate, distinct, newest_first};
use crate::mlflow_model::project_names;
use crate::mlflow_model::registry::reference::{Reference, Which};
use crate::mlflow_model::text::{INVOCATION, is_id_prefix, is_run_id, plain_id};
use crate::model::Parts;
use crate::query::{Filter, Key, Order};
use crate::tracker::{Candidate, Match, ProjectScope, Resolution, RunQuery};

use super::connection::Reader;
use super::records::word;
use super::search;
use super::sql::Parameters;

/// Looks a text up as an experiment.
pub(super) fn project(reader: &Reader, text: &str) -> Result<Resolution> {
    let projects = reader.experiments(None)?;
    let candidates = project_names::meant(&projects, text);
    let names = projects.iter().filter(|project| !project.archived).map(|project| project.name.as_str());
    let near = if candidates.is_empty() { candidates::near(text, names) } else { Vec::new() };
    Ok(Resolution { candidates, more: false, near })
}

/// Looks a text up as a run.
pub(super) fn run(reader: &Reader, text: &str) -> Result<Resolution> {
    if text.starts_with("models:") {
        // It can be nothing else.
        return Ok(Resolution { candidates: model(reader, text)?, ..Resolution::default() });
    }
    if is_run_id(text) {
        let exact = by_ids(reader, vec![text.to_owned()], Match::Id)?;
        if !exact.is_empty() {
            return Ok(Resolution { candidates: exact, ..Resolution::default() });
        }
    }
    let named = found(reader, Filter::equals(Key::Name, text), Match::Name)?;
    let mut candidates = distinct(named.into_iter().chain(begun(reader, text)?));
    if candidates.is_empty() {
        let tagged = [Key::Tag(INVOCATION.to_owned()), Key::Param(INVOCATION.to_owned())];
        let filter = Filter::any(tagged.map(|key| Filter::equals(key, text)));
        candidates = found(reader, filter, Match::Invocation)?;
    }
    if candidates.is_empty() {
        candidates = model(reader, text)?;
    }
    let near = if candidates.is_empty() { near(reader, text)? } else { Vec::new() };
    let more = candidates.len() > LISTED;
    candidates.truncate(LISTED);
    Ok(Resolution { candidates, more, near })
}

/// Runs whose id begins so, deleted ones too, the last started first.
fn begun(reader: &Reader, text: &str) -> Result<Vec<Candidate>> {
    if !is_id_prefix(text) {
        return Ok(Vec::new());
    }
    let mut sql = Parameters::default();
    // No sign of an id comes behind `~`.
    let (from, to) = (sql.bind(text.to_owned()), sql.bind(format!("{text}~")));
    let limit = sql.bind(i64::try_from(LISTED + 1).unwrap_or(i64::MAX));
    let question = format!("SELECT run_uuid FROM runs WHERE run_uuid >= {from} AND run_uuid < {to} LIMIT {limit}");
    by_ids(reader, reader.few(&question, sql, |row| word(row, 0))?, Match::Prefix)
}

/// The run that made a model: `name/3`, `name@champion`, `name/Production`, `name/latest` or the id of a logged model,
/// with or without `models:/`.
fn model(reader: &Reader, text: &str) -> Result<Vec<Candidate>> {
    let mut sql = Parameters::default();
    let (name, which) = match Reference::read(text) {
        Reference::Registered(_, Which::Any) => return Ok(Vec::new()),
        Reference::Logged(_) if !reader.schema.logged_models => return Ok(Vec::new()),
        Reference::Logged(id) => {
            let id = sql.bind(id);
            let question = format!(
                "SELECT l.source_run_id FROM logged_models l WHERE l.model_id = {id} AND l.lifecycle_stage <> 'deleted'"
            );
            return made_by(reader, &question, sql);
        }
        Reference::Registered(name, which) => (name, which),
    };
    let workspace = reader.in_workspace("v", &mut sql);
    let name = sql.bind(name);
    let which = match which {
        Which::Number(version) => format!("v.version = CAST({} AS INTEGER)", sql.bind(version)),
        Which::Alias(alias) => {
            let same = if reader.schema.workspaces { " AND a.workspace = v.workspace" } else { "" };
            format!(
                "v.version = (SELECT a.version FROM registered_model_aliases a \
                 WHERE a.name = v.name AND a.alias = {}{same})",
                sql.bind(alias)
            )
        }
        Which::Stage(stage) => format!("v.current_stage = {} COLLATE NOCASE", sql.bind(stage)),
        Which::Any | Which::Latest => "v.current_stage <> 'Deleted_Internal'".to_owned(),
    };
    let question = format!(
        "SELECT v.run_id FROM model_versions v WHERE v.name = {name} AND {which}{workspace} \
         ORDER BY v.version DESC LIMIT 1"
    );
    made_by(reader, &question, sql)
}

/// The runs whose ids a question tells.
fn made_by(reader: &Reader, question: &str, sql: Parameters) -> Result<Vec<Candidate>> {
    let mut ids = reader.few(question, sql, |row| word(row, 0))?;
    ids.retain(|id| plain_id(id));
    by_ids(reader, ids, Match::Model)
}

/// Names of recent runs that resemble the text.
fn near(reader: &Reader, text: &str) -> Result<Vec<String>> {
    let recent = search::page(reader, &query(None, RECENT), None, None)?.rows;
    Ok(candidates::near(text, recent.iter().map(|run| run.name.as_str())))
}

fn found(reader: &Reader, filter: Filter, matched: Match) -> Result<Vec<Candidate>> {
    let page = search::page(reader, &query(Some(filter), LISTED + 1), None, None)?;
    Ok(page.rows.into_iter().map(|run| candidate(run, matched)).collect())
}

fn query(filter: Option<Filter>, limit: usize) -> RunQuery {
    RunQuery {
        projects: ProjectScope::All,
        text: None,
        filter,
        order: Order::default(),
        include_archived: false,
        parts: Parts::NONE,
        limit,
        cursor: None,
    }
}

fn by_ids(reader: &Reader, ids: Vec<String>, matched: Match) -> Result<Vec<Candidate>> {
    Ok(newest_first(reader.runs(&ids, Parts::NONE, None)?.into_values().collect(), matched))
}
