use std::sync::Arc;

use backends::model::{ProjectId, ProjectRef, Run, Status};
use serde_json::{Value, json};

use crate::memory_tracker::{MemoryTracker, answer, ask, notes, refusal, rows, run};

/// Runs of a sweep: `acc` rises with `lr` by several magnitudes and is better with adam; `dropout` does nothing.
fn sweep(count: usize) -> Vec<Run> {
    let one = |n: usize| {
        let lr = ["0.0001", "0.001", "0.01", "0.1"][n % 4];
        let optimizer = ["adam", "sgd"][n / 4 % 2];
        let dropout = ["0.1", "0.2", "0.3"][n * 7 % 11 % 3];
        let acc = 0.5 + 0.1 * (n % 4) as f64 + if optimizer == "adam" { 0.1 } else { 0.0 };
        let noise = 0.01 * ((n * 37 % 17) as f64 / 17.0);
        let (dir, seed) = (format!("/out/{n}"), (1_000 + n * 7).to_string());
        let params = [
            ("lr", lr),
            ("optimizer", optimizer),
            ("dropout", dropout),
            ("epochs", "10"),
            ("output_dir", dir.as_str()),
            ("seed", seed.as_str()),
        ];
        run(&format!("run{n:03}"), &params, &[("acc", acc + noise)])
    };
    (0..count).map(one).collect()
}

async fn asked(runs: Vec<Run>, arguments: Value) -> Value {
    answer(MemoryTracker::of(runs), "rank_params", arguments).await
}

fn column(answer: &Value, name: &str) -> Vec<Value> {
    rows(answer, "params").into_iter().map(|row| row[name].clone()).collect()
}

#[tokio::test]
async fn what_matters_comes_first_with_its_direction_and_best_value() {
    let answer = asked(sweep(64), json!({"metric": "acc"})).await;

    assert_eq!(column(&answer, "param"), ["lr", "optimizer", "dropout"]);
    let rows = rows(&answer, "params");
    assert_eq!((&rows[0]["effect"], &rows[0]["values"]), (&json!("higher is better"), &json!("numbers, log scale")));
    assert!(rows[0]["rho"].as_f64().unwrap() > 0.8 && rows[0]["p"].as_f64().unwrap() < 1e-6, "{answer}");
    assert!(rows[0]["best_at"].as_str().unwrap().starts_with("0.1 (mean 0.8"), "{answer}");
    assert!(rows[1]["best_at"].as_str().unwrap().starts_with("adam (mean 0.7"), "{answer}");
    assert_eq!((&rows[1]["effect"], &rows[2]["best_at"]), (&json!(""), &json!("")));
    let headline = answer["answer"].as_str().unwrap();
    assert!(headline.starts_with("lr (") && headline.contains("matters most for acc, then optimizer ("), "{headline}");
    assert!(headline.ends_with("1 cannot be told from none"), "{headline}");
    assert_eq!(answer["metric"], json!("acc (max is best, from its name)"));
    assert!(answer["fit_r2"].as_f64().unwrap() > 0.8, "{answer}");
    let notes = notes(&answer);
    assert!(notes.contains("the same in all runs: epochs"), "{notes}");
    assert!(notes.contains("tell runs apart and took no part: output_dir, seed"), "{notes}");
    assert!(notes.contains(r#"rank_runs {"metric":"acc","average_over":["output_dir","seed"]}"#), "{notes}");
}

#[tokio::test]
async fn what_looks_larger_but_may_be_chance_is_not_passed_over() {
    let one = |(n, (arch, lr, metric)): (usize, (&str, &str, f64))| {
        run(&format!("run{n:03}"), &[("arch", arch), ("lr", lr)], &[("iou", metric)])
    };
    let swept = [
        ("deeplab", "0.001", [0.8266, 0.8079]),
        ("deeplab", "0.01", [0.7464, 0.7202]),
        ("deeplab", "0.0001", [0.6226, 0.6165]),
        ("unet", "0.01", [0.6936, f64::NAN]),
        ("unet", "0.001", [0.6297, 0.6095]),
        ("unet", "0.0001", [0.5951, 0.5751]),
    ];
    let twice = swept.into_iter().flat_map(|(arch, lr, both)| both.map(|metric| (arch, lr, metric)));
    let answer = asked(twice.enumerate().map(one).collect(), json!({"metric": "iou"})).await;

    assert_eq!(column(&answer, "param"), ["arch", "lr"]);
    let headline = answer["answer"].as_str().unwrap();
    assert!(headline.starts_with("lr (") && headline.contains(" matters for iou; arch ("), "{headline}");
    assert!(headline.ends_with(" %) may matter more; 1 cannot be told from none"), "{headline}");
}

#[tokio::test]
async fn the_same_runs_have_the_same_answer_in_any_order() {
    let mut turned = sweep(40);
    turned.reverse();
    assert_eq!(asked(sweep(40), json!({"metric": "acc"})).await, asked(turned, json!({"metric": "acc"})).await);
}

#[tokio::test]
async fn who_is_left_out_is_counted() {
    let mut runs = sweep(30);
    runs[0].metrics.get_mut("acc").unwrap().value = f64::NAN;
    runs[1].metrics.get_mut("acc").unwrap().value = f64::INFINITY;
    runs[2].metrics.clear();
    runs[3].status = Some(Status::Failed);
    runs[4].status = Some(Status::Running);
    let answer = asked(runs, json!({"metric": "acc"})).await;
    assert_eq!(
        answer["runs"],
        json!("25 finished runs; left out: 1 without the metric, 1 NaN, 1 infinite, 1 not finished, 1 failed")
    );
}

#[tokio::test]
async fn few_runs_are_warned_of_and_fewer_have_no_answer() {
    let few = asked(sweep(16), json!({"metric": "acc"})).await;
    assert!(notes(&few).contains("16 runs are few"), "{few}");
    let fewer = asked(sweep(7), json!({"metric": "acc"})).await;
    assert_eq!((&fewer["runs"], &fewer["params"]), (&json!(7), &Value::Null));
    assert!(notes(&fewer).contains("not ranked over fewer than 8 runs, and 7 with acc can be taken"), "{fewer}");
}

#[tokio::test]
async fn a_metric_that_depends_on_nothing_has_no_winner() {
    let mut runs = sweep(40);
    for (n, run) in runs.iter_mut().enumerate() {
        run.metrics.get_mut("acc").unwrap().value = (n * 7_919 % 1_009) as f64;
    }
    let answer = asked(runs, json!({"metric": "acc"})).await;
    assert_eq!(answer["answer"], json!("no param can be told to matter for acc from these runs"));
    assert!(notes(&answer).contains("fit_r2 is not above 0"), "{answer}");
}

#[tokio::test]
async fn what_does_not_vary_is_said_to_be_so() {
    let runs = |params: &[(&str, &str)], rises: f64| -> Vec<Run> {
        (0..9).map(|n| run(&format!("r{n}"), params, &[("acc", rises * f64::from(n))])).collect()
    };
    let still = asked(runs(&[("lr", "0.1")], 1.0), json!({"metric": "acc"})).await;
    assert!(notes(&still).contains("no param varies over the 9 runs with acc"), "{still}");
    let equal = asked(runs(&[("lr", "0.1")], 0.0), json!({"metric": "acc"})).await;
    assert!(notes(&equal).contains("all 9 runs have the same acc"), "{equal}");
}

#[tokio::test]
async fn the_main_metric_is_taken_where_it_is_clear() {
    let mut runs = sweep(30);
    for run in &mut runs {
        let acc = run.metrics["acc"];
        run.metrics.insert("val_loss".to_owned(), acc);
        run.metrics.insert("lr_now".to_owned(), acc);
    }
    let answer = asked(runs.clone(), json!({})).await;
    assert_eq!(answer["metric"], json!("val_loss (min is best, from its name)"));
    assert!(notes(&answer).contains("metric val_loss was taken as the main one: 30 of the 30 newest runs have it"));
    assert_eq!(rows(&answer, "params")[0]["effect"], json!("higher is worse"));

    for run in &mut runs {
        let acc = run.metrics["acc"];
        run.metrics.insert("val_acc".to_owned(), acc);
    }
    let message = refusal(MemoryTracker::of(runs), "rank_params", json!({})).await;
    assert!(message.contains("have val_acc (30 runs), val_loss (30 runs), acc (30 runs)"), "{message}");
    assert!(message.contains(r#"rank_params {"metric":"val_acc"}"#), "{message}");
}

fn in_project(mut run: Run, id: &str) -> Run {
    run.project = ProjectRef { id: ProjectId::new(id), name: format!("project {id}") };
    run
}

#[tokio::test]
async fn the_main_project_is_taken_where_it_is_clear_and_counts_are_of_it() {
    let moved = |n: usize, id: &str| in_project(sweep(60).remove(n), id);
    let mut runs: Vec<Run> = (0..50).map(|n| moved(n, "7")).chain((50..55).map(|n| moved(n, "8"))).collect();
    for at in [0, 51] {
        runs[at].metrics.clear();
    }
    let answer = asked(runs, json!({"metric": "acc"})).await;
    assert_eq!(answer["runs"], json!("49 finished runs; left out: 1 without the metric"));
    assert!(notes(&answer).contains("looked at project lab:project 7 alone, which has 49 of the 53 runs with acc"));
    assert!(notes(&answer).contains(r#"rank_runs {"metric":"acc","projects":["lab:7"],"average_over""#), "{answer}");

    let halves: Vec<Run> = (0..50).map(|n| moved(n, if n < 25 { "7" } else { "8" })).collect();
    let message = refusal(MemoryTracker::of(halves), "rank_params", json!({"metric": "acc"})).await;
    assert!(message.contains("lab:project 7 (25 runs), lab:project 8 (25 runs)"), "{message}");
    assert!(message.contains(r#""projects":["lab:7"]"#), "{message}");
}

#[tokio::test]
async fn names_of_several_trackers_that_mean_the_same_are_one_param() {
    let mut runs = sweep(60);
    let mut others = runs.split_off(30);
    for run in &mut others {
        run.params = std::mem::take(&mut run.params).into_iter().map(|(k, v)| (format!("General/{k}"), v)).collect();
        let acc = run.metrics.remove("acc").unwrap();
        run.metrics.insert("acc/acc".to_owned(), acc);
    }
    let trackers = vec![Arc::new(MemoryTracker::of(runs)), Arc::new(MemoryTracker::of(others).called("home"))];
    let reply = ask(trackers, "rank_params", json!({"metric": "acc", "projects": ["lab:bench", "home:bench"]})).await;
    assert!(!reply.is_error, "{}", reply.text);
    let answer = reply.structured.unwrap();
    assert_eq!(column(&answer, "param"), ["lr", "optimizer", "dropout"]);
    assert_eq!(answer["runs"], json!("60 finished runs"));
}

#[tokio::test]
async fn an_unknown_metric_is_refused_with_the_nearest() {
    let message = refusal(MemoryTracker::of(sweep(10)), "rank_params", json!({"metric": "ac"})).await;
    assert!(message.contains(r#"rank_params {"metric":"acc"}"#), "{message}");
}

#[tokio::test]
async fn values_that_each_run_has_for_itself_lead_on_to_a_dot_for_each() {
    let one = |n: usize| {
        let lr = format!("{:.4}", 0.001 + 0.0013 * n as f64);
        run(&format!("run{n:03}"), &[("lr", &lr), ("layers", ["2", "4"][n % 2])], &[("acc", 0.3 + 0.01 * n as f64)])
    };
    let runs: Vec<Run> = (0..40).map(one).collect();
    let answered = asked(runs.clone(), json!({"metric": "acc"})).await;

    let notes = notes(&answered);
    let (_, call) = notes.split_once("a dot for each run: plot_metrics ").unwrap_or_else(|| panic!("{notes}"));
    let arguments: Value = serde_json::Deserializer::from_str(call).into_iter().next().unwrap().unwrap();
    let plotted = answer(MemoryTracker::of(runs), "plot_metrics", arguments).await;
    assert_eq!(rows(&plotted, "dots").len(), 40, "{plotted}");
}

#[tokio::test]
async fn a_misspelt_metric_leads_to_the_same_question_with_its_neighbour() {
    let arguments = json!({"metric": "accc", "projects": ["bench"], "filter": "params.epochs = '10'"});
    let said = refusal(MemoryTracker::of(sweep(12)), "rank_params", arguments).await;
    let next = r#"rank_params {"metric":"acc","projects":["bench"],"filter":"params.epochs = '10'"}"#;
    assert!(said.ends_with(next), "{said}");
}
