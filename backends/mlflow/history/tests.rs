//! Against servers on 127.0.0.1 that page as 3.17.2 does, or send everything at once as 2.15.1 does.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;
use url::Url;
use wiremock::matchers::{method, path, query_param};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::{PAGE, curves};
use crate::call::{Progress, SystemClock};
use crate::http::{Client, ClientSettings, NoSignIn, TlsSettings};
use crate::mlflow::api::Api;
use crate::mlflow::error;
use crate::model::{Axis, Curve, CurveWant, Curves, Point, Reduction, RunId, Series};
use crate::secret::SafeUrl;
use crate::{Call, ErrorKind, Result};

const START: i64 = 1_780_300_800_000;
const WANT: CurveWant = CurveWant { axis: Axis::Step, from: None, to: None, samples: 50 };

fn history(length: i64) -> Vec<Point> {
    let value = |step: i64| match step {
        4_321 => 1e6,
        12_345 => f64::NAN,
        17_000 => f64::INFINITY,
        _ => 1.0 / (step as f64 + 1.0),
    };
    let at = |step: i64| Timestamp::from_millisecond(START + step * 7).unwrap();
    (0..length).map(|step| Point { step: Some(step), time: Some(at(step)), value: value(step) }).collect()
}

/// As MLflow writes it, pretty and with what is not looked at.
fn page(points: &[Point], token: Option<&str>) -> String {
    let one = |point: &Point| {
        let value = match point.value {
            value if value.is_nan() => "\"NaN\"".to_owned(),
            f64::INFINITY => "1.7976931348623157e+308".to_owned(),
            value => value.to_string(),
        };
        let (time, step) = (point.time.unwrap().as_millisecond(), point.step.unwrap());
        format!(
            "\n    {{\n      \"key\": \"loss\",\n      \"value\": {value},\n      \"timestamp\": {time},\n      \"step\": {step}\n    }}"
        )
    };
    let points: Vec<String> = points.iter().map(one).collect();
    let token = token.map(|token| format!(",\n  \"next_page_token\": \"{token}\"")).unwrap_or_default();
    format!("{{\n  \"metrics\": [{}]{token}\n}}", points.join(","))
}

/// Pages by offset, as the SQL store of 3.17.2.
fn paging(points: Vec<Point>) -> impl Fn(&Request) -> ResponseTemplate {
    move |request| {
        let asked =
            |name: &str| request.url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        let from: usize = asked("page_token").map_or(0, |token| token.parse().unwrap());
        let to = points.len().min(from + asked("max_results").unwrap().parse::<usize>().unwrap());
        let token = (to < points.len()).then(|| to.to_string());
        ResponseTemplate::new(200).set_body_string(page(&points[from..to], token.as_deref()))
    }
}

fn api(address: &str) -> Api {
    let client = Client::new(ClientSettings {
        tracker: "mlflow".to_owned(),
        base: SafeUrl::new(Url::parse(address).unwrap()),
        tls: TlsSettings {
            ca_file: None,
            ca_file_setting: "CA",
            client_certificate: None,
            client_certificate_setting: "CERTIFICATE",
            insecure: false,
        },
        headers: Vec::new(),
        authorize: Arc::new(NoSignIn),
        explain: error::explain,
        check: "check MLFLOW_TRACKING_URI".to_owned(),
        names: crate::section::Names::default(),
        pace: crate::allowance::Pace::default(),
    });
    Api::new(client, address.to_owned(), None)
}

fn call() -> Call {
    Call::new("test", Arc::new(SystemClock))
}

fn series(metric: &str) -> Series {
    Series {
        run: RunId::new("4f1c"),
        started: Timestamp::from_millisecond(START).ok(),
        metric: metric.to_owned(),
        kept: None,
    }
}

async fn read(server: &MockServer, call: &Call, metrics: &[&str]) -> Result<Curves> {
    let series: Vec<Series> = metrics.iter().map(|metric| series(metric)).collect();
    curves(&api(&server.uri()), call, &series, &WANT).await
}

/// What the reduction makes of the points, without any server.
fn reduced(points: &[Point]) -> String {
    let mut reduction = Reduction::new(&WANT, series("loss").started);
    points.iter().for_each(|point| reduction.push(*point));
    format!("{:?}", reduction.finish())
}

fn shown(curve: &Curve) -> String {
    format!("{:?}", (curve.statistics.clone(), curve.samples.clone()))
}

#[tokio::test]
async fn pages_and_everything_at_once_give_the_same_curve() {
    let points = history(25_000);
    let (pages, whole) = (MockServer::start().await, MockServer::start().await);
    let route = || Mock::given(method("GET")).and(path("/api/2.0/mlflow/metrics/get-history"));
    route().respond_with(paging(points.clone())).expect(3).mount(&pages).await;
    route().respond_with(ResponseTemplate::new(200).set_body_string(page(&points, None))).expect(1).mount(&whole).await;

    let paged = read(&pages, &call(), &["loss"]).await.unwrap();
    let at_once = read(&whole, &call(), &["loss"]).await.unwrap();

    assert_eq!(shown(&paged.curves[0]), reduced(&points));
    assert_eq!(shown(&at_once.curves[0]), reduced(&points));
    assert!(paged.notes.is_empty() && at_once.notes.is_empty());
}

#[tokio::test]
async fn a_server_that_ignores_pages_and_speaks_of_more_is_not_asked_again() {
    let points = history(PAGE as i64 + 1);
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200).set_body_string(page(&points, Some("more")));
    Mock::given(method("GET")).respond_with(answer).expect(1).mount(&server).await;
    let read = read(&server, &call(), &["loss"]).await.unwrap();
    assert_eq!(read.curves[0].statistics.count, PAGE + 1);
}

#[tokio::test]
async fn a_server_that_repeats_its_token_is_not_read_for_ever() {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200).set_body_string(page(&history(3), Some("same")));
    Mock::given(method("GET")).respond_with(answer).expect(2).mount(&server).await;
    read(&server, &call(), &["loss"]).await.unwrap();
}

#[tokio::test]
async fn a_series_without_points_is_left_out() {
    let server = MockServer::start().await;
    Mock::given(query_param("metric_key", "loss")).respond_with(paging(history(3))).mount(&server).await;
    Mock::given(query_param("metric_key", "gone"))
        .respond_with(ResponseTemplate::new(200).set_body_string("{}"))
        .mount(&server)
        .await;
    let read = read(&server, &call(), &["gone", "loss"]).await.unwrap();
    let names: Vec<&str> = read.curves.iter().map(|curve| curve.metric.as_str()).collect();
    assert_eq!((names, read.notes.len()), (vec!["loss"], 0));
}

#[tokio::test]
async fn series_come_in_the_order_asked_for_and_one_that_fails_is_named() {
    let server = MockServer::start().await;
    Mock::given(query_param("metric_key", "broken"))
        .respond_with(ResponseTemplate::new(200).set_body_string("{\"metrics\": [{"))
        .mount(&server)
        .await;
    for (metric, wait) in [("slow", 60), ("fast", 0)] {
        let answer = ResponseTemplate::new(200).set_body_string(page(&history(3), None));
        Mock::given(query_param("metric_key", metric))
            .respond_with(answer.set_delay(Duration::from_millis(wait)))
            .mount(&server)
            .await;
    }
    let read = read(&server, &call(), &["slow", "broken", "fast"]).await.unwrap();
    let names: Vec<&str> = read.curves.iter().map(|curve| curve.metric.as_str()).collect();
    assert_eq!(names, ["slow", "fast"]);
    let [note] = read.notes.as_slice() else { panic!("{:?}", read.notes) };
    assert!(note.starts_with("not read, and in no number here: 'broken' of run 4f1c: "), "{note}");
    assert!(note.contains("ends too early"), "{note}");
}

#[tokio::test]
async fn what_was_not_read_in_time_is_dropped_whole_and_named() {
    // The second page comes too late, so that nothing is told of the first.
    let server = MockServer::start().await;
    let late = page(&history(3), None);
    Mock::given(query_param("page_token", "2"))
        .respond_with(ResponseTemplate::new(200).set_body_string(late).set_delay(Duration::from_secs(60)))
        .mount(&server)
        .await;
    Mock::given(query_param("metric_key", "long"))
        .respond_with(ResponseTemplate::new(200).set_body_string(page(&history(3), Some("2"))))
        .mount(&server)
        .await;
    Mock::given(query_param("metric_key", "short")).respond_with(paging(history(3))).mount(&server).await;
    let call = call().with_deadline(Duration::from_millis(3_500));
    let read = read(&server, &call, &["long", "short"]).await.unwrap();
    assert_eq!(read.curves.len(), 1);
    assert_eq!(read.curves[0].metric, "short");
    assert!(read.notes[0].contains("'long' of run 4f1c"), "{:?}", read.notes);
    assert!(read.notes[0].contains("3 points of it had come"), "{:?}", read.notes);
}

#[tokio::test]
async fn a_page_for_which_there_is_no_time_is_not_asked_for() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_string(page(&history(3), Some("2"))))
        .expect(1)
        .mount(&server)
        .await;
    let error = read(&server, &call().with_deadline(Duration::from_millis(1_900)), &["loss"]).await.unwrap_err();
    assert!(error.message.starts_with("more than 3 points of it, and the time of this call is over"), "{error}");
}

#[tokio::test]
async fn if_nothing_could_be_read_that_is_the_error() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(403).set_body_string("Permission denied"))
        .mount(&server)
        .await;
    let error = read(&server, &call(), &["a", "b"]).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotAllowed);
}

#[tokio::test]
async fn a_cancelled_call_ends_as_cancelled() {
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(paging(history(3))).mount(&server).await;
    let token = CancellationToken::new();
    token.cancel();
    let error = read(&server, &call().with_cancellation(token), &["loss"]).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Cancelled);
}

#[derive(Default)]
struct Heard(Mutex<Vec<u64>>);

impl Progress for Heard {
    fn report(&self, done: u64, _: Option<u64>, message: &str) {
        assert!(message.contains("loss"), "{message}");
        self.0.lock().unwrap().push(done);
    }
}

#[tokio::test]
async fn progress_is_told_every_ten_thousand_points_however_they_come() {
    let points = history(25_000);
    let (pages, whole) = (MockServer::start().await, MockServer::start().await);
    Mock::given(method("GET")).respond_with(paging(points.clone())).mount(&pages).await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_string(page(&points, None)))
        .mount(&whole)
        .await;
    for server in [pages, whole] {
        let heard = Arc::new(Heard::default());
        read(&server, &call().with_progress(Arc::clone(&heard) as Arc<dyn Progress>), &["loss"]).await.unwrap();
        let mut told = heard.0.lock().unwrap().clone();
        told.dedup();
        assert_eq!(told, [10_000, 20_000, 25_000]);
    }
}

#[tokio::test]
async fn elapsed_time_counts_from_the_start_of_the_run() {
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(paging(history(10))).mount(&server).await;
    let one = Series { started: history(1)[0].time.map(|time| time - SignedDuration::from_secs(1)), ..series("loss") };
    let want = CurveWant { axis: Axis::Elapsed, from: Some(1.035), ..WANT };
    let read = curves(&api(&server.uri()), &call(), &[one], &want).await.unwrap();
    assert_eq!((read.curves[0].statistics.count, read.curves[0].statistics.outside), (5, 5));
}
