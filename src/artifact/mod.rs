//! Files that runs logged: found by the end of their path, and read in the parts that a question needs.

mod encoding;
mod file;
mod find;
mod format;
mod glob;
mod grep;
mod hits;
mod image;
mod json;
mod key;
mod lines;
mod node;
mod pattern;
mod rows;
mod size;
mod tree;
mod yaml;

pub(crate) use encoding::{Content, Encoding, detect};
pub(crate) use file::{File, Piece};
pub(crate) use find::{find, find_end, open, unseen};
pub(crate) use format::{Format, type_of};
pub(crate) use glob::Glob;
pub(crate) use grep::{Found, Hit, Scan, grep};
pub(crate) use hits::listed;
pub(crate) use image::{LARGEST as LARGEST_IMAGE, image};
pub(crate) use key::{Missed, lookup};
pub(crate) use lines::{Line, Lines, Start, head, reach, tail};
pub(crate) use node::{Node, Parsed, number};
pub(crate) use pattern::pattern;
pub(crate) use rows::{Row, Rows, rows};
pub(crate) use size::words;
pub(crate) use tree::{FOLDERS, Tree, known_bytes, list, walk};

use backends::{Error, Result};

/// What a document of this format holds, as far as it can be read.
///
/// # Errors
/// *Bug* when the thread that reads it is lost.
pub(crate) async fn parse(text: String, as_json: bool) -> Result<Parsed> {
    let parse = if as_json { json::parse } else { yaml::parse };
    // A document of some megabytes takes longer than others may wait.
    tokio::task::spawn_blocking(move || parse(&text)).await.map_err(|_| Error::bug("reading a document failed"))
}
