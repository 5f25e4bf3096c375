//! What people call a run or a project, turned into what a tracker calls it.

mod aligned;
mod asked;
mod datasets;
mod fetch;
mod given;
mod jobs;
mod models;
mod names;
mod parents;
mod projects;
mod runs;
mod search;
mod selected;
mod selector;
mod spelling;
mod text;
mod traces;

pub use aligned::{Aligned, align};
pub(crate) use asked::of_its_tracker;
pub(crate) use datasets::with_datasets;
pub use datasets::{FetchedDatasets, fetch_datasets};
pub use fetch::{Fetched, fetch_runs};
pub use given::given_runs;
pub use jobs::{JobRef, job};
pub use models::{FetchedModels, fetch_models};
pub use names::{Name, renamed, tells, untold};
pub use projects::{FoundProject, Scope, Scopes, one_project, scopes};
pub use runs::RunRef;
pub use search::{Searched, search};
pub use selector::Selector;
pub use text::{Reference, read};
pub(crate) use traces::with_traces;
pub use traces::{FoundTrace, one_trace};
