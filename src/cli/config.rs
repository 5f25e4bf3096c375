//! `tracker-mcp config`

use std::process::ExitCode;

use super::{ConfigTask, print};
use crate::config::{self, Config};
use crate::render::redact;

/// Checks, shows, or prints an example. Fails if something is wrong.
pub(super) fn run(config: &Config, task: &ConfigTask) -> ExitCode {
    match task {
        ConfigTask::Example => print(&config::example()),
        ConfigTask::Show => show(config),
        ConfigTask::Check => {
            let faults = faults(config);
            faults.iter().for_each(|fault| print(&redact(fault)));
            if !faults.is_empty() {
                return ExitCode::FAILURE;
            }
            let names = config.trackers.names().join(", ");
            let source = source(config);
            print(&if names.is_empty() {
                format!("{source} names no tracker")
            } else {
                format!("{source} is fine: {names}")
            });
        }
    }
    ExitCode::SUCCESS
}

/// Every setting with its source.
pub(super) fn show(config: &Config) {
    print(&format!("configuration: {}\n", source(config)));
    print("server");
    for setting in &config.settings {
        print(&format!("  {} = {}  ({})", setting.key, setting.value, setting.source));
    }
    print("");
    for tracker in config.trackers.all() {
        print(&format!("tracker {} ({})", tracker.name, tracker.kind));
        for setting in &tracker.settings {
            // A plain value may be an address with a password in it.
            print(&redact(&format!("  {} = {}  ({})", setting.key, setting.value, setting.source)));
        }
        let error = tracker.tracker.as_ref().err().map(|error| format!("  not usable: {error}"));
        let warnings = tracker.warnings.iter().map(|warning| format!("  warning: {warning}"));
        warnings.chain(error).for_each(|line| print(&redact(&line)));
        print("");
    }
    config.faults.iter().for_each(|fault| print(&redact(&format!("wrong: {fault}"))));
}

/// Where the configuration comes from.
fn source(config: &Config) -> String {
    match &config.file {
        Some(file) => file.display().to_string(),
        None => "the environment and the files of the trackers' own clients".to_owned(),
    }
}

/// All that is wrong.
fn faults(config: &Config) -> Vec<String> {
    let own =
        config.trackers.all().iter().filter_map(|one| one.tracker.as_ref().err()).map(|error| error.message.clone());
    config.faults.iter().cloned().chain(own).collect()
}
