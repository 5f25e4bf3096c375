//! All runs of some experiments, one after the other, until the most that one call reads or its time is over.

use std::cmp::Reverse;
use std::time::Duration;

use jiff::Timestamp;

use crate::model::Run;
use crate::{Call, Result};

use super::experiments::Experiment;
use super::runs::{RunFolder, Want};
use super::skipped::Skipped;

/// Runs that one call reads at most.
pub(super) const MOST: usize = 20_000;
/// What is left for the rest of the call when reading ends.
pub(super) const RESERVE: Duration = Duration::from_secs(3);
/// Runs between two looks at the clock.
pub(super) const STRIDE: usize = 64;

/// How a scan ended.
#[derive(Debug, Default)]
pub(super) struct Scanned {
    /// Runs that were read.
    pub(super) read: u64,
    /// Why not all were.
    pub(super) stopped: Option<String>,
}

/// Gives each run to `take`, with what is wanted of it. Of more than [`MOST`] only the most recently started are read.
pub(super) fn scan(
    call: &Call,
    experiments: &[&Experiment],
    want: &Want,
    skipped: &mut Skipped,
    mut take: impl FnMut(RunFolder<'_>, Run),
) -> Result<Scanned> {
    let listed: Vec<(&Experiment, Vec<String>)> =
        experiments.iter().map(|experiment| (*experiment, experiment.run_folders())).collect();
    let mut folders: Vec<RunFolder<'_>> =
        listed.iter().flat_map(|(experiment, ids)| ids.iter().map(|id| RunFolder { experiment, id })).collect();
    let mut scanned = Scanned::default();
    let count = folders.len();
    if count > MOST {
        folders = newest(call, folders)?;
        scanned.stopped = Some(format!(
            "only the {MOST} most recently started of some {count} runs were read (that is the most for one call)"
        ));
    }
    for (at, folder) in folders.into_iter().enumerate() {
        if at % STRIDE == 0 {
            call.check()?;
            if call.time_left() < RESERVE {
                scanned.stopped =
                    Some(format!("only {at} of some {count} runs were read (the time of this call is over)"));
                break;
            }
            call.progress(at as u64, Some(count.min(MOST) as u64), "runs read");
        }
        if let Some(run) = folder.read(want, skipped) {
            scanned.read += 1;
            take(folder, run);
        }
    }
    Ok(scanned)
}

/// The most recently started ones; those that no time was left to look at come last.
fn newest<'a>(call: &Call, folders: Vec<RunFolder<'a>>) -> Result<Vec<RunFolder<'a>>> {
    let mut dated: Vec<(Option<Timestamp>, RunFolder<'a>)> = Vec::with_capacity(folders.len());
    for (at, folder) in folders.into_iter().enumerate() {
        if at % STRIDE == 0 {
            call.check()?;
        }
        // What is wrong with one is told when it is read.
        let in_time = call.time_left() > RESERVE * 3;
        let started = in_time.then(|| folder.meta(&mut Skipped::default())).flatten();
        dated.push((started.and_then(|meta| meta.time("start_time")), folder));
    }
    dated.sort_by_key(|(started, _)| Reverse(*started));
    Ok(dated.into_iter().take(MOST).map(|(_, folder)| folder).collect())
}
