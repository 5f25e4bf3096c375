//! The one integration-test binary: what holds for the whole, seen from outside.

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
