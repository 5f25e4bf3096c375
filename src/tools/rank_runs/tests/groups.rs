//! Runs in groups: mean, spread, interval and lead.

use super::*;

fn seeds() -> MemoryTracker {
    let one =
        |id: &str, model: &str, seed: &str, acc: f64| run(id, &[("model", model), ("seed", seed)], &[("acc", acc)]);
    MemoryTracker::of(vec![
        one("a1", "vit", "1", 0.90),
        one("a2", "vit", "2", 0.91),
        one("a3", "vit", "3", 0.92),
        one("b1", "mlp", "1", 0.50),
        one("b2", "mlp", "2", 0.52),
        one("b3", "mlp", "3", 0.51),
        one("b4", "mlp", "4", f64::NAN),
    ])
}

#[tokio::test]
async fn runs_parted_by_their_folders_alone_are_told_how_to_be_put_together() {
    let one = |id: &'static str, model: &'static str, acc: f64| {
        run(id, &[("model", model), ("seed", id), ("out_dir", id)], &[("acc", acc)])
    };
    let runs = vec![one("a1", "vit", 0.9), one("a2", "vit", 0.8), one("b1", "mlp", 0.5)];
    let told = answer(MemoryTracker::of(runs), "rank_runs", json!({"metric": "acc", "average_over": ["seed"]})).await;
    assert!(notes(&told).contains(r#"every run has its own out_dir: average_over ["seed","out_dir"] puts"#), "{told}");
}

#[tokio::test]
async fn groups_have_mean_spread_interval_and_a_lead_that_can_be_told_from_chance() {
    for arguments in [
        json!({"metric": "acc", "group_by": ["params.model"]}),
        json!({"metric": "acc", "group_by": ["model"]}),
        json!({"metric": "acc", "average_over": ["seed"]}),
    ] {
        let answer = answer(seeds(), "rank_runs", arguments.clone()).await;
        let groups: Vec<Value> = rows(&answer, "groups").into_iter().map(Value::Object).collect();
        assert_eq!(
            groups,
            [
                json!({"rank": 1, "params.model": "vit", "n": 3, "mean": 0.91, "std": 0.01, "ci95_low": 0.885159, "ci95_high": 0.934841, "left_out": "", "best_run": "lab:a3"}),
                json!({"rank": 2, "params.model": "mlp", "n": 3, "mean": 0.51, "std": 0.01, "ci95_low": 0.485159, "ci95_high": 0.534841, "left_out": 1, "best_run": "lab:b2"}),
            ],
            "{arguments}"
        );
        assert_eq!(
            answer["best"],
            json!(
                "params.model = vit: mean acc 0.91 (n = 3, std 0.01, 95 % CI 0.885159 to 0.934841), the highest of 2 groups of 6 finished runs; left out: 1 NaN"
            )
        );
        assert_eq!(
            answer["lead"],
            json!("ahead of params.model = mlp by 0.4 (95 % CI 0.37733 to 0.42267): separable with n = 3 and 3")
        );
    }
}

#[tokio::test]
async fn a_lead_of_a_low_metric_is_told_as_a_gain() {
    let one = |id: &str, model: &str, loss: f64| run(id, &[("model", model)], &[("loss", loss)]);
    let runs = vec![one("a", "x", 1.0), one("b", "x", 1.1), one("c", "y", 1.05), one("d", "y", 1.25)];
    let answer = answer(MemoryTracker::of(runs), "rank_runs", json!({"metric": "loss", "group_by": "model"})).await;
    let lead = answer["lead"].as_str().unwrap();
    assert!(
        lead.starts_with("ahead of params.model = y by 0.1 (95 % CI -")
            && lead.ends_with("not separable with n = 2 and 2"),
        "{lead}"
    );
}

#[tokio::test]
async fn single_runs_have_no_interval_and_the_lead_says_so() {
    let runs = vec![run("a", &[("m", "x")], &[("acc", 0.5)]), run("b", &[], &[("acc", 0.4)])];
    let answer = answer(MemoryTracker::of(runs), "rank_runs", json!({"metric": "acc", "group_by": ["m"]})).await;
    assert_eq!(answer["groups"]["columns"], json!(["rank", "params.m", "n", "mean", "best_run"]));
    assert_eq!(rows(&answer, "groups")[1]["params.m"], json!("(none)"));
    assert!(answer["lead"].as_str().unwrap().contains("is not known"), "{answer}");
    assert!(notes(&answer).contains("2 of 2 groups have a single run"), "{answer}");
}

#[tokio::test]
async fn a_grouping_that_makes_no_sense_is_refused() {
    for (arguments, told) in [
        (json!({"average_over": ["sed"]}), "average_over: no run that can be ranked has 'sed'; near: seed"),
        (json!({"group_by": ["params.modle"]}), "near: params.model"),
        (json!({"group_by": ["model"], "average_over": ["seed"]}), "give one"),
        (json!({"group_by": ["model"], "columns": ["user"]}), "columns are of single runs"),
    ] {
        let mut all = json!({"metric": "acc"});
        all.as_object_mut().unwrap().extend(arguments.as_object().unwrap().clone());
        let message = refusal(seeds(), "rank_runs", all).await;
        assert!(message.contains(told), "{message}");
    }
}
