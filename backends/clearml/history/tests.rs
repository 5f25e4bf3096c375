//! Against a server that answered as recorded, and against one that makes its answers of points as server 2.0.0 does.

mod costs;
mod double;
mod exactness;
mod means;
mod missing;
mod pages;
mod recorded;

use jiff::Timestamp;
use serde_json::{Value, json};
use wiremock::matchers::path;
use wiremock::{Mock, MockBuilder, MockServer, Request, ResponseTemplate};

use crate::clearml::tests::{call, tracker};
use crate::model::{Axis, CurveWant, Curves, Metric, Point, RunId, Series};
use crate::{Call, Result};

const START: i64 = 1_795_168_948_000;
const WANT: CurveWant = CurveWant { axis: Axis::Step, from: None, to: None, samples: 50 };
const METRICS: &str = "tasks.get_by_id_ex";
const RAW: &str = "events.scalar_metrics_iter_raw";

fn series(run: &str, metric: &str) -> Series {
    Series { run: RunId::new(run), started: None, metric: metric.to_owned(), kept: None }
}

/// A series of which this is known already.
fn known(run: &str, metric: &str, kept: Metric) -> Series {
    Series { kept: Some(kept), ..series(run, metric) }
}

/// A metric that was reported so often, and what last.
fn counted(count: u64, last: f64) -> Metric {
    Metric { count: Some(count), ..Metric::last(last, None) }
}

async fn read(server: &MockServer, series: &[Series], want: &CurveWant) -> Curves {
    tracker(server).curves(&call(), series, want).await.unwrap()
}

/// What comes of asking for one series.
async fn outcome(server: &MockServer, call: &Call) -> Result<Curves> {
    tracker(server).curves(call, &[series("t", "m/v")], &WANT).await
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

/// What a server does when this endpoint is asked.
fn endpoint(name: &str) -> MockBuilder {
    Mock::given(path(format!("/v2.31/{name}")))
}

fn only_note(read: &Curves) -> &str {
    let [note] = read.notes.as_slice() else { panic!("{:?}", read.notes) };
    note
}

fn step(step: i64, value: f64) -> Option<Point> {
    Some(Point { step: Some(step), time: None, value })
}

fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(START + milliseconds).unwrap()
}
