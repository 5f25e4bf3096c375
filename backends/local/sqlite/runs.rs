//! Runs by id with all that belongs to them, and their files.

use std::path::Path;

use crate::Result;
use crate::local::place::{Owner, Place, place};
use crate::local::run_files;
use crate::mlflow_model;
use crate::model::{Artifact, ArtifactPart, ByteRange, Page, Part, Parts, Run, RunDetails, RunId};
use crate::query::{Direction, Filter, Key, Order};
use crate::tracker::{FoundRuns, ProjectScope, RunQuery};

use super::connection::Reader;
use super::records::word;
use super::sql::Parameters;
use super::{no_run, search};

/// Children shown of one run.
const CHILDREN: usize = 100;

/// The runs with these ids, whatever their state and experiment.
pub(super) fn by_id(reader: &Reader, ids: &[RunId], parts: Parts, pages: Option<&str>) -> Result<FoundRuns> {
    let wanted: Vec<String> = ids.iter().map(|id| id.as_str().to_owned()).collect();
    let mut heads = reader.runs(&wanted, parts, pages)?;
    let mut answer = FoundRuns::default();
    for id in ids {
        match heads.remove(id.as_str()) {
            Some(run) => answer.found.push(details(reader, run, parts, pages)?),
            None => answer.missing.push(id.clone()),
        }
    }
    Ok(answer)
}

fn details(reader: &Reader, run: Run, parts: Parts, pages: Option<&str>) -> Result<RunDetails> {
    let mut notes = Vec::new();
    let artifacts = if parts.contains(Part::Artifacts) {
        run_files::top(artifacts(reader, &run.id, "", None), &mut notes)?
    } else {
        None
    };
    let children = if parts.contains(Part::Children) {
        let (children, more) = children(reader, &run.id, pages)?;
        if more {
            notes.push(mlflow_model::more_children(CHILDREN, &run.id));
        }
        Some(children)
    } else {
        None
    };
    notes.extend(mlflow_model::lacking(parts));
    Ok(RunDetails { run, artifacts, children, outline: None, notes })
}

fn children(reader: &Reader, parent: &RunId, pages: Option<&str>) -> Result<(Vec<Run>, bool)> {
    let query = RunQuery {
        projects: ProjectScope::All,
        text: None,
        filter: Some(Filter::equals(Key::Parent, parent.as_str())),
        order: Order(vec![(Key::Started, Direction::Descending)]),
        include_archived: false,
        parts: Parts::of(&[Part::Params, Part::Metrics, Part::Tags]),
        limit: CHILDREN,
        cursor: None,
    };
    let page = search::page(reader, &query, None, pages)?;
    Ok((page.rows, page.next.is_some()))
}

/// What lies directly in a folder of a run's files.
pub(super) fn artifacts(reader: &Reader, run: &RunId, folder: &str, after: Option<&str>) -> Result<Page<Artifact>> {
    run_files::list(&run_place(reader, run)?, run, folder, after)
}

/// A part of a file of a run.
pub(super) fn read_artifact(reader: &Reader, run: &RunId, path: &str, range: ByteRange) -> Result<ArtifactPart> {
    run_files::read(&run_place(reader, run)?, run, path, range)
}

fn run_place(reader: &Reader, run: &RunId) -> Result<Place> {
    let mut sql = Parameters::default();
    let id = sql.bind(run.as_str().to_owned());
    let workspace = reader.in_workspace("e", &mut sql);
    let question = format!(
        "SELECT r.artifact_uri, r.experiment_id FROM runs r JOIN experiments e ON e.experiment_id = r.experiment_id \
         WHERE r.run_uuid = {id}{workspace}"
    );
    let found = reader.few(&question, sql, |row| Ok((word(row, 0)?, word(row, 1)?)))?;
    let (recorded, experiment) = found.into_iter().next().ok_or_else(|| no_run(run))?;
    let home = reader.path().parent().unwrap_or(Path::new(""));
    place(&recorded, home, &experiment, Owner::Run(run))
}
