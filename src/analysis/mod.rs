//! What numbers say about runs: pure functions, without questions to trackers and without words for the reader.

mod change;
pub mod diagnosis;
mod differences;
pub mod failure;
mod key_paths;
mod ranking;
mod summary;
mod telling;

pub use change::{Change, Verdict, best, change};
pub use differences::{Compared, side_by_side};
pub use key_paths::{flatten, same_value};
pub use ranking::{Exclusion, Exclusions, Ranked, admit, rank};
pub use summary::{Gap, Summary, gap};
pub use telling::telling;
