//! A project looked at as a whole: what is asked, and what is counted.

use wiremock::matchers::body_partial_json;

use super::exchanges::{Exchange, asked};
use super::*;
use crate::allowance::Allowance;
use crate::model::Count;

const PROJECT: &str = "bd22b531fe514922aea5e23ffac39a4c";
const PARENT: &str = "a9c3ef0ef667433e93c08d67051fb7b1";
const UNKNOWN: &str = "ffffffffffffffffffffffffffffffff";

async fn recorded(fixture: &str) -> MockServer {
    let (server, _) = signing_in("2.31").await;
    for exchange in Exchange::read(fixture) {
        exchange.mount(&server).await;
    }
    server
}

async fn answers(server: &MockServer, endpoint: &str, data: Value) {
    Mock::given(path(format!("/v2.31/{endpoint}"))).respond_with(answer(&data)).mount(server).await;
}

/// A server with a project that has so many runs, numbered from the newest, and further fields.
async fn with_runs(count: u64, project: Value) -> MockServer {
    let (server, _) = signing_in("2.31").await;
    let mut document = json!({"id": "p", "name": "many", "own_tasks": count});
    document.as_object_mut().unwrap().extend(project.as_object().unwrap().clone());
    answers(&server, "projects.get_all_ex", json!({"projects": [document]})).await;
    answers(&server, "projects.get_unique_metric_variants", json!({"metrics": []})).await;
    Mock::given(path("/v2.31/tasks.get_all_ex"))
        .respond_with(move |request: &Request| {
            let body: Value = request.body_json().unwrap();
            let size = body["page_size"].as_u64().unwrap();
            let start = body["page"].as_u64().unwrap() * size;
            let tasks: Vec<Value> =
                (start..count.min(start + size)).map(|number| json!({"id": number.to_string()})).collect();
            answer(&json!({"tasks": tasks}))
        })
        .mount(&server)
        .await;
    server
}

async fn overview(server: &MockServer, id: &str, since: Option<&str>) -> ProjectOverview {
    let since = since.map(|since| since.parse().unwrap());
    tracker(server).project(&call(), &ProjectId::new(id), since).await.unwrap()
}

fn pairs(counts: &[Count]) -> Vec<(&str, u64)> {
    counts.iter().map(|count| (count.name.as_str(), count.runs)).collect()
}

#[tokio::test]
async fn a_project_costs_three_requests_and_its_runs_are_counted_by_all_that_they_have() {
    let server = recorded(include_str!("../fixtures/overview.json")).await;
    let overview = overview(&server, PROJECT, None).await;
    assert_eq!((overview.project.name.as_str(), overview.counted, overview.complete), ("bench", 4, true));
    assert_eq!(pairs(&overview.by_status), [("finished", 2), ("queued", 1), ("running", 1)]);
    assert_eq!(pairs(&overview.by_type), [("training", 4)]);
    assert_eq!(pairs(&overview.by_user), [("bob", 2), ("ada", 1), ("carol", 1)]);
    assert_eq!(pairs(&overview.by_day), [("2026-06-01", 4)]);
    assert_eq!(pairs(&overview.by_tag), [("harness", 4), ("model", 4), ("golden", 1)]);
    assert_eq!(pairs(&overview.metrics), [("accuracy/accuracy", 4), ("val/loss", 4), ("val_f1/val_f1", 3)]);
    let params = ["General/batch size", "General/lr", "General/optimizer", "General/seed"].map(|name| (name, 4));
    assert_eq!(pairs(&overview.params), params);
    assert_eq!(overview.last_started, Some("2026-06-01T09:50:00Z".parse().unwrap()));
    let [note] = overview.notes.as_slice() else { panic!("{:?}", overview.notes) };
    assert!(note.starts_with("2 series of the machine's monitor"), "{note}");
    assert_eq!(asked(&server).await.len(), 3);
}

#[tokio::test]
async fn a_project_without_runs_is_all_zeros_with_its_sub_projects() {
    let server = recorded(include_str!("../fixtures/empty_overview.json")).await;
    let overview = overview(&server, PARENT, None).await;
    assert_eq!((overview.counted, overview.complete, overview.last_started), (0, true, None));
    assert_eq!((overview.by_status, overview.metrics, overview.notes), (Vec::new(), Vec::new(), Vec::new()));
    let below: Vec<&str> = overview.sub_projects.iter().map(|project| project.name.as_str()).collect();
    assert_eq!(below, ["vision/resnet", "vision/vit"]);
    // What the server counted is of those below.
    assert_eq!(overview.project.runs, None);
    assert_eq!(asked(&server).await.len(), 2);
}

#[tokio::test]
async fn an_unknown_project_is_named_and_its_runs_are_not_asked_for() {
    let server = recorded(include_str!("../fixtures/empty_overview.json")).await;
    let error = tracker(&server).project(&call(), &ProjectId::new(UNKNOWN), None).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
    assert!(error.message.contains(UNKNOWN), "{error}");
}

#[tokio::test]
async fn what_would_mean_other_projects_to_the_server_is_not_asked_for() {
    let server = MockServer::start().await;
    for id in ["", "-a", "__$not", "_a", "a b", "a\"", "é"] {
        let error = tracker(&server).project(&call(), &ProjectId::new(id), None).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound, "{id}");
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn since_is_asked_in_milliseconds_and_held_exactly() {
    let (server, _) = signing_in("2.31").await;
    answers(&server, "projects.get_all_ex", json!({"projects": [{"id": "p", "name": "a", "own_tasks": 9}]})).await;
    answers(&server, "projects.get_unique_metric_variants", json!({"metrics": []})).await;
    let tasks = ["2026-06-01T09:00:00.002+00:00", "2026-06-01T09:00:00.001+00:00"]
        .map(|started| json!({"id": started, "started": started}));
    answers(&server, "tasks.get_all_ex", json!({"tasks": tasks})).await;
    let overview = overview(&server, "p", Some("2026-06-01T09:00:00.0015Z")).await;
    assert_eq!((overview.counted, overview.complete), (1, true));
    let (endpoint, body) = asked(&server).await.pop().unwrap();
    assert_eq!((endpoint.as_str(), &body["started"]), ("tasks.get_all_ex", &json!(["2026-06-01T09:00:00.001Z", null])));
}

#[tokio::test]
async fn the_archived_runs_of_a_project_count_if_it_is_archived_itself() {
    for (tags, archived) in [(json!([]), true), (json!(["archived"]), false)] {
        let server = with_runs(3, json!({"system_tags": tags})).await;
        assert_eq!(overview(&server, "p", None).await.counted, 3);
        let (_, body) = asked(&server).await.pop().unwrap();
        assert_eq!(body["system_tags"] == json!(["__$not", "archived"]), archived, "{body}");
    }
}

#[tokio::test]
async fn an_archived_project_is_counted_whatever_it_has_that_is_not() {
    let server = with_runs(3, json!({"system_tags": ["archived"], "own_tasks": 0})).await;
    assert_eq!(overview(&server, "p", None).await.counted, 3);
}

#[tokio::test]
async fn the_runs_of_a_hidden_project_are_found() {
    let server = with_runs(2, json!({"system_tags": ["hidden", "dataset"]})).await;
    assert_eq!(overview(&server, "p", None).await.counted, 2);
    let (_, body) = asked(&server).await.pop().unwrap();
    assert_eq!(body["search_hidden"], json!(true));
}

#[tokio::test]
async fn larger_projects_are_read_page_by_page() {
    for (runs, requests) in [(499, 3), (500, 4), (501, 4), (1_200, 5)] {
        let server = with_runs(runs, json!({})).await;
        let overview = overview(&server, "p", None).await;
        assert_eq!((overview.counted, overview.complete), (runs, true));
        assert_eq!(asked(&server).await.len(), requests, "{runs}");
    }
}

#[tokio::test]
async fn the_cap_is_told_with_how_many_there_are() {
    let server = with_runs(20_700, json!({})).await;
    let overview = overview(&server, "p", None).await;
    assert_eq!((overview.counted, overview.complete), (20_000, false));
    let [note] = overview.notes.as_slice() else { panic!("{:?}", overview.notes) };
    assert!(
        note.contains("newest 20000 runs") && note.contains("the project has 20700") && note.contains("since"),
        "{note}"
    );
}

#[tokio::test]
async fn the_cap_is_where_the_operator_sets_it() {
    let server = with_runs(2_600, json!({})).await;
    for (runs, counted) in [(1_000, 1_000), (2_000, 2_000), (3_000, 2_600)] {
        let call = call().with_allowance(Allowance { runs, ..Allowance::default() });
        let overview = tracker(&server).project(&call, &ProjectId::new("p"), None).await.unwrap();
        assert_eq!((overview.counted, overview.complete), (counted, counted == 2_600));
    }
}

#[tokio::test]
async fn with_little_time_left_it_stops_and_says_so() {
    let server = with_runs(1_500, json!({})).await;
    let call = call().with_deadline(std::time::Duration::from_millis(2_900));
    let overview = tracker(&server).project(&call, &ProjectId::new("p"), None).await.unwrap();
    assert_eq!((overview.counted, overview.complete), (500, false));
    assert!(overview.notes[0].contains("time of this call"), "{:?}", overview.notes);
}

#[tokio::test]
async fn what_was_counted_before_the_server_failed_is_told_but_not_if_it_refused() {
    for (status, subcode, counted) in [(500, 0, Some(500)), (400, 12, None)] {
        let server = with_runs(1_500, json!({})).await;
        let meta = json!({"meta": {"result_subcode": subcode, "result_msg": "out of order"}});
        Mock::given(path("/v2.31/tasks.get_all_ex"))
            .and(body_partial_json(json!({"page": 1})))
            .respond_with(ResponseTemplate::new(status).set_body_json(meta))
            .with_priority(1)
            .mount(&server)
            .await;
        let answer = tracker(&server).project(&call(), &ProjectId::new("p"), None).await;
        assert_eq!(answer.as_ref().ok().map(|overview| overview.counted), counted, "{answer:?}");
        let told = answer.map_or_else(|error| error.to_string(), |overview| overview.notes.concat());
        assert!(told.contains("out of order"), "{told}");
    }
}

#[tokio::test]
async fn a_run_that_comes_again_is_counted_once() {
    let (server, _) = signing_in("2.31").await;
    answers(&server, "projects.get_all_ex", json!({"projects": [{"id": "p", "name": "a", "own_tasks": 600}]})).await;
    answers(&server, "projects.get_unique_metric_variants", json!({"metrics": []})).await;
    Mock::given(path("/v2.31/tasks.get_all_ex"))
        .respond_with(|request: &Request| {
            let body: Value = request.body_json().unwrap();
            // Between both pages a run was started.
            let numbers = if body["page"] == 0 { 0..500 } else { 499..600 };
            let tasks: Vec<Value> = numbers.map(|number: u64| json!({"id": number.to_string()})).collect();
            answer(&json!({"tasks": tasks}))
        })
        .mount(&server)
        .await;
    assert_eq!(overview(&server, "p", None).await.counted, 600);
}

#[tokio::test]
async fn without_series_of_the_monitor_or_with_very_many_titles_whole_documents_are_asked_for() {
    let series = |count: usize, title: &str| -> Vec<Value> {
        (0..count)
            .map(|number| json!({"metric": format!("{title}{number}"), "metric_hash": format!("{title}{number}")}))
            .collect()
    };
    for (trained, monitored, fields) in [
        (2, 0, vec!["last_metrics"]),
        (101, 1, vec!["last_metrics"]),
        (2, 1, vec!["last_metrics.t0", "last_metrics.t1"]),
        (0, 1, vec![]),
    ] {
        let (server, _) = signing_in("2.31").await;
        let project = json!({"id": "p", "name": "a", "own_tasks": 1});
        answers(&server, "projects.get_all_ex", json!({"projects": [project]})).await;
        let metrics = [series(trained, "t"), series(monitored, ":monitor:")].concat();
        answers(&server, "projects.get_unique_metric_variants", json!({"metrics": metrics})).await;
        let value = |title: &str| json!({"v": {"metric": title, "variant": "v", "value": 1.0}});
        let last = json!({"a": value("t0"), "b": value(":monitor:0")});
        answers(&server, "tasks.get_all_ex", json!({"tasks": [{"id": "1", "last_metrics": last}]})).await;
        assert_eq!(pairs(&overview(&server, "p", None).await.metrics), [("t0/v", 1)]);
        let (_, body) = asked(&server).await.pop().unwrap();
        let asked: Vec<&str> = body["only_fields"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let asked: Vec<&str> = asked.into_iter().filter(|field| field.starts_with("last_metrics")).collect();
        assert_eq!(asked, fields);
    }
}

#[tokio::test]
async fn without_the_names_of_the_series_the_runs_are_counted_all_the_same() {
    let (server, _) = signing_in("2.31").await;
    answers(&server, "projects.get_all_ex", json!({"projects": [{"id": "p", "name": "a", "own_tasks": 1}]})).await;
    let meta = json!({"meta": {"result_subcode": 100, "result_msg": "too slow"}});
    Mock::given(path("/v2.31/projects.get_unique_metric_variants"))
        .respond_with(ResponseTemplate::new(500).set_body_json(meta))
        .mount(&server)
        .await;
    let value = |title: &str| json!({"v": {"metric": title, "variant": "v", "value": 1.0}});
    let last = json!({"a": value("loss"), "b": value(":monitor:gpu")});
    answers(&server, "tasks.get_all_ex", json!({"tasks": [{"id": "1", "last_metrics": last}]})).await;
    assert_eq!(pairs(&overview(&server, "p", None).await.metrics), [("loss/v", 1)]);
}
