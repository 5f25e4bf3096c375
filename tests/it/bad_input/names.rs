//! Names that are not there, that are several, or that look dangerous.

use serde_json::{Value, json};

use crate::conformance::BACKENDS;

/// Names with everything that quoting, patterns, Markdown or terminals could stumble over.
const ODD: &[&str] = &[
    "both ' and \"",
    "trailing\\",
    "100%",
    "under_score",
    "back`tick",
    "🚀",
    "two\nlines",
    "' or 1=1 --",
    "%",
    "_",
    "'",
    "\"",
    "\u{202e}gnol",
    "\u{0}",
    "\u{1b}[31mred",
    "{\"json\": 1}",
];

#[tokio::test]
async fn an_unknown_name_is_told_with_its_neighbours() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let tracker = running.tracker.name();
        let misspelt = format!("{}{}", &tracker[..3], &tracker[4..]);
        for (tool, arguments, wrong, near) in [
            ("get_runs", json!({"runs": ["sweep parnet"]}), "sweep parnet", "sweep parent"),
            ("get_project", json!({"project": "vision/resnt"}), "vision/resnt", "vision/resnet"),
            ("search_runs", json!({"projects": ["vision/resnt"]}), "vision/resnt", "vision/resnet"),
            ("search_runs", json!({"projects": ["bench"], "order_by": "metrics.val_fl desc"}), "val_fl", "val_f1"),
            ("search_runs", json!({"projects": ["bench"], "filter": "metrics.val_fl > 0.5"}), "val_fl", "val_f1"),
            ("search_runs", json!({"columns": ["durration"]}), "durration", "duration"),
            ("search_runs", json!({"status": ["failled"]}), "failled", "failed"),
            ("search_runs", json!({"filter": "stattus = 'failed'"}), "stattus", "status"),
            ("search_runs", json!({"project_names": ["bench"]}), "project_names", "projects"),
            ("get_runs", json!({"runs": ["last"], "include": ["metric"]}), "metric", "metrics"),
            ("get_guide", json!({"topic": "filtres"}), "filtres", "filters"),
            ("list_projects", json!({"tracker": misspelt}), &misspelt, tracker),
            ("search_run", json!({}), "search_run", "search_runs"),
        ] {
            let told = running.asker.ask(tool, arguments.clone()).await.refused();
            assert!(told.contains(wrong) && told.contains(near), "{}: {tool} {arguments}: {told}", running.name);
        }
    }
}

#[tokio::test]
async fn a_column_that_no_run_has_is_told_beside_the_rows() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let lr = format!("params.{}", running.param("lr"));
        let arguments = json!({"projects": ["bench"], "columns": ["metrics.val_fl", lr]});
        let answer = running.asker.ask("search_runs", arguments).await.answered();
        assert_eq!(answer.words("runs", &lr).len(), 12, "{}", running.name);
        assert!(answer.text.contains("no run here has 'val_fl'") && answer.text.contains("val_f1"), "{}", answer.text);
    }
}

#[tokio::test]
async fn a_param_that_no_run_has_is_told_where_nothing_was_found() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let filter = running.spelt("params.optimiser = 'adam'");
        let arguments = json!({"projects": ["bench"], "filter": filter});
        let answer = running.asker.ask("search_runs", arguments).await.answered();
        for name in ["optimiser", "optimizer"] {
            let key = format!("params.{}", running.param(name));
            assert!(answer.text.contains(&key), "{}: {key}: {}", running.name, answer.text);
        }
    }
}

#[tokio::test]
async fn an_id_that_nobody_has_does_not_hide_the_runs_that_are_there() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let nobody = "0123456789abcdef0123456789abcdef";
        let arguments = json!({"runs": [running.server.id("runs.parent"), nobody, "sweep parnet"]});
        let answer = running.asker.ask("get_runs", arguments).await.answered();
        assert_eq!(answer.structured["missing"], json!(["sweep parnet", nobody]), "{}", running.name);
        assert_eq!(answer.structured["returned"], 1, "{}", running.name);
        let told = running.asker.ask("get_runs", json!({"runs": [nobody]})).await.refused();
        assert!(told.contains(nobody), "{told}");
    }
}

#[tokio::test]
async fn what_may_mean_several_is_answered_with_the_candidates() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let golden = running.server.id("runs.golden_0");
        for (text, candidates) in [
            ("resnet rerun", ["runs.rerun_0", "runs.rerun_1"]),
            // The name of one and the beginning of another.
            (&golden[..8], ["runs.golden_0", "runs.namesake"]),
        ] {
            let told = running.asker.ask("get_runs", json!({"runs": [text]})).await.refused();
            for path in candidates {
                let reference = running.reference(path);
                assert!(told.contains(&reference), "{}: {reference} is not in: {told}", running.name);
            }
            assert!(told.contains("2 runs"), "{told}");
        }
    }
}

#[tokio::test]
async fn an_odd_name_is_a_name_and_nothing_else_everywhere() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        for name in ODD {
            let quoted = name.replace('\'', "''");
            let backticked = name.replace('`', "``");
            for (tool, arguments) in [
                ("get_runs", json!({"runs": [name]})),
                ("get_project", json!({"project": name})),
                ("list_projects", json!({"query": name})),
                ("search_runs", json!({"query": name, "limit": 3})),
                ("search_runs", json!({"tags": [format!("{name}={name}")], "limit": 3})),
                ("search_runs", json!({"filter": format!("params.label = '{quoted}'"), "limit": 3})),
                ("search_runs", json!({"filter": format!("tags.`{backticked}` is not null"), "limit": 3})),
            ] {
                let asked = running.asker.ask(tool, arguments).await.well_formed();
                let text = asked.text();
                for harm in
                    ["failed with", "HTTP 5", "MLflow refused", "ClearML refused", "\u{1b}", "\u{202e}", "\u{0}"]
                {
                    assert!(!text.contains(harm), "{}: {}: {harm:?} in {text}", running.name, asked.question());
                }
            }
        }
    }
}

#[tokio::test]
async fn odd_names_that_are_there_are_found_by_filter_and_by_name() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        for name in
            ["it's quoted", "both ' and \"", "100%_done", "back`tick", "back\\slash", "trailing\\", "rocket 🚀 run"]
        {
            let id = Value::from(running.reference(&format!("odd.{name}")));
            // As the guide says: a quote is doubled, and so is a backslash before the one that closes.
            let quoted = name.replace('\'', "''").replace("trailing\\", "trailing\\\\");
            for filter in [
                format!("params.label = '{quoted}'"),
                format!("name = '{quoted}'"),
                format!("tags.`a.b c/d` = '{quoted}'"),
            ] {
                let answer = running.asker.ask("search_runs", json!({"filter": filter})).await.answered();
                assert_eq!(answer.column("runs", "run"), std::slice::from_ref(&id), "{}: {filter}", running.name);
            }
            let answer = running.asker.ask("get_runs", json!({"runs": [name]})).await.answered();
            assert_eq!(answer.structured["runs"][0]["run"], id, "{}: {name}", running.name);
        }
    }
}
