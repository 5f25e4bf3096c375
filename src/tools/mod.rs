//! The tools, one file each.

mod columns;
mod compare_runs;
mod conditions;
mod curves;
mod empty;
mod get_guide;
mod get_metric_history;
mod get_project;
mod get_runs;
mod histories;
mod keys;
mod kinds;
mod list_artifacts;
mod list_projects;
mod list_trackers;
mod machine;
mod onward;
mod paging;
mod plot_metrics;
mod rank_runs;
mod read_artifact;
mod search_runs;
mod series;

pub use compare_runs::CompareRuns;
pub use get_guide::GetGuide;
pub use get_metric_history::GetMetricHistory;
pub use get_project::GetProject;
pub use get_runs::GetRuns;
pub use list_artifacts::ListArtifacts;
pub use list_projects::ListProjects;
pub use list_trackers::ListTrackers;
pub use plot_metrics::PlotMetrics;
pub use rank_runs::RankRuns;
pub use read_artifact::ReadArtifact;
pub use search_runs::SearchRuns;
