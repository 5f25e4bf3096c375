//! Which metrics belong together by their names, read word by word: `loss` is never `aux_loss`.

use crate::direction::words;

/// Words of a training metric.
const TRAIN: &[&str] = &["train", "training", "tr", "fit"];
/// Words of a validation metric, the first the most telling where a run has several.
const VALIDATION: &[&str] = &["val", "valid", "validation", "dev", "eval", "evaluation", "test", "testing"];

/// The pairs of a training metric and its validation metric, as places in `names`: equal in all other words, in any
/// order. What has neither word is training where there is no better (`loss` beside `val_loss`). Each validation metric
/// is in one pair at most.
pub(super) fn pairs(names: &[&str]) -> Vec<(usize, usize)> {
    let read: Vec<(Role, Vec<String>)> = names.iter().map(|name| role(name)).collect();
    let with = |role: Role, rest: &[String]| {
        let mut places = read.iter().enumerate().filter(|(_, (other, words))| *other == role && words == rest);
        // Several that read alike (`train/loss`, `loss/train`): nobody knows which is meant.
        places.next().map(|(at, _)| at).filter(|_| places.next().is_none())
    };
    let validation = read.iter().enumerate().filter(|(_, (role, rest))| *role == Role::Validation && !rest.is_empty());
    validation
        .filter_map(|(at, (_, rest))| Some((with(Role::Train, rest).or_else(|| with(Role::None, rest))?, at)))
        .collect()
}

/// Whether a metric is a learning rate.
pub(super) fn is_rate(name: &str) -> bool {
    let words = words(name);
    let has = |word: &str| words.iter().any(|other| other == word);
    has("lr") || (has("learning") && has("rate"))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Train,
    Validation,
    None,
}

/// The role of a metric, and its other words in the order of the alphabet, each once.
fn role(name: &str) -> (Role, Vec<String>) {
    let mut words = words(name);
    let is = |list: &[&str], word: &String| list.contains(&word.as_str());
    let (train, validation) = (words.iter().any(|word| is(TRAIN, word)), words.iter().any(|word| is(VALIDATION, word)));
    let role = match (train, validation) {
        (true, false) => Role::Train,
        (false, true) => Role::Validation,
        _ => Role::None,
    };
    if role != Role::None {
        words.retain(|word| !is(TRAIN, word) && !is(VALIDATION, word));
    }
    words.sort_unstable();
    words.dedup();
    (role, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn training_and_validation_are_paired_by_whole_words() {
        for (train, validation) in [
            ("loss", "val_loss"),
            ("train_loss", "val_loss"),
            ("train/loss", "eval/loss"),
            ("loss/train", "loss/validation"),
            ("train_acc", "val_acc"),
            ("trainLoss", "validLoss"),
            ("loss/train_ce", "ce/dev_loss"),
        ] {
            assert_eq!(pairs(&[validation, train]), [(1, 0)], "{train} {validation}");
        }
        for (other, validation) in [
            ("aux_loss", "val_loss"),
            ("loss", "val_aux_loss"),
            ("train_acc", "val_loss"),
            ("closs", "val_loss"),
            ("loss", "evaluated_loss"),
            ("train", "val"),
            ("train_val_loss", "val_loss"),
        ] {
            assert!(pairs(&[other, validation]).is_empty(), "{other} {validation}");
        }
    }

    #[test]
    fn a_training_metric_goes_before_one_that_does_not_say_so_and_two_alike_are_none() {
        assert_eq!(pairs(&["loss", "train_loss", "val_loss", "test_loss"]), [(1, 2), (1, 3)]);
        assert!(pairs(&["train/loss", "loss/train", "val_loss"]).is_empty());
    }

    #[test]
    fn a_learning_rate_is_known_by_whole_words() {
        for name in ["lr", "train/lr", "lr-AdamW", "learning_rate", "learningRate"] {
            assert!(is_rate(name), "{name}");
        }
        for name in ["clr", "learning", "rate", "error_rate", "loss"] {
            assert!(!is_rate(name), "{name}");
        }
    }
}
