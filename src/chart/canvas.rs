//! Pixels, and outlines filled with anti-aliasing.

use ab_glyph_rasterizer::{Point, Rasterizer, point};

use super::palette::{Colour, WHITE};
use super::stroke::{At, Outline, Piece};

/// A picture while it is painted: rows from the top.
pub(super) struct Canvas {
    pub(super) width: usize,
    pub(super) pixels: Vec<Colour>,
}

impl Canvas {
    pub(super) fn new(width: usize, height: usize) -> Self {
        Self { width, pixels: vec![WHITE; width * height] }
    }

    /// Fills an outline, `opacity` from 0 to 1. What lies outside of the picture is not seen.
    pub(super) fn fill(&mut self, outline: &Outline, colour: Colour, opacity: f32) {
        let Some((left, top, right, bottom)) = outline.bounds() else { return };
        let height = self.pixels.len() / self.width.max(1);
        // A space more on each side, so that nothing runs over into the next row.
        let (left, top) = (left.floor() - 1.0, top.floor() - 1.0);
        let (columns, rows) = (right - left + 3.0, bottom - top + 3.0);
        let inside = |size: f32, most: usize| size.is_finite() && size <= 3.0 * most as f32;
        if !inside(columns, self.width) || !inside(rows, height) {
            return;
        }
        let mut rasterizer = Rasterizer::new(columns as usize, rows as usize);
        let place = |(x, y): At| -> Point { point(x - left, y - top) };
        for piece in &outline.pieces {
            match *piece {
                Piece::Line(from, to) => rasterizer.draw_line(place(from), place(to)),
                Piece::Quad(from, by, to) => rasterizer.draw_quad(place(from), place(by), place(to)),
            }
        }
        let (left, top) = (left as i64, top as i64);
        rasterizer.for_each_pixel_2d(|x, y, coverage| {
            if coverage < 0.004 {
                return;
            }
            let (x, y) = (left + i64::from(x), top + i64::from(y));
            let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else { return };
            if x >= self.width {
                return;
            }
            if let Some(pixel) = self.pixels.get_mut(y * self.width + x) {
                *pixel = colour.mixed(*pixel, coverage.min(1.0) * opacity);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLACK: Colour = Colour([0, 0, 0]);

    fn square(x: f32, y: f32, side: f32) -> Outline {
        let mut outline = Outline::default();
        outline.polygon(&[(x, y), (x, y + side), (x + side, y + side), (x + side, y)]);
        outline
    }

    #[test]
    fn a_pixel_takes_on_as_much_of_the_colour_as_is_covered() {
        let mut canvas = Canvas::new(8, 4);
        canvas.fill(&square(2.5, 1.0, 1.0), BLACK, 1.0);
        let row: Vec<u8> = canvas.pixels[8..16].iter().map(|pixel| pixel.0[0]).collect();
        assert_eq!(row, [255, 255, 128, 128, 255, 255, 255, 255]);
    }

    #[test]
    fn what_lies_outside_is_cut_off_and_never_wraps_around() {
        let mut canvas = Canvas::new(4, 4);
        canvas.fill(&square(-2.0, -2.0, 3.0), BLACK, 1.0);
        canvas.fill(&square(3.0, 3.0, 5.0), BLACK, 1.0);
        let dark: Vec<usize> = (0..16).filter(|at| canvas.pixels[*at] == BLACK).collect();
        assert_eq!(dark, [0, 15]);
        canvas.fill(&square(0.0, 0.0, f32::INFINITY), BLACK, 1.0);
        canvas.fill(&square(0.0, 0.0, 1e9), BLACK, 1.0);
    }
}
