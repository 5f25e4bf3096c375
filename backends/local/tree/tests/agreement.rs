//! A tree that MLflow made says here what MLflow's own client says of it: tests/live/make_tree.py makes both.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::Tracker;
use crate::model::{Axis, CurveWant, RunDetails, RunId, Series};
use crate::tracker::{ProjectQuery, Referent};

/// Another folder with a tree and answers; without it, the one that is kept here.
const FOLDER: &str = "TRACKER_MCP_TREE";

struct Made {
    folder: PathBuf,
    tree: Tree,
    answers: Value,
}

impl Made {
    fn new() -> Self {
        let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("local/tree/fixture");
        let folder = std::env::var_os(FOLDER).map_or(kept, PathBuf::from);
        let answers = fs::read_to_string(folder.join("answers.json")).unwrap();
        let tree = tree(&folder.join("mlruns"));
        Self { folder, tree, answers: serde_json::from_str(&answers).unwrap() }
    }

    /// The id of the one model that a run logged.
    fn logged_model(&self) -> String {
        let names = |folder: PathBuf| fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
        let models = names(self.folder.join("mlruns")).flat_map(|experiment| names(experiment.join("models")));
        let ids: Vec<_> = models.filter_map(|path| path.file_name()?.to_str().map(str::to_owned)).collect();
        ids.into_iter().find(|id| id.starts_with("m-")).unwrap()
    }

    fn runs(&self) -> &[Value] {
        self.answers["runs"].as_array().unwrap()
    }

    async fn details(&self, id: &str) -> RunDetails {
        let parts: Parts = Part::ALL.into_iter().collect();
        let mut answer = self.tree.runs(&call(), &[RunId::new(id)], parts).await.unwrap();
        answer.found.remove(0)
    }
}

fn ms(time: Option<jiff::Timestamp>) -> Value {
    json!(time.map(jiff::Timestamp::as_millisecond))
}

/// A number as Python shows it, read.
fn number(text: &Value) -> f64 {
    text.as_str().unwrap().parse().unwrap()
}

fn same(a: f64, b: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan())
}

#[tokio::test]
async fn the_experiments_are_those_of_mlflow() {
    let made = Made::new();
    let all = ProjectQuery { text: None, include_archived: true, limit: 100, cursor: None };
    let page = made.tree.projects(&call(), &all).await.unwrap();
    assert!(page.notes.is_empty(), "{:?}", page.notes);
    let shown = page.rows.into_iter().map(|project| {
        let mut tags = project.tags;
        tags.extend(project.note.map(|note| ("mlflow.note.content".to_owned(), note)));
        json!({"id": project.id.as_str(), "name": project.name, "tags": tags, "archived": project.archived,
            "created": ms(project.created), "updated": ms(project.updated)})
    });
    // Made within one millisecond they may stand in either order.
    let by_id = |mut rows: Vec<Value>| {
        rows.sort_by_key(|row| row["id"].as_str().unwrap().to_owned());
        rows
    };
    assert_eq!(by_id(shown.collect()), by_id(made.answers["experiments"].as_array().unwrap().clone()));
}

#[tokio::test]
async fn the_runs_are_those_of_mlflow() {
    let made = Made::new();
    let everything = RunQuery { include_archived: true, limit: 100, ..query("") };
    let page = made.tree.search_runs(&call(), &everything).await.unwrap();
    assert_eq!((page.total, page.notes), (Some(made.runs().len() as u64), vec![]));
    for expected in made.runs() {
        let id = expected["id"].as_str().unwrap();
        let details = made.details(id).await;
        assert_eq!(page.rows.iter().find(|run| run.id.as_str() == id).unwrap().params, details.run.params);
        let run = details.run;
        let tags: BTreeMap<_, _> = run.tags.iter().chain(&run.system_tags).collect();
        let shown = json!({"experiment": run.project.id.as_str(), "name": run.name, "started": ms(run.started),
            "ended": ms(run.ended), "archived": run.archived, "params": run.params, "tags": tags, "user": run.user});
        for (key, value) in shown.as_object().unwrap() {
            assert_eq!(*value, expected[key], "{key} of {id}");
        }
        let status = crate::mlflow_model::status_word(run.status.unwrap());
        assert_eq!(json!(status), expected["status"]);
        let last: Vec<_> = run.metrics.iter().map(|(key, metric)| (key.as_str(), metric.value)).collect();
        let of_mlflow = expected["metrics"].as_object().unwrap();
        assert_eq!(last.len(), of_mlflow.len());
        for (key, value) in last {
            assert!(same(value, number(&of_mlflow[key])), "{key} of {id}: {value} and {}", of_mlflow[key]);
        }
        let datasets: Vec<_> = run
            .datasets
            .iter()
            .map(|dataset| json!([dataset.name, dataset.version, dataset.context.clone().unwrap_or_default()]))
            .collect();
        assert_eq!(json!(datasets), expected["datasets"]);
        let made_models: Vec<_> =
            run.models.iter().filter(|model| model.name.is_none()).map(|model| &model.id).collect();
        assert_eq!(json!(made_models), expected["models"]);
        assert_eq!(files_below(&made.tree, &run.id).await, expected["files"]);
    }
}

async fn files_below(tree: &Tree, run: &RunId) -> Value {
    let mut found = BTreeMap::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        for row in tree.artifacts(&call(), run, &folder, None).await.unwrap().rows {
            match row.folder {
                true => folders.push(row.path),
                false => drop(found.insert(row.path, row.size)),
            }
        }
    }
    json!(found)
}

#[tokio::test]
async fn the_histories_are_those_of_mlflow() {
    let made = Made::new();
    let want = CurveWant { axis: Axis::Step, from: None, to: None, samples: 1_000 };
    let mut read = 0;
    for expected in made.runs() {
        for (metric, points) in expected["histories"].as_object().unwrap() {
            let run = RunId::new(expected["id"].as_str().unwrap());
            let series = Series { run, started: None, metric: metric.clone(), kept: None };
            let answer = made.tree.curves(&call(), &[series], &want).await.unwrap();
            let mut points = points.as_array().unwrap().clone();
            points.sort_by_key(|point| (point[2].as_i64(), point[0].as_i64()));
            let samples = &answer.curves[0].samples;
            assert_eq!(samples.len(), points.len(), "{metric}");
            for (sample, point) in samples.iter().zip(&points) {
                assert_eq!((json!(sample.step), ms(sample.time)), (point[2].clone(), point[0].clone()));
                assert!(metric == "tie" || same(sample.value, number(&point[1])), "{metric}: {sample:?}");
                read += 1;
            }
        }
    }
    assert!(read > 50);
}

#[tokio::test]
async fn searches_find_the_same_runs_in_the_same_order() {
    let made = Made::new();
    for search in made.answers["searches"].as_array().unwrap() {
        let (filter, order) = (search["filter"].as_str().unwrap(), search["order"].as_str().unwrap());
        let question = RunQuery { order: Order::parse(order).unwrap(), limit: 100, ..query(filter) };
        let page = made.tree.search_runs(&call(), &question).await.unwrap();
        let ids: Vec<_> = page.rows.iter().map(|run| run.id.as_str()).collect();
        assert_eq!(json!(ids), search["ids"], "{filter} {order}");
    }
}

#[tokio::test]
async fn an_alias_names_the_run_that_mlflow_names() {
    let made = Made::new();
    let found = made.tree.resolve(&call(), Referent::Run, "models:/fraud@champion").await.unwrap();
    assert_eq!(json!(found.candidates[0].id), made.answers["champion"]);
    let models = made.details(&found.candidates[0].id).await.run.models;
    assert!(models.iter().any(|model| model.id == "fraud/1"), "{models:?}");
}

#[tokio::test]
async fn a_logged_model_and_the_newest_version_lead_to_the_run_that_made_them() {
    let made = Made::new();
    let logged = format!("models:/{}", made.logged_model());
    for text in [logged.as_str(), "models:/fraud/latest", "models:/fraud/none"] {
        let found = made.tree.resolve(&call(), Referent::Run, text).await.unwrap();
        assert_eq!(json!(found.candidates[0].id), made.answers["champion"], "{text}");
    }
    for text in ["models:/m-00000000000000000000000000000000", "models:/fraud/Production", "models:/fraud"] {
        let found = made.tree.resolve(&call(), Referent::Run, text).await.unwrap();
        assert!(found.candidates.is_empty(), "{text}: {found:?}");
    }
}
