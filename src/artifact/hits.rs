//! Lines that were found, as they are shown: `12: text` for one that fits, `11- text` for one beside it, `--` between groups.

use super::grep::Hit;

/// The lines with their numbers, as far as these are known; `label` stands for that of the others.
pub(crate) fn listed(hits: &[Hit], number: impl Fn(u64) -> u64, label: impl Fn(u64) -> String) -> String {
    let context = hits.iter().any(|hit| !hit.fits);
    let mut lines: Vec<String> = Vec::new();
    let mut before: Option<u64> = None;
    for hit in hits {
        let mark = if hit.fits { ':' } else { '-' };
        match number(hit.start.line) {
            0 => lines.push(format!("{}{mark} {}", label(hit.start.at), hit.text)),
            line => {
                if context && before.is_some_and(|before| line > before + 1) {
                    lines.push("--".to_owned());
                }
                lines.push(format!("{line}{mark} {}", hit.text));
                before = Some(line);
            }
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::{Hit, listed};
    use crate::artifact::Start;

    fn hit(line: u64, at: u64, text: &str, fits: bool) -> Hit {
        Hit { start: Start { at, line }, text: text.to_owned(), fits }
    }

    #[test]
    fn groups_are_parted_and_what_fits_is_marked() {
        let hits = [hit(3, 0, "a", false), hit(4, 9, "b", true), hit(9, 50, "c", true)];
        assert_eq!(listed(&hits, |line| line, |_| String::new()), "3- a\n4: b\n--\n9: c");
    }

    #[test]
    fn a_line_whose_number_is_not_known_has_its_label() {
        let hits = [hit(0, 50, "c", true)];
        assert_eq!(listed(&hits, |line| line, |at| format!("byte {at}")), "byte 50: c");
    }
}
