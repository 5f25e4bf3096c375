//! When points come, and when they cease to come.

use super::Cell;
use super::random::Random;

#[derive(Clone, Debug)]
pub(crate) struct Pace {
    /// Seconds since the first point.
    pub(crate) times: Vec<f64>,
    /// The present moment, likewise.
    pub(crate) now: f64,
    pub(crate) stalled: bool,
}

impl Pace {
    /// The noise of the cell is that of the intervals. Every so many points there may be a break, for validation or
    /// checkpoints; the question may come in the middle of one.
    pub(crate) fn draw(cell: Cell, stalled: bool, random: &mut Random) -> Self {
        let usual = random.log_within(0.1, 600.0);
        let (every, pause) = (random.pick(&[usize::MAX, 10, 100]), random.log_within(2.0, 30.0));
        let mut times = vec![0.0];
        let (mut longest, mut now) = (0.0_f64, 0.0);
        for at in 1..=cell.length {
            let stretch = (cell.noise * 2.0 * random.normal()).exp();
            let interval = usual * stretch * if at % every == 0 { pause } else { 1.0 };
            if at == cell.length {
                let until = longest.max(usual * if every == usize::MAX { 1.0 } else { pause });
                let silence = (until * random.log_within(10.0, 1_000.0)).max(random.log_within(1_800.0, 86_400.0));
                now += if stalled { silence } else { interval * random.unit() };
            } else {
                longest = longest.max(interval);
                now += interval;
                times.push(now);
            }
        }
        Self { times, now, stalled }
    }
}
