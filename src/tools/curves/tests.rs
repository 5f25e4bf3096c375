use backends::model::{Axis, Curve, CurveSource, CurveWant, Point, Points, Reduction, RunId};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Shown, curves_in, grouped, reach};
use crate::render::{Answer, size, to_structured, to_text};

const ID: &str = "mlflow:d51b647e9460420591d24be23155c4bf";

fn start() -> Timestamp {
    "2026-11-20T10:00:00Z".parse().unwrap()
}

fn want(axis: Axis) -> CurveWant {
    CurveWant { axis, from: None, to: None, samples: 50 }
}

/// A curve of these values at every so-manieth step, one a second.
fn curve(metric: &str, stride: i64, values: impl IntoIterator<Item = f64>) -> Curve {
    let mut reduction = Reduction::new(&want(Axis::Step), Some(start()));
    for (value, at) in values.into_iter().zip(0..) {
        reduction.push(Point { step: Some(at * stride), time: Some(start() + SignedDuration::from_secs(at)), value });
    }
    let (statistics, samples) = reduction.finish();
    Curve { run: RunId::new("x"), metric: metric.to_owned(), statistics, samples, source: CurveSource::Exact }
}

fn shown<'a>(reference: &'a str, curve: &'a Curve) -> Shown<'a> {
    Shown { reference, name: "a run", curve }
}

fn answer(curves: &[Shown<'_>], samples: usize) -> Answer {
    curves_in(Axis::Step, curves, samples, 50)
}

fn columns(answer: &Answer) -> Vec<String> {
    let columns = to_structured(answer)["series"]["columns"].as_array().unwrap().clone();
    columns.into_iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

#[test]
fn five_thousand_points_with_all_that_matters_take_less_than_three_thousand_bytes() {
    let value = |step: i32| match step {
        1_234 => 41.5,
        2_500 => -7.25,
        4_000.. => f64::NAN,
        _ => 1.0 / f64::from(step + 1) + f64::from(step * 7_919 % 1_000) / 12_345.0,
    };
    let long = curve("val/loss", 1, (0..5_000).map(value));
    let answer = answer(&[shown(ID, &long)], 50);
    assert!(size(&answer) <= 3_000, "{}", size(&answer));
    let form = to_structured(&answer);
    let rows = form["samples"][0]["points"]["rows"].as_array().unwrap();
    assert_eq!(form["samples"][0]["shown"], format!("{} of 5,000 points", rows.len()));
    for kept in [json!([1_234, 41.5]), json!([2_500, -7.25]), json!([4_000, "NaN"]), json!([4_999, "NaN"])] {
        assert!(rows.contains(&kept), "{kept}");
    }
    assert!(to_text(&answer).contains("|4000|NaN|"));
}

#[test]
fn a_column_without_anything_to_say_is_left_out_and_a_count_of_none_is_0() {
    let (fine, broken) = (curve("a", 1, [1.0, 2.0]), curve("b", 1, [1.0, f64::NAN]));
    assert_eq!(
        columns(&answer(&[shown(ID, &fine)], 0)),
        "run name metric n first first_step last last_step min min_step max max_step".split(' ').collect::<Vec<_>>()
    );
    let both = answer(&[shown(ID, &fine), shown(ID, &broken)], 0);
    assert!(columns(&both).ends_with(&["first_non_finite", "first_non_finite_step", "nan"].map(String::from)));
    let rows = &to_structured(&both)["series"]["rows"];
    assert_eq!(rows[0].as_array().unwrap().last(), Some(&json!(0)));
    assert_eq!(rows[1].as_array().unwrap().last(), Some(&json!(1)));
}

#[test]
fn runs_with_the_same_steps_stand_side_by_side() {
    let (one, two) = (curve("loss", 5, [3.0, 2.0, 1.0]), curve("loss", 5, [4.0, f64::NAN, 2.0, 1.5]));
    let form = to_structured(&answer(&[shown("lab:1", &one), shown("lab:2", &two)], 50));
    assert_eq!(form["samples"].as_array().unwrap().len(), 1);
    assert_eq!(form["samples"][0]["points"]["columns"], json!(["step", "lab:1", "lab:2"]));
    assert_eq!(form["samples"][0]["points"]["rows"], json!([[0, 3, 4], [5, 2, "NaN"], [10, 1, 2], [15, "", 1.5]]));
}

#[test]
fn runs_with_other_steps_have_a_table_each() {
    let (one, two) = (curve("loss", 2, [3.0, 2.0, 1.0]), curve("loss", 3, [4.0, 3.0, 2.0]));
    let form = to_structured(&answer(&[shown("lab:1", &one), shown("lab:2", &two)], 50));
    let runs: Vec<&Value> = form["samples"].as_array().unwrap().iter().map(|record| &record["run"]).collect();
    assert_eq!(runs, ["lab:1", "lab:2"]);
    assert_eq!(form["samples"][1]["points"], json!({"columns": ["step", "value"], "rows": [[0, 4], [3, 3], [6, 2]]}));
}

#[test]
fn steps_that_repeat_are_all_shown() {
    let mut reduction = Reduction::new(&want(Axis::Step), None);
    for (step, value) in [(0, 1.0), (1, 2.0), (1, 3.0)] {
        reduction.push(Point {
            step: Some(step),
            time: Some(start() + SignedDuration::from_secs(value as i64)),
            value,
        });
    }
    let (statistics, samples) = reduction.finish();
    let twice = Curve { statistics, samples, ..curve("loss", 1, [0.0]) };
    let other = curve("loss", 1, [1.0, 2.0]);
    let form = to_structured(&answer(&[shown("lab:1", &twice), shown("lab:2", &other)], 50));
    assert_eq!(form["samples"][0]["points"]["rows"], json!([[0, 1], [1, 2], [1, 3]]));
    assert_eq!(form["series"]["rows"][0].as_array().unwrap().last(), Some(&json!(1)));
}

#[test]
fn fewer_samples_for_want_of_room_are_said_to_be_fewer() {
    let long = curve("loss", 1, (0..400).map(f64::from));
    let few = answer(&[shown(ID, &long)], 10);
    let form = to_structured(&few);
    assert!(form["samples"][0]["points"]["rows"].as_array().unwrap().len() <= 10);
    assert!(form["notes"][1].as_str().unwrap().starts_with("10 samples of a series instead of 50"), "{form}");
    let whole = curve("loss", 1, [1.0, 2.0]);
    assert!(to_structured(&answer(&[shown(ID, &whole)], 10)).get("notes").is_none());
}

#[test]
fn without_samples_there_are_statistics_alone() {
    let long = curve("loss", 1, (0..400).map(f64::from));
    let form = to_structured(&answer(&[shown(ID, &long)], 0));
    assert_eq!(form.as_object().unwrap().keys().collect::<Vec<_>>(), ["source", "series"]);
}

#[test]
fn the_only_point_of_a_curve_is_not_said_twice() {
    let single = curve("score", 1, [0.5]);
    assert!(to_structured(&answer(&[shown(ID, &single)], 50)).get("samples").is_none());
}

#[test]
fn times_and_seconds_run_along_the_axis_when_asked_for() {
    let short = curve("loss", 10, [1.0, 2.0]);
    let form = |axis| to_structured(&curves_in(axis, &[shown(ID, &short)], 50, 50));
    let points = |axis| form(axis)["samples"][0]["points"].clone();
    assert_eq!(
        points(Axis::Time),
        json!({"columns": ["time", "value"], "rows": [["2026-11-20T10:00:00Z", 1], ["2026-11-20T10:00:01Z", 2]]})
    );
    assert_eq!(points(Axis::Elapsed), json!({"columns": ["elapsed_s", "value"], "rows": [[0, 1], [1, 2]]}));
    assert!(form(Axis::Elapsed)["series"]["columns"].as_array().unwrap().contains(&json!("max_elapsed_s")));
}

#[test]
fn how_far_curves_reach_is_said_on_the_axis_of_the_question() {
    let (one, two) = (curve("a", 10, [1.0; 3]), curve("b", 10, [1.0; 5]));
    assert_eq!(reach(&[&one, &two], &want(Axis::Step)), "; their steps go from 0 to 40");
    assert_eq!(reach(&[&one], &want(Axis::Elapsed)), "; their seconds since the start go from 0 to 2");
    assert_eq!(reach(&[], &want(Axis::Step)), "");
}

#[test]
fn thousands_are_parted() {
    assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
}

/// A long curve that came as averages.
fn averaged(metric: &str) -> Curve {
    let mut curve = curve(metric, 4, (0..100).map(f64::from));
    curve.source = CurveSource::BucketMeans;
    curve.statistics.count = 20_000;
    curve.statistics.last = Some(Point { step: None, time: None, value: 99.5 });
    curve
}

#[test]
fn averages_are_said_to_be_averages_of_which_nothing_is_known_that_is_not_finite() {
    let form = to_structured(&answer(&[shown(ID, &averaged("loss"))], 20));
    assert_eq!((&form["source"], &form["non_finite"]), (&json!("bucket means"), &json!("unknown")));
    let shown = form["samples"][0]["shown"].as_str().unwrap();
    assert!(shown.ends_with(" averages of 20,000 points"), "{shown}");
    let notes = form["notes"].as_array().unwrap();
    assert!(notes[0].as_str().unwrap().starts_with("bucket means are averages"), "{notes:?}");
    assert!(!form.to_string().contains("cover every point"), "{form}");
}

#[test]
fn beside_exact_curves_each_row_says_what_it_is_and_what_is_not_known() {
    let (means, broken) = (averaged("a"), curve("b", 1, [1.0, f64::NAN]));
    let form = to_structured(&answer(&[shown("lab:1", &means), shown("lab:2", &broken)], 0));
    assert_eq!(form["source"], "bucket means, exact");
    assert_eq!(form["non_finite"], "unknown where the source is bucket means");
    let rows = &form["series"]["rows"];
    let column = |name: &str| form["series"]["columns"].as_array().unwrap().iter().position(|one| one == name).unwrap();
    assert_eq!((&rows[0][column("source")], &rows[1][column("source")]), (&json!("bucket means"), &json!("exact")));
    assert_eq!((&rows[0][column("nan")], &rows[1][column("nan")]), (&json!("unknown"), &json!(1)));
    assert_eq!((&rows[0][column("last")], &rows[0][column("last_step")]), (&json!(99.5), &json!("")));
}

#[test]
fn a_value_without_a_step_is_shown_without_one() {
    let mut single = curve("accuracy", 1, [0.95]);
    let point = Some(Point { step: None, time: None, value: 0.95 });
    for place in [
        &mut single.statistics.first,
        &mut single.statistics.last,
        &mut single.statistics.min,
        &mut single.statistics.max,
    ] {
        *place = point;
    }
    single.samples = Points::default();
    let answer = answer(&[shown(ID, &single)], 50);
    assert_eq!(columns(&answer), ["run", "name", "metric", "n", "first", "last", "min", "max"]);
    assert!(to_structured(&answer).get("samples").is_none());
    assert!(to_structured(&answer).get("notes").is_none(), "{}", to_text(&answer));
}
