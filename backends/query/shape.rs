//! What kind of values a key has, and what can be asked of them.

use super::{Comparison, Key, Literal};

/// What kind of values a key has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Number,
    /// Text of ours: names and ids.
    Text,
    /// Text of anybody, which may hold a number or a truth: params and tags.
    Free,
    Status,
    Time,
    Duration,
    Bool,
}

impl Key {
    /// The kind of its values.
    pub(super) fn shape(&self) -> Shape {
        match self {
            Self::Metric(_) | Self::Min(_) | Self::Max(_) => Shape::Number,
            Self::Param(_) | Self::Tag(_) => Shape::Free,
            Self::Status => Shape::Status,
            Self::Started | Self::Ended => Shape::Time,
            Self::Duration => Shape::Duration,
            Self::Archived => Shape::Bool,
            Self::OfTrace(key) => key.shape(),
            Self::Id
            | Self::Name
            | Self::User
            | Self::Type
            | Self::Project
            | Self::Parent
            | Self::Commit
            | Self::Dataset
            | Self::Model
            | Self::Alias
            | Self::Stage
            | Self::Framework => Shape::Text,
        }
    }
}

/// Whether the key's values can be asked so; or what to write instead.
pub(super) fn allowed(key: &Key, comparison: Comparison, literal: &Literal) -> Result<(), String> {
    let ordered = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
    let has_order = match key.shape() {
        Shape::Number | Shape::Time | Shape::Duration => true,
        Shape::Free => !matches!(literal, Literal::Bool(_)),
        Shape::Text => *key == Key::Name,
        Shape::Status | Shape::Bool => false,
    };
    if !ordered || has_order {
        return Ok(());
    }
    Err(format!(
        "{key} has no order in a filter; write {key} = {literal}, {key} != {literal} or {key} in ({literal}, …)"
    ))
}

/// Whether the key can be matched with a pattern; or what to write instead.
pub(super) fn allowed_like(key: &Key) -> Result<(), String> {
    let instead = match key.shape() {
        Shape::Text | Shape::Free => return Ok(()),
        Shape::Number => format!("{key} > 0.9"),
        Shape::Status => "status in ('failed', 'stopped')".to_owned(),
        Shape::Time => format!("{key} > '7d'"),
        Shape::Duration => format!("{key} > '2h'"),
        Shape::Bool => format!("{key} = true"),
    };
    Err(format!("{key} is not text, so it has no pattern; write {instead}"))
}
