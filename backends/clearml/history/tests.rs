//! Against a server that answered as recorded, and against one that makes its answers of points as server 2.0.0 does:
//! one point kept for each iteration, in single precision where it averages.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::{BUCKETS, HISTOGRAMS, PAGE};
use crate::call::{Progress, SystemClock};
use crate::clearml::KIND;
use crate::model::{Axis, Curve, CurveSource, CurveWant, Curves, Metric, Part, Parts, Point, Reduction, RunId, Series};
use crate::settings::Environment;
use crate::{Call, ErrorKind, Result, Tracker};

const START: i64 = 1_795_168_948_000;
const WANT: CurveWant = CurveWant { axis: Axis::Step, from: None, to: None, samples: 50 };
const METRICS: &str = "tasks.get_by_id_ex";
const RAW: &str = "events.scalar_metrics_iter_raw";

fn tracker(server: &MockServer) -> Arc<dyn Tracker> {
    let uri = server.uri();
    let variables = [
        ("CLEARML_API_HOST", uri.as_str()),
        ("CLEARML_WEB_HOST", "http://web.test"),
        ("CLEARML_FILES_HOST", uri.as_str()),
        ("CLEARML_API_ACCESS_KEY", "AKEY"),
        ("CLEARML_API_SECRET_KEY", "hunter2-hunter2"),
    ];
    (KIND.discover)(&Environment::of(&variables, None)).unwrap().tracker.unwrap()
}

fn call() -> Call {
    Call::new("tests", Arc::new(SystemClock))
}

fn answer(data: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({"meta": {"result_code": 200, "result_msg": "OK"}, "data": data}))
}

/// What the server says when one task of many is unknown (recorded).
fn invalid_task() -> ResponseTemplate {
    ResponseTemplate::new(400).set_body_json(json!({
        "meta": {"result_code": 400, "result_subcode": 101, "error_stack": null, "error_data": {},
                 "result_msg": "Invalid task id: ids=(f03721ba0b6b4ca8aa19664990534402, ffffffffffffffffffffffffffffffff)"},
        "data": {}
    }))
}

/// A server that signs us in.
async fn signing_in() -> MockServer {
    let server = MockServer::start().await;
    let claims = json!({"identity": {"user": "u1"}, "exp": 4_102_444_800_u64, "api_version": "2.31"});
    let token = format!("e30.{}.signature", URL_SAFE_NO_PAD.encode(claims.to_string()));
    Mock::given(path("/auth.login")).respond_with(answer(&json!({"token": token}))).mount(&server).await;
    server
}

fn series(run: &str, metric: &str) -> Series {
    Series { run: RunId::new(run), started: None, metric: metric.to_owned(), kept: None }
}

async fn read(server: &MockServer, series: &[Series], want: &CurveWant) -> Curves {
    tracker(server).curves(&call(), series, want).await.unwrap()
}

/// The requests that were made after signing in: endpoint and body.
async fn asked(server: &MockServer) -> Vec<(String, Value)> {
    let requests = server.received_requests().await.unwrap();
    let of = |request: &Request| (request.url.path().replace("/v2.31/", ""), request.body_json().unwrap());
    requests.iter().map(of).filter(|(endpoint, _)| endpoint != "/auth.login").collect()
}

async fn endpoints(server: &MockServer) -> Vec<String> {
    asked(server).await.into_iter().map(|(endpoint, _)| endpoint).collect()
}

fn step(step: i64, value: f64) -> Option<Point> {
    Some(Point { step: Some(step), time: None, value })
}

fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(START + milliseconds).unwrap()
}

// As recorded.

struct Recorded {
    server: MockServer,
    run: String,
    requests: Vec<(String, Value)>,
}

/// A server that gives the recorded answers of a task.
async fn recorded(case: &str) -> Recorded {
    let exchanges: Vec<Value> = serde_json::from_str(include_str!("../fixtures/curves.json")).unwrap();
    let server = signing_in().await;
    let mut recorded = Recorded { server, run: String::new(), requests: Vec::new() };
    for exchange in exchanges.iter().filter(|exchange| exchange["case"] == case) {
        let endpoint = exchange["endpoint"].as_str().unwrap();
        Mock::given(path(format!("/v2.31/{endpoint}")))
            .respond_with(answer(&exchange["data"]))
            .mount(&recorded.server)
            .await;
        recorded.requests.push((endpoint.to_owned(), exchange["request"].clone()));
    }
    recorded.run = recorded.requests[0].1["id"][0].as_str().unwrap().to_owned();
    recorded
}

#[tokio::test]
async fn a_short_series_comes_whole_with_two_requests() {
    let recorded = recorded("bad").await;
    let read = read(&recorded.server, &[series(&recorded.run, "loss/x")], &WANT).await;
    assert_eq!(asked(&recorded.server).await, recorded.requests);
    let [curve] = read.curves.as_slice() else { panic!("{read:?}") };
    // Something was reported at step 1 without a value.
    assert_eq!(curve.samples, [step(0, 1.0), step(2, 3.0)].into_iter().flatten().collect());
    assert_eq!((curve.statistics.count, curve.source), (2, CurveSource::Exact));
    assert!(read.notes.is_empty(), "{:?}", read.notes);
}

#[tokio::test]
async fn numbers_in_single_precision_become_what_was_reported_again() {
    let recorded = recorded("again").await;
    let read =
        read(&recorded.server, &[series(&recorded.run, "loss/train")], &CurveWant { samples: 500, ..WANT }).await;
    let curve = &read.curves[0];
    // 9.949999809265137 and 12.600000381469727 came.
    assert_eq!((curve.samples.values()[1], curve.samples.values()[148]), (9.95, 12.6));
    let facts = &curve.statistics;
    assert_eq!((facts.first, facts.last), (step(0, 10.0), step(149, 12.55)));
    assert_eq!((facts.min, facts.max), (step(49, 7.55), step(50, 17.5)));
}

#[tokio::test]
async fn an_extreme_that_was_replaced_is_told_and_not_shown() {
    let recorded = recorded("again").await;
    let read = read(&recorded.server, &[series(&recorded.run, "loss/train")], &WANT).await;
    assert_eq!((read.curves[0].statistics.count, read.curves[0].statistics.repeated_steps), (150, 0));
    let [note] = read.notes.as_slice() else { panic!("{:?}", read.notes) };
    assert!(note.contains("a value of 5.05 at step 99 was reported once and is not in the history"), "{note}");
}

#[tokio::test]
async fn names_with_slashes_and_single_values_are_told_apart_by_what_the_run_has() {
    let recorded = recorded("single").await;
    let names = ["Summary/best acc", "a/b/c/d", "neg/iter", "one/point", "a/b", "gone/x"];
    let asked_for: Vec<Series> = names.iter().map(|name| series(&recorded.run, name)).collect();
    let read = read(&recorded.server, &asked_for, &WANT).await;
    assert_eq!(asked(&recorded.server).await, recorded.requests);
    let found: Vec<&str> = read.curves.iter().map(|curve| curve.metric.as_str()).collect();
    assert_eq!(found, ["Summary/best acc", "a/b/c/d", "neg/iter", "one/point"]);
    let [summary, slashes, negative, large] = read.curves.as_slice() else { panic!("{read:?}") };
    let point = Some(Point { step: None, time: None, value: 0.95 });
    assert_eq!((summary.statistics.count, summary.statistics.last, summary.statistics.min), (1, point, point));
    assert!(summary.samples.is_empty());
    assert_eq!(slashes.statistics.max, step(1, 2.5));
    assert_eq!(negative.statistics.first, step(-5, 1.0));
    // 123456792.0 came.
    assert_eq!(large.statistics.last, step(7, 123_456_789.0));
    assert!(read.notes.iter().any(|note| note.contains("'Summary/best acc'") && note.contains("without a step")));
    assert!(read.notes.iter().any(|note| note.contains("'one/point'") && note.contains("seven digits")), "{read:?}");
}

#[tokio::test]
async fn points_of_one_millisecond_come_as_their_mean() {
    let recorded = recorded("same-ms").await;
    let want = CurveWant { axis: Axis::Time, ..WANT };
    let read = read(&recorded.server, &[series(&recorded.run, "loss/x")], &want).await;
    assert_eq!(asked(&recorded.server).await, recorded.requests);
    let curve = &read.curves[0];
    assert_eq!((curve.source, curve.statistics.count, curve.samples.len()), (CurveSource::BucketMeans, 40, 20));
    assert_eq!(curve.samples.iter().next().unwrap(), Point { step: None, time: Some(at(0)), value: 0.5 });
    // Its value and step are known, and when it was is not.
    assert_eq!(curve.statistics.max, step(39, 39.0));
    assert!(read.notes[0].contains("reported within a millisecond"), "{:?}", read.notes);
}

// Of points.

/// A series of a task: step, milliseconds since the start, value.
struct Reported {
    task: String,
    name: (&'static str, &'static str),
    points: Vec<(i64, i64, f64)>,
}

fn reported(task: &str, name: (&'static str, &'static str), length: i64) -> Reported {
    let value = |step: i64| match step {
        12_345 => 41.5,
        _ => 1.0 / (step as f64 + 1.0) + (step as f64 * 0.7).sin() / 7.0,
    };
    Reported { task: task.to_owned(), name, points: (0..length).map(|step| (step, step * 7, value(step))).collect() }
}

/// The facts that a task has of a series.
fn kept(points: &[(i64, i64, f64)]) -> Value {
    let of = |point: Option<&(i64, i64, f64)>| point.map(|point| (point.2, point.0)).unwrap();
    let (min, min_at) = of(points.iter().min_by(|a, b| a.2.total_cmp(&b.2)));
    let (max, max_at) = of(points.iter().rev().max_by(|a, b| a.2.total_cmp(&b.2)));
    let ((first, first_at), (last, _)) = (of(points.first()), of(points.last()));
    json!({"value": last, "min_value": min, "min_value_iteration": min_at, "max_value": max, "max_value_iteration": max_at,
           "first_value": first, "first_value_iteration": first_at, "count": points.len()})
}

fn last_metrics(all: &[Reported], task: &str) -> Value {
    let mut titles = Map::new();
    for (number, one) in all.iter().enumerate().filter(|(_, one)| one.task == task) {
        let mut facts = kept(&one.points);
        facts["metric"] = json!(one.name.0);
        facts["variant"] = json!(one.name.1);
        titles.insert(format!("hash{number}"), json!({"hash": facts}));
    }
    Value::Object(titles)
}

/// Means over stretches, as `bll/event/event_metrics.py` makes them.
fn histogram(one: &Reported, key: &str, samples: i64) -> Value {
    let x = |point: &(i64, i64, f64)| if key == "iter" { point.0 } else { START + point.1 };
    let places: Vec<i64> = one.points.iter().map(x).collect();
    let reach = places.iter().max().unwrap() - places.iter().min().unwrap() + 1;
    let stretch = if (places.len() as i64) < samples { 1 } else { (reach + samples - 1) / samples };
    let mut stretches: std::collections::BTreeMap<i64, Vec<f64>> = std::collections::BTreeMap::new();
    for (point, place) in one.points.iter().zip(places) {
        stretches.entry(place.div_euclid(stretch) * stretch).or_default().push(f64::from(point.2 as f32));
    }
    let means: Vec<f64> = stretches.values().map(|all| all.iter().sum::<f64>() / all.len() as f64).collect();
    json!({"name": "a task", "x": stretches.keys().collect::<Vec<_>>(), "y": means})
}

fn histograms(all: &[Reported], body: &Value) -> ResponseTemplate {
    let tasks: Vec<&str> = body["tasks"].as_array().unwrap().iter().map(|task| task.as_str().unwrap()).collect();
    assert!((1..=100).contains(&tasks.len()));
    let mut metrics = json!({});
    for asked in body["metrics"].as_array().unwrap() {
        for one in all.iter().filter(|one| tasks.contains(&one.task.as_str()) && asked["metric"] == one.name.0) {
            if asked["variants"].as_array().unwrap().iter().any(|variant| variant == one.name.1) {
                metrics[one.name.0][one.name.1][&one.task] =
                    histogram(one, body["key"].as_str().unwrap(), body["samples"].as_i64().unwrap());
            }
        }
    }
    answer(&json!({"metrics": metrics}))
}

fn page(all: &[Reported], body: &Value) -> ResponseTemplate {
    let (metric, key) = (&body["metric"], body["key"].as_str().unwrap());
    let fits = |one: &&Reported| {
        body["task"] == one.task && metric["metric"] == one.name.0 && metric["variants"] == json!([one.name.1])
    };
    let one = all.iter().find(fits).unwrap();
    let from = body["scroll_id"].as_str().map_or(0, |scroll| scroll.parse().unwrap());
    let size = body["batch_size"].as_u64().unwrap() as usize;
    let points: Vec<&(i64, i64, f64)> = one.points.iter().skip(from).take(size).collect();
    let x = |point: &&(i64, i64, f64)| if key == "iter" { point.0 } else { START + point.1 };
    let values: Vec<f64> = points.iter().map(|point| point.2).collect();
    let mut variant = json!({"y": values});
    variant[key] = json!(points.iter().map(x).collect::<Vec<_>>());
    let variants = if points.is_empty() { json!({}) } else { json!({one.name.1: variant}) };
    let scroll = (from + points.len()).to_string();
    answer(&json!({"returned": points.len(), "total": null, "scroll_id": scroll, "variants": variants}))
}

/// A server that has these series.
async fn serving(all: Vec<Reported>) -> MockServer {
    let server = signing_in().await;
    let all = Arc::new(all);
    Mock::given(method("POST"))
        .respond_with(move |request: &Request| {
            let body: Value = request.body_json().unwrap();
            match request.url.path().strip_prefix("/v2.31/").unwrap() {
                METRICS => {
                    let have: BTreeSet<&str> = all.iter().map(|one| one.task.as_str()).collect();
                    let ids = body["id"].as_array().unwrap().iter().map(|id| id.as_str().unwrap());
                    let task = |id| json!({"id": id, "last_metrics": last_metrics(&all, id)});
                    answer(&json!({"tasks": ids.filter(|id| have.contains(id)).map(task).collect::<Vec<_>>()}))
                }
                HISTOGRAMS => histograms(&all, &body),
                RAW => page(&all, &body),
                other => panic!("{other}"),
            }
        })
        .with_priority(10)
        .mount(&server)
        .await;
    server
}

/// What the reduction makes of points without any server.
fn reduced(one: &Reported, want: &CurveWant) -> String {
    let mut reduction = Reduction::new(want, None);
    for (step, milliseconds, value) in &one.points {
        let (step, time) = match want.axis {
            Axis::Step => (Some(*step), None),
            Axis::Time | Axis::Elapsed => (None, Some(at(*milliseconds))),
        };
        reduction.push(Point { step, time, value: *value });
    }
    let (statistics, samples) = reduction.finish();
    format!("{:?}", (statistics, samples))
}

fn shown(curve: &Curve) -> String {
    format!("{:?}", (&curve.statistics, &curve.samples))
}

#[tokio::test]
async fn a_long_series_comes_point_by_point() {
    for axis in [Axis::Step, Axis::Time] {
        let long = reported("t", ("train", "loss"), 2 * PAGE as i64);
        let want = CurveWant { axis, ..WANT };
        let expected = reduced(&long, &want);
        let server = serving(vec![long]).await;
        let read = read(&server, &[series("t", "train/loss")], &want).await;
        assert_eq!(shown(&read.curves[0]), expected);
        assert_eq!((read.curves[0].source, read.notes.len()), (CurveSource::Exact, 0));
        let asked = asked(&server).await;
        let endpoints: Vec<&str> = asked.iter().map(|(endpoint, _)| endpoint.as_str()).collect();
        assert_eq!(endpoints, [METRICS, RAW, RAW]);
        let metric = json!({"metric": "train", "variants": ["loss"]});
        let key = if axis == Axis::Step { "iter" } else { "timestamp" };
        assert_eq!(asked[1].1, json!({"task": "t", "metric": metric, "key": key, "batch_size": PAGE}));
        assert_eq!(asked[2].1["scroll_id"], "10000");
    }
}

#[tokio::test]
async fn many_long_series_come_as_means_with_the_exact_facts_among_them() {
    let tasks = ["a", "b", "c", "d", "e"];
    let server = serving(tasks.map(|task| reported(task, ("train", "loss"), 20_000)).into()).await;
    let asked_for = tasks.map(|task| series(task, "train/loss"));
    let read = read(&server, &asked_for, &WANT).await;
    assert_eq!(endpoints(&server).await, [METRICS, HISTOGRAMS]);
    let points = reported("a", ("", ""), 20_000).points;
    assert_eq!(read.curves.len(), 5);
    for curve in &read.curves {
        assert_eq!(curve.source, CurveSource::BucketMeans);
        let facts = &curve.statistics;
        assert_eq!((facts.count, facts.first), (20_000, step(0, points[0].2)));
        assert_eq!(facts.last, Some(Point { step: None, time: None, value: points[19_999].2 }));
        let least = points.iter().min_by(|a, b| a.2.total_cmp(&b.2)).unwrap();
        assert_eq!((facts.max, facts.min), (step(12_345, 41.5), step(least.0, least.2)));
        assert!(curve.samples.len() <= 50 && curve.samples.iter().any(|point| Some(point) == step(12_345, 41.5)));
        assert!(curve.samples.iter().is_sorted_by_key(|point| point.step));
    }
    let [note] = read.notes.as_slice() else { panic!("{:?}", read.notes) };
    assert!(note.starts_with("'train/loss' of run a, 'train/loss' of run b"), "{note}");
    assert!(note.contains("n, first, last, min and max are exact"), "{note}");
}

#[tokio::test]
async fn statistics_alone_need_no_points_of_long_series() {
    let server = serving(vec![reported("t", ("train", "loss"), 30_000)]).await;
    let read = read(&server, &[series("t", "train/loss")], &CurveWant { samples: 0, ..WANT }).await;
    assert_eq!(endpoints(&server).await, [METRICS]);
    let facts = &read.curves[0].statistics;
    assert_eq!((facts.count, facts.max, facts.last.unwrap().step), (30_000, step(12_345, 41.5), None));
    assert!(read.curves[0].samples.is_empty() && read.notes.is_empty(), "{read:?}");
}

#[tokio::test]
async fn an_extreme_stands_at_its_step_though_single_precision_has_it_elsewhere_too() {
    let mut wave = reported("t", ("m", "v"), BUCKETS as i64 - 1);
    wave.points.iter_mut().for_each(|point| point.2 = (point.0 as f64 / 100.0).sin() + 3.0);
    let rounded = wave.points.iter().filter(|point| (point.2 as f32).to_bits() == 4.0_f32.to_bits()).count();
    let top = *wave.points.iter().max_by(|a, b| a.2.total_cmp(&b.2)).unwrap();
    let server = serving(vec![wave]).await;
    let read = read(&server, &[series("t", "m/v")], &CurveWant { samples: 6, ..WANT }).await;
    assert!(rounded > 1);
    assert_eq!(read.curves[0].statistics.max, step(top.0, top.2));
    assert!(
        read.curves[0].samples.iter().any(|point| Some(point) == step(top.0, top.2)),
        "{:?}",
        read.curves[0].samples
    );
}

#[tokio::test]
async fn a_value_that_stays_is_shown_as_it_was_reported() {
    for (length, tasks) in [(300, 1), (20_000, 5)] {
        let constant = |task: usize| {
            let mut one = reported(&format!("t{task}"), ("lr", "lr"), length);
            one.points.iter_mut().for_each(|point| point.2 = 0.1);
            one
        };
        let server = serving((0..tasks).map(constant).collect()).await;
        let asked_for: Vec<Series> = (0..tasks).map(|task| series(&format!("t{task}"), "lr/lr")).collect();
        let read = read(&server, &asked_for, &WANT).await;
        assert!(read.curves[0].samples.iter().all(|point| point.value == 0.1), "{:?}", read.curves[0].samples);
        assert_eq!(read.curves[0].statistics.max, step(0, 0.1));
    }
}

#[tokio::test]
async fn a_series_that_is_too_long_for_pages_comes_as_means() {
    let server = serving(vec![reported("t", ("train", "loss"), 100_001)]).await;
    let read = read(&server, &[series("t", "train/loss")], &WANT).await;
    assert_eq!(endpoints(&server).await, [METRICS, HISTOGRAMS]);
    assert_eq!((read.curves[0].source, read.curves[0].statistics.count), (CurveSource::BucketMeans, 100_001));
}

#[tokio::test]
async fn a_range_of_means_is_of_means_but_for_the_extremes_in_it() {
    let tasks = ["a", "b", "c", "d", "e"];
    let server = serving(tasks.map(|task| reported(task, ("train", "loss"), 20_000)).into()).await;
    let want = CurveWant { from: Some(12_000.0), to: Some(13_000.0), ..WANT };
    let read = read(&server, &tasks.map(|task| series(task, "train/loss")), &want).await;
    let facts = &read.curves[0].statistics;
    assert_eq!(facts.max, step(12_345, 41.5));
    // Stretches of 4 steps, and the exact point among them.
    assert_eq!((facts.count, facts.first.unwrap().step), (252, Some(12_000)));
    assert!(read.notes[0].contains("in this range n, first and last are of means"), "{:?}", read.notes);
}

#[tokio::test]
async fn what_the_asker_knows_of_a_run_is_not_asked_again() {
    let server = serving(vec![reported("t", ("train", "loss"), 300), reported("t", ("a/b", "c"), 300)]).await;
    let parts = Parts::of(&[Part::Metrics]);
    let tracker = tracker(&server);
    let run = tracker.runs(&call(), &[RunId::new("t")], parts).await.unwrap().found.remove(0).run;
    let known = |name: &str| Series { kept: run.metrics.get(name).copied(), ..series("t", name) };
    let before = endpoints(&server).await.len();
    let read = tracker.curves(&call(), &[known("train/loss")], &WANT).await.unwrap();
    assert_eq!(endpoints(&server).await[before..], [HISTOGRAMS]);
    let first = &read.curves[0].statistics;
    let expected = reported("t", ("", ""), 300).points[0].2;
    assert_eq!(first.first, step(0, expected));
    // With two slashes it is not clear where the title ends.
    tracker.curves(&call(), &[known("a/b/c")], &WANT).await.unwrap();
    assert_eq!(endpoints(&server).await[before + 1..], [METRICS, HISTOGRAMS]);
}

#[tokio::test]
async fn a_hundred_runs_are_one_request_and_more_are_two() {
    for (runs, requests) in [(100, 2), (150, 4)] {
        let tasks: Vec<String> = (0..runs).map(|number| format!("task{number}")).collect();
        let server = serving(tasks.iter().map(|task| reported(task, ("train", "loss"), 3)).collect()).await;
        let asked_for: Vec<Series> = tasks.iter().map(|task| series(task, "train/loss")).collect();
        let read = read(&server, &asked_for, &WANT).await;
        assert_eq!((read.curves.len(), read.notes.len()), (runs, 0));
        assert!(read.curves.iter().zip(&tasks).all(|(curve, task)| curve.run.as_str() == task));
        assert_eq!(endpoints(&server).await.len(), requests);
    }
}

#[tokio::test]
async fn an_answer_is_kept_below_what_is_read_at_once() {
    let tasks: Vec<String> = (0..100).map(|number| format!("task{number}")).collect();
    let kept = Some(Metric { count: Some(5_000), ..Metric::last(0.5, None) });
    let asked_for: Vec<Series> = tasks.iter().map(|task| Series { kept, ..series(task, "train/loss") }).collect();
    let server = serving(tasks.iter().map(|task| reported(task, ("train", "loss"), 3)).collect()).await;
    read(&server, &asked_for, &WANT).await;
    // 80 series of 5,000 points.
    let sizes: BTreeSet<usize> =
        asked(&server).await.iter().map(|(_, body)| body["tasks"].as_array().unwrap().len()).collect();
    assert_eq!(sizes, BTreeSet::from([20, 80]));
}

#[tokio::test]
async fn a_run_that_is_gone_costs_the_others_nothing() {
    let server = serving(vec![reported("here", ("train", "loss"), 3), reported("there", ("train", "loss"), 3)]).await;
    let both = |body: &Value| body["tasks"].as_array().unwrap().iter().any(|task| task == "gone");
    Mock::given(path(format!("/v2.31/{HISTOGRAMS}")))
        .and(move |request: &Request| both(&request.body_json().unwrap()))
        .respond_with(invalid_task())
        .mount(&server)
        .await;
    let kept = Some(Metric::last(0.5, None));
    let asked_for = ["here", "gone", "there"].map(|run| Series { kept, ..series(run, "train/loss") });
    let read = read(&server, &asked_for, &WANT).await;
    let runs: Vec<&str> = read.curves.iter().map(|curve| curve.run.as_str()).collect();
    assert_eq!(runs, ["here", "there"]);
    let asked = asked(&server).await;
    let endpoints: Vec<&str> = asked.iter().map(|(endpoint, _)| endpoint.as_str()).collect();
    assert_eq!(endpoints, [HISTOGRAMS, METRICS, HISTOGRAMS]);
    assert_eq!(asked[2].1["tasks"], json!(["here", "there"]));
}

#[tokio::test]
async fn if_all_runs_are_gone_nothing_more_is_asked() {
    let server = serving(vec![reported("here", ("train", "loss"), 3)]).await;
    Mock::given(path(format!("/v2.31/{HISTOGRAMS}"))).respond_with(invalid_task()).expect(1).mount(&server).await;
    let gone = Series { kept: Some(Metric::last(0.5, None)), ..series("gone", "train/loss") };
    assert_eq!(read(&server, &[gone], &WANT).await, Curves::default());
}

#[tokio::test]
async fn unknown_runs_and_series_have_no_curve_and_nothing_is_asked_for_them() {
    let server = serving(vec![reported("t", ("train", "loss"), 3)]).await;
    let asked_for =
        [series("ffff", "train/loss"), series("t", "train/lss"), series("", "train/loss"), series("-t", "train/loss")];
    assert_eq!(read(&server, &asked_for, &WANT).await, Curves::default());
    let asked = asked(&server).await;
    assert_eq!((asked.len(), &asked[0].1["id"]), (1, &json!(["ffff", "t"])));
}

#[tokio::test]
async fn bare_nan_and_infinity_are_values() {
    let server = signing_in().await;
    let body = r#"{"meta": {"result_code": 200}, "data": {"metrics": {"train": {"loss": {"t": {"name": "t",
        "x": [0, 1, 2, 3], "y": [1.0, NaN, null, -Infinity]}}}}}}"#;
    let page = ResponseTemplate::new(200).set_body_raw(body, "application/json");
    Mock::given(path(format!("/v2.31/{HISTOGRAMS}"))).respond_with(page).mount(&server).await;
    let kept = Some(Metric { count: Some(4), ..Metric::last(f64::NAN, None) });
    let read = read(&server, &[Series { kept, ..series("t", "train/loss") }], &WANT).await;
    let facts = &read.curves[0].statistics;
    assert_eq!((facts.count, facts.nan, facts.negative_infinity), (3, 1, 1));
    assert_eq!(facts.first_non_finite.unwrap().step, Some(1));
}

#[tokio::test]
async fn a_last_value_that_the_history_cannot_hold_is_told() {
    let server = serving(vec![reported("t", ("train", "loss"), 30)]).await;
    let kept = Some(Metric { count: Some(31), ..Metric::last(f64::INFINITY, None) });
    let read = read(&server, &[Series { kept, ..series("t", "train/loss") }], &WANT).await;
    assert_eq!(read.curves[0].statistics.last.unwrap().step, Some(29));
    let [note] = read.notes.as_slice() else { panic!("{:?}", read.notes) };
    assert!(
        note.starts_with("'train/loss' of run t: its last value is Infinity, which is not in the history"),
        "{note}"
    );
}

#[tokio::test]
async fn a_fall_to_zero_is_told_with_its_step() {
    let mut fallen = reported("t", ("val", "loss"), 300);
    for (step, _, value) in &mut fallen.points {
        *value = if *step < 200 { 2.5 / (1.0 + *step as f64 / 50.0) } else { 0.0 };
    }
    let server = serving(vec![fallen]).await;
    let read = read(&server, &[series("t", "val/loss")], &WANT).await;
    let [note] = read.notes.as_slice() else { panic!("{:?}", read.notes) };
    assert!(note.starts_with("'val/loss' of run t goes from 0.50"), "{note}");
    assert!(note.contains("to exactly 0 at step 200: ClearML's client replaces NaN and infinity by 0"), "{note}");
}

#[tokio::test]
async fn steps_far_apart_are_no_averages() {
    let mut sparse = reported("t", ("m", "v"), BUCKETS as i64 - 1);
    sparse.points.iter_mut().for_each(|point| point.0 *= 1_000);
    let server = serving(vec![sparse]).await;
    let read = read(&server, &[series("t", "m/v")], &WANT).await;
    let facts = &read.curves[0].statistics;
    assert_eq!((read.curves[0].source, facts.count), (CurveSource::Exact, BUCKETS - 1));
    assert_eq!(facts.last.unwrap().step, Some((BUCKETS as i64 - 2) * 1_000));
}

#[tokio::test]
async fn where_the_server_does_not_count_what_came_tells_whether_it_is_whole() {
    for (length, source) in [(300, CurveSource::Exact), (6_001, CurveSource::BucketMeans)] {
        let server = serving(vec![reported("t", ("m", "v"), length)]).await;
        let uncounted = Series { kept: Some(Metric::last(0.5, None)), ..series("t", "m/v") };
        assert_eq!(read(&server, &[uncounted], &WANT).await.curves[0].source, source);
    }
}

#[tokio::test]
async fn a_range_counts_from_the_start_of_the_run() {
    let server = serving(vec![reported("t", ("m", "v"), 10)]).await;
    let one = Series { started: Some(at(0) - SignedDuration::from_secs(1)), ..series("t", "m/v") };
    let want = CurveWant { axis: Axis::Elapsed, from: Some(1.035), ..WANT };
    let read = read(&server, &[one], &want).await;
    assert_eq!((read.curves[0].statistics.count, read.curves[0].statistics.outside), (5, 5));
}

#[tokio::test]
async fn a_server_whose_pages_begin_anew_is_not_read_for_ever() {
    let server = serving(vec![reported("t", ("m", "v"), PAGE as i64)]).await;
    let all = vec![reported("t", ("m", "v"), PAGE as i64)];
    Mock::given(path(format!("/v2.31/{RAW}")))
        .respond_with(move |request: &Request| {
            let mut body: Value = request.body_json().unwrap();
            body["scroll_id"] = json!("0");
            page(&all, &body)
        })
        .expect(2)
        .mount(&server)
        .await;
    // It was reported more often than it has steps.
    let kept = Some(Metric { count: Some(PAGE + 5), ..Metric::last(0.5, None) });
    let read = read(&server, &[Series { kept, ..series("t", "m/v") }], &WANT).await;
    assert_eq!((read.curves[0].statistics.count, read.curves[0].statistics.repeated_steps), (PAGE, 0));
}

#[tokio::test]
async fn a_series_that_cannot_be_read_is_named_and_the_others_stand() {
    let server = serving(vec![reported("t", ("train", "loss"), 7_000), reported("t", ("train", "accuracy"), 30)]).await;
    // As the server does when something was reported without a value.
    let fault = json!({"meta": {"result_code": 500, "result_subcode": 0, "result_msg": "'value'"}, "data": {}});
    Mock::given(path(format!("/v2.31/{RAW}")))
        .respond_with(ResponseTemplate::new(500).set_body_json(fault))
        .mount(&server)
        .await;
    let asked_for = ["train/loss", "train/accuracy"].map(|name| series("t", name));
    let read = read(&server, &asked_for, &WANT).await;
    assert_eq!(read.curves.iter().map(|curve| curve.metric.as_str()).collect::<Vec<_>>(), ["train/accuracy"]);
    assert!(read.notes[0].starts_with("not read, and in no number here: 'train/loss' of run t: "), "{:?}", read.notes);
}

#[tokio::test]
async fn if_nothing_could_be_read_that_is_the_error() {
    let server = serving(vec![reported("t", ("m", "v"), 3)]).await;
    let refused = json!({"meta": {"result_code": 403, "result_subcode": 20, "result_msg": "no"}, "data": {}});
    Mock::given(path(format!("/v2.31/{HISTOGRAMS}")))
        .respond_with(ResponseTemplate::new(403).set_body_json(refused))
        .mount(&server)
        .await;
    let error = outcome(&server, &call()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotAllowed);
}

#[tokio::test]
async fn a_page_for_which_there_is_no_time_is_not_asked_for() {
    let server = serving(vec![reported("t", ("m", "v"), 3 * PAGE as i64)]).await;
    let error = outcome(&server, &call().with_deadline(Duration::from_millis(1_900))).await.unwrap_err();
    assert!(error.message.starts_with("more than 10000 points of it, and the time of this call is over"), "{error}");
    assert_eq!(endpoints(&server).await, [METRICS, RAW]);
}

async fn outcome(server: &MockServer, call: &Call) -> Result<Curves> {
    tracker(server).curves(call, &[series("t", "m/v")], &WANT).await
}

#[derive(Default)]
struct Heard(Mutex<Vec<u64>>);

impl Progress for Heard {
    fn report(&self, done: u64, _: Option<u64>, message: &str) {
        assert!(message.contains("m/v"), "{message}");
        self.0.lock().unwrap().push(done);
    }
}

#[tokio::test]
async fn progress_is_told_with_every_page() {
    let server = serving(vec![reported("t", ("m", "v"), 25_000)]).await;
    let heard = Arc::new(Heard::default());
    outcome(&server, &call().with_progress(Arc::clone(&heard) as Arc<dyn Progress>)).await.unwrap();
    assert_eq!(*heard.0.lock().unwrap(), [10_000, 20_000, 25_000]);
}
