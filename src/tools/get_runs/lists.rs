//! What belongs to a run in any number: datasets, models, artifacts, children.

use backends::model::{Artifact, DatasetInput, ModelReference, Outline, Part, Parts, Run, RunDetails, Status};
use jiff::Timestamp;

use super::super::{columns::status, outline};
use crate::references::RunRef;
use crate::render::{Answer, Cell, Column, one_line};

/// Characters of an address.
const ADDRESS: usize = 400;
/// Characters of a checksum: it tells whether two files are the same.
const HASH: usize = 12;
/// Characters of what an artifact holds.
const PREVIEW: usize = 200;

/// Adds the lists that were asked for.
pub(super) fn shown(
    mut answer: Answer,
    parts: Parts,
    details: &RunDetails,
    reference: &RunRef,
    now: Timestamp,
) -> Answer {
    let run = &details.run;
    if parts.contains(Part::Datasets) {
        answer = datasets(answer, &run.datasets, reference.tracker.name());
    }
    if parts.contains(Part::Models) {
        answer = models(answer, &run.models, reference.tracker.name());
    }
    if let Some(artifacts) = &details.artifacts {
        answer = files(answer, artifacts);
    }
    let tracker = reference.tracker.name();
    let pipeline = match &details.outline {
        Some(Outline::Pipeline(pipeline)) => Some(pipeline),
        _ => None,
    };
    if let Some(pipeline) = pipeline.filter(|_| parts.contains(Part::Children)) {
        answer = outline::steps_in(answer, pipeline, tracker, now);
    }
    if let Some(children) = &details.children {
        // Those that are steps are told as such.
        let is_step = |child: &&Run| pipeline.is_some_and(|pipeline| pipeline.is_step(&child.id));
        let others: Vec<&Run> = children.iter().filter(|child| !is_step(child)).collect();
        answer = runs(answer, &others, tracker);
    }
    answer
}

/// The lists that were asked for and that are empty in each of the runs.
pub(super) fn of_none<'a>(
    parts: Parts,
    runs: impl Iterator<Item = &'a (RunRef, RunDetails)> + Clone,
) -> Vec<&'static str> {
    let empty = |is_empty: fn(&RunDetails) -> bool| runs.clone().all(|(_, details)| is_empty(details));
    let keeps_configs = runs.clone().any(|(run, _)| run.tracker.capabilities().configuration_objects);
    [
        (Part::Config, "config", keeps_configs && empty(|details| details.run.configs.is_empty())),
        (Part::Datasets, "datasets", empty(|details| details.run.datasets.is_empty())),
        (Part::Models, "models", empty(|details| details.run.models.is_empty())),
        (Part::Artifacts, "artifacts", empty(|details| details.artifacts.as_ref().is_some_and(Vec::is_empty))),
        (Part::Children, "children", empty(|details| details.children.as_ref().is_some_and(Vec::is_empty))),
    ]
    .into_iter()
    .filter(|(part, _, is_empty)| *is_empty && parts.contains(*part))
    .map(|(_, name, _)| name)
    .collect()
}

fn columns(names: &[&str]) -> Vec<Column> {
    names.iter().copied().map(Column::new).collect()
}

fn foreign(text: &Option<String>) -> Cell {
    Cell::from(text.as_deref().map(Cell::foreign))
}

fn address(text: &Option<String>) -> Cell {
    Cell::from(text.as_deref().map(|text| Cell::foreign_up_to(text, ADDRESS)))
}

fn datasets(answer: Answer, datasets: &[DatasetInput], tracker: &str) -> Answer {
    let row = |data: &DatasetInput| {
        let reference = data.reference.as_ref().map(|reference| format!("{tracker}:{reference}"));
        vec![
            Cell::from(reference.map(|text| Cell::foreign_up_to(&text, ADDRESS))),
            Cell::foreign(&data.name),
            foreign(&data.version),
            foreign(&data.context),
            // What is known by its id only comes from nowhere else.
            foreign(&data.source.clone().filter(|source| data.reference.as_ref() != Some(source))),
        ]
    };
    let rows = datasets.iter().map(row).collect();
    answer.table("datasets", columns(&["dataset", "name", "version", "context", "source"]), rows)
}

fn models(answer: Answer, models: &[ModelReference], tracker: &str) -> Answer {
    let row = |model: &ModelReference| {
        let direction = if model.output { "made" } else { "used" };
        vec![
            Cell::foreign_up_to(&format!("{tracker}:{}", model.id), ADDRESS),
            foreign(&model.name),
            Cell::text(direction),
            foreign(&model.framework),
            address(&model.location),
        ]
    };
    let names = ["model", "name", "direction", "framework", "location"];
    answer.table("models", columns(&names), models.iter().map(row).collect())
}

fn files(answer: Answer, artifacts: &[Artifact]) -> Answer {
    let row = |file: &Artifact| {
        let kind = if file.folder { Some(Cell::text("folder")) } else { file.kind.as_deref().map(Cell::foreign) };
        let preview = file.preview.as_deref().map(|text| one_line(text, PREVIEW)).filter(|text| !text.is_empty());
        vec![
            Cell::foreign(&file.path),
            Cell::from(file.size),
            Cell::from(kind),
            foreign(&file.content_type),
            Cell::from(file.stored),
            Cell::from(file.input.then_some("used").map(Cell::text)),
            address(&file.location),
            Cell::from(file.hash.as_deref().map(|hash| Cell::foreign_up_to(short(hash), ADDRESS))),
            Cell::from(preview.as_deref().map(Cell::foreign)),
        ]
    };
    let names = ["path", "bytes", "kind", "content_type", "stored", "direction", "location", "hash", "preview"];
    answer.table("artifacts", columns(&names), artifacts.iter().map(row).collect())
}

/// The beginning of a checksum.
fn short(hash: &str) -> &str {
    let is_hash = hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    hash.get(..HASH).filter(|_| is_hash).unwrap_or(hash)
}

fn runs(mut answer: Answer, children: &[&Run], tracker: &str) -> Answer {
    let failed = children.iter().filter(|child| child.status == Some(Status::Failed)).count();
    if failed > 0 {
        answer = answer.fact("children_failed", Cell::text(format!("{failed} of {}", children.len())));
    }
    let row = |child: &&Run| {
        vec![
            Cell::text(format!("{tracker}:{}", child.id)),
            Cell::foreign(&child.name),
            status(child),
            Cell::from(child.started),
        ]
    };
    answer.table("children", columns(&["run", "name", "status", "started"]), children.iter().map(row).collect())
}
