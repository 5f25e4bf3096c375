//! Spans of a trace that MLflow keeps in a file: `traces.json`, in the folder of the trace's files.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use crate::mlflow_model::traces::spans::SpansFile;
use crate::model::Span;
use crate::{Error, ErrorKind, Result};

use super::place::{Owner, Place, place};

/// What MLflow calls the file.
const FILE: &str = "traces.json";
/// The most that is read of the spans of one trace, in bytes: what is read of an answer of a server.
pub(super) const MOST: u64 = crate::http::BODY_CAP;

/// The spans of a trace; `recorded` is the folder that the store names, `home` the one in which the store lies.
///
/// # Errors
/// The file is not there, or holds something else, or more than is read.
pub(super) fn spans(recorded: &str, home: &Path, experiment: &str, id: &str) -> Result<Vec<Span>> {
    let folder = match place(recorded, home, experiment, Owner::Trace(id))? {
        Place::Here(folder) => folder,
        Place::Nowhere { lost } => return Err(missing(&lost.unwrap_or_else(|| recorded.to_owned()))),
    };
    let file = folder.join(FILE);
    let shown = file.display();
    let unreadable = |error: std::io::Error| Error::unavailable(format!("{shown} cannot be read: {error}"));
    let inside = file.canonicalize().is_ok_and(|real| real.starts_with(&folder));
    let found = fs::metadata(&file).ok().filter(|found| inside && found.is_file()).ok_or_else(|| missing(FILE))?;
    if found.len() > MOST {
        return Err(too_many(found.len()));
    }
    let mut bytes = Vec::new();
    File::open(&file).and_then(|open| open.take(MOST).read_to_end(&mut bytes)).map_err(unreadable)?;
    let read: SpansFile = serde_json::from_slice(&bytes)
        .map_err(|error| Error::new(ErrorKind::Unavailable, format!("{shown} is not what MLflow writes: {error}")))?;
    Ok(read.spans.into_iter().map(crate::mlflow_model::traces::spans::SpanWire::into_span).collect())
}

/// What is said of a trace whose spans are too much.
pub(super) fn too_many(bytes: u64) -> Error {
    Error::unsupported(format!("they take {bytes} bytes; at most {MOST} are read of one trace"))
}

/// The note that stands for spans that cannot be read, as where a server cannot give them.
pub(super) fn note(error: &Error) -> String {
    format!("the spans cannot be read: {error}")
}

fn missing(what: &str) -> Error {
    Error::not_found(format!("the file in which they were kept is not on this machine ({what})"))
}
