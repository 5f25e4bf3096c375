//! Fewer points than pixels, with every extreme: what a line of very many points looks like, drawn in a fraction of the time.

use super::stroke::At;

/// Of the points of each column of so many pixels the highest and the lowest, in their order; and both ends.
pub(super) fn thinned(points: &[At], pixels: usize) -> Vec<At> {
    let column = |point: &At| (point.0 / pixels.max(1) as f32).floor();
    let mut kept: Vec<At> = Vec::new();
    for group in points.chunk_by(|a, b| column(a) == column(b)) {
        let number = |higher: fn(f32, f32) -> bool| {
            let pick = |best: Option<(usize, f32)>, (at, point): (usize, &At)| match best {
                Some((_, y)) if !higher(point.1, y) => best,
                _ => Some((at, point.1)),
            };
            group.iter().enumerate().fold(None, pick).map(|(at, _)| at)
        };
        let (Some(top), Some(bottom)) = (number(|a, b| a < b), number(|a, b| a > b)) else { continue };
        let (first, second) = (top.min(bottom), top.max(bottom));
        kept.extend(group.get(first));
        kept.extend(group.get(second).filter(|_| second > first));
    }
    if let (Some(first), Some(last)) = (points.first(), points.last()) {
        if kept.first() != Some(first) {
            kept.insert(0, *first);
        }
        if kept.last() != Some(last) {
            kept.push(*last);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_spike_among_a_million_points_is_kept() {
        let mut points: Vec<At> = (0..1_000_000_u32).map(|at| (at as f32 / 1_500.0, 50.0)).collect();
        points[612_345].1 = 3.0;
        let kept = thinned(&points, 1);
        assert!(kept.len() < 2_000 && kept.contains(&points[612_345]));
    }

    proptest! {
        #[test]
        fn ends_and_extremes_stay_in_order(heights in proptest::collection::vec(0.0_f32..100.0, 1..400), width in 1_u16..50, pixels in 1_usize..4) {
            let count = heights.len() as f32;
            let points: Vec<At> = heights.iter().enumerate().map(|(at, y)| (at as f32 * f32::from(width) / count, *y)).collect();
            let kept = thinned(&points, pixels);
            prop_assert_eq!((kept.first(), kept.last()), (points.first(), points.last()));
            prop_assert!(kept.windows(2).all(|pair| pair[0].0 <= pair[1].0));
            let extreme = |of: &[At], pick: fn(f32, f32) -> f32| of.iter().map(|point| point.1).reduce(pick);
            prop_assert_eq!(extreme(&kept, f32::min), extreme(&points, f32::min));
            prop_assert_eq!(extreme(&kept, f32::max), extreme(&points, f32::max));
            prop_assert!(kept.len() <= 2 * (usize::from(width) + 1) + 2);
        }
    }
}
