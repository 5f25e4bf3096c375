//! Files of metrics: a line for every point, `timestamp value step`, as they were logged.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use jiff::Timestamp;

use crate::model::{Metric, Point};

/// The longest line that is a point.
const LONGEST: usize = 4_000;

/// The points of a file, one after the other.
pub(super) struct Points {
    lines: BufReader<File>,
    line: Vec<u8>,
    /// Lines that are no points.
    broken: u64,
}

impl Points {
    pub(super) fn open(file: &Path) -> io::Result<Self> {
        Ok(Self { lines: BufReader::with_capacity(64 * 1024, File::open(file)?), line: Vec::new(), broken: 0 })
    }

    /// The next point; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Point>> {
        loop {
            self.line.clear();
            let length = (&mut self.lines).take(LONGEST as u64).read_until(b'\n', &mut self.line)?;
            if length == 0 {
                return Ok(None);
            }
            let line = std::str::from_utf8(&self.line).unwrap_or_default();
            // A last line without an end is still being written, unless it has all of its parts.
            let whole = line.ends_with('\n') || line.split_ascii_whitespace().count() == 3;
            match point(line).filter(|_| whole) {
                Some(point) => return Ok(Some(point)),
                None if line.trim().is_empty() && length < LONGEST => {}
                None => self.broken += 1,
            }
        }
    }

    /// How many lines were no points.
    pub(super) fn broken(&self) -> u64 {
        self.broken
    }
}

/// The last value of a file as MLflow reads it: of the highest step, then the latest time, then the highest value; `None`
/// without a point. With it, how many lines are none.
pub(super) fn last(file: &Path) -> io::Result<(Option<Metric>, u64)> {
    let mut points = Points::open(file)?;
    let mut last: Option<Point> = None;
    while let Some(point) = points.next()? {
        let counts = last.is_none_or(|last| {
            (point.step, point.time) > (last.step, last.time)
                || ((point.step, point.time) == (last.step, last.time) && point.value > last.value)
        });
        if counts {
            last = Some(point);
        }
    }
    Ok((last.map(|point| Metric::last(point.value, point.step)), points.broken()))
}

fn point(line: &str) -> Option<Point> {
    let mut parts = line.split_ascii_whitespace();
    let (time, value) = (parts.next()?.parse::<i64>().ok()?, parts.next()?.parse::<f64>().ok()?);
    // The first versions kept no step.
    let step = parts.next().map_or(Some(0), |step| step.parse().ok())?;
    // Since 1970; a time beyond all calendars stays beyond the others.
    let beyond = if time < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Some(Point { step: Some(step), time: Some(Timestamp::from_millisecond(time).unwrap_or(beyond)), value })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn read(content: &str) -> (Vec<String>, u64, Option<String>) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("loss");
        fs::write(&file, content).unwrap();
        let mut points = Points::open(&file).unwrap();
        let mut found = Vec::new();
        while let Some(point) = points.next().unwrap() {
            found.push(format!("{} {:?}", point.step.unwrap(), point.value));
        }
        let (last, broken) = last(&file).unwrap();
        assert_eq!(points.broken(), broken);
        (found, broken, last.map(|last| format!("{} {:?}", last.step.unwrap(), last.value)))
    }

    #[test]
    fn every_line_is_a_point() {
        let (points, broken, last) = read("10 0.5 0\n11 nan 1\n12 -inf 2\n13 1e-05 3\n14 inf 2\n");
        assert_eq!(points, ["0 0.5", "1 NaN", "2 -inf", "3 1e-5", "2 inf"]);
        assert_eq!((broken, last.as_deref()), (0, Some("3 1e-5")));
    }

    #[test]
    fn the_last_value_is_of_the_highest_step_then_time_then_value() {
        for (content, last) in [
            ("9 1.0 5\n10 2.0 4\n", "5 1.0"),
            ("9 1.0 5\n10 0.5 5\n", "5 0.5"),
            ("9 1.0 5\n9 0.5 5\n", "5 1.0"),
            ("9 0.5 5\n9 1.0 5\n", "5 1.0"),
            // As Python compares.
            ("9 nan 5\n9 1.0 5\n", "5 NaN"),
            ("9 1.0 5\n9 nan 5\n", "5 1.0"),
            ("9 1.0\n10 2.0\n", "0 2.0"),
        ] {
            assert_eq!(read(content).2.as_deref(), Some(last), "{content}");
        }
    }

    #[test]
    fn what_is_no_point_is_counted_and_passed_over() {
        for (content, points, broken) in [
            ("", 0, 0),
            ("\n\n", 0, 0),
            ("10 0.5 0\nhalf\n11 0.4 1\n", 2, 1),
            ("10 0.5 0\n11 0.4", 1, 1),
            ("10 0.5 0\n11 0.4 1", 2, 0),
            ("10 zero 0\n", 0, 1),
            ("10 0.5 x\n", 0, 1),
            ("\u{0}\u{0}\u{0}\n", 0, 1),
        ] {
            let (found, skipped, _) = read(content);
            assert_eq!((found.len(), skipped), (points, broken), "{content:?}");
        }
        assert_eq!(read(&format!("10 0.5 0\n{}\n11 0.4 1\n", "9".repeat(10_000))).0.len(), 2);
    }
}
