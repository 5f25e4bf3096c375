//! What people call a run or a project, turned into what a tracker calls it.

mod projects;
mod runs;
mod selector;
mod text;

pub use projects::{Scope, one_project, scopes};
pub use runs::{Resolved, RunRef, missing_run, resolve_runs};
pub use selector::Selector;
pub use text::{Reference, read};
