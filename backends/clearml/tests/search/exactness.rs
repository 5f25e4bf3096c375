//! Filters and orders of every kind against tasks of every kind: what is asked of the server loses nothing, and what is
//! answered is exact.

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
