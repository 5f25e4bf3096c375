//! Places on an axis that are good to read.

use super::number;

/// A place on an axis, with its words.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    pub(super) at: f64,
    pub(super) text: String,
}

/// Multiples of 1, 2 or 5 times a power of ten, of at most about so many; `whole` numbers alone if asked for.
pub(super) fn linear(low: f64, high: f64, most: usize, whole: bool) -> Vec<Tick> {
    let span = high - low;
    if !span.is_finite() || span <= 0.0 {
        return Vec::new();
    }
    let least = span / most.max(1) as f64;
    let magnitude = 10_f64.powf(least.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|times| times * magnitude).find(|step| *step >= least * 0.8);
    let step = step.unwrap_or(magnitude * 10.0);
    let step = if whole { step.max(1.0) } else { step };
    spaced(low, high, step)
}

/// The multiples of a step.
fn spaced(low: f64, high: f64, step: f64) -> Vec<Tick> {
    let (first, last) = ((low / step - 1e-9).ceil(), (high / step + 1e-9).floor());
    if !(last - first).is_finite() || last - first > 100.0 {
        return Vec::new();
    }
    let largest = (first * step).abs().max((last * step).abs());
    let at = (0..=(last - first).max(-1.0) as i64).map(|number| (first + number as f64) * step);
    at.map(|at| Tick { at, text: number::at_tick(at, step, largest) }).collect()
}

/// Powers of ten, and between them 2 and 5 where there are few.
pub(super) fn logarithmic(low: f64, high: f64, most: usize) -> Vec<Tick> {
    if !(low > 0.0 && high > low && high.is_finite()) {
        return Vec::new();
    }
    let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    let decades = usize::try_from(last - first).unwrap_or(1).max(1);
    let every = i32::try_from(decades.div_ceil(most.max(1))).unwrap_or(1).max(1);
    let between: &[f64] = if decades * 3 <= most + 3 { &[1.0, 2.0, 5.0] } else { &[1.0] };
    let inside = |at: &f64| *at >= low * 0.999_999 && *at <= high * 1.000_001;
    let mut ticks: Vec<Tick> = Vec::new();
    for exponent in (first..=last).filter(|exponent| exponent.rem_euclid(every) == 0) {
        for times in between {
            let at = times * 10_f64.powi(exponent);
            let text = if *times > 1.0 && (-4..4).contains(&exponent) {
                number::short(at, 1)
            } else {
                number::power(exponent).replacen('1', &format!("{times}"), 1)
            };
            ticks.extend(Some(Tick { at, text }).filter(|tick| inside(&tick.at)));
        }
    }
    // Within less than a factor of two or so, no such place may lie.
    if ticks.len() < 2 { linear(low, high, most.max(5), false) } else { ticks }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().map(|tick| tick.text.as_str()).collect()
    }

    #[test]
    fn linear_ticks_are_round() {
        assert_eq!(texts(&linear(0.0, 1.0, 6, false)), ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(texts(&linear(0.0, 9_900.0, 5, true)), ["0", "2000", "4000", "6000", "8000"]);
        assert_eq!(texts(&linear(1.0, 3.0, 6, true)), ["1", "2", "3"]);
        assert_eq!(texts(&linear(-0.7, 0.3, 5, false)), ["−0.6", "−0.4", "−0.2", "0", "0.2"]);
        assert!(linear(1.0, 1.0, 5, false).is_empty());
    }

    #[test]
    fn logarithmic_ticks_are_powers_of_ten_and_finer_where_there_is_room() {
        assert_eq!(texts(&logarithmic(1e-6, 1.0, 5)), ["1e−6", "1e−4", "0.01", "1"]);
        assert_eq!(texts(&logarithmic(0.05, 3.0, 6)), ["0.05", "0.1", "0.2", "0.5", "1", "2"]);
        assert_eq!(texts(&logarithmic(1e-5, 1e-4, 6)), ["1e−5", "2e−5", "5e−5", "1e−4"]);
        assert_eq!(texts(&logarithmic(0.91, 0.98, 4)), ["0.92", "0.94", "0.96", "0.98"]);
        assert!(logarithmic(0.0, 1.0, 5).is_empty());
    }

    proptest! {
        #[test]
        fn ticks_lie_inside_in_order_and_are_told_apart(low in -1e9_f64..1e9, share in 1e-3_f64..10.0, most in 3_usize..9) {
            let high = low + low.abs().max(1e-6) * share;
            let ticks = linear(low, high, most, false);
            prop_assert!(ticks.len() <= most * 5 / 4 + 2);
            let slack = (high - low) * 1e-6;
            prop_assert!(ticks.iter().all(|tick| tick.at >= low - slack && tick.at <= high + slack));
            for pair in ticks.windows(2) {
                prop_assert!(pair[0].at < pair[1].at);
                prop_assert!(pair[0].text != pair[1].text, "{:?}", pair);
            }
        }

        #[test]
        fn logarithmic_ticks_do_too(exponent in -30.0_f64..30.0, decades in 0.01_f64..20.0, most in 3_usize..9) {
            let (low, high) = (10_f64.powf(exponent), 10_f64.powf(exponent + decades));
            let ticks = logarithmic(low, high, most);
            prop_assert!(ticks.len() >= 2 && ticks.len() <= most + 8, "{ticks:?}");
            prop_assert!(ticks.windows(2).all(|pair| pair[0].at < pair[1].at && pair[0].text != pair[1].text), "{ticks:?}");
        }
    }
}
