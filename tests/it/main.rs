//! All integration tests, in one binary.

// What denies these outside tests (Cargo.toml) sees tests only where a function is marked as one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod asking;
mod bad_input;
mod conformance;
mod guide_examples;
mod replay;
mod versions;
