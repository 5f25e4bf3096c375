//! Files below a run's artifact root.

use std::fs;
use std::io::{self, Read};

use super::Lab;
use crate::ErrorKind;

/// Gives some bytes, then fails.
struct Breaking(bool);

impl Read for Breaking {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if std::mem::replace(&mut self.0, true) {
            return Err(io::Error::other("the cable is cut"));
        }
        buffer[..4].copy_from_slice(b"half");
        Ok(4)
    }
}

#[test]
fn an_artifact_lies_below_the_run_and_is_replaced_whole() {
    let lab = Lab::new();
    let root = lab.folder.path().canonicalize().unwrap().join("mlruns/1").join(lab.run.as_str()).join("artifacts");

    let first = lab.store.log_artifact(&lab.run, "reports/summary.txt", &mut "long ago".as_bytes()).unwrap();
    lab.store.log_artifact(&lab.run, "reports/summary.txt", &mut "new".as_bytes()).unwrap();

    assert_eq!(first, root.join("reports/summary.txt"));
    assert_eq!(fs::read_to_string(&first).unwrap(), "new");
    assert_eq!(fs::read_dir(root.join("reports")).unwrap().count(), 1);
}

#[test]
fn what_breaks_off_leaves_what_was_there() {
    let lab = Lab::new();
    let file = lab.store.log_artifact(&lab.run, "model.bin", &mut "whole".as_bytes()).unwrap();

    let error = lab.store.log_artifact(&lab.run, "model.bin", &mut Breaking(false)).unwrap_err();

    assert!(error.kind == ErrorKind::Unavailable && error.message.contains("the cable is cut"), "{error}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "whole");
    assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn a_path_that_leads_out_is_refused() {
    let lab = Lab::new();
    for path in ["../x", "/etc/x", "a/../../x", "", "a//b", "C:/x"] {
        let error = lab.store.log_artifact(&lab.run, path, &mut "x".as_bytes()).unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadInput, "{path}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_out_is_not_followed() {
    let lab = Lab::new();
    let outside = tempfile::tempdir().unwrap();
    let file = lab.store.log_artifact(&lab.run, "a.txt", &mut "a".as_bytes()).unwrap();
    let root = file.parent().unwrap();
    std::os::unix::fs::symlink(outside.path(), root.join("out")).unwrap();
    std::os::unix::fs::symlink(outside.path().join("gone"), root.join("dangling")).unwrap();
    fs::write(outside.path().join("victim"), "precious").unwrap();
    std::os::unix::fs::symlink(outside.path().join("victim"), root.join("link.txt")).unwrap();

    for path in ["out/x.txt", "out/deep/x.txt", "dangling/x.txt"] {
        assert!(lab.store.log_artifact(&lab.run, path, &mut "x".as_bytes()).is_err(), "{path}");
    }
    lab.store.log_artifact(&lab.run, "link.txt", &mut "mine".as_bytes()).unwrap();

    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
    assert_eq!(fs::read_to_string(outside.path().join("victim")).unwrap(), "precious");
    assert_eq!(fs::read_to_string(root.join("link.txt")).unwrap(), "mine");
}

#[test]
fn a_run_that_keeps_its_artifacts_elsewhere_is_told() {
    let lab = Lab::new();
    let elsewhere = "UPDATE runs SET artifact_uri = 's3://bucket/1'";
    rusqlite::Connection::open(lab.file()).unwrap().execute_batch(elsewhere).unwrap();
    let error = lab.store.log_artifact(&lab.run, "a.txt", &mut "a".as_bytes()).unwrap_err();
    assert!(error.kind == ErrorKind::Unsupported && error.message.contains("s3"), "{error}");
}
