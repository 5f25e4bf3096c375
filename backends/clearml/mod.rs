//! ClearML.

mod config;
