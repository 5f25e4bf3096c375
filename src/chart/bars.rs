//! A leaderboard: a bar or a dot for each row, with its interval.

use super::font;
use super::frame::{self, Rect};
use super::names;
use super::palette::{AXIS, Dash, FAINT_INK, GRID, INK, series};
use super::scale::{Scale, extent, padded};
use super::scene::{Anchor, Mark, Scene, Words};
use super::stroke::At;
use super::ticks;

/// A row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bar {
    /// What stands before it.
    pub name: String,
    /// What tells it from another of the same name: part of an id.
    pub mark: String,
    /// Its value; finite.
    pub value: f64,
    /// The ends of its interval.
    pub interval: Option<(f64, f64)>,
    /// What stands behind it.
    pub words: String,
}

/// A leaderboard, the best first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bars {
    /// What is shown.
    pub title: String,
    /// The rows.
    pub bars: Vec<Bar>,
    /// Values are shown on a logarithmic axis.
    pub log: bool,
    /// What the intervals are.
    pub foot: String,
}

/// Rows that have room.
pub(super) const MOST: usize = 20;
/// Bars begin at 0 where the values differ by more than this part of the greatest: else nobody would see how they differ.
const NEAR: f64 = 0.25;

/// The marks, and what is to be known of them.
pub(super) fn scene(chart: &Bars) -> (Scene, Vec<String>) {
    let mut scene = Scene::default();
    let mut notes = Vec::new();
    frame::title(&mut scene, &chart.title);
    let can_be_shown = |bar: &&Bar| bar.value.is_finite() && (!chart.log || bar.value > 0.0);
    let bars: Vec<&Bar> = chart.bars.iter().filter(can_be_shown).collect();
    let not_positive = chart.bars.len() - bars.len();
    if not_positive > 0 {
        notes.push(format!("{not_positive} values of 0 or less have no place on a logarithmic axis and are not drawn"));
    }
    if bars.len() > MOST {
        notes.push(format!("the picture has the first {MOST} of {} rows", bars.len()));
    }
    let bars: Vec<&Bar> = bars.into_iter().take(MOST).collect();
    let whole = |bar: &&Bar| [Some(bar.value), bar.interval.map(|ends| ends.0), bar.interval.map(|ends| ends.1)];
    let Some(ends) = extent(bars.iter().flat_map(whole).flatten(), chart.log) else {
        scene.words(Words::new("no value to show", (40.0, 80.0), frame::TEXT, INK));
        return (scene, notes);
    };
    let from_zero = !chart.log && begin_at_zero(ends);
    let (low, high) = if from_zero { with_zero(ends) } else { padded(ends, chart.log) };
    let size = if bars.len() > 14 { 15.0 } else { frame::TEXT };
    let mut plot = Rect { bottom: Rect::BODY.bottom - 24.0, ..Rect::BODY };
    let named: Vec<(&str, &str)> = bars.iter().map(|bar| (bar.name.as_str(), bar.mark.as_str())).collect();
    let labels = names::fitting(&named, size, plot.width() * 0.36);
    plot.left += labels.iter().map(|label| font::width(label, size)).fold(0.0, f32::max) + 10.0;
    plot.right -= bars.iter().map(|bar| font::width(&bar.words, size)).fold(0.0, f32::max) + 12.0;
    let height = (plot.height() / bars.len().max(1) as f32).min(46.0);
    plot.bottom = plot.top + height * bars.len() as f32;
    let x = Scale::new((low, high), (plot.left, plot.right), chart.log);
    let most = ((plot.width() / 65.0) as usize).max(2);
    let ticks = if x.is_log { ticks::logarithmic(low, high, most) } else { ticks::linear(low, high, most, false) };
    for tick in &ticks {
        scene.rule((x.at(tick.at), plot.top), (x.at(tick.at), plot.bottom), GRID);
    }
    frame::along(&mut scene, plot, &x, &ticks, size, true);
    for (row, (bar, label)) in bars.iter().zip(&labels).enumerate() {
        let middle = plot.top + height * (row as f32 + 0.5);
        paint(&mut scene, bar, &x, middle, height, (row == 0, from_zero));
        let base = middle + size * font::CAPITAL / 2.0;
        scene.words(Words::new(label, (plot.left - 8.0, base), size, INK).anchored(Anchor::End));
        scene.words(Words::new(&bar.words, (plot.right + 10.0, base), size, FAINT_INK));
    }
    if from_zero {
        scene.rule((x.at(0.0), plot.top), (x.at(0.0), plot.bottom), AXIS);
    }
    let begins = if from_zero || chart.log { "" } else { "the axis does not begin at 0" };
    let foot: Vec<&str> = [chart.foot.as_str(), begins].into_iter().filter(|part| !part.is_empty()).collect();
    frame::foot(&mut scene, &foot.join("   ·   "));
    (scene, notes)
}

/// Whether bars from 0 would show how values between these ends differ.
fn begin_at_zero((low, high): (f64, f64)) -> bool {
    let around = low <= 0.0 && high >= 0.0;
    around || low == high || high - low > NEAR * low.abs().max(high.abs())
}

/// The ends of an axis on which bars begin at 0, with a little room beyond their tips.
fn with_zero((low, high): (f64, f64)) -> (f64, f64) {
    let ends = (low.min(0.0), high.max(0.0));
    let (below, above) = padded(ends, false);
    match ends {
        (0.0, 0.0) => (0.0, 1.0),
        (0.0, _) => (0.0, above),
        (_, 0.0) => (below, 0.0),
        _ => (below, above),
    }
}

fn paint(scene: &mut Scene, bar: &Bar, x: &Scale, middle: f32, height: f32, (first, from_zero): (bool, bool)) {
    let colour = if first { series(0) } else { series(0).mixed(super::palette::WHITE, 0.55) };
    let at = x.at(bar.value);
    if from_zero {
        let (zero, half) = (x.at(0.0), height * 0.34);
        let (left, right) = (zero.min(at), zero.max(at));
        let corners =
            vec![(left, middle - half), (left, middle + half), (right, middle + half), (right, middle - half)];
        scene.add(Mark::Area { corners, colour });
    }
    if let Some((low, high)) = bar.interval.filter(|ends| !x.is_log || ends.0 > 0.0) {
        let (low, high, cap) = (x.at(low), x.at(high), (height * 0.2).min(6.0));
        let pieces: Vec<Vec<At>> = vec![
            vec![(low, middle), (high, middle)],
            vec![(low, middle - cap), (low, middle + cap)],
            vec![(high, middle - cap), (high, middle + cap)],
        ];
        scene.add(Mark::Line { pieces, width: 1.6, colour: INK, dash: Dash::Solid });
    }
    if !from_zero {
        scene.add(Mark::Dot { at: (at, middle), radius: 6.0, colour });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_begin_at_zero_unless_nobody_would_see_how_they_differ() {
        for (ends, zero) in [
            ((3.0, 60.0), true),
            ((0.80, 0.93), false),
            ((-0.93, -0.80), false),
            ((-1.0, 2.0), true),
            ((5.0, 5.0), true),
            ((0.0, 0.0), true),
        ] {
            assert_eq!(begin_at_zero(ends), zero, "{ends:?}");
        }
    }

    #[test]
    fn an_axis_with_zero_has_room_beyond_the_tips_alone() {
        assert_eq!((with_zero((3.0, 10.0)).0, with_zero((-10.0, -3.0)).1), (0.0, 0.0));
        assert_eq!(with_zero((0.0, 0.0)), (0.0, 1.0));
        let (low, high) = with_zero((-1.0, 2.0));
        assert!(low < -1.0 && high > 2.0);
    }
}
