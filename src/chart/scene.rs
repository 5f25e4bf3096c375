//! A picture before it has pixels: marks in their places. It can be written as text, which tests read.

use super::canvas::Canvas;
use super::font;
use super::palette::{Colour, Dash, WHITE};
use super::stroke::{At, Outline, dashed, round, stroke};

/// Which part of a text stands at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// Words in their place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Words {
    pub(super) text: String,
    /// The place on the base line.
    pub(super) at: At,
    pub(super) size: f32,
    pub(super) colour: Colour,
    pub(super) anchor: Anchor,
    /// On a ground of white, because lines may lie below.
    pub(super) backed: bool,
}

impl Words {
    pub(super) fn new(text: impl Into<String>, at: At, size: f32, colour: Colour) -> Self {
        Self { text: text.into(), at, size, colour, anchor: Anchor::Start, backed: false }
    }

    pub(super) fn anchored(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }

    pub(super) fn backed(self) -> Self {
        Self { backed: true, ..self }
    }

    /// Left, top, right, bottom.
    pub(super) fn bounds(&self) -> (f32, f32, f32, f32) {
        let width = font::width(&self.text, self.size);
        let left = match self.anchor {
            Anchor::Start => self.at.0,
            Anchor::Middle => self.at.0 - width / 2.0,
            Anchor::End => self.at.0 - width,
        };
        (left, self.at.1 - self.size * font::CAPITAL, left + width, self.at.1 + self.size * 0.2)
    }
}

/// A part of a picture.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Mark {
    /// A line, in several pieces where it is interrupted.
    Line { pieces: Vec<Vec<At>>, width: f32, colour: Colour, dash: Dash },
    /// A filled polygon.
    Area { corners: Vec<At>, colour: Colour },
    /// A filled circle.
    Dot { at: At, radius: f32, colour: Colour },
    /// A circle with nothing in it.
    Ring { at: At, radius: f32, colour: Colour },
    /// A sloping cross.
    Cross { at: At, radius: f32, colour: Colour },
    /// Words.
    Words(Words),
}

/// Marks, those in front last.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Scene {
    pub(super) marks: Vec<Mark>,
}

impl Scene {
    pub(super) fn add(&mut self, mark: Mark) {
        self.marks.push(mark);
    }

    pub(super) fn words(&mut self, words: Words) {
        self.marks.push(Mark::Words(words));
    }

    /// A solid line between two places.
    pub(super) fn rule(&mut self, from: At, to: At, colour: Colour) {
        // On the middle of pixels, so that it is sharp.
        let sharp = |(x, y): At| (x.round() + 0.5, y.round() + 0.5);
        let pieces = vec![vec![sharp(from), sharp(to)]];
        self.add(Mark::Line { pieces, width: 1.0, colour, dash: Dash::Solid });
    }

    pub(super) fn painted(&self, width: usize, height: usize) -> Canvas {
        let mut canvas = Canvas::new(width, height);
        self.marks.iter().for_each(|mark| mark.paint(&mut canvas));
        canvas
    }

    /// The colours of the marks, each once.
    pub(super) fn colours(&self) -> Vec<Colour> {
        let of = |mark: &Mark| match mark {
            Mark::Line { colour, .. }
            | Mark::Area { colour, .. }
            | Mark::Dot { colour, .. }
            | Mark::Ring { colour, .. }
            | Mark::Cross { colour, .. }
            | Mark::Words(Words { colour, .. }) => *colour,
        };
        let mut colours = vec![WHITE];
        for colour in self.marks.iter().map(of) {
            if !colours.contains(&colour) {
                colours.push(colour);
            }
        }
        colours
    }

    /// The marks as lines of text, with places in whole pixels.
    #[cfg(test)]
    pub(super) fn described(&self) -> String {
        let at = |(x, y): At| format!("{x:.0},{y:.0}");
        let hex = |Colour([r, g, b]): Colour| format!("#{r:02x}{g:02x}{b:02x}");
        let one = |mark: &Mark| match mark {
            Mark::Line { pieces, width, colour, dash } => {
                let ends = |piece: &Vec<At>| {
                    let (first, last) = (piece.first().copied(), piece.last().copied());
                    format!(
                        "{}>{}({})",
                        first.map(at).unwrap_or_default(),
                        last.map(at).unwrap_or_default(),
                        piece.len()
                    )
                };
                let ends: Vec<String> = pieces.iter().map(ends).collect();
                format!("line {} {width} {dash:?} {}", hex(*colour), ends.join(" "))
            }
            Mark::Area { corners, colour } => {
                format!("area {} {}", hex(*colour), corners.iter().copied().map(at).collect::<Vec<_>>().join(" "))
            }
            Mark::Dot { at: place, radius, colour } => format!("dot {} {radius} {}", hex(*colour), at(*place)),
            Mark::Ring { at: place, radius, colour } => format!("ring {} {radius} {}", hex(*colour), at(*place)),
            Mark::Cross { at: place, radius, colour } => format!("cross {} {radius} {}", hex(*colour), at(*place)),
            Mark::Words(words) => {
                format!(
                    "words {} {} {:?} {} '{}'",
                    hex(words.colour),
                    words.size,
                    words.anchor,
                    at(words.at),
                    words.text
                )
            }
        };
        self.marks.iter().map(one).collect::<Vec<_>>().join("\n")
    }
}

impl Mark {
    fn paint(&self, canvas: &mut Canvas) {
        let mut outline = Outline::default();
        match self {
            Self::Line { pieces, width, colour, dash } => {
                for piece in pieces {
                    match dash {
                        Dash::Solid => stroke(&mut outline, piece, *width),
                        Dash::Dashed => {
                            dashed(piece, &[9.0, 5.0]).iter().for_each(|part| stroke(&mut outline, part, *width));
                        }
                        Dash::Dotted => {
                            dashed(piece, &[2.0, 4.5]).iter().for_each(|part| stroke(&mut outline, part, *width));
                        }
                    }
                }
                canvas.fill(&outline, *colour, 1.0);
            }
            Self::Area { corners, colour } => {
                outline.polygon(corners);
                canvas.fill(&outline, *colour, 1.0);
            }
            Self::Dot { at, radius, colour } => {
                outline.polygon(&round(*at, *radius, 24));
                canvas.fill(&outline, *colour, 1.0);
            }
            Self::Ring { at, radius, colour } => {
                outline.polygon(&round(*at, *radius + 1.2, 28));
                canvas.fill(&outline, *colour, 1.0);
                let mut inside = Outline::default();
                inside.polygon(&round(*at, (*radius - 1.2).max(0.5), 24));
                canvas.fill(&inside, WHITE, 1.0);
            }
            Self::Cross { at: (x, y), radius, colour } => {
                let r = *radius;
                stroke(&mut outline, &[(x - r, y - r), (x + r, y + r)], 2.4);
                stroke(&mut outline, &[(x - r, y + r), (x + r, y - r)], 2.4);
                canvas.fill(&outline, *colour, 1.0);
            }
            Self::Words(words) => {
                let (left, top, right, bottom) = words.bounds();
                if words.backed {
                    let (left, top, right, bottom) = (left - 3.0, top - 3.0, right + 3.0, bottom + 1.0);
                    outline.polygon(&[(left, top), (left, bottom), (right, bottom), (right, top)]);
                    canvas.fill(&outline, WHITE, 0.82);
                }
                canvas.fill(&font::outline(&words.text, words.size, (left, words.at.1)), words.colour, 1.0);
            }
        }
    }
}
