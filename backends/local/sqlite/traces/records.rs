//! Traces without their spans: one question for each part and some hundred traces.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use jiff::SignedDuration;
use rusqlite::Row;
use rusqlite::types::ValueRef;

use super::super::connection::Reader;
use super::super::filter::text;
use super::super::records::{time, whole, word};
use super::super::schema::{TRACE_COLUMNS, Traces};
use super::super::sql::Parameters;
use crate::Result;
use crate::mlflow_model::traces::assessments::{assessor, kept_fault, kept_verdict};
use crate::mlflow_model::traces::spans::hexadecimal;
use crate::mlflow_model::traces::{Recorded, cost_of, tokens_of};
use crate::model::{Assessment, AssessmentKind, ProjectId, ProjectRef, TraceInfo};
use crate::query::{Key, TraceKey};

/// Traces of one question at most.
pub(super) const MOST: usize = 2_000;

/// What is read of a trace beside its own row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    previews: bool,
    tags: bool,
    metadata: bool,
    assessments: bool,
}

impl Wanted {
    /// All that is shown.
    pub(super) const ALL: Self = Self { previews: true, tags: true, metadata: true, assessments: true };

    /// What these keys are read from.
    pub(super) fn of<'a>(keys: impl Iterator<Item = &'a Key>, tables: Traces) -> Self {
        keys.fold(Self::default(), |wanted, key| match key {
            Key::Tag(_) => Self { tags: true, ..wanted },
            Key::Name => Self { tags: wanted.tags || !tables.columns, ..wanted },
            Key::User | Key::OfTrace(TraceKey::Metadata(_)) => Self { metadata: true, ..wanted },
            Key::OfTrace(TraceKey::Session | TraceKey::Tokens | TraceKey::Cost) => {
                Self { metadata: wanted.metadata || !tables.columns, ..wanted }
            }
            Key::OfTrace(TraceKey::Feedback(_) | TraceKey::Expectation(_)) => Self { assessments: true, ..wanted },
            _ => wanted,
        })
    }
}

/// How traces are named in a question.
#[derive(Clone, Copy, Debug)]
pub(super) enum Named<'a> {
    /// By their places in the table.
    Places(&'a [i64]),
    Ids(&'a [String]),
}

/// The names of experiments by their ids.
pub(super) type Homes = BTreeMap<String, String>;

/// Reads traces.
pub(super) struct Records<'a> {
    pub(super) reader: &'a Reader,
    pub(super) tables: Traces,
    pub(super) homes: &'a Homes,
    /// The address of the web pages, if there are such.
    pub(super) pages: Option<&'a str>,
}

impl Records<'_> {
    /// At most [`MOST`] traces in no order, and the longest for which the file was held.
    pub(super) fn read(&self, named: Named<'_>, wanted: Wanted) -> Result<(Vec<TraceInfo>, Duration)> {
        let (heads, mut held) = self.heads(named, wanted)?;
        let ids: Vec<String> = heads.iter().map(|head| head.recorded.id.clone()).collect();
        let mut longest = |took: Duration| held = held.max(took);
        let (mut tags, mut metadata, mut assessments) = (HashMap::new(), HashMap::new(), HashMap::new());
        if wanted.tags {
            longest(self.pairs("trace_tags", &ids, &mut tags)?);
        }
        if wanted.metadata {
            longest(self.pairs("trace_request_metadata", &ids, &mut metadata)?);
        }
        if wanted.assessments && self.tables.assessments {
            longest(self.assessments(&ids, &mut assessments)?);
        }
        let infos = heads.into_iter().map(|Head { mut recorded, columns }| {
            let id = recorded.id.clone();
            recorded.tags = tags.remove(&id).unwrap_or_default();
            recorded.metadata = metadata.remove(&id).unwrap_or_default();
            let info = recorded.into_info(self.pages);
            let info = TraceInfo { assessments: assessments.remove(&id).unwrap_or_default(), ..info };
            match columns {
                Some(columns) => columns.told(info),
                None => info,
            }
        });
        Ok((infos.collect(), held))
    }

    fn heads(&self, named: Named<'_>, wanted: Wanted) -> Result<(Vec<Head>, Duration)> {
        let mut sql = Parameters::default();
        let condition = match named {
            Named::Places(places) => format!("t.rowid IN ({})", sql.list(places.iter().copied())),
            Named::Ids(ids) => format!("t.request_id IN ({})", sql.list(ids.iter().cloned())),
        };
        let previews = if wanted.previews { "t.request_preview, t.response_preview" } else { "NULL, NULL" };
        let columns: Vec<&str> = if self.tables.columns { TRACE_COLUMNS.to_vec() } else { Vec::new() };
        let columns: String = columns.into_iter().map(|column| format!(", t.{column}")).collect();
        let question = format!(
            "SELECT t.request_id, t.experiment_id, t.timestamp_ms, t.execution_time_ms, t.status, {previews}{columns} \
             FROM trace_info t WHERE {condition}"
        );
        self.reader.rows(&question, sql, |row| self.head(row))
    }

    fn head(&self, row: &Row<'_>) -> rusqlite::Result<Head> {
        let experiment = word(row, 1)?;
        let recorded = Recorded {
            id: word(row, 0)?,
            project: ProjectRef {
                name: self.homes.get(&experiment).unwrap_or(&experiment).clone(),
                id: ProjectId::new(experiment),
            },
            started: time(row, 2)?,
            duration: whole(row, 3)?.map(SignedDuration::from_millis),
            state: word(row, 4)?,
            request: text(row.get_ref(5)?),
            response: text(row.get_ref(6)?),
            tags: BTreeMap::new(),
            metadata: BTreeMap::new(),
        };
        let columns = if self.tables.columns { Some(Columns::read(row)?) } else { None };
        Ok(Head { recorded, columns })
    }

    fn pairs(&self, table: &str, ids: &[String], found: &mut HashMap<String, Pairs>) -> Result<Duration> {
        let mut sql = Parameters::default();
        let list = sql.list(ids.iter().cloned());
        let question = format!("SELECT request_id, key, value FROM {table} WHERE request_id IN ({list})");
        let (rows, held) = self.reader.rows(&question, sql, |row| Ok((word(row, 0)?, word(row, 1)?, word(row, 2)?)))?;
        for (id, key, value) in rows {
            found.entry(id).or_default().insert(key, value);
        }
        Ok(held)
    }

    /// Those that were not replaced.
    fn assessments(&self, ids: &[String], found: &mut HashMap<String, Vec<Assessment>>) -> Result<Duration> {
        let mut sql = Parameters::default();
        let list = sql.list(ids.iter().cloned());
        let question = format!(
            "SELECT trace_id, name, assessment_type, value, error, source_type, source_id, rationale, span_id, \
             created_timestamp FROM assessments \
             WHERE trace_id IN ({list}) AND valid AND assessment_type IN ('feedback', 'expectation') \
             ORDER BY created_timestamp, rowid"
        );
        let (rows, held) = self.reader.rows(&question, sql, |row| Ok((word(row, 0)?, assessment(row)?)))?;
        for (id, assessment) in rows {
            found.entry(id).or_default().push(assessment);
        }
        Ok(held)
    }
}

type Pairs = BTreeMap<String, String>;

struct Head {
    recorded: Recorded,
    columns: Option<Columns>,
}

/// What later versions keep in columns of their own.
struct Columns {
    name: Option<String>,
    session: Option<String>,
    tokens: [Option<u64>; 3],
    costs: [Option<f64>; 3],
}

impl Columns {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let filled = |at: usize| Ok::<_, rusqlite::Error>(text(row.get_ref(at)?).filter(|text| !text.is_empty()));
        let count = |at: usize| whole(row, at).map(|count| count.and_then(|count| u64::try_from(count).ok()));
        let number = |at: usize| {
            Ok::<_, rusqlite::Error>(match row.get_ref(at)? {
                ValueRef::Real(number) => Some(number),
                #[allow(clippy::cast_precision_loss)] // A whole number of dollars.
                ValueRef::Integer(number) => Some(number as f64),
                _ => None,
            })
        };
        Ok(Self {
            name: filled(7)?,
            session: filled(8)?,
            tokens: [count(9)?, count(10)?, count(11)?],
            costs: [number(12)?, number(13)?, number(14)?],
        })
    }

    fn told(self, info: TraceInfo) -> TraceInfo {
        let ([input, output, total], [spent, earned, cost]) = (self.tokens, self.costs);
        TraceInfo {
            name: self.name,
            session: self.session,
            tokens: tokens_of(input, output, total),
            cost: cost_of(spent, earned, cost),
            ..info
        }
    }
}

fn assessment(row: &Row<'_>) -> rusqlite::Result<Assessment> {
    let filled = |at: usize| Ok::<_, rusqlite::Error>(text(row.get_ref(at)?).filter(|text| !text.is_empty()));
    let kind = match word(row, 2)?.as_str() {
        "expectation" => AssessmentKind::Expectation,
        _ => AssessmentKind::Feedback,
    };
    Ok(Assessment {
        name: word(row, 1)?,
        kind,
        value: kept_verdict(word(row, 3)?, kind),
        source: assessor(&word(row, 5)?, word(row, 6)?),
        rationale: filled(7)?,
        error: filled(4)?.and_then(|kept| kept_fault(&kept)),
        span: filled(8)?.map(|id| hexadecimal(&id)),
        at: time(row, 9)?,
    })
}
