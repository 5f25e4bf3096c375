//! Which store is meant.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::*;
use crate::registry;

/// A working directory with these files.
fn folder(files: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    folder
}

fn found(variables: &[(&str, &str)], folder: &Path) -> Option<(Kept, String)> {
    let environment = Environment::of(variables, Some(Path::new("/homes/ada"))).within(folder);
    let found = find(&environment).or_else(|| beside(&environment))?;
    assert_eq!(found.name, "local");
    Some((found.config.unwrap().kept, found.warnings.join(" ")))
}

#[test]
fn the_variable_of_mlflows_client_names_a_database_or_a_folder() {
    let here = Path::new("/project");
    for (uri, kept) in [
        ("sqlite:///mlflow.db", Kept::Database("/project/mlflow.db".into())),
        ("sqlite:///./data/a.db", Kept::Database("/project/data/a.db".into())),
        ("sqlite:////data/mlflow.db", Kept::Database("/data/mlflow.db".into())),
        ("./mlruns", Kept::Folder("/project/mlruns".into())),
        ("file:///data/mlruns", Kept::Folder("/data/mlruns".into())),
        ("~/mlruns", Kept::Folder("/homes/ada/mlruns".into())),
    ] {
        assert_eq!(found(&[(URI, uri)], here), Some((kept, String::new())), "{uri}");
    }
    assert_eq!(found(&[(URI, "http://127.0.0.1:5000")], here), None);
}

#[test]
fn a_database_in_memory_is_refused() {
    let error = find(&Environment::of(&[(URI, "sqlite://")], None)).unwrap().config.unwrap_err();
    assert!(error.message.contains("a database in memory"), "{error}");
}

#[test]
fn with_nothing_configured_it_is_what_lies_in_the_working_directory() {
    let both = folder(&["mlflow.db", "mlruns/0/meta.yaml"]);
    let (kept, told) = found(&[], both.path()).unwrap();
    assert_eq!(kept, Kept::Database(both.path().join("mlflow.db")));
    assert!(told.contains("no tracker is configured") && told.contains("only read"), "{told}");
    assert!(told.contains("beside it lies"), "{told}");
    let tree = folder(&["mlruns/0/meta.yaml"]);
    assert_eq!(found(&[], tree.path()).unwrap().0, Kept::Folder(tree.path().join("mlruns")));
    // Files of runs that a server or a database elsewhere knows.
    assert_eq!(found(&[], folder(&["mlruns/1/8aa0/artifacts/a.txt"]).path()), None);
    assert_eq!(found(&[], folder(&[]).path()), None);
}

#[test]
fn what_is_configured_goes_before_the_working_directory() {
    let here = folder(&["mlflow.db"]);
    let names = |variables: &[(&str, &str)]| -> Vec<String> {
        let environment = Environment::of(variables, None).within(here.path());
        registry::discover(&environment).into_iter().map(|found| found.name).collect()
    };
    assert_eq!(names(&[]), [""; 0]);
    assert_eq!(registry::beside(&Environment::of(&[], None).within(here.path())).unwrap().name, "local");
    assert_eq!(names(&[(URI, "http://127.0.0.1:5000")]), ["mlflow"]);
    assert_eq!(names(&[(URI, "sqlite:////data/other.db")]), ["local"]);
}

#[test]
fn a_path_is_the_store_or_the_folder_that_holds_it() {
    let here = folder(&["a/mlflow.db", "b/mlruns/0/meta.yaml", "mlruns/0/meta.yaml"]);
    let path = |below: &str| here.path().join(below);
    assert_eq!(of_path(&path("a")), Kept::Database(path("a/mlflow.db")));
    assert_eq!(of_path(&path("a/mlflow.db")), Kept::Database(path("a/mlflow.db")));
    assert_eq!(of_path(&path("b")), Kept::Folder(path("b/mlruns")));
    assert_eq!(of_path(&path("mlruns")), Kept::Folder(path("mlruns")));
    assert_eq!(of_path(&path("not/there.db")), Kept::Database(path("not/there.db")));
}
