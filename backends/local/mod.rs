//! MLflow's stores on this machine's disk, without a server: read as a tracker, and written to by themselves.

mod artifacts;
mod candidates;
mod config;
mod datasets;
mod models;
mod place;
mod run_files;
mod sqlite;
mod trace_files;
mod tree;
pub mod write;

use std::sync::Arc;

use crate::mlflow_model;
use crate::registry::{Discovered, Kind};
use crate::settings::Environment;
use crate::{Capabilities, Error, Tracker};

use config::{Config, Found, Kept};
use sqlite::Sqlite;
use tree::Tree;

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
    consoles: false,
    datasets: true,
    models: true,
    queues: false,
    traces: true,
};

/// The kind `local`.
pub const KIND: Kind = Kind {
    name: NAME,
    title: "MLflow's local store",
    last_value: mlflow_model::LAST_VALUE,
    step: mlflow_model::STEP,
    how_to_configure: "set MLFLOW_TRACKING_URI to an MLflow store on this machine, such as sqlite:///mlflow.db or ./mlruns, or start in the folder where mlflow.db or mlruns lies",
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
    let tracker = found.config.map(tracker);
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
fn tracker(config: Config) -> Arc<dyn Tracker> {
    match config.kept.clone() {
        Kept::Database(path) => Arc::new(Sqlite::new(config, path)),
        Kept::Folder(path) => Arc::new(Tree::new(config, path)),
    }
}
