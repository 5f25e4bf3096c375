//! Colours: those of Okabe and Ito, which people of any colour vision tell apart, and their tints.

/// Red, green and blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Colour(pub(super) [u8; 3]);

/// How a line is drawn, so that a colour can be used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dash {
    Solid,
    Dashed,
    Dotted,
}

pub(super) const WHITE: Colour = Colour([255, 255, 255]);
/// Words.
pub(super) const INK: Colour = Colour([34, 34, 34]);
/// Words that matter less.
pub(super) const FAINT_INK: Colour = Colour([95, 95, 95]);
/// Lines of axes.
pub(super) const AXIS: Colour = Colour([150, 150, 150]);
/// Lines behind the data.
pub(super) const GRID: Colour = Colour([228, 228, 228]);

/// Okabe and Ito's colours without the yellow, which is hardly seen on white.
const SERIES: [Colour; 7] = [
    Colour([0, 114, 178]),
    Colour([213, 94, 0]),
    Colour([0, 158, 115]),
    Colour([204, 121, 167]),
    Colour([230, 159, 0]),
    Colour([86, 180, 233]),
    Colour([70, 70, 70]),
];

/// From low to high, dark to light: a part of viridis that is seen on white, and told apart without hue.
const RAMP: [Colour; 5] = [
    Colour([200, 206, 112]),
    Colour([94, 179, 115]),
    Colour([38, 130, 142]),
    Colour([58, 82, 139]),
    Colour([68, 1, 84]),
];

/// The colour of the so-manieth line; after the last the first comes again, with another [`dash`].
pub(super) fn series(number: usize) -> Colour {
    SERIES.get(number % SERIES.len()).copied().unwrap_or(INK)
}

/// How the so-manieth line is drawn.
pub(super) fn dash(number: usize) -> Dash {
    match number / SERIES.len() % 3 {
        0 => Dash::Solid,
        1 => Dash::Dashed,
        _ => Dash::Dotted,
    }
}

/// The colour of a place between 0 (the worst, light) and 1 (the best, dark).
pub(super) fn ramp(place: f64) -> Colour {
    // Few steps are enough for the eye, and keep the file small.
    let place = (place.clamp(0.0, 1.0) * 12.0).round() / 12.0;
    let along = place * (RAMP.len() - 1) as f64;
    let below = along.floor() as usize;
    let (Some(from), to) = (RAMP.get(below), RAMP.get(below + 1)) else { return INK };
    to.map_or(*from, |to| to.mixed(*from, (along - below as f64) as f32))
}

impl Colour {
    /// So much of this, the rest of the other.
    pub(super) fn mixed(self, other: Self, share: f32) -> Self {
        let mix = |a: u8, b: u8| (f32::from(b) + (f32::from(a) - f32::from(b)) * share + 0.5) as u8;
        let ([r, g, b], [s, h, c]) = (self.0, other.0);
        Self([mix(r, s), mix(g, h), mix(b, c)])
    }

    /// The tone for what lies behind a line of this colour.
    pub(super) fn light(self) -> Self {
        self.mixed(WHITE, 0.38)
    }

    /// The same hue, dark enough for words on white (contrast 4.5 to 1, WCAG AA).
    pub(super) fn as_ink(self) -> Self {
        let mut share = 1.0;
        while share > 0.0 {
            let darker = self.mixed(Self([0, 0, 0]), share);
            if contrast(darker, WHITE) >= 4.5 {
                return darker;
            }
            share -= 0.05;
        }
        INK
    }
}

/// How much two colours differ in lightness, from 1 to 21 (WCAG).
fn contrast(a: Colour, b: Colour) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(colour: Colour) -> f64 {
    let linear = |part: u8| {
        let part = f64::from(part) / 255.0;
        if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    let [red, green, blue] = colour.0.map(linear);
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_any_colour_can_be_read_on_white_and_lines_be_seen() {
        for number in 0..SERIES.len() {
            assert!(contrast(series(number).as_ink(), WHITE) >= 4.5, "{number}");
            assert!(contrast(series(number), WHITE) >= 2.0, "{number}");
        }
    }

    #[test]
    fn twenty_lines_differ_in_colour_or_dash() {
        for a in 0..20 {
            for b in 0..a {
                assert!((series(a), dash(a)) != (series(b), dash(b)), "{a} {b}");
            }
        }
    }

    #[test]
    fn the_ramp_grows_darker_all_the_way() {
        let lightness: Vec<f64> = (0..=20).map(|at| luminance(ramp(f64::from(at) / 20.0))).collect();
        assert!(
            lightness.windows(2).all(|pair| pair[0] >= pair[1]) && lightness[0] > lightness[20] + 0.3,
            "{lightness:?}"
        );
    }
}
