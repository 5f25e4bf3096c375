//! Searches: exact whatever the server can do of them, and asked for as cheaply as it can.

mod exactness;
mod names;

use super::*;
use crate::query::{Filter, Order};
use crate::tracker::ProjectScope;

const ADA: &str = "u1";

/// The names of a real server: projects, metrics, params and models.
pub(super) fn recorded() -> Value {
    serde_json::from_str(include_str!("../fixtures/names.json")).unwrap()
}

/// A server with these tasks, and the names that were recorded.
pub(super) async fn serving(tasks: Vec<Value>) -> MockServer {
    let (server, _) = signing_in("2.31").await;
    let names = recorded();
    let users = json!({"users": [{"id": ADA, "name": "Ada"}, {"id": "u2", "name": "bob"}]});
    for (endpoint, data) in [
        ("projects.get_all_ex", names["projects"].clone()),
        ("projects.get_unique_metric_variants", names["metrics"].clone()),
        ("projects.get_hyper_parameters", names["parameters"].clone()),
        ("models.get_all_ex", names["models"].clone()),
        ("users.get_all_ex", users),
    ] {
        Mock::given(path(format!("/v2.31/{endpoint}"))).respond_with(answer(&data)).mount(&server).await;
    }
    let by_id = tasks.clone();
    Mock::given(path("/v2.31/tasks.get_by_id_ex"))
        .respond_with(move |request: &Request| {
            let ids = request.body_json::<Value>().unwrap()["id"].clone();
            let found = by_id.iter().filter(|task| ids.as_array().unwrap().contains(&task["id"]));
            answer(&json!({"tasks": found.collect::<Vec<_>>()}))
        })
        .mount(&server)
        .await;
    Mock::given(path("/v2.31/tasks.get_all_ex"))
        .respond_with(move |request: &Request| answer(&double::answer(&tasks, &request.body_json().unwrap())))
        .mount(&server)
        .await;
    server
}

/// The bodies that were sent to an endpoint.
pub(super) async fn sent(server: &MockServer, endpoint: &str) -> Vec<Value> {
    let requests = server.received_requests().await.unwrap();
    let asked = requests.iter().filter(|request| request.url.path().ends_with(endpoint));
    asked.map(|request| request.body_json().unwrap()).collect()
}

pub(super) fn query(filter: &str, order: &str) -> RunQuery {
    RunQuery {
        projects: ProjectScope::All,
        text: None,
        filter: (!filter.is_empty()).then(|| Filter::parse(filter, call().now()).unwrap()),
        order: if order.is_empty() { Order(Vec::new()) } else { Order::parse(order).unwrap() },
        include_archived: false,
        parts: Parts::NONE,
        limit: 20,
        cursor: None,
    }
}

pub(super) fn ids(page: &Page<Run>) -> Vec<&str> {
    page.rows.iter().map(|run| run.id.as_str()).collect()
}

fn series(value: Value) -> Value {
    json!({
        "a617908b172c473cb8e8cda059e55bf0": {
            "5d6db9a1dc722586187fc2db530f8388": {
                "metric": "validation", "variant": "accuracy", "value": value, "min_value": 0.25, "max_value": value,
            },
        },
    })
}

pub(super) fn task(id: &str, more: Value) -> Value {
    let mut task = json!({
        "id": id, "name": format!("run {id}"), "status": "completed", "type": "training", "user": {"id": ADA, "name": "Ada"},
        "project": {"id": "f120eafbf85a44c284e42f8831e8a4ec", "name": "vision"}, "tags": [], "system_tags": [],
        "started": "2026-06-01T08:00:00.000000+00:00", "completed": "2026-06-01T08:05:00.000000+00:00",
        "status_changed": "2026-06-01T08:05:00.000100+00:00",
    });
    task.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    task
}

pub(super) fn params(section: &str, name: &str, value: &str) -> Value {
    json!({section: {name: {"section": section, "name": name, "value": value}}})
}

#[tokio::test]
async fn one_request_asks_for_all_that_the_server_can_do() {
    let server = serving(Vec::new()).await;
    let filter = "metrics.validation/accuracy > 0.9 and params.General/optimizer in ('adam', 'sgd') and user = me \
                  and status = 'finished' and tags.golden is not null and started > '2026-06-01' and name like 'res%'";
    let mut asked = query(filter, "started desc");
    asked.projects = ProjectScope::Only(vec![ProjectId::new("f120eafbf85a44c284e42f8831e8a4ec")]);
    tracker(&server).search_runs(&call(), &asked).await.unwrap();
    let mut bodies = sent(&server, "tasks.get_all_ex").await;
    assert_eq!(bodies.len(), 1);
    bodies[0].as_object_mut().unwrap().remove("only_fields");
    assert_eq!(
        bodies[0],
        json!({
            "last_metrics.a617908b172c473cb8e8cda059e55bf0.5d6db9a1dc722586187fc2db530f8388.value": [0.9, null],
            "hyperparams.General.optimizer.value": ["__$or", "adam", "sgd"],
            "user": ["__$or", "u1"],
            "status": ["__$or", "closed", "completed", "published", "publishing"],
            "_any_": {"fields": ["tags", "system_tags", "hyperparams.properties.golden.name"], "pattern": "^(?:golden)$"},
            "started": ["2026-06-01T00:00:00.000", null],
            "name": "(?s:^res.*$)",
            "project": ["__$or", "f120eafbf85a44c284e42f8831e8a4ec"],
            "system_tags": ["__$and", "__$not", "archived"],
            "order_by": ["-started"],
            "page": 0,
            "page_size": 21,
        })
    );
}

#[tokio::test]
async fn an_order_by_a_metric_asks_for_finite_values_first_and_fills_up_with_the_others() {
    let value = |id: &str, value: Value| task(id, json!({"last_metrics": series(value)}));
    let tasks = vec![value("a", json!("NaN")), value("b", json!(0.5)), task("c", json!({})), value("d", json!(0.9))];
    let server = serving(tasks).await;
    let page = tracker(&server).search_runs(&call(), &query("", "metrics.validation/accuracy desc")).await.unwrap();
    assert_eq!((ids(&page), page.total), (vec!["d", "b", "a", "c"], Some(4)));
    let bodies = sent(&server, "tasks.get_all_ex").await;
    let path = "last_metrics.a617908b172c473cb8e8cda059e55bf0.5d6db9a1dc722586187fc2db530f8388.value";
    assert_eq!(bodies[0][path], json!([f64::MIN, f64::MAX]));
    assert_eq!(bodies[0]["order_by"], json!([format!("-{path}")]));
    assert_eq!((bodies[1].get(path), &bodies[1]["order_by"], bodies.len()), (None, &json!(["id"]), 2));
}

#[tokio::test]
async fn an_order_that_the_server_does_not_know_is_made_here_of_little_data() {
    let lr = |id: &str, value: &str| task(id, json!({"hyperparams": params("General", "lr", value)}));
    let server = serving(vec![lr("a", "9"), lr("b", "10"), lr("c", "1e-3")]).await;
    let asked = RunQuery { parts: Parts::of(&[Part::Metrics]), limit: 2, ..query("", "params.General/lr") };
    let page = tracker(&server).search_runs(&call(), &asked).await.unwrap();
    assert_eq!(ids(&page), ["c", "a"]);
    let scanned = &sent(&server, "tasks.get_all_ex").await[0]["only_fields"];
    let whole = &sent(&server, "tasks.get_by_id_ex").await[0];
    let asks = |fields: &Value, field: &str| fields.as_array().unwrap().contains(&json!(field));
    assert!(asks(scanned, "hyperparams.General.lr") && !asks(scanned, "last_metrics"));
    assert!(asks(&whole["only_fields"], "last_metrics"));
    assert_eq!(whole["id"], json!(["c", "a"]));
}

#[tokio::test]
async fn a_text_is_part_of_a_name_the_beginning_of_an_id_or_an_invocation() {
    let started = |day: u8| json!(format!("2026-06-0{day}T08:00:00+00:00"));
    let server = serving(vec![
        task("aaaaaa01", json!({"name": "Cafe0042 baseline", "started": started(1)})),
        task("cafe0042ffff", json!({"started": started(2)})),
        task("aaaaaa03", json!({"tags": ["invocation_id:cafe0042"], "started": started(3)})),
        task(
            "aaaaaa04",
            json!({"hyperparams": params("properties", "invocation_id", "cafe0042"), "started": started(4)}),
        ),
        task("aaaaaa05", json!({"hyperparams": params("Args", "invocation_id", "cafe0042"), "started": started(5)})),
        task("aaaaaa06", json!({"tags": ["cafe0042"], "started": started(6)})),
        task("aaacafe0042", json!({"name": "other", "started": started(7)})),
    ])
    .await;
    let asked = RunQuery { text: Some("cafe0042".to_owned()), ..query("", "started") };
    let page = tracker(&server).search_runs(&call(), &asked).await.unwrap();
    assert_eq!(ids(&page), ["aaaaaa01", "cafe0042ffff", "aaaaaa03", "aaaaaa04", "aaaaaa05"]);
    assert_eq!(sent(&server, "tasks.get_all_ex").await.len(), 2);
}

#[tokio::test]
async fn what_is_hidden_shows_only_where_it_or_its_project_was_named() {
    let hidden = json!({"id": "68db087224cb4b3cb84baad2c0af167c", "name": "vision/data/.datasets/cats-dogs"});
    let server = serving(vec![
        task("a", json!({})),
        task("b", json!({"project": hidden})),
        task("c", json!({"system_tags": ["hidden"]})),
    ])
    .await;
    let (tracker, all) = (tracker(&server), query("", ""));
    let id = |id: &str| ProjectScope::Only(vec![ProjectId::new(id)]);
    let in_hidden = RunQuery { projects: id("68db087224cb4b3cb84baad2c0af167c"), ..all.clone() };
    let in_visible = RunQuery { projects: id("f120eafbf85a44c284e42f8831e8a4ec"), ..all.clone() };
    let none = RunQuery { projects: ProjectScope::Only(Vec::new()), ..all.clone() };
    for (asked, found) in [
        (&all, &["a"][..]),
        (&query("name != 'x'", ""), &["a"]),
        (&query("id = 'b'", ""), &["b"]),
        (&query("id in ('a', 'c')", ""), &["a", "c"]),
        (&query("id != 'a'", ""), &[]),
        (&in_hidden, &["b"]),
        (&in_visible, &["a"]),
        (&none, &[]),
    ] {
        assert_eq!(ids(&tracker.search_runs(&call(), asked).await.unwrap()), found);
    }
    assert_eq!(sent(&server, "projects.get_all_ex").await.len(), 1);
    assert_eq!(sent(&server, "tasks.get_all_ex").await.len(), 7);
}

#[tokio::test]
async fn a_cursor_of_another_question_is_refused() {
    let server = serving((0..9).map(|n| task(&format!("a{n}"), json!({}))).collect()).await;
    let (tracker, asked) = (tracker(&server), RunQuery { limit: 4, ..query("", "started") });
    let page = tracker.search_runs(&call(), &asked).await.unwrap();
    for (cursor, order, filter) in [
        (page.next.as_deref().unwrap(), "started", "status = 'failed' or user = 'bob'"),
        ("[7,[0],0]", "started", ""),
        ("[0]", "started", ""),
        ("x", "started", ""),
    ] {
        let asked = RunQuery { cursor: Some(cursor.to_owned()), ..query(filter, order) };
        let error = tracker.search_runs(&call(), &asked).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadInput, "{cursor}");
    }
    let next = RunQuery { cursor: page.next, ..asked };
    assert_eq!(ids(&tracker.search_runs(&call(), &next).await.unwrap()), ["a4", "a5", "a6", "a7"]);
}
