//! Where a run or a trace keeps its files on this machine: the folder that was recorded, or the same below the store's own
//! folder, where somebody moved or copied the store.
//!
//! Stores come from anybody, and so do the folders recorded in them. MLflow's always end in `<run>/artifacts` or
//! `traces/<trace>/artifacts`: no other is read, whatever a store says and wherever a link leads.

use std::fmt;
use std::path::{Path, PathBuf};

use url::Url;

use crate::mlflow_model::text::plain_id;
use crate::model::RunId;
use crate::secret::SafeUrl;
use crate::{Error, Result};

/// What MLflow calls the folder of a run's files.
const ARTIFACTS: &str = "artifacts";
/// The folder of an experiment in which its traces have theirs.
const TRACES: &str = "traces";
/// Folders beside a store in which MLflow keeps files: its servers in the first, its client in the second.
const BESIDE: [&str; 3] = ["mlartifacts", "mlruns", ARTIFACTS];

/// Whose files they are.
#[derive(Clone, Copy, Debug)]
pub(super) enum Owner<'a> {
    Run(&'a RunId),
    /// A trace, by its id.
    Trace(&'a str),
}

impl Owner<'_> {
    fn id(&self) -> &str {
        match self {
            Self::Run(run) => run.as_str(),
            Self::Trace(id) => id,
        }
    }

    /// The end of the path of every folder of its files, below that of its experiment.
    fn folder(&self) -> PathBuf {
        match self {
            Self::Run(run) => Path::new(run.as_str()).join(ARTIFACTS),
            Self::Trace(id) => Path::new(TRACES).join(id).join(ARTIFACTS),
        }
    }
}

impl fmt::Display for Owner<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run(run) => write!(formatter, "run {run}"),
            Self::Trace(id) => write!(formatter, "trace {id}"),
        }
    }
}

/// The folder of an owner's files, as far as it can be told.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It is here, with all links in its path followed.
    Here(PathBuf),
    /// It is not there: the owner may have logged nothing.
    Nowhere {
        /// Not even the folder in which all have theirs is there.
        lost: Option<String>,
    },
}

/// Where a run or trace keeps its files. `recorded` is what the store says, `home` the folder that the store lies in.
///
/// # Errors
///
/// *Unsupported*, naming the place, if it is on no disk, or is no folder of its own.
pub(super) fn place(recorded: &str, home: &Path, experiment: &str, owner: Owner<'_>) -> Result<Place> {
    let names = names(recorded, home, experiment, owner)?;
    for folder in &names.candidates {
        let Ok(folder) = folder.canonicalize() else { continue };
        if !folder.is_dir() {
            continue;
        }
        return if ends_well(&folder, owner) { Ok(Place::Here(folder)) } else { Err(no_folder(recorded, owner)) };
    }
    // `<folder of all>/<experiment>/<run>/artifacts`
    let depth = owner.folder().iter().count() + 1;
    let top = names.candidates.first().and_then(|folder| folder.ancestors().nth(depth));
    let lost = top.filter(|top| !top.exists()).map(|top| top.display().to_string());
    Ok(Place::Nowhere { lost })
}

/// Where the folder may be, the best first.
struct Names {
    candidates: Vec<PathBuf>,
}

fn names(recorded: &str, home: &Path, experiment: &str, owner: Owner<'_>) -> Result<Names> {
    let mut candidates = Vec::new();
    let kept = if let Some(rest) = recorded.strip_prefix("mlflow-artifacts:") {
        // A server keeps them, and perhaps it runs here.
        PathBuf::from(rest.trim_start_matches('/'))
    } else if let Some(path) = local(recorded) {
        let path = if path.is_relative() { home.join(path) } else { path };
        candidates.push(path.clone());
        path
    } else {
        let shown = Url::parse(recorded).map(|url| SafeUrl::new(url).to_string());
        let shown = shown.unwrap_or_else(|_| "a place that cannot be read".to_owned());
        return Err(Error::unsupported(format!(
            "{owner} keeps its files at {shown}; only files on this machine are read from a local store"
        )));
    };
    if !ends_well(&kept, owner) {
        return Err(no_folder(recorded, owner));
    }
    // The last folders of the recorded path below the store's own: `mlruns/1/<run>/artifacts`, `files/<run>/artifacts`.
    let segments: Vec<_> = kept.iter().collect();
    let own = owner.folder();
    let depth = own.iter().count();
    for length in [depth + 2, depth + 1] {
        let last: PathBuf = segments.iter().skip(segments.len().saturating_sub(length)).collect();
        if last.is_relative() {
            candidates.push(home.join(last));
        }
    }
    let plain = !experiment.is_empty() && experiment.bytes().all(|b| b.is_ascii_alphanumeric());
    if plain {
        let below = |folder: &str| home.join(folder).join(experiment).join(&own);
        candidates.extend(BESIDE.map(below));
    }
    Ok(Names { candidates })
}

/// A path of this machine: `/a/b`, `./mlruns/…`, `C:\a`, `file:///a/b`.
fn local(recorded: &str) -> Option<PathBuf> {
    if recorded.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("file:")) {
        return Url::parse(recorded).ok()?.to_file_path().ok();
    }
    let scheme = recorded.split_once(':').map(|(scheme, _)| scheme);
    let on_disk = scheme.is_none_or(|scheme| scheme.len() == 1 || scheme.contains(['/', '\\', '.']));
    (on_disk && !recorded.is_empty()).then(|| PathBuf::from(recorded))
}

/// Whether a folder is one of this owner's, by the end of its path.
fn ends_well(folder: &Path, owner: Owner<'_>) -> bool {
    plain_id(owner.id()) && folder.ends_with(owner.folder())
}

fn no_folder(recorded: &str, owner: Owner<'_>) -> Error {
    let shown: String = recorded.chars().take(200).flat_map(char::escape_debug).collect();
    Error::unsupported(format!(
        "the store says that {owner} keeps its files in '{shown}', which is not a folder that MLflow makes for it \
         (…/{}); nothing else is read",
        owner.folder().display()
    ))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;
    use crate::ErrorKind;

    const RUN: &str = "8aa0cb1eb8234eae8d547e2e7ef9d313";

    fn run() -> RunId {
        RunId::new(RUN)
    }

    fn made(below: &str) -> (TempDir, PathBuf) {
        let home = TempDir::new().unwrap();
        let folder = home.path().join(below).join(RUN).join("artifacts");
        fs::create_dir_all(&folder).unwrap();
        let folder = folder.canonicalize().unwrap();
        (home, folder)
    }

    #[test]
    fn the_recorded_folder_is_taken_in_every_spelling() {
        let (home, folder) = made("mlruns/1");
        let other = TempDir::new().unwrap();
        let path = folder.display().to_string();
        for recorded in [path.clone(), format!("file://{path}"), format!("file:{path}")] {
            assert_eq!(
                place(&recorded, other.path(), "1", Owner::Run(&run())),
                Ok(Place::Here(folder.clone())),
                "{recorded}"
            );
        }
        let relative = format!("./mlruns/1/{RUN}/artifacts");
        assert_eq!(place(&relative, home.path(), "1", Owner::Run(&run())), Ok(Place::Here(folder)));
    }

    #[test]
    fn a_store_that_was_moved_finds_its_files_beside_itself() {
        for below in ["mlruns/7", "mlartifacts/7", "own-folder/7", "artifacts/7"] {
            let (home, folder) = made(below);
            let recorded = format!("/home/ada/gone/{below}/{RUN}/artifacts");
            assert_eq!(place(&recorded, home.path(), "7", Owner::Run(&run())), Ok(Place::Here(folder)), "{below}");
        }
        let (home, folder) = made("mlartifacts/7");
        for recorded in [format!("mlflow-artifacts:/7/{RUN}/artifacts"), format!("/x/mlruns/7/{RUN}/artifacts")] {
            assert_eq!(
                place(&recorded, home.path(), "7", Owner::Run(&run())),
                Ok(Place::Here(folder.clone())),
                "{recorded}"
            );
        }
    }

    #[test]
    fn a_run_without_files_is_nowhere_and_a_lost_folder_is_told() {
        let home = TempDir::new().unwrap();
        let root = home.path().join("mlruns");
        let recorded = root.join("1").join(RUN).join("artifacts").display().to_string();
        let lost = Some(root.display().to_string());
        assert_eq!(place(&recorded, home.path(), "1", Owner::Run(&run())), Ok(Place::Nowhere { lost }));
        fs::create_dir(&root).unwrap();
        assert_eq!(place(&recorded, home.path(), "1", Owner::Run(&run())), Ok(Place::Nowhere { lost: None }));
    }

    #[test]
    fn what_is_on_no_disk_is_named_and_not_fetched() {
        let home = TempDir::new().unwrap();
        for recorded in [format!("s3://bucket/1/{RUN}/artifacts"), "dbfs:/databricks/x".to_owned()] {
            let error = place(&recorded, home.path(), "1", Owner::Run(&run())).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Unsupported);
            assert!(error.message.contains(recorded.split('/').next().unwrap()), "{error}");
        }
        let secret = place("s3://key:hunter2@bucket/x", home.path(), "1", Owner::Run(&run())).unwrap_err();
        assert!(!secret.message.contains("hunter2"), "{secret}");
    }

    #[test]
    fn a_folder_that_is_not_the_runs_own_is_never_read() {
        let (home, folder) = made("mlruns/1");
        for recorded in ["/etc", "file:///etc", "/", &format!("{}/..", folder.display()), "mlflow-artifacts:/etc"] {
            let error = place(recorded, home.path(), "1", Owner::Run(&run())).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Unsupported, "{recorded}: {error}");
        }
        let odd = RunId::new("..");
        assert!(place("/etc/../artifacts", home.path(), "1", Owner::Run(&odd)).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_is_a_link_to_another_place_is_not_the_runs_own() {
        let (home, folder) = made("mlruns/1");
        fs::remove_dir(&folder).unwrap();
        std::os::unix::fs::symlink("/etc", &folder).unwrap();
        assert_eq!(
            place(&folder.display().to_string(), home.path(), "1", Owner::Run(&run())).unwrap_err().kind,
            ErrorKind::Unsupported
        );
    }

    #[cfg(unix)]
    #[test]
    fn the_folder_of_all_runs_may_be_a_link() {
        let (real, folder) = made("kept/1");
        let home = TempDir::new().unwrap();
        std::os::unix::fs::symlink(real.path().join("kept"), home.path().join("mlruns")).unwrap();
        let recorded = format!("./mlruns/1/{RUN}/artifacts");
        assert_eq!(place(&recorded, home.path(), "1", Owner::Run(&run())), Ok(Place::Here(folder)));
    }

    #[test]
    fn a_traces_folder_lies_below_those_of_its_experiments_traces() {
        let id = "tr-da7d2ebbb8fe6d9083bb7124409a2b81";
        let home = TempDir::new().unwrap();
        let folder = home.path().join("mlruns/2/traces").join(id).join("artifacts");
        fs::create_dir_all(&folder).unwrap();
        let folder = folder.canonicalize().unwrap();
        for recorded in [
            folder.display().to_string(),
            format!("mlflow-artifacts:/2/traces/{id}/artifacts"),
            format!("/home/ada/gone/mlruns/2/traces/{id}/artifacts"),
        ] {
            let found = place(&recorded, home.path(), "2", Owner::Trace(id));
            assert_eq!(found, Ok(Place::Here(folder.clone())), "{recorded}");
        }
        for recorded in [format!("/etc/{id}/artifacts"), "/etc".to_owned(), format!("/etc/traces/{id}")] {
            let error = place(&recorded, home.path(), "2", Owner::Trace(id)).unwrap_err();
            assert!(error.message.contains("not a folder that MLflow makes for it"), "{recorded}: {error}");
        }
    }
}
