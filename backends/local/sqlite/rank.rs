//! What runs are sorted by, as the file gives it: the same order as [`Order`](crate::query::Order) makes of whole runs.

use std::cmp::Ordering;

use jiff::Timestamp;
use rusqlite::Row;
use rusqlite::types::ValueRef;
use serde::{Deserialize, Serialize};

use crate::model::Status;
use crate::query::{Direction, Key, Order, number};

use super::filter::text;
use super::sql::Parameters;
use super::values::Expression;

/// What a run is sorted by under one key; `None` (missing or not finite) comes last.
#[derive(Clone, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
pub(super) enum Rank {
    /// A finite number.
    #[serde(rename = "n")]
    Number(f64),
    /// A moment, a length, a status, a truth.
    #[serde(rename = "i")]
    Whole(i64),
    #[serde(rename = "t")]
    Text(String),
}

/// A run's place in an order: the most significant key first, at last the id.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Standing {
    pub(super) ranks: Vec<Option<Rank>>,
    pub(super) id: String,
}

/// How the ranks of an order are read, and which comes first.
pub(super) struct Ranking {
    keys: Vec<(Kind, Direction)>,
    /// The expressions, each behind a comma.
    pub(super) columns: String,
}

/// What to make of a column.
#[derive(Clone, Copy)]
enum Kind {
    Number,
    Whole,
    Status,
    Text,
    Free,
    Nothing,
}

impl Ranking {
    /// Of an order; its columns follow the id.
    pub(super) fn of(order: &Order, now: Timestamp, logged_models: bool, sql: &mut Parameters) -> Self {
        let mut columns = String::new();
        let mut keys = Vec::new();
        for (key, direction) in &order.0 {
            let (kind, column) = match Expression::of(key, now, logged_models, sql) {
                Expression::Number { value, .. } => (Kind::Number, value),
                Expression::Moment(value) | Expression::Length(value) | Expression::Truth(value) => {
                    (Kind::Whole, value)
                }
                Expression::Text(value) if *key == Key::Status => (Kind::Status, value),
                Expression::Text(value) => (Kind::Text, value),
                Expression::Free(value) => (Kind::Free, value),
                Expression::Named { name, .. } => (Kind::Text, name),
                Expression::Each { of, name, .. } => (Kind::Text, format!("(SELECT min({name}) {of})")),
                Expression::Nothing => (Kind::Nothing, "NULL".to_owned()),
            };
            columns.push_str(", ");
            columns.push_str(&column);
            keys.push((kind, *direction));
        }
        Self { keys, columns }
    }

    /// How many keys there are.
    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// Where the run of a row stands: its id is the first column.
    pub(super) fn standing(&self, row: &Row<'_>) -> rusqlite::Result<Standing> {
        let mut ranks = Vec::with_capacity(self.keys.len());
        for (at, (kind, _)) in self.keys.iter().enumerate() {
            ranks.push(kind.rank(row.get_ref(at + 1)?));
        }
        Ok(Standing { ranks, id: text(row.get_ref(0)?).unwrap_or_default() })
    }

    /// Which of two comes first.
    pub(super) fn compare(&self, a: &Standing, b: &Standing) -> Ordering {
        let pairs = self.keys.iter().zip(a.ranks.iter().zip(&b.ranks));
        let mut ordered = pairs.map(|((_, direction), (a, b))| match (a, b) {
            (Some(a), Some(b)) => {
                let ascending = a.partial_cmp(b).unwrap_or(Ordering::Equal);
                if *direction == Direction::Ascending { ascending } else { ascending.reverse() }
            }
            (a, b) => a.is_none().cmp(&b.is_none()),
        });
        ordered.find(|ordering| ordering.is_ne()).unwrap_or_else(|| a.id.cmp(&b.id))
    }
}

impl Kind {
    fn rank(self, value: ValueRef<'_>) -> Option<Rank> {
        match (self, value) {
            (Self::Nothing, _) | (_, ValueRef::Null) => None,
            (Self::Number, ValueRef::Real(number)) => number.is_finite().then_some(Rank::Number(number)),
            #[allow(clippy::cast_precision_loss)] // A metric that somebody wrote as a whole number.
            (Self::Number, ValueRef::Integer(number)) => Some(Rank::Number(number as f64)),
            (Self::Whole, ValueRef::Integer(number)) => Some(Rank::Whole(number)),
            (Self::Status, value) => Status::parse(&text(value)?).map(|status| Rank::Whole(status as i64)),
            (Self::Text, value) => text(value).map(Rank::Text),
            // Numbers come before other text; those that are not finite are like missing ones.
            (Self::Free, value) => text(value).and_then(|text| match number(&text) {
                Some(number) => number.is_finite().then_some(Rank::Number(number)),
                None => Some(Rank::Text(text)),
            }),
            _ => None,
        }
    }
}
