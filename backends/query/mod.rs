//! The filter language: one syntax and exact three-valued semantics for all trackers.
//!
//! A superset of MLflow's search syntax: `metrics.val_f1 > 0.9 and (status = 'failed' or not user = me)`.
//!
//! # Text
//! * Keywords (`and or not in like ilike is null true false me inf`) in any case; `or` binds weakest, then `and`, then
//!   `not`. Operators: `= == != <> < <= > >=`, `[not] in (…)`, `[not] like`, `[not] ilike`, `is [not] null`. `true` and
//!   `false` are filters too; blank text is `true`.
//! * Keys: the words of [`Key`] and MLflow's own (`attributes.run_id`, `start_time`, `parameters.x`, …). A name behind the
//!   dot runs up to the next space, quote, comma, parenthesis or operator, or is back-quoted (two back-quotes stand for
//!   one) or double-quoted: ``metrics.`val loss` ``.
//! * Text is in single or double quotes. Inside, a doubled quote is one quote, and `\'`, `\"`, `\\` are the character
//!   behind the backslash; any other backslash stays itself, so that `'C:\data'` is what it looks like, but a path that
//!   ends with a backslash, or has two, needs them doubled.
//! * Moments are as [`parse_time`] reads them, quoted, or unquoted when without spaces; `duration` takes seconds or `'2h'`.
//!
//! # Meaning
//! * A missing key or NaN makes a comparison *unknown*; `not` keeps unknown; only *true* matches. `is null` is missing;
//!   NaN is not missing.
//! * Params and tags compare as text with quoted text, as numbers with an unquoted number, as truths (`true`, `false` in
//!   any case) with an unquoted `true` or `false`; text that is no number or truth is then unknown. With `<` and the like,
//!   quoted text compares as numbers if both sides are numbers, else by character.
//! * The case of text counts, but not that of a status, of which both worlds' words are understood.
//! * `dataset` and `model` hold if they hold for *any* of the run's: `dataset != 'squad'` means one that is not squad;
//!   `not dataset = 'squad'` means none that is. `project` and `model` go by name and by id.
//! * The case of a stage or a framework does not count. A model has them, and aliases, in any number: `stage = 'Production'`
//!   holds if it does for any.
//! * `like`: `%` is any text, `_` any one character; there is no escape character.

mod assemble;
mod display;
mod evaluate;
mod foreign;
mod inspect;
mod keys;
mod lexer;
mod like;
mod literals;
mod normal_form;
mod order;
mod parser;
mod shape;
mod syntax_error;
mod times;
mod trace_keys;
mod tree;
mod values;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod samples;

pub(crate) use evaluate::number;
pub use normal_form::{Conjunctions, Pushable};
pub use parser::MAX_FILTER_CHARACTERS;
pub use times::parse_time;
pub use tree::{Comparison, Direction, Filter, Key, Literal, Order, Predicate, Test, TraceKey};
