//! The tools, one file each.

mod columns;
mod conditions;
mod empty;
mod get_guide;
mod get_project;
mod get_runs;
mod list_artifacts;
mod list_projects;
mod list_trackers;
mod onward;
mod paging;
mod read_artifact;
mod search_runs;

pub use get_guide::GetGuide;
pub use get_project::GetProject;
pub use get_runs::GetRuns;
pub use list_artifacts::ListArtifacts;
pub use list_projects::ListProjects;
pub use list_trackers::ListTrackers;
pub use read_artifact::ReadArtifact;
pub use search_runs::SearchRuns;
