//! How long to wait between two looks: short at first, so that what is nearly there is told soon; long later, so that a
//! server is not bothered.

use std::time::Duration;

/// Between the first two looks.
const FIRST: Duration = Duration::from_secs(1);
/// At most.
const LONGEST: Duration = Duration::from_secs(10);
/// Each pause against the one before.
const GROWTH: f64 = 1.5;
/// How far pauses of many clients are spread.
const SPREAD: f64 = 0.2;

/// The pause after so many looks (at least one), spread by a number in `0.0..1.0`.
pub(super) fn after(looks: u32, jitter: f64) -> Duration {
    let grown = FIRST.as_secs_f64() * GROWTH.powi(i32::try_from(looks.saturating_sub(1)).unwrap_or(i32::MAX));
    Duration::from_secs_f64(grown.min(LONGEST.as_secs_f64()) * (1.0 + SPREAD * jitter.clamp(0.0, 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_from_one_second_to_ten() {
        let pauses: Vec<u128> = (1..=8).map(|looks| after(looks, 0.0).as_millis()).collect();
        assert_eq!(pauses, [1000, 1500, 2250, 3375, 5062, 7593, 10_000, 10_000]);
        assert_eq!(after(u32::MAX, 0.0), LONGEST);
    }

    #[test]
    fn chance_lengthens_a_pause_by_a_fifth_at_most() {
        assert_eq!(after(1, 0.5).as_millis(), 1100);
        assert_eq!(after(50, 1.0).as_millis(), 12_000);
    }
}
