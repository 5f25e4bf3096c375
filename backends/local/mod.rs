//! MLflow's stores on this machine's disk, without a server.

mod escaped;
pub mod tree;
pub mod write;
