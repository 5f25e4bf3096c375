//! The names nearest to one that was not found.

/// At most `limit` of `names` that resemble `wanted`, most similar first.
///
/// A name counts as near when one contains the other (case ignored) or their Jaro–Winkler similarity is at least 0.75.
pub fn nearest<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>, limit: usize) -> Vec<&'a str> {
    let lowered = wanted.to_lowercase();
    let mut scored: Vec<(f64, &str)> = names
        .into_iter()
        .filter_map(|name| {
            let candidate = name.to_lowercase();
            let contained = !lowered.is_empty()
                && !candidate.is_empty()
                && (candidate.contains(&lowered) || lowered.contains(&candidate));
            let score = strsim::jaro_winkler(&lowered, &candidate) + if contained { 0.5 } else { 0.0 };
            (score >= 0.75).then_some((score, name))
        })
        .collect();
    scored.sort_by(|(a, x), (b, y)| b.total_cmp(a).then_with(|| x.cmp(y)));
    scored.dedup_by(|(_, x), (_, y)| x == y);
    scored.into_iter().take(limit).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_misspelt_name_finds_its_neighbour() {
        assert_eq!(nearest("val_acuracy", ["val_accuracy", "loss", "lr"], 3), ["val_accuracy"]);
    }

    #[test]
    fn a_part_finds_the_whole() {
        assert_eq!(nearest("LOSS", ["val/loss", "accuracy"], 3), ["val/loss"]);
    }

    #[test]
    fn nothing_near_is_nothing() {
        assert!(nearest("zzz", ["accuracy", "loss"], 3).is_empty());
    }
}
