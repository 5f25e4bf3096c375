//! What the operator set: which trackers there are, and what callers may do.

mod example;
mod file;
mod limit;
mod server;
mod tracker;
mod value;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use backends::allowance::Allowance;
use backends::registry;
use backends::settings::{Environment, Setting};

pub use example::example;
pub use file::{NAME, VARIABLE, usual_place};
pub use server::{KEYS as SERVER_KEYS, ServerSettings};
pub use tracker::KEYS as TRACKER_KEYS;

use crate::policy::Policy;
use crate::trackers::{Configured, Trackers};

/// The configuration of this process.
#[derive(Clone)]
pub struct Config {
    /// The trackers.
    pub trackers: Arc<Trackers>,
    /// What callers may do.
    pub policy: Policy,
    /// What a call may take.
    pub allowance: Allowance,
    /// What holds for the server as a whole, with what holds where nobody set it.
    pub settings: Vec<Setting>,
    /// What is logged, if the operator said.
    pub log: Option<String>,
    /// The server config that was read.
    pub file: Option<PathBuf>,
    /// What is wrong with it, a sentence each; trackers tell their own faults.
    pub faults: Vec<String>,
}

impl Config {
    /// The configuration that the operator wrote (`named` on the command line, in `$TRACKER_MCP_CONFIG`, or in the usual
    /// place), or else the trackers that the environment and the native files of their clients name. Nothing is sent
    /// anywhere. A file that cannot be read is a fault, and never a reason to use other trackers than those meant.
    pub fn load(named: Option<&Path>, environment: &Environment) -> Self {
        let Some(path) = file::place(named, environment) else { return Self::discover(environment) };
        match file::read(&path, environment) {
            Ok(read) => Self::of_file(path, read, environment),
            Err(error) => Self { file: Some(path), faults: vec![error.message], ..Self::of(Vec::new()) },
        }
    }

    /// The trackers that the environment and the native files of their clients name; if there are none, the store in the
    /// working directory.
    pub fn discover(environment: &Environment) -> Self {
        Self::of(or_beside(discovered(environment), environment))
    }

    fn of(trackers: Vec<Configured>) -> Self {
        Self {
            trackers: Arc::new(Trackers::new(trackers)),
            policy: Policy::default(),
            allowance: Allowance::default(),
            settings: ServerSettings::usual(&[]).collect(),
            log: None,
            file: None,
            faults: Vec::new(),
        }
    }

    fn of_file(path: PathBuf, read: file::FileConfig, environment: &Environment) -> Self {
        let file::FileConfig { server, mut settings, mut trackers, faults } = read;
        settings.extend(ServerSettings::usual(&settings).collect::<Vec<_>>());
        if server.discover {
            let found = discovered(&environment.at_pace(server.pace));
            let fresh = |one: &Configured| !trackers.iter().any(|tracker| tracker.name == one.name);
            let found: Vec<Configured> = found.into_iter().filter(fresh).collect();
            trackers.extend(found);
            trackers = or_beside(trackers, environment);
        }
        let trackers = Trackers::new(trackers).asked_first(server.default_tracker).with_faults(&faults);
        Self {
            trackers: Arc::new(trackers),
            policy: Policy::new(server.access.unwrap_or_default(), &server.toolsets)
                .with_images(server.images.unwrap_or(true)),
            allowance: server.allowance,
            settings,
            log: server.log,
            file: Some(path),
            faults,
        }
    }
}

fn discovered(environment: &Environment) -> Vec<Configured> {
    registry::discover(environment).into_iter().map(Configured::from).collect()
}

/// The store in the working directory, where there are no other trackers.
fn or_beside(trackers: Vec<Configured>, environment: &Environment) -> Vec<Configured> {
    if trackers.is_empty() {
        registry::beside(environment).into_iter().map(Configured::from).collect()
    } else {
        trackers
    }
}

#[cfg(test)]
mod tests;
