//! Pipelines, their steps and reports: found where they are named, told in few requests, read as files.

use super::search::{sent, serving};
use super::*;
use crate::model::{ByteRange, Outline, StepState};
use crate::query::Filter;
use crate::tracker::ProjectScope;

/// The recorded pipelines: one with a step that failed, and one with a step that was left out.
const RECORDED: &str = include_str!("../fixtures/pipelines.json");
const CONTROLLER: &str = "7faf548bd3434511a7fe8195a9eaf04c";
const STEP: &str = "b290a8ae56dd4431806546fc879825f4";
const ABOVE: &str = "9045efb4e344415fb811ebf4c8bc6998";

fn task(id: &str, kind: &str, project: (&str, &str), more: Value) -> Value {
    let mut task = json!({
        "id": id, "name": format!("run {id}"), "status": "completed", "type": kind, "tags": [], "system_tags": [],
        "project": {"id": project.0, "name": project.1}, "started": "2026-06-01T08:00:00.000000+00:00",
    });
    task.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    task
}

const PIPELINES: (&str, &str) = ("c3497af71c354256a880d575cd69b7f8", "vision/pipelines/.pipelines/train pipeline ü");

/// A pipeline with a step and a report in hidden projects, a dataset, and what everybody sees.
async fn lab() -> MockServer {
    serving(vec![
        task("plain", "training", (ABOVE, "vision/pipelines"), json!({})),
        task("seen", "controller", (ABOVE, "vision/pipelines"), json!({})),
        task("lead", "controller", PIPELINES, json!({"name": "train pipeline ü #2"})),
        task("step", "training", PIPELINES, json!({"parent": {"id": "lead"}, "name": "train"})),
        task("text", "report", PIPELINES, json!({"system_tags": ["hidden", "reports"]})),
        task(
            "data",
            "data_processing",
            ("68db087224cb4b3cb84baad2c0af167c", "vision/data/.datasets/cats-dogs"),
            json!({}),
        ),
    ])
    .await
}

fn query(filter: &str) -> RunQuery {
    RunQuery {
        projects: ProjectScope::All,
        text: None,
        filter: (!filter.is_empty()).then(|| Filter::parse(filter, call().now()).unwrap()),
        order: crate::query::Order::parse("id asc").unwrap_or_default(),
        include_archived: false,
        parts: Parts::NONE,
        limit: 20,
        cursor: None,
    }
}

async fn found(server: &MockServer, query: &RunQuery) -> Vec<String> {
    let page = tracker(server).search_runs(&call(), query).await.unwrap();
    page.rows.iter().map(|run| run.id.to_string()).collect()
}

#[tokio::test]
async fn pipelines_steps_and_reports_show_where_a_filter_names_them() {
    let server = lab().await;
    for (filter, ids) in [
        ("", &["plain", "seen"][..]),
        ("type = 'controller'", &["lead", "seen"]),
        ("type in ('controller', 'report')", &["lead", "seen", "text"]),
        ("type = 'report'", &["text"]),
        ("type != 'controller'", &["plain"]),
        ("type = 'training'", &["plain"]),
        // Datasets have questions of their own.
        ("type = 'data_processing'", &[]),
        ("parent = 'lead'", &["step"]),
        ("parent = 'lead' or name = 'run plain'", &["plain", "step"]),
        ("type = 'controller' and project = 'vision/pipelines'", &["lead", "seen"]),
        ("type = 'controller' and project = 'vision/pipelines/.pipelines/train pipeline ü'", &["lead"]),
    ] {
        assert_eq!(found(&server, &query(filter)).await, ids, "{filter}");
    }
}

#[tokio::test]
async fn a_project_has_the_pipelines_that_lie_in_hidden_ones_below_it_when_they_are_named() {
    let server = lab().await;
    let within =
        |filter: &str, id: &str| RunQuery { projects: ProjectScope::Only(vec![ProjectId::new(id)]), ..query(filter) };
    for (filter, project, ids) in [
        ("", ABOVE, &["plain", "seen"][..]),
        ("type = 'controller'", ABOVE, &["lead", "seen"]),
        ("parent = 'lead'", ABOVE, &["step"]),
        ("type = 'controller'", "f120eafbf85a44c284e42f8831e8a4ec", &[]),
        ("", PIPELINES.0, &["lead", "step", "text"]),
    ] {
        let asked = within(filter, project);
        assert_eq!(found(&server, &asked).await, ids, "{filter} in {project}");
    }
    let page = tracker(&server).search_runs(&call(), &within("type = 'controller'", ABOVE)).await.unwrap();
    assert_eq!(page.rows[0].project.name, "vision/pipelines");
}

#[tokio::test]
async fn a_pipeline_that_was_made_a_moment_ago_is_found_in_its_project() {
    const NEW: (&str, &str) = ("0123456789abcdef0123456789abcdef", "vision/pipelines/.pipelines/new");
    let server =
        serving(vec![task("lead", "controller", PIPELINES, json!({})), task("late", "controller", NEW, json!({}))])
            .await;
    let lab = tracker(&server);
    let within = RunQuery { projects: ProjectScope::Only(vec![ProjectId::new(ABOVE)]), ..query("type = 'controller'") };
    let ids = async || -> Vec<String> {
        let page = lab.search_runs(&call(), &within).await.unwrap();
        page.rows.iter().map(|run| run.id.to_string()).collect()
    };
    assert_eq!(ids().await, ["lead"]);
    let mut projects = super::search::recorded()["projects"].clone();
    let new = json!({"id": NEW.0, "name": NEW.1, "system_tags": ["pipeline", "hidden"], "hidden": true});
    projects["projects"].as_array_mut().unwrap().push(new);
    Mock::given(path("/v2.31/projects.get_all_ex"))
        .respond_with(answer(&projects))
        .with_priority(1)
        .mount(&server)
        .await;
    assert_eq!(ids().await, ["late", "lead"]);
}

#[tokio::test]
async fn a_text_finds_a_pipeline_where_nothing_else_is_called_so() {
    let server = lab().await;
    let named = |text: &str| RunQuery { text: Some(text.to_owned()), ..query("") };
    assert_eq!(found(&server, &named("train pipeline")).await, ["lead"]);
    // A step of this name is no answer, and what shows comes first.
    assert!(found(&server, &named("no such thing")).await.is_empty());
    assert_eq!(found(&server, &named("run plain")).await, ["plain"]);
    let before = sent(&server, "tasks.get_all_ex").await.len();
    let page = tracker(&server).search_runs(&call(), &named("train pipeline")).await.unwrap();
    assert!(page.notes.iter().any(|note| note.contains("type = 'controller'")), "{:?}", page.notes);
    // A pattern and an invocation id each, of what shows and of the others.
    assert_eq!(sent(&server, "tasks.get_all_ex").await.len() - before, 4);
}

/// A server with the recorded pipelines and the runs of their steps.
async fn recorded() -> MockServer {
    let (server, _) = signing_in("2.31").await;
    let outlines: Value = serde_json::from_str(RECORDED).unwrap();
    let by_id = move |request: &Request| {
        let body: Value = request.body_json().unwrap();
        let fields = body["only_fields"].as_array().unwrap();
        let mut tasks = outlines["tasks"].as_array().unwrap().clone();
        tasks.retain(|task| body["id"].as_array().unwrap().contains(&task["id"]));
        if !fields.contains(&json!("configuration.Pipeline")) {
            tasks.iter_mut().for_each(|task| drop(task.as_object_mut().unwrap().remove("configuration")));
        }
        answer(&json!({"tasks": tasks}))
    };
    Mock::given(path("/v2.31/tasks.get_by_id_ex")).respond_with(by_id).mount(&server).await;
    let train = json!({"id": STEP, "name": "train", "status": "failed", "parent": {"id": CONTROLLER}, "status_reason": "it broke"});
    let retry = json!({"id": "old", "name": "train", "status": "failed", "parent": {"id": CONTROLLER}});
    let below = answer(&json!({"tasks": [train, retry]}));
    Mock::given(path("/v2.31/tasks.get_all_ex")).respond_with(below).mount(&server).await;
    server
}

#[tokio::test]
async fn steps_come_with_one_request_and_what_their_runs_say_with_one_more() {
    let server = recorded().await;
    let lab = tracker(&server);
    let ids = [RunId::new(CONTROLLER)];
    let asked = |parts: &'static [Part]| {
        let (lab, ids) = (Arc::clone(&lab), ids.clone());
        async move { lab.runs(&call(), &ids, Parts::of(parts)).await.unwrap().found.remove(0) }
    };
    let count = || async { server.received_requests().await.unwrap().len() };

    assert_eq!(asked(&[Part::Params]).await.outline, None);
    // One of these signs in.
    assert_eq!(count().await, 2);

    let details = asked(&[Part::Outline]).await;
    let Some(Outline::Pipeline(pipeline)) = details.outline else { panic!("no pipeline") };
    assert_eq!((pipeline.steps.len(), pipeline.steps[1].reason.as_deref()), (4, None));
    assert_eq!(count().await, 4);

    let details = asked(&[Part::Outline, Part::Children]).await;
    let Some(Outline::Pipeline(pipeline)) = details.outline else { panic!("no pipeline") };
    assert_eq!(pipeline.steps[1].reason.as_deref(), Some("it broke"));
    assert_eq!(pipeline.steps[3].state, StepState::NotRun { because_of: Some("train".to_owned()) });
    assert_eq!(details.children.unwrap().len(), 2);
    assert_eq!(count().await, 7);
}

#[tokio::test]
async fn the_text_of_a_report_is_a_file_and_is_asked_for_where_there_is_nothing_else() {
    let (server, _) = signing_in("2.31").await;
    let report = json!({"tasks": [{"id": ID, "type": "report", "report": "# Week\n"}]});
    for (endpoint, data) in [("tasks.get_by_id_ex", report), ("events.get_multi_task_metrics", json!({"metrics": []}))]
    {
        Mock::given(path(format!("/v2.31/{endpoint}"))).respond_with(answer(&data)).mount(&server).await;
    }
    let (lab, run) = (tracker(&server), RunId::new(ID));
    let files = lab.artifacts(&call(), &run, "", None).await.unwrap().rows;
    assert_eq!(files.iter().map(|file| (file.path.as_str(), file.size)).collect::<Vec<_>>(), [("report.md", Some(7))]);
    let whole = ByteRange::From { offset: 2, length: 100 };
    let part = lab.read_artifact(&call(), &run, "report.md", whole).await.unwrap();
    assert_eq!((part.bytes.as_ref(), part.size), (&b"Week\n"[..], Some(7)));
    let error = lab.read_artifact(&call(), &run, "other.md", whole).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
}
