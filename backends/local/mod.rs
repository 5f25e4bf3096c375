//! MLflow's stores on this machine's disk, without a server: read only.

mod artifacts;
mod config;
mod place;
mod sqlite;

use std::sync::Arc;

use crate::mlflow_model;
use crate::registry::{Discovered, Kind};
use crate::settings::Environment;
use crate::{Capabilities, Error, Result, Tracker};

use config::{Config, Found, Kept};
use sqlite::Sqlite;

/// The name of the kind, and of a tracker of it.
const NAME: &str = "local";

/// What a store can do.
const CAPABILITIES: Capabilities = Capabilities {
    projects: true,
    runs: true,
    artifacts: true,
    metric_extremes: false,
    run_types: false,
    configuration_objects: false,
};

/// The kind `local`.
pub const KIND: Kind = Kind {
    name: NAME,
    title: "MLflow's local store",
    last_value: mlflow_model::LAST_VALUE,
    step: mlflow_model::STEP,
    how_to_configure: "set MLFLOW_TRACKING_URI to an MLflow store on this machine, such as sqlite:///mlflow.db, or start in the folder where mlflow.db lies",
    capabilities: CAPABILITIES,
    schemes: &[],
    keys: config::KEYS,
    discover,
    of_section,
};

/// Finds the store that MLflow's own client would use, if its variable names one.
fn discover(environment: &Environment) -> Option<Discovered> {
    config::find(environment).map(discovered)
}

/// What lies in the working directory, for when nothing else is configured.
pub(crate) fn beside(environment: &Environment) -> Option<Discovered> {
    config::beside(environment).map(discovered)
}

/// Makes the tracker that a section names.
fn of_section(environment: &Environment) -> Discovered {
    config::find(environment).map_or_else(|| lacks_store(environment), discovered)
}

fn discovered(found: Found) -> Discovered {
    let tracker = found.config.and_then(tracker);
    Discovered { name: found.name, kind: NAME, settings: found.settings, warnings: found.warnings, tracker }
}

fn lacks_store(environment: &Environment) -> Discovered {
    let name = environment.tracker().unwrap_or(NAME).to_owned();
    let error = Error::bad_input(format!(
        "url is missing in [tracker {name}]: the file mlflow.db or the folder mlruns of a store"
    ));
    Discovered { name, kind: NAME, settings: Vec::new(), warnings: Vec::new(), tracker: Err(error) }
}

/// The tracker before a store, by how it is kept.
fn tracker(config: Config) -> Result<Arc<dyn Tracker>> {
    match config.kept.clone() {
        Kept::Database(path) => Ok(Arc::new(Sqlite::new(config, path))),
        Kept::Folder(path) => Err(Error::unsupported(format!(
            "{path} is a tree of files, which is not read directly; start a server before it: \
             MLFLOW_ALLOW_FILE_STORE=true mlflow server --backend-store-uri {path} --host 127.0.0.1 --port 5000, and set \
             MLFLOW_TRACKING_URI=http://127.0.0.1:5000",
            path = path.display()
        ))),
    }
}
