//! The traces of some experiments in the order in which they began, read off an index: 16 bytes for each.

use crate::Result;

use super::super::connection::Reader;
use super::super::pace::Pace;
use super::super::records::whole;
use super::super::sql::Parameters;

/// Entries of the first question, and of one at most.
const FIRST: u32 = 20_000;
const MOST: u32 = 200_000;
/// Entries that are listed at most: the newest.
const ALL: usize = 1_000_000;

/// When a trace began, in milliseconds since 1970, and its place in the table.
pub(super) type Entry = (i64, i64);

/// Between which times a trace began, in milliseconds since 1970, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Within {
    pub(super) first: i64,
    pub(super) last: i64,
}

impl Within {
    /// Any time.
    pub(super) const ANY: Self = Self { first: i64::MIN, last: i64::MAX };
}

/// The newest first, and whether these are all.
pub(super) fn newest<'a>(
    reader: &Reader,
    experiments: impl Iterator<Item = &'a String>,
    within: Within,
) -> Result<(Vec<Entry>, bool)> {
    let mut found: Vec<Entry> = Vec::new();
    let mut whole_list = true;
    for experiment in experiments {
        let mut pace = Pace::new(FIRST, MOST);
        let mut behind: Entry = (within.last, i64::MAX);
        let mut of_one = 0;
        loop {
            let mut sql = Parameters::default();
            // Ids are numbers here.
            let experiment = sql.bind(experiment.parse::<i64>().unwrap_or(-1));
            let (first, last, place) = (sql.bind(within.first), sql.bind(behind.0), sql.bind(behind.1));
            let size = pace.size();
            let question = format!(
                "SELECT timestamp_ms, rowid FROM trace_info \
                 WHERE experiment_id = {experiment} AND timestamp_ms >= {first} AND timestamp_ms <= {last} \
                 AND (timestamp_ms < {last} OR rowid < {place}) ORDER BY timestamp_ms DESC, rowid DESC LIMIT {size}"
            );
            let entry = |row: &rusqlite::Row<'_>| Ok((whole(row, 0)?.unwrap_or_default(), row.get(1)?));
            let (rows, held) = reader.rows(&question, sql, entry)?;
            pace.took(held);
            let more = rows.len() >= usize::try_from(size).unwrap_or(usize::MAX);
            behind = rows.last().copied().unwrap_or(behind);
            of_one += rows.len();
            found.extend(rows);
            if more && of_one >= ALL {
                whole_list = false;
            }
            if !more || of_one >= ALL {
                break;
            }
        }
    }
    found.sort_unstable_by(|a, b| b.cmp(a));
    if found.len() > ALL {
        found.truncate(ALL);
        whole_list = false;
    }
    Ok((found, whole_list))
}
