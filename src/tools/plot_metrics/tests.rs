//! Pictures of runs, and what is said beside them.

use std::sync::Arc;

use backends::model::Run;
use serde_json::{Value, json};

use crate::chart::{HEIGHT, LARGEST, WIDTH};
use crate::dispatch::{self, Reply};
use crate::memory_tracker::{MemoryTracker, answer, ask, call, notes, refusal, rows, run, trackers};
use crate::policy::Policy;

fn curves() -> MemoryTracker {
    let metrics = &[("val_loss", 0.5), ("train_loss", 0.3), ("acc", 0.9)];
    let falling =
        |from: f64| -> Vec<(i64, f64)> { (0..100_i32).map(|at| (at.into(), from / f64::from(at + 1))).collect() };
    let tracker = MemoryTracker::of(vec![run("aaaa0001", &[], metrics), run("aaaa0002", &[], metrics)]);
    ["aaaa0001", "aaaa0002"].into_iter().fold(tracker, |tracker, id| {
        let mut broken = falling(2.0);
        broken[40].1 = f64::NAN;
        tracker.with_history(id, "val_loss", &broken).with_history(id, "train_loss", &falling(1.0)).with_history(
            id,
            "acc",
            &[(0, 0.1), (50, 0.8), (99, 0.9)],
        )
    })
}

/// A sweep over two params, with three seeds each.
fn sweep() -> MemoryTracker {
    let mut runs: Vec<Run> = Vec::new();
    for (group, lr) in ["0.1", "0.01", "0.001"].into_iter().enumerate() {
        for seed in 0..3_u8 {
            let (acc, seed) = (0.9 - 0.1 * group as f64 + 0.01 * f64::from(seed), seed.to_string());
            let optimizer = if group == 1 { "sgd" } else { "adam" };
            let params = [("lr", lr), ("optimizer", optimizer), ("seed", seed.as_str())];
            runs.push(run(&format!("run{group}{seed}"), &params, &[("acc", acc), ("latency", 5.0 + group as f64)]));
        }
    }
    runs.push(run("nan", &[("lr", "1")], &[("acc", f64::NAN)]));
    runs.push(run("none", &[("lr", "1")], &[]));
    MemoryTracker::of(runs)
}

fn all_of_the_sweep() -> Vec<String> {
    let groups = (0..3).flat_map(|group| (0..3).map(move |seed| format!("run{group}{seed}")));
    groups.chain(["nan".to_owned(), "none".to_owned()]).collect()
}

fn picture(reply: &Reply) -> &[u8] {
    assert!(!reply.is_error, "{}", reply.text);
    let [image] = reply.images.as_slice() else { panic!("{} pictures", reply.images.len()) };
    assert_eq!((image.mime, image.dimensions), ("image/png", Some((WIDTH, HEIGHT))));
    let size = imagesize::blob_size(&image.bytes).unwrap();
    assert_eq!((size.width, size.height), (WIDTH, HEIGHT));
    assert!(image.bytes.len() <= LARGEST);
    &image.bytes
}

#[tokio::test]
async fn curves_come_as_a_picture_with_the_numbers_of_every_line() {
    let reply = curves().tool("plot_metrics", json!({"runs": ["aaaa0001", "aaaa0002"], "metrics": ["val_loss"]})).await;
    picture(&reply);
    let structured = reply.structured.as_ref().unwrap();
    let first = Value::Object(rows(structured, "series").remove(0));
    assert_eq!((&first["run"], &first["n"], &first["nan"]), (&json!("lab:aaaa0001"), &json!(100), &json!(1)));
    assert_eq!((&first["min"], &first["min_step"]), (&json!(0.02), &json!(99)));
    assert_eq!(structured["image"]["name"], json!("val_loss of 2 runs"));
    assert!(reply.text.contains("val_loss of 2 runs"), "{}", reply.text);
}

#[tokio::test]
async fn metrics_of_one_unit_share_a_panel_and_others_do_not() {
    for (metrics, runs, title) in [
        (json!(["val_loss", "train_loss"]), json!(["aaaa0001"]), "val_loss, train_loss · run-aaaa0001"),
        (json!(["val_loss", "train_loss"]), json!(["aaaa0001", "aaaa0002"]), "val_loss, train_loss of 2 runs"),
        (json!(["val_loss", "acc"]), json!(["aaaa0001"]), "run-aaaa0001"),
        (json!([]), json!(["aaaa0001", "aaaa0002"]), "2 runs"),
    ] {
        let answer = answer(curves(), "plot_metrics", json!({"runs": runs, "metrics": metrics})).await;
        assert_eq!(answer["image"]["name"], json!(title));
    }
}

#[tokio::test]
async fn one_metric_of_two_trackers_shares_a_panel_whatever_each_calls_it() {
    let plain = MemoryTracker::of(vec![run("aaaa0001", &[], &[("val_loss", 0.5)])]);
    let plain = plain.with_history("aaaa0001", "val_loss", &[(0, 0.9), (1, 0.5)]);
    let titled = MemoryTracker::of(vec![run("bbbb0001", &[], &[("val_loss/val_loss", 0.4)])]).called("home");
    let titled = titled.with_history("bbbb0001", "val_loss/val_loss", &[(0, 0.8), (1, 0.4)]);
    let arguments = json!({"runs": ["lab:aaaa0001", "home:bbbb0001"], "metrics": ["val_loss*"]});
    let reply = ask(vec![Arc::new(plain), Arc::new(titled)], "plot_metrics", arguments).await;
    picture(&reply);
    let structured = reply.structured.as_ref().unwrap();
    assert_eq!(structured["image"]["name"], json!("val_loss of 2 runs"));
    assert!(
        notes(structured).contains("drawn as the same metric: val_loss/val_loss of home as val_loss"),
        "{structured}"
    );
}

#[tokio::test]
async fn time_and_logarithms_are_drawn_too() {
    for x in ["step", "time", "elapsed"] {
        let reply = curves().tool("plot_metrics", json!({"runs": ["aaaa0001"], "x": x, "log_y": true})).await;
        picture(&reply);
    }
}

#[tokio::test]
async fn runs_that_differ_in_their_seed_alone_are_one_bar_with_an_interval() {
    let arguments = json!({"runs": all_of_the_sweep(), "metrics": ["acc"], "kind": "bar"});
    let reply = sweep().tool("plot_metrics", arguments).await;
    picture(&reply);
    let structured = reply.structured.as_ref().unwrap();
    let bars: Vec<Value> = rows(structured, "bars").into_iter().map(Value::Object).collect();
    assert_eq!(
        bars[0],
        json!({"group": "lr = 0.1, optimizer = adam", "n": 3, "mean": 0.91, "std": 0.01, "ci95_low": 0.885159, "ci95_high": 0.934841, "best_run": "lab:run02"})
    );
    assert_eq!(bars.len(), 3);
    let notes = notes(structured);
    assert!(notes.contains("equal in all params but seed are one bar"), "{notes}");
    assert!(notes.contains("runs left out: 1 without the metric, 1 NaN"), "{notes}");
    assert!(!notes.contains("have no metric"), "{notes}");
}

#[tokio::test]
async fn a_bar_is_called_by_the_params_that_tell_it_from_the_others() {
    let one = |id: &str, augment: &str, lr: &str, seed: &str| {
        run(
            id,
            &[
                ("augment", augment),
                ("batch", "8"),
                ("epochs", augment),
                ("heads", augment),
                ("lr", lr),
                ("seed", seed),
            ],
            &[("acc", 0.5)],
        )
    };
    let runs = vec![
        one("run0", "yes", "0.1", "1"),
        one("run1", "yes", "0.1", "2"),
        one("run2", "yes", "0.2", "1"),
        one("run3", "no", "0.3", "1"),
    ];
    let question = json!({"runs": ["run0", "run1", "run2", "run3"], "metrics": ["acc"], "kind": "bar"});
    let answer = answer(MemoryTracker::of(runs), "plot_metrics", question).await;
    let groups: Vec<Value> = rows(&answer, "bars").into_iter().map(|row| row["group"].clone()).collect();
    assert!(groups.iter().all(|group| group.as_str().unwrap().starts_with("lr = 0.")), "{groups:?}");
}

#[tokio::test]
async fn runs_without_repeats_are_bars_of_their_own_the_best_first() {
    let runs = ["run20", "run10", "run00"];
    let answer = answer(sweep(), "plot_metrics", json!({"runs": runs, "metrics": ["latency"], "kind": "bar"})).await;
    let bars: Vec<Value> = rows(&answer, "bars").into_iter().map(|row| row["run"].clone()).collect();
    assert_eq!(
        (bars, &answer["direction"]),
        (vec![json!("lab:run00"), json!("lab:run10"), json!("lab:run20")], &json!("min"))
    );
}

#[tokio::test]
async fn a_scatter_takes_the_param_that_is_named_or_a_second_metric_or_the_one_that_tells_most() {
    for (metrics, column, value) in [
        (json!(["acc", "params.optimizer"]), "params.optimizer", json!("adam")),
        (json!(["params.lr", "acc"]), "params.lr", json!(0.1)),
        (json!(["acc", "latency"]), "metrics.latency", json!(5)),
        (json!(["acc"]), "params.lr", json!(0.1)),
    ] {
        let arguments = json!({"runs": all_of_the_sweep(), "metrics": metrics, "kind": "scatter"});
        let reply = sweep().tool("plot_metrics", arguments).await;
        picture(&reply);
        let dots = rows(reply.structured.as_ref().unwrap(), "dots");
        assert_eq!((dots.len(), &dots[0]["run"], &dots[0][column]), (9, &json!("lab:run02"), &value), "{metrics}");
    }
}

#[tokio::test]
async fn a_sweep_shows_the_params_that_vary_and_refuses_too_few_runs() {
    let arguments = json!({"runs": all_of_the_sweep(), "metrics": ["acc"], "kind": "sweep"});
    let reply = sweep().tool("plot_metrics", arguments).await;
    picture(&reply);
    let runs = rows(reply.structured.as_ref().unwrap(), "runs");
    assert_eq!((runs.len(), &runs[0]["params.lr"], &runs[0]["params.seed"]), (9, &json!("0.1"), &json!("2")));
    let message =
        refusal(sweep(), "plot_metrics", json!({"runs": ["run00", "run10"], "metrics": ["acc"], "kind": "sweep"}))
            .await;
    assert!(message.contains("2 runs with a value are no sweep"), "{message}");
    assert!(
        message.ends_with(r#"Next: plot_metrics {"runs":["lab:run00","lab:run10"],"metrics":["acc"],"kind":"bar"}"#),
        "{message}"
    );
}

#[tokio::test]
async fn what_cannot_be_drawn_is_refused_with_the_next_call() {
    for (arguments, told) in [
        (json!({"runs": []}), "runs is missing"),
        (json!({"runs": ["run00"], "metrics": ["params.lr"]}), "params are drawn with kind scatter or sweep"),
        (json!({"runs": ["run00"], "metrics": ["params.wd", "acc"], "kind": "scatter"}), "no param 'wd'"),
        (
            json!({"runs": ["nan"], "metrics": ["acc"], "kind": "bar"}),
            "no run has a value of acc to draw; runs left out: 1 NaN",
        ),
        (json!({"runs": (0..21).map(|n| n.to_string()).collect::<Vec<_>>()}), "21 runs were named, at most 20"),
    ] {
        let message = refusal(sweep(), "plot_metrics", arguments).await;
        assert!(message.contains(told), "{message}");
    }
}

#[tokio::test]
async fn names_and_secrets_of_others_do_not_reach_the_picture_as_they_are() {
    let mut odd = run("aaaa0001", &[], &[("loss", 0.5)]);
    odd.name = "a\u{202e}b\u{1b}[31m ghp_abcdefghijklmnopqrstuvwxyz0123456789".to_owned();
    let tracker = MemoryTracker::of(vec![odd]).with_history("aaaa0001", "loss", &[(1, 0.9), (2, 0.5)]);
    let answer = answer(tracker, "plot_metrics", json!({"runs": ["aaaa0001"]})).await;
    let name = answer["image"]["name"].as_str().unwrap();
    assert!(!name.contains("ghp_") && !name.contains('\u{202e}') && !name.contains('\u{1b}'), "{name}");
}

#[tokio::test]
async fn where_pictures_are_off_the_numbers_come_and_a_note_says_why() {
    let trackers = Arc::new(trackers(vec![Arc::new(curves())]));
    let arguments = json!({"runs": ["aaaa0001"], "metrics": ["acc"]}).as_object().cloned().unwrap();
    let policy = Policy::default().with_images(false);
    let reply = dispatch::call(policy, trackers, call(), "plot_metrics", arguments).await.unwrap();
    assert!(reply.images.is_empty() && reply.text.contains("0.9"), "{}", reply.text);
    assert!(
        reply.text.contains("is not sent: pictures are off in the server config ([server] images = no)"),
        "{}",
        reply.text
    );
    assert!(reply.structured.unwrap().get("image").is_none());
}
