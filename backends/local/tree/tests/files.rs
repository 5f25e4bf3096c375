//! Files that runs logged, and the ways out of a run that are closed.

use super::*;
use crate::model::{ByteRange, RunId};
use crate::{ErrorKind, Tracker};

const ALL: ByteRange = ByteRange::From { offset: 0, length: 1_000 };

async fn paths(lab: &Lab, folder: &str) -> Vec<String> {
    let page = lab.tree.artifacts(&call(), &RunId::new(FIRST), folder, None).await.unwrap();
    page.rows.into_iter().map(|row| format!("{} {:?}", row.path, row.size)).collect()
}

async fn read(lab: &Lab, path: &str, range: ByteRange) -> crate::Result<(String, u64, Option<u64>)> {
    let part = lab.tree.read_artifact(&call(), &RunId::new(FIRST), path, range).await?;
    Ok((String::from_utf8_lossy(&part.bytes).into_owned(), part.offset, part.size))
}

#[tokio::test]
async fn folders_are_listed_and_files_are_read_in_parts() {
    let lab = Lab::new();
    lab.of_first("artifacts/config.yml", "lr: 0.1\n");
    lab.of_first("artifacts/reports/100% größe.txt", "0123456789");

    assert_eq!(paths(&lab, "").await, ["config.yml Some(8)", "reports None"]);
    assert_eq!(paths(&lab, "reports").await, ["reports/100% größe.txt Some(10)"]);
    assert!(paths(&lab, "config.yml").await.is_empty() && paths(&lab, "nothing").await.is_empty());
    let file = "reports/100% größe.txt";
    for (range, text, offset) in [
        (ALL, "0123456789", 0),
        (ByteRange::From { offset: 2, length: 3 }, "234", 2),
        (ByteRange::From { offset: 8, length: 9 }, "89", 8),
        (ByteRange::From { offset: 99, length: 9 }, "", 10),
        (ByteRange::Last(4), "6789", 6),
        (ByteRange::Last(400), "0123456789", 0),
    ] {
        assert_eq!(read(&lab, file, range).await, Ok((text.to_owned(), offset, Some(10))), "{range:?}");
    }
    assert_eq!(read(&lab, "nothing", ALL).await.unwrap_err().kind, ErrorKind::NotFound);
    assert_eq!(read(&lab, "reports", ALL).await.unwrap_err().kind, ErrorKind::BadInput);
}

#[tokio::test]
async fn no_path_leads_out_of_a_run() {
    let lab = Lab::new();
    lab.of_first("artifacts/a.txt", "a");
    for path in ["../meta.yaml", "a/../../meta.yaml", "/etc/passwd", "", "..\\meta.yaml", "file:///etc/passwd"] {
        let error = read(&lab, path, ALL).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadInput, "{path}");
    }
    let other = lab.tree.read_artifact(&call(), &RunId::new("../100"), "meta.yaml", ALL).await.unwrap_err();
    assert_eq!(other.kind, ErrorKind::NotFound);
}

#[cfg(unix)]
#[tokio::test]
async fn links_that_lead_out_are_neither_followed_nor_shown() {
    use std::os::unix::fs::symlink;
    let lab = Lab::new();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret"), "secret").unwrap();
    lab.of_first("artifacts/a.txt", "a");
    let root = lab.path(&format!("100/{FIRST}/artifacts"));
    symlink(outside.path().join("secret"), root.join("file")).unwrap();
    symlink(outside.path(), root.join("folder")).unwrap();
    symlink("../meta.yaml", root.join("meta")).unwrap();
    symlink("a.txt", root.join("inside")).unwrap();

    let page = lab.tree.artifacts(&call(), &RunId::new(FIRST), "", None).await.unwrap();

    assert_eq!(page.rows.iter().map(|row| row.path.as_str()).collect::<Vec<_>>(), ["a.txt", "inside"]);
    assert!(page.notes[0].starts_with("3 entries are not shown"), "{:?}", page.notes);
    for path in ["file", "folder/secret", "meta"] {
        let error = read(&lab, path, ALL).await.unwrap_err();
        assert!(error.message.contains("leads out of the run"), "{path}: {error}");
    }
    assert_eq!(read(&lab, "inside", ALL).await.unwrap().0, "a");
}

#[tokio::test]
async fn a_run_that_keeps_its_files_elsewhere_is_told_and_not_followed() {
    let lab = Lab::new();
    let meta = lab.path(&format!("100/{FIRST}/meta.yaml"));
    let plain = fs::read_to_string(&meta).unwrap();
    lab.of_first("artifacts/a.txt", "a");
    for place in ["/etc", "file:///etc", "s3://bucket/100/x/artifacts", &format!("https://h/100/{FIRST}/artifacts")] {
        let there = format!("artifact_uri: file:///made/here/100/{FIRST}/artifacts");
        fs::write(&meta, plain.replace(&there, &format!("artifact_uri: {place}"))).unwrap();
        let error = lab.tree.artifacts(&call(), &RunId::new(FIRST), "", None).await.unwrap_err();
        assert!(error.kind == ErrorKind::Unsupported && error.message.contains(place), "{error}");
        assert_eq!(read(&lab, "passwd", ALL).await.unwrap_err().kind, ErrorKind::Unsupported);
    }
}
