//! One trace with its spans: from their table, or from the file in which older versions keep them.

use std::collections::HashMap;
use std::path::Path;

use crate::local::trace_files;
use crate::mlflow_model::traces::spans::SpanWire;
use crate::mlflow_model::traces::{ARCHIVED, ARTIFACTS, IN_FILES, SPANS};
use crate::model::{Span, Trace};
use crate::{Error, ErrorKind, Result};

use super::super::connection::Reader;
use super::super::filter::text;
use super::super::pace::Pace;
use super::super::records::word;
use super::super::schema::Traces;
use super::super::sql::Parameters;
use super::no_trace;
use super::records::{Homes, Named, Records, Wanted};

/// Spans of the first question, and of one at most.
const FIRST: u32 = 200;
const MOST: u32 = 2_000;

/// The trace of this id, wherever it is.
pub(super) fn whole(reader: &Reader, tables: Traces, id: &str, pages: Option<&str>) -> Result<Trace> {
    let homes: Homes =
        reader.experiments(None)?.into_iter().map(|project| (project.id.as_str().to_owned(), project.name)).collect();
    let records = Records { reader, tables, homes: &homes, pages };
    let (found, _) = records.read(Named::Ids(&[id.to_owned()]), Wanted::ALL)?;
    let info = found.into_iter().next().filter(|info| homes.contains_key(info.project.id.as_str()));
    let info = info.ok_or_else(|| no_trace(id))?;
    let mut notes = Vec::new();
    let spans = match spans(reader, tables, id, info.project.id.as_str()) {
        Ok(spans) => spans,
        Err(error) if error.kind == ErrorKind::Cancelled => return Err(error),
        Err(error) => {
            notes.push(trace_files::note(&error));
            Vec::new()
        }
    };
    Ok(Trace { info, spans, notes })
}

/// The spans from where MLflow says that they are, as its server reads them.
fn spans(reader: &Reader, tables: Traces, id: &str, experiment: &str) -> Result<Vec<Span>> {
    let mut sql = Parameters::default();
    let trace = sql.bind(id.to_owned());
    let question = format!("SELECT key, value FROM trace_tags WHERE request_id = {trace}");
    let tags: HashMap<String, String> =
        reader.few(&question, sql, |row| Ok((word(row, 0)?, word(row, 1)?)))?.into_iter().collect();
    let table = || if tables.spans { in_table(reader, id) } else { Ok(Vec::new()) };
    match tags.get(SPANS).map(String::as_str) {
        Some(ARCHIVED) => Err(Error::unsupported(
            "MLflow moved them to its archive, which only its server reads (mlflow server over this file)",
        )),
        // None at all: none has arrived yet.
        Some(place) if place != IN_FILES => table(),
        _ => {
            let Some(folder) = tags.get(ARTIFACTS) else {
                return Err(Error::not_found("the store does not say where they are kept"));
            };
            let home = reader.path().parent().unwrap_or(Path::new(""));
            // 3.5 has them in both places; the file may be left behind where the store was copied.
            trace_files::spans(folder, home, experiment, id).or_else(|error| {
                let kept = table()?;
                if kept.is_empty() { Err(error) } else { Ok(kept) }
            })
        }
    }
}

/// The spans in the table: roots first, then as they began. Those that were moved elsewhere are empty there.
fn in_table(reader: &Reader, id: &str) -> Result<Vec<Span>> {
    let mut sql = Parameters::default();
    let trace = sql.bind(id.to_owned());
    let question = format!(
        "SELECT rowid, octet_length(content) FROM spans WHERE trace_id = {trace} AND octet_length(content) > 0 \
         ORDER BY parent_span_id IS NOT NULL, start_time_unix_nano, rowid"
    );
    let listed: Vec<(i64, u64)> = reader
        .few(&question, sql, |row| Ok((row.get(0)?, u64::try_from(row.get::<_, i64>(1)?).unwrap_or_default())))?;
    let bytes: u64 = listed.iter().map(|(_, length)| length).sum();
    if bytes > trace_files::MOST {
        return Err(trace_files::too_many(bytes));
    }
    reader.call.count_bytes(bytes);
    let mut pace = Pace::new(FIRST, MOST);
    let mut spans = Vec::with_capacity(listed.len());
    let mut rest = listed.as_slice();
    while !rest.is_empty() {
        let (some, others) = rest.split_at(usize::try_from(pace.size()).unwrap_or(1).clamp(1, rest.len()));
        rest = others;
        let mut sql = Parameters::default();
        let places = sql.list(some.iter().map(|(place, _)| *place));
        let question = format!("SELECT rowid, content FROM spans WHERE rowid IN ({places})");
        let (rows, held) = reader.rows(&question, sql, |row| Ok((row.get::<_, i64>(0)?, text(row.get_ref(1)?))))?;
        pace.took(held);
        let mut contents: HashMap<i64, Option<String>> = rows.into_iter().collect();
        // What was moved since it was listed is gone.
        for content in
            some.iter().filter_map(|(place, _)| contents.remove(place).flatten()).filter(|one| !one.is_empty())
        {
            let read: SpanWire = serde_json::from_slice(content.as_bytes()).map_err(|error| {
                Error::new(ErrorKind::Unavailable, format!("one of them is not what MLflow writes: {error}"))
            })?;
            spans.push(read.into_span());
        }
    }
    Ok(spans)
}
