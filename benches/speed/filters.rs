//! Filters: reading one, and holding a thousand runs against it.

use backends::query::Filter;
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};

use crate::runs::{now, runs};

const FILTER: &str = "metrics.metric_03 > 0.4 and params.optimizer = 'adam' and \
                      (tags.harness like 'lm%' or status = 'failed') and started > '7d'";

#[divan::bench]
fn parse() -> Option<Filter> {
    Filter::parse(black_box(FILTER), now()).ok()
}

#[divan::bench]
fn thousand_runs(bencher: Bencher<'_, '_>) {
    let (runs, filter) = (runs(1_000), Filter::parse(FILTER, now()).unwrap());
    bencher
        .counter(ItemsCount::new(runs.len()))
        .bench_local(|| runs.iter().filter(|run| filter.matches(run, now())).count());
}
