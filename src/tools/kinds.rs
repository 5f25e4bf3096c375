//! What values of several kinds of trackers in one table do not have in common.

use std::collections::BTreeSet;

use backends::registry::{KINDS, Kind};

/// What the last value of a metric is, if that is not the same for all of these kinds.
pub(super) fn last_values<'a>(kinds: impl Iterator<Item = &'a str>) -> Option<String> {
    sentence("last value", kinds, |kind| kind.last_value)
}

/// What a step is, likewise.
pub(super) fn steps<'a>(kinds: impl Iterator<Item = &'a str>) -> Option<String> {
    sentence("step", kinds, |kind| kind.step)
}

fn sentence<'a>(what: &str, kinds: impl Iterator<Item = &'a str>, word: fn(&Kind) -> &'static str) -> Option<String> {
    let names: BTreeSet<&str> = kinds.collect();
    let kinds: Vec<&Kind> = KINDS.iter().filter(|kind| names.contains(kind.name)).collect();
    let words: BTreeSet<&str> = kinds.iter().map(|kind| word(kind)).collect();
    let told: Vec<String> = kinds.iter().map(|kind| format!("{} ({})", word(kind), kind.title)).collect();
    (words.len() > 1).then(|| format!("{what}: {}", told.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_said() {
        assert_eq!(
            last_values(["clearml", "mlflow", "mlflow"].into_iter()).as_deref(),
            Some("last value: of the highest step (MLflow), of the last report (ClearML)")
        );
        assert_eq!(
            steps(["mlflow", "clearml"].into_iter()).as_deref(),
            Some("step: as logged (MLflow), the iteration (ClearML)")
        );
        assert_eq!(last_values(["mlflow", "databricks"].into_iter()), None);
    }
}
