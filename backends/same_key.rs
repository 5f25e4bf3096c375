//! When two keys mean the same: `loss/train`, `train_loss` and `train/loss`; `Args/lr` and `lr`.
//!
//! The rule, of which the first part that fits any counts:
//!
//! 1. the very same key;
//! 2. the same words in the same order, however they are joined and in whatever case: `val-loss`, `val/loss`, `Val_Loss`;
//! 3. the same words in any order, however often: `loss/train` and `train_loss`, `val_f1/val_f1` and `val_f1`;
//! 4. of metrics one that is the part of the other before or behind a `/`: `loss/train` and `loss`, or `train`; of params
//!    the same behind the first `/` of one or of both: `Args/lr` and `lr`, `General/lr` and `Args/lr`.
//!
//! Whoever applies it says which keys were taken for one, and takes none where several fit.

use std::collections::{BTreeMap, BTreeSet};

/// In how many ways keys are read.
const LEVELS: usize = 4;
/// The one of them by parts.
const PARTS: usize = 2;

/// What a key names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A metric: it may have a title that others lack.
    Metric,
    /// A param: it may have a section that others lack.
    Param,
}

/// Keys among which others are looked for.
pub struct Keys<'a> {
    kind: Kind,
    all: BTreeSet<&'a str>,
    /// The keys by how each part of the rule reads them.
    read: [BTreeMap<String, Vec<&'a str>>; LEVELS],
}

impl<'a> Keys<'a> {
    /// These keys, which are of one kind.
    pub fn of(kind: Kind, keys: impl IntoIterator<Item = &'a str>) -> Self {
        let all: BTreeSet<&str> = keys.into_iter().collect();
        let read = [in_order, in_any_order, parts, behind_section].map(|reading| {
            let mut read: BTreeMap<String, Vec<&str>> = BTreeMap::new();
            for key in &all {
                for words in reading(kind, key) {
                    read.entry(words).or_default().push(key);
                }
            }
            read
        });
        Self { kind, all, read }
    }

    /// Those that mean the same as what was said, by the first part of the rule that fits any. What is said has no more
    /// parts than what is meant: `loss` may mean `loss/train`, `loss/train` never `loss`.
    pub fn same(&self, said: &str) -> Vec<&'a str> {
        if let Some(key) = self.all.get(said) {
            return vec![key];
        }
        let [ordered, unordered, by_part, without_section] = &self.read;
        let tried = [
            (ordered, in_order(self.kind, said)),
            (unordered, in_any_order(self.kind, said)),
            (by_part, in_any_order(self.kind, said)),
            (without_section, behind_section(self.kind, said)),
        ];
        let found = tried.iter().find_map(|(read, words)| read.get(words.first()?));
        found.cloned().unwrap_or_default()
    }
}

/// Those of `keys` that mean the same as what was said: [`Keys::same`].
pub fn same<'a>(kind: Kind, said: &str, keys: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    Keys::of(kind, keys).same(said)
}

/// The keys of ours and theirs that are spelt otherwise and mean the same, where neither may mean another: ours, theirs.
pub fn pairs<'a>(kind: Kind, ours: &BTreeSet<&'a str>, theirs: &BTreeSet<&'a str>) -> Vec<(&'a str, &'a str)> {
    // What both have means itself.
    let [ours, theirs] = [(ours, theirs), (theirs, ours)]
        .map(|(own, others)| Keys::of(kind, own.iter().filter(|key| !others.contains(**key)).copied()));
    let mut pairs: BTreeMap<&str, &str> = BTreeMap::new();
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    for level in 0..LEVELS {
        let mut edges: BTreeSet<(&str, &str)> = BTreeSet::new();
        for (words, our) in ours.read.get(level).into_iter().flatten() {
            let their = theirs.read.get(level).and_then(|read| read.get(words)).map(Vec::as_slice).unwrap_or_default();
            // Two parts do not make a pair: one of both has to be the other's part.
            let is_whole = |key: &&&str| level != PARTS || whole(key) == *words;
            let whole = our.iter().filter(is_whole).flat_map(|our| their.iter().map(|their| (*our, *their)));
            edges.extend(whole);
            edges.extend(their.iter().filter(is_whole).flat_map(|their| our.iter().map(|our| (*our, *their))));
        }
        let (mut of_ours, mut of_theirs): (BTreeMap<&str, usize>, BTreeMap<&str, usize>) = Default::default();
        for (our, their) in &edges {
            *of_ours.entry(our).or_default() += 1;
            *of_theirs.entry(their).or_default() += 1;
        }
        for (our, their) in edges {
            let only = of_ours.get(our) == Some(&1) && of_theirs.get(their) == Some(&1);
            if only && !pairs.contains_key(our) && taken.insert(their) {
                pairs.insert(our, their);
            }
        }
    }
    pairs.into_iter().collect()
}

/// All of a key as words in any order.
fn whole(key: &str) -> String {
    words(key).into_iter().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(" ")
}

fn in_order(_: Kind, key: &str) -> Vec<String> {
    Some(words(key).join(" ")).filter(|words| !words.is_empty()).into_iter().collect()
}

fn in_any_order(_: Kind, key: &str) -> Vec<String> {
    Some(whole(key)).filter(|words| !words.is_empty()).into_iter().collect()
}

/// The parts by which people may call it, and the whole.
fn parts(kind: Kind, key: &str) -> Vec<String> {
    let cuts = key.match_indices('/').flat_map(|(at, _)| [key.get(..at), key.get(at + 1..)]).flatten();
    let parts: BTreeSet<String> = match kind {
        Kind::Metric => cuts.chain([key]).map(whole).collect(),
        Kind::Param => [key, without_section(key)].map(whole).into(),
    };
    parts.into_iter().filter(|words| !words.is_empty()).collect()
}

/// Of a param, what stands behind its section.
fn behind_section(kind: Kind, key: &str) -> Vec<String> {
    match kind {
        Kind::Metric => Vec::new(),
        Kind::Param => in_any_order(kind, without_section(key)),
    }
}

fn words(key: &str) -> Vec<String> {
    let lowered = key.to_lowercase();
    lowered.split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty()).map(ToOwned::to_owned).collect()
}

/// The name of a param behind its section.
fn without_section(key: &str) -> &str {
    key.split_once('/').map_or(key, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_means_the_same_however_its_words_are_joined() {
        let keys = ["loss/train", "loss/val", "val_f1/val_f1", "Summary/best", "bleu/en_de", "bleu/de_en"];
        for (said, expected) in [
            ("train_loss", &["loss/train"][..]),
            ("train/loss", &["loss/train"]),
            ("Train-Loss", &["loss/train"]),
            ("loss/train", &["loss/train"]),
            ("val_f1", &["val_f1/val_f1"]),
            ("train", &["loss/train"]),
            ("best", &["Summary/best"]),
            ("loss", &["loss/train", "loss/val"]),
            ("bleu_en_de", &["bleu/en_de"]),
            ("en_bleu_de", &["bleu/de_en", "bleu/en_de"]),
            ("loss/train/x", &[]),
            ("f1", &[]),
            ("", &[]),
            ("/", &[]),
        ] {
            assert_eq!(same(Kind::Metric, said, keys), expected, "{said}");
        }
    }

    #[test]
    fn a_param_means_the_same_without_its_section() {
        let keys = ["Args/lr", "General/batch_size", "Hydra/model/lr"];
        for (said, expected) in [
            ("lr", &["Args/lr"][..]),
            ("batch-size", &["General/batch_size"]),
            ("General/lr", &["Args/lr"]),
            ("model.lr", &["Hydra/model/lr"]),
            ("model/lr", &["Hydra/model/lr"]),
            ("Args", &[]),
            ("seed", &[]),
        ] {
            assert_eq!(same(Kind::Param, said, keys), expected, "{said}");
        }
    }

    #[test]
    fn the_very_same_key_goes_before_all_others() {
        assert_eq!(same(Kind::Param, "lr", ["lr", "Args/lr"]), ["lr"]);
        assert_eq!(same(Kind::Metric, "a_b", ["b/a", "a_b"]), ["a_b"]);
    }

    #[test]
    fn several_that_mean_the_same_are_all_told() {
        assert_eq!(same(Kind::Metric, "loss_train", ["train/loss", "train.loss"]), ["train.loss", "train/loss"]);
        assert_eq!(same(Kind::Param, "lr", ["Args/lr", "General/lr"]), ["Args/lr", "General/lr"]);
    }

    #[test]
    fn only_what_is_clear_on_both_sides_is_a_pair() {
        let set = |names: &[&'static str]| names.iter().copied().collect::<BTreeSet<_>>();
        let metrics = pairs(
            Kind::Metric,
            &set(&["loss", "train_loss", "both", "val_f1", "acc", "x/y"]),
            &set(&["loss/train", "loss/val", "both", "x/both", "val_f1/val_f1", "acc/test", "y/z"]),
        );
        assert_eq!(metrics, [("acc", "acc/test"), ("train_loss", "loss/train"), ("val_f1", "val_f1/val_f1")]);

        let params = pairs(
            Kind::Param,
            &set(&["lr", "seed", "batch size", "optim/lr"]),
            &set(&["General/lr", "General/seed", "Args/seed", "General/batch_size", "Hydra/optim/lr"]),
        );
        assert_eq!(
            params,
            [("batch size", "General/batch_size"), ("lr", "General/lr"), ("optim/lr", "Hydra/optim/lr")]
        );
    }

    #[test]
    fn ten_thousand_keys_are_paired_soon() {
        let [ours, theirs] = ["layer_{}_grad", "grad/layer_{}"]
            .map(|name| (0..10_000).map(|at| name.replace("{}", &at.to_string())).collect::<Vec<_>>());
        let [ours, theirs] = [&ours, &theirs].map(|names| names.iter().map(String::as_str).collect::<BTreeSet<_>>());
        assert_eq!(pairs(Kind::Metric, &ours, &theirs).len(), 10_000);
    }
}
