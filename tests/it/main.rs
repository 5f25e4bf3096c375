//! The one integration-test binary: what holds for the whole, seen from outside.

// What denies these outside tests (Cargo.toml) sees tests only where a function is marked as one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod answers;
mod asking;
mod bad_input;
mod canned;
mod clearml_costs;
mod clearml_outages;
mod clearml_pipelines;
mod coming_from;
mod configuration_page;
mod conformance;
mod connection;
mod demo;
mod dispatch;
mod guide_examples;
mod install;
mod layering;
mod limits;
mod local_traces;
mod local_write;
mod mlflow_double;
mod models;
mod never_sent;
mod populations;
mod process;
mod progress;
mod protocol;
mod readme;
mod registry;
mod reload;
mod replay;
mod search_costs;
mod search_properties;
mod secrets;
mod several;
mod snapshots;
mod stdio;
mod tools_page;
mod traces;
mod tracker_of_double;
mod unconfigured;
mod versions;
