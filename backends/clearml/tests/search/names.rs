//! What metrics, params and users are called.

use super::*;
use crate::same_key::Kind;

#[tokio::test]
async fn names_in_use_are_read_once_and_those_of_the_machine_are_told_apart() {
    let server = serving(Vec::new()).await;
    let tracker = tracker(&server);
    for _ in 0..2 {
        let metrics = tracker.names(&call(), Kind::Metric, &ProjectScope::All).await.unwrap();
        assert!(metrics.names.contains("validation/accuracy") && metrics.machine.is_subset(&metrics.names));
        assert!(metrics.machine.iter().all(|name| name.starts_with(":monitor:")), "{:?}", metrics.machine);
        let params = tracker.names(&call(), Kind::Param, &ProjectScope::All).await.unwrap();
        assert!(params.names.contains("General/optimizer") && params.seen_in.is_none());
    }
    let asked = &sent(&server, "get_unique_metric_variants").await;
    assert_eq!(*asked, [json!({"project": null, "include_subprojects": true})]);
    assert_eq!(sent(&server, "get_hyper_parameters").await.len(), 1);
}

#[tokio::test]
async fn names_with_one_slash_are_asked_for_without_looking_them_up() {
    let server = serving(Vec::new()).await;
    let (tracker, asked) = (tracker(&server), query("params.Args/seed = '1'", "metrics.validation/accuracy"));
    tracker.search_runs(&call(), &asked).await.unwrap();
    assert_eq!(sent(&server, "get_unique_metric_variants").await.len(), 0);
    assert!(tracker.may_be_called(Kind::Param, "Args/seed") && !tracker.may_be_called(Kind::Param, "seed"));
}

#[tokio::test]
async fn a_name_with_several_slashes_is_found_by_its_hashes() {
    let server = serving(Vec::new()).await;
    let asked = query("metrics.`métrique/β (x)/вариант.1$` > 1 and params.General/nested/dropout = '0.1'", "");
    let page = tracker(&server).search_runs(&call(), &asked).await.unwrap();
    assert_eq!(page.notes, [] as [&str; 0]);
    let body = &sent(&server, "tasks.get_all_ex").await[0];
    assert!(!body["last_metrics.50c4171717b7d0b852e9b3f5d8079b75.8339f635e2bec1144b2526ffc1f8755b.value"].is_null());
    assert_eq!(body["hyperparams.General.nested/dropout.value"], json!(["__$or", "0.1"]));
}

#[tokio::test]
async fn a_user_that_nobody_is_called_is_told_with_its_neighbours() {
    let server = serving(vec![task("a", json!({}))]).await;
    let page = tracker(&server).search_runs(&call(), &query("user = 'bobb'", "")).await.unwrap();
    assert_eq!(page.notes, ["no user is called 'bobb'; there are bob"]);
}
