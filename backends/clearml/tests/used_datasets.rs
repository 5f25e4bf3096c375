//! Runs by the datasets that they used: under an alias, under none, by id and by alias, in one question.

use super::search::{ids, params, query, sent, serving, task};
use super::*;

/// Two versions of a dataset.
const NEW: &str = "e6164e5187c9460b86f906e8c7576817";
const OLD: &str = "e6b6720ba2634a8c99700a2f05a51c6b";

/// A server whose tasks used them in every way that there is.
async fn server(aliases: &[&str]) -> MockServer {
    let step = json!({"id": "68db087224cb4b3cb84baad2c0af167c", "name": "vision/data/.datasets/cats-dogs"});
    let used = |ids: &[&str]| json!({"datasets": ids});
    let server = serving(vec![
        task("a", json!({"hyperparams": params("Datasets", "mmlu", NEW), "runtime": used(&[NEW])})),
        task("b", json!({"runtime": used(&[NEW])})),
        task("c", json!({"hyperparams": params("Datasets", "eval", NEW)})),
        task("d", json!({"hyperparams": params("Datasets", "mmlu", OLD), "runtime": used(&[OLD])})),
        task("e", json!({"hyperparams": params("Args", "mmlu", NEW)})),
        task("f", json!({"runtime": used(&[NEW]), "project": step})),
    ])
    .await;
    let aliases: Vec<Value> = aliases.iter().map(|name| json!({"section": "Datasets", "name": name})).collect();
    Mock::given(path("/v2.31/projects.get_hyper_parameters"))
        .respond_with(answer(&json!({"parameters": aliases})))
        .with_priority(1)
        .mount(&server)
        .await;
    server
}

#[tokio::test]
async fn runs_are_found_by_the_id_and_by_the_alias_of_what_they_used() {
    let server = server(&["mmlu", "eval"]).await;
    let tracker = tracker(&server);
    for (filter, found) in [
        // What is named by its id shows wherever it was used.
        (format!("dataset = '{NEW}'"), &["a", "b", "c", "f"][..]),
        (format!("dataset = '{OLD}'"), &["d"]),
        ("dataset = 'mmlu'".to_owned(), &["a", "d"]),
        ("dataset = 'MMLU'".to_owned(), &[]),
        (format!("dataset in ('{OLD}', 'eval')"), &["c", "d"]),
        (format!("dataset = '{NEW}' and dataset = 'mmlu'"), &["a"]),
        (format!("dataset != '{NEW}'"), &["d"]),
        ("dataset like 'mm%'".to_owned(), &["a", "d"]),
        ("dataset is null".to_owned(), &["e"]),
    ] {
        let page = tracker.search_runs(&call(), &query(&filter, "")).await.unwrap();
        let mut ids = ids(&page);
        ids.sort_unstable();
        assert_eq!(ids, found, "{filter}");
    }
    assert_eq!(sent(&server, "projects.get_hyper_parameters").await.len(), 1);
}

#[tokio::test]
async fn the_server_is_asked_for_no_others() {
    let server = server(&["eval"]).await;
    let asked = format!("dataset = '{NEW}'");

    tracker(&server).search_runs(&call(), &query(&asked, "")).await.unwrap();

    let body = sent(&server, "tasks.get_all_ex").await.remove(0);
    let fields = ["runtime.datasets", &format!("hyperparams.Datasets.{NEW}.name"), "hyperparams.Datasets.eval.value"];
    assert_eq!(body["_any_"], json!({"fields": fields, "pattern": format!("^(?:{NEW})$")}));
}

#[tokio::test]
async fn an_alias_that_the_server_would_misread_leaves_the_choice_to_us() {
    let server = server(&["mmlu", "eval", "100%"]).await;

    let page = tracker(&server).search_runs(&call(), &query(&format!("dataset = '{OLD}'"), "")).await.unwrap();

    assert_eq!(ids(&page), ["d"]);
    assert_eq!(sent(&server, "tasks.get_all_ex").await.remove(0).get("_any_"), None);
}
