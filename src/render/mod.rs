//! Answers: a document of facts, from which the text and the structured form are both derived.
//!
//! Everything that concerns the shape of an answer lives here and nowhere else: numbers, times, untrusted text,
//! secrets in it, and the size of the whole.

mod answer;
mod budget;
mod cell;
mod characters;
mod image;
mod key;
mod number;
mod redact;
mod structured;
mod text;
mod time;
mod untrusted;

pub(crate) use characters::strip;

pub use answer::{Answer, Column, Item, Table};
#[cfg(test)]
pub(crate) use backends::allowance::CHARACTERS as BUDGET;
pub use budget::{enforce, fit, size};
pub use cell::Cell;
pub use image::Image;
pub use key::{escape_key, unescape_key};
pub use number::not_finite;
pub use redact::{is_secret_key, redact, redact_value};
pub use structured::to_structured;
pub use text::to_text;
pub use time::in_words;

pub use untrusted::{CELL_CAP, Excerpt, Keep, clean, one_line};
