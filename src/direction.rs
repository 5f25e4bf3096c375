//! Whether a metric is better when it is higher or lower, as far as its name tells.

use backends::query::Direction;

/// Words of metrics that are better when lower.
const LOWER: &[&str] = &[
    "loss",
    "error",
    "err",
    "mse",
    "rmse",
    "mae",
    "mape",
    "rmsle",
    "nll",
    "bce",
    "ce",
    "perplexity",
    "ppl",
    "wer",
    "cer",
    "ter",
    "fid",
    "kl",
    "eer",
    "fpr",
    "fnr",
    "latency",
    "time",
    "duration",
    "seconds",
    "brier",
    "logloss",
    "divergence",
];

/// Words of metrics that are better when higher.
const HIGHER: &[&str] = &[
    "accuracy",
    "acc",
    "f1",
    "f",
    "auc",
    "auroc",
    "roc",
    "auprc",
    "ap",
    "map",
    "precision",
    "recall",
    "score",
    "reward",
    "return",
    "bleu",
    "rouge",
    "meteor",
    "chrf",
    "r2",
    "iou",
    "miou",
    "dice",
    "ndcg",
    "mrr",
    "hit",
    "hits",
    "top1",
    "top5",
    "em",
    "pass",
    "mcc",
    "kappa",
    "sensitivity",
    "specificity",
    "psnr",
    "ssim",
    "throughput",
    "likelihood",
    "elbo",
    "correlation",
    "pearson",
    "spearman",
    "success",
    "win",
    "gain",
    "jaccard",
    "tpr",
    "tnr",
];

/// The better direction of a metric: [`Direction::Descending`] where the highest is best. `None` where the name does not
/// tell, or tells both.
///
/// Names are read word by word (`val/Loss`, `topK_accuracy`, `evalLoss`), so that `closs` is not a loss.
pub fn better(metric: &str) -> Option<Direction> {
    let words = words(metric);
    let lower = words.iter().any(|word| LOWER.contains(&word.as_str()));
    let higher = words.iter().any(|word| HIGHER.contains(&word.as_str()));
    match (lower, higher) {
        (true, false) => Some(Direction::Ascending),
        (false, true) => Some(Direction::Descending),
        _ => None,
    }
}

/// The words of a name, in lower case: parted by anything but letters and digits, and where an upper-case letter
/// follows a lower-case one.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_lower = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || (after_lower && c.is_uppercase()) {
            words.push(String::new());
        }
        if let (true, Some(word)) = (c.is_alphanumeric(), words.last_mut()) {
            word.extend(c.to_lowercase());
        }
        after_lower = c.is_lowercase() || c.is_ascii_digit();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_and_errors_are_better_when_lower() {
        for name in ["loss", "val/loss", "val_loss", "trainLoss", "test RMSE", "eval-error", "latency.p95"] {
            assert_eq!(better(name), Some(Direction::Ascending), "{name}");
        }
    }

    #[test]
    fn scores_are_better_when_higher() {
        for name in ["accuracy", "val_f1", "val/acc", "ROC-AUC", "topK_accuracy", "mean_reward", "mAP"] {
            assert_eq!(better(name), Some(Direction::Descending), "{name}");
        }
    }

    #[test]
    fn a_name_that_tells_nothing_or_both_is_not_guessed() {
        for name in ["temperature", "closs", "lr", "loss_accuracy", ""] {
            assert_eq!(better(name), None, "{name}");
        }
    }
}
