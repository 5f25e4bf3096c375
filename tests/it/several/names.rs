//! What each tracker calls otherwise, in one question and in one table.

use serde_json::json;

use super::{Lab, all, told, trackers};

/// One metric under two names, whichever is said: the best of all, and those beyond a bound.
#[tokio::test]
async fn filters_and_orders_find_what_each_tracker_calls_otherwise() {
    let lab = Lab::start().await;
    for (said, respelt) in [("accuracy", &["cml"][..]), ("accuracy/accuracy", &["lab", "old"])] {
        for question in [
            json!({"order_by": format!("metrics.{said} desc"), "limit": 3}),
            json!({"filter": format!("metrics.{said} > 0.79 and params.General/lr is not null"), "limit": 100}),
        ] {
            let answer = lab.asker().ask("search_runs", question).await.answered();

            assert_eq!(trackers(&answer, "runs", "run"), all(&["lab", "old", "cml"]), "{}", answer.question);
            let spelt = |tracker: &str| if tracker == "cml" { "accuracy/accuracy" } else { "accuracy" };
            for tracker in ["lab", "old", "cml"] {
                let note = format!("{tracker}: metrics.{said} read as metrics.{}", spelt(tracker));
                assert_eq!(answer.text.contains(&note), respelt.contains(&tracker), "{note}: {}", answer.text);
            }
        }
    }
}

#[tokio::test]
async fn metrics_of_two_kinds_are_compared_where_one_was_best() {
    let lab = Lab::start().await;
    let runs = [lab.run("lab", "compare.baseline"), lab.run("cml", "compare.candidate")];

    let answer = lab.asker().ask("compare_runs", json!({"runs": runs, "at_best_of": "precision"})).await.answered();

    let value = |metric: &str, letter: &str| {
        let at = answer.words("metrics", "metric").iter().position(|name| name == metric).unwrap();
        answer.column("metrics", letter)[at].clone()
    };
    assert_eq!(answer.structured["metrics_read"], "at the step where precision was highest");
    assert_eq!(answer.structured["steps"], json!(["A: 2", "B: 1"]));
    told(&answer, "metrics.precision read as metrics.precision/precision on cml");
    assert_eq!([value("precision", "A"), value("precision", "B")], [json!(0.8), json!(0.9)]);
    assert_eq!([value("recall", "A"), value("recall", "B")], [json!(0.55), json!(0.35)]);
}
