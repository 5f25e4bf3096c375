//! Sizes in words.

/// A number of bytes as people say it: `950 B`, `4.9 kB`, `5.0 MB`; thousands, not 1,024.
pub(crate) fn words(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1_000 {
        return format!("{bytes} B");
    }
    // A size is rounded here anyway.
    #[allow(clippy::cast_precision_loss)]
    let mut size = bytes as f64 / 1_000.0;
    let mut unit = 0;
    // What would be rounded to 1000 of a unit is 1 of the next.
    while size >= 999.95 && unit + 1 < UNITS.len() {
        size /= 1_000.0;
        unit += 1;
    }
    format!("{size:.1} {}", UNITS.get(unit).copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn a_size_is_said_in_the_unit_that_fits() {
        for (bytes, said) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (999_949, "999.9 kB"),
            (999_950, "1.0 MB"),
            (5_000_008, "5.0 MB"),
            (1_000_000_000, "1.0 GB"),
            (u64::MAX, "18446744.1 TB"),
        ] {
            assert_eq!(words(bytes), said);
        }
    }
}
