//! What a question may ask of other trackers and MLflow does not keep: told in a sentence, never by an empty list.

use crate::query::Key;
use crate::tracker::RunQuery;
use crate::{Error, Result};

/// An error if the filter or the order needs what MLflow does not keep of a run.
pub(crate) fn refuse(query: &RunQuery) -> Result<()> {
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

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::refuse;
    use crate::model::Parts;
    use crate::query::{Filter, Order};
    use crate::tracker::{ProjectScope, RunQuery};

    fn query(filter: &str, order: &str) -> RunQuery {
        RunQuery {
            projects: ProjectScope::All,
            text: None,
            filter: Some(Filter::parse(filter, Timestamp::UNIX_EPOCH).unwrap()),
            order: Order::parse(order).unwrap(),
            include_archived: false,
            parts: Parts::NONE,
            limit: 1,
            cursor: None,
        }
    }

    #[test]
    fn what_mlflow_does_not_keep_is_named_with_what_to_use_instead() {
        for (filter, order, named, instead) in [
            ("max.`val loss` > 1", "name", "max.`val loss`", "use metrics.`val loss`"),
            ("true", "min.f1 desc", "min.f1", "use metrics.f1"),
            ("name = 'x' or not type = 'training'", "name", "type", "tags.kind"),
            ("alias = 'champion'", "name", "alias", "use model"),
        ] {
            let error = refuse(&query(filter, order)).unwrap_err();
            assert!(error.message.contains(named) && error.message.contains(instead), "{filter}: {error}");
        }
        assert_eq!(refuse(&query("metrics.f1 > 1 and model = 'x'", "duration desc")), Ok(()));
    }
}
