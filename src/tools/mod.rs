//! The tools, one file each.

mod columns;
mod conditions;
mod curves;
mod empty;
mod get_guide;
mod get_metric_history;
mod get_project;
mod get_runs;
mod list_projects;
mod list_trackers;
mod paging;
mod search_runs;
mod series;

pub use get_guide::GetGuide;
pub use get_metric_history::GetMetricHistory;
pub use get_project::GetProject;
pub use get_runs::GetRuns;
pub use list_projects::ListProjects;
pub use list_trackers::ListTrackers;
pub use search_runs::SearchRuns;
