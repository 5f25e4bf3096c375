//! Rows of CSV and TSV, from the beginning, the end or a place, by ranges.

use backends::Result;
use csv::{ByteRecord, ReaderBuilder};

use super::encoding::{Content, Encoding, detect};
use super::file::{File, Piece};
use super::format::Format;

/// Bytes of the first range, and of all to fill one page.
const FIRST: u64 = 64_000;
const MOST: u64 = 1_000_000;
/// A row this long is one whose quote is never closed.
const ENDLESS: u64 = 500_000;
/// Bytes in which the names of the columns are looked for.
const HEADER: u64 = 64_000;

/// A row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    /// The byte where it begins.
    pub(crate) from: u64,
    /// Its fields.
    pub(crate) cells: Vec<String>,
}

/// Rows of a table that follow each other.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rows {
    /// The names of the columns.
    pub(crate) header: Vec<String>,
    /// The rows.
    pub(crate) rows: Vec<Row>,
    /// Where the row after these begins, if there is one and it can be read from there.
    pub(crate) onward: Option<u64>,
    /// How long the file is.
    pub(crate) size: Option<u64>,
    /// The last row of the file is among them.
    pub(crate) to_end: bool,
    /// How it is written.
    pub(crate) encoding: Encoding,
    /// What is wrong with it.
    pub(crate) faults: Vec<String>,
}

/// The `count` rows from a place on, or the last ones. `Err` inside is what the file is, if it is no text.
pub(crate) async fn rows(
    file: &File,
    format: Format,
    from: Option<u64>,
    count: usize,
    last: bool,
) -> Result<std::result::Result<Rows, &'static str>> {
    let top = file.from(0, if from.is_some() || last { HEADER } else { FIRST }).await?;
    let encoding = match detect(&top.bytes, 0) {
        Content::Text(encoding) => encoding,
        Content::Binary(kind) => return Ok(Err(kind)),
    };
    let reader = Reader { file, encoding, delimiter: delimiter(&top.bytes, format), count };
    let whole = top.size.is_some_and(|size| top.to() >= size);
    let mut found = match from {
        Some(at) => reader.from(file.from(at, FIRST).await?, &top).await?,
        None if !last => reader.head(top).await?,
        None if whole => reader.last_of(&top, true),
        None => reader.tail(&top).await?,
    };
    found.uneven();
    Ok(Ok(found))
}

impl Rows {
    /// Tells of rows that do not fit the names of the columns.
    fn uneven(&mut self) {
        let width = self.header.len();
        let uneven: Vec<&Row> = self.rows.iter().filter(|row| row.cells.len() != width).collect();
        if let Some(first) = uneven.first() {
            let (count, has, from) = (uneven.len(), first.cells.len(), first.from);
            self.faults.push(format!(
                "{count} of these rows have not the {width} fields of the header; the first, at byte {from}, has {has}"
            ));
        }
    }
}

struct Reader<'a> {
    file: &'a File,
    encoding: Encoding,
    delimiter: u8,
    count: usize,
}

impl Reader<'_> {
    async fn head(&self, top: Piece) -> Result<Rows> {
        let (piece, at_end, records) = self.enough(top, self.count + 2).await?;
        let mut records = records;
        let header = if records.is_empty() { Vec::new() } else { records.remove(0).cells };
        Ok(self.page(header, records, &piece, at_end))
    }

    async fn from(&self, first: Piece, top: &Piece) -> Result<Rows> {
        let (piece, at_end, records) = self.enough(first, self.count + 1).await?;
        Ok(self.page(self.header(top), records, &piece, at_end))
    }

    async fn tail(&self, top: &Piece) -> Result<Rows> {
        let header = self.header(top);
        let mut length = FIRST;
        loop {
            let piece = self.file.last(length).await?;
            let mut found = self.last_of(&piece, false);
            if found.rows.len() >= self.count || piece.from == 0 || length >= MOST {
                found.header = if piece.from == 0 { found.header } else { header };
                return Ok(found);
            }
            length = (length * 4).min(MOST);
        }
    }

    /// The last rows of a piece that reaches to the end.
    fn last_of(&self, piece: &Piece, whole: bool) -> Rows {
        let skip =
            if piece.from == 0 { 0 } else { piece.bytes.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1) };
        let rest = piece.bytes.slice(skip..);
        let piece = Piece { bytes: rest, from: piece.from + skip as u64, size: piece.size };
        let mut records = self.records(&piece);
        let header =
            if (whole || piece.from == 0) && !records.is_empty() { records.remove(0).cells } else { Vec::new() };
        let skipped = records.len().saturating_sub(self.count);
        let mut found = self.page(header, Vec::new(), &piece, true);
        self.faults(&piece, true, &records, &mut found.faults);
        found.rows = records.split_off(skipped);
        found
    }

    fn header(&self, top: &Piece) -> Vec<String> {
        self.records(top).into_iter().next().map(|row| row.cells).unwrap_or_default()
    }

    /// Reads on until there are enough records, or no more.
    async fn enough(&self, mut piece: Piece, wanted: usize) -> Result<(Piece, bool, Vec<Row>)> {
        loop {
            let at_end = piece.size.is_none_or(|size| piece.to() >= size);
            let room = MOST.saturating_sub(piece.bytes.len() as u64);
            let mut records = self.records(&piece);
            if records.len() > wanted || at_end || room == 0 {
                // The last may go on where the range ends. One as long as this is no row, and shown to tell so.
                let endless = records.last().is_some_and(|row| piece.to() - row.from >= ENDLESS);
                if !at_end && !endless && records.len() > 1 {
                    records.pop();
                }
                return Ok((piece, at_end, records));
            }
            let more = self.file.from(piece.to(), (piece.bytes.len() as u64 * 3).clamp(1, room)).await?;
            if more.bytes.is_empty() {
                return Ok((piece, true, records));
            }
            let bytes = [piece.bytes.as_ref(), more.bytes.as_ref()].concat().into();
            piece = Piece { bytes, from: piece.from, size: more.size };
        }
    }

    fn page(&self, header: Vec<String>, mut records: Vec<Row>, piece: &Piece, at_end: bool) -> Rows {
        let mut faults = Vec::new();
        self.faults(piece, at_end, &records, &mut faults);
        let onward = records.get(self.count).map(|row| row.from);
        let more = records.len() > self.count;
        records.truncate(self.count);
        let utf_16 = matches!(self.encoding, Encoding::Utf16Le | Encoding::Utf16Be);
        if utf_16 && (more || !at_end) {
            faults.push("of a UTF-16 table only the first rows can be read".to_owned());
        }
        let onward = onward.filter(|_| !utf_16);
        Rows {
            header,
            rows: records,
            onward,
            size: piece.size,
            to_end: at_end && !more,
            encoding: self.encoding,
            faults,
        }
    }

    /// What is wrong with the records of a piece.
    fn faults(&self, piece: &Piece, at_end: bool, records: &[Row], faults: &mut Vec<String>) {
        let Some(last) = records.last() else { return };
        let begins = usize::try_from(last.from - piece.from).unwrap_or(usize::MAX);
        let raw = piece.bytes.get(begins..).unwrap_or_default();
        let odd = raw.iter().filter(|byte| **byte == b'"').count() % 2 == 1;
        if odd && (at_end || raw.len() as u64 >= ENDLESS) {
            faults.push(format!(
                "a quote that opens in the row that begins at byte {} is never closed: all after it was read as one field",
                last.from
            ));
        }
    }

    /// The records of a piece, each with its place.
    fn records(&self, piece: &Piece) -> Vec<Row> {
        let utf_16 = matches!(self.encoding, Encoding::Utf16Le | Encoding::Utf16Be);
        let converted;
        let mut bytes: &[u8] = &piece.bytes;
        if utf_16 {
            converted = self.encoding.decode(bytes).into_bytes();
            bytes = &converted;
        }
        let mut mark = 0;
        if piece.from == 0 && bytes.starts_with(b"\xef\xbb\xbf") {
            bytes = bytes.get(3..).unwrap_or_default();
            mark = 3;
        }
        let mut reader =
            ReaderBuilder::new().has_headers(false).flexible(true).delimiter(self.delimiter).from_reader(bytes);
        let mut records = Vec::new();
        let mut record = ByteRecord::new();
        while reader.read_byte_record(&mut record).unwrap_or(false) {
            let from = record.position().map_or(0, csv::Position::byte) + piece.from + mark;
            let decode = |field: &[u8]| match utf_16 {
                true => String::from_utf8_lossy(field).into_owned(),
                false => self.encoding.decode(field),
            };
            records.push(Row { from, cells: record.iter().map(decode).collect() });
        }
        records
    }
}

/// What parts the fields: of a CSV whatever its first line has most of.
fn delimiter(bytes: &[u8], format: Format) -> u8 {
    if format == Format::Tsv {
        return b'\t';
    }
    let (mut quoted, mut counts) = (false, [(b',', 0), (b';', 0), (b'\t', 0), (b'|', 0)]);
    for byte in bytes.iter().take_while(|byte| **byte != b'\n') {
        quoted ^= *byte == b'"';
        if let Some((_, count)) = counts.iter_mut().find(|(one, _)| one == byte).filter(|_| !quoted) {
            *count += 1;
        }
    }
    counts
        .into_iter()
        .rev()
        .max_by_key(|(_, count)| *count)
        .filter(|(_, count)| *count > 0)
        .map_or(b',', |(byte, _)| byte)
}

#[cfg(test)]
mod tests;
