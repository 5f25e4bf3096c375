//! Lists of projects: what is asked, and what becomes of the answers.

use super::exchanges::{Exchange, asked};
use super::*;
use crate::model::Status;
use crate::tracker::Located;

fn query(text: Option<&str>, limit: usize) -> ProjectQuery {
    ProjectQuery { text: text.map(ToOwned::to_owned), include_archived: false, limit, cursor: None }
}

/// A server that knows the recorded questions.
async fn recorded() -> MockServer {
    let (server, _) = signing_in("2.31").await;
    for exchange in Exchange::read(include_str!("../fixtures/projects.json")) {
        exchange.mount(&server).await;
    }
    server
}

/// A server with so many projects, all of one name, that gives as many of them as are asked for.
async fn many(count: u64, name: &'static str) -> MockServer {
    let (server, _) = signing_in("2.31").await;
    Mock::given(path("/v2.31/projects.get_all_ex"))
        .respond_with(move |request: &Request| {
            let body: Value = request.body_json().unwrap();
            let start = body["start"].as_u64().unwrap();
            let end = count.min(start + body["size"].as_u64().unwrap());
            let projects: Vec<Value> =
                (start..end).map(|number| json!({"id": number.to_string(), "name": name})).collect();
            answer(&json!({"projects": projects}))
        })
        .mount(&server)
        .await;
    server
}

#[tokio::test]
async fn a_page_costs_one_request_and_brings_the_runs_by_status() {
    let server = recorded().await;
    let page = tracker(&server).projects(&call(), &query(None, 100)).await.unwrap();
    assert_eq!((page.next, page.total, page.scanned), (None, Some(4), 4));
    let names: Vec<&str> = page.rows.iter().map(|project| project.name.as_str()).collect();
    assert_eq!(names, ["vision/resnet", "Évaluation – 模型", "bench", "vision"]);
    let bench = &page.rows[2];
    let runs =
        [(Status::Queued, 1), (Status::Running, 1), (Status::Finished, 8), (Status::Failed, 1), (Status::Stopped, 1)];
    assert_eq!(bench.runs, Some(runs.into()));
    assert_eq!(bench.note.as_deref(), Some("Sweep of **optimizers** and seeds."));
    assert_eq!(bench.tags, [("team:vision".to_owned(), String::new())].into());
    assert_eq!(bench.created, Some("2026-11-20T14:46:24.288Z".parse().unwrap()));
    assert_eq!(bench.updated, Some("2026-11-20T14:46:32.440Z".parse().unwrap()));
    // Its sub-projects have runs, itself has none.
    assert_eq!((page.rows[3].runs.clone(), page.rows[3].note.clone()), (Some([].into()), None));
    let url = Url::parse(bench.web_url.as_deref().unwrap()).unwrap();
    assert_eq!(tracker(&server).locate(&url).unwrap().what, Located::Project(bench.id.clone()));
    assert_eq!(asked(&server).await.len(), 1);
}

#[tokio::test]
async fn archived_projects_come_with_their_archived_runs() {
    let server = recorded().await;
    let query = ProjectQuery { include_archived: true, ..query(None, 100) };
    let page = tracker(&server).projects(&call(), &query).await.unwrap();
    let retired = page.rows.iter().find(|project| project.archived).unwrap();
    assert_eq!((retired.name.as_str(), retired.runs.clone()), ("retired", Some([(Status::Finished, 1)].into())));
}

#[tokio::test]
async fn a_letter_beyond_ascii_is_asked_for_in_both_cases() {
    let server = recorded().await;
    let page = tracker(&server).projects(&call(), &query(Some("évaluation "), 10)).await.unwrap();
    assert_eq!(page.rows.iter().map(|project| project.name.as_str()).collect::<Vec<_>>(), ["Évaluation – 模型"]);
}

#[tokio::test]
async fn a_status_that_the_server_does_not_know_is_not_counted_and_the_four_ways_to_end_well_are_one() {
    let (server, _) = signing_in("2.31").await;
    let counts = json!({"closed": 1, "completed": 2, "publishing": 3, "published": 4, "unknown": 5, "created": 0});
    let project = json!({"id": "1", "name": "a", "stats": {"active": {"status_count": counts}}});
    Mock::given(path("/v2.31/projects.get_all_ex"))
        .respond_with(answer(&json!({"projects": [project]})))
        .mount(&server)
        .await;
    let page = tracker(&server).projects(&call(), &query(None, 10)).await.unwrap();
    assert_eq!(page.rows[0].runs, Some([(Status::Finished, 10)].into()));
}

#[tokio::test]
async fn pages_of_any_size_follow_each_other_without_gap_and_the_last_says_so() {
    let server = many(6, "a").await;
    let tracker = tracker(&server);
    let (mut cursor, mut ids) = (None, Vec::new());
    for (limit, last) in [(1, false), (3, false), (2, true)] {
        let page = tracker.projects(&call(), &ProjectQuery { cursor, ..query(None, limit) }).await.unwrap();
        assert_eq!((page.rows.len(), page.next.is_none(), page.total), (limit, last, None));
        ids.extend(page.rows.into_iter().map(|project| project.id.to_string()));
        cursor = page.next;
    }
    assert_eq!(ids, ["0", "1", "2", "3", "4", "5"]);
    assert_eq!(asked(&server).await.len(), 3);
}

#[tokio::test]
async fn what_the_server_finds_too_much_is_left_out_and_the_search_for_it_ends() {
    let server = many(100_000, "b").await;
    let page = tracker(&server).projects(&call(), &query(Some("a"), 10)).await.unwrap();
    assert_eq!((page.rows.len(), page.scanned, asked(&server).await.len()), (0, 200, 20));
    assert_eq!(page.next.as_deref(), Some(r#"{"projects":200}"#));
}

#[tokio::test]
async fn an_empty_workspace_is_an_empty_list() {
    let server = many(0, "a").await;
    let page = tracker(&server).projects(&call(), &query(None, 50)).await.unwrap();
    assert_eq!(page, Page::whole(Vec::new()));
}

#[tokio::test]
async fn a_cursor_of_something_else_is_refused_before_anything_is_asked() {
    let server = MockServer::start().await;
    for cursor in ["", "7", "[null,3]", r#"{"l":3}"#, r#"{"projects":-1}"#, r#"{"projects":1,"l":2}"#, "{\"projects\""]
    {
        let query = ProjectQuery { cursor: Some(cursor.to_owned()), ..query(None, 10) };
        let error = tracker(&server).projects(&call(), &query).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadInput, "{cursor}");
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_server_that_would_count_and_page_otherwise_is_named() {
    let (server, _) = signing_in("2.14").await;
    let error = tracker(&server).projects(&call(), &query(None, 10)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unsupported);
    assert!(error.message.contains("2.14") && error.message.contains("1.2"), "{error}");
}
