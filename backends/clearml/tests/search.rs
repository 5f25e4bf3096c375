//! Searches: exact whatever the server can do of them, and asked for as cheaply as it can.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Map;

use super::*;
use crate::clearml::filter::Words;
use crate::clearml::project_names::ProjectNames;
use crate::clearml::series::Paths;
use crate::clearml::users::Directory;
use crate::clearml::wire::Task;
use crate::clearml::wire_condition::Condition;
use crate::query::{Filter, Order};
use crate::same_key::Kind;
use crate::tracker::ProjectScope;

const ADA: &str = "u1";

pub(super) fn names() -> Value {
    serde_json::from_str(include_str!("../fixtures/names.json")).unwrap()
}

/// A server with these tasks, and the names that were recorded.
pub(super) async fn serving(tasks: Vec<Value>) -> MockServer {
    let (server, _) = signing_in("2.31").await;
    let names = names();
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

/// Filters of every kind of key and test.
const FILTERS: &[&str] = &[
    "metrics.validation/accuracy > 0.5",
    "metrics.validation/accuracy <= 0.5",
    "metrics.validation/accuracy != 0.5",
    "metrics.validation/accuracy = 0.5",
    "metrics.validation/accuracy in (0.5, 0.9)",
    "metrics.validation/accuracy not in (0.5, 0.9)",
    "metrics.validation/accuracy is null",
    "metrics.validation/accuracy is not null",
    "metrics.validation/accuracy = inf",
    "metrics.validation/accuracy < inf",
    "metrics.validation/accuracy >= -inf",
    "metrics.validation/accuracy = -inf",
    "not max.validation/accuracy > 0.5",
    "min.validation/accuracy < 0.3 and metrics.validation/accuracy > 0.1",
    "params.General/lr = '0.1'",
    "params.General/lr = ''",
    "params.General/lr in ('0.1', '__$not')",
    "params.General/lr < 0.5",
    "params.General/lr != '0.1'",
    "params.General/lr like '0._'",
    "params.General/lr ilike '%K%'",
    "params.General/lr is null",
    "not params.General/lr = '0.1'",
    "tags.k = 'v'",
    "tags.k = ''",
    "tags.k is not null",
    "tags.k is null",
    "tags.k != 'v'",
    "tags.k is null and params.General/lr is not null",
    "tags.`a.b c` = '0.1'",
    "name = 'it''s (1)'",
    "name like '%(_)'",
    "name ilike '%ÜNK%'",
    "name ilike 'IT%'",
    "name in ('a|b', 'x\ny')",
    "name != 'a|b'",
    "name like 'x%'",
    "status = 'finished'",
    "status != 'finished'",
    "status in ('failed', 'running')",
    "status is null",
    "user = me",
    "user = 'bob'",
    "user = 'u3'",
    "user in (me, 'bob')",
    "user != me",
    "type = 'training'",
    "parent is null",
    "parent = 'a'",
    "parent != 'a'",
    "id in ('a', 'b', 'c')",
    "id != 'a'",
    "project = 'vision'",
    "project = 'tabular' or project = 'vision'",
    "project like 'tab%'",
    "started > '2026-06-01T08:00:00.0005Z'",
    "started = '2026-06-01T08:00:00.001Z'",
    "started < '2026-06-01T08:00:00.001Z'",
    "started is null",
    "started is not null",
    "ended >= '2026-06-01T08:05:00Z'",
    "ended is null",
    "archived = true",
    "archived != true",
    "archived = true or status = 'failed'",
    "commit = 'C0FFEE'",
    "commit is not null",
    "commit is null",
    "(status = 'failed' or metrics.validation/accuracy > 0.5) and (user = me or tags.k is not null)",
    "false",
];

prop_compose! {
    fn tasks()(
        id in "[a-f][0-9]?",
        name in select(vec!["it's (1)", "a|b", "x\ny", "GRÜNKOHL", "\u{212a}elvin", "Item"]),
        status in select(vec!["completed", "published", "failed", "in_progress", "created", "unknown"]),
        user in select(vec![json!({"id": ADA, "name": "Ada"}), json!({"id": "u2", "name": "bob"}), json!({"id": "u3"})]),
        kind in select(vec!["training", "testing"]),
        project in select(vec![
            json!({"id": "f120eafbf85a44c284e42f8831e8a4ec", "name": "vision"}),
            json!({"id": "f80a81881389483593f6a5c7717f4686", "name": "tabular"}),
        ]),
        parent in select(vec![Value::Null, json!({"id": "a"}), json!({"id": "b"})]),
        tags in select(vec![json!([]), json!(["k"]), json!(["K", "x"])]),
        system_tags in select(vec![json!([]), json!([]), json!(["archived"]), json!(["k"])]),
        started in select(vec![
            Value::Null,
            json!("2026-06-01T08:00:00+00:00"),
            json!("2026-06-01T08:00:00.001+00:00"),
            json!("2026-06-01T08:00:00.002+00:00"),
        ]),
        completed in select(vec![Value::Null, json!("2026-06-01T08:05:00.000+00:00")]),
        value in select(vec![
            Value::Null, json!(0.5), json!(0.9), json!(0.1), json!("NaN"), json!("Infinity"), json!("-Infinity"),
        ]),
        lr in select(vec![None, Some(""), Some("0.1"), Some("0.9"), Some("__$not"), Some("\u{212a}")]),
        property in select(vec![None, Some(("k", "v")), Some(("k", "")), Some(("a.b c", "0.1"))]),
        commit in select(vec![Value::Null, json!("C0FFEE"), json!("c0ffee")]),
    ) -> Value {
        let mut hyperparams = Map::new();
        for (section, name, value) in lr.map(|lr| ("General", "lr", lr)).into_iter()
            .chain(property.map(|(name, value)| ("properties", name, value)))
        {
            hyperparams.extend(params(section, name, value).as_object().unwrap().clone());
        }
        let mut more = json!({
            "name": name, "status": status, "user": user, "type": kind, "project": project, "tags": tags,
            "system_tags": system_tags, "completed": completed, "hyperparams": hyperparams, "parent": parent,
            "started": started, "script": {"version_num": commit},
        });
        if !value.is_null() {
            more["last_metrics"] = series(value);
        }
        let mut task = task(&id, more);
        // The server leaves out what is missing.
        task.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        task
    }
}

fn run(task: &Value) -> Run {
    serde_json::from_value::<Task>(task.clone()).unwrap().into_run("http://web.test")
}

/// The conditions of a filter, and nothing else.
async fn pushed(filter: &Filter) -> Vec<Condition> {
    let server = serving(Vec::new()).await;
    let config = config::find(&environment(&server)).unwrap().config.unwrap();
    let (api, call) = (Api::new("clearml", &config), call());
    let index = ProjectNames::default().index(&api, &call).await.unwrap();
    let users = UserNames::default().with(&api, &call, &[], tokio::time::Instant::now()).await.unwrap();
    conditions(filter, &index, &users)
}

fn conditions(filter: &Filter, projects: &project_names::Index, users: &Directory) -> Vec<Condition> {
    let words = Words { projects, named_hidden: false, users, me: Some(ADA), paths: &Paths::default() };
    let branches = filter.conjunctions(4, |predicate| words.pushable(predicate)).branches;
    let condition = |branch: Vec<_>| {
        let mut condition = Condition::default();
        for predicate in &branch {
            words.push(&mut condition, predicate);
        }
        condition
    };
    branches.into_iter().map(condition).filter(|condition| !condition.is_never()).collect()
}

#[test]
fn what_is_asked_of_the_server_loses_no_run() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let now = call().now();
    let filters: Vec<(Filter, Vec<Condition>)> = FILTERS
        .iter()
        .map(|text| {
            let filter = Filter::parse(text, now).unwrap();
            let conditions = runtime.block_on(pushed(&filter));
            (filter, conditions)
        })
        .collect();
    proptest!(ProptestConfig::with_cases(400), |(task in tasks())| {
        let run = run(&task);
        for (filter, conditions) in &filters {
            let matches = filter.clone().with_me("Ada").matches(&run, now);
            let comes = conditions.iter().any(|condition| double::holds(condition.filter().fields(), &task));
            prop_assert!(comes || !matches, "{filter}: {conditions:?}");
        }
    });
}

#[test]
fn pages_hold_exactly_the_runs_of_the_question_in_its_order() {
    const ORDERS: &[&str] = &[
        "",
        "started desc",
        "started",
        "name",
        "id desc",
        "name desc, id desc",
        "started desc, name",
        "metrics.validation/accuracy desc",
        "metrics.validation/accuracy, started desc",
        "max.validation/accuracy desc",
        "params.General/lr",
        "ended desc",
        "status, name",
        "metrics.validation/accuracy, params.General/lr desc",
    ];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = ProptestConfig::with_cases(6);
    proptest!(config, |(tasks in proptest::collection::vec(tasks(), 30), limit in 1..9_usize, some in 0..4_usize)| {
        let mut tasks = tasks;
        tasks.sort_by(|a, b| a["id"].as_str().cmp(&b["id"].as_str()));
        tasks.dedup_by(|a, b| a["id"] == b["id"]);
        runtime.block_on(async {
            let server = serving(tasks.clone()).await;
            let (tracker, now) = (tracker(&server), call().now());
            let filters = FILTERS.iter().skip(some).step_by(4).chain(&["", "params.General/lr is not null"]);
            for (filter, order) in filters.zip(ORDERS.iter().cycle()) {
                let mut query = RunQuery { limit, ..query(filter, order) };
                let mut found: Vec<String> = Vec::new();
                loop {
                    let page = tracker.search_runs(&call().begun_at(now), &query).await.unwrap();
                    found.extend(ids(&page).into_iter().map(ToOwned::to_owned));
                    query.cursor = page.next;
                    if query.cursor.is_none() {
                        break;
                    }
                }
                let exact = query.filter.clone().map(|filter| filter.with_me("Ada"));
                let archived = filter.contains("archived");
                let mut wanted: Vec<Run> = tasks.iter().map(run).collect();
                wanted.retain(|run| archived || !run.archived);
                wanted.retain(|run| exact.as_ref().is_none_or(|filter| filter.matches(run, now)));
                wanted.sort_by(|a, b| query.order.compare(a, b, now));
                let wanted: Vec<&str> = wanted.iter().map(|run| run.id.as_str()).collect();
                assert_eq!(found, wanted, "{filter} | {order} | {limit}");
            }
        });
    });
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
