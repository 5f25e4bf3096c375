//! The names nearest to one that was not found.

/// The least similarity of names that are near.
const LEAST: f64 = 0.75;
/// That of a name with the wanted one as one of its words.
const WHOLE_WORD: f64 = 0.95;
/// A part of a word counts from so many characters on, a word of its own from so many: fewer are in many names by chance.
const PART: usize = 3;
const WORD: usize = 2;

/// At most `limit` of `names` that resemble `wanted`, most similar first.
///
/// A name counts as near when one contains the other (case ignored), as whole words before others and of these the
/// shortest, or when their Jaro–Winkler similarity is at least 0.75.
pub fn nearest<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>, limit: usize) -> Vec<&'a str> {
    let wanted = wanted.to_lowercase();
    let mut scored: Vec<(f64, &str)> = names
        .into_iter()
        .map(|name| (similarity(&wanted, &name.to_lowercase()), name))
        .filter(|(score, _)| *score >= LEAST)
        .collect();
    scored.sort_by(|(a, x), (b, y)| b.total_cmp(a).then_with(|| x.cmp(y)));
    scored.dedup_by(|(_, x), (_, y)| x == y);
    scored.into_iter().take(limit).map(|(_, name)| name).collect()
}

/// How alike a name is to the one wanted, both in small letters: near from [`LEAST`] on.
#[allow(clippy::cast_precision_loss)] // Far fewer than 2^53.
fn similarity(wanted: &str, name: &str) -> f64 {
    let alike = strsim::jaro_winkler(wanted, name);
    let (part, whole) = if wanted.len() <= name.len() { (wanted, name) } else { (name, wanted) };
    let length = part.chars().count();
    if length < WORD || !whole.contains(part) {
        return alike;
    }
    let share = part.len() as f64 / whole.len() as f64;
    match (has_word(whole, part), length >= PART) {
        // Who knows a word of a name seldom means another; one word too many is less telling than one misspelt.
        (true, _) if whole == name => WHOLE_WORD + share * 0.3,
        (true, _) => LEAST + share * 0.3,
        (false, true) => alike.max(LEAST) + share * 0.25,
        (false, false) => alike,
    }
}

/// Whether a text stands in another with no letter or digit beside it.
fn has_word(whole: &str, part: &str) -> bool {
    let ends = |text: Option<char>| !text.is_some_and(char::is_alphanumeric);
    whole.match_indices(part).any(|(at, _)| {
        let (before, behind) = (whole.get(..at), whole.get(at + part.len()..));
        ends(before.and_then(|text| text.chars().next_back())) && ends(behind.and_then(|text| text.chars().next()))
    })
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
    fn a_word_finds_the_names_that_have_it_and_of_them_the_shorter_first() {
        let names = ["training_roc_auc", "loss", "test_auc"];
        assert_eq!(nearest("auc", names, 4), ["test_auc", "training_roc_auc"]);
    }

    #[test]
    fn a_word_too_many_still_finds_the_name() {
        assert_eq!(nearest("the churn project", ["churn", "chess"], 3), ["churn"]);
    }

    #[test]
    fn a_misspelt_name_is_nearer_than_one_of_its_words() {
        assert_eq!(nearest("team/visoin", ["team", "team/vision"], 1), ["team/vision"]);
    }

    #[test]
    fn two_letters_within_a_word_are_chance() {
        assert!(nearest("lr", ["all_right"], 3).is_empty());
    }

    #[test]
    fn nothing_near_is_nothing() {
        assert!(nearest("zzz", ["accuracy", "loss"], 3).is_empty());
    }
}
