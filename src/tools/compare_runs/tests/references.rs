//! What stands for the runs to compare, and for the baseline among them.

use super::*;

#[tokio::test]
async fn the_page_that_shows_runs_side_by_side_stands_for_all_of_them() {
    let page = |runs: &str| json!({"runs": [format!("http://lab/runs/{runs}")]});
    let answer = answer(two(), "compare_runs", page("aaaa0002,aaaa0001")).await;
    assert_eq!(letters(&answer), [("A".into(), "lab:aaaa0002".into()), ("B".into(), "lab:aaaa0001".into())]);

    let message = refusal(two(), "compare_runs", page("aaaa0001,bbbb0001")).await;
    assert!(message.contains("bbbb0001"), "{message}");
}

#[tokio::test]
async fn the_baseline_stands_first_by_whatever_reference_it_is_given() {
    for baseline in ["aaaa0002", "lab:aaaa0002", "run-aaaa0002", "last 1", "where params.lr = 0.2"] {
        // All started at once, so the last is the one with the lowest id.
        let expected = if baseline == "last 1" { "lab:aaaa0001" } else { "lab:aaaa0002" };
        let answer = compared(two(), json!({"baseline": baseline})).await;
        assert_eq!(letters(&answer)[0], ("A".into(), expected.into()), "{baseline}");
        assert_eq!(answer["baseline"], json!("A"));
    }
}

#[tokio::test]
async fn a_baseline_that_is_not_compared_is_refused() {
    let mut tracker = vec![run("aaaa0003", &[], &[])];
    tracker.extend(BOTH.map(|id| run(id, &[], &[])));
    let tracker = || MemoryTracker::of(tracker.clone());
    let ask = |baseline: &str| refusal(tracker(), "compare_runs", json!({"runs": BOTH, "baseline": baseline}));

    let message = ask("run-aaaa0003").await;
    assert!(message.contains("baseline 'run-aaaa0003' (lab:aaaa0003) is not one of runs"), "{message}");
    let message = ask("last 3").await;
    assert!(message.contains("stands for 2 of the runs"), "{message}");
}

#[tokio::test]
async fn a_comparison_needs_two_different_runs() {
    for (runs, told) in [
        (json!([]), "runs is missing"),
        (json!(["aaaa0001"]), "only one run to compare (lab:aaaa0001)"),
        (json!(["aaaa0001", " aaaa0001"]), "'aaaa0001' is named twice"),
        (json!(["aaaa0001", "lab:aaaa0001"]), "2 references stand for only 1 different run (lab:aaaa0001)"),
        (json!(["aaaa0001", "aaaa0002", "run-aaaa0001"]), "3 references stand for only 2 different runs"),
        (json!(["aaaa0001", "nobody"]), "no run 'nobody'"),
    ] {
        let message = refusal(two(), "compare_runs", json!({"runs": runs})).await;
        assert!(message.contains(told), "{runs}: {message}");
    }
}

#[tokio::test]
async fn more_runs_than_fit_are_refused() {
    let names: Vec<String> = (0..51).map(|n| format!("run-{n}")).collect();
    let message = refusal(two(), "compare_runs", json!({"runs": names})).await;
    assert!(message.contains("51 runs were named, at most 50"), "{message}");
}

#[tokio::test]
async fn a_run_that_is_not_there_is_told_beside_the_others() {
    let answer = answer(two(), "compare_runs", json!({"runs": ["aaaa0001", "nobody", "aaaa0002"]})).await;
    assert_eq!(letters(&answer).len(), 2);
    assert!(notes(&answer).contains("no run 'nobody'"), "{answer}");
}

#[tokio::test]
async fn a_model_version_stands_for_its_run_and_states_are_shown_where_they_differ() {
    let mut runs: Vec<Run> = BOTH.map(|id| run(id, &[], &[])).to_vec();
    runs[1].tags.insert("model".to_owned(), "fraud/3".to_owned());
    runs[1].status = Some(Status::Failed);

    let answer = answer(MemoryTracker::of(runs), "compare_runs", json!({"runs": ["aaaa0001", "fraud/3"]})).await;

    assert_eq!(letters(&answer)[1].1, "lab:aaaa0002");
    assert_eq!(rows(&answer, "runs")[1]["status"], json!("failed"));
    assert_eq!(answer["project"], json!("bench"));
    assert!(notes(&answer).contains("'fraud/3' is a model made by lab:aaaa0002"), "{answer}");
}
