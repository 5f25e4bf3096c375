//! Marks on curves: where values are not finite, and the best value of each.

use super::curves::{Curve, Panel};
use super::font;
use super::frame::Rect;
use super::number;
use super::palette::series;
use super::panel::Drawn;
use super::scale::Scale;
use super::scene::{Anchor, Mark, Scene, Words};
use super::space::Space;

/// Curves of a panel up to which the best values are written down.
const WRITTEN: usize = 3;
/// Curves of a panel up to which they are marked: more would be a heap of rings.
const RINGED: usize = 10;
/// Marks are at least so many pixels apart.
const APART: f32 = 9.0;

/// The plot with its axes.
pub(super) struct Ends<'a> {
    pub(super) plot: Rect,
    pub(super) x: &'a Scale,
    pub(super) y: &'a Scale,
    pub(super) size: f32,
}

/// Crosses at the bottom where a curve is `NaN`, triangles at the edges where it is infinite; each curve in a row of its own.
pub(super) fn non_finite(scene: &mut Scene, panel: &Panel, ends: &Ends<'_>, drawn: &mut Drawn) {
    let Rect { top, bottom, .. } = ends.plot;
    let broken = panel.curves.iter().filter(|curve| curve.points.iter().any(|(_, value)| !value.is_finite()));
    for (row, curve) in broken.enumerate() {
        let colour = series(curve.number);
        let down = 11.0 * (row % 8) as f32 + 8.0;
        let mut last = [f32::NEG_INFINITY; 3];
        for (place, value) in curve.points.iter().filter(|(_, value)| !value.is_finite()) {
            let x = ends.x.at(*place);
            let kind = if value.is_nan() { 0 } else { 1 + usize::from(*value < 0.0) };
            let Some(before) = last.get_mut(kind).filter(|before| x - **before >= APART) else { continue };
            let is_first = *before == f32::NEG_INFINITY && row == 0;
            *before = x;
            let (y, word) = match kind {
                0 => {
                    scene.add(Mark::Cross { at: (x, bottom - down), radius: 4.5, colour });
                    drawn.nan = true;
                    (bottom - down, "NaN")
                }
                1 => {
                    let corners = vec![(x, top + down - 6.0), (x - 5.0, top + down + 4.0), (x + 5.0, top + down + 4.0)];
                    scene.add(Mark::Area { corners, colour });
                    drawn.infinite = true;
                    (top + down, "∞")
                }
                _ => {
                    let corners = vec![(x, bottom - down + 6.0), (x + 5.0, bottom - down - 4.0), (x - 5.0, bottom - down - 4.0)];
                    scene.add(Mark::Area { corners, colour });
                    drawn.infinite = true;
                    (bottom - down, "−∞")
                }
            };
            if is_first {
                // More of them may follow on the right.
                let before = x - 10.0 - font::width(word, ends.size) > ends.plot.left;
                let (at, anchor) = if before { (x - 10.0, Anchor::End) } else { (x + 10.0, Anchor::Start) };
                let at = (at, y + ends.size * font::CAPITAL / 2.0);
                scene.words(Words::new(word, at, ends.size, colour.as_ink()).anchored(anchor).backed());
            }
        }
    }
}

/// A ring around the best value of each curve; of a few curves with the value, and its step where there are steps.
pub(super) fn rings(
    scene: &mut Scene,
    panel: &Panel,
    ends: &Ends<'_>,
    space: &mut Space,
    steps: bool,
    drawn: &mut Drawn,
) {
    if panel.curves.len() > RINGED {
        return;
    }
    let Rect { left, top, right, bottom } = ends.plot;
    let place = |curve: &Curve| {
        let (x, y) = curve.best?;
        let at = (ends.x.at(x), ends.y.at(y));
        let can_be_shown = y.is_finite() && (!ends.y.is_log || y > 0.0) && (top..=bottom).contains(&at.1);
        can_be_shown.then_some((x, y, at))
    };
    let ringed: Vec<_> = panel.curves.iter().filter_map(|curve| Some((curve, place(curve)?))).collect();
    for (curve, (_, _, at)) in &ringed {
        scene.add(Mark::Ring { at: *at, radius: 5.0, colour: series(curve.number) });
        space.taken.push((at.0 - 8.0, at.1 - 8.0, at.0 + 8.0, at.1 + 8.0));
        drawn.bests = true;
    }
    for (curve, (x, y, at)) in ringed.into_iter().filter(|_| panel.curves.len() <= WRITTEN) {
        let value = number::short(y, 4);
        let text = if steps { format!("{value} at {}", number::step(x)) } else { value };
        let half = font::width(&text, ends.size) / 2.0 + 3.0;
        let middle = at.0.clamp(left + half, (right - half).max(left + half));
        let below = at.1 + 12.0 + ends.size * font::CAPITAL;
        let heights = [at.1 - 13.0, below, at.1 - 34.0, at.1 - 55.0, below + 21.0, at.1 - 80.0];
        let words = |y| Words::new(&text, (middle, y), ends.size, series(curve.number).as_ink());
        let chosen = space.take(heights.map(|y| words(y).anchored(Anchor::Middle).backed()));
        chosen.into_iter().for_each(|words| scene.words(words));
    }
}
