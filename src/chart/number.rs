//! Numbers as axes and marks show them.

/// A value with so many significant digits at most, without zeros that say nothing.
pub fn short(value: f64, digits: usize) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if !value.is_finite() {
        return if value.is_nan() {
            "NaN"
        } else if value > 0.0 {
            "∞"
        } else {
            "−∞"
        }
        .to_owned();
    }
    let digits = digits.max(1);
    let exponential = format!("{value:.*e}", digits - 1);
    let Some((mantissa, exponent)) = exponential.split_once('e') else { return exponential };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        let decimals = usize::try_from(i32::try_from(digits).unwrap_or(6) - 1 - exponent).unwrap_or_default();
        return signed(trimmed(&format!("{value:.decimals$}")));
    }
    signed(&format!("{}e{exponent}", trimmed(mantissa)))
}

/// The value at a tick of an axis, with as many decimals as its step asks for.
pub(super) fn at_tick(value: f64, step: f64, largest: f64) -> String {
    if value.abs() < step.abs() / 1e3 {
        return "0".to_owned();
    }
    let decimals = |step: f64| usize::try_from((-(step.abs() * 1.000_001).log10()).ceil().max(0.0) as i64).unwrap_or(0);
    let units = [(1e9, "G"), (1e6, "M"), (1e3, "k")];
    let unit =
        units.into_iter().find(|(unit, _)| largest >= unit * 10.0 && largest < 1e13 && decimals(step / unit) <= 2);
    if let Some((unit, name)) = unit {
        return signed(&format!("{:.*}{name}", decimals(step / unit), value / unit));
    }
    if !(1e-3..1e7).contains(&largest) || decimals(step) > 6 {
        let exponent = largest.log10().floor();
        let scale = 10_f64.powf(exponent);
        if scale > 0.0 && scale.is_finite() {
            return signed(&format!(
                "{}e{exponent}",
                trimmed(&format!("{:.*}", decimals(step / scale), value / scale))
            ));
        }
        return short(value, 3);
    }
    signed(&format!("{value:.*}", decimals(step)))
}

/// A power of ten.
pub(super) fn power(exponent: i32) -> String {
    match exponent {
        -3..=3 => short(10_f64.powi(exponent), 1),
        _ => signed(&format!("1e{exponent}")),
    }
}

/// A step in whole: `12,345`.
pub(super) fn step(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut shown = if value < 0.0 { "−" } else { "" }.to_owned();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

fn trimmed(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// With a minus sign as wide as a plus.
fn signed(text: &str) -> String {
    text.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_the_digits_that_matter() {
        for (value, text) in [
            (0.912_345, "0.9123"),
            (340.0, "340"),
            (123_456.0, "123456"),
            (-0.5, "−0.5"),
            (1e-7, "1e−7"),
            (2.5e10, "2.5e10"),
            (0.0, "0"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "−∞"),
        ] {
            assert_eq!(short(value, 4), text);
        }
    }

    #[test]
    fn ticks_have_the_decimals_of_their_step_and_a_unit_where_they_are_long() {
        let row = |values: &[f64], step: f64| -> Vec<String> {
            let largest = values.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
            values.iter().map(|value| at_tick(*value, step, largest)).collect()
        };
        assert_eq!(row(&[0.0, 0.05, 0.1], 0.05), ["0", "0.05", "0.10"]);
        assert_eq!(row(&[-0.2, 0.0, 0.2], 0.2), ["−0.2", "0", "0.2"]);
        assert_eq!(row(&[0.0, 5_000.0, 10_000.0], 5_000.0), ["0", "5k", "10k"]);
        assert_eq!(row(&[1_500_000.0, 20_000_000.0], 500_000.0), ["1.5M", "20.0M"]);
        assert_eq!(row(&[1e-5, 2e-5], 1e-5), ["1e−5", "2e−5"]);
        assert_eq!(row(&[0.0, 1e30, 2e30], 1e30), ["0", "1e30", "2e30"]);
        assert_eq!(row(&[0.3], 0.1), ["0.3"]);
    }

    #[test]
    fn thousands_are_parted() {
        assert_eq!([999.0, 1_234_567.0, -1_000.0].map(step), ["999", "1,234,567", "−1,000"]);
    }
}
