//! The configuration while it may change: read again every few seconds, and taken up when it says something else.

use std::path::PathBuf;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use backends::settings::{Environment, Setting};

use crate::config::Config;
use crate::policy::Policy;
use crate::trackers::Limits;

/// How long a change may go unnoticed. A handful of small files is read each time.
pub const PAUSE: Duration = Duration::from_secs(2);

/// The configuration, and where it is read again.
pub struct Live {
    current: RwLock<Config>,
    source: Option<(Option<PathBuf>, Environment)>,
}

/// What reading again came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It says what it said.
    None,
    /// It says something else, which is used from now on.
    Taken,
    /// The same, and other tools exist now.
    Tools,
    /// It is broken; what was used before stays in use.
    Refused,
}

impl Live {
    /// A configuration that does not change.
    pub fn new(config: Config) -> Self {
        Self { current: RwLock::new(config), source: None }
    }

    /// The configuration of these surroundings; `named` as the command line names the server config.
    pub fn load(named: Option<PathBuf>, environment: Environment) -> Self {
        let config = Config::load(named.as_deref(), &environment);
        Self { current: RwLock::new(config), source: Some((named, environment)) }
    }

    /// The configuration as it is now: a call takes it once, when it begins.
    pub fn now(&self) -> Config {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the configuration again and takes it up if it says something else, unless it is broken.
    pub fn refresh(&self) -> Change {
        let Some((named, environment)) = &self.source else { return Change::None };
        let (old, new) = (self.now(), Config::load(named.as_deref(), environment));
        let faults = broken(&old, &new);
        if !faults.is_empty() {
            let faults: Vec<String> =
                faults.iter().map(|fault| format!("a change of the configuration is not used: {fault}")).collect();
            if old.trackers.faults() == faults {
                return Change::None;
            }
            let trackers = old.trackers.as_ref().clone().with_faults(&faults).into();
            self.set(Config { trackers, ..old });
            faults.iter().for_each(|fault| tracing::error!("{fault}"));
            return Change::Refused;
        }
        if said(&old) == said(&new) {
            return Change::None;
        }
        let tools = |config: &Config| -> Vec<&str> {
            config.policy.offered(config.trackers.capabilities()).map(|tool| tool.name).collect()
        };
        let change = if tools(&old) == tools(&new) { Change::Taken } else { Change::Tools };
        let names = new.trackers.names().join(", ");
        self.set(new);
        // Said when it is so: whoever reads it may ask at once.
        tracing::info!(trackers = names, "the configuration changed and is used");
        change
    }

    fn set(&self, config: Config) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = config;
    }
}

/// Why the new configuration is not to be used: it has faults that it did not begin with, or a tracker that could be
/// used no longer can.
fn broken(old: &Config, new: &Config) -> Vec<String> {
    let usable = |name: &str| old.trackers.named(name).is_some_and(|one| one.tracker.is_ok());
    let lost = new.trackers.all().iter().filter(|one| usable(&one.name));
    let lost = lost.filter_map(|one| one.tracker.as_ref().err()).map(|error| error.message.clone());
    let faults = if new.faults == old.faults { Vec::new() } else { new.faults.clone() };
    faults.into_iter().chain(lost).collect()
}

type Said<'a> =
    (Vec<(&'a str, &'a [Setting], &'a [String], Option<&'a str>, &'a Limits)>, &'a [String], Policy, &'a [Setting]);

/// All that a configuration says, for comparing.
fn said(config: &Config) -> Said<'_> {
    let trackers = config.trackers.all().iter().map(|one| {
        let error = one.tracker.as_ref().err().map(|error| error.message.as_str());
        (one.name.as_str(), one.settings.as_slice(), one.warnings.as_slice(), error, &one.limits)
    });
    (trackers.collect(), config.trackers.faults(), config.policy, &config.settings)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const ONE: &str = "[tracker lab]\nkind = mlflow\nurl = http://127.0.0.1:5000\n";

    fn written(folder: &Path, text: &str) -> PathBuf {
        let path = folder.join("tracker-mcp.ini");
        std::fs::write(&path, text).unwrap();
        path
    }

    fn live(path: PathBuf) -> Live {
        Live::load(Some(path), Environment::default())
    }

    #[test]
    fn what_does_not_change_stays_the_very_same() {
        let folder = tempfile::tempdir().unwrap();
        let live = live(written(folder.path(), ONE));
        let before = live.now();
        written(folder.path(), &format!("# a comment\n{ONE}"));
        // Only the line numbers of the settings differ: they are told, so they are taken up.
        assert_eq!(live.refresh(), Change::Taken);
        assert_eq!(live.refresh(), Change::None);
        assert_eq!(before.trackers.names(), live.now().trackers.names());
    }

    #[test]
    fn a_tracker_that_is_added_is_there_and_one_that_is_removed_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let live = live(written(folder.path(), ONE));
        written(folder.path(), &format!("{ONE}[tracker two]\nkind = mlflow\nurl = http://127.0.0.1:5001\n"));
        assert_eq!((live.refresh(), live.now().trackers.names()), (Change::Taken, vec!["lab", "two"]));
        written(folder.path(), ONE);
        assert_eq!((live.refresh(), live.now().trackers.names()), (Change::Taken, vec!["lab"]));
    }

    #[test]
    fn other_toolsets_are_other_tools() {
        let folder = tempfile::tempdir().unwrap();
        let live = live(written(folder.path(), ONE));
        written(folder.path(), &format!("[server]\ntoolsets = runs\n{ONE}"));
        assert_eq!(live.refresh(), Change::Tools);
    }

    #[test]
    fn another_limit_holds_from_the_next_call_on() {
        let folder = tempfile::tempdir().unwrap();
        let live = live(written(folder.path(), ONE));
        written(folder.path(), &format!("{ONE}[server]\nanswer_characters = 9000\n"));
        assert_eq!((live.refresh(), live.now().allowance.characters), (Change::Taken, 9_000));
        written(folder.path(), &format!("{ONE}[server]\nanswer_characters = 9\n"));
        assert_eq!((live.refresh(), live.now().allowance.characters), (Change::Refused, 9_000));
    }

    #[test]
    fn a_broken_change_keeps_the_old_and_says_so_once() {
        let folder = tempfile::tempdir().unwrap();
        let live = live(written(folder.path(), ONE));
        for broken in ["[tracker lab]\nkind = mlflow\nurll = x\n", "nonsense\n", "[tracker lab]\nkind = mlfow\n"] {
            written(folder.path(), broken);
            assert_eq!((live.refresh(), live.refresh()), (Change::Refused, Change::None), "{broken}");
            assert!(live.now().trackers.named("lab").unwrap().tracker.is_ok());
            assert!(live.now().trackers.faults()[0].starts_with("a change of the configuration is not used: "));
        }
        written(folder.path(), ONE);
        assert_eq!(live.refresh(), Change::Taken);
        assert!(live.now().trackers.faults().is_empty());
    }

    #[test]
    fn a_changed_secret_is_taken_up() {
        let folder = tempfile::tempdir().unwrap();
        let with = |token: &str| format!("{ONE}token = {token}\n");
        let live = live(written(folder.path(), &with("one")));
        written(folder.path(), &with("two"));
        assert_eq!(live.refresh(), Change::Taken);
    }
}
