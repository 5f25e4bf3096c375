//! What people noted of a dataset in its artifact `metadata`: a table (CSV, packed or not) or JSON.

use std::io::Read;

use flate2::read::GzDecoder;
use serde_json::{Map, Value};

use crate::model::{ByteRange, DatasetMetadata};
use crate::{Call, Result};

use super::dataset_files::artifact;
use super::files::Files;
use super::wire_datasets::WireDataset;

/// The artifact.
const NAME: &str = "metadata";
/// Bytes of the file that are read.
const MOST: u64 = 2_000_000;
/// Bytes of the table that are unpacked: its first row is all that is needed.
const UNPACKED: u64 = 1_000_000;

/// The first row or object, or why there is none. What was recorded with the file spares reading it.
pub(super) async fn of(files: &Files, call: &Call, task: &WireDataset) -> Result<DatasetMetadata> {
    let none = |why: String| Ok(DatasetMetadata::None(why));
    let Some(artifact) = artifact(task, NAME) else { return none("no artifact 'metadata' is registered".to_owned()) };
    if let Some(first) = artifact.preview().and_then(|text| json(text.as_bytes())) {
        return Ok(DatasetMetadata::First(first));
    }
    let Some(uri) = artifact.uri() else { return none("where its file is stored was not recorded".to_owned()) };
    if let Some(bytes) = artifact.bytes().filter(|bytes| *bytes > MOST) {
        return none(format!("its file has {bytes} bytes, more than the {MOST} that are read"));
    }
    let Some(door) = files.door(uri) else { return none(files.why_not(uri)) };
    match door.read(call, ByteRange::From { offset: 0, length: MOST }).await {
        Ok(part) => Ok(first_of(&part.bytes).map_or_else(
            || DatasetMetadata::None("its file is neither CSV nor JSON".to_owned()),
            DatasetMetadata::First,
        )),
        Err(error) if error.kind == crate::ErrorKind::Cancelled => Err(error),
        Err(error) => none(error.to_string()),
    }
}

/// The first row or object of a file, as JSON.
fn first_of(bytes: &[u8]) -> Option<String> {
    let mut unpacked = Vec::new();
    let bytes = match bytes.starts_with(&[0x1f, 0x8b]) {
        true => {
            // What is cut off behind the limit is not missed.
            let _ = GzDecoder::new(bytes).take(UNPACKED).read_to_end(&mut unpacked);
            unpacked.as_slice()
        }
        false => bytes,
    };
    json(bytes).or_else(|| row(bytes))
}

fn json(bytes: &[u8]) -> Option<String> {
    match serde_json::from_slice::<Value>(bytes).ok()? {
        Value::Object(object) => Some(Value::Object(object).to_string()),
        Value::Array(items) => items.into_iter().next().filter(Value::is_object).map(|first| first.to_string()),
        _ => None,
    }
}

fn row(bytes: &[u8]) -> Option<String> {
    if bytes.contains(&0) {
        return None;
    }
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let heads = reader.headers().ok()?.clone();
    let first = reader.records().next()?.ok()?;
    let named = |(at, head): (usize, &str)| match head.trim() {
        // The column that pandas writes for its index has no name.
        "" => format!("column {at}"),
        head => head.to_owned(),
    };
    let pairs = heads.iter().enumerate().map(named).zip(first.iter().map(|value| Value::String(value.to_owned())));
    Some(Value::Object(pairs.collect::<Map<String, Value>>()).to_string())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::first_of;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn the_first_row_or_object_is_told() {
        let table = ",author,note\n0,ada,\"cats, dogs\"\n1,bob,x\n".as_bytes();
        let row = r#"{"column 0":"0","author":"ada","note":"cats, dogs"}"#;
        assert_eq!(first_of(table).as_deref(), Some(row));
        assert_eq!(first_of(&packed(table)).as_deref(), Some(row));
        assert_eq!(first_of(br#"{"classes": 2}"#).as_deref(), Some(r#"{"classes":2}"#));
        assert_eq!(first_of(br#"[{"a": 1}, {"a": 2}]"#).as_deref(), Some(r#"{"a":1}"#));
    }

    #[test]
    fn a_row_is_found_in_the_beginning_of_a_table_that_is_too_long() {
        let mut table = b"a,b\n1,2\n".to_vec();
        table.extend(std::iter::repeat_n(*b"3,4\n", 1_000_000).flatten());
        assert_eq!(first_of(&packed(&table)).as_deref(), Some(r#"{"a":"1","b":"2"}"#));
    }

    #[test]
    fn what_is_neither_tells_nothing() {
        for bytes in [&b""[..], b"a,b\n", b"\x93NUMPY\x01\x00v\0", b"[1, 2]"] {
            assert_eq!(first_of(bytes), None, "{bytes:?}");
        }
    }
}
