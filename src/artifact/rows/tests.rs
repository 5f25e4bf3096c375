//! Rows of tables: quotes, ends, pages, faults.

use super::{Rows, rows};
use crate::artifact::{Encoding, Format};
use crate::memory_tracker::MemoryTracker;

async fn read(fake: &MemoryTracker, from: Option<u64>, count: usize, last: bool) -> Rows {
    rows(&fake.file("f.csv"), Format::Csv, from, count, last).await.unwrap().unwrap()
}

fn of(bytes: &[u8]) -> MemoryTracker {
    MemoryTracker::with_files(&[("f.csv", bytes)])
}

fn cells(rows: &Rows) -> Vec<Vec<&str>> {
    rows.rows.iter().map(|row| row.cells.iter().map(String::as_str).collect()).collect()
}

#[tokio::test]
async fn quotes_hold_commas_lines_and_quotes() {
    let found = read(&of(b"a,b\r\n1,\"x, \"\"y\"\"\nz\"\r\n2,\r\n"), None, 9, false).await;
    assert_eq!(found.header, ["a", "b"]);
    assert_eq!(cells(&found), [["1", "x, \"y\"\nz"], ["2", ""]]);
    assert_eq!((found.to_end, found.onward, found.faults.as_slice()), (true, None, [].as_slice()));
}

#[tokio::test]
async fn what_parts_the_fields_is_seen_in_the_first_line() {
    for text in ["a;b;c\n1;2,5;3\n", "a\tb\tc\n1\t2,5\t3\n", "a|b|c\n1|2,5|3\n"] {
        assert_eq!(cells(&read(&of(text.as_bytes()), None, 9, false).await), [["1", "2,5", "3"]], "{text}");
    }
    assert_eq!(cells(&read(&of(b"\"a;b;c\",d\n1,2\n"), None, 9, false).await), [["1", "2"]]);
    assert_eq!(cells(&read(&of(b"a\n1\n"), None, 9, false).await), [["1"]]);
}

#[tokio::test]
async fn pages_give_every_row_once_and_keep_the_header() {
    let text: String = (0..20_000).map(|n| format!("{n},\"row\n{n}\",{}\n", "x".repeat(n % 30))).collect();
    let fake = of(format!("n,text,pad\n{text}").as_bytes());
    let (mut seen, mut from) = (0, None);
    loop {
        let page = read(&fake, from, 900, false).await;
        assert_eq!(page.header, ["n", "text", "pad"]);
        assert_eq!(page.faults, [""; 0]);
        for row in &page.rows {
            assert_eq!(row.cells[..2], [seen.to_string(), format!("row\n{seen}")]);
            seen += 1;
        }
        from = page.onward;
        if from.is_none() {
            assert!(page.to_end || page.rows.is_empty());
            break;
        }
    }
    assert_eq!(seen, 20_000);
}

#[tokio::test]
async fn the_last_rows_of_a_large_table_are_read_from_its_end() {
    let fake = MemoryTracker::with_files(&[]);
    fake.put_made("f.csv", 500_000_000, |at| b"11,22,33\n"[(at % 9) as usize]);
    let found = read(&fake, None, 5, true).await;
    assert_eq!(found.header, ["11", "22", "33"]);
    assert_eq!(found.rows.len(), 5);
    assert!(fake.reads().1 < 200_000, "{:?}", fake.reads());
    let small = read(&of(b"a,b\n1,2\n3,4\n"), None, 5, true).await;
    assert_eq!(
        (small.header.as_slice(), cells(&small)),
        (["a".to_owned(), "b".to_owned()].as_slice(), vec![vec!["1", "2"], vec!["3", "4"]])
    );
}

#[tokio::test]
async fn what_is_broken_is_read_and_told() {
    let found = read(&of(b"a,b\n1,2\n3\n4,5,6\n"), None, 9, false).await;
    assert_eq!(cells(&found), [vec!["1", "2"], vec!["3"], vec!["4", "5", "6"]]);
    assert_eq!(found.faults, ["2 of these rows have not the 2 fields of the header; the first, at byte 8, has 1"]);
    let found = read(&of(b"a,b\n1,2\n3,\"never closed\n4,5\n"), None, 9, false).await;
    assert_eq!(cells(&found)[0], ["1", "2"]);
    assert!(found.faults[0].contains("begins at byte 8 is never closed"), "{:?}", found.faults);
    let empty = read(&of(b""), None, 9, false).await;
    assert_eq!((empty.header.len(), empty.rows.len()), (0, 0));
}

#[tokio::test]
async fn a_quote_that_swallows_a_large_file_does_not_swallow_the_time() {
    let fake = MemoryTracker::with_files(&[]);
    fake.put_made("f.csv", 500_000_000, |at| {
        if at < 4 {
            b"a,b\n"[at as usize]
        } else if at == 4 {
            b'"'
        } else {
            b'x'
        }
    });
    let found = read(&fake, None, 5, false).await;
    assert!(fake.reads().1 < 3_000_000);
    assert!(found.faults.iter().any(|fault| fault.contains("never closed")), "{:?}", found.faults);
}

#[tokio::test]
async fn other_encodings_are_read() {
    let found = read(&of(b"\xef\xbb\xbfa,b\n1,2\n"), None, 9, false).await;
    assert_eq!((found.header.as_slice(), found.rows[0].from), (["a".to_owned(), "b".to_owned()].as_slice(), 7));
    let found = read(&of(b"gr\xf6\xdfe,b\n1,2\n"), None, 9, false).await;
    assert_eq!((found.header[0].as_str(), found.encoding), ("größe", Encoding::Latin1));
    let utf_16: Vec<u8> = "\u{feff}größe,b\n1,2\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(read(&of(&utf_16), None, 9, false).await.header, ["größe", "b"]);
}
