//! How much is read at once, so that whoever writes never waits long.

use std::time::Duration;

/// A part aims at this long; it may take twice as long before it becomes a fault of ours.
const AIM: Duration = Duration::from_millis(40);

/// The size of the next part, from how long the one before held the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    size: u32,
    most: u32,
}

impl Pace {
    /// Begins small: nobody knows how fast the disk is.
    pub(super) fn new(first: u32, most: u32) -> Self {
        Self { size: first, most }
    }

    /// Rows of the next part.
    pub(super) fn size(self) -> u32 {
        self.size
    }

    /// Takes into account how long a part held the file.
    pub(super) fn took(&mut self, held: Duration) {
        if held > AIM {
            let times = (held.as_micros() / AIM.as_micros()).saturating_add(1);
            self.size = (self.size / u32::try_from(times).unwrap_or(u32::MAX)).max(1);
        } else if held < AIM / 2 {
            self.size = self.size.saturating_mul(2).min(self.most);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_grow_while_they_are_quick_and_shrink_when_they_are_not() {
        let mut pace = Pace::new(1_000, 3_000);
        pace.took(Duration::from_millis(1));
        assert_eq!(pace.size(), 2_000);
        pace.took(Duration::from_millis(1));
        assert_eq!(pace.size(), 3_000);
        pace.took(Duration::from_millis(30));
        assert_eq!(pace.size(), 3_000);
        pace.took(Duration::from_millis(130));
        assert_eq!(pace.size(), 750);
        pace.took(Duration::from_secs(100));
        assert_eq!(pace.size(), 1);
    }
}
