//! The text that was recorded of an artifact when it was registered: not the file, but sometimes all that can be had.

use bytes::Bytes;

use super::files::location;

/// Endings of files that hold no text.
const PACKED: &[&str] =
    &[".gz", ".zip", ".tar", ".npz", ".npy", ".pkl", ".pickle", ".parquet", ".feather", ".h5", ".hdf5", ".pt", ".pth"];

/// A preview that tells something of what is in its file.
pub(super) struct Preview<'a> {
    text: &'a str,
    uri: Option<&'a str>,
}

impl<'a> Preview<'a> {
    /// The preview of what was stored at an address; `None` if it tells nothing but the file's name and size.
    pub(super) fn of(text: &'a str, uri: Option<&'a str>) -> Option<Self> {
        let one_line = !text.trim_end().contains('\n');
        let name = text.rsplit_once(" - ").map(|(name, _)| name).filter(|name| !name.is_empty());
        let is_name = name.zip(uri).is_some_and(|(name, uri)| {
            let end = uri.rsplit('/').next().unwrap_or_default();
            end == name || end == encoded(name)
        });
        let tells_nothing = text.trim().is_empty() || (one_line && is_name);
        (!tells_nothing).then_some(Self { text, uri })
    }

    /// Whether its file holds the same in a form that is no text.
    pub(super) fn is_of_packed(&self) -> bool {
        let path = self.uri.unwrap_or_default().to_ascii_lowercase();
        PACKED.iter().any(|ending| path.ends_with(ending))
    }

    pub(super) fn bytes(&self) -> Bytes {
        Bytes::copy_from_slice(self.text.as_bytes())
    }

    /// What the reader must know of it; `why_not` says why its file is not fetched from where it is.
    pub(super) fn note(&self, why_not: &str) -> String {
        let file = match self.uri {
            Some(uri) if self.is_of_packed() => format!("the file itself ({}) holds no plain text", location(uri)),
            Some(uri) => format!("the file itself is at {}, and {why_not}", location(uri)),
            None => "where the file itself is stored was not recorded".to_owned(),
        };
        format!("this is the preview that was recorded with the file, which may be cut or laid out for people; {file}")
    }
}

/// A name as the SDK writes it into an address.
fn encoded(name: &str) -> String {
    crate::http::segment(name)
}

#[cfg(test)]
mod tests {
    use super::Preview;

    #[test]
    fn a_preview_that_tells_only_name_and_size_is_none() {
        for (text, uri) in [
            ("pic0.png - 3.17 KB\n", "http://files/a/pic0.png"),
            ("notes 0.txt - 18 bytes\n", "http://files/a/notes%200.txt"),
            ("big.log - 1000031 bytes\n", "s3://bucket/big.log"),
            ("  \n", "s3://bucket/a"),
        ] {
            assert!(Preview::of(text, Some(uri)).is_none(), "{text}");
        }
    }

    #[test]
    fn any_other_preview_tells_something() {
        for (text, uri) in [
            ("{\"a\": 1}", Some("s3://bucket/a.json")),
            ("a.txt - 46 bytes\nb.txt - 91 bytes\n", Some("http://files/data.zip")),
            ("img_2.txt - 46 bytes\n", Some("http://files/data.zip")),
            ("array([[0, 1, 2]])", None),
        ] {
            assert!(Preview::of(text, uri).is_some(), "{text}");
        }
    }

    #[test]
    fn a_packed_file_is_known_by_its_ending() {
        let is_packed = |uri| Preview::of("text", Some(uri)).is_some_and(|preview| preview.is_of_packed());
        assert!(is_packed("http://files/table.csv.gz") && is_packed("http://files/A.NPZ"));
        assert!(!is_packed("http://files/a.json") && !is_packed("http://files/a.csv"));
    }
}
