//! The one list of kinds of trackers. A new backend is a folder and a line here.

use std::sync::Arc;

use crate::section::Key;
use crate::settings::{Environment, Setting};
use crate::{Capabilities, Error, Result, Tracker};

/// A kind of tracker.
pub struct Kind {
    /// Its name (`mlflow`, …).
    pub name: &'static str,
    /// As people write it (`MLflow`).
    pub title: &'static str,
    /// Which value of a metric is its last one, in a few words.
    pub last_value: &'static str,
    /// What counts as the step of a value, in a few words.
    pub step: &'static str,
    /// What to set so that one is found, in a sentence.
    pub how_to_configure: &'static str,
    /// What it can do at all.
    pub capabilities: Capabilities,
    /// URI schemes that mean something of this kind without naming a server (`runs`, `models`).
    pub schemes: &'static [&'static str],
    /// What a section of this kind may have in a server config, the keys of every kind aside.
    pub keys: &'static [Key],
    /// Looks for a tracker in the environment and in the files that its own client reads.
    pub discover: fn(&Environment) -> Option<Discovered>,
    /// Makes the tracker that a section of a server config names; the section takes the place of the environment.
    pub of_section: fn(&Environment) -> Discovered,
}

/// A tracker that was found.
pub struct Discovered {
    /// The name it gets, the part before `:` in references.
    pub name: String,
    /// The kind it is of.
    pub kind: &'static str,
    /// What was set, and where.
    pub settings: Vec<Setting>,
    /// What is worth knowing about the settings.
    pub warnings: Vec<String>,
    /// The tracker, or why it cannot be used.
    pub tracker: Result<Arc<dyn Tracker>>,
}

/// All kinds.
pub static KINDS: &[Kind] = &[crate::mlflow::KIND, crate::clearml::KIND, crate::mlflow::DATABRICKS, crate::local::KIND];

/// The trackers that the environment and the native files of their clients name.
pub fn discover(environment: &Environment) -> Vec<Discovered> {
    KINDS.iter().filter_map(|kind| (kind.discover)(environment)).collect()
}

/// The store that lies in the working directory, for when nothing else is configured.
pub fn beside(environment: &Environment) -> Option<Discovered> {
    crate::local::beside(environment)
}

/// The store on this machine that a section names whose kind is that of servers.
pub(crate) fn store_of_section(environment: &Environment) -> Discovered {
    (crate::local::KIND.of_section)(environment)
}

/// A section without an address.
pub(crate) fn lacks_address(environment: &Environment, kind: &'static str) -> Discovered {
    let name = environment.tracker().unwrap_or(kind).to_owned();
    let error = Error::bad_input(format!("url is missing in [tracker {name}]: the address of the {kind} server"));
    Discovered { name, kind, settings: Vec::new(), warnings: Vec::new(), tracker: Err(error) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn nothing_configured_is_nothing_found() {
        assert!(discover(&Environment::default()).is_empty());
    }

    #[test]
    fn trackers_are_found_with_their_names_and_kinds() {
        let databricks = ("databricks", "https://dbc-1.cloud.databricks.com");
        for (uri, expected) in [
            ("http://127.0.0.1:5000/", &[("mlflow", "http://127.0.0.1:5000"), databricks][..]),
            ("databricks", &[databricks]),
            ("", &[databricks]),
        ] {
            let variables = [
                ("MLFLOW_TRACKING_URI", uri),
                ("DATABRICKS_HOST", "dbc-1.cloud.databricks.com"),
                ("DATABRICKS_TOKEN", "dapi-1"),
            ];
            let found = discover(&Environment::of(&variables, None));
            let told: Vec<_> = found.iter().map(|one| (one.name.as_str(), one.tracker.as_ref().unwrap())).collect();
            assert!(told.iter().all(|(name, tracker)| (*name, *name) == (tracker.name(), tracker.kind())));
            let told: Vec<_> = told.iter().map(|(name, tracker)| (*name, tracker.address())).collect();
            let expected: Vec<_> = expected.iter().map(|(name, address)| (*name, (*address).to_owned())).collect();
            assert_eq!(told, expected);
        }
    }

    #[test]
    fn a_tracker_that_cannot_be_used_is_found_with_the_reason() {
        let found = discover(&Environment::of(&[("MLFLOW_TRACKING_URI", "mysql://db/mlflow")], None));
        assert_eq!(found[0].name, "mlflow");
        assert!(found[0].tracker.as_ref().err().unwrap().message.contains("mlflow server"));
    }

    #[test]
    fn no_two_kinds_share_a_name_or_a_scheme() {
        let names: BTreeSet<&str> = KINDS.iter().map(|kind| kind.name).collect();
        let schemes: Vec<&str> = KINDS.iter().flat_map(|kind| kind.schemes).copied().collect();
        assert_eq!(names.len(), KINDS.len());
        assert_eq!(schemes.iter().collect::<BTreeSet<_>>().len(), schemes.len());
    }
}
