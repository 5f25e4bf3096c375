//! Estimates that a few odd values do not move.

use super::Interval;

/// Makes the MAD of normal noise its standard deviation: 1 ÷ Φ⁻¹(3/4).
const NORMAL: f64 = 1.482_602_218_505_602;
/// Makes the mean absolute deviation of normal noise its standard deviation: √(π ÷ 2).
const NORMAL_MEAN: f64 = 1.253_314_137_315_5;
/// Likewise the mean of the lower seven tenths: 0.7 ÷ (2 (φ(0) − φ(q))), with q = Φ⁻¹(0.85).
const NORMAL_TRIMMED: f64 = 2.111_239_5;
/// The two-sided quantile of the normal distribution for 95 %.
const Z: f64 = 1.959_963_984_540_054;

/// The median; 0 of nothing. Puts the values into another order.
pub(super) fn median(values: &mut [f64]) -> f64 {
    let middle = values.len() / 2;
    if values.is_empty() {
        return 0.0;
    }
    let odd = values.len() % 2 == 1;
    let (below, upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    let upper = *upper;
    if odd {
        return upper;
    }
    let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    // Halved first: the sum may be beyond the range of numbers.
    lower / 2.0 + upper / 2.0
}

/// The value below which the share of the values lies. Puts them into another order.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
pub(super) fn quantile(values: &mut [f64], share: f64) -> f64 {
    let Some(last) = values.len().checked_sub(1) else { return 0.0 };
    let at = (share * last as f64).round() as usize;
    *values.select_nth_unstable_by(at.min(last), f64::total_cmp).1
}

/// The median absolute deviation from the median. Puts the values into another order, and their deviations in their place.
#[cfg(test)]
pub(super) fn median_absolute_deviation(values: &mut [f64]) -> f64 {
    let middle = median(values);
    values.iter_mut().for_each(|value| *value = (*value - middle).abs());
    median(values)
}

/// The standard deviation of values scattered around 0, by their MAD; where most are 0, by their mean absolute deviation
/// (Iglewicz and Hoaglin). Puts absolute values in their place.
#[allow(clippy::cast_precision_loss)]
pub(super) fn scale(values: &mut [f64]) -> f64 {
    values.iter_mut().for_each(|value| *value = value.abs());
    match NORMAL * median(values) {
        0.0 if !values.is_empty() => NORMAL_MEAN * values.iter().map(|value| value / values.len() as f64).sum::<f64>(),
        scale => scale,
    }
}

/// The standard deviation of values scattered around 0, by the mean of the absolute values of the lower seven tenths: a little
/// more exact than the MAD, and less moved by tails that are heavy in all of the noise. Where those are 0, by the mean absolute
/// deviation. Puts absolute values in their place.
#[allow(clippy::cast_precision_loss)]
pub(super) fn trimmed_scale(values: &mut [f64]) -> f64 {
    values.iter_mut().for_each(|value| *value = value.abs());
    let mean = |values: &[f64]| values.iter().map(|value| value / values.len() as f64).sum::<f64>();
    let kept = (values.len() * 7).div_ceil(10);
    if kept < values.len() {
        values.select_nth_unstable_by(kept, f64::total_cmp);
    }
    match mean(values.get(..kept).unwrap_or_default()) * NORMAL_TRIMMED {
        0.0 => NORMAL_MEAN * mean(values),
        scale => scale,
    }
}

/// The slope of y over x by Theil and Sen: the median of the slopes between all pairs; and Sen's interval of 95 %, made
/// wider by a factor where values are like those before them. None where no two x differ. O(n²).
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
pub(super) fn slope(x: &[f64], y: &[f64], wider: f64) -> Option<Interval> {
    let mut slopes = Vec::with_capacity(x.len() * x.len().saturating_sub(1) / 2);
    for (at, (x1, y1)) in x.iter().zip(y).enumerate() {
        let later = x.iter().zip(y).skip(at + 1).filter(|(x2, _)| *x2 != x1);
        slopes.extend(later.map(|(x2, y2)| (y2 - y1) / (x2 - x1)));
    }
    let pairs = slopes.len() as f64;
    let variance = (pairs_of(x.len()) - ties(x) - ties(y)) / 18.0;
    let last = slopes.len().checked_sub(1)?;
    let estimate = median(&mut slopes);
    let spread = Z * wider * variance.max(0.0).sqrt();
    let upper = (((pairs + spread) / 2.0).round_ties_even() as usize).min(last);
    let lower = (((pairs - spread) / 2.0).round_ties_even() - 1.0).max(0.0) as usize;
    let low = *slopes.select_nth_unstable_by(lower.min(last), f64::total_cmp).1;
    let high = *slopes.select_nth_unstable_by(upper, f64::total_cmp).1;
    Some(Interval { estimate, low, high })
}

/// What Kendall's variance takes for each group of so many equal values.
#[allow(clippy::cast_precision_loss)]
fn pairs_of(count: usize) -> f64 {
    let count = count as f64;
    count * (count - 1.0) * (2.0 * count + 5.0)
}

fn ties(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.chunk_by(|a, b| a == b).map(|equal| if equal.len() > 1 { pairs_of(equal.len()) } else { 0.0 }).sum()
}
