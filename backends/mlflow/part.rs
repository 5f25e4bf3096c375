//! What a server sent when it was asked for a part of a file.

use crate::http::Reply;
use crate::model::{ArtifactPart, ByteRange};
use crate::{Error, Result};

use super::artifacts::is_whole;

/// An answer, measured against what was asked for.
#[derive(Debug, PartialEq)]
pub(super) enum Served {
    /// What was asked for, or as much of it as there is.
    Part(ArtifactPart),
    /// Nothing, because the file has only so many bytes and more of its end were asked for.
    TooShort(u64),
    /// The beginning of the whole file, in which what was asked for is not.
    Beginning {
        /// How long the file is, if that was told.
        size: Option<u64>,
    },
}

/// Reads the answer to a question for `range`.
pub(super) fn served(reply: Reply, range: ByteRange) -> Result<Served> {
    // Of a refusal it is the type of its own page.
    let content_type = reply.header("content-type").filter(|_| reply.status != 416);
    let content_type = content_type.map(|text| text.split(';').next().unwrap_or(text).trim().to_owned());
    let told = reply.header("content-range").and_then(Told::parse);
    let part = |bytes, offset, size, whole_only| {
        Served::Part(ArtifactPart { bytes, offset, size, content_type: content_type.clone(), whole_only })
    };
    if content_type.as_deref() == Some("text/html")
        && reply.status == 200
        && reply.header("content-disposition").is_none()
    {
        // MLflow sends every file, a web page too, as an attachment.
        let message =
            "the server answered with a web page instead of the file: a login page or a proxy stands in front of it";
        return Err(Error { temporary: false, ..Error::unavailable(message) });
    }
    match (reply.status, told) {
        (416, Some(Told { size: Some(size), .. })) => Ok(match range {
            ByteRange::Last(count) if size > 0 && count > 0 => Served::TooShort(size),
            ByteRange::Last(_) => part(bytes::Bytes::new(), size, Some(size), false),
            ByteRange::From { offset, .. } => part(bytes::Bytes::new(), offset, Some(size), false),
        }),
        (206, told) => {
            let told = told.unwrap_or_default();
            let first = match (told.first, range) {
                (Some(first), ByteRange::From { offset, .. }) if first != offset => return Err(other_bytes()),
                (Some(first), _) => first,
                (None, ByteRange::From { offset, .. }) => offset,
                (None, ByteRange::Last(_)) => return Err(other_bytes()),
            };
            Ok(part(first_of(reply.body, range.length()), first, told.size, false))
        }
        (200, _) => {
            let whole_only = is_whole(&reply);
            let announced = reply.header("content-length").and_then(|length| length.parse().ok());
            let came = reply.body.len() as u64;
            let size = if reply.cut { announced } else { Some(came) };
            // Where the wanted part begins and ends, as far as it is known and there.
            let (from, to) = match (range, size) {
                (ByteRange::From { offset, length }, _) => (offset, offset.saturating_add(length)),
                (ByteRange::Last(count), Some(size)) => (size.saturating_sub(count), size),
                (ByteRange::Last(_), None) => return Ok(Served::Beginning { size: None }),
            };
            let end = size.map_or(to, |size| to.min(size));
            if came < end {
                return Ok(Served::Beginning { size });
            }
            let slice = |at: u64| usize::try_from(at.min(came)).unwrap_or(usize::MAX);
            Ok(part(reply.body.slice(slice(from)..slice(to).max(slice(from))), from, size, whole_only))
        }
        _ => Err(other_bytes()),
    }
}

fn first_of(bytes: bytes::Bytes, most: u64) -> bytes::Bytes {
    let most = usize::try_from(most).unwrap_or(usize::MAX).min(bytes.len());
    bytes.slice(..most)
}

fn other_bytes() -> Error {
    let message =
        "the server answered with other bytes of the file than it was asked for; a proxy before it may be at fault";
    Error { temporary: false, ..Error::unavailable(message) }
}

/// The header `Content-Range`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Told {
    first: Option<u64>,
    size: Option<u64>,
}

impl Told {
    /// `bytes 10-19/100`, `bytes 10-19/*`, `bytes */100`.
    fn parse(text: &str) -> Option<Self> {
        let (range, size) = text.trim().strip_prefix("bytes")?.trim_start().split_once('/')?;
        let first = range.split_once('-').and_then(|(first, _)| first.trim().parse().ok());
        Some(Self { first, size: size.trim().parse().ok() })
    }
}

#[cfg(test)]
mod tests {
    use super::Told;

    #[test]
    fn a_content_range_tells_where_a_part_begins_and_how_long_the_file_is() {
        let told = |first, size| Some(Told { first, size });
        assert_eq!(Told::parse("bytes 10-19/100"), told(Some(10), Some(100)));
        assert_eq!(Told::parse("bytes 10-19/*"), told(Some(10), None));
        assert_eq!(Told::parse("bytes */5"), told(None, Some(5)));
        for text in ["", "items 1-2/3", "bytes", "bytes 1-2"] {
            assert_eq!(Told::parse(text), None, "{text:?}");
        }
    }
}
