//! A question to a local store from its first byte to the answer: 1,000,000 points read, reduced and diagnosed.

use std::sync::Arc;

use backends::Call;
use backends::call::SystemClock;
use backends::local::write::{Measurement, NewExperiment, NewRun, Store};
use backends::model::Status;
use backends::settings::Environment;
use divan::Bencher;
use divan::counter::ItemsCount;
use jiff::{Timestamp, ToSpan};
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tracker_mcp::config::Config;
use tracker_mcp::dispatch;

const STARTED: Timestamp = Timestamp::constant(1_780_300_800, 0);
const POINTS: i64 = 1_000_000;
/// Points that are written at once.
const WRITTEN: i64 = 10_000;

/// A store with one finished run, its configuration, and the name of the run.
fn store() -> (TempDir, Config, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mlflow.db");
    let mut store = Store::create(&file, STARTED).unwrap();
    let experiment = NewExperiment { name: "long".to_owned(), artifact_location: None, tags: Default::default() };
    let experiment = store.create_experiment(&experiment, STARTED).unwrap();
    let run = store.create_run(&experiment, &NewRun::named("long", STARTED)).unwrap();
    for first in (0..POINTS).step_by(WRITTEN as usize) {
        let points: Vec<Measurement<'_>> = (first..first + WRITTEN).map(point).collect();
        store.log_metrics(&run, &points).unwrap();
    }
    store.end_run(&run, Status::Finished, STARTED + 100.hours()).unwrap();
    let uri = format!("sqlite:///{}", file.display());
    let config = Config::discover(&Environment::of(&[("MLFLOW_TRACKING_URI", &uri)], None));
    (folder, config, run.as_str().to_owned())
}

/// A loss that falls, with noise that looks random, every 250 ms or so.
fn point(step: i64) -> Measurement<'static> {
    let noise = (step as f64 * 12.989_8).sin() * 43_758.545_3;
    let noise = noise - noise.floor();
    let value = (-5.0 * step as f64 / POINTS as f64).exp() + 0.1 * noise;
    Measurement { key: "loss", value, time: STARTED + (step * 250 + (noise * 100.0) as i64).milliseconds(), step }
}

fn asked(bencher: Bencher<'_, '_>, tool: &str, arguments: impl Fn(&str) -> Value) {
    let (_folder, config, run) = store();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    bencher.counter(ItemsCount::new(POINTS as usize)).bench_local(|| {
        let call = Call::new("bench", Arc::new(SystemClock));
        let arguments: Map<String, Value> = arguments(&run).as_object().unwrap().clone();
        let asked = dispatch::call(config.policy, Arc::clone(&config.trackers), call, tool, arguments);
        let reply = runtime.block_on(asked).unwrap();
        assert!(reply.text.contains("1000000"), "{}", reply.text);
        reply
    });
}

/// Reading and reducing alone.
#[divan::bench(sample_count = 10)]
fn history(bencher: Bencher<'_, '_>) {
    asked(bencher, "get_metric_history", |run| json!({"runs": [run], "metrics": ["loss"]}));
}

#[divan::bench(sample_count = 10)]
fn diagnosis(bencher: Bencher<'_, '_>) {
    asked(bencher, "diagnose_run", |run| json!({"run": run}));
}
