//! The MCP side of tracker-mcp: protocol, catalogue and tools over the trackers of `backends`.

pub mod analysis;
pub mod arguments;
mod artifact;
pub mod audit;
pub mod catalogue;
pub mod chart;
pub mod cli;
pub mod config;
pub mod cursor;
pub mod direction;
pub mod dispatch;
pub mod guide;
mod instructions;
pub mod live;
mod log;
#[cfg(test)]
mod memory_tracker;
pub mod policy;
pub mod problem;
pub mod prompt;
pub mod references;
pub mod render;
pub mod schema;
pub mod server;
pub mod tool;
pub mod tools;
pub mod trackers;
