//! The points of a series as they are given.

use backends::model::{Point, Points};

/// Points, one by one or packed.
#[derive(Clone, Copy, Debug)]
pub enum Given<'a> {
    /// A slice of them.
    OneByOne(&'a [Point]),
    /// As a tracker hands them over: several times smaller.
    Packed(&'a Points),
}

impl Given<'_> {
    pub(super) fn len(self) -> usize {
        match self {
            Self::OneByOne(points) => points.len(),
            Self::Packed(points) => points.len(),
        }
    }

    pub(super) fn get(self, at: usize) -> Option<Point> {
        match self {
            Self::OneByOne(points) => points.get(at).copied(),
            Self::Packed(points) => points.get(at),
        }
    }

    pub(super) fn step(self, at: usize) -> Option<i64> {
        match self {
            Self::OneByOne(points) => points.get(at)?.step,
            Self::Packed(points) => points.step(at),
        }
    }

    pub(super) fn iter(self) -> impl Iterator<Item = Point> {
        (0..self.len()).filter_map(move |at| self.get(at))
    }
}

impl<'a> From<&'a [Point]> for Given<'a> {
    fn from(points: &'a [Point]) -> Self {
        Self::OneByOne(points)
    }
}

impl<'a> From<&'a Vec<Point>> for Given<'a> {
    fn from(points: &'a Vec<Point>) -> Self {
        Self::OneByOne(points)
    }
}

impl<'a> From<&'a Points> for Given<'a> {
    fn from(points: &'a Points) -> Self {
        Self::Packed(points)
    }
}
