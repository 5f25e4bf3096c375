//! The command line: `serve` for clients, and the same answers for people.

mod ask;
mod config;
mod demo;
mod doctor;
mod install;
mod plot;
mod tools;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use backends::call::SystemClock;
use backends::settings::Environment;
use clap::{Parser, Subcommand};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::prelude::*;

use crate::config::Config;
use crate::live::Live;

/// One MCP server for experiment trackers: MLflow, Databricks and ClearML for Claude, Cursor, Continue and others.
#[derive(Parser)]
#[command(name = "tracker-mcp", version, about)]
pub struct Command {
    /// The server config [default: $TRACKER_MCP_CONFIG, then tracker-mcp.ini in your folder of configurations]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    task: Option<Task>,
}

#[derive(Subcommand)]
enum Task {
    /// Serve one MCP client over stdin and stdout (the default)
    Serve,
    /// Show the tools that clients see
    Tools {
        /// As the result of tools/list
        #[arg(long)]
        json: bool,
    },
    /// Call one tool, on the very same path as a client
    Call {
        /// The tool, such as search_runs
        tool: String,
        /// Its arguments, such as '{"query": "resnet"}'
        #[arg(default_value = "{}")]
        arguments: String,
        /// Print the structured answer
        #[arg(long)]
        json: bool,
    },
    /// Draw a picture of runs into a PNG file: what clients get from plot_metrics
    Plot(plot::Wanted),
    /// The server config: check it, show what it means, or print one to begin with
    Config {
        #[command(subcommand)]
        task: ConfigTask,
    },
    /// Check everything: every setting with its source, then the way to each tracker step by step
    Doctor {
        /// For scripts
        #[arg(long)]
        json: bool,
    },
    /// See it at work: six questions to a sample store that comes with it; needs no tracker and no network
    Demo(demo::Wanted),
    /// Write this server into the configuration of a client, or take it out again; --config is handed on
    Install(install::Wanted),
}

#[derive(Subcommand)]
enum ConfigTask {
    /// Check the file without asking any tracker
    Check,
    /// Show every setting with the place that it comes from; secrets masked
    Show,
    /// Print a file to begin with
    Example,
}

/// Runs the command and says how it ended: 0 well, 1 with an error, 2 when the command itself is wrong.
pub fn run(command: Command) -> ExitCode {
    let live = Arc::new(Live::load(command.config.clone(), Environment::of_process()));
    let config = live.now();
    // What people read is not to be mixed with a line per call.
    let level = if matches!(command.task, Some(Task::Demo(_))) { Some("warn") } else { config.log.as_deref() };
    log_to_stderr(level);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return failed(&format!("the runtime did not start: {error}")),
    };
    let clock = Arc::new(SystemClock);
    let ended = runtime.block_on(async {
        match command.task.unwrap_or(Task::Serve) {
            Task::Serve => {
                report(&config);
                crate::server::serve(live, clock).await.map(|()| ExitCode::SUCCESS)
            }
            Task::Tools { json } => tools::show(config, clock, json),
            Task::Call { tool, arguments, json } => ask::call(config, clock, &tool, &arguments, json).await,
            Task::Plot(wanted) => plot::draw(config, clock, &wanted).await,
            Task::Config { task } => Ok(config::run(&config, &task)),
            Task::Doctor { json } => doctor::check(config, clock, json).await,
            Task::Demo(wanted) => demo::run(&wanted, command.config.as_deref(), clock).await,
            Task::Install(wanted) => install(&wanted, command.config.as_deref()),
        }
    });
    // A thread may still wait for a line of stdin.
    runtime.shutdown_background();
    ended.unwrap_or_else(|message| failed(&message))
}

fn install(wanted: &install::Wanted, config: Option<&Path>) -> Result<ExitCode, String> {
    let said = install::run(wanted, config, &install::Surroundings::of_process()?)?;
    let _ = io::stderr().write_all(said.aside.as_bytes());
    print(&said.text);
    Ok(ExitCode::SUCCESS)
}

/// Logs go to stderr without colour: stdout belongs to the protocol. `TRACKER_MCP_LOG` sets the level (`info`), then the
/// server config.
fn log_to_stderr(configured: Option<&str>) {
    let configured = configured.map(|level| format!("{level},rmcp=error"));
    let wanted = std::env::var("TRACKER_MCP_LOG").ok().or(configured).unwrap_or_else(|| "info,rmcp=error".to_owned());
    let filter = wanted.parse().unwrap_or_else(|_| Targets::new().with_default(LevelFilter::ERROR));
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr).with_ansi(false);
    let _ = tracing_subscriber::registry().with(lines).with(filter).try_init();
}

/// Says in the log of the client what is configured, and what is wrong with it: a client shows little else.
fn report(config: &Config) {
    for fault in &config.faults {
        tracing::error!("{fault}");
    }
    for tracker in config.trackers.all() {
        for warning in &tracker.warnings {
            tracing::warn!(tracker = tracker.name, "{warning}");
        }
        match &tracker.tracker {
            Ok(ready) => {
                tracing::info!(tracker = tracker.name, kind = tracker.kind, address = ready.address(), "configured")
            }
            Err(error) => tracing::error!(tracker = tracker.name, "{error}"),
        }
    }
    if config.trackers.all().is_empty() {
        tracing::warn!("no tracker is configured; each tool says what to set");
    }
}

/// Prints for people or scripts. A closed pipe is no error.
fn print(text: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{}", text.trim_end());
}

/// A word as a shell reads it.
fn quoted(word: &str) -> String {
    if word.chars().all(|c| c.is_ascii_alphanumeric() || "/._-+=:@".contains(c)) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

fn failed(message: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "tracker-mcp: {message}");
    ExitCode::FAILURE
}
