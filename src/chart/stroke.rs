//! Closed outlines, and those of lines with a width.

/// A place in pixels: from the left, from the top.
pub(super) type At = (f32, f32);

/// A piece of an outline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Piece {
    Line(At, At),
    /// From, control point, to.
    Quad(At, At, At),
}

/// Closed contours. Those that overlap must turn the same way, or they would cut holes into each other.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Outline {
    pub(super) pieces: Vec<Piece>,
}

/// Corners of the round end of a line.
const CORNERS: u8 = 8;

impl Outline {
    pub(super) fn line(&mut self, from: At, to: At) {
        self.pieces.push(Piece::Line(from, to));
    }

    pub(super) fn quad(&mut self, from: At, by: At, to: At) {
        self.pieces.push(Piece::Quad(from, by, to));
    }

    /// A closed polygon.
    pub(super) fn polygon(&mut self, corners: &[At]) {
        let next = corners.iter().skip(1).chain(corners.first());
        corners.iter().zip(next).for_each(|(from, to)| self.line(*from, *to));
    }

    /// The space that it takes: left, top, right, bottom.
    pub(super) fn bounds(&self) -> Option<(f32, f32, f32, f32)> {
        let points = self.pieces.iter().flat_map(|piece| match *piece {
            Piece::Line(from, to) => [from, to, to],
            Piece::Quad(from, by, to) => [from, by, to],
        });
        points.fold(None, |bounds, (x, y)| {
            let (left, top, right, bottom) = bounds.unwrap_or((x, y, x, y));
            Some((x.min(left), y.min(top), x.max(right), y.max(bottom)))
        })
    }
}

/// A polygon with so many corners around a centre.
pub(super) fn round((x, y): At, radius: f32, corners: u8) -> Vec<At> {
    let angle = |corner: u8| -std::f32::consts::TAU * f32::from(corner) / f32::from(corners.max(3));
    (0..corners.max(3)).map(|at| (x + radius * angle(at).cos(), y + radius * angle(at).sin())).collect()
}

/// Adds a line through these points with this width: a bar for each stretch, and round joints where they would be seen.
pub(super) fn stroke(outline: &mut Outline, points: &[At], width: f32) {
    for pair in points.windows(2) {
        let [(x1, y1), (x2, y2)] = pair else { continue };
        let (dx, dy) = (x2 - x1, y2 - y1);
        let length = dx.hypot(dy);
        if length <= f32::EPSILON {
            continue;
        }
        let (nx, ny) = (-dy / length * width / 2.0, dx / length * width / 2.0);
        outline.polygon(&[(x1 + nx, y1 + ny), (x2 + nx, y2 + ny), (x2 - nx, y2 - ny), (x1 - nx, y1 - ny)]);
    }
    if width > 1.3 {
        points.iter().for_each(|at| outline.polygon(&round(*at, width / 2.0, CORNERS)));
    }
}

/// The parts of a line that are drawn when it is interrupted so: lengths of strokes and gaps by turns.
pub(super) fn dashed(points: &[At], pattern: &[f32]) -> Vec<Vec<At>> {
    let mut parts = Vec::new();
    let mut lengths = pattern.iter().copied().cycle();
    let Some(mut left) = lengths.next().filter(|_| pattern.iter().all(|length| *length > 0.0)) else { return parts };
    let mut drawing = true;
    let mut part: Vec<At> = points.first().copied().into_iter().collect();
    for pair in points.windows(2) {
        let [mut from, to] = *pair else { continue };
        loop {
            let length = (to.0 - from.0).hypot(to.1 - from.1);
            if length < left {
                left -= length;
                part.push(to);
                break;
            }
            let share = left / length.max(f32::EPSILON);
            from = (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share);
            part.push(from);
            let whole = std::mem::replace(&mut part, vec![from]);
            if drawing {
                parts.push(whole);
            }
            drawing = !drawing;
            left = lengths.next().unwrap_or(f32::MAX);
        }
    }
    if drawing && part.len() > 1 {
        parts.push(part);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Twice the area of the contours, with the sign of their turn.
    fn area(outline: &Outline) -> f32 {
        let cross = |piece: &Piece| match *piece {
            Piece::Line((x1, y1), (x2, y2)) => x1 * y2 - x2 * y1,
            Piece::Quad(..) => 0.0,
        };
        outline.pieces.iter().map(cross).sum::<f32>() / 2.0
    }

    #[test]
    fn bars_and_joints_turn_the_same_way_whatever_the_direction() {
        for to in [(9.0, 5.0), (1.0, 5.0), (5.0, 9.0), (5.0, 1.0), (8.0, 2.0), (2.0, 8.0)] {
            let mut outline = Outline::default();
            stroke(&mut outline, &[(5.0, 5.0), to], 1.0);
            assert!(area(&outline) < 0.0, "{to:?}");
        }
        let mut outline = Outline::default();
        outline.polygon(&round((0.0, 0.0), 3.0, 16));
        assert!(area(&outline) < 0.0);
    }

    #[test]
    fn a_line_has_the_area_of_its_length_and_width() {
        let mut outline = Outline::default();
        stroke(&mut outline, &[(0.0, 0.0), (30.0, 40.0)], 1.0);
        assert!((area(&outline) + 50.0).abs() < 1e-3);
        stroke(&mut Outline::default(), &[(1.0, 1.0), (1.0, 1.0)], 1.0);
    }

    #[test]
    fn dashes_go_on_around_corners() {
        let parts = dashed(&[(0.0, 0.0), (5.0, 0.0), (5.0, 5.0)], &[4.0, 2.0]);
        assert_eq!(parts, [vec![(0.0, 0.0), (4.0, 0.0)], vec![(5.0, 1.0), (5.0, 5.0)]]);
        assert!(dashed(&[(0.0, 0.0)], &[4.0, 2.0]).is_empty());
        assert!(dashed(&[(0.0, 0.0), (1.0, 1.0)], &[0.0]).is_empty());
    }
}
