//! When keys of different trackers mean the same: `loss/train`, `train_loss` and `train/loss`; `Args/lr` and `lr`.
//!
//! The rule, in this order: the very same key; the same words in any order, however they are joined and in whatever case,
//! a word that is repeated once (`val_f1/val_f1`); of params also without their section, the part before the first `/`.
//! Whoever applies it says which keys were taken for one.

use std::collections::BTreeSet;

/// What a key names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A metric: all of its words count.
    Metric,
    /// A param: it may have a section that others lack.
    Param,
}

/// The words of a key, in one order: keys with the same words mean the same.
pub fn words(key: &str) -> String {
    let lowered = key.to_lowercase();
    let words: BTreeSet<&str> =
        lowered.split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.into_iter().collect::<Vec<_>>().join(" ")
}

/// Those of `keys` that mean the same as `wanted`, by the first part of the rule that fits any.
pub fn same<'a>(kind: Kind, wanted: &str, keys: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let keys: BTreeSet<&str> = keys.into_iter().collect();
    if let Some(key) = keys.get(wanted) {
        return vec![key];
    }
    let by = |reading: &dyn Fn(&str) -> String| -> Vec<&'a str> {
        let meant = reading(wanted);
        keys.iter().filter(|key| !meant.is_empty() && reading(key) == meant).copied().collect()
    };
    let found = by(&words);
    if !found.is_empty() || kind == Kind::Metric {
        return found;
    }
    by(&|key| words(without_section(key)))
}

/// The name of a param behind its section.
pub fn without_section(key: &str) -> &str {
    key.split_once('/').map_or(key, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_means_the_same_in_any_order_of_its_words() {
        let keys = ["loss/train", "loss/val", "val_f1/val_f1", "Summary/best"];
        for (wanted, expected) in [
            ("train_loss", &["loss/train"][..]),
            ("train/loss", &["loss/train"]),
            ("Train-Loss", &["loss/train"]),
            ("loss/train", &["loss/train"]),
            ("val_f1", &["val_f1/val_f1"]),
            ("loss", &[]),
            ("best", &[]),
            ("", &[]),
            ("/", &[]),
        ] {
            assert_eq!(same(Kind::Metric, wanted, keys), expected, "{wanted}");
        }
    }

    #[test]
    fn a_param_means_the_same_without_its_section() {
        let keys = ["Args/lr", "General/batch_size", "Hydra/model/lr"];
        for (wanted, expected) in [
            ("lr", &["Args/lr"][..]),
            ("batch-size", &["General/batch_size"]),
            ("General/lr", &["Args/lr"]),
            ("model.lr", &["Hydra/model/lr"]),
            ("seed", &[]),
        ] {
            assert_eq!(same(Kind::Param, wanted, keys), expected, "{wanted}");
        }
    }

    #[test]
    fn the_very_same_key_goes_before_all_others() {
        assert_eq!(same(Kind::Param, "lr", ["lr", "Args/lr"]), ["lr"]);
        assert_eq!(same(Kind::Metric, "a_b", ["b/a", "a_b"]), ["a_b"]);
    }

    #[test]
    fn several_that_mean_the_same_are_all_told() {
        assert_eq!(same(Kind::Metric, "loss_train", ["loss/train", "train/loss"]), ["loss/train", "train/loss"]);
        assert_eq!(same(Kind::Param, "lr", ["Args/lr", "General/lr"]), ["Args/lr", "General/lr"]);
    }
}
