//! A server that makes its answers of points as server 2.0.0 does: one point kept for each iteration, in single
//! precision where it averages.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value, json};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::{METRICS, RAW, START};
use crate::clearml::history::HISTOGRAMS;
use crate::clearml::tests::{answer, signing_in};

/// A series of a task: step, milliseconds since the start, value.
pub(super) struct Reported {
    task: String,
    name: (&'static str, &'static str),
    pub(super) points: Vec<(i64, i64, f64)>,
}

pub(super) fn reported(task: &str, name: (&'static str, &'static str), length: i64) -> Reported {
    let value = |step: i64| match step {
        12_345 => 41.5,
        _ => 1.0 / (step as f64 + 1.0) + (step as f64 * 0.7).sin() / 7.0,
    };
    Reported { task: task.to_owned(), name, points: (0..length).map(|step| (step, step * 7, value(step))).collect() }
}

pub(super) fn loss(task: &str, length: i64) -> Reported {
    reported(task, ("train", "loss"), length)
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
    let mut stretches: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
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

pub(super) fn page(all: &[Reported], body: &Value) -> ResponseTemplate {
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
pub(super) async fn serving(all: Vec<Reported>) -> MockServer {
    let (server, _) = signing_in("2.31").await;
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
