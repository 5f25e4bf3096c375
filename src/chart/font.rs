//! The embedded font: DejaVu Sans Condensed with Latin, Greek, Cyrillic and common signs (`font/subset.py` makes it).
//! What it does not have is drawn as a box.

use std::sync::OnceLock;

use ttf_parser::{Face, GlyphId, OutlineBuilder};

use super::stroke::{At, Outline};

static FONT: &[u8] = include_bytes!("font/chart-font.ttf");

/// The height of capital letters, in parts of the size.
pub(super) const CAPITAL: f32 = 0.73;

fn face() -> Option<&'static Face<'static>> {
    static FACE: OnceLock<Option<Face<'static>>> = OnceLock::new();
    FACE.get_or_init(|| Face::parse(FONT, 0).ok()).as_ref()
}

/// Whether the font has a character.
pub(super) fn has(character: char) -> bool {
    face().is_some_and(|face| face.glyph_index(character).is_some())
}

/// The glyph of a character; 0 is the box.
fn glyph(face: &Face<'_>, character: char) -> GlyphId {
    face.glyph_index(character).unwrap_or(GlyphId(0))
}

fn advance(face: &Face<'_>, glyph: GlyphId, size: f32) -> f32 {
    f32::from(face.glyph_hor_advance(glyph).unwrap_or_default()) * size / f32::from(face.units_per_em())
}

/// How wide a text is, in pixels.
pub(super) fn width(text: &str, size: f32) -> f32 {
    let Some(face) = face() else { return 0.0 };
    text.chars().map(|character| advance(face, glyph(face, character), size)).sum()
}

/// The outlines of a text that begins at this point of its base line.
pub(super) fn outline(text: &str, size: f32, start: At) -> Outline {
    let mut pen = Pen { outline: Outline::default(), at: start, scale: 0.0, begun: start, now: start };
    let Some(face) = face() else { return pen.outline };
    pen.scale = size / f32::from(face.units_per_em());
    for character in text.chars() {
        let glyph = glyph(face, character);
        let _ = face.outline_glyph(glyph, &mut pen);
        pen.at.0 += advance(face, glyph, size);
    }
    pen.outline
}

/// Puts the outlines of glyphs, whose y goes up, into pixels, whose y goes down.
struct Pen {
    outline: Outline,
    at: At,
    scale: f32,
    begun: At,
    now: At,
}

impl Pen {
    fn place(&self, x: f32, y: f32) -> At {
        (self.at.0 + x * self.scale, self.at.1 - y * self.scale)
    }
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.begun = self.place(x, y);
        self.now = self.begun;
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let to = self.place(x, y);
        self.outline.line(self.now, to);
        self.now = to;
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let (by, to) = (self.place(x1, y1), self.place(x, y));
        self.outline.quad(self.now, by, to);
        self.now = to;
    }

    /// TrueType outlines have none.
    fn curve_to(&mut self, _: f32, _: f32, _: f32, _: f32, x: f32, y: f32) {
        self.line_to(x, y);
    }

    fn close(&mut self) {
        self.outline.line(self.now, self.begun);
        self.now = self.begun;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_europe_and_common_signs_are_there_and_others_are_a_box() {
        for character in "aZ09 é ß ő ñ Ω λ Ж ї ț Ễ – … × ≤ → ∞ ₂ ² № ★".chars() {
            assert!(has(character), "{character}");
        }
        for character in ['模', '한', 'ع', '🚀'] {
            assert!(!has(character), "{character}");
            assert!(width(&character.to_string(), 20.0) > 5.0, "the box of {character} has a width");
        }
    }

    #[test]
    fn a_text_is_as_wide_as_its_letters() {
        assert!((width("ab", 16.0) - width("a", 16.0) - width("b", 16.0)).abs() < 1e-4);
        assert!((width("loss", 32.0) / width("loss", 16.0) - 2.0).abs() < 1e-4);
        assert_eq!(width("", 16.0), 0.0);
    }
}
