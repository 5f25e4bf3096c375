//! ClearML.

#[allow(dead_code, reason = "what is made of it comes with the backend")]
mod config;
