//! What numbers say about runs: pure functions, without questions to trackers and without words for the reader.

mod change;
mod correlation;
pub mod diagnosis;
mod differences;
pub mod failure;
mod importance;
mod key_paths;
mod levels;
mod param_values;
mod patch;
mod ranking;
mod summary;
mod telling;

pub use change::{Change, Verdict, best, change};
pub use correlation::{Correlation, ranks};
pub use differences::{Compared, side_by_side};
pub use importance::{Collinear, FEWEST_RUNS, Importance, MOST_RUNS, ParamImportance, Together, importance, sample};
pub use key_paths::{flatten, same_value};
pub use levels::{Level, Place, levels};
pub use param_values::{ParamValues, ValueKind};
pub use patch::{Changed, patch};
pub use ranking::{Exclusion, Exclusions, Ranked, admit, rank};
pub use summary::{Gap, Summary, gap};
pub use telling::telling;

/// What SciPy says of some samples, to be held against our own: made by `fixtures/make_statistics.py`.
#[cfg(test)]
fn known_results() -> serde_json::Value {
    serde_json::from_str(include_str!("fixtures/statistics.json")).unwrap()
}

/// Numbers of the standard normal distribution, the same for the same seed.
#[cfg(test)]
fn normal_numbers(seed: u64) -> impl FnMut() -> f64 {
    importance::normal_numbers(seed)
}
