//! MLflow tracking servers.
use crate::{Capabilities, registry::Kind};
/// x
pub const KIND: Kind = Kind {
    name: "mlflow",
    how_to_configure: "",
    capabilities: Capabilities {
        projects: true,
        runs: true,
        metric_extremes: false,
        run_types: false,
        configuration_objects: false,
    },
    schemes: &["runs", "models"],
    discover: |_| None,
};
