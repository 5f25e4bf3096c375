//! Cursors: where a list continues, without any state of ours.
//!
//! A cursor is neither a secret nor a proof of identity. It says where a question stopped, to the one who asked it;
//! its hashes and its checksum catch mistakes, they keep nobody out. It is read as hostile input.

use backends::{Error, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::Value;

/// The longest text that is read (and written) as a cursor, in characters.
pub const LONGEST: usize = 4_096;

const VERSION: u8 = 1;
const NOT_BEGUN: u8 = 0;
const BEGUN: u8 = 1;
const FINISHED: u8 = 2;

const DAMAGED: &str = "cursor is damaged (miscopied): copy next_cursor whole";
const OTHER_QUESTION: &str =
    "cursor belongs to another question: repeat it with the same arguments or leave cursor out";
const OTHER_CALLER: &str = "cursor of another caller: leave cursor out to begin anew";

/// Where a question to one or several trackers continues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// When the question was first asked: relative times (`7d`) count from here on every page, so that pages fit together.
    pub asked: Timestamp,
    /// One place per tracker that was asked, in the order of asking.
    pub places: Vec<Place>,
}

/// Where a question continues on one tracker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The configured name of the tracker.
    pub tracker: String,
    /// How far it was read.
    pub position: Position,
}

/// How far the rows of one tracker were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Position {
    /// The next row is on this page of the tracker.
    At {
        /// The tracker's own token of the page; `None` is its first page.
        token: Option<String>,
        /// Rows of that page which earlier answers have shown.
        skip: u32,
    },
    /// All rows were read.
    Finished,
}

impl Cursor {
    /// The cursor as text (base64url), bound to the question and to who asked it.
    ///
    /// `query` is the question in a form that is the same on each page: the arguments as given. The order of keys does not
    /// matter, and `limit` and `cursor` at its top are left out, so that pages may differ in size.
    ///
    /// # Errors
    /// *Unsupported* when the trackers' own tokens are so long that the text would not be read again.
    pub fn write(&self, query: &Value, caller: &str) -> Result<String> {
        let mut bytes = vec![VERSION];
        bytes.extend(hash_of_query(query).to_le_bytes());
        bytes.extend(fnv(caller.as_bytes()).to_le_bytes());
        let nanoseconds = i64::try_from(self.asked.as_nanosecond()).unwrap_or(i64::MAX);
        bytes.extend(nanoseconds.to_le_bytes());
        for place in &self.places {
            put_text(&mut bytes, &place.tracker);
            match &place.position {
                Position::Finished => bytes.push(FINISHED),
                Position::At { token, skip } => {
                    bytes.push(if token.is_some() { BEGUN } else { NOT_BEGUN });
                    put_number(&mut bytes, *skip);
                    if let Some(token) = token {
                        put_text(&mut bytes, token);
                    }
                }
            }
        }
        // At the end and in this order of bytes, the checksum sees every change of a few adjacent bytes, whichever they are.
        bytes.extend(crc32(&bytes).to_le_bytes());
        let text = URL_SAFE_NO_PAD.encode(bytes);
        if text.len() > LONGEST {
            return Err(Error::unsupported(format!(
                "the rest of this list cannot be paged: the trackers' own page tokens take {} characters, a cursor \
                 holds {LONGEST}; ask one tracker at a time or narrow the question",
                text.len()
            )));
        }
        Ok(text)
    }

    /// Reads a cursor that was written for the same question and caller.
    ///
    /// # Errors
    /// *Bad input* when it is no cursor or a damaged one, or belongs to another question or caller; each says so.
    pub fn read(text: &str, query: &Value, caller: &str) -> Result<Self> {
        let damaged = || Error::bad_input(DAMAGED);
        let text = text.trim();
        if text.len() > LONGEST {
            return Err(damaged());
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| damaged())?;
        let (content, checksum) = bytes.split_last_chunk::<4>().ok_or_else(damaged)?;
        if crc32(content) != u32::from_le_bytes(*checksum) {
            return Err(damaged());
        }
        let mut rest = Rest(content);
        if rest.byte() != Some(VERSION) {
            return Err(Error::bad_input(
                "cursor was made by another version of tracker-mcp: leave cursor out to begin anew",
            ));
        }
        let (of_query, of_caller) = (rest.hash().ok_or_else(damaged)?, rest.hash().ok_or_else(damaged)?);
        if of_query != hash_of_query(query) {
            return Err(Error::bad_input(OTHER_QUESTION));
        }
        if of_caller != fnv(caller.as_bytes()) {
            return Err(Error::bad_input(OTHER_CALLER));
        }
        rest.cursor().ok_or_else(damaged)
    }
}

/// What is yet to be read. Every step is `None` when it is not there.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn hash(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    fn number(&mut self) -> Option<u32> {
        let mut number = 0_u32;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.byte()?;
            let part = u32::from(byte & 0x7f);
            if (part << shift) >> shift != part {
                return None;
            }
            number |= part << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn text(&mut self) -> Option<String> {
        let length = usize::try_from(self.number()?).ok()?;
        String::from_utf8(self.take(length)?.to_vec()).ok()
    }

    fn cursor(mut self) -> Option<Cursor> {
        let nanoseconds = i64::from_le_bytes(self.take(8)?.try_into().ok()?);
        let asked = Timestamp::from_nanosecond(i128::from(nanoseconds)).ok()?;
        let mut places = Vec::new();
        while !self.0.is_empty() {
            let tracker = self.text()?;
            let position = match self.byte()? {
                NOT_BEGUN => Position::At { skip: self.number()?, token: None },
                BEGUN => Position::At { skip: self.number()?, token: Some(self.text()?) },
                FINISHED => Position::Finished,
                _ => return None,
            };
            places.push(Place { tracker, position });
        }
        Some(Cursor { asked, places })
    }
}

fn put_number(bytes: &mut Vec<u8>, mut number: u32) {
    while number > 0x7f {
        // The low seven bits: the cast cuts off what the mask has already.
        #[allow(clippy::cast_possible_truncation)]
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    #[allow(clippy::cast_possible_truncation)]
    bytes.push(number as u8);
}

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    // A text of more than 4 GB is cut off here and refused as too long above.
    put_number(bytes, u32::try_from(text.len()).unwrap_or(u32::MAX));
    bytes.extend(text.as_bytes());
}

/// The hash of a question, the same in every process, version and order of keys.
fn hash_of_query(query: &Value) -> u64 {
    let mut query = query.clone();
    if let Some(arguments) = query.as_object_mut() {
        arguments.shift_remove("limit");
        arguments.shift_remove("cursor");
    }
    query.sort_all_objects();
    fnv(query.to_string().as_bytes())
}

/// FNV-1a: small, and the same everywhere and for ever, which the standard library does not promise of its own.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// CRC-32 (IEEE): finds every change within 32 adjacent bits, so every change of one character.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}

#[cfg(test)]
mod tests {
    use super::{Cursor, Place, Position, crc32, fnv};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn query() -> Value {
        json!({"projects": ["vision"], "filter": "metrics.f1 > 0.9", "since": "7d", "limit": 20})
    }

    fn sample() -> Cursor {
        let token = "eyJvcmRlcl9ieSI6ICJzdGFydF90aW1lIiwgIm9mZnNldCI6IDUwMDB9".to_owned();
        Cursor {
            asked: "2026-11-20T11:18:00.123456789Z".parse().unwrap(),
            places: vec![
                Place { tracker: "lab".into(), position: Position::At { token: Some(token), skip: 17 } },
                Place { tracker: "prod".into(), position: Position::At { token: None, skip: 0 } },
                Place { tracker: "old".into(), position: Position::Finished },
            ],
        }
    }

    #[test]
    fn the_hashes_are_the_published_ones() {
        assert_eq!(fnv(b"foobar"), 0x8594_4171_f739_67e8);
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn a_cursor_comes_back_and_is_short() {
        let text = sample().write(&query(), "bob").unwrap();
        assert!(text.len() <= 400, "{} characters", text.len());
        assert_eq!(Cursor::read(&text, &query(), "bob").unwrap(), sample());
        assert_eq!(Cursor::read(&format!(" {text}\n"), &query(), "bob").unwrap(), sample());
    }

    // Computed apart from this code, in another language.
    #[test]
    fn a_written_cursor_is_the_same_in_every_process() {
        assert_eq!(
            Cursor { asked: jiff::Timestamp::UNIX_EPOCH, places: vec![] }.write(&json!({"a": 1}), "bob").unwrap(),
            "AbHoym_dgj6cVApKExlETQAAAAAAAAAAAAfxnfk"
        );
    }

    #[test]
    fn another_page_size_and_another_order_of_arguments_are_the_same_question() {
        let text = sample().write(&query(), "bob").unwrap();
        let reordered = json!({
            "limit": 100, "cursor": "x", "since": "7d", "filter": "metrics.f1 > 0.9", "projects": ["vision"]
        });
        assert!(Cursor::read(&text, &reordered, "bob").is_ok());
    }

    #[test]
    fn another_question_or_caller_is_refused_as_such() {
        let text = sample().write(&query(), "bob").unwrap();
        let message = |query: &Value, caller: &str| Cursor::read(&text, query, caller).unwrap_err().message;
        assert!(message(&json!({"projects": ["nlp"]}), "bob").starts_with("cursor belongs to another question"));
        assert!(message(&query(), "eve").starts_with("cursor of another caller"));
    }

    #[test]
    fn a_token_that_does_not_fit_is_told_when_writing() {
        let position = Position::At { token: Some("x".repeat(4_000)), skip: 0 };
        let cursor = Cursor { places: vec![Place { tracker: "lab".into(), position }], ..sample() };
        assert!(cursor.write(&query(), "bob").unwrap_err().message.contains("cannot be paged"));
    }

    fn cursors() -> impl Strategy<Value = Cursor> {
        let position = prop_oneof![
            Just(Position::Finished),
            (proptest::option::of(".{0,40}"), any::<u32>()).prop_map(|(token, skip)| Position::At { token, skip }),
        ];
        let place = ("[a-z][a-z0-9_-]{0,31}", position).prop_map(|(tracker, position)| Place { tracker, position });
        (proptest::collection::vec(place, 0..5), any::<i64>()).prop_map(|(places, nanoseconds)| Cursor {
            asked: jiff::Timestamp::from_nanosecond(nanoseconds.into()).unwrap(),
            places,
        })
    }

    proptest! {
        #[test]
        fn every_cursor_comes_back(cursor in cursors(), caller in ".{0,20}") {
            let text = cursor.write(&query(), &caller).unwrap();
            prop_assert_eq!(Cursor::read(&text, &query(), &caller).unwrap(), cursor);
        }

        #[test]
        fn every_change_of_one_character_is_noticed(cursor in cursors(), at in any::<prop::sample::Index>(), to in "[A-Za-z0-9_-]") {
            let text = cursor.write(&query(), "bob").unwrap();
            let at = at.index(text.len());
            let mut changed = text.clone();
            changed.replace_range(at..=at, &to);
            prop_assume!(changed != text);
            let message = Cursor::read(&changed, &query(), "bob").unwrap_err().message;
            prop_assert!(message.starts_with("cursor is damaged"), "{}", message);
        }

        #[test]
        fn a_cursor_that_lost_a_character_is_damaged(cursor in cursors(), at in any::<prop::sample::Index>()) {
            let mut text = cursor.write(&query(), "bob").unwrap();
            text.remove(at.index(text.len()));
            prop_assert!(Cursor::read(&text, &query(), "bob").is_err());
        }

        #[test]
        fn any_text_is_refused_without_panic(text in prop_oneof![".{0,300}", "[A-Za-z0-9_-]{0,300}"]) {
            prop_assert!(Cursor::read(&text, &query(), "bob").is_err());
        }

        #[test]
        fn any_content_behind_a_right_checksum_is_read_without_panic(tail in proptest::collection::vec(any::<u8>(), 0..60)) {
            use base64::Engine;
            let mut bytes = vec![super::VERSION];
            bytes.extend(super::hash_of_query(&query()).to_le_bytes());
            bytes.extend(fnv(b"bob").to_le_bytes());
            bytes.extend(tail);
            bytes.extend(crc32(&bytes).to_le_bytes());
            let text = super::URL_SAFE_NO_PAD.encode(bytes);
            if let Err(error) = Cursor::read(&text, &query(), "bob") {
                prop_assert!(error.message.starts_with("cursor is damaged"));
            }
        }
    }
}
