//! What a run has under a key, as an expression of SQL over `runs r` and its experiment `e`; NULL is *missing*.

use jiff::Timestamp;

use crate::mlflow_model;
use crate::query::{Key, Test};

use super::filter::Probe;
use super::sql::Parameters;

/// An expression, by what it gives.
#[derive(Clone, Debug)]
pub(super) enum Expression {
    /// Names and ids of ours.
    Text(String),
    /// Text of anybody, which may hold a number or a truth.
    Free(String),
    /// One thing that goes by its name and by its id.
    Named { name: String, id: String },
    /// Several of them; `each` stands for what is asked of one.
    Each { of: String, name: String, id: String, probe: fn(Test) -> Probe },
    /// A metric: whether it is there, and its value, NULL if that is NaN.
    Number { present: String, value: String },
    /// Milliseconds since 1970.
    Moment(String),
    /// Nanoseconds.
    Length(String),
    /// 0 or 1.
    Truth(String),
    /// Runs here have no such thing.
    Nothing,
}

impl Expression {
    /// Of a key; a running run's duration counts up to `now`.
    pub(super) fn of(key: &Key, now: Timestamp, logged_models: bool, sql: &mut Parameters) -> Self {
        match key {
            Key::Id => Self::Text("r.run_uuid".to_owned()),
            Key::Name => {
                let tag = tag(mlflow_model::RUN_NAME, sql);
                Self::Text(format!("coalesce(nullif(r.name, ''), {tag}, '')"))
            }
            Key::Status => Self::Text(status(sql)),
            Key::User => {
                let tag = tag(mlflow_model::USER, sql);
                Self::Text(format!("coalesce(nullif(r.user_id, ''), {tag})"))
            }
            Key::Project => {
                Self::Named { name: "coalesce(e.name, '')".to_owned(), id: "CAST(e.experiment_id AS TEXT)".to_owned() }
            }
            Key::Parent => Self::Text(tag(mlflow_model::PARENT, sql)),
            Key::Commit => Self::Text(format!("nullif({}, '')", tag(mlflow_model::COMMIT, sql))),
            Key::Started => Self::Moment(moment("r.start_time")),
            Key::Ended => Self::Moment(moment("r.end_time")),
            Key::Duration => {
                let (start, end) = (moment("r.start_time"), moment("r.end_time"));
                let now = sql.bind(i64::try_from(now.as_nanosecond()).unwrap_or(i64::MAX));
                Self::Length(format!(
                    "CASE WHEN {end} IS NOT NULL THEN ({end} - {start}) * 1000000 \
                     WHEN r.status = 'RUNNING' THEN {now} - {start} * 1000000 END"
                ))
            }
            Key::Archived => Self::Truth("(r.lifecycle_stage IS 'deleted')".to_owned()),
            Key::Metric(name) => {
                let (key, most, least) = (sql.bind(name.clone()), sql.bind(f64::MAX), sql.bind(f64::MIN));
                let of = format!("FROM latest_metrics m WHERE m.key = {key} AND m.run_uuid = r.run_uuid");
                Self::Number {
                    present: format!("EXISTS (SELECT 1 {of})"),
                    // The store keeps ±∞ as the largest finite numbers.
                    value: format!(
                        "(SELECT CASE WHEN m.is_nan THEN NULL WHEN m.value >= {most} THEN 9e999 \
                         WHEN m.value <= {least} THEN -9e999 ELSE m.value END {of})"
                    ),
                }
            }
            Key::Param(name) => {
                let key = sql.bind(name.clone());
                Self::Free(format!("(SELECT p.value FROM params p WHERE p.key = {key} AND p.run_uuid = r.run_uuid)"))
            }
            Key::Tag(name) => Self::Free(tag(name, sql)),
            Key::Dataset => Self::Each {
                of: "FROM inputs i JOIN datasets d ON d.dataset_uuid = i.source_id WHERE i.destination_type = 'RUN' \
                     AND i.destination_id = r.run_uuid AND i.source_type = 'DATASET'"
                    .to_owned(),
                name: "d.name".to_owned(),
                id: "d.name || coalesce('@' || nullif(d.digest, ''), '')".to_owned(),
                probe: Probe::Referred,
            },
            Key::Model => Self::Each {
                of: format!("FROM ({}) m", models(logged_models)),
                name: "m.name".to_owned(),
                id: "m.id".to_owned(),
                probe: Probe::Named,
            },
            Key::Type | Key::Min(_) | Key::Max(_) | Key::Alias | Key::Stage | Key::Framework | Key::OfTrace(_) => {
                Self::Nothing
            }
        }
    }
}

/// A tag without a value has an empty one.
pub(super) fn tag(key: &str, sql: &mut Parameters) -> String {
    let key = sql.bind(key.to_owned());
    format!("(SELECT coalesce(t.value, '') FROM tags t WHERE t.key = {key} AND t.run_uuid = r.run_uuid)")
}

/// In our words; NULL for what is none of MLflow's.
fn status(sql: &mut Parameters) -> String {
    let words = crate::model::Status::ALL.into_iter().filter_map(|status| {
        let native = mlflow_model::status_word(status)?;
        Some(format!("WHEN {} THEN {}", sql.bind(native.to_owned()), sql.bind(status.word().to_owned())))
    });
    format!("(CASE r.status {} END)", words.collect::<Vec<_>>().join(" "))
}

/// A time that no calendar has is none.
fn moment(column: &str) -> String {
    let (first, last) = (Timestamp::MIN.as_millisecond(), Timestamp::MAX.as_millisecond());
    format!("(CASE WHEN {column} BETWEEN {first} AND {last} THEN {column} END)")
}

/// Models that the run used or made, and versions of registered ones that it made.
fn models(logged_models: bool) -> String {
    let name =
        if logged_models { "(SELECT l.name FROM logged_models l WHERE l.model_id = i.destination_id)" } else { "NULL" };
    format!(
        "SELECT i.destination_id AS id, coalesce({name}, i.destination_id) AS name FROM inputs i \
         WHERE i.source_type IN ('RUN_INPUT', 'RUN_OUTPUT') AND i.source_id = r.run_uuid \
         UNION ALL SELECT v.name || '/' || v.version, v.name FROM model_versions v WHERE v.run_id = r.run_uuid"
    )
}
