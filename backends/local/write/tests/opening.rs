//! Which files are made, opened, refused; and that what is refused stays as it was.

use std::fs;
use std::path::Path;

use rusqlite::Connection;

use super::super::{NewExperiment, NewRun, Permission, Store, schema};
use super::{Lab, NOW, rows};
use crate::{ErrorKind, Result};

/// A store as MLflow makes it.
fn of_mlflow(file: &Path) {
    Connection::open(file).unwrap().execute_batch(schema::STATEMENTS).unwrap();
}

/// Opens it in vain; the file must be the same afterwards.
fn refused(file: &Path, permission: Permission) -> (ErrorKind, String) {
    let before = fs::read(file).unwrap();
    let error = Store::open(file, permission).unwrap_err();
    assert_eq!(fs::read(file).unwrap(), before, "{error}");
    (error.kind, error.message)
}

#[test]
fn a_new_store_has_the_experiment_and_workspace_that_mlflow_makes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mlflow.db");

    let store = Store::create(&file, NOW).unwrap();

    let root = folder.path().canonicalize().unwrap().display().to_string();
    assert_eq!(store.path(), Path::new(&root).join("mlflow.db"));
    assert_eq!(
        rows(&file, "SELECT * FROM experiments"),
        [format!("0 Default {root}/mlruns/0 active 1780300800000 1780300800000 default")]
    );
    assert_eq!(rows(&file, "SELECT name FROM workspaces"), ["default"]);
    assert_eq!(rows(&file, "SELECT version_num FROM alembic_version"), [schema::VERSION]);
}

#[test]
fn the_statements_name_the_version_that_is_checked() {
    assert!(schema::STATEMENTS.contains(&format!("VALUES ('{}')", schema::VERSION)));
    assert!(schema::STATEMENTS.starts_with(&format!("-- The schema of MLflow {} ", schema::MLFLOW)));
}

#[test]
fn a_new_store_replaces_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in [("store", None), ("text", Some(b"precious".as_slice())), ("long", Some(&[7; 5_000]))] {
        let file = folder.path().join(name);
        match content {
            Some(content) => fs::write(&file, content).unwrap(),
            None => drop(Store::create(&file, NOW).unwrap()),
        }
        let before = fs::read(&file).unwrap();

        let error = Store::create(&file, NOW).unwrap_err();

        assert!(error.kind == ErrorKind::BadInput && error.message.contains("exists already"), "{name}: {error}");
        assert_eq!(fs::read(&file).unwrap(), before, "{name}");
    }
}

#[test]
fn an_empty_file_becomes_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mlflow.db");
    fs::write(&file, "").unwrap();
    Store::create(&file, NOW).unwrap();
    assert!(Store::open(&file, Permission::OwnStores).is_ok());
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let error = Store::create(Path::new("/nowhere/at/all/mlflow.db"), NOW).unwrap_err();
    assert!(error.kind == ErrorKind::NotFound && error.message.contains("/nowhere/at/all"), "{error}");
    let folder = tempfile::tempdir().unwrap();
    let error = Store::open(&folder.path().join("mlflow.db"), Permission::AnyStore).unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_store_of_mlflow_needs_the_permission() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mlflow.db");
    of_mlflow(&file);

    let (kind, message) = refused(&file, Permission::OwnStores);
    assert!(kind == ErrorKind::NotAllowed && message.contains("allowed by the operator"), "{message}");

    assert!(Store::open(&file, Permission::AnyStore).is_ok());
}

#[test]
fn another_schema_is_refused_with_the_one_known() {
    let folder = tempfile::tempdir().unwrap();
    let changes = [
        ("UPDATE alembic_version SET version_num = 'ffffffffffff'", "ffffffffffff"),
        ("INSERT INTO alembic_version VALUES ('ffffffffffff')", "ffffffffffff"),
        ("DELETE FROM alembic_version", "only dc11669786a5"),
        ("ALTER TABLE runs ADD COLUMN colour TEXT", "its tables are others"),
        ("ALTER TABLE latest_metrics RENAME COLUMN step TO pace", "its tables are others"),
        ("DROP TABLE input_tags", "its tables are others"),
        ("DROP TABLE alembic_version", "not a store of MLflow"),
    ];
    for (at, (change, told)) in changes.into_iter().enumerate() {
        let file = folder.path().join(at.to_string());
        of_mlflow(&file);
        Connection::open(&file).unwrap().execute_batch(change).unwrap();
        let (kind, message) = refused(&file, Permission::AnyStore);
        assert!(kind == ErrorKind::Unsupported && message.contains(told), "{change}: {message}");
    }
}

#[test]
fn what_is_no_store_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mlflow.db");
    let whole = {
        of_mlflow(&file);
        fs::read(&file).unwrap()
    };
    let mut overwritten = whole.clone();
    overwritten[4_096..].fill(0x5a);
    for (content, told) in [
        (b"a text, and a long one at that".repeat(100), "not an SQLite database"),
        (Vec::new(), "not a store of MLflow"),
        (whole[..whole.len() / 2].to_vec(), "is damaged"),
        (whole[..50].to_vec(), "is damaged"),
        (overwritten, "is damaged"),
    ] {
        fs::write(&file, content).unwrap();
        for permission in [Permission::AnyStore, Permission::OwnStores] {
            let (kind, message) = refused(&file, permission);
            assert!(message.contains(told) || kind == ErrorKind::NotAllowed, "{told}: {message}");
        }
    }
}

#[test]
fn a_store_that_mlflow_upgrades_meanwhile_is_not_written_to_any_more() {
    let mut lab = Lab::new();
    let upgrade = "ALTER TABLE runs ADD COLUMN colour TEXT; UPDATE alembic_version SET version_num = 'ffffffffffff'";
    Connection::open(lab.file()).unwrap().execute_batch(upgrade).unwrap();

    let error = lab.store.set_tags(&lab.run, &[("a", "b")]).unwrap_err();

    assert!(error.kind == ErrorKind::Unsupported && error.message.contains("ffffffffffff"), "{error}");
    assert!(lab.rows("SELECT * FROM tags WHERE key = 'a'").is_empty());
}

#[test]
fn an_index_that_somebody_adds_does_not_matter() {
    let mut lab = Lab::new();
    Connection::open(lab.file()).unwrap().execute_batch("CREATE INDEX mine ON runs (name)").unwrap();
    assert_eq!(lab.store.set_tags(&lab.run, &[("a", "b")]), Ok(()));
}

/// The files of a store whose writer died in the midst of a transaction, in a new folder.
fn left_half_written(lab: &Lab) -> tempfile::TempDir {
    let connection = Connection::open(lab.file()).unwrap();
    connection.execute_batch("PRAGMA cache_size = 1; BEGIN").unwrap();
    for at in 0..500 {
        let tag = "INSERT INTO tags VALUES (?1, ?2, ?3)";
        connection.execute(tag, rusqlite::params![format!("k{at}"), "v".repeat(500), lab.run.as_str()]).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    for name in ["mlflow.db", "mlflow.db-journal"] {
        fs::copy(lab.folder.path().join(name), folder.path().join(name)).unwrap();
    }
    folder
}

#[test]
fn a_store_of_ours_whose_writer_died_is_brought_back() {
    let lab = Lab::new();
    let left = left_half_written(&lab);
    let file = left.path().join("mlflow.db");

    let mut store = Store::open(&file, Permission::OwnStores).unwrap();

    assert_eq!(store.set_tags(&lab.run, &[("a", "b")]), Ok(()));
    assert_eq!(rows(&file, "SELECT count(*) FROM tags"), ["2"]);
}

#[test]
fn a_store_of_others_whose_writer_died_is_left_alone_without_the_permission() {
    let lab = Lab::new();
    Connection::open(lab.file()).unwrap().execute_batch("PRAGMA application_id = 0").unwrap();
    let left = left_half_written(&lab);
    let journal = left.path().join("mlflow.db-journal");
    let before = fs::read(&journal).unwrap();

    let (kind, _) = refused(&left.path().join("mlflow.db"), Permission::OwnStores);

    assert_eq!((kind, fs::read(&journal).unwrap()), (ErrorKind::NotAllowed, before));
}

#[test]
fn several_writers_at_once_lose_nothing() {
    let lab = Lab::new();
    let file = lab.file();
    let write = |writer: usize| -> Result<()> {
        let mut store = Store::open(&file, Permission::OwnStores)?;
        let new = NewExperiment { name: format!("of {writer}"), ..NewExperiment::default() };
        let experiment = store.create_experiment(&new, NOW)?;
        for at in 0..10 {
            store.create_run(&experiment, &NewRun::named(format!("{writer}.{at}"), NOW))?;
        }
        Ok(())
    };

    let done: Vec<Result<()>> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..4).map(|writer| scope.spawn(move || write(writer))).collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).collect()
    });

    assert_eq!(done, vec![Ok(()); 4]);
    assert_eq!(rows(&file, "SELECT count(*), count(DISTINCT run_uuid) FROM runs"), ["41 41"]);
}
