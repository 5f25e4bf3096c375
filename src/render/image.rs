//! A picture in an answer: sent beside the text, never inside it.

use bytes::Bytes;
use serde_json::{Map, Value};

use super::untrusted::one_line;

/// How many characters of its name are shown.
const NAME: usize = 300;

/// A picture. Clients show it; both forms of the answer only say what it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Image {
    /// What it is called, in one clean line.
    pub name: String,
    /// Its type, such as `image/png`.
    pub mime: &'static str,
    /// The file.
    pub bytes: Bytes,
    /// Width and height in pixels, if the file tells.
    pub dimensions: Option<(usize, usize)>,
}

impl Image {
    /// A picture; `name` may be foreign text.
    pub fn new(name: &str, mime: &'static str, bytes: Bytes, dimensions: Option<(usize, usize)>) -> Self {
        Self { name: one_line(name, NAME), mime, bytes, dimensions }
    }

    /// What it is, by name; the bytes are not among it.
    pub(super) fn facts(&self) -> Vec<(&'static str, Value)> {
        let mut facts =
            vec![("name", self.name.clone().into()), ("type", self.mime.into()), ("bytes", self.bytes.len().into())];
        if let Some((width, height)) = self.dimensions {
            facts.extend([("width", width.into()), ("height", height.into())]);
        }
        facts
    }

    /// The structured form.
    pub(super) fn structured(&self) -> Value {
        Value::Object(self.facts().into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Map<_, _>>())
    }
}

impl std::fmt::Debug for Image {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Image").field("name", &self.name).field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}
