//! The filter language: one syntax and exact three-valued semantics for all trackers.

mod tree;

pub use tree::{Comparison, Direction, Filter, Key, Literal, Order, Predicate, Test};
