//! The versions of a model side by side, with the metrics of the runs that made them.

use std::collections::BTreeMap;

use backends::model::{Metric, ModelDetails, ModelVersion};
use serde_json::json;

use super::super::columns::status;
use crate::direction::better;
use crate::render::{Answer, Cell, Column};

/// Metrics that stand beside the versions.
const METRICS: usize = 6;
/// Characters of a description in a row.
const DESCRIPTION: usize = 80;

/// The metrics of a version: its own, else those of the run that made it; not those about the machine.
pub(super) fn metrics<'a>(details: &'a ModelDetails, version: &'a ModelVersion) -> BTreeMap<&'a str, Metric> {
    let own = (!version.metrics.is_empty()).then_some(&version.metrics);
    let metrics = own.or_else(|| details.source(version).map(|run| &run.metrics));
    let told = metrics.into_iter().flatten().filter(|(_, metric)| !metric.machine);
    told.map(|(name, metric)| (name.as_str(), *metric)).collect()
}

/// Adds the table, with at most so many rows, and how to get to the others.
pub(super) fn table(answer: Answer, tracker: &str, details: &ModelDetails, rows: usize) -> Answer {
    let shown: Vec<&ModelVersion> = details.model.versions.iter().take(rows).collect();
    let names = names(details, &shown);
    let names_of_columns = [
        "version",
        "number",
        "aliases",
        "stage",
        "status",
        "created",
        "run",
        "run_status",
        "framework",
        "logged_model",
        "tags",
        "description",
    ];
    let mut columns = names_of_columns.map(Column::new).to_vec();
    columns.extend(names.iter().map(|name| Column::exact(format!("metrics.{name}"))));
    let row = |version: &&ModelVersion| {
        let run = details.source(version);
        let list = |texts: &[String]| Cell::List(texts.iter().map(|text| Cell::foreign(text)).collect());
        let numbered = version.id.ends_with(&format!("/{}", version.version));
        let mut cells = vec![
            Cell::foreign(&format!("{tracker}:{}", version.id)),
            Cell::from((!numbered).then(|| Cell::foreign(&version.version))),
            list(&version.aliases),
            Cell::from(version.stage.as_deref().map(Cell::foreign)),
            Cell::from(version.status.as_deref().map(Cell::foreign)),
            Cell::from(version.created),
            Cell::from(version.run.as_ref().map(|run| Cell::text(format!("{tracker}:{run}")))),
            match (run, &version.run) {
                (Some(run), _) => status(run),
                (None, Some(_)) => Cell::text("gone"),
                (None, None) => Cell::Missing,
            },
            list(&version.frameworks),
            Cell::from(version.logged.as_deref().map(|id| Cell::foreign(&format!("{tracker}:{id}")))),
            super::tags(&version.tags, 4),
            Cell::from(version.description.as_deref().map(|text| Cell::foreign_up_to(text, DESCRIPTION))),
        ];
        let metrics = metrics(details, version);
        cells.extend(names.iter().map(|name| Cell::from(metrics.get(name.as_str()).map(|metric| metric.value))));
        cells
    };
    let answer = answer.table("versions", columns, shown.iter().map(row).collect());
    rest(answer, tracker, details, rows)
}

/// The metrics that most versions have; of those whose better side is known first.
fn names(details: &ModelDetails, shown: &[&ModelVersion]) -> Vec<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for version in shown {
        for name in metrics(details, version).into_keys() {
            *counts.entry(name.to_owned()).or_default() += 1;
        }
    }
    let mut names: Vec<(String, usize)> = counts.into_iter().collect();
    names.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), better(name).is_none(), name.clone()));
    names.into_iter().take(METRICS).map(|(name, _)| name).collect()
}

/// How many versions are not told, and the call that goes on.
fn rest(answer: Answer, tracker: &str, details: &ModelDetails, rows: usize) -> Answer {
    let model = &details.model;
    let shown = model.versions.len().min(rows);
    let total = usize::try_from(model.total.unwrap_or_default()).unwrap_or(usize::MAX);
    if total <= shown {
        return answer;
    }
    let cut = model.versions.get(shown).map(|version| version.version.clone());
    let call = cut.or_else(|| details.older.clone()).map(|number| {
        let reference = format!("{tracker}:{}/{number}", model.name);
        format!("; from there on: get_models {}", json!({"models": [reference]}))
    });
    let call = call.unwrap_or_else(|| "; limit shows more".to_owned());
    answer.note(format!("not shown: {} of {total} versions{call}", total - shown))
}
