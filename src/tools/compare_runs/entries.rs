//! The runs of a comparison: a letter for each, and the table that says what the letters stand for.

use backends::model::{Run, RunDetails, Status};
use jiff::Timestamp;

use super::super::columns::status;
use crate::references::RunRef;
use crate::render::{Answer, Cell, Column};

/// A run of a comparison.
pub(super) struct Entry {
    /// Its letter: the name of its column. The baseline is `A`.
    pub(super) label: String,
    /// Its full reference.
    pub(super) reference: RunRef,
    /// The run.
    pub(super) run: Run,
}

/// The runs with their letters, the baseline first.
pub(super) fn of(runs: Vec<(RunRef, RunDetails)>) -> Vec<Entry> {
    let entry = |(at, (reference, details)): (usize, (RunRef, RunDetails))| Entry {
        label: label(at),
        reference,
        run: details.run,
    };
    runs.into_iter().enumerate().map(entry).collect()
}

/// `A` to `Z`, then `AA`, `AB`, …
fn label(at: usize) -> String {
    let letter = u8::try_from(at % 26).map_or('?', |place| char::from(b'A' + place));
    match at / 26 {
        0 => letter.to_string(),
        round => format!("{}{letter}", label(round - 1)),
    }
}

/// A column for each run.
pub(super) fn columns(entries: &[Entry]) -> impl Iterator<Item = Column> {
    entries.iter().map(|entry| Column::new(&entry.label))
}

/// What the letters stand for. What is the same of all runs is said once.
pub(super) fn legend(entries: &[Entry], now: Timestamp) -> Answer {
    let own = |cell: &dyn Fn(&Run) -> Cell| -> (Vec<Cell>, bool) {
        let cells: Vec<Cell> = entries.iter().map(|entry| cell(&entry.run)).collect();
        let same = cells.windows(2).all(|pair| matches!(pair, [a, b] if a == b));
        (cells, same)
    };
    let fields = [
        ("name", own(&|run| Cell::foreign(&run.name))),
        ("status", own(&status)),
        ("started", own(&|run| Cell::from(run.started))),
        ("duration", own(&|run| Cell::from(run.duration(now)))),
        ("project", own(&|run| Cell::foreign(&run.project.name))),
    ];
    let (shared, told): (Vec<_>, Vec<_>) =
        fields.into_iter().partition(|(name, (_, same))| *same && matches!(*name, "status" | "project"));
    let columns = ["letter", "run"].into_iter().chain(told.iter().map(|(name, _)| *name)).map(Column::new).collect();
    let rows = entries.iter().enumerate().map(|(at, entry)| {
        let head = [Cell::text(&entry.label), Cell::text(entry.reference.text())];
        head.into_iter()
            .chain(told.iter().map(|(_, (cells, _))| cells.get(at).cloned().unwrap_or(Cell::Missing)))
            .collect()
    });
    let mut answer = Answer::new().table("runs", columns, rows.collect());
    for (name, (cells, _)) in shared {
        // That all have finished is what a reader assumes.
        if let Some(cell) = cells.into_iter().next().filter(|cell| *cell != Cell::text(Status::Finished.word())) {
            answer = answer.fact(name, cell);
        }
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn letters_go_on_after_z() {
        assert_eq!([0, 1, 25, 26, 27, 51, 52].map(label), ["A", "B", "Z", "AA", "AB", "AZ", "BA"]);
    }
}
