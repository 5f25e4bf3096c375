//! Walks over all runs in parts, the last logged first: nobody who writes waits longer than one part takes.

use std::time::Duration;

use rusqlite::Row;

use crate::Result;

use super::connection::Reader;
use super::pace::Pace;
use super::sql::Parameters;

/// What is left for the rest of the call when reading ends.
pub(super) const RESERVE: Duration = Duration::from_secs(3);
/// Runs of the first part, and of one at most.
const FIRST: u32 = 1_000;
const MOST: u32 = 20_000;

/// How a walk ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Walked {
    /// All runs were seen.
    All,
    /// The time of the call was over before.
    Stopped,
}

impl Reader {
    /// Asks for runs part by part and hands each row on. The question is `SELECT {columns} FROM runs r CROSS JOIN
    /// experiments e … WHERE {condition}` over runs `r` and their experiments `e`.
    pub(super) fn walk<T>(
        &self,
        columns: &str,
        condition: &str,
        parameters: &Parameters,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
        mut take: impl FnMut(T) -> Result<()>,
    ) -> Result<Walked> {
        let mut parameters = parameters.clone();
        let workspace = self.in_workspace("e", &mut parameters);
        let mut pace = Pace::new(FIRST, MOST);
        let mut end = self.last(None)?;
        while let Some(last) = end {
            if self.call.time_left() < RESERVE {
                return Ok(Walked::Stopped);
            }
            let before = last.saturating_sub(pace.size().into());
            let mut part = parameters.clone();
            let (after, up_to) = (part.bind(before), part.bind(last));
            // The runs outside: each finds its experiment by its key.
            let sql = format!(
                "SELECT {columns} FROM runs r CROSS JOIN experiments e ON e.experiment_id = r.experiment_id \
                 WHERE r.rowid > {after} AND r.rowid <= {up_to}{workspace} AND ({condition})"
            );
            let (rows, held) = self.rows(&sql, part, &read)?;
            pace.took(held);
            rows.into_iter().try_for_each(&mut take)?;
            end = self.last(Some(before))?;
        }
        Ok(Walked::All)
    }

    /// The last run, or the last up to a place: where runs were deleted for good, there are gaps.
    fn last(&self, up_to: Option<i64>) -> Result<Option<i64>> {
        let mut sql = Parameters::default();
        let up_to = sql.bind(up_to.unwrap_or(i64::MAX));
        let question = format!("SELECT max(rowid) FROM runs WHERE rowid <= {up_to}");
        let found: Vec<Option<i64>> = self.few(&question, sql, |row| row.get(0))?;
        Ok(found.into_iter().flatten().next())
    }
}
