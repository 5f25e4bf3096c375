//! Datasets of a store: inputs of its runs, which one question finds, and records to evaluate with, where it keeps such.

use crate::mlflow_model::datasets::{self, Evaluation, Known, listed};
use crate::model::{Dataset, Page, Part, Parts, Run};
use crate::query::{Filter, Key, Literal, Order, Predicate, Test};
use crate::tracker::{DatasetQuery, FoundDataset, ProjectScope, RunQuery};
use crate::{Call, Result, Tracker};

/// Runs of one question.
const RUNS: usize = 1_000;
/// Questions for runs.
const PAGES: usize = 20;

/// One page with all that fits, what was used last first; `evaluations` are those of the projects asked.
pub(super) async fn search(
    tracker: &dyn Tracker,
    call: &Call,
    query: &DatasetQuery,
    evaluations: Vec<Evaluation>,
) -> Result<Page<Dataset>> {
    let test = Test::Null { negated: true };
    let (runs, more) = logged(tracker, call, query.projects.clone(), test).await?;
    let mut page = Page::whole(Vec::new());
    if more {
        page.notes.push(format!("only the inputs of the newest {} runs that logged some were read", runs.len()));
    }
    let in_all = query.projects == ProjectScope::All && !more;
    let kept = evaluations.iter().map(Evaluation::to_dataset);
    let inputs = listed(&runs).into_iter().map(|input| Dataset { latest: input.latest.filter(|_| in_all), ..input });
    let fits = |row: &Dataset| query.takes_name(&row.name) && query.takes_tags(row);
    let (fitting, others): (Vec<_>, Vec<_>) = kept.chain(inputs).partition(fits);
    page.rows = fitting;
    if let Some(text) = page.lacks(&query.text, &query.cursor) {
        page.near = datasets::near(text, others.iter().map(|row| row.name.as_str()));
    }
    page.rows.sort_by_key(|row| std::cmp::Reverse(row.newest()));
    page.scanned = runs.len() as u64;
    page.total = Some(page.rows.len() as u64);
    Ok(page)
}

/// What texts mean.
pub(super) async fn get(
    tracker: &dyn Tracker,
    call: &Call,
    texts: &[String],
    evaluations: &[Evaluation],
) -> Result<Vec<FoundDataset>> {
    let names = datasets::names(texts).into_iter().map(Literal::Text).collect();
    let test = Test::In { values: names, negated: false };
    let (runs, more) = logged(tracker, call, ProjectScope::All, test).await?;
    let known = Known { runs: &runs, evaluations, more };
    let mut answer: Vec<FoundDataset> = texts.iter().map(|text| known.meant(text)).collect();
    let unknown = |found: &FoundDataset| matches!(found, FoundDataset::Unknown(near) if near.is_empty());
    if answer.iter().any(unknown) {
        let (all, _) = logged(tracker, call, ProjectScope::All, Test::Null { negated: true }).await?;
        for (text, found) in texts.iter().zip(&mut answer).filter(|(_, found)| unknown(found)) {
            let names = all.iter().flat_map(|run| &run.datasets).map(|input| input.name.as_str());
            *found = FoundDataset::Unknown(datasets::near(text, names));
        }
    }
    Ok(answer)
}

/// Runs with such inputs, the newest first, deleted ones too; and whether there are more.
async fn logged(tracker: &dyn Tracker, call: &Call, projects: ProjectScope, test: Test) -> Result<(Vec<Run>, bool)> {
    let mut query = RunQuery {
        projects,
        text: None,
        filter: Some(Filter::Is(Predicate { key: Key::Dataset, test })),
        order: Order::default(),
        include_archived: true,
        parts: Parts::of(&[Part::Datasets]),
        limit: RUNS,
        cursor: None,
    };
    let mut runs = Vec::new();
    for _ in 0..PAGES {
        let page = tracker.search_runs(call, &query).await?;
        runs.extend(page.rows);
        query.cursor = page.next;
        if query.cursor.is_none() {
            return Ok((runs, false));
        }
    }
    Ok((runs, true))
}
