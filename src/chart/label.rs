//! Labels one below the other, each as near to its line as the others allow.

/// Where labels stand of which each wants to be at a place: in the order of these, at least `height` apart, and between
/// top and bottom. The sum of the squared ways is least (pooling of neighbours that would overlap). With more labels than
/// there is room for, the distances shrink.
pub(super) fn placed(wanted: &[f32], height: f32, (top, bottom): (f32, f32)) -> Vec<f32> {
    let gaps = wanted.len().saturating_sub(1).max(1) as f32;
    let height = height.min((bottom - top).max(0.0) / gaps);
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    let want = |at: usize| wanted.get(at).copied().unwrap_or(top);
    order.sort_by(|a, b| want(*a).total_cmp(&want(*b)).then(a.cmp(b)));
    // Blocks of labels that touch: the sum of the places that their first one would like, and how many they are.
    let mut blocks: Vec<(f32, usize)> = Vec::new();
    for (number, at) in order.iter().enumerate() {
        let mut block = (want(*at) - number as f32 * height, 1);
        while let Some((sum, count)) = blocks.last().copied() {
            if sum / count as f32 <= block.0 / block.1 as f32 {
                break;
            }
            block = (block.0 + sum, block.1 + count);
            blocks.pop();
        }
        blocks.push(block);
    }
    let lowest = (bottom - gaps * height).max(top);
    let starts = blocks.iter().flat_map(|(sum, count)| std::iter::repeat_n(sum / *count as f32, *count));
    let mut places = vec![top; wanted.len()];
    for (number, (at, start)) in order.iter().zip(starts).enumerate() {
        let most = if wanted.len() > 1 { lowest } else { bottom };
        if let Some(place) = places.get_mut(*at) {
            *place = start.clamp(top, most.max(top)) + number as f32 * height;
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_does_not_overlap_stays_and_what_does_moves_apart_evenly() {
        assert_eq!(placed(&[10.0, 50.0, 90.0], 15.0, (0.0, 100.0)), [10.0, 50.0, 90.0]);
        assert_eq!(placed(&[50.0, 50.0], 20.0, (0.0, 100.0)), [40.0, 60.0]);
        assert_eq!(placed(&[52.0, 50.0, 51.0], 10.0, (0.0, 100.0)), [61.0, 41.0, 51.0]);
        assert_eq!(placed(&[0.0, 1.0], 10.0, (0.0, 100.0)), [0.0, 10.0]);
        assert_eq!(placed(&[200.0], 10.0, (0.0, 100.0)), [100.0]);
    }

    proptest! {
        #[test]
        fn labels_never_overlap_and_stay_inside_in_order(wanted in proptest::collection::vec(0.0_f32..400.0, 1..21)) {
            let places = placed(&wanted, 18.0, (10.0, 390.0));
            for a in 0..wanted.len() {
                prop_assert!((9.9..=390.1).contains(&places[a]));
                for b in 0..a {
                    prop_assert!((places[a] - places[b]).abs() > 17.9);
                    prop_assert!(wanted[a] == wanted[b] || (wanted[a] < wanted[b]) == (places[a] < places[b]));
                }
            }
        }
    }
}
