//! What can happen to traces of a store that MLflow 3.17.2 made.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use flate2::read::GzDecoder;
use rusqlite::{Connection, params};
use tempfile::TempDir;

use super::super::Sqlite;
use crate::call::SystemClock;
use crate::local::config::{Config, Kept};
use crate::model::{Page, Trace, TraceInfo};
use crate::query::{Filter, Order};
use crate::tracker::{ProjectScope, TraceQuery, TrackerTraces};
use crate::{Call, ErrorKind};

static PACKED: &[u8] = include_bytes!("../../../../tests/it/fixtures/local-traces-3.17.2/mlflow.db.gz");

/// A folder with a store.
struct Lab {
    folder: TempDir,
    path: PathBuf,
}

impl Lab {
    fn new() -> Self {
        let mut bytes = Vec::new();
        GzDecoder::new(PACKED).read_to_end(&mut bytes).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mlflow.db");
        fs::write(&path, bytes).unwrap();
        Self { folder, path }
    }

    /// With these changes.
    fn changed(statements: &str) -> Self {
        let lab = Self::new();
        lab.write().execute_batch(statements).unwrap();
        lab
    }

    fn write(&self) -> Connection {
        Connection::open(&self.path).unwrap()
    }

    fn tracker(&self) -> Sqlite {
        let config = Config {
            name: "local".to_owned(),
            kept: Kept::Database(self.path.clone()),
            workspace: "default".to_owned(),
            me: Some("ben".to_owned()),
            web: None,
        };
        Sqlite::new(config, self.path.clone())
    }

    async fn search(&self, query: &TraceQuery) -> crate::Result<Page<TraceInfo>> {
        self.tracker().search_traces(&call(), query).await
    }

    async fn found(&self, filter: &str) -> Vec<String> {
        let filter = Filter::parse_traces(filter, call().now()).unwrap();
        let page = self.search(&TraceQuery { filter: Some(filter), ..all() }).await.unwrap();
        page.rows.into_iter().map(|trace| trace.name.unwrap_or_default()).collect()
    }

    /// The one trace of this name.
    async fn trace(&self, name: &str) -> Trace {
        let filter = Filter::parse_traces(&format!("name = '{name}'"), call().now()).unwrap();
        let page = self.search(&TraceQuery { filter: Some(filter), ..all() }).await.unwrap();
        self.tracker().trace(&call(), &page.rows[0].id).await.unwrap()
    }
}

fn call() -> Call {
    Call::new("test", Arc::new(SystemClock))
}

fn all() -> TraceQuery {
    TraceQuery {
        projects: ProjectScope::All,
        run: None,
        filter: None,
        order: Order::default(),
        limit: 100,
        cursor: None,
    }
}

/// Takes out what later versions added, and puts what it holds where older ones have it.
const OLDER: &str = "\
    DELETE FROM trace_request_metadata WHERE key IN ('mlflow.trace.session', 'mlflow.trace.tokenUsage', 'mlflow.trace.cost');
    DELETE FROM trace_tags WHERE key = 'mlflow.traceName';
    INSERT INTO trace_tags (key, value, request_id) SELECT 'mlflow.traceName', trace_name, request_id FROM trace_info;
    INSERT INTO trace_request_metadata (key, value, request_id)
        SELECT 'mlflow.trace.session', session_id, request_id FROM trace_info WHERE session_id IS NOT NULL;
    INSERT INTO trace_request_metadata (key, value, request_id)
        SELECT 'mlflow.trace.tokenUsage', json_object('total_tokens', total_tokens), request_id FROM trace_info
        WHERE total_tokens IS NOT NULL;
    DROP INDEX index_trace_info_experiment_id_session_id;
    DROP INDEX index_trace_info_timestamp_ms_request_id;
    ALTER TABLE trace_info DROP COLUMN session_id;
    ALTER TABLE trace_info DROP COLUMN trace_name;
    ALTER TABLE trace_info DROP COLUMN total_tokens;";

#[tokio::test]
async fn a_store_of_an_older_schema_tells_the_same() {
    let (new, old) = (Lab::new(), Lab::changed(OLDER));
    for filter in ["name = 'rag chain' and session = 's-1'", "tokens > 20 and tokens < 200", "status = 'failed'"] {
        let found = new.found(filter).await;
        assert!(!found.is_empty() && found == old.found(filter).await, "{filter}: {found:?}");
    }
    let query = TraceQuery { order: Order::parse_traces("tokens desc").unwrap(), limit: 9, ..all() };
    let sorted = |page: Page<TraceInfo>| page.rows.into_iter().map(|trace| (trace.id, trace.tokens.total)).collect();
    let told: [Vec<_>; 2] =
        [&new, &old].map(|lab| futures::executor::block_on(lab.search(&query)).unwrap()).map(sorted);
    assert_eq!(told[0], told[1]);
}

#[tokio::test]
async fn a_store_without_the_later_tables_has_traces_all_the_same() {
    let lab = Lab::changed(
        "DROP TABLE assessments; DROP TABLE span_metrics; DROP TABLE spans; DROP TABLE entity_associations;",
    );
    assert_eq!(lab.search(&all()).await.unwrap().rows.len(), 65);
    assert_eq!(lab.found("feedback.correct = true").await, [""; 0]);
    let filter = Filter::parse_traces("span.name = 'lookup'", call().now()).unwrap();
    let refused = lab.search(&TraceQuery { filter: Some(filter), ..all() }).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Unsupported, "{refused}");
    assert!(refused.message.contains("spans in files"), "{refused}");
}

#[tokio::test]
async fn spans_that_lie_in_a_file_are_read_from_it() {
    let lab = Lab::new();
    let whole = lab.trace("judged").await;
    let (id, experiment) = (whole.info.id.clone(), whole.info.project.id.clone());
    let store = lab.write();
    let content: String =
        store.query_row("SELECT content FROM spans WHERE trace_id = ?1", params![id], |row| row.get(0)).unwrap();
    store.execute("DELETE FROM spans WHERE trace_id = ?1", params![id]).unwrap();
    store
        .execute("DELETE FROM trace_tags WHERE request_id = ?1 AND key = 'mlflow.trace.spansLocation'", params![id])
        .unwrap();
    drop(store);
    let lost = lab.trace("judged").await;
    assert!(lost.spans.is_empty() && lost.notes[0].contains("not on this machine"), "{:?}", lost.notes);

    // The folder that was recorded is gone; it lies beside the store, wherever that is now.
    let folder = lab.folder.path().join(format!("mlruns/{experiment}/traces/{id}/artifacts"));
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("traces.json"), format!("{{\"spans\": [{content}]}}")).unwrap();
    assert_eq!(lab.trace("judged").await, whole);
    // What the file says counts, as it does for a server, where the table has them too.
    lab.write()
        .execute_batch(
            "INSERT INTO spans (trace_id, experiment_id, span_id, name, status, start_time_unix_nano, content) \
             SELECT request_id, experiment_id, 'x', 'x', 'OK', 1, '{\"name\": \"from the table\"}' FROM trace_info",
        )
        .unwrap();
    assert_eq!(lab.trace("judged").await, whole);
    fs::rename(&folder, folder.with_file_name("gone")).unwrap();
    assert_eq!(lab.trace("judged").await.spans[0].name, "from the table");
    fs::rename(folder.with_file_name("gone"), &folder).unwrap();
    lab.write().execute("DELETE FROM spans", []).unwrap();
    fs::write(folder.join("traces.json"), "{\"spans\": [").unwrap();
    assert!(lab.trace("judged").await.notes[0].contains("is not what MLflow writes"));
}

#[cfg(unix)]
#[tokio::test]
async fn no_link_leads_to_another_file() {
    let lab = Lab::changed("DELETE FROM spans; DELETE FROM trace_tags WHERE key = 'mlflow.trace.spansLocation';");
    let info = lab.trace("judged").await.info;
    let folder = lab.folder.path().join(format!("mlruns/{}/traces/{}/artifacts", info.project.id, info.id));
    fs::create_dir_all(&folder).unwrap();
    let secret = lab.folder.path().join("secret.json");
    fs::write(&secret, "{\"spans\": [{\"name\": \"hunter2\"}]}").unwrap();
    std::os::unix::fs::symlink(&secret, folder.join("traces.json")).unwrap();
    let told = lab.trace("judged").await;
    assert!(told.spans.is_empty() && told.notes[0].contains("not on this machine"), "{:?}", told.notes);
}

#[tokio::test]
async fn archived_and_missing_spans_are_told_apart() {
    let tag = "trace_tags SET value = 'ARCHIVE_REPO' WHERE key = 'mlflow.trace.spansLocation'";
    let archived = Lab::changed(&format!("UPDATE spans SET content = ''; UPDATE {tag};"));
    let told = archived.trace("judged").await;
    assert!(told.spans.is_empty() && told.notes[0].contains("its archive"), "{:?}", told.notes);
    let awaited = Lab::changed("DELETE FROM spans;").trace("judged").await;
    assert!(awaited.spans.is_empty() && awaited.notes.is_empty(), "{:?}", awaited.notes);
}

#[tokio::test]
async fn thousands_of_spans_come_in_order_and_too_large_ones_are_refused() {
    let lab = Lab::new();
    let trace = lab.trace("judged").await.info;
    let store = lab.write();
    let add = |number: u32, text: &str| {
        let span = format!("{number:016x}");
        let content = serde_json::json!({
            "span_id": span, "parent_span_id": "root", "name": format!("step {number}"),
            "start_time_unix_nano": 9_000_000 - u64::from(number), "attributes": {"text": text},
        });
        store
            .execute(
                "INSERT INTO spans (trace_id, experiment_id, span_id, parent_span_id, name, status, start_time_unix_nano, content) \
                 VALUES (?1, 2, ?2, 'root', 'x', 'OK', ?3, ?4)",
                params![trace.id, span, 9_000_000 - number, content.to_string()],
            )
            .unwrap();
    };
    store.execute_batch("BEGIN").unwrap();
    (0..5_000).for_each(|number| add(number, "x"));
    store.execute_batch("COMMIT").unwrap();
    let told = lab.trace("judged").await;
    assert_eq!((told.spans.len(), told.notes.len()), (5_001, 0));
    assert_eq!(told.spans[0].parent, None);
    assert_eq!((told.spans[1].name.as_str(), told.spans[5_000].name.as_str()), ("step 4999", "step 0"));
    add(5_000, &"x".repeat(33_000_000));
    drop(store);
    let told = lab.trace("judged").await;
    assert!(told.spans.is_empty() && told.notes[0].contains("at most 32000000"), "{:?}", told.notes);
}

#[tokio::test]
async fn nothing_is_written_and_no_file_is_made() {
    let lab = Lab::new();
    let files = |folder: &Path| -> Vec<(PathBuf, Vec<u8>)> {
        let read = |path: PathBuf| (path.clone(), fs::read(&path).unwrap());
        fs::read_dir(folder).unwrap().map(|entry| read(entry.unwrap().path())).collect()
    };
    let before = files(lab.folder.path());
    lab.search(&all()).await.unwrap();
    lab.trace("judged").await;
    assert_eq!(lab.tracker().traces_beginning(&call(), "tr-0000").await.unwrap().len(), 10);
    assert!(before == files(lab.folder.path()), "a file was changed, made or removed");
}

#[tokio::test]
async fn traces_of_deleted_experiments_are_found_by_id_only() {
    let lab = Lab::changed("UPDATE experiments SET lifecycle_stage = 'deleted' WHERE name = 'traces odd';");
    let page = lab.search(&all()).await.unwrap();
    assert_eq!((page.rows.len(), page.total), (4, Some(4)));
    let id = format!("tr-{:032x}", 0xABC000);
    assert_eq!(lab.tracker().trace(&call(), &id).await.unwrap().info.id, id);
    let elsewhere = Lab::changed("UPDATE experiments SET workspace = 'theirs';");
    assert!(elsewhere.search(&all()).await.unwrap().rows.is_empty());
    assert_eq!(elsewhere.tracker().trace(&call(), &id).await.unwrap_err().kind, ErrorKind::NotFound);
    assert!(elsewhere.tracker().traces_beginning(&call(), "tr-0000").await.unwrap().is_empty());
}

#[tokio::test]
async fn me_is_who_asks_and_a_cursor_whose_trace_is_gone_is_told() {
    let lab = Lab::new();
    assert_eq!(lab.found("user = me").await, ["rag chain"]);
    let query = TraceQuery { limit: 3, ..all() };
    let page = lab.search(&query).await.unwrap();
    assert_eq!((page.rows.len(), page.total), (3, Some(65)));
    lab.write().execute("DELETE FROM trace_info WHERE request_id = ?1", params![page.next]).unwrap();
    let told = lab.search(&TraceQuery { cursor: page.next, ..query }).await.unwrap_err();
    assert!(told.message.contains("leave cursor out"), "{told}");
}

#[tokio::test]
async fn a_search_whose_time_is_over_goes_on_behind_what_it_looked_at() {
    let lab = Lab::new();
    let filter = |text: &str| Filter::parse_traces(text, call().now()).unwrap();
    let hurried = || call().with_deadline(Duration::from_secs(2));
    let query = TraceQuery { filter: Some(filter("text like '%nowhere%'")), ..all() };
    let first = lab.tracker().search_traces(&hurried(), &query).await.unwrap();
    assert!(first.rows.is_empty() && first.next.is_some() && first.total.is_none());
    assert!(first.notes[0].contains("traces were read; the cursor goes on"), "{:?}", first.notes);
    let rest = TraceQuery { cursor: first.next, ..query.clone() };
    let rest = lab.tracker().search_traces(&hurried(), &rest).await.unwrap();
    assert_eq!((rest.next, rest.notes.len()), (None, 0));
    let sorted = TraceQuery { order: Order::parse_traces("duration desc").unwrap(), ..query };
    let sorted = lab.tracker().search_traces(&hurried(), &sorted).await.unwrap();
    assert!(sorted.notes[0].contains("the order is that of the newest"), "{:?}", sorted.notes);
}
