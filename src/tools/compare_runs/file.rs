//! A file that a run logged, read whole to be compared.

use backends::model::ByteRange;
use backends::{Call, Result};
use serde_json::{Map, Number, Value};

use super::code::requirement;
use super::entries::Entry;
use crate::artifact::{self, Format, Node};

/// Bytes of a file that is compared.
const MOST: u64 = 1_000_000;
/// What of it is read first: all of most documents.
const FIRST: ByteRange = ByteRange::From { offset: 0, length: 64_000 };

/// A file of a run.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct File {
    /// Its whole path.
    pub(super) path: String,
    /// What is in it.
    pub(super) content: Content,
}

/// What is in a file, as far as it is understood.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Content {
    /// A document of keys and values.
    Document(Value),
    /// Lines of text.
    Text(String),
    /// Something else.
    Binary(Vec<u8>),
}

/// The file of a run, by its path or a unique end of it.
///
/// # Errors
/// There is no such file, there are several, or it is too large to be compared; as the tracker says otherwise.
pub(super) async fn read(call: &Call, entry: &Entry, path: &str) -> Result<File> {
    let path = path.trim().trim_matches('/');
    let found = artifact::find(call, &entry.reference, path, FIRST).await;
    let (found, _) = found.map_err(|problem| problem.error)?;
    let bytes = found.whole(MOST).await?;
    let content = match artifact::detect(&bytes, 0) {
        artifact::Content::Binary(_) => Content::Binary(bytes.to_vec()),
        artifact::Content::Text(encoding) => understood(&found.path, encoding.decode(&bytes)).await?,
    };
    Ok(File { path: found.path.to_string(), content })
}

/// A document where the name says that it is one, and it is whole; else its text.
async fn understood(path: &str, text: String) -> Result<Content> {
    let name = path.rsplit('/').next().unwrap_or_default();
    if name.starts_with("requirements") && name.ends_with(".txt") {
        return Ok(Content::Document(packages(&text)));
    }
    let as_json = match Format::of(path) {
        Format::Json => true,
        Format::Yaml => false,
        _ => return Ok(Content::Text(text)),
    };
    let parsed = artifact::parse(text.clone(), as_json).await?;
    Ok(match parsed.node {
        node @ (Node::Map(_) | Node::List(_)) if parsed.broken.is_none() => Content::Document(value(node)),
        _ => Content::Text(text),
    })
}

/// Requirements as a document: the packages with what is said of their versions.
fn packages(text: &str) -> Value {
    let lines = text.lines().map(|line| line.split(" #").next().unwrap_or_default().trim());
    let told = lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(requirement);
    told.map(|(name, version)| (name.to_owned(), Value::from(version))).collect::<Map<_, _>>().into()
}

/// A document as a value.
pub(super) fn value(node: Node) -> Value {
    match node {
        Node::Absent | Node::Null => Value::Null,
        Node::Flag(flag) => Value::from(flag),
        // A number that JSON cannot say is compared as it is written.
        Node::Number(written) => written.parse::<Number>().map_or_else(|_| Value::from(written), Value::Number),
        Node::Text(text) => Value::from(text),
        Node::List(values) => values.into_iter().map(value).collect(),
        Node::Map(fields) => fields.into_iter().map(|(name, node)| (name, value(node))).collect::<Map<_, _>>().into(),
    }
}
