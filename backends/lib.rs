//! Experiment trackers behind one trait: the [`Tracker`] side of tracker-mcp.
//!
//! One folder per kind of server, one shared HTTP client, one normalised model. Nothing here knows MCP.

pub mod allowance;
pub mod call;
pub mod capabilities;
pub mod clearml;
pub mod error;
pub mod http;
pub mod ini_file;
mod kept;
pub mod local;
mod loopback;
pub mod mlflow;
mod mlflow_model;
pub mod model;
pub mod nearest;
mod percent;
pub mod placeholder;
pub mod query;
pub mod registry;
pub mod same_key;
pub mod secret;
pub mod section;
mod served;
pub mod settings;
#[cfg(test)]
mod test_home;
pub mod tracker;

pub use call::Call;
pub use capabilities::Capabilities;
pub use error::{Error, ErrorKind, Result};
pub use tracker::{Tracker, TrackerDatasets, TrackerJobs, TrackerModels, TrackerQueues, TrackerTraces, TrackerWriter};
