//! Metrics of runs: every point, and of each metric the one that counts as its last.

use jiff::Timestamp;
use rusqlite::{Transaction, params};

use crate::model::RunId;
use crate::{Error, Result};

use super::store::{Fault, Store};
use super::{limits, runs};

/// Points of one transaction: as many as MLflow takes in one request.
const AT_ONCE: usize = 1_000;

/// One value of a metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measurement<'a> {
    /// The metric.
    pub key: &'a str,
    /// The value. NaN and ±∞ too: MLflow keeps ±∞ as the largest finite numbers.
    pub value: f64,
    /// When it was measured, kept in milliseconds; not before 1970.
    pub time: Timestamp,
    /// The step.
    pub step: i64,
}

impl Store {
    /// Logs points of metrics, 1,000 at once. A point that is there already (same metric, value, time and step) is passed
    /// over. The last value of a metric is that of the highest step, then the latest time, then the highest value.
    ///
    /// # Errors
    ///
    /// *Not found*, if there is no such run; *bad input*, if it is deleted, or if MLflow would refuse a key or time, and
    /// then none is logged. If the store fails later, whole thousands were logged: the same call may be repeated.
    pub fn log_metrics(&mut self, run: &RunId, points: &[Measurement<'_>]) -> Result<()> {
        let mut checked = None;
        for point in points {
            if checked != Some(point.key) {
                limits::key("metric", point.key)?;
                checked = Some(point.key);
            }
            if point.time.as_millisecond() < 0 {
                let (key, time) = (point.key, point.time);
                return Err(Error::bad_input(format!(
                    "the metric '{key}' has a point of {time}, and MLflow takes none from before 1970"
                )));
            }
        }
        for some in points.chunks(AT_ONCE) {
            self.write(|transaction| {
                runs::active(transaction, run)?;
                log(transaction, run.as_str(), some)
            })?;
        }
        Ok(())
    }
}

fn log(transaction: &Transaction<'_>, run: &str, points: &[Measurement<'_>]) -> Result<(), Fault> {
    let mut insert = transaction.prepare(
        "INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (key, timestamp, step, run_uuid, value, is_nan) DO NOTHING",
    )?;
    let mut latest = transaction.prepare(
        "INSERT INTO latest_metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (key, run_uuid) DO UPDATE SET
             value = excluded.value, timestamp = excluded.timestamp, step = excluded.step, is_nan = excluded.is_nan
         WHERE (excluded.step, excluded.timestamp, excluded.value) > (step, timestamp, value)",
    )?;
    for point in points {
        let (value, is_nan) = stored(point.value);
        let row = params![point.key, value, point.time.as_millisecond(), run, point.step, is_nan];
        if insert.execute(row)? > 0 {
            latest.execute(row)?;
        }
    }
    Ok(())
}

/// How MLflow's store keeps a number: NaN as 0 with a mark, ±∞ as the largest numbers.
fn stored(value: f64) -> (f64, bool) {
    if value.is_nan() { (0.0, true) } else { (value.clamp(f64::MIN, f64::MAX), false) }
}
