//! Where words may stand in a plot: apart from other words, and where they hide least of what is drawn.

use super::frame::Rect;
use super::scene::Words;
use super::stroke::At;

/// Places that are taken by words, and points that should be seen.
pub(super) struct Space {
    pub(super) within: Rect,
    pub(super) taken: Vec<(f32, f32, f32, f32)>,
    pub(super) points: Vec<At>,
}

impl Space {
    /// The first of the candidates that hides least, if there is room for any.
    pub(super) fn take(&mut self, candidates: impl IntoIterator<Item = Words>) -> Option<Words> {
        self.take_hiding(candidates, usize::MAX)
    }

    /// The same, unless it hides more points than this.
    pub(super) fn take_hiding(&mut self, candidates: impl IntoIterator<Item = Words>, most: usize) -> Option<Words> {
        let free = candidates.into_iter().filter(|words| self.is_free(words));
        let best = free.min_by_key(|words| self.hidden(words)).filter(|words| self.hidden(words) <= most)?;
        self.taken.push(best.bounds());
        Some(best)
    }

    fn is_free(&self, words: &Words) -> bool {
        let (left, top, right, bottom) = words.bounds();
        let apart = |(l, t, r, b): &(f32, f32, f32, f32)| left >= *r || *l >= right || top >= *b || *t >= bottom;
        let Rect { left: l, top: t, right: r, bottom: b } = self.within;
        left >= l && right <= r && top >= t && bottom <= b && self.taken.iter().all(apart)
    }

    fn hidden(&self, words: &Words) -> usize {
        let (left, top, right, bottom) = words.bounds();
        let inside = |(x, y): &&At| (left - 5.0..=right + 5.0).contains(x) && (top - 5.0..=bottom + 5.0).contains(y);
        self.points.iter().filter(inside).count()
    }
}

#[cfg(test)]
mod tests {
    use super::super::palette::INK;
    use super::*;

    fn words(x: f32, y: f32) -> Words {
        Words::new("loss", (x, y), 16.0, INK)
    }

    #[test]
    fn words_stand_apart_inside_and_where_they_hide_least() {
        let within = Rect { left: 0.0, top: 0.0, right: 200.0, bottom: 100.0 };
        let mut space = Space { within, taken: Vec::new(), points: vec![(15.0, 45.0)] };
        let candidates = || [words(10.0, 50.0), words(10.0, 80.0), words(190.0, 50.0)];
        assert_eq!(space.take(candidates()), Some(words(10.0, 80.0)));
        assert_eq!(space.take(candidates()), Some(words(10.0, 50.0)));
        assert_eq!(space.take(candidates()), None);
    }
}
