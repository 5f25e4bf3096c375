//! Lines from either end, of files of every size and make.

use super::{Line, Lines, Start, head, tail};
use crate::artifact::Encoding;
use crate::memory_tracker::MemoryTracker;

const GIGABYTE: u64 = 1_000_000_000;

/// Lines of 50 bytes.
fn line_byte(at: u64) -> u8 {
    if at % 50 == 49 { b'\n' } else { b'a' + (at / 50 % 26) as u8 }
}

fn texts(lines: &[Line]) -> Vec<&str> {
    lines.iter().map(|line| line.text.as_str()).collect()
}

fn of(bytes: &[u8]) -> MemoryTracker {
    MemoryTracker::with_files(&[("f", bytes)])
}

async fn first(fake: &MemoryTracker, start: Start, count: usize) -> Lines {
    head(&fake.file("f"), start, count).await.unwrap().unwrap()
}

async fn last(fake: &MemoryTracker, end: Option<u64>, count: usize) -> Lines {
    tail(&fake.file("f"), end, count).await.unwrap().unwrap()
}

#[tokio::test]
async fn the_ends_of_a_gigabyte_are_one_small_range_each() {
    let fake = MemoryTracker::with_files(&[]);
    fake.put_made("f", GIGABYTE, line_byte);
    let lines = last(&fake, None, 100).await;
    assert_eq!((lines.lines.len(), lines.size), (100, Some(GIGABYTE)));
    assert_eq!((lines.lines[0].start.at, lines.lines[99].to), (GIGABYTE - 5_000, GIGABYTE));
    let lines = first(&fake, Start::BEGINNING, 100).await;
    assert_eq!((lines.lines[99].start.line, lines.lines[99].to), (100, 5_000));
    assert_eq!(fake.reads(), (2, 32_000));
}

#[tokio::test]
async fn pages_in_both_directions_give_every_line_once() {
    let whole: String = (0..5_000).map(|n| format!("line {n} {}\n", "x".repeat(n % 90))).collect();
    let fake = of(whole.as_bytes());
    let (mut there, mut start) = (String::new(), Start::BEGINNING);
    while start.at < whole.len() as u64 {
        let page = first(&fake, start, 700).await.lines;
        for line in &page {
            assert_eq!(line.text.split(' ').nth(1).unwrap(), (line.start.line - 1).to_string());
            there.push_str(&format!("{}\n", line.text));
        }
        let end = page.last().unwrap();
        start = Start { at: end.to, line: end.start.line + 1 };
    }
    assert!(there == whole, "the pages forwards are the file");
    let (mut back, mut end) = (Vec::new(), None);
    while end != Some(0) {
        let page = last(&fake, end, 700).await.lines;
        end = page.first().map(|line| line.start.at);
        back.splice(0..0, page);
    }
    let back: String = back.iter().map(|line| format!("{}\n", line.text)).collect();
    assert!(back == whole, "the pages backwards are the file");
}

#[tokio::test]
async fn more_is_read_when_lines_are_long_or_progress_bars_hide_them() {
    let bar: String = (0..3_000).map(|percent| format!("{percent:>20}%\r")).collect();
    let text = format!("begun\n{bar}done\nend\n");
    let fake = of(text.as_bytes());
    let lines = last(&fake, None, 3).await.lines;
    assert_eq!(texts(&lines), ["begun", "done", "end"]);
    assert_eq!(lines[1].collapsed, 3_000);
    assert_eq!(lines[0].start.line, 1, "the whole file was read, so numbers are known");
    let lines = first(&fake, Start::BEGINNING, 2).await.lines;
    assert_eq!(texts(&lines), ["begun", "done"]);
    assert_eq!(lines[1].to, text.len() as u64 - 4);
}

#[tokio::test]
async fn one_huge_line_comes_in_pieces_that_together_are_the_line() {
    let whole: String = (0..700_000).map(|n| if n % 7 == 0 { ',' } else { '1' }).collect();
    let fake = of(whole.as_bytes());
    let (mut read, mut start) = (String::new(), Start::BEGINNING);
    while start.at < whole.len() as u64 {
        let page = first(&fake, start, 40).await.lines;
        page.iter().for_each(|line| read.push_str(&line.text));
        let end = page.last().unwrap();
        assert_eq!(end.start.line, 1);
        start = Start { at: end.to, line: 1 };
    }
    assert!(read == whole);
    fake.put_made("f", GIGABYTE, |at| b'0' + (at % 10) as u8);
    let lines = last(&fake, None, 3).await.lines;
    assert_eq!((lines.len(), lines[2].to, lines[2].ends), (3, GIGABYTE, false));
    assert!(fake.reads().1 < 30_000_000);
}

#[tokio::test]
async fn windows_lines_and_colours_and_a_missing_last_end_are_read() {
    let lines = first(&of(b"a\r\nb\r\n\r\nc"), Start::BEGINNING, 9).await.lines;
    assert_eq!(texts(&lines), ["a", "b", "", "c"]);
    assert_eq!((lines[3].ends, lines[3].to), (false, 9));
    assert_eq!(texts(&last(&of(b"a\nb\nc"), None, 2).await.lines), ["b", "c"]);
}

#[tokio::test]
async fn an_empty_file_has_no_lines() {
    assert_eq!(first(&of(b""), Start::BEGINNING, 9).await.lines, []);
    assert_eq!(last(&of(b""), None, 9).await.lines, []);
}

#[tokio::test]
async fn other_encodings_are_read_from_both_ends() {
    let text: String = (0..9_000).map(|n| format!("größe {n}\r\n")).collect();
    for little in [true, false] {
        let unit = |unit: u16| if little { unit.to_le_bytes() } else { unit.to_be_bytes() };
        let fake = of(&format!("\u{feff}{text}").encode_utf16().flat_map(unit).collect::<Vec<u8>>());
        assert_eq!(texts(&first(&fake, Start::BEGINNING, 2).await.lines), ["größe 0", "größe 1"]);
        let lines = last(&fake, None, 2).await;
        assert_eq!(texts(&lines.lines), ["größe 8998", "größe 8999"]);
        assert_eq!(lines.encoding, if little { Encoding::Utf16Le } else { Encoding::Utf16Be });
    }
    let latin: Vec<u8> = text.chars().map(|c| c as u8).collect();
    let lines = last(&of(&latin), None, 1).await;
    assert_eq!((texts(&lines.lines), lines.encoding), (vec!["größe 8999"], Encoding::Latin1));
}

#[tokio::test]
async fn what_is_no_text_is_told() {
    let fake = of(b"PK\x03\x04\0\0\0\0");
    assert!(head(&fake.file("f"), Start::BEGINNING, 5).await.unwrap().is_err());
    assert_eq!(
        tail(&fake.file("f"), None, 5).await.unwrap().unwrap_err(),
        "ZIP archive (also PyTorch checkpoints, .npz, .xlsx)"
    );
}

#[tokio::test]
async fn a_file_that_grows_or_vanishes_after_it_was_listed_says_so() {
    let fake = of(b"a\n");
    let file = fake.file("f");
    fake.put("f", b"a\nb\nc\n");
    let lines = tail(&file, None, 9).await.unwrap().unwrap();
    assert_eq!(texts(&lines.lines), ["a", "b", "c"]);
    assert!(file.changed(lines.size).unwrap().starts_with("the file grew from 2 to 6 bytes"));
    fake.put("f", "x\n".repeat(50_000).as_bytes());
    let lines = tail(&file, None, 3).await.unwrap().unwrap();
    assert_eq!(lines.lines.last().map(|line| line.to), Some(100_000), "the end is that of the file as it is now");
    fake.remove("f");
    let error = tail(&file, None, 9).await.unwrap_err();
    assert!(error.message.contains("is gone now"), "{error}");
}
