//! Identifiers as a tracker gives them: opaque text, never parsed by us.

use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Wraps the tracker's own text.
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// The tracker's own text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id! {
    /// A run: MLflow's `run_id`, the id of a ClearML task.
    RunId
}
id! {
    /// A project: MLflow's `experiment_id`, the id of a ClearML project.
    ProjectId
}
