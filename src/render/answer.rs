//! The document that a tool answers with.

use super::cell::{Cell, Precision};
use super::image::Image;
use super::untrusted::{Excerpt, Keep, clean};

/// An answer: facts, tables, records, notes and blocks of text in the order in which they are to be read.
///
/// The names of its items are its keys in the structured form; where one occurs twice, the later is numbered (`rows_2`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    pub(super) items: Vec<Item>,
}

/// A part of an [`Answer`].
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// `key: value` on a line of its own; a top-level key. Left out when the value is missing.
    Fact {
        /// Our name for it.
        key: String,
        /// The value.
        value: Cell,
    },
    /// Rows of equal shape.
    Table(Table),
    /// Several things of a kind: an array of objects. In text each is headed by its first fact, which should be its reference.
    Records {
        /// What they are (`runs`).
        name: String,
        /// The things.
        entries: Vec<Answer>,
    },
    /// A part with a name of its own: an object; in text a heading and what follows.
    Section {
        /// Our name for it.
        name: String,
        /// What it holds.
        body: Answer,
    },
    /// A sentence of ours.
    Note(String),
    /// A block that others wrote, fenced and labelled.
    Foreign {
        /// What it is (`log`).
        name: String,
        /// Whose it is: `run lab:4f1c…`.
        source: String,
        /// The text, cleaned.
        text: Excerpt,
    },
    /// A long text of ours (a guide).
    Guide(Excerpt),
    /// A picture, which goes beside both forms.
    Image(Image),
}

/// A column of a [`Table`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name; names that others gave (`metrics.…`) are escaped like keys.
    pub name: String,
    /// Whether its numbers are shown in their shortest exact form.
    pub exact: bool,
}

impl Column {
    /// A column whose numbers have six significant digits.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), exact: false }
    }

    /// A column whose numbers are exact.
    pub fn exact(name: impl Into<String>) -> Self {
        Self { name: name.into(), exact: true }
    }
}

/// Rows of equal shape. Without rows it appears in neither form.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Vec<Cell>>,
    pub(super) keep_empty_columns: bool,
}

impl Table {
    /// A table; rows that are shorter than the columns are filled up with missing cells, longer ones are cut.
    /// Columns without any value are left out.
    pub fn new(name: impl Into<String>, columns: Vec<Column>, mut rows: Vec<Vec<Cell>>) -> Self {
        rows.iter_mut().for_each(|row| row.resize(columns.len(), Cell::Missing));
        Self { name: name.into(), columns, rows, keep_empty_columns: false }
    }

    /// The same table, which also shows columns without any value.
    #[must_use]
    pub fn with_empty_columns(mut self) -> Self {
        self.keep_empty_columns = true;
        self
    }

    /// The columns that are shown: their place, name and precision.
    pub(super) fn shown_columns(&self) -> Vec<(usize, &Column, Precision)> {
        let cells = |at: usize| self.rows.iter().filter_map(move |row| row.get(at));
        self.columns
            .iter()
            .enumerate()
            .filter(|(at, _)| self.keep_empty_columns || cells(*at).any(|cell| !cell.is_missing()))
            .map(|(at, column)| (at, column, Precision::of(cells(at), column.exact)))
            .collect()
    }
}

impl Answer {
    /// An empty answer.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an item.
    #[must_use]
    pub fn with(mut self, item: Item) -> Self {
        self.items.push(item);
        self
    }

    /// Adds a fact; nothing, when the value is missing.
    #[must_use]
    pub fn fact(self, key: impl Into<String>, value: impl Into<Cell>) -> Self {
        let value = value.into();
        if value.is_missing() { self } else { self.with(Item::Fact { key: key.into(), value }) }
    }

    /// Adds a table from which columns without any value are left out.
    #[must_use]
    pub fn table(self, name: impl Into<String>, columns: Vec<Column>, rows: Vec<Vec<Cell>>) -> Self {
        self.with(Item::Table(Table::new(name, columns, rows)))
    }

    /// Adds several things of a kind, each headed in text by its first fact.
    #[must_use]
    pub fn records(self, name: impl Into<String>, entries: Vec<Answer>) -> Self {
        self.with(Item::Records { name: name.into(), entries })
    }

    /// Adds a part with a name of its own.
    #[must_use]
    pub fn section(self, name: impl Into<String>, body: Answer) -> Self {
        self.with(Item::Section { name: name.into(), body })
    }

    /// Adds a sentence of ours. Names that it quotes go through [`super::one_line`] or [`super::escape_key`] first; it is
    /// cleaned as a whole, because it may tell what a server said.
    #[must_use]
    pub fn note(self, sentence: impl Into<String>) -> Self {
        let sentence = clean(&sentence.into()).replace('\n', " ");
        self.with(Item::Note(sentence))
    }

    /// Adds several notes.
    #[must_use]
    pub fn notes<S: Into<String>>(self, sentences: impl IntoIterator<Item = S>) -> Self {
        sentences.into_iter().fold(self, Self::note)
    }

    /// Adds a block that others wrote: cleaned, at most `cap` characters of the end that is to be kept.
    /// `source` says whose it is: `run lab:4f1c…`.
    #[must_use]
    pub fn foreign(
        self,
        name: impl Into<String>,
        source: impl Into<String>,
        text: &str,
        cap: usize,
        keep: Keep,
    ) -> Self {
        let text = Excerpt::foreign(text, cap, keep);
        self.with(Item::Foreign { name: name.into(), source: source.into(), text })
    }

    /// Adds a picture.
    #[must_use]
    pub fn image(self, image: Image) -> Self {
        self.with(Item::Image(image))
    }

    /// All pictures in it, in order.
    pub fn images(&self) -> Vec<Image> {
        let mut images = Vec::new();
        for item in &self.items {
            match item {
                Item::Image(image) => images.push(image.clone()),
                Item::Section { body, .. } => images.extend(body.images()),
                Item::Records { entries, .. } => images.extend(entries.iter().flat_map(Self::images)),
                _ => {}
            }
        }
        images
    }

    /// The same without pictures, and a note on each that was left out.
    #[must_use]
    pub fn without_images(self) -> Self {
        let without = |item: Item| match item {
            Item::Image(image) => Item::Note(format!(
                "the picture '{}' is not sent: pictures are off in the server config ([server] images = no)",
                image.name
            )),
            Item::Section { name, body } => Item::Section { name, body: body.without_images() },
            Item::Records { name, entries } => {
                Item::Records { name, entries: entries.into_iter().map(Self::without_images).collect() }
            }
            other => other,
        };
        Self { items: self.items.into_iter().map(without).collect() }
    }

    /// Adds a long text of ours.
    #[must_use]
    pub fn guide(self, text: impl Into<String>) -> Self {
        self.with(Item::Guide(Excerpt::of(text.into(), usize::MAX, Keep::Start)))
    }

    /// What it holds.
    #[must_use]
    pub fn into_items(self) -> Vec<Item> {
        self.items
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.items.iter().all(Item::is_empty)
    }
}

impl Item {
    /// Whether it appears in neither form.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Fact { value, .. } => value.is_missing(),
            Self::Table(table) => table.rows.is_empty(),
            Self::Records { entries, .. } => entries.is_empty(),
            Self::Section { body, .. } => body.is_empty(),
            Self::Note(_) | Self::Foreign { .. } | Self::Guide(_) | Self::Image(_) => false,
        }
    }
}
