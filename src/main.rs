//! `tracker-mcp`: one MCP server for experiment trackers.

use std::process::ExitCode;

use clap::Parser;
use tracker_mcp::cli::Command;

fn main() -> ExitCode {
    tracker_mcp::cli::run(Command::parse())
}
