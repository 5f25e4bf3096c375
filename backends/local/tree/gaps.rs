//! What a question may ask of other trackers and MLflow does not keep: told in a sentence, never by an empty list.

use crate::query::Key;
use crate::tracker::RunQuery;
use crate::{Error, Result};

/// An error if the filter or the order needs what MLflow does not keep of a run.
pub(super) fn refuse(query: &RunQuery) -> Result<()> {
    let filtered = query.filter.iter().flat_map(|filter| filter.keys());
    let mut keys = filtered.chain(query.order.keys());
    keys.find_map(lack).map_or(Ok(()), |lack| Err(Error::unsupported(lack)))
}

fn lack(key: &Key) -> Option<String> {
    let sentence = match key {
        Key::Min(metric) | Key::Max(metric) => format!(
            "MLflow keeps only the last value of a metric: {key} cannot be asked; use {}",
            Key::Metric(metric.clone())
        ),
        Key::Type => {
            "MLflow's runs have no type: type cannot be asked; use a tag that tells it, as in tags.kind = 'training'"
                .to_owned()
        }
        Key::Alias | Key::Stage | Key::Framework => {
            format!(
                "{key} is a key of registered models: MLflow's runs have none; use model, as in model like 'fraud-model%'"
            )
        }
        _ => return None,
    };
    Some(sentence)
}
