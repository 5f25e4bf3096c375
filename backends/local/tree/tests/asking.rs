//! What a tree answers to the questions of a tracker.

use super::*;
use crate::model::{CurveWant, DatasetInput, Metric, ProjectId, RunId, Series, Status};
use crate::tracker::{Match, ProjectQuery, Referent};
use crate::{ErrorKind, Tracker};

async fn names(lab: &Lab, query: &RunQuery) -> Vec<String> {
    let page = lab.tree.search_runs(&call(), query).await.unwrap();
    page.rows.into_iter().map(|run| run.name).collect()
}

#[tokio::test]
async fn a_run_is_read_with_all_that_mlflow_keeps_of_it() {
    let lab = Lab::new();
    let page = lab.tree.search_runs(&call(), &query("name = 'first'")).await.unwrap();

    let run = &page.rows[0];
    assert_eq!((run.id.as_str(), run.status, run.user.as_deref()), (FIRST, Some(Status::Finished), Some("ada")));
    assert_eq!((run.project.id.as_str(), run.project.name.as_str()), ("100", "vision"));
    assert_eq!(run.started.unwrap().as_millisecond(), 1_000);
    assert_eq!(
        run.params.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>(),
        ["lr=0.1", "model/depth=3\nlines"]
    );
    assert_eq!(run.metrics["loss"], Metric::last(0.25, Some(1)));
    assert!(run.metrics["val/acc"].value.is_nan() && run.metrics["system/cpu"].machine);
    assert_eq!((run.tags["team"].as_str(), run.code.commit.as_deref()), ("cv", Some("abc")));
    assert_eq!((page.total, page.scanned, page.notes), (Some(1), 3, vec![]));
}

#[tokio::test]
async fn a_filter_sees_just_what_it_needs_of_each_run() {
    let lab = Lab::new();
    for (filter, found) in [
        ("metrics.loss < 0.5", vec!["first"]),
        ("params.lr < 0.05", vec!["second"]),
        ("params.`model/depth` like '3%'", vec!["first"]),
        ("user = me", vec!["first"]),
        ("tags.team = 'cv'", vec!["first"]),
        ("commit = 'abc'", vec!["first"]),
        ("status = failed", vec!["second"]),
        ("archived = true", vec!["gone"]),
        ("metrics.loss is null", vec![]),
        ("project = 'vision' and not metrics.loss < 0.5", vec!["second"]),
        ("metrics.unheard > 0", vec![]),
    ] {
        assert_eq!(names(&lab, &query(filter)).await, found, "{filter}");
    }
    let children = format!("parent = '{FIRST}'");
    assert_eq!(names(&lab, &query(&children)).await, ["second"]);
}

#[tokio::test]
async fn an_answer_has_its_order_and_its_parts() {
    let lab = Lab::new();
    assert_eq!(names(&lab, &query("")).await, ["second", "first"]);
    let by_loss = Order::parse("metrics.loss asc").unwrap();
    let question = RunQuery { order: by_loss, parts: Parts::NONE, ..query("") };
    let page = lab.tree.search_runs(&call(), &question).await.unwrap();
    assert_eq!(page.rows.iter().map(|run| run.metrics["loss"].value).collect::<Vec<_>>(), [0.25, 0.75]);
    assert!(page.rows.iter().all(|run| run.params.is_empty()));
    assert_eq!(names(&lab, &RunQuery { include_archived: true, ..query("") }).await, ["gone", "second", "first"]);
}

#[tokio::test]
async fn pages_follow_each_other() {
    let lab = Lab::new();
    let mut question = RunQuery { limit: 1, ..query("") };
    let mut found = Vec::new();
    loop {
        let page = lab.tree.search_runs(&call(), &question).await.unwrap();
        assert_eq!(page.total, Some(2));
        found.extend(page.rows.into_iter().map(|run| run.name));
        question.cursor = page.next;
        if question.cursor.is_none() {
            break;
        }
    }
    assert_eq!(found, ["second", "first"]);
    question.cursor = Some("nonsense".to_owned());
    assert_eq!(lab.tree.search_runs(&call(), &question).await.unwrap_err().kind, ErrorKind::BadInput);
}

#[tokio::test]
async fn what_mlflow_does_not_keep_is_told() {
    let lab = Lab::new();
    for filter in ["min.loss < 1", "type = 'training'"] {
        let error = lab.tree.search_runs(&call(), &query(filter)).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unsupported, "{filter}");
    }
}

#[tokio::test]
async fn a_text_means_a_part_of_a_name_an_id_or_an_invocation() {
    let lab = Lab::new();
    lab.of_first("params/invocation_id", "71f3f3199ea5e1f0");
    for (text, found) in [
        ("SECO", vec!["second"]),
        ("aaaaaa", vec!["second", "first"]),
        ("71f3f3199ea5e1f0", vec!["first"]),
        ("71f3f3199ea5", vec![]),
    ] {
        assert_eq!(names(&lab, &RunQuery { text: Some(text.to_owned()), ..query("") }).await, found, "{text}");
    }
}

#[tokio::test]
async fn a_reference_is_resolved_as_an_id_a_name_a_prefix_an_invocation_or_a_model() {
    let lab = Lab::new();
    lab.of_first("tags/invocation_id", "run-7");
    lab.write("models/fraud/version-3/meta.yaml", &format!("name: fraud\nrun_id: {SECOND}\nversion: 3\n"));
    lab.write("models/fraud/aliases/champion", "3");
    for (text, ids, matched) in [
        (FIRST, vec![FIRST], Match::Id),
        (DELETED, vec![DELETED], Match::Id),
        ("second", vec![SECOND], Match::Name),
        ("aaaaaa", vec![SECOND, FIRST], Match::Prefix),
        ("bbbbbb", vec![DELETED], Match::Prefix),
        ("run-7", vec![FIRST], Match::Invocation),
        ("fraud/3", vec![SECOND], Match::Model),
        ("models:/fraud@champion", vec![SECOND], Match::Model),
    ] {
        let found = lab.tree.resolve(&call(), Referent::Run, text).await.unwrap();
        assert_eq!(found.candidates.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ids, "{text}");
        assert!(found.candidates.iter().all(|one| one.matched == matched), "{text}");
    }
    let nothing = lab.tree.resolve(&call(), Referent::Run, "secnd").await.unwrap();
    assert_eq!((nothing.candidates.len(), nothing.near), (0, vec!["second".to_owned()]));
    for text in ["fraud/4", "models:/../3", "fraud@nobody", "models:/fraud/../../x/3"] {
        assert!(lab.tree.resolve(&call(), Referent::Run, text).await.unwrap().candidates.is_empty(), "{text}");
    }
}

#[tokio::test]
async fn an_experiment_is_resolved_and_listed() {
    let lab = Lab::new();
    for (text, id) in [("vision", "100"), ("200", "200"), ("VISION/resnet", "200"), ("retired", "300")] {
        let found = lab.tree.resolve(&call(), Referent::Project, text).await.unwrap();
        assert_eq!(found.candidates[0].id, id, "{text}");
    }
    let near = lab.tree.resolve(&call(), Referent::Project, "vison").await.unwrap().near;
    assert_eq!(near[0], "vision");

    let all = ProjectQuery { text: None, include_archived: false, limit: 10, cursor: None };
    let ids = |page: crate::model::Page<crate::model::Project>| {
        page.rows.into_iter().map(|project| project.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(ids(lab.tree.projects(&call(), &all).await.unwrap()), ["100", "200"]);
    let archived = ProjectQuery { include_archived: true, text: Some("RE".to_owned()), ..all };
    assert_eq!(ids(lab.tree.projects(&call(), &archived).await.unwrap()), ["200", "300"]);
}

#[tokio::test]
async fn an_experiment_is_counted_as_a_whole() {
    let lab = Lab::new();
    let overview = lab.tree.project(&call(), &ProjectId::new("100"), None).await.unwrap();

    assert_eq!((overview.counted, overview.complete, overview.notes.len()), (2, true, 0));
    assert_eq!((overview.project.note.as_deref(), overview.project.tags["team"].as_str()), (Some("Sweep."), "cv"));
    let shown = |counts: &[crate::model::Count]| -> Vec<String> {
        counts.iter().map(|count| format!("{} {}", count.name, count.runs)).collect()
    };
    assert_eq!(shown(&overview.metrics), ["loss 2", "system/cpu 1", "val/acc 1"]);
    assert_eq!(shown(&overview.params), ["lr 2", "model/depth 1"]);
    assert_eq!(shown(&overview.by_status), ["failed 1", "finished 1"]);
    assert_eq!(shown(&overview.by_user), ["ada 1", "unknown 1"]);
    assert_eq!(overview.sub_projects.iter().map(|sub| sub.name.as_str()).collect::<Vec<_>>(), ["vision/resnet"]);

    let since = jiff::Timestamp::from_millisecond(1_500).unwrap();
    assert_eq!(lab.tree.project(&call(), &ProjectId::new("100"), Some(since)).await.unwrap().counted, 1);
    let error = lab.tree.project(&call(), &ProjectId::new("../100"), None).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn runs_come_by_id_with_children_datasets_and_models() {
    let lab = Lab::new();
    lab.write(
        "100/datasets/d1/meta.yaml",
        "digest: '1234'\nname: iris\nsource: '{\"url\":\"u\"}'\nsource_type: http\n",
    );
    let input = "destination_id: d1\ndestination_type: RUN\nsource_id: d1\nsource_type: DATASET\ntags:\n  mlflow.data.context: eval\n";
    lab.of_first("inputs/i1/meta.yaml", input);
    lab.of_first("inputs/i2/meta.yaml", "source_id: m-1\nsource_type: MODEL\ntags: {}\n");
    lab.of_first("outputs/o1/meta.yaml", "destination_id: m-2\ndestination_type: MODEL_OUTPUT\nstep: 0\ntags: {}\n");
    lab.write("models/fraud/version-3/meta.yaml", &format!("name: fraud\nrun_id: {FIRST}\nversion: 3\n"));
    let ids = [FIRST, "nobody", "../100", DELETED].map(RunId::new);
    let parts: Parts = Part::ALL.into_iter().collect();

    let answer = lab.tree.runs(&call(), &ids, parts).await.unwrap();

    assert_eq!(answer.missing, [RunId::new("nobody"), RunId::new("../100")]);
    let [first, deleted] = answer.found.as_slice() else { panic!("{answer:?}") };
    assert!(deleted.run.archived && !first.run.archived);
    let dataset = DatasetInput {
        name: "iris".to_owned(),
        version: Some("1234".to_owned()),
        context: Some("eval".to_owned()),
        source: Some("u".to_owned()),
        source_kind: Some("http".to_owned()),
        reference: Some("iris@1234".to_owned()),
        ..DatasetInput::default()
    };
    assert_eq!(first.run.datasets, [dataset]);
    let models: Vec<_> = first.run.models.iter().map(|model| (model.id.as_str(), model.output)).collect();
    assert_eq!(models, [("m-1", false), ("m-2", true), ("fraud/3", true)]);
    let children = first.children.as_ref().unwrap();
    assert_eq!((children.len(), children[0].name.as_str(), children[0].params["lr"].as_str()), (1, "second", "0.01"));
    assert_eq!(first.notes.len(), 2, "{:?}", first.notes);
}

#[tokio::test]
async fn a_history_is_read_line_by_line() {
    let lab = Lab::new();
    let lines: String =
        (0..25_000).map(|step| format!("{} {} {step}\n", 1_000 + step, 1.0 / f64::from(step + 1))).collect();
    lab.of_first("metrics/long", &lines);
    let series =
        |metric: &str, run: &str| Series { run: RunId::new(run), started: None, metric: metric.to_owned(), kept: None };
    let want = CurveWant { axis: Default::default(), from: None, to: None, samples: 20 };
    let asked =
        [series("long", FIRST), series("val/acc", FIRST), series("none", FIRST), series("../../meta.yaml", FIRST)];

    let answer = lab.tree.curves(&call(), &asked, &want).await.unwrap();

    assert_eq!(answer.curves.iter().map(|curve| curve.metric.as_str()).collect::<Vec<_>>(), ["long", "val/acc"]);
    let long = &answer.curves[0].statistics;
    assert_eq!((long.count, long.last.unwrap().step, long.min.unwrap().step), (25_000, Some(24_999), Some(24_999)));
    assert_eq!(answer.curves[1].statistics.nan, 1);
    let error = lab.tree.curves(&call(), &[series("loss", "nobody")], &want).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn nothing_is_ever_changed() {
    let lab = Lab::new();
    let before = everything(lab.folder.path());
    lab.tree.search_runs(&call(), &query("metrics.loss > 0")).await.unwrap();
    lab.tree.runs(&call(), &[RunId::new(FIRST)], Part::ALL.into_iter().collect()).await.unwrap();
    lab.tree.status(&call()).await.unwrap();
    assert_eq!(everything(lab.folder.path()), before);
}
