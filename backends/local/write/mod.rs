//! Writing to a store that MLflow reads: a new one, or one of MLflow's that the operator lets us write to.

mod artifacts;
mod experiments;
mod inputs;
mod limits;
mod location;
mod metrics;
mod params;
mod runs;
mod schema;
mod store;
mod tags;

pub use experiments::NewExperiment;
pub use inputs::{DatasetSource, LoggedDataset};
pub use metrics::Measurement;
pub use runs::NewRun;
pub use store::{Permission, Store};

#[cfg(test)]
mod tests;
