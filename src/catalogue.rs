//! All tools: the one truth from which every list of them is derived.

use crate::guide::Guide;
use crate::tool::Entry;
use crate::tools::{
    CompareRuns, DiagnoseRun, GetGuide, GetMetricHistory, GetModels, GetProject, GetRuns, ListArtifacts, ListProjects,
    ListTrackers, PlotMetrics, RankParams, RankRuns, ReadArtifact, ReadLog, SearchModels, SearchRuns,
};

/// Every tool, in the order in which clients see them.
pub static CATALOGUE: &[Entry] = &[
    Entry::of::<ListTrackers>(),
    Entry::of::<GetGuide>(),
    Entry::of::<ListProjects>(),
    Entry::of::<GetProject>(),
    Entry::of::<SearchRuns>(),
    Entry::of::<GetRuns>(),
    Entry::of::<GetMetricHistory>(),
    Entry::of::<PlotMetrics>(),
    Entry::of::<DiagnoseRun>(),
    Entry::of::<ReadLog>(),
    Entry::of::<ListArtifacts>(),
    Entry::of::<ReadArtifact>(),
    Entry::of::<CompareRuns>(),
    Entry::of::<RankRuns>(),
    Entry::of::<RankParams>(),
    Entry::of::<SearchModels>(),
    Entry::of::<GetModels>(),
];

/// The tool of this name.
pub fn find(name: &str) -> Option<&'static Entry> {
    CATALOGUE.iter().find(|entry| entry.name == name)
}

/// The guides of all tools.
pub fn guides() -> backends::Result<Vec<Guide>> {
    CATALOGUE.iter().map(Entry::guide).collect()
}
