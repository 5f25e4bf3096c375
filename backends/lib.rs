//! Experiment trackers behind one trait: the [`Tracker`] side of tracker-mcp.
//!
//! One folder per kind of server, one shared HTTP client, one normalised model. Nothing here knows MCP.

pub mod call;
pub mod capabilities;
pub mod clearml;
pub mod error;
pub mod http;
pub mod ini_file;
pub mod local;
pub mod mlflow;
mod mlflow_model;
pub mod model;
pub mod nearest;
pub mod query;
pub mod registry;
pub mod same_key;
pub mod secret;
pub mod section;
mod served;
pub mod settings;
pub mod tracker;

pub use call::Call;
pub use capabilities::Capabilities;
pub use error::{Error, ErrorKind, Result};
pub use tracker::{Tracker, TrackerWriter};
