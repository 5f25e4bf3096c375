//! Histories of metrics: every line of a file is folded into the reduction, and dropped.

use std::path::Path;
use std::time::Duration;

use crate::model::{Curve, CurveSource, CurveWant, Curves, Reduction, Series};
use crate::{Call, Error, Result};

use super::details;
use super::experiments::{self, Experiment};
use super::files;
use super::metric_file::Points;
use super::skipped::{Skipped, What};

/// Points between two looks at the clock.
const STRIDE: u64 = 10_000;
/// What is kept of the call's time.
const RESERVE: Duration = Duration::from_secs(2);

/// Reads and reduces the series one after the other. One that cannot be read to its end, be it for want of time, is left
/// out and named in a note; if that is so with all of them, it is the error.
pub(super) fn curves(root: &Path, call: &Call, series: &[Series], want: &CurveWant) -> Result<Curves> {
    let all = experiments::all(root, &mut Skipped::default())?;
    let mut skipped = Skipped::default();
    let mut told = 0;
    let outcomes: Vec<Result<Option<Curve>>> =
        series.iter().map(|one| read(&all, call, one, want, &mut told, &mut skipped)).collect();
    let mut curves = Curves::gathered(series.iter().zip(outcomes))?;
    curves.notes.extend(skipped.notes());
    Ok(curves)
}

/// One series to its end; `None` if it has no point.
fn read(
    all: &[Experiment],
    call: &Call,
    series: &Series,
    want: &CurveWant,
    told: &mut u64,
    skipped: &mut Skipped,
) -> Result<Option<Curve>> {
    let metric = &series.metric;
    let run = details::find(all, series.run.as_str());
    let run = run.ok_or_else(|| Error::not_found(format!("no run with id '{}'", series.run)))?;
    let Some(file) = files::file_of(&run.path().join("metrics"), metric) else { return Ok(None) };
    let unreadable = |error: std::io::Error| Error::unavailable(format!("its file cannot be read: {error}"));
    let mut points = Points::open(&file).map_err(unreadable)?;
    let mut reduction = Reduction::new(want, series.started);
    let mut read = 0_u64;
    while let Some(point) = points.next().map_err(unreadable)? {
        if read.is_multiple_of(STRIDE) {
            call.check()?;
            if call.time_left() < RESERVE {
                return Err(Error::unavailable(format!(
                    "more than {read} points of it, and the time of this call is over; ask for fewer series at once"
                )));
            }
            call.progress(*told, None, &format!("{told} points read, now of {metric}"));
        }
        read += 1;
        *told += 1;
        reduction.push(point);
    }
    if points.broken() > 0 {
        let why = format!("{} of {} are not 'timestamp value step'", points.broken(), points.broken() + read);
        skipped.add(What::Lines, &format!("{metric} of run {}", series.run), &why);
    }
    let (statistics, samples) = reduction.finish();
    Ok(statistics.extent.is_some().then(|| Curve {
        run: series.run.clone(),
        metric: metric.clone(),
        statistics,
        samples,
        source: CurveSource::Exact,
    }))
}
