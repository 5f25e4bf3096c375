//! Trees as MLflow writes them, asked as a tracker.

mod agreement;
mod asking;
mod broken;
mod files;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;

use super::Tree;
use crate::Call;
use crate::call::SystemClock;
use crate::local::config;
use crate::model::{Part, Parts};
use crate::query::{Filter, Order};
use crate::settings::Environment;
use crate::tracker::{ProjectScope, RunQuery};

const FIRST: &str = "aaaaaa00000000000000000000000001";
const SECOND: &str = "aaaaaa00000000000000000000000002";
const DELETED: &str = "bbbbbb00000000000000000000000003";

/// Two experiments and a deleted one, with three runs in the first.
struct Lab {
    folder: TempDir,
    tree: Tree,
}

impl Lab {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tree = tree(folder.path());
        let lab = Self { folder, tree };
        lab.experiment("100", "vision", "active", 3_000);
        lab.experiment("200", "vision/resnet", "active", 2_000);
        lab.experiment(".trash/300", "retired", "deleted", 1_000);
        lab.write("100/tags/mlflow.note.content", "Sweep.");
        lab.write("100/tags/team", "cv");
        lab.run("100", FIRST, "first", 3, 1_000, "active");
        lab.run("100", SECOND, "second", 4, 2_000, "active");
        lab.run("100", DELETED, "gone", 5, 3_000, "deleted");
        lab.of_first("params/lr", "0.1");
        lab.of_first("params/model/depth", "3\nlines");
        lab.of_first("metrics/loss", "1000 0.5 0\n1001 0.25 1\n");
        lab.of_first("metrics/val/acc", "1000 nan 0\n");
        lab.of_first("metrics/system/cpu", "1000 12.5 0\n");
        lab.of_first("tags/mlflow.user", "ada");
        lab.of_first("tags/mlflow.source.git.commit", "abc");
        lab.of_first("tags/team", "cv");
        lab.write(&format!("100/{SECOND}/metrics/loss"), "1000 0.75 0\n");
        lab.write(&format!("100/{SECOND}/params/lr"), "0.01");
        lab.write(&format!("100/{SECOND}/tags/mlflow.parentRunId"), FIRST);
        lab
    }

    fn experiment(&self, place: &str, name: &str, stage: &str, updated: i64) {
        let id = place.rsplit('/').next().unwrap();
        let meta = format!(
            "artifact_location: file:///made/here/{id}\ncreation_time: 500\nexperiment_id: '{id}'\n\
             last_update_time: {updated}\nlifecycle_stage: {stage}\nname: {name}\n"
        );
        self.write(&format!("{place}/meta.yaml"), &meta);
    }

    fn run(&self, experiment: &str, id: &str, name: &str, status: u8, started: i64, stage: &str) {
        let meta = format!(
            "artifact_uri: file:///made/here/{experiment}/{id}/artifacts\nend_time: null\nentry_point_name: ''\n\
             experiment_id: '{experiment}'\nlifecycle_stage: {stage}\nrun_id: {id}\nrun_name: {name}\nsource_name: ''\n\
             source_type: 4\nsource_version: ''\nstart_time: {started}\nstatus: {status}\ntags: []\nuser_id: ''\n"
        );
        self.write(&format!("{experiment}/{id}/meta.yaml"), &meta);
    }

    fn of_first(&self, path: &str, content: &str) {
        self.write(&format!("100/{FIRST}/{path}"), content);
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn write(&self, path: &str, content: &str) {
        let file = self.path(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, content).unwrap();
    }
}

fn tree(root: &Path) -> Tree {
    let environment = Environment::of(&[("MLFLOW_TRACKING_URI", &root.display().to_string()), ("USER", "ada")], None);
    Tree::new(config::find(&environment).unwrap().config.unwrap(), root.to_path_buf())
}

fn call() -> Call {
    Call::new("test", Arc::new(SystemClock))
}

fn query(filter: &str) -> RunQuery {
    RunQuery {
        projects: ProjectScope::All,
        text: None,
        filter: (!filter.is_empty()).then(|| Filter::parse(filter, call().now()).unwrap()),
        order: Order::default(),
        include_archived: false,
        parts: Parts::of(&[Part::Params, Part::Metrics, Part::Tags, Part::Datasets, Part::Models]),
        limit: 10,
        cursor: None,
    }
}

/// Every file below a folder with its content.
fn everything(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        match entry.path() {
            path if path.is_dir() => found.extend(everything(&path)),
            path => found.push((path.clone(), fs::read(path).unwrap())),
        }
    }
    found.sort();
    found
}
