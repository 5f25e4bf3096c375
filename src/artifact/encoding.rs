//! Bytes as text: which encoding it is, or that it is no text at all.

/// How text is written in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// UTF-8, with or without its mark.
    Utf8,
    /// UTF-8 with bytes that are not.
    Utf8Broken,
    /// UTF-16, the low byte first.
    Utf16Le,
    /// UTF-16, the high byte first.
    Utf16Be,
    /// One byte for each character, as Windows has it, which contains Latin-1.
    Latin1,
}

/// What bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// Text.
    Text(Encoding),
    /// No text, and what it may be instead.
    Binary(&'static str),
}

/// What these bytes of a file are; `from` is where they begin.
pub(crate) fn detect(bytes: &[u8], from: u64) -> Content {
    if from == 0 {
        match bytes {
            [0xff, 0xfe, ..] => return Content::Text(Encoding::Utf16Le),
            [0xfe, 0xff, ..] => return Content::Text(Encoding::Utf16Be),
            _ => {}
        }
        if let Some(kind) = signature(bytes) {
            return Content::Binary(kind);
        }
    }
    let sample = bytes.get(..bytes.len().min(65_536)).unwrap_or(bytes);
    if let Some(encoding) = utf_16(sample, from) {
        return Content::Text(encoding);
    }
    let strange = sample.iter().filter(|byte| matches!(byte, 0..=6 | 14..=26 | 28..=31)).count();
    if sample.contains(&0) || strange * 20 > sample.len() {
        return Content::Binary("unknown");
    }
    Content::Text(eight_bit(bytes))
}

/// UTF-16 without its mark: Latin letters leave every second byte empty.
fn utf_16(sample: &[u8], from: u64) -> Option<Encoding> {
    let pairs = sample.len() / 2;
    if pairs < 4 {
        return None;
    }
    let zeros = |odd: usize| sample.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let (low_first, high_first) = if from.is_multiple_of(2) { (odd, even) } else { (even, odd) };
    if low_first * 10 >= pairs * 7 && high_first * 10 < pairs {
        Some(Encoding::Utf16Le)
    } else if high_first * 10 >= pairs * 7 && low_first * 10 < pairs {
        Some(Encoding::Utf16Be)
    } else {
        None
    }
}

/// UTF-8 if most of what is not ASCII is. A character that is cut at either end says nothing.
fn eight_bit(bytes: &[u8]) -> Encoding {
    let (mut right, mut wrong) = (0_usize, 0_usize);
    let begun = bytes.iter().take(3).take_while(|byte| matches!(byte, 0x80..=0xbf)).count();
    let mut rest = bytes.get(begun..).unwrap_or_default();
    loop {
        match std::str::from_utf8(rest) {
            Ok(text) => {
                right += text.chars().filter(|c| !c.is_ascii()).count();
                break;
            }
            Err(error) => {
                let valid = rest.get(..error.valid_up_to()).unwrap_or_default();
                right += String::from_utf8_lossy(valid).chars().filter(|c| !c.is_ascii()).count();
                // The end is cut within a character.
                let Some(length) = error.error_len() else { break };
                wrong += 1;
                rest = rest.get(error.valid_up_to() + length..).unwrap_or_default();
            }
        }
    }
    match (wrong, right) {
        (0, _) => Encoding::Utf8,
        (wrong, right) if right > wrong => Encoding::Utf8Broken,
        _ => Encoding::Latin1,
    }
}

impl Encoding {
    /// The text; what is no character stands as `�`.
    pub(crate) fn decode(self, bytes: &[u8]) -> String {
        match self {
            Self::Utf8 | Self::Utf8Broken => {
                let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
                String::from_utf8_lossy(bytes).into_owned()
            }
            Self::Utf16Le => utf_16_text(bytes, u16::from_le_bytes),
            Self::Utf16Be => utf_16_text(bytes, u16::from_be_bytes),
            Self::Latin1 => bytes.iter().map(|byte| windows_1252(*byte)).collect(),
        }
    }

    /// The bytes of a line's end, and by how many bytes characters are parted.
    pub(crate) fn line_end(self) -> &'static [u8] {
        match self {
            Self::Utf16Le => b"\n\0",
            Self::Utf16Be => b"\0\n",
            _ => b"\n",
        }
    }

    /// What to say of it.
    pub(crate) fn remark(self) -> Option<&'static str> {
        match self {
            Self::Utf8 => None,
            Self::Utf8Broken => Some("some bytes are not UTF-8; they stand as �"),
            Self::Utf16Le | Self::Utf16Be => Some("the file is UTF-16"),
            Self::Latin1 => Some("the file is not UTF-8; it was read as Latin-1 (Windows-1252)"),
        }
    }
}

/// UTF-16 without its mark; half a character at the end stands as `�`.
fn utf_16_text(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let text = char::decode_utf16(pairs.iter().map(|pair| unit(*pair)));
    let cut = (!rest.is_empty()).then_some(char::REPLACEMENT_CHARACTER);
    let mut text: String = text.map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).chain(cut).collect();
    if text.starts_with('\u{feff}') {
        text.remove(0);
    }
    text
}

/// Latin-1 but for the bytes from 0x80 to 0x9f, where Windows has letters and signs; the five that it leaves free stay what
/// they are (<https://encoding.spec.whatwg.org/index-windows-1252.txt>).
fn windows_1252(byte: u8) -> char {
    const SIGNS: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘',
        '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    let sign = usize::from(byte).checked_sub(0x80).and_then(|at| SIGNS.get(at));
    sign.copied().unwrap_or(char::from(byte))
}

/// What a file is by its first bytes, if they say that it is no text.
fn signature(bytes: &[u8]) -> Option<&'static str> {
    const KNOWN: [(&[u8], &str); 19] = [
        (b"\x89PNG\r\n\x1a\n", "PNG image"),
        (b"\xff\xd8\xff", "JPEG image"),
        (b"GIF8", "GIF image"),
        (b"PK\x03\x04", "ZIP archive (also PyTorch checkpoints, .npz, .xlsx)"),
        (b"\x1f\x8b", "gzip archive"),
        (b"BZh", "bzip2 archive"),
        (b"\xfd7zXZ", "xz archive"),
        (b"\x28\xb5\x2f\xfd", "Zstandard archive"),
        (b"PAR1", "Parquet table"),
        (b"ARROW1", "Arrow table"),
        (b"\x89HDF", "HDF5 file"),
        (b"\x93NUMPY", "NumPy array"),
        (b"SQLite format 3", "SQLite database"),
        (b"%PDF-", "PDF document"),
        (b"\x7fELF", "ELF program"),
        (b"\x80\x02", "Python pickle"),
        (b"\x80\x03", "Python pickle"),
        (b"\x80\x04", "Python pickle"),
        (b"\x80\x05", "Python pickle"),
    ];
    if let Some((_, kind)) = KNOWN.iter().find(|(start, _)| bytes.starts_with(start)) {
        return Some(kind);
    }
    match bytes {
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("WebP image"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Some("WAV audio"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Content, Encoding, detect};

    fn decoded(bytes: &[u8], from: u64) -> (Encoding, String) {
        match detect(bytes, from) {
            Content::Text(encoding) => (encoding, encoding.decode(bytes)),
            binary => panic!("{binary:?}"),
        }
    }

    fn utf_16(text: &str, little: bool) -> Vec<u8> {
        text.encode_utf16().flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
    }

    #[test]
    fn text_is_read_in_the_encoding_that_it_is_written_in() {
        assert_eq!(decoded("größe 模型".as_bytes(), 0), (Encoding::Utf8, "größe 模型".to_owned()));
        assert_eq!(decoded(b"\xef\xbb\xbfa,b", 0), (Encoding::Utf8, "a,b".to_owned()));
        assert_eq!(decoded(b"gr\xf6\xdfe \x80 5", 0), (Encoding::Latin1, "größe € 5".to_owned()));
        let marked = |little| utf_16("\u{feff}größe", little);
        assert_eq!(decoded(&marked(true), 0), (Encoding::Utf16Le, "größe".to_owned()));
        assert_eq!(decoded(&marked(false), 0), (Encoding::Utf16Be, "größe".to_owned()));
        assert_eq!(decoded(b"", 0), (Encoding::Utf8, String::new()));
        assert_eq!(Encoding::Latin1.decode(b"\x80\x82\x99\x9f\x81\xa0\xff"), "€‚™Ÿ\u{81}\u{a0}ÿ");
        assert_eq!(Encoding::Utf16Le.decode(b"a\0\x3d\xd8\x00\xdeb"), "a😀\u{fffd}");
        assert_eq!(Encoding::Utf16Be.decode(b"\xd8\x3d\0a"), "\u{fffd}a");
    }

    #[test]
    fn the_middle_of_utf_16_is_known_by_its_empty_bytes_wherever_it_begins() {
        let bytes = utf_16("an ordinary line of a log", true);
        assert_eq!(decoded(&bytes, 100).0, Encoding::Utf16Le);
        assert_eq!(detect(&bytes[1..], 101), Content::Text(Encoding::Utf16Le));
        assert_eq!(decoded(&utf_16("an ordinary line of a log", false), 100).0, Encoding::Utf16Be);
    }

    #[test]
    fn a_character_cut_at_the_edge_of_a_range_is_no_other_encoding() {
        let bytes = "aü模型üb".as_bytes();
        for (from, to) in [(2, bytes.len()), (0, bytes.len() - 2), (2, 6), (4, 8)] {
            assert_eq!(detect(&bytes[from..to], from as u64), Content::Text(Encoding::Utf8), "{from}..{to}");
        }
    }

    #[test]
    fn a_few_broken_bytes_do_not_make_utf_8_latin_1() {
        let (encoding, text) = decoded(b"gr\xc3\xb6\xc3\x9fe \xff ok", 0);
        assert_eq!((encoding, text.as_str()), (Encoding::Utf8Broken, "größe \u{fffd} ok"));
    }

    #[test]
    fn what_is_no_text_is_named_as_far_as_its_beginning_tells() {
        for (bytes, kind) in [
            (b"\x89PNG\r\n\x1a\n....".as_slice(), "PNG image"),
            (b"PK\x03\x04....", "ZIP archive (also PyTorch checkpoints, .npz, .xlsx)"),
            (b"PAR1\x15\x04", "Parquet table"),
            (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "WebP image"),
            (b"\x00\x01\x02\x03\x00\x9f\x00\x00\x00\x05", "unknown"),
        ] {
            assert_eq!(detect(bytes, 0), Content::Binary(kind));
        }
        assert_eq!(detect(b"some\0thing\x01\x02", 500), Content::Binary("unknown"));
    }
}
