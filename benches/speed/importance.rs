//! Which of 30 params matter, over runs of a sweep.

use std::collections::BTreeMap;

use divan::Bencher;
use divan::counter::ItemsCount;
use tracker_mcp::analysis::importance;

/// 30 params, half of them numbers with a value of their own in each run, half words; and a metric that depends on three.
fn sweep(runs: u32) -> (Vec<Vec<String>>, Vec<f64>) {
    let number = |run: u32, param: u32| f64::from((run + 1).wrapping_mul(2_654_435_761).rotate_left(param) >> 8) / 1e7;
    let text = |run: u32, param: u32| match param % 2 {
        0 => number(run, param).to_string(),
        _ => format!("choice {}", (number(run, param) * 1e7) as u32 % 5),
    };
    let params = (0..30).map(|param| (0..runs).map(|run| text(run, param)).collect()).collect();
    let metric = (0..runs).map(|run| number(run, 0) + number(run, 2) * number(run, 4)).collect();
    (params, metric)
}

#[divan::bench(args = [100, 1_000, 2_000])]
fn thirty_params(bencher: Bencher<'_, '_>, runs: u32) {
    let (texts, metric) = sweep(runs);
    let params: BTreeMap<String, Vec<Option<&str>>> = texts
        .iter()
        .enumerate()
        .map(|(at, texts)| (format!("param {at:02}"), texts.iter().map(|text| Some(text.as_str())).collect()))
        .collect();
    bencher.counter(ItemsCount::new(runs)).bench_local(|| importance(&params, &metric, 1));
}
