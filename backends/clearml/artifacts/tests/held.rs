//! What the task itself holds: its code and configuration, and previews of what is not fetched.

use super::*;
use crate::clearml::artifacts::part_of;

#[tokio::test]
async fn what_is_not_fetched_is_told_by_its_preview() {
    let preview = "{\"acc\": 0.93}";
    let artifact = json!({"key": "m", "type": "dict", "uri": "s3://ada:hunter2@host/m.json", "content_size": 4_000_000,
                          "type_data": {"preview": preview}});
    let lab = Lab::of(&with_artifact(&artifact)).await;
    let part = lab.read("m", ALL).await.unwrap();
    assert_eq!((&part.bytes[..], part.size), (preview.as_bytes(), Some(13)));
    let note = part.note.unwrap();
    assert!(note.contains("preview") && note.contains("s3://host/m.json") && !note.contains("hunter2"), "{note}");
    let part = lab.read("m", ByteRange::Last(3)).await.unwrap();
    assert_eq!((&part.bytes[..], part.offset), (&b"93}"[..], 10));
    lab.answers(TITLES, &json!({"metrics": []})).await;
    assert_eq!(lab.list("").await.unwrap().rows[0].location.as_deref(), Some("s3://host/m.json"));
}

#[tokio::test]
async fn a_preview_that_tells_only_the_name_stands_for_nothing() {
    let artifact = json!({"key": "w", "uri": "s3://b/w.pt", "type_data": {"preview": "w.pt - 95.3 MB\n"}});
    let lab = Lab::of(&with_artifact(&artifact)).await;
    assert_eq!(lab.read("w", ALL).await.unwrap_err().kind, ErrorKind::Unsupported);
    let lab = Lab::of(&with_artifact(&json!({"key": "w"}))).await;
    let error = lab.read("w", ALL).await.unwrap_err();
    assert!(error.message.contains("no place was recorded"), "{error}");
}

#[tokio::test]
async fn the_preview_of_a_packed_table_is_read_instead_of_its_bytes() {
    let lab = Lab::recorded().await;
    let part = lab.read("table", ALL).await.unwrap();
    assert!(part.bytes.starts_with(b"  class  precision"));
    assert!(part.note.unwrap().contains("table.csv.gz"));
    assert!(lab.file_requests().await.is_empty());
}

#[tokio::test]
async fn what_the_task_itself_holds_needs_no_file_server() {
    let mut document = media()["document"].clone();
    document["tasks"][0]["script"]["diff"] = json!("-lr = 0.1\n+lr = 0.2\n");
    let lab = Lab::of(&document).await;
    assert_eq!(&lab.read("code/uncommitted.diff", from(0, 9)).await.unwrap().bytes[..], b"-lr = 0.1");
    let requirements = lab.read("code/requirements.txt", ALL).await.unwrap();
    assert!(requirements.bytes.starts_with(b"# Python 3.11.7 "));
    let config = document["tasks"][0]["configuration"]["aug.yaml"]["value"].as_str().unwrap();
    let part = lab.read("config/aug.yaml", ALL).await.unwrap();
    assert_eq!((&part.bytes[..], part.size), (config.as_bytes(), Some(config.len() as u64)));
    assert!(lab.file_requests().await.is_empty());
}

#[test]
fn parts_of_held_bytes_are_those_of_a_file() {
    let bytes = bytes::Bytes::from_static(b"0123456789");
    for (range, expected, offset) in [
        (from(0, 4), "0123", 0),
        (from(8, 9), "89", 8),
        (from(10, 5), "", 10),
        (from(99, 5), "", 99),
        (from(u64::MAX, u64::MAX), "", u64::MAX),
        (ByteRange::Last(3), "789", 7),
        (ByteRange::Last(99), "0123456789", 0),
        (ByteRange::Last(0), "", 10),
    ] {
        let part = part_of(&bytes, range, None);
        assert_eq!((&part.bytes[..], part.offset, part.size), (expected.as_bytes(), offset, Some(10)), "{range:?}");
    }
}
