//! Long series, point by point.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::double::{Reported, loss, page, reported, serving};
use super::*;
use crate::call::Progress;
use crate::clearml::history::PAGE;
use crate::model::{Curve, CurveSource, Reduction};

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
        let long = loss("t", 2 * PAGE as i64);
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
async fn a_server_whose_pages_begin_anew_is_not_read_for_ever() {
    let server = serving(vec![reported("t", ("m", "v"), PAGE as i64)]).await;
    let all = vec![reported("t", ("m", "v"), PAGE as i64)];
    endpoint(RAW)
        .respond_with(move |request: &Request| {
            let mut body: Value = request.body_json().unwrap();
            body["scroll_id"] = json!("0");
            page(&all, &body)
        })
        .expect(2)
        .mount(&server)
        .await;
    // It was reported more often than it has steps.
    let read = read(&server, &[known("t", "m/v", counted(PAGE + 5, 0.5))], &WANT).await;
    assert_eq!((read.curves[0].statistics.count, read.curves[0].statistics.repeated_steps), (PAGE, 0));
}

#[tokio::test]
async fn a_page_for_which_there_is_no_time_is_not_asked_for() {
    let server = serving(vec![reported("t", ("m", "v"), 3 * PAGE as i64)]).await;
    let error = outcome(&server, &call().with_deadline(Duration::from_millis(1_900))).await.unwrap_err();
    assert!(error.message.starts_with("more than 10000 points of it, and the time of this call is over"), "{error}");
    assert_eq!(endpoints(&server).await, [METRICS, RAW]);
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
