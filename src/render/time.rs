//! Times in RFC 3339 and UTC, durations in words.

use jiff::{SignedDuration, Timestamp};

/// A moment, to the second, or to the millisecond that trackers keep.
pub(super) fn moment(time: Timestamp, exact: bool) -> String {
    if exact { format!("{time:.3}") } else { format!("{time:.0}") }
}

/// A duration in its two largest units: `3d 4h`, `2h 5m`, `4m 12s`, `43s`, `1.2s`, `120ms`. What is smaller is cut off.
pub fn in_words(duration: SignedDuration) -> String {
    let sign = if duration.is_negative() { "-" } else { "" };
    let duration = duration.unsigned_abs();
    let (seconds, millis) = (duration.as_secs(), duration.subsec_millis());
    let two = |large: u64, unit: char, small: u64, below: char| {
        if small == 0 { format!("{large}{unit}") } else { format!("{large}{unit} {small}{below}") }
    };
    let words = match seconds {
        0 if millis == 0 => return "0s".to_owned(),
        0 => format!("{millis}ms"),
        1..=9 if millis >= 100 => format!("{seconds}.{}s", millis / 100),
        1..=59 => format!("{seconds}s"),
        60..=3_599 => two(seconds / 60, 'm', seconds % 60, 's'),
        3_600..=86_399 => two(seconds / 3_600, 'h', seconds % 3_600 / 60, 'm'),
        _ => two(seconds / 86_400, 'd', seconds % 86_400 / 3_600, 'h'),
    };
    format!("{sign}{words}")
}

#[cfg(test)]
mod tests {
    use super::{in_words, moment};
    use jiff::{SignedDuration, Timestamp};

    #[test]
    fn a_moment_is_rfc_3339_to_the_second() {
        let time: Timestamp = "2026-11-20T11:18:00.123Z".parse().unwrap();
        assert_eq!(moment(time, false), "2026-11-20T11:18:00Z");
        assert_eq!(moment(time, true), "2026-11-20T11:18:00.123Z");
        let round: Timestamp = "2026-11-20T11:18:00.58Z".parse().unwrap();
        assert_eq!(moment(round, true), "2026-11-20T11:18:00.580Z", "as wide as those beside it");
    }

    #[test]
    fn a_duration_is_said_in_its_two_largest_units() {
        let words = |millis| in_words(SignedDuration::from_millis(millis));
        assert_eq!(words(0), "0s");
        assert_eq!(words(120), "120ms");
        assert_eq!(words(1_234), "1.2s");
        assert_eq!(words(43_900), "43s");
        assert_eq!(words(252_000), "4m 12s");
        assert_eq!(words(7_500_000), "2h 5m");
        assert_eq!(words(7_200_000), "2h");
        assert_eq!(words(273_600_000), "3d 4h");
        assert_eq!(words(-43_000), "-43s");
    }
}
