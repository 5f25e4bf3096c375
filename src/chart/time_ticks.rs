//! Places on an axis of time: full minutes, hours and days.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::ticks::{Tick, linear};

/// Steps of time, in seconds.
const STEPS: [f64; 23] = [
    1.0,
    2.0,
    5.0,
    10.0,
    15.0,
    30.0,
    60.0,
    120.0,
    300.0,
    600.0,
    900.0,
    1_800.0,
    3_600.0,
    7_200.0,
    10_800.0,
    21_600.0,
    43_200.0,
    86_400.0,
    172_800.0,
    604_800.0,
    1_209_600.0,
    2_592_000.0,
    31_536_000.0,
];
const DAY: f64 = 86_400.0;

/// Moments between two, in seconds since 1970, and what the axis is called.
pub(super) fn moments(low: f64, high: f64, most: usize) -> (Vec<Tick>, String) {
    let least = (high - low) / most.max(1) as f64;
    let Some(step) = STEPS.into_iter().find(|step| *step >= least) else {
        return (Vec::new(), "time (UTC)".to_owned());
    };
    let format = if step < 60.0 {
        "%H:%M:%S"
    } else if step < DAY {
        "%H:%M"
    } else {
        "%-d %b"
    };
    let (first, last) = (written(low, "%-d %b %Y"), written(high, "%-d %b %Y"));
    let one_day = first == last;
    let numbers = (low / step).ceil() as i64..=(high / step).floor() as i64;
    let mut before: Option<String> = None;
    let ticks = numbers.take(40).map(|number| {
        let at = number as f64 * step;
        let day = written(at, "%-d %b");
        // Where days change, the first moment of each says which it is; the name of the axis tells the first of them.
        let changed = before.as_ref().is_some_and(|before| *before != day);
        let text = match (step < DAY && changed, at.rem_euclid(DAY) == 0.0) {
            (true, true) => day.clone(),
            (true, false) => format!("{day} {}", written(at, format)),
            (false, _) => written(at, format),
        };
        before = Some(day);
        Tick { at, text }
    });
    let name = if one_day { format!("{first} (UTC)") } else { format!("{first} – {last} (UTC)") };
    (ticks.collect(), name)
}

fn written(seconds: f64, format: &str) -> String {
    let Ok(moment) = Timestamp::from_second(seconds.floor() as i64) else { return String::new() };
    moment.to_zoned(TimeZone::UTC).strftime(format).to_string()
}

/// Durations between two, given in seconds, in the unit that fits; and what the axis is called.
pub(super) fn durations(low: f64, high: f64, most: usize) -> (Vec<Tick>, String) {
    let (unit, name) = match high - low {
        ..=120.0 => (1.0, "s"),
        ..=7_200.0 => (60.0, "min"),
        ..=259_200.0 => (3_600.0, "h"),
        _ => (DAY, "days"),
    };
    let ticks = linear(low / unit, high / unit, most, false);
    let ticks = ticks.into_iter().map(|tick| Tick { at: tick.at * unit, ..tick });
    (ticks.collect(), format!("since the start ({name})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().map(|tick| tick.text.as_str()).collect()
    }

    #[test]
    fn moments_are_full_and_the_day_is_told_where_it_changes() {
        // 20 November 2026, 22:10 UTC
        let start = 1_795_212_600.0;
        let (ticks, name) = moments(start, start + 3_000.0, 5);
        assert_eq!(
            (texts(&ticks), name.as_str()),
            (vec!["22:10", "22:20", "22:30", "22:40", "22:50", "23:00"], "20 Nov 2026 (UTC)")
        );
        let (ticks, name) = moments(start, start + 14_400.0, 5);
        assert_eq!(texts(&ticks), ["23:00", "21 Nov", "01:00", "02:00"]);
        assert_eq!(name, "20 Nov 2026 – 21 Nov 2026 (UTC)");
        assert_eq!(texts(&moments(start, start + 4.0 * DAY, 5).0), ["21 Nov", "22 Nov", "23 Nov", "24 Nov"]);
    }

    #[test]
    fn durations_have_the_unit_that_fits() {
        let (ticks, name) = durations(0.0, 5_400.0, 5);
        assert_eq!((texts(&ticks), name.as_str()), (vec!["0", "20", "40", "60", "80"], "since the start (min)"));
        assert_eq!(ticks[1].at, 1_200.0);
        assert_eq!(durations(0.0, 40_000.0, 5).1, "since the start (h)");
    }
}
