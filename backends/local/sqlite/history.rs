//! Histories: points are read in parts, put into the order of time, folded into the reduction and dropped.
//!
//! Where MLflow keeps an index by run, key and step, points come by step, else as they were logged. Both are nearly the
//! order of time, so a queue of [`HELD`] points puts right what is not. Where that is not enough (a long run that began
//! again at a lower step), the series is read once more, by time: that index has the points of all runs.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::Row;
use rusqlite::types::Value;

use crate::model::{Curve, CurveSource, CurveWant, Curves, Point, Reduction, Series};
use crate::{Error, Result, mlflow_model};

use super::connection::Reader;
use super::pace::Pace;
use super::records::{whole, word};
use super::sql::Parameters;

/// Points that wait for one that may come before them: 32 bytes each.
const HELD: usize = 65_536;
/// Points of the first part, and of one at most.
const FIRST: u32 = 2_000;
const MOST: u32 = 20_000;
/// What is left of the call's time when reading ends.
const RESERVE: Duration = Duration::from_secs(2);

/// Reads and reduces the series, one after the other: the file has one reader.
pub(super) fn curves(reader: &Reader, series: &[Series], want: &CurveWant) -> Result<Curves> {
    let mut told = 0;
    let mut outcomes = Vec::with_capacity(series.len());
    for one in series {
        outcomes.push(curve(reader, one, want, &mut told));
    }
    Curves::gathered(series.iter().zip(outcomes))
}

/// One series to its end; `None` if it has no point.
fn curve(reader: &Reader, series: &Series, want: &CurveWant, told: &mut u64) -> Result<Option<Curve>> {
    let mut history = History { reader, series, pace: Pace::new(FIRST, MOST), read: 0, told };
    let reduction = match history.nearly_by_time(Reduction::new(want, series.started))? {
        Some(reduction) => reduction,
        None => history.by_time(Reduction::new(want, series.started))?,
    };
    let (statistics, samples) = reduction.finish();
    Ok(statistics.extent.is_some().then(|| Curve {
        run: series.run.clone(),
        metric: series.metric.clone(),
        statistics,
        samples,
        source: CurveSource::Exact,
    }))
}

/// A point as the file has it, in the order in which MLflow gives them: by time, step and value.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Kept {
    time: i64,
    step: i64,
    value: f64,
    is_nan: bool,
}

impl Eq for Kept {}

impl Ord for Kept {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let values = || self.value.total_cmp(&other.value).then(self.is_nan.cmp(&other.is_nan));
        (self.time, self.step).cmp(&(other.time, other.step)).then_with(values)
    }
}

impl PartialOrd for Kept {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl From<Kept> for Point {
    fn from(kept: Kept) -> Self {
        let value = if kept.is_nan { f64::NAN } else { mlflow_model::unclamped(kept.value) };
        Self { step: Some(kept.step), time: Timestamp::from_millisecond(kept.time).ok(), value }
    }
}

/// Points of which the first in order comes out first, however they go in. Those that go in in order cost next to nothing.
#[derive(Default)]
struct Waiting {
    queue: VecDeque<Kept>,
    late: BinaryHeap<Reverse<Kept>>,
}

impl Waiting {
    fn push(&mut self, point: Kept) {
        match self.queue.back() {
            Some(last) if point < *last => self.late.push(Reverse(point)),
            _ => self.queue.push_back(point),
        }
    }

    fn pop(&mut self) -> Option<Kept> {
        match (self.queue.front(), self.late.peek()) {
            (Some(first), Some(Reverse(late))) if late < first => self.late.pop().map(|Reverse(late)| late),
            (None, _) => self.late.pop().map(|Reverse(late)| late),
            _ => self.queue.pop_front(),
        }
    }

    fn len(&self) -> usize {
        self.queue.len() + self.late.len()
    }
}

/// Points, and where they end: step and row of the last.
type Read = (Vec<Kept>, Option<(i64, i64)>);

struct History<'a> {
    reader: &'a Reader,
    series: &'a Series,
    pace: Pace,
    read: u64,
    told: &'a mut u64,
}

impl History<'_> {
    /// As the file gives them most cheaply; `None` if that is too far from the order of time.
    fn nearly_by_time(&mut self, mut reduction: Reduction) -> Result<Option<Reduction>> {
        let mut waiting = Waiting::default();
        let mut given: Option<Kept> = None;
        let mut give = |point: Kept| {
            let is_in_order = given.replace(point).is_none_or(|given| given <= point);
            reduction.push(point.into());
            is_in_order
        };
        let mut end: Option<(i64, i64)> = None;
        loop {
            let (points, last) = self.part(end)?;
            if last.is_none() {
                break;
            }
            end = last;
            for point in points {
                if waiting.len() == HELD
                    && let Some(first) = waiting.pop()
                    && !give(first)
                {
                    return Ok(None);
                }
                waiting.push(point);
            }
        }
        while let Some(first) = waiting.pop() {
            if !give(first) {
                return Ok(None);
            }
        }
        Ok(Some(reduction))
    }

    /// The next points and where they end: `(step, rowid)`, or `(0, rowid)` where there is no index by step.
    fn part(&mut self, end: Option<(i64, i64)>) -> Result<Read> {
        let by_step = self.reader.schema.points_by_step;
        let (mut points, mut last) = match (by_step, end) {
            (false, _) => self.ask("+key = ?2 AND rowid > ?3 ORDER BY rowid", [end.map_or(i64::MIN, |end| end.1)])?,
            (true, None) => self.ask("key = ?2 ORDER BY step, rowid", [])?,
            // Many points may have one step, so what is left of it comes first.
            (true, Some((step, row))) => {
                self.ask("key = ?2 AND step = ?3 AND rowid > ?4 ORDER BY rowid", [step, row])?
            }
        };
        if let (true, Some((step, _)), None) = (by_step, end, last) {
            (points, last) = self.ask("key = ?2 AND step > ?3 ORDER BY step, rowid", [step])?;
        }
        Ok((points, last))
    }

    fn ask<const N: usize>(&mut self, condition: &str, bounds: [i64; N]) -> Result<Read> {
        self.in_time()?;
        let mut sql = Parameters::default();
        sql.bind(self.series.run.as_str().to_owned());
        sql.bind(self.series.metric.clone());
        bounds.into_iter().for_each(|bound| drop(sql.bind(bound)));
        let limit = sql.bind(i64::from(self.pace.size()));
        let question = format!(
            "SELECT timestamp, step, value, is_nan, rowid FROM metrics WHERE run_uuid = ?1 AND {condition} LIMIT {limit}"
        );
        let (rows, held) =
            self.reader.rows(&question, sql, |row| Ok((kept(row)?, whole(row, 4)?.unwrap_or_default())))?;
        self.pace.took(held);
        self.tell(rows.len());
        let last = rows.last().map(|(point, row)| (point.step, *row));
        Ok((rows.into_iter().map(|(point, _)| point).collect(), last))
    }

    /// By time, over the points that all runs have of this metric.
    fn by_time(&mut self, mut reduction: Reduction) -> Result<Reduction> {
        self.read = 0;
        let mut end: Option<[Value; 5]> = None;
        loop {
            self.in_time()?;
            let mut sql = Parameters::default();
            sql.bind(self.series.metric.clone());
            sql.bind(self.series.run.as_str().to_owned());
            let after =
                end.take().map(|end| format!(" AND (timestamp, step, run_uuid, value, is_nan) > ({})", sql.list(end)));
            let limit = sql.bind(i64::from(self.pace.size()));
            let question = format!(
                "SELECT timestamp, step, value, is_nan, run_uuid, run_uuid = ?2 FROM metrics WHERE key = ?1{} \
                 ORDER BY timestamp, step, run_uuid, value, is_nan LIMIT {limit}",
                after.unwrap_or_default()
            );
            let read = |row: &Row<'_>| Ok((kept(row)?, word(row, 4)?, row.get::<_, bool>(5)?));
            let (rows, held) = self.reader.rows(&question, sql, read)?;
            self.pace.took(held);
            let Some((last, run, _)) = rows.last() else { return Ok(reduction) };
            let numbers = (Value::Integer(last.time), Value::Integer(last.step));
            end = Some([
                numbers.0,
                numbers.1,
                Value::Text(run.clone()),
                Value::Real(last.value),
                Value::Integer(last.is_nan.into()),
            ]);
            let before = self.read;
            for (point, _, _) in rows.iter().filter(|(_, _, ours)| *ours) {
                reduction.push((*point).into());
                self.read += 1;
            }
            self.progress(self.read - before);
        }
    }

    fn in_time(&self) -> Result<()> {
        if self.reader.call.time_left() > RESERVE {
            return Ok(());
        }
        Err(Error::unavailable(format!(
            "more than {} points of it, and the time of this call is over; ask for fewer series at once",
            self.read
        )))
    }

    fn tell(&mut self, points: usize) {
        let points = points as u64;
        self.read += points;
        self.progress(points);
    }

    fn progress(&mut self, points: u64) {
        *self.told += points;
        if points > 0 {
            let message = format!("{} points read, now of {}", self.told, self.series.metric);
            self.reader.call.progress(*self.told, None, &message);
        }
    }
}

fn kept(row: &Row<'_>) -> rusqlite::Result<Kept> {
    Ok(Kept {
        time: whole(row, 0)?.unwrap_or_default(),
        step: whole(row, 1)?.unwrap_or_default(),
        value: row.get::<_, Option<f64>>(2)?.unwrap_or_default(),
        is_nan: row.get::<_, Option<bool>>(3)?.unwrap_or(true),
    })
}
