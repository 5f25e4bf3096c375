//! Pixels as a PNG of few colours: the four chunks that such a file needs.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::io::Write;

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};

use super::canvas::Canvas;
use super::palette::{Colour, WHITE};

/// The picture with at most so many colours (2 to 256): those that it was painted with, the most frequent blends of them, and
/// for the others the nearest of these.
/// Nothing if it cannot be encoded, which no picture that fits into memory is.
pub(super) fn encode(canvas: &Canvas, painted: &[Colour], colours: usize) -> Option<Vec<u8>> {
    let height = canvas.pixels.len() / canvas.width.max(1);
    let mut palette = Palette::of(&canvas.pixels, painted, colours.clamp(2, 256));
    let mut rows = Vec::with_capacity(canvas.pixels.len() + height);
    for row in canvas.pixels.chunks(canvas.width) {
        // Filter 0: neighbouring numbers of a palette have nothing in common.
        rows.push(0);
        // Most pixels are as their neighbour: one look-up for a stretch of equal ones.
        for stretch in row.chunk_by(|a, b| a == b) {
            let place = stretch.first().map_or(0, |colour| palette.place(*colour));
            rows.extend(std::iter::repeat_n(place, stretch.len()));
        }
    }
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::new(6));
    packed.write_all(&rows).ok()?;
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = Vec::new();
    header.extend(u32::try_from(canvas.width).ok()?.to_be_bytes());
    header.extend(u32::try_from(height).ok()?.to_be_bytes());
    // 8 bits per pixel, numbers of a palette, no interlacing.
    header.extend([8, 3, 0, 0, 0]);
    chunk(&mut file, b"IHDR", &header)?;
    chunk(&mut file, b"PLTE", &palette.colours.iter().flat_map(|colour| colour.0).collect::<Vec<u8>>())?;
    chunk(&mut file, b"IDAT", &packed.finish().ok()?)?;
    chunk(&mut file, b"IEND", &[])?;
    Some(file)
}

fn chunk(file: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) -> Option<()> {
    let mut sum = Crc::new();
    sum.update(kind);
    sum.update(data);
    file.extend(u32::try_from(data.len()).ok()?.to_be_bytes());
    file.extend(kind);
    file.extend(data);
    file.extend(sum.sum().to_be_bytes());
    Some(())
}

/// Colours that are alike in the first five bits of each part count as one.
const CELLS: usize = 1 << 15;

fn cell(colour: Colour) -> usize {
    let [red, green, blue] = colour.0.map(|part| usize::from(part >> 3));
    red << 10 | green << 5 | blue
}

/// The colours of a picture that matter most, and which of them stands for each other.
struct Palette {
    colours: Vec<Colour>,
    places: Vec<Option<u8>>,
}

impl Palette {
    fn of(pixels: &[Colour], painted: &[Colour], most: usize) -> Self {
        let mut cells: Vec<(u32, Colour)> = vec![(0, WHITE); CELLS];
        for colour in pixels {
            if let Some((count, example)) = cells.get_mut(cell(*colour)) {
                *count += 1;
                *example = *colour;
            }
        }
        let used = |colour: &&Colour| cells.get(cell(**colour)).is_some_and(|(count, _)| *count > 0);
        let mut colours: Vec<Colour> = painted.iter().filter(used).take(most).copied().collect();
        let mut blends: Vec<(u32, Colour)> = cells.iter().filter(|(count, _)| *count > 0).copied().collect();
        blends.sort_unstable_by_key(|(count, colour)| (Reverse(*count), colour.0));
        // Of blends that are nearly alike one is enough.
        let alike = |colour: &Colour| colour.0.map(|part| part >> 4);
        let mut taken: HashSet<[u8; 3]> = colours.iter().map(alike).collect();
        let blends = blends.into_iter().map(|(_, colour)| colour).filter(|colour| taken.insert(alike(colour)));
        let room = most - colours.len();
        colours.extend(blends.take(room));
        let mut places = vec![None; CELLS];
        for (colour, place) in colours.iter().zip(0..=u8::MAX) {
            if let Some(free) = places.get_mut(cell(*colour)).filter(|place| place.is_none()) {
                *free = Some(place);
            }
        }
        Self { colours, places }
    }

    fn place(&mut self, colour: Colour) -> u8 {
        let Some(place) = self.places.get_mut(cell(colour)) else { return 0 };
        let apart = |other: &Colour| -> u32 {
            other.0.iter().zip(colour.0).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
        };
        *place.get_or_insert_with(|| {
            let places = self.colours.iter().zip(0..=u8::MAX);
            places.min_by_key(|(other, _)| apart(other)).map_or(0, |(_, place)| place)
        })
    }
}
