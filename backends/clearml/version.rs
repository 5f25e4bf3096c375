//! Versions of datasets in their order: `1.10.0` comes after `1.9.0`, and `2.0.0-rc1` before `2.0.0`.

use std::cmp::Ordering;

/// Which of two versions is later.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    let ((a_core, a_rest), (b_core, b_rest)) = (split(a), split(b));
    segments(a_core, b_core).then_with(|| match (a_rest, b_rest) {
        // What comes before a release bears its number and more.
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (a, b) => segments(a.unwrap_or_default(), b.unwrap_or_default()),
    })
}

/// The numbers, and what stands behind a dash.
fn split(version: &str) -> (&str, Option<&str>) {
    let version = version.trim();
    let digits = version.strip_prefix(['v', 'V']).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let version = digits.unwrap_or(version);
    let version = version.split_once('+').map_or(version, |(before, _)| before);
    version.split_once('-').map_or((version, None), |(core, rest)| (core, Some(rest)))
}

/// Segment by segment; a missing one counts as 0.
fn segments(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (a, b) => match segment(a.unwrap_or("0"), b.unwrap_or("0")) {
                Ordering::Equal => {}
                unequal => return unequal,
            },
        }
    }
}

/// Runs of digits by their value, all else letter by letter.
fn segment(mut a: &str, mut b: &str) -> Ordering {
    loop {
        let ((a_number, a_rest), (b_number, b_rest)) = (number(a), number(b));
        match (a_number, b_number) {
            (Some(x), Some(y)) => match x.len().cmp(&y.len()).then_with(|| x.cmp(y)) {
                Ordering::Equal => (a, b) = (a_rest, b_rest),
                unequal => return unequal,
            },
            _ => {
                let (mut x, mut y) = (a.chars(), b.chars());
                match (x.next(), y.next()) {
                    (None, None) => return Ordering::Equal,
                    (x, y) if x != y => return x.cmp(&y),
                    _ => (a, b) = (x.as_str(), y.as_str()),
                }
            }
        }
    }
}

/// The digits at the beginning, without zeros before them, and the rest.
fn number(text: &str) -> (Option<&str>, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    ((!digits.is_empty()).then(|| digits.trim_start_matches('0')), rest)
}

#[cfg(test)]
mod tests {
    use super::compare;

    #[test]
    fn each_version_comes_after_the_one_before_it() {
        let ordered = [
            "0.9",
            "1",
            "1.0.1",
            "1.2.0",
            "1.9.0",
            "1.10.0-rc2",
            "1.10.0-rc10",
            "1.10.0",
            "v2.0.0",
            "2.0.0a",
            "10.0.0",
            "99999999999999999999999.0",
            "alpha",
            "beta",
        ];
        for (at, a) in ordered.iter().enumerate() {
            for (other, b) in ordered.iter().enumerate() {
                assert_eq!(compare(a, b), at.cmp(&other), "{a} and {b}");
            }
        }
    }

    #[test]
    fn versions_that_are_written_differently_may_be_the_same() {
        for (a, b) in [("1.0", "1.0.0"), ("v1.2", "1.2.0"), ("1.02", "1.2"), ("1.0+a", "1.0+b"), ("", "")] {
            assert!(compare(a, b).is_eq(), "{a} and {b}");
        }
    }
}
