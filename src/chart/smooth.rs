//! Whether a curve is noisy, and its course without the noise: a running median, which neither lags behind nor smears a
//! single spike.

/// Points of a curve that are too few to be smoothed.
const FEWEST: usize = 40;
/// The share of turns among the steps of a curve from which on it is noise: pure noise turns at two of three.
const TURNS: f64 = 0.3;
/// The noise that is worth smoothing, in parts of the height: about three pixels.
const SEEN: f64 = 0.008;

/// The medians of windows of so many values (an odd number) around each. At the ends the window shrinks on both sides, to
/// half of its reach, so that the course neither lags there nor ends in the noise.
pub(super) fn running_median(values: &[f64], window: usize) -> Vec<f64> {
    let half = window / 2;
    let mut sorted: Vec<f64> = Vec::with_capacity(window);
    let (mut from, mut to) = (0, 0);
    (0..values.len())
        .map(|at| {
            let reach = reach(at, values.len(), half);
            while to <= (at + reach).min(values.len() - 1) {
                if let Some(value) = values.get(to) {
                    let place = sorted.partition_point(|other| other.total_cmp(value).is_lt());
                    sorted.insert(place, *value);
                }
                to += 1;
            }
            while from < at.saturating_sub(reach) {
                if let Some(value) = values.get(from) {
                    let place = sorted.partition_point(|other| other.total_cmp(value).is_lt());
                    sorted.remove(place);
                }
                from += 1;
            }
            sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
        })
        .collect()
}

/// The course of noisy values: running medians, evened by a mean over a third of the window, because medians go in steps.
pub(super) fn course(values: &[f64], window: usize) -> Vec<f64> {
    let medians = running_median(values, window);
    let half = window / 6;
    let (mut sum, mut from, mut to) = (0.0, 0, 0);
    (0..medians.len())
        .map(|at| {
            let reach = half.min(at).min(medians.len() - 1 - at);
            while to <= at + reach {
                sum += medians.get(to).copied().unwrap_or_default();
                to += 1;
            }
            while from < at - reach {
                sum -= medians.get(from).copied().unwrap_or_default();
                from += 1;
            }
            sum / (to - from) as f64
        })
        .collect()
}

/// How far a window reaches on both sides, as far as there are values.
fn reach(at: usize, count: usize, half: usize) -> usize {
    half.min(at).min(count - 1 - at).max(half / 2)
}

/// The window for a curve of so many points: about a thirtieth of it.
pub(super) fn window(points: usize) -> usize {
    (points / 30).clamp(5, 501) | 1
}

/// Whether finite values, told in parts of the height of the picture, are so noisy that their course is hard to see.
pub(super) fn is_noisy(heights: &[f64]) -> bool {
    if heights.len() < FEWEST {
        return false;
    }
    let steps: Vec<f64> = heights.windows(2).filter_map(|pair| Some(pair.last()? - pair.first()?)).collect();
    let turns = steps.windows(2).filter(|pair| matches!(pair, [a, b] if a * b < 0.0)).count();
    if (turns as f64) < TURNS * steps.len() as f64 {
        return false;
    }
    let medians = running_median(heights, window(heights.len()));
    let mut apart: Vec<f64> = heights.iter().zip(&medians).map(|(height, median)| (height - median).abs()).collect();
    apart.sort_by(f64::total_cmp);
    apart.get(apart.len() * 3 / 4).is_some_and(|typical| *typical > SEEN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Numbers between -1 and 1 that look like chance.
    fn noise(count: u32) -> Vec<f64> {
        (0..count).map(|at| f64::from(at.wrapping_mul(2_654_435_761) >> 8) / f64::from(1 << 23) - 1.0).collect()
    }

    #[test]
    fn a_spike_vanishes_from_the_median_and_a_step_stays_where_it_is() {
        let mut values = vec![1.0; 20];
        values[9] = 100.0;
        assert_eq!(running_median(&values, 5), vec![1.0; 20]);
        let step: Vec<f64> = (0..20).map(|at| if at < 10 { 0.0 } else { 1.0 }).collect();
        assert_eq!(running_median(&step, 5), step);
    }

    #[test]
    fn a_course_has_no_steps_and_stays_among_the_medians() {
        let values: Vec<f64> = noise(300).iter().enumerate().map(|(at, chance)| at as f64 / 50.0 + chance).collect();
        let (medians, course) = (running_median(&values, 31), course(&values, 31));
        let equal = |values: &[f64]| values.windows(2).filter(|pair| pair[0] == pair[1]).count();
        assert!(equal(&medians) > 20 && equal(&course) < 10);
        assert!(medians.iter().zip(&course).all(|(median, mean)| (median - mean).abs() < 0.5));
    }

    #[test]
    fn the_ends_are_as_smooth_as_the_rest() {
        let values = noise(300);
        let smooth = running_median(&values, 31);
        let widest = |part: &[f64]| part.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
        assert!(widest(&smooth[..3]) < 0.9 && widest(&smooth[297..]) < 0.9 && widest(&values) > 0.98);
    }

    #[test]
    fn noise_is_noisy_and_a_smooth_or_a_short_curve_is_not() {
        let falling = |noisy: f64, count: u32| -> Vec<f64> {
            noise(count)
                .iter()
                .enumerate()
                .map(|(at, chance)| 1.0 / (1.0 + at as f64 / 20.0) + noisy * chance)
                .collect()
        };
        assert!(is_noisy(&falling(0.1, 300)) && is_noisy(&falling(0.03, 300)));
        assert!(!is_noisy(&falling(0.0, 300)) && !is_noisy(&falling(0.004, 300)) && !is_noisy(&falling(0.1, 30)));
        let wave: Vec<f64> = (0..400).map(|at| (f64::from(at) / 20.0).sin()).collect();
        assert!(!is_noisy(&wave));
    }

    proptest! {
        #[test]
        fn it_is_the_median_of_each_window(values in proptest::collection::vec(-1e3_f64..1e3, 1..60), window in 0_usize..6) {
            let window = 2 * window + 1;
            let fast = running_median(&values, window);
            for at in 0..values.len() {
                let reach = reach(at, values.len(), window / 2);
                let mut slow = values[at.saturating_sub(reach)..=(at + reach).min(values.len() - 1)].to_vec();
                slow.sort_by(f64::total_cmp);
                prop_assert_eq!(fast[at], slow[slow.len() / 2]);
            }
        }
    }
}
