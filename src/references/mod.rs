//! What people call a run or a project, turned into what a tracker calls it.

mod aligned;
mod fetch;
mod given;
mod models;
mod names;
mod projects;
mod runs;
mod search;
mod selected;
mod selector;
mod spelling;
mod text;

pub use aligned::{Aligned, align};
pub use fetch::{Fetched, fetch_runs};
pub use given::given_runs;
pub use models::{FetchedModels, fetch_models};
pub use names::{Name, tells, untold};
pub use projects::{FoundProject, Scope, Scopes, one_project, scopes};
pub use runs::RunRef;
pub use search::{Searched, search};
pub use selector::Selector;
pub use text::{Reference, read};
