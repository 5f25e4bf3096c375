//! The names that runs in memory have.

use backends::model::Run;
use backends::same_key::Kind;
use backends::tracker::NamesInUse;

pub(super) fn of(kind: Kind, runs: &[Run]) -> NamesInUse {
    let mut found = NamesInUse::default();
    for run in runs {
        match kind {
            Kind::Param => found.names.extend(run.params.keys().cloned()),
            Kind::Metric => {
                found.names.extend(run.metrics.keys().cloned());
                let machine = run.metrics.iter().filter(|(_, metric)| metric.machine);
                found.machine.extend(machine.map(|(name, _)| name.clone()));
            }
        }
    }
    found
}
