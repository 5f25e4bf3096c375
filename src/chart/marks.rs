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

/// Crosses at the bottom where a curve is `NaN`, triangles at the edges where it is infinite; each curve in rows of its own.
pub(super) fn non_finite(scene: &mut Scene, panel: &Panel, ends: &Ends<'_>, drawn: &mut Drawn) {
    let Rect { top, bottom, left, .. } = ends.plot;
    let mut rows = [0_u8; 3];
    for curve in &panel.curves {
        let colour = series(curve.number);
        let places = |kind: fn(f64) -> bool| {
            let mut last = f32::NEG_INFINITY;
            let found = curve.points.iter().filter(move |(_, value)| kind(*value)).map(|(place, _)| ends.x.at(*place));
            let apart = found.filter(move |x| {
                let apart = *x - last >= APART;
                last = if apart { *x } else { last };
                apart
            });
            apart.collect::<Vec<f32>>()
        };
        let [nan, up, down] =
            [places(f64::is_nan), places(|value| value == f64::INFINITY), places(|value| value == f64::NEG_INFINITY)];
        let [row_nan, row_up, row_down] = &mut rows;
        let depth = |row: u8| 11.0 * f32::from(row % 8) + 8.0;
        // Below, crosses and triangles take rows by turns.
        let (y_nan, y_up) = (bottom - depth(*row_nan + *row_down), top + depth(*row_up));
        *row_nan += u8::from(!nan.is_empty());
        let y_down = bottom - depth(*row_nan + *row_down);
        *row_down += u8::from(!down.is_empty());
        *row_up += u8::from(!up.is_empty());
        for x in &nan {
            scene.add(Mark::Cross { at: (*x, y_nan), radius: 4.5, colour });
        }
        for x in &up {
            let corners = vec![(*x, y_up - 6.0), (x - 5.0, y_up + 4.0), (x + 5.0, y_up + 4.0)];
            scene.add(Mark::Area { corners, colour });
        }
        for x in &down {
            let corners = vec![(*x, y_down + 6.0), (x + 5.0, y_down - 4.0), (x - 5.0, y_down - 4.0)];
            scene.add(Mark::Area { corners, colour });
        }
        // Said once, on the left of the first: more of them may follow on the right.
        if let (Some(x), false) = (nan.first(), drawn.nan) {
            let fits = x - 10.0 - font::width("NaN", ends.size) > left;
            let (x, anchor) = if fits { (x - 10.0, Anchor::End) } else { (x + 10.0, Anchor::Start) };
            let at = (x, y_nan + ends.size * font::CAPITAL / 2.0);
            scene.words(Words::new("NaN", at, ends.size, colour.as_ink()).anchored(anchor));
        }
        drawn.nan |= !nan.is_empty();
        drawn.infinite |= !(up.is_empty() && down.is_empty());
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
