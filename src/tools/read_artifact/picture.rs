//! Pictures, and files that are neither text nor picture.

use super::{Shown, View};
use crate::artifact::{Content, File, Format, LARGEST_IMAGE, detect, image, words};
use crate::problem::Result;
use crate::render::{Answer, Image, Item};
use crate::tools::onward::Onward;

/// Bytes of all pictures of one answer.
pub(super) const ROOM: u64 = LARGEST_IMAGE;
/// Bytes of the beginning that tell what a file is.
const BEGINNING: u64 = 512;

/// Reads a picture, unless it is too large.
pub(super) async fn read(file: &File, web_url: Option<&str>) -> Result<View> {
    let too_large = |size: u64| {
        let largest = words(LARGEST_IMAGE);
        told(format!("the picture has {}, and at most {largest} are shown; {}", words(size), there(file, web_url)))
    };
    if let Some(size) = file.listed.filter(|size| *size > LARGEST_IMAGE) {
        return Ok(too_large(size));
    }
    let piece = file.from(0, LARGEST_IMAGE + 1).await?;
    let came = piece.bytes.len() as u64;
    if came > LARGEST_IMAGE {
        return Ok(too_large(piece.size.unwrap_or(came)));
    }
    match image(&file.path, piece.bytes.clone()) {
        Some(image) => Ok(Box::new(Answered(Answer::new().image(image)))),
        None if came == 0 => Ok(told("the file is empty".to_owned())),
        None => match detect(&piece.bytes, 0) {
            Content::Binary(kind) => Ok(binary(file, kind, web_url)),
            Content::Text(_) => {
                Ok(told("by its name the file is a picture, but it holds text; grep reads it".to_owned()))
            }
        },
    }
}

/// Says what a file is by its beginning.
pub(super) async fn describe(file: &File, web_url: Option<&str>) -> Result<View> {
    let piece = file.from(0, BEGINNING).await?;
    Ok(match detect(&piece.bytes, 0) {
        _ if piece.bytes.is_empty() => told("the file is empty".to_owned()),
        Content::Binary(kind) => binary(file, kind, web_url),
        Content::Text(_) => told(format!(
            "by its name the file is binary, but it begins with text; grep '.' reads its lines; {}",
            there(file, web_url)
        )),
    })
}

/// A file that is no text, whatever its name: a picture is shown.
pub(super) async fn by_its_bytes(file: &File, kind: &str, web_url: Option<&str>) -> Result<View> {
    if kind.ends_with(" image") { read(file, web_url).await } else { Ok(binary(file, kind, web_url)) }
}

/// A file that cannot be shown: what it is and where it is.
pub(super) fn binary(file: &File, kind: &str, web_url: Option<&str>) -> View {
    let what = match kind {
        "unknown" => "the file is binary, of a kind that its bytes do not tell".to_owned(),
        kind => format!("the file is binary: {kind}"),
    };
    let rows = if Format::of(&file.path) == Format::Parquet {
        "; rows and columns of Parquet cannot be read here"
    } else {
        ""
    };
    told(format!("{what}{rows}; {}", there(file, web_url)))
}

/// How people get at a file themselves.
fn there(file: &File, web_url: Option<&str>) -> String {
    match web_url {
        Some(url) => format!("to get it, open the artifacts of its run: {url}"),
        None => format!("to get it, open the artifacts of run {} in the tracker's web page", file.run.text()),
    }
}

fn told(sentence: String) -> View {
    Box::new(Answered(Answer::new().note(sentence)))
}

/// The answer without pictures for which there is no room any more.
pub(super) fn within(answer: Answer, room: &mut u64) -> Answer {
    let mut left_out = Vec::new();
    let items = answer.into_items().into_iter().filter(|item| {
        let Item::Image(Image { bytes, name, .. }) = item else { return true };
        let size = bytes.len() as u64;
        let fits = size <= *room;
        match fits {
            true => *room -= size,
            false => left_out.push(format!(
                "the picture '{name}' ({}) is left out: one answer holds {} of pictures; read this run alone",
                words(size),
                words(ROOM)
            )),
        }
        fits
    });
    let kept = items.collect::<Vec<_>>().into_iter().fold(Answer::new(), Answer::with);
    kept.notes(left_out)
}

/// An answer that is one thing.
struct Answered(Answer);

impl Shown for Answered {
    fn count(&self) -> usize {
        1
    }

    fn answer(&self, _: usize, _: Option<&Onward>) -> Answer {
        self.0.clone()
    }
}
