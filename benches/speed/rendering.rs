//! An answer of a hundred rows in its two forms, and cut to the budget.

use backends::allowance::CHARACTERS as BUDGET;
use divan::Bencher;
use tracker_mcp::render::{Answer, Cell, Column, fit, to_structured, to_text};

use crate::runs::runs;

/// A table of runs as `search_runs` shows it.
fn table(rows: usize) -> Answer {
    let columns = ["run", "name", "status", "started", "project", "metrics.metric_00", "metrics.metric_01"];
    let runs = runs(u32::try_from(rows).unwrap());
    let row = |run: &backends::model::Run| {
        let metric = |name: &str| Cell::from(run.metrics.get(name).map(|metric| metric.value));
        vec![
            Cell::text(format!("lab:{}", run.id)),
            Cell::foreign(&run.name),
            Cell::from(run.status.map(|status| Cell::text(status.word()))),
            Cell::from(run.started),
            Cell::foreign(&run.project.name),
            metric("metric_00"),
            metric("metric_01"),
        ]
    };
    Answer::new().table("runs", columns.map(Column::new).to_vec(), runs.iter().map(row).collect())
}

#[divan::bench]
fn hundred_rows_as_text(bencher: Bencher<'_, '_>) {
    let answer = table(100);
    bencher.bench_local(|| to_text(&answer));
}

#[divan::bench]
fn hundred_rows_as_data(bencher: Bencher<'_, '_>) {
    let answer = table(100);
    bencher.bench_local(|| to_structured(&answer).to_string());
}

#[divan::bench]
fn two_hundred_rows_fitted(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| fit(200, BUDGET, table));
}
