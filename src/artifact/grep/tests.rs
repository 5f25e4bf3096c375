//! Looking for lines: places, limits, continuing, large files.

use regex::Regex;

use super::{Found, Scan, grep};
use crate::artifact::lines::Start;
use crate::memory_tracker::MemoryTracker;

fn scan(pattern: &str) -> Scan {
    Scan { pattern: Regex::new(pattern).unwrap(), start: Start::BEGINNING, most: 100, last: false, bytes: 64_000_000 }
}

async fn found(fake: &MemoryTracker, scan: Scan) -> Found {
    grep(&fake.file("f"), scan).await.unwrap().unwrap()
}

fn fitting(found: &Found) -> Vec<(u64, &str)> {
    found.hits.iter().filter(|hit| hit.fits).map(|hit| (hit.start.line, hit.text.as_str())).collect()
}

#[tokio::test]
async fn a_line_is_found_with_its_number_and_those_around_it() {
    let text: String =
        (1..=30).map(|n| if n == 15 { "an ERROR here\n".to_owned() } else { format!("line {n}\n") }).collect();
    let found = found(&MemoryTracker::with_files(&[("f", text.as_bytes())]), scan("ERROR")).await;
    assert_eq!(fitting(&found), [(15, "an ERROR here")]);
    let around: Vec<u64> = found.hits.iter().map(|hit| hit.start.line).collect();
    assert_eq!(around, [13, 14, 15, 16, 17]);
    assert_eq!((found.fitting, found.onward), (1, None));
}

#[tokio::test]
async fn pages_give_every_line_that_fits_once_over_the_edges_of_ranges() {
    let text: String = (1..=60_000)
        .map(|n| format!("step {n} {}\n", if n % 97 == 0 { "hit" } else { "miss, with some more" }))
        .collect();
    let fake = MemoryTracker::with_files(&[("f", text.as_bytes())]);
    let (mut numbers, mut start) = (Vec::new(), Start::BEGINNING);
    loop {
        let page = found(&fake, Scan { start, most: 50, ..scan("hit$") }).await;
        numbers.extend(fitting(&page).iter().map(|(line, text)| {
            assert_eq!(*text, format!("step {line} hit"));
            *line
        }));
        match page.onward {
            Some(onward) => start = onward,
            None => break,
        }
    }
    let expected: Vec<u64> = (1..=60_000).filter(|n| n % 97 == 0).collect();
    assert_eq!(numbers, expected);
}

#[tokio::test]
async fn the_last_that_fit_are_found_with_the_count_of_all() {
    let text: String = (1..=5_000).map(|n| format!("{} {n}\n", if n % 10 == 0 { "hit" } else { "-" })).collect();
    let fake = MemoryTracker::with_files(&[("f", text.as_bytes())]);
    let found = found(&fake, Scan { most: 3, last: true, ..scan("hit") }).await;
    assert_eq!(fitting(&found), [(4_980, "hit 4980"), (4_990, "hit 4990"), (5_000, "hit 5000")]);
    assert_eq!(found.fitting, 500);
    assert_eq!(found.hits[0].start.line, 4_978);
}

#[tokio::test]
async fn of_a_gigabyte_only_so_much_is_read_and_the_rest_is_offered() {
    let fake = MemoryTracker::with_files(&[]);
    fake.put_made("f", 1_000_000_000, |at| if at % 100 == 99 { b'\n' } else { b'x' });
    let head = found(&fake, Scan { bytes: 3_000_000, ..scan("nothing") }).await;
    assert_eq!(
        (head.fitting, head.read, head.onward),
        (0, (0, 3_000_000), Some(Start { at: 3_000_000, line: 30_001 }))
    );
    assert_eq!(fake.reads().1, 3_000_000);
    let tail = found(&fake, Scan { bytes: 2_000_000, last: true, ..scan("nothing") }).await;
    assert_eq!(tail.read, (998_000_000, 1_000_000_000));
}

#[tokio::test]
async fn colours_are_no_part_of_a_line_and_a_progress_bar_is_one() {
    let fake = MemoryTracker::with_files(&[("f", b"\x1b[31mERR\x1b[0mOR: x\n10% loss 1\r20% loss 2\r30% done\n")]);
    assert_eq!(fitting(&found(&fake, scan("ERROR: x")).await), [(1, "ERROR: x")]);
    assert_eq!(fitting(&found(&fake, scan("loss")).await), [(2, "20% loss 2")]);
}

#[tokio::test]
async fn a_huge_line_is_shown_around_what_fits() {
    let text = format!("{}needle{}\n", "ä".repeat(400_000), "b".repeat(100_000));
    let found = found(&MemoryTracker::with_files(&[("f", text.as_bytes())]), scan("needle")).await;
    let shown = &found.hits[0].text;
    assert!(
        shown.contains("needle") && shown.starts_with("…ä") && shown.ends_with("b…") && shown.chars().count() == 502
    );
}
