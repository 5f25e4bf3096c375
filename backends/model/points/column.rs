//! Whole numbers one after the other, packed: those of a block as what they are off a straight line.

/// Numbers of a block.
const BLOCK: usize = 128;

/// Numbers that mostly rise evenly, such as steps and times: little more than the bytes in which each is off the line through
/// the first and the last of its block. Any numbers come back as they went in.
#[derive(Clone, Debug, Default)]
pub(super) struct Column {
    blocks: Vec<Block>,
    /// What the numbers of all blocks are off, in little-endian bytes.
    off: Vec<u8>,
    /// Those after the last whole block.
    rest: Vec<i64>,
}

/// A line, and where the bytes are that lead from it to the numbers. All in wrapping arithmetic, so that nothing overflows.
#[derive(Clone, Copy, Debug)]
struct Block {
    first: i64,
    slope: i64,
    /// The lowest that a number is off.
    least: i64,
    /// Where its bytes begin.
    begin: usize,
    /// Bytes of a number: 0, 1, 2, 4 or 8.
    width: u8,
}

impl Block {
    #[allow(clippy::cast_possible_wrap)] // At most BLOCK.
    fn line(&self, at: usize) -> i64 {
        self.first.wrapping_add(self.slope.wrapping_mul(at as i64))
    }
}

impl Column {
    pub(super) fn push(&mut self, number: i64) {
        self.rest.push(number);
        if self.rest.len() == BLOCK {
            self.pack();
        }
    }

    pub(super) fn get(&self, at: usize) -> Option<i64> {
        let Some(block) = self.blocks.get(at / BLOCK) else {
            return self.rest.get(at - self.blocks.len() * BLOCK).copied();
        };
        let (place, width) = (at % BLOCK, usize::from(block.width));
        let bytes = self.off.get(block.begin + place * width..)?;
        let off = match width {
            0 => 0,
            1 => u64::from(*bytes.first()?),
            2 => u64::from(u16::from_le_bytes(*bytes.first_chunk()?)),
            4 => u64::from(u32::from_le_bytes(*bytes.first_chunk()?)),
            _ => u64::from_le_bytes(*bytes.first_chunk()?),
        };
        Some(block.line(place).wrapping_add(block.least).wrapping_add_unsigned(off))
    }

    /// Puts a whole block away.
    #[allow(clippy::cast_possible_wrap, clippy::cast_possible_truncation)] // BLOCK, and at most 8 bytes.
    fn pack(&mut self) {
        let (Some(first), Some(last)) = (self.rest.first(), self.rest.last()) else { return };
        let slope = last.wrapping_sub(*first) / (BLOCK as i64 - 1);
        let mut block = Block { first: *first, slope, least: 0, begin: self.off.len(), width: 0 };
        let off = |(at, number): (usize, &i64)| number.wrapping_sub(block.line(at));
        let all = || self.rest.iter().enumerate().map(off);
        let (least, most) = (all().min().unwrap_or_default(), all().max().unwrap_or_default());
        let width = match most.abs_diff(least) {
            0 => 0,
            spread => (u64::BITS - spread.leading_zeros()).div_ceil(8).next_power_of_two(),
        };
        for off in all() {
            let bytes = off.abs_diff(least).to_le_bytes();
            self.off.extend_from_slice(bytes.get(..width as usize).unwrap_or_default());
        }
        (block.least, block.width) = (least, width as u8);
        self.blocks.push(block);
        self.rest.clear();
    }

    /// Bytes that it takes.
    #[cfg(test)]
    fn size(&self) -> usize {
        self.blocks.len() * size_of::<Block>() + self.off.len() + self.rest.len() * 8
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Column;

    fn column(numbers: impl IntoIterator<Item = i64>) -> Column {
        let mut column = Column::default();
        numbers.into_iter().for_each(|number| column.push(number));
        column
    }

    #[test]
    fn even_steps_take_next_to_nothing_and_uneven_times_two_bytes() {
        assert!(column((0..100_000).map(|step| step * 50)).size() < 40_000);
        let jitter = |at: i64| (at * 7_919) % 101;
        let times = column((0..100_000).map(|at| 1_780_300_800_000 + at * 250 + jitter(at)));
        assert!(times.size() < 250_000, "{}", times.size());
    }

    #[test]
    fn nothing_is_where_no_number_is() {
        let column = column(0..200);
        assert_eq!((column.get(199), column.get(200), column.get(usize::MAX)), (Some(199), None, None));
    }

    proptest! {
        #[test]
        fn any_numbers_come_back(
            numbers in proptest::collection::vec(
                prop_oneof![0_i64..40, Just(i64::MIN), Just(i64::MAX), -70_000_i64..70_000, any::<i64>()],
                0..400,
            ),
        ) {
            let column = column(numbers.iter().copied());
            for (at, number) in numbers.iter().enumerate() {
                prop_assert_eq!(column.get(at), Some(*number), "{}", at);
            }
            prop_assert_eq!(column.get(numbers.len()), None);
        }
    }
}
