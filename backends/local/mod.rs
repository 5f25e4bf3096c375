//! MLflow's stores on this machine's disk, without a server.

pub mod write;
