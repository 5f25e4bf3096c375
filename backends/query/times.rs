//! Moments and lengths of time as people write them.

use jiff::civil::DateTime;
use jiff::fmt::friendly::{Spacing, SpanPrinter};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};

use super::syntax_error::shortened;
use crate::{Error, Result};

const FORMS: &str = "2026-11-20, 2026-11-20T03:12Z, 7d, 12h, 30m (ago), today, yesterday";
/// From here on (1973) a bare integer can only be milliseconds; below, it rather is seconds, or a year.
const LEAST_MILLISECONDS: u64 = 100_000_000_000;

/// Reads a moment: RFC 3339; a date, or date and time without zone (UTC); a length of time before `now` (`7d`,
/// `12h`, `1h 30m`, `2w ago`); `now`, `today`, `yesterday` (0:00 UTC); an integer of milliseconds since 1970.
///
/// # Errors
/// Bad input, with the forms that are accepted.
pub fn parse_time(text: &str, now: Timestamp) -> Result<Timestamp> {
    read_time(text, now).map_err(|message| Error::bad_input(shortened(&message, 300)))
}

pub(super) fn read_time(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let text = text.trim();
    if let Ok(milliseconds) = text.parse::<i64>() {
        if milliseconds != 0 && milliseconds.unsigned_abs() < LEAST_MILLISECONDS {
            return Err(format!(
                "{text} is not a moment: a bare integer is milliseconds since 1970, which has 13 digits today; write {FORMS}"
            ));
        }
        return Timestamp::from_millisecond(milliseconds).map_err(|_| format!("{text} is no moment within 9999 years"));
    }
    if let Some(moment) = named_moment(text, now) {
        return Ok(moment);
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment);
    }
    // A zone in brackets without an offset needs a database of zones; taking it for UTC would be wrong by hours.
    if !text.contains('[')
        && let Ok(naive) = text.parse::<DateTime>()
        && let Ok(moment) = TimeZone::UTC.to_timestamp(naive)
    {
        return Ok(moment);
    }
    let ago = read_length(text).ok_or_else(|| format!("{:?} is not a moment; write {FORMS}", shortened(text, 60)))?;
    now.checked_sub(ago.abs()).map_err(|_| format!("{text} ago is before the beginning of time"))
}

fn named_moment(text: &str, now: Timestamp) -> Option<Timestamp> {
    let midnight = || now.to_zoned(TimeZone::UTC).start_of_day().ok().map(|day| day.timestamp());
    match text.to_ascii_lowercase().as_str() {
        "now" => Some(now),
        "today" => midnight(),
        "yesterday" => midnight()?.checked_sub(SignedDuration::from_hours(24)).ok(),
        _ => None,
    }
}

/// Reads a length of time: `2h`, `1h 30m`, `7d`, `2 weeks`; a day has 24 hours; months and years have no length.
pub(super) fn read_length(text: &str) -> Option<SignedDuration> {
    let text = text.to_lowercase();
    // `03:12:00` would be read as hours, minutes and seconds, where people mean a time of day.
    if text.contains(':') {
        return None;
    }
    text.parse::<SignedDuration>().ok().or_else(|| {
        let span = text.parse::<Span>().ok()?;
        span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()
    })
}

/// A length of time as [`read_length`] reads it: `1h30m`.
pub(super) fn write_length(length: SignedDuration) -> String {
    SpanPrinter::new().spacing(Spacing::None).duration_to_string(&length)
}

#[cfg(test)]
mod tests {
    use super::{SignedDuration, Timestamp, parse_time, read_length};

    fn now() -> Timestamp {
        "2026-11-20T09:30:00Z".parse().unwrap()
    }

    fn read(text: &str) -> String {
        parse_time(text, now()).unwrap().to_string()
    }

    #[test]
    fn moments_are_read_in_every_form() {
        for (text, moment) in [
            ("2026-11-19T04:12:05+01:00", "2026-11-19T03:12:05Z"),
            ("2026-11-19T03:12Z", "2026-11-19T03:12:00Z"),
            ("2026-11-19 03:12", "2026-11-19T03:12:00Z"),
            ("2026-11-19T03:12:05.25", "2026-11-19T03:12:05.25Z"),
            (" 2026-11-19 ", "2026-11-19T00:00:00Z"),
            ("1763633525000", "2025-11-20T10:12:05Z"),
            ("0", "1970-01-01T00:00:00Z"),
            ("now", "2026-11-20T09:30:00Z"),
            ("Today", "2026-11-20T00:00:00Z"),
            ("yesterday", "2026-11-19T00:00:00Z"),
        ] {
            assert_eq!(read(text), moment, "{text}");
        }
    }

    #[test]
    fn lengths_of_time_count_backwards_from_now() {
        for (text, moment) in [
            ("7d", "2026-11-13T09:30:00Z"),
            ("7D", "2026-11-13T09:30:00Z"),
            ("7 days ago", "2026-11-13T09:30:00Z"),
            ("-7d", "2026-11-13T09:30:00Z"),
            ("12h", "2026-11-19T21:30:00Z"),
            ("30m", "2026-11-20T09:00:00Z"),
            ("2w", "2026-11-06T09:30:00Z"),
            ("45s", "2026-11-20T09:29:15Z"),
            ("1d 12h", "2026-11-18T21:30:00Z"),
            ("1h30m", "2026-11-20T08:00:00Z"),
            ("P1D", "2026-11-19T09:30:00Z"),
        ] {
            assert_eq!(read(text), moment, "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_refused_with_the_forms() {
        for text in
            ["", "soon", "03:12:00", "1mo", "2026-13-01", "7", "1763633525", "2026-11-19T03:12[Europe/Paris]", "7x"]
        {
            let error = parse_time(text, now()).unwrap_err();
            assert!(error.message.contains("2026-11-20T03:12Z"), "{text}: {error}");
        }
    }

    #[test]
    fn a_time_beyond_the_calendar_is_an_error() {
        assert!(parse_time("9000000d", now()).is_err());
        assert!(parse_time("9223372036854775807", now()).is_err());
    }

    #[test]
    fn a_fraction_of_an_hour_is_a_length() {
        assert_eq!(read_length("1.5h"), Some(SignedDuration::from_mins(90)));
    }
}
