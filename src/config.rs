//! What the operator set: which trackers there are, and what callers may do.

use std::sync::Arc;

use backends::registry;
use backends::settings::Environment;

use crate::policy::Policy;
use crate::trackers::{Configured, Trackers};

/// The configuration of this process.
#[derive(Clone)]
pub struct Config {
    /// The trackers.
    pub trackers: Arc<Trackers>,
    /// What callers may do.
    pub policy: Policy,
}

impl Config {
    /// The trackers that the environment and the native files of their clients name. Nothing is sent anywhere.
    pub fn discover(environment: &Environment) -> Self {
        let found = registry::discover(environment).into_iter().map(Configured::from).collect();
        Self { trackers: Arc::new(Trackers::new(found)), policy: Policy::default() }
    }
}
