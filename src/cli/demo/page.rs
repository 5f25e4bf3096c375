//! How it looks in a terminal: questions that stand out, tables with columns of equal width.

/// What text looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// With the colours of a terminal.
    Coloured,
    /// Letters only.
    Plain,
}

impl Look {
    /// Coloured for a terminal, unless its user wants none (`NO_COLOR`, `TERM=dumb`).
    pub(super) fn of(is_terminal: bool, no_color: Option<&str>, term: Option<&str>) -> Self {
        let wanted = no_color.is_none_or(str::is_empty) && term != Some("dumb");
        // Consoles of Windows show the codes as they are unless a program asks them not to.
        if is_terminal && wanted && !cfg!(windows) { Self::Coloured } else { Self::Plain }
    }

    /// What a reader looks for.
    pub(super) fn strong(self, text: &str) -> String {
        self.within("1", text)
    }

    /// What a reader may copy.
    pub(super) fn command(self, text: &str) -> String {
        self.within("36", text)
    }

    fn within(self, code: &str, text: &str) -> String {
        match self {
            Self::Coloured => format!("\x1b[{code}m{text}\x1b[0m"),
            Self::Plain => text.to_owned(),
        }
    }
}

/// Tables of Markdown with columns of equal width and without bars; all else as it is.
pub(super) fn aligned(text: &str) -> String {
    let mut lines = Vec::new();
    let mut table: Vec<Vec<&str>> = Vec::new();
    for line in text.lines() {
        match line.strip_prefix('|').and_then(|line| line.strip_suffix('|')) {
            Some(row) => table.push(cells(row)),
            None => {
                lines.append(&mut columns(&std::mem::take(&mut table)));
                lines.push(line.to_owned());
            }
        }
    }
    lines.append(&mut columns(&table));
    lines.join("\n")
}

/// Three spaces before each line that says something.
pub(super) fn indented(text: &str) -> String {
    let lines = text.lines().map(|line| if line.is_empty() { String::new() } else { format!("   {line}") });
    lines.collect::<Vec<_>>().join("\n")
}

/// A row, parted at bars that are not escaped.
fn cells(row: &str) -> Vec<&str> {
    let mut cells = Vec::new();
    let mut start = 0;
    let mut escaped = false;
    for (at, letter) in row.char_indices() {
        if letter == '|' && !escaped {
            cells.push(row.get(start..at).unwrap_or_default());
            start = at + 1;
        }
        escaped = letter == '\\' && !escaped;
    }
    cells.push(row.get(start..).unwrap_or_default());
    cells.into_iter().map(str::trim).collect()
}

fn columns(rows: &[Vec<&str>]) -> Vec<String> {
    let count = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        let widths = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        widths.max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..count).map(width).collect();
    let line = |row: &Vec<&str>| {
        let is_rule = row.iter().all(|cell| !cell.is_empty() && cell.bytes().all(|byte| b"-:".contains(&byte)));
        let padded = row.iter().zip(&widths).map(
            |(cell, &width)| {
                if is_rule { "-".repeat(width) } else { format!("{cell:<width$}") }
            },
        );
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_for_terminals_whose_user_does_not_mind() {
        assert_eq!(Look::of(false, None, None), Look::Plain);
        assert_eq!(Look::of(true, Some("1"), None), Look::Plain);
        assert_eq!(Look::of(true, None, Some("dumb")), Look::Plain);
        if cfg!(unix) {
            assert_eq!(Look::of(true, None, Some("xterm")), Look::Coloured);
            assert_eq!(Look::of(true, Some(""), None), Look::Coloured);
        }
        assert_eq!(Look::Plain.strong("x"), "x");
        assert_eq!(Look::Coloured.strong("x"), "\x1b[1mx\x1b[0m");
    }

    #[test]
    fn columns_of_a_table_are_of_equal_width() {
        let text = "best: a\n|run|mean|\n|---|---|\n|demo:±1|0.9|\n|b||\nafter\n|x|\n|-|";
        let shown = "best: a\nrun      mean\n-------  ----\ndemo:±1  0.9\nb\nafter\nx\n-";
        assert_eq!(aligned(text), shown);
    }

    #[test]
    fn a_bar_within_a_cell_parts_nothing() {
        assert_eq!(cells(r"a \| b|c"), [r"a \| b", "c"]);
        assert_eq!(aligned("a | b"), "a | b");
    }

    #[test]
    fn empty_lines_stay_empty() {
        assert_eq!(indented("a\n\nb"), "   a\n\n   b");
    }
}
