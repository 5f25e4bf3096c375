//! What lies in the store after something was logged.

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan};

use super::super::{DatasetSource, LoggedDataset, Measurement, NewExperiment, NewRun};
use super::{Lab, NOW};
use crate::ErrorKind;
use crate::model::{ProjectId, RunId, Status};

fn point(value: f64, step: i64, seconds: i64) -> Measurement<'static> {
    Measurement { key: "loss", value, time: Timestamp::from_second(seconds).unwrap(), step }
}

#[test]
fn an_experiment_lies_where_those_of_the_store_lie() {
    let mut lab = Lab::new();
    let elsewhere = NewExperiment {
        name: "elsewhere".to_owned(),
        artifact_location: Some("s3://bucket/x".to_owned()),
        tags: BTreeMap::from([("team".to_owned(), "vision".to_owned())]),
    };
    lab.store.create_experiment(&elsewhere, NOW).unwrap();
    let served = "UPDATE experiments SET artifact_location = 'mlflow-artifacts:/0' WHERE experiment_id = 0";
    rusqlite::Connection::open(lab.file()).unwrap().execute_batch(served).unwrap();
    lab.store.create_experiment(&NewExperiment { name: "third".to_owned(), ..NewExperiment::default() }, NOW).unwrap();

    let root = lab.folder.path().canonicalize().unwrap().display().to_string();
    assert_eq!(
        lab.rows("SELECT experiment_id, name, artifact_location, workspace FROM experiments WHERE experiment_id > 0"),
        [
            format!("1 bench {root}/mlruns/1 default"),
            "2 elsewhere s3://bucket/x default".to_owned(),
            "3 third mlflow-artifacts:/3 default".to_owned()
        ]
    );
    assert_eq!(lab.rows("SELECT * FROM experiment_tags"), ["team vision 2"]);
    assert_eq!(lab.store.experiment("elsewhere"), Ok(Some(ProjectId::new("2"))));
    assert_eq!(lab.store.experiment("nowhere"), Ok(None));
}

#[test]
fn a_name_is_taken_also_by_a_deleted_experiment() {
    let mut lab = Lab::new();
    let delete = "UPDATE experiments SET lifecycle_stage = 'deleted' WHERE name = 'bench'";
    rusqlite::Connection::open(lab.file()).unwrap().execute_batch(delete).unwrap();

    let same = NewExperiment { name: "bench".to_owned(), ..NewExperiment::default() };
    let error = lab.store.create_experiment(&same, NOW).unwrap_err();

    assert!(
        error.kind == ErrorKind::BadInput && error.message.contains("taken by the deleted experiment 1"),
        "{error}"
    );
    assert_eq!(lab.store.experiment("bench"), Ok(None));
    let error = lab.store.create_run(&lab.experiment, &NewRun::named("second", NOW)).unwrap_err();
    assert!(error.message.contains("the experiment '1' is deleted"), "{error}");
}

#[test]
fn a_run_is_made_with_all_that_mlflow_keeps_of_one() {
    let mut lab = Lab::new();
    let new = NewRun {
        user: Some("ada".to_owned()),
        parent: Some(lab.run.clone()),
        source: Some("train.py".to_owned()),
        commit: Some("abc".to_owned()),
        tags: BTreeMap::from([("team".to_owned(), "vision".to_owned())]),
        ..NewRun::named("second", NOW)
    };

    let id = lab.store.create_run(&lab.experiment, &new).unwrap();

    let root = lab.folder.path().canonicalize().unwrap().display().to_string();
    assert_eq!(
        lab.rows("SELECT * FROM runs WHERE name = 'second'"),
        [format!("{id} second UNKNOWN   ada RUNNING 1780300800000 -  active {root}/mlruns/1/{id}/artifacts 1 -")]
    );
    assert_eq!(
        lab.rows(&format!("SELECT key, value FROM tags WHERE run_uuid = '{id}' ORDER BY key")),
        [
            format!("mlflow.parentRunId {}", lab.run),
            "mlflow.runName second".to_owned(),
            "mlflow.source.git.commit abc".to_owned(),
            "mlflow.source.name train.py".to_owned(),
            "mlflow.source.type LOCAL".to_owned(),
            "mlflow.user ada".to_owned(),
            "team vision".to_owned(),
        ]
    );
    let digits: Vec<char> = id.as_str().chars().collect();
    assert!(digits.len() == 32 && digits[12] == '4' && "89ab".contains(digits[16]), "{id}");
}

#[test]
fn a_run_ends_in_one_of_three_ways() {
    let mut lab = Lab::new();
    for (status, word) in [(Status::Finished, "FINISHED"), (Status::Failed, "FAILED"), (Status::Stopped, "KILLED")] {
        lab.store.end_run(&lab.run, status, NOW + 90.seconds()).unwrap();
        assert_eq!(lab.rows("SELECT status, end_time FROM runs"), [format!("{word} 1780300890000")]);
    }
    for status in [Status::Running, Status::Queued, Status::Created] {
        assert_eq!(lab.store.end_run(&lab.run, status, NOW).unwrap_err().kind, ErrorKind::BadInput);
    }
}

#[test]
fn what_is_not_there_or_deleted_is_not_logged_to() {
    let mut lab = Lab::new();
    let nobody = RunId::new("0".repeat(32));
    assert_eq!(lab.store.log_params(&nobody, &[("a", "b")]).unwrap_err().kind, ErrorKind::NotFound);
    assert_eq!(lab.store.log_metrics(&nobody, &[point(1.0, 0, 0)]).unwrap_err().kind, ErrorKind::NotFound);
    assert_eq!(lab.store.end_run(&nobody, Status::Failed, NOW).unwrap_err().kind, ErrorKind::NotFound);
    for id in ["7", "bench", ""] {
        let error = lab.store.create_run(&ProjectId::new(id), &NewRun::named("second", NOW)).unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound, "{id}");
    }
    let orphan = NewRun { parent: Some(nobody), ..NewRun::named("orphan", NOW) };
    assert_eq!(lab.store.create_run(&lab.experiment, &orphan).unwrap_err().kind, ErrorKind::NotFound);

    let delete = "UPDATE runs SET lifecycle_stage = 'deleted'";
    rusqlite::Connection::open(lab.file()).unwrap().execute_batch(delete).unwrap();
    let error = lab.store.set_tags(&lab.run, &[("a", "b")]).unwrap_err();
    assert!(error.kind == ErrorKind::BadInput && error.message.contains("is deleted"), "{error}");
}

#[test]
fn a_param_stays_what_it_was_logged_as() {
    let mut lab = Lab::new();
    lab.store.log_params(&lab.run, &[("lr", "0.1"), ("depth", "3")]).unwrap();
    lab.store.log_params(&lab.run, &[("lr", "0.1"), ("width", "8")]).unwrap();

    let error = lab.store.log_params(&lab.run, &[("new", "1"), ("lr", "0.2")]).unwrap_err();

    assert!(error.kind == ErrorKind::BadInput && error.message.contains("'lr' was logged as '0.1'"), "{error}");
    let error = lab.store.log_params(&lab.run, &[("twice", "1"), ("twice", "2")]).unwrap_err();
    assert!(error.message.contains("'twice'"), "{error}");
    assert_eq!(lab.rows("SELECT key, value FROM params ORDER BY key"), ["depth 3", "lr 0.1", "width 8"]);
}

#[test]
fn a_text_that_mlflow_would_refuse_or_cut_is_refused() {
    let mut lab = Lab::new();
    let long = "ü".repeat(8_001);
    assert!(lab.store.log_params(&lab.run, &[("lr", &long[..12_000])]).is_ok());
    for error in [
        lab.store.log_params(&lab.run, &[("good", "1"), ("b", &long)]).unwrap_err(),
        lab.store.set_tags(&lab.run, &[("good", "1"), ("b", &long)]).unwrap_err(),
        lab.store.set_tags(&lab.run, &[("good", "1"), ("100%", "")]).unwrap_err(),
        lab.store.set_tags(&lab.run, &[("mlflow.runName", "")]).unwrap_err(),
        lab.store.create_run(&lab.experiment, &NewRun::named("", NOW)).unwrap_err(),
        lab.store.create_run(&lab.experiment, &NewRun::named("x".repeat(251), NOW)).unwrap_err(),
        lab.store.create_experiment(&NewExperiment::default(), NOW).unwrap_err(),
        lab.store.log_metrics(&lab.run, &[point(1.0, 0, 0), point(1.0, 0, -1)]).unwrap_err(),
    ] {
        assert_eq!(error.kind, ErrorKind::BadInput, "{error}");
    }
    assert_eq!(lab.rows("SELECT key FROM params"), ["lr"]);
    assert!(lab.rows("SELECT key FROM tags WHERE key <> 'mlflow.runName'").is_empty());
    assert!(lab.rows("SELECT key FROM metrics").is_empty());
}

#[test]
fn a_tag_takes_the_newest_value_and_the_name_of_a_run_is_one() {
    let mut lab = Lab::new();
    lab.store.set_tags(&lab.run, &[("team", "a"), ("team", "b")]).unwrap();
    lab.store.set_tags(&lab.run, &[("mlflow.runName", "renamed"), ("team", "c")]).unwrap();

    assert_eq!(lab.rows("SELECT key, value FROM tags ORDER BY key"), ["mlflow.runName renamed", "team c"]);
    assert_eq!(lab.rows("SELECT name FROM runs"), ["renamed"]);
}

#[test]
fn the_last_value_is_of_the_highest_step_then_time_then_value() {
    let mut lab = Lab::new();
    for (points, last) in [
        (vec![point(1.0, 0, 0), point(0.5, 1, 0)], "0.5 1 0 0"),
        (vec![point(0.5, 5, 9), point(1.0, 1, 10)], "0.5 5 9000 0"),
        (vec![point(0.5, 5, 9), point(0.1, 5, 10)], "0.1 5 10000 0"),
        (vec![point(0.5, 5, 9), point(0.1, 5, 9)], "0.5 5 9000 0"),
        (vec![point(0.1, 5, 9), point(0.5, 5, 9)], "0.5 5 9000 0"),
        (vec![point(1.0, -2, 0), point(2.0, -1, 0)], "2.0 -1 0 0"),
        (vec![point(1.0, 0, 0), point(f64::NAN, 1, 0)], "0.0 1 0 1"),
        // NaN counts as the 0 that it is kept as.
        (vec![point(f64::NAN, 0, 0), point(-1.0, 0, 0)], "0.0 0 0 1"),
        (vec![point(f64::NAN, 0, 0), point(1.0, 0, 0)], "1.0 0 0 0"),
        (vec![point(f64::INFINITY, 0, 0)], "1.7976931348623157e308 0 0 0"),
        (vec![point(f64::NEG_INFINITY, i64::MAX, 0)], "-1.7976931348623157e308 9223372036854775807 0 0"),
    ] {
        for at_once in [true, false] {
            let run = lab.store.create_run(&lab.experiment, &NewRun::named("one of many", NOW)).unwrap();
            match at_once {
                true => lab.store.log_metrics(&run, &points).unwrap(),
                false => points.iter().for_each(|one| lab.store.log_metrics(&run, &[*one]).unwrap()),
            }
            let of_run = |query: &str| lab.rows(&format!("{query} WHERE run_uuid = '{run}'"));
            let found = of_run("SELECT value, step, timestamp, is_nan FROM latest_metrics");
            assert_eq!(found, [last], "{points:?}, at once: {at_once}");
            assert_eq!(of_run("SELECT count(*) FROM metrics"), [points.len().to_string()]);
        }
    }
}

#[test]
fn a_point_that_is_there_is_passed_over_and_many_go_in_thousands() {
    let mut lab = Lab::new();
    let points: Vec<_> = (0..2_500).map(|step| point(0.5, step, step)).collect();

    lab.store.log_metrics(&lab.run, &points[..1_200]).unwrap();
    lab.store.log_metrics(&lab.run, &points).unwrap();

    assert_eq!(lab.rows("SELECT count(*), count(DISTINCT step) FROM metrics"), ["2500 2500"]);
    assert_eq!(lab.rows("SELECT step FROM latest_metrics"), ["2499"]);
}

fn dataset(name: &str, digest: &str) -> LoggedDataset {
    LoggedDataset {
        name: name.to_owned(),
        digest: digest.to_owned(),
        source: DatasetSource::Local("/data/it's.csv".to_owned()),
        schema: None,
        profile: Some(r#"{"num_rows": 3}"#.to_owned()),
        context: Some("training".to_owned()),
    }
}

#[test]
fn a_dataset_is_kept_once_for_all_runs_of_an_experiment() {
    let mut lab = Lab::new();
    let other = lab.store.create_run(&lab.experiment, &NewRun::named("second", NOW)).unwrap();
    let again = LoggedDataset { context: Some("evaluation".to_owned()), ..dataset("iris", "d1") };

    lab.store.log_inputs(&lab.run, &[dataset("iris", "d1"), again.clone(), dataset("iris", "d2")]).unwrap();
    lab.store.log_inputs(&lab.run, &[again]).unwrap();
    lab.store.log_inputs(&other, &[LoggedDataset { context: None, ..dataset("iris", "d1") }]).unwrap();

    assert_eq!(
        lab.rows(
            "SELECT name, digest, dataset_source_type, dataset_source, dataset_schema, dataset_profile FROM datasets ORDER BY digest"
        ),
        [r#"iris d1 local {"uri":"/data/it's.csv"} - {"num_rows": 3}"#, r#"iris d2 local {"uri":"/data/it's.csv"} - {"num_rows": 3}"#]
    );
    assert_eq!(
        lab.rows(
            "SELECT r.name, d.digest, t.name, t.value FROM inputs i
             JOIN runs r ON r.run_uuid = i.destination_id AND i.destination_type = 'RUN'
             JOIN datasets d ON d.dataset_uuid = i.source_id AND i.source_type = 'DATASET'
             LEFT JOIN input_tags t ON t.input_uuid = i.input_uuid ORDER BY r.name, d.digest"
        ),
        ["first d1 mlflow.data.context training", "first d2 mlflow.data.context training", "second d1 - -"]
    );
}

#[test]
fn a_dataset_without_name_or_with_too_long_a_digest_is_refused() {
    let mut lab = Lab::new();
    for bad in [dataset("", "d"), dataset("iris", ""), dataset("iris", &"d".repeat(37))] {
        let error = lab.store.log_inputs(&lab.run, &[dataset("good", "g"), bad]).unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadInput);
    }
    assert!(lab.rows("SELECT * FROM datasets").is_empty());
}
