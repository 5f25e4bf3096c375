//! Queues and workers as server 2.0.0 told them.

use super::*;
use crate::model::{Load, RunId, RunningJob};

const WORK: &str = "9c0af58156fe435fbe6893ef0db4e7fe";
const FIRST: &str = "61643d9675134725a94546a1e0887fd3";
const SECOND: &str = "fe8d158010cb4afdb9a98ad316616f6a";

fn recorded() -> Value {
    serde_json::from_str(include_str!("../fixtures/queues.json")).unwrap()
}

async fn answering(server: &MockServer, endpoint: &str, response: ResponseTemplate) {
    Mock::given(method("POST")).and(path(format!("/v2.31/{endpoint}"))).respond_with(response).mount(server).await;
}

/// A server with these queues and workers; statistics are as given.
async fn lab(statistics: ResponseTemplate) -> MockServer {
    let (server, _) = signing_in("2.31").await;
    let recorded = recorded();
    answering(&server, "queues.get_all_ex", answer(&recorded["queues"])).await;
    answering(&server, "workers.get_all", answer(&recorded["workers"])).await;
    answering(&server, "workers.get_stats", statistics).await;
    server
}

/// Where requests went, without the sign-in, and what they asked.
async fn asked(server: &MockServer) -> Vec<(String, Value)> {
    let requests = server.received_requests().await.unwrap();
    let questions = requests.iter().filter(|request| request.url.path() != "/auth.login");
    let mut asked: Vec<_> =
        questions.map(|request| (request.url.path().to_owned(), request.body_json().unwrap())).collect();
    asked.sort_by(|(a, _), (b, _)| a.cmp(b));
    asked
}

#[tokio::test]
async fn queues_have_all_that_waits_in_order_and_workers_what_they_do() {
    let server = lab(answer(&recorded()["stats"])).await;

    let all = tracker(&server).queues().unwrap().queues(&call()).await.unwrap();

    let names: Vec<(&str, usize)> = all.queues.iter().map(|queue| (queue.name.as_str(), queue.waiting.len())).collect();
    assert_eq!(names, [("default", 0), ("gpu", 2), ("scratch-jobs-q", 2)]);
    let waiting = &all.queues[2].waiting;
    assert_eq!((&waiting[0].run, waiting[0].name.as_deref()), (&RunId::new(FIRST), Some("waits first")));
    assert_eq!(waiting[1].since, Some("2026-11-20T21:28:11.298Z".parse().unwrap()));
    let [worker] = all.workers.as_slice() else { panic!("{:?}", all.workers) };
    assert_eq!((worker.id.as_str(), worker.host.as_deref()), ("scratch-jobs:gpu0", Some("127.0.0.1")));
    assert_eq!((worker.user.as_deref(), &worker.queues), (Some("ada"), &vec![all.queues[2].id.clone()]));
    let expected = RunningJob {
        run: RunId::new(WORK),
        name: Some("at work".to_owned()),
        project: Some("scratch-jobs".to_owned()),
        running_for: None,
        last_iteration: Some(0),
    };
    assert_eq!(worker.job, Some(expected));
    let load = Load { gpu_percent: Some(85.0), gpu_memory_mb: Some(1500.0), cpu_percent: Some(9.75) };
    assert_eq!((worker.load, all.notes.len()), (load, 0));
}

#[tokio::test]
async fn three_requests_tell_everything_and_what_is_cut_off_is_not_asked_for() {
    let server = lab(answer(&recorded()["stats"])).await;

    tracker(&server).queues().unwrap().queues(&call()).await.unwrap();

    let asked = asked(&server).await;
    let [(queues, body), (workers, _), (statistics, span)] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(
        [queues, workers, statistics],
        ["/v2.31/queues.get_all_ex", "/v2.31/workers.get_all", "/v2.31/workers.get_stats"]
    );
    assert_eq!(body, &json!({"search_hidden": true, "order_by": ["name"]}));
    // Up to the last report, by the server's clock.
    assert_eq!((&span["to_date"], &span["from_date"]), (&json!(1_795_210_098), &json!(1_795_209_738)));
}

#[tokio::test]
async fn a_server_without_statistics_still_tells_its_queues() {
    let server = lab(ResponseTemplate::new(400).set_body_json(
        json!({"meta": {"result_code": 400, "result_subcode": 1002, "result_msg": "No statistic metrics found"}, "data": {}}),
    ))
    .await;

    let all = tracker(&server).queues().unwrap().queues(&call()).await.unwrap();

    assert_eq!((all.workers[0].load, all.queues.len()), (Load::default(), 3));
    assert!(all.notes[0].starts_with("how busy the machines are was not told"), "{:?}", all.notes);
}

#[tokio::test]
async fn one_request_tells_where_runs_wait_and_who_serves_the_queue() {
    let server = lab(answer(&json!({}))).await;

    let runs = [RunId::new(SECOND), RunId::new(WORK), RunId::new("202c77d08c0c48848cff52010b64c15a")];
    let places = tracker(&server).queues().unwrap().places(&call(), &runs).await.unwrap();

    let told: Vec<_> = places
        .iter()
        .map(|place| (place.queue.as_str(), place.position, place.waiting, place.workers, place.busy))
        .collect();
    assert_eq!(told, [("gpu", 2, 2, 0, 0), ("scratch-jobs-q", 2, 2, 1, 1)]);
    assert_eq!(asked(&server).await.len(), 1);
}
