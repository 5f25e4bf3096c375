//! Integration tests: one binary, one file for each subject.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod answers;
mod dispatch;
mod mlflow_double;
mod models;
mod populations;
mod search_costs;
mod search_properties;
mod tracker_of_double;
