//! Against the store that MLflow 3.17.2 made for the conformance suite, and what can happen to such a file.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use flate2::read::GzDecoder;
use rusqlite::{Connection, params};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::ErrorKind;
use crate::call::SystemClock;
use crate::local::config::Kept;
use crate::model::{Axis, Curve, Point, Reduction, Series};
use crate::query::{Filter, Key, Order};
use crate::tracker::ProjectScope;

static PACKED: &[u8] = include_bytes!("../../../tests/it/fixtures/local-3.17.2/mlflow.db.gz");

/// A folder with a store.
struct Lab {
    folder: TempDir,
    path: PathBuf,
}

impl Lab {
    fn new() -> Self {
        let mut bytes = Vec::new();
        GzDecoder::new(PACKED).read_to_end(&mut bytes).unwrap();
        Self::of(&bytes)
    }

    fn of(bytes: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mlflow.db");
        fs::write(&path, bytes).unwrap();
        Self { folder, path }
    }

    fn write(&self) -> Connection {
        Connection::open(&self.path).unwrap()
    }

    fn tracker(&self) -> Sqlite {
        let config = Config {
            name: "local".to_owned(),
            kept: Kept::Database(self.path.clone()),
            workspace: "default".to_owned(),
            me: None,
            web: None,
        };
        Sqlite::new(config, self.path.clone())
    }

    /// All files of the folder and what is in them.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let read = |path: PathBuf| (path.clone(), fs::read(&path).unwrap());
        fs::read_dir(self.folder.path()).unwrap().map(|entry| read(entry.unwrap().path())).collect()
    }

    /// What a search says, and that it leaves all files as they were.
    async fn search(&self) -> Result<Page<Run>> {
        let before = self.files();
        let found = self.tracker().search_runs(&call(), &query()).await;
        assert!(before == self.files(), "a file was changed, made or removed");
        found
    }
}

fn call() -> Call {
    Call::new("test", Arc::new(SystemClock))
}

fn query() -> RunQuery {
    RunQuery {
        projects: ProjectScope::All,
        text: None,
        filter: None,
        order: Order::default(),
        include_archived: false,
        parts: Parts::NONE,
        limit: 100,
        cursor: None,
    }
}

async fn refused(lab: &Lab) -> Error {
    let error = lab.search().await.unwrap_err();
    assert!(error.message.contains("mlflow.db"), "{error}");
    error
}

#[tokio::test]
async fn a_store_is_read_and_left_as_it_is() {
    let lab = Lab::new();
    assert!(lab.search().await.unwrap().rows.len() > 40);
}

#[tokio::test]
async fn what_is_no_store_is_told_apart() {
    let empty = Lab::of(b"");
    assert!(refused(&empty).await.message.contains("is an SQLite database, but not an MLflow store"));
    let text = Lab::of(&b"experiment,run,loss\n".repeat(500));
    assert!(refused(&text).await.message.contains("is not an SQLite database"));
    let foreign = Lab::of(b"");
    foreign.write().execute_batch("CREATE TABLE albums (title TEXT); INSERT INTO albums VALUES ('x')").unwrap();
    assert!(refused(&foreign).await.message.contains("it has no table of runs"));
    let gone = Lab::new();
    fs::remove_file(&gone.path).unwrap();
    assert!(refused(&gone).await.message.starts_with("there is no file"));
    fs::create_dir(&gone.path).unwrap();
    let found = gone.tracker().search_runs(&call(), &query()).await.unwrap_err();
    assert!(found.message.contains("is not a file"), "{found}");
}

#[tokio::test]
async fn a_file_that_was_copied_in_part_is_damaged() {
    let whole = fs::read(Lab::new().path).unwrap();
    for part in [whole.len() / 2, whole.len() - 4096, 5_000, 1_000] {
        let error = refused(&Lab::of(&whole[..part])).await;
        assert_eq!((error.kind, error.temporary), (ErrorKind::Unavailable, false), "{part}: {error}");
        assert!(error.message.contains("damaged") || error.message.contains("not an SQLite"), "{part}: {error}");
    }
}

#[tokio::test]
async fn a_file_with_a_page_of_noise_is_damaged() {
    let mut bytes = fs::read(Lab::new().path).unwrap();
    bytes[100..4096].fill(0xA5);
    assert!(refused(&Lab::of(&bytes)).await.message.contains("damaged"));
}

#[tokio::test]
async fn a_change_that_was_never_ended_is_told_and_not_rolled_back() {
    let lab = Lab::new();
    let copy = Lab::of(b"");
    {
        let mut writer = lab.write();
        writer.pragma_update(None, "cache_size", 2).unwrap();
        let change = writer.transaction().unwrap();
        change.execute("UPDATE params SET value = value || zeroblob(2000)", []).unwrap();
        // A machine that stops now leaves these two.
        fs::copy(&lab.path, &copy.path).unwrap();
        fs::copy(lab.folder.path().join("mlflow.db-journal"), copy.folder.path().join("mlflow.db-journal")).unwrap();
    }
    let error = refused(&copy).await;
    assert!(error.message.contains("in the middle of a change"), "{error}");
    assert!(!error.temporary && error.message.contains("mlflow.db-journal"), "{error}");
}

#[tokio::test]
async fn a_locked_file_is_waited_for_and_then_told() {
    let lab = Lab::new();
    let writer = lab.write();
    writer.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let short = call().with_deadline(Duration::from_millis(200));
    let error = lab.tracker().search_runs(&short, &query()).await.unwrap_err();
    assert!(error.temporary && error.message.contains("is locked by a program that writes"), "{error}");
    writer.execute_batch("ROLLBACK").unwrap();
    assert!(lab.search().await.is_ok());
}

#[tokio::test]
async fn a_schema_without_what_is_read_is_refused_with_those_that_are_known() {
    let lab = Lab::new();
    let writer = lab.write();
    writer
        .execute_batch(
            "UPDATE alembic_version SET version_num = 'f00df00df00d'; ALTER TABLE latest_metrics RENAME is_nan TO kind",
        )
        .unwrap();
    let error = refused(&lab).await;
    assert_eq!(error.kind, ErrorKind::Unsupported);
    for told in
        ["f00df00df00d", "latest_metrics.is_nan", "4465047574b1 (MLflow 2.15.1)", "dc11669786a5 (MLflow 3.17.2)"]
    {
        assert!(error.message.contains(told), "{told}: {error}");
    }
}

#[tokio::test]
async fn a_neighbouring_schema_with_all_that_is_read_works_and_says_so() {
    let lab = Lab::new();
    lab.write()
        .execute_batch(
            "UPDATE alembic_version SET version_num = 'f00df00df00d'; ALTER TABLE runs ADD COLUMN mood TEXT; \
             DROP INDEX index_metrics_run_uuid_key_step",
        )
        .unwrap();
    let status = lab.tracker().status(&call()).await.unwrap();
    assert_eq!(status.version.as_deref(), Some("schema f00df00df00d"));
    assert!(status.notes[0].contains("was not tested"), "{:?}", status.notes);
    assert!(lab.search().await.unwrap().rows.len() > 40);
}

#[tokio::test]
async fn nothing_that_stands_in_a_file_is_run() {
    let lab = Lab::new();
    lab.write().execute_batch("ALTER TABLE params RENAME TO kept; CREATE VIEW params AS SELECT * FROM kept").unwrap();
    let error = refused(&lab).await;
    assert!(error.message.contains("params.key"), "{error}");
}

#[tokio::test]
async fn other_workspaces_are_not_shown() {
    let lab = Lab::new();
    let all = lab.search().await.unwrap().rows.len();
    lab.write().execute("UPDATE experiments SET workspace = 'other' WHERE name = 'bench'", []).unwrap();
    let rest = lab.search().await.unwrap().rows;
    assert_eq!(all - rest.len(), 12);
    let projects = ProjectQuery { text: None, include_archived: true, limit: 100, cursor: None };
    let found = lab.tracker().projects(&call(), &projects).await.unwrap().rows;
    assert!(found.iter().all(|project| project.name != "bench"));
}

#[tokio::test]
async fn a_call_that_was_given_up_ends_at_once() {
    let lab = Lab::new();
    let writer = lab.write();
    writer.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let token = CancellationToken::new();
    let asked = call().with_cancellation(token.clone());
    let tracker = lab.tracker();
    let wanted = query();
    let question = tracker.search_runs(&asked, &wanted);
    token.cancel();
    assert_eq!(question.await.unwrap_err().kind, ErrorKind::Cancelled);
}

#[tokio::test]
async fn a_page_begins_where_a_long_name_ended_too() {
    let lab = Lab::new();
    lab.write()
        .execute("UPDATE runs SET name = name || ?1, lifecycle_stage = 'active'", params!["x".repeat(240)])
        .unwrap();
    let tracker = lab.tracker();
    let mut asked = RunQuery { order: Order::parse("name desc").unwrap(), limit: 7, ..query() };
    let mut names = Vec::new();
    loop {
        let page = tracker.search_runs(&call(), &asked).await.unwrap();
        names.extend(page.rows.into_iter().map(|run| (run.name, run.id)));
        asked.cursor = page.next;
        let Some(cursor) = &asked.cursor else { break };
        assert!(cursor.len() < 200, "{cursor}");
    }
    let total = lab.tracker().search_runs(&call(), &query()).await.unwrap().total.unwrap();
    assert_eq!(names.len() as u64, total);
    assert!(names.windows(2).all(|pair| pair[0].0 >= pair[1].0 && pair[0] != pair[1]));
}

#[tokio::test]
async fn a_long_filter_is_no_deep_one() {
    let lab = Lab::new();
    let names: Vec<Filter> = (0..1_000).map(|n| Filter::equals(Key::Param(format!("k{n}")), "v")).collect();
    let asked = RunQuery { filter: Some(Filter::any(names)), ..query() };
    assert_eq!(lab.tracker().search_runs(&call(), &asked).await.unwrap().rows.len(), 0);
}

const START: i64 = 1_780_300_800_000;
const WANT: CurveWant = CurveWant { axis: Axis::Step, from: None, to: None, samples: 40 };

/// Writes points `(time, step, value)` of a run as they were logged and reads them back.
async fn curve(lab: &Lab, points: &[(i64, i64, f64)]) -> Curve {
    let mut writer = lab.write();
    let change = writer.transaction().unwrap();
    let run: String = change.query_row("SELECT run_uuid FROM runs LIMIT 1", [], |row| row.get(0)).unwrap();
    let other: String = change.query_row("SELECT max(run_uuid) FROM runs", [], |row| row.get(0)).unwrap();
    {
        let mut insert = change
            .prepare("INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES ('m', ?, ?, ?, ?, ?)")
            .unwrap();
        for (time, step, value) in points {
            let kept = if value.is_nan() { 0.0 } else { value.clamp(f64::MIN, f64::MAX) };
            insert.execute(params![kept, START + time, run, step, value.is_nan()]).unwrap();
            insert.execute(params![kept + 1.0, START + time, other, step, false]).unwrap();
        }
    }
    change.commit().unwrap();
    let series = Series { run: RunId::new(run), started: None, metric: "m".to_owned(), kept: None };
    lab.tracker().curves(&call(), &[series], &WANT).await.unwrap().curves.remove(0)
}

/// What the reduction makes of the points in the order in which MLflow gives them.
fn reduced(points: &[(i64, i64, f64)]) -> String {
    let mut points = points.to_vec();
    points.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2)));
    let mut reduction = Reduction::new(&WANT, None);
    for (time, step, value) in points {
        reduction.push(Point { step: Some(step), time: Timestamp::from_millisecond(START + time).ok(), value });
    }
    format!("{:?}", reduction.finish())
}

#[tokio::test]
async fn points_come_in_the_order_of_time_however_they_were_logged() {
    let value = |n: i64| match n {
        17 => f64::NAN,
        29 => f64::INFINITY,
        31 => f64::NEG_INFINITY,
        n => 1.0 / (n + 1) as f64,
    };
    let even: Vec<_> = (0..3_000).map(|n| (n * 10, n, value(n))).collect();
    let without_steps: Vec<_> = (0..3_000).map(|n| (n * 10, 0, value(n))).collect();
    let resumed: Vec<_> = (0..3_000).map(|n| (n * 10, if n < 2_000 { n } else { n - 900 }, value(n))).collect();
    let backwards: Vec<_> = (0..3_000).map(|n| (-n * 10, n, value(n))).collect();
    for (name, points) in [("even", even), ("steps", without_steps), ("resumed", resumed), ("backwards", backwards)] {
        for by_step in [true, false] {
            let lab = Lab::new();
            if !by_step {
                lab.write().execute_batch("DROP INDEX index_metrics_run_uuid_key_step").unwrap();
            }
            let curve = curve(&lab, &points).await;
            assert_eq!(format!("{:?}", (curve.statistics, curve.samples)), reduced(&points), "{name} {by_step}");
        }
    }
}

#[tokio::test]
async fn a_long_run_that_began_again_far_back_is_read_by_time() {
    let count = 150_000;
    let points: Vec<_> = (0..count).map(|n| (n * 10, if n < 110_000 { n } else { n - 100_000 }, n as f64)).collect();
    let lab = Lab::new();
    let curve = curve(&lab, &points).await;
    assert_eq!(curve.statistics.steps_back, 1);
    assert_eq!(format!("{:?}", (curve.statistics, curve.samples)), reduced(&points));
}

#[tokio::test]
async fn a_history_for_which_there_is_no_time_is_named() {
    let lab = Lab::new();
    let series =
        |metric: &str| Series { run: RunId::new("0".repeat(32)), started: None, metric: metric.to_owned(), kept: None };
    let short = call().with_deadline(Duration::from_millis(1_500));
    let error = lab.tracker().curves(&short, &[series("loss")], &WANT).await.unwrap_err();
    assert!(error.temporary && error.message.contains("the time of this call is over"), "{error}");
}

#[tokio::test]
async fn whoever_writes_with_a_timeout_of_a_second_never_fails_while_we_scan() {
    let lab = Lab::new();
    let points: Vec<_> = (0..120_000).map(|n| (n, n, n as f64)).collect();
    curve(&lab, &points).await;
    let tracker = Arc::new(lab.tracker());
    let run: String = lab.write().query_row("SELECT run_uuid FROM runs LIMIT 1", [], |row| row.get(0)).unwrap();
    let scanning = {
        let tracker = Arc::clone(&tracker);
        let series = Series { run: RunId::new(run), started: None, metric: "m".to_owned(), kept: None };
        tokio::spawn(async move { tracker.curves(&call(), &[series], &WANT).await })
    };
    let path = lab.path.clone();
    tokio::task::spawn_blocking(move || write_often(&path, 30)).await.unwrap();
    assert!(scanning.await.unwrap().is_ok());
}

/// Writes so many times, as MLflow's client does; a write that has to wait for a second fails.
fn write_often(path: &Path, times: u32) {
    let writer = Connection::open(path).unwrap();
    writer.busy_timeout(Duration::from_secs(1)).unwrap();
    for n in 0..times {
        let tag = "INSERT INTO experiment_tags (key, value, experiment_id) VALUES (?1, 'x', 0)";
        writer.execute(tag, params![format!("k{n}")]).unwrap();
    }
}

#[tokio::test]
async fn a_logged_model_a_stage_and_the_newest_version_lead_to_the_runs_that_made_them() {
    let lab = Lab::new();
    let (run, id) = ("6da4e0fecea94e59b54d87c851cbe9f1", "m-04710e7abfd14f81a22fe20a9e68b978");
    lab.write()
        .execute_batch(&format!(
            "INSERT INTO logged_models (model_id, experiment_id, name, artifact_location, creation_timestamp_ms, \
             last_updated_timestamp_ms, status, lifecycle_stage, source_run_id) \
             SELECT '{id}', experiment_id, 'clf', 'x', 1, 1, 2, 'active', '{run}' FROM runs WHERE run_uuid = '{run}'; \
             UPDATE model_versions SET current_stage = 'Production' WHERE version = 3"
        ))
        .unwrap();
    let named = [format!("models:/{id}"), "models:/fraud-model/latest".into(), "fraud-model/production".into()];
    for text in named {
        let found = lab.tracker().resolve(&call(), crate::tracker::Referent::Run, &text).await.unwrap();
        assert_eq!(found.candidates.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), [run], "{text}");
    }
}
