//! The last lines of a log that say something.

use std::sync::LazyLock;

use regex::Regex;

use super::traceback::Traceback;

/// The last lines that say something: no progress bars, no empty lines, none twice in a row, none of the traceback, which is
/// shown apart. The lines come in their order.
pub fn last_lines<'a>(lines: &[&'a str], traceback: Option<&Traceback>, count: usize) -> Vec<&'a str> {
    static BAR: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"\d{1,3}%\|.*\||\b(?:it/s|s/it)\]?|^[\s|/\\\-=>#.█▏▎▍▌▋▊▉━╸]*$|^\s*\^+\s*$").ok());
    let is_bar = |line: &str| BAR.as_ref().is_some_and(|bar| bar.is_match(line));
    let is_shown = |at: usize| traceback.is_some_and(|traceback| (traceback.from..=traceback.to).contains(&at));
    let mut found: Vec<&'a str> = Vec::new();
    for (at, line) in lines.iter().enumerate().rev() {
        if found.len() == count {
            break;
        }
        if !line.trim().is_empty() && !is_bar(line) && !is_shown(at) && found.last() != Some(line) {
            found.push(line);
        }
    }
    found.reverse();
    found
}

#[cfg(test)]
mod tests {
    use super::last_lines;

    #[test]
    fn bars_blanks_and_repetitions_are_left_out() {
        let lines = [
            "epoch 1 loss 0.5",
            "  50%|█████     | 5/10 [00:01<00:01, 4.9it/s]",
            "",
            "warned",
            "warned",
            "====",
            "done",
        ];
        assert_eq!(last_lines(&lines, None, 10), ["epoch 1 loss 0.5", "warned", "done"]);
        assert_eq!(last_lines(&lines, None, 2), ["warned", "done"]);
    }
}
