//! All integration tests, in one binary: what holds for the whole, seen from outside.

// What denies these outside tests (Cargo.toml) sees tests only where a function is marked as one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod canned;
mod connection;
mod layering;
mod process;
mod progress;
mod protocol;
mod readme;
mod secrets;
mod snapshots;
mod stdio;
mod tools_page;
