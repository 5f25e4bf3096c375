//! All tools: the one truth from which every list of them is derived.

use crate::guide::Guide;
use crate::tool::Entry;
use crate::tools::{
    CompareRuns, DiagnoseRun, GetDatasets, GetGuide, GetMetricHistory, GetModels, GetProject, GetRuns, GetTrace,
    ListArtifacts, ListProjects, ListQueues, ListTrackers, PlotMetrics, RankParams, RankRuns, ReadArtifact, ReadLog,
    SearchDatasets, SearchModels, SearchRuns, SearchTraces, WaitForRuns,
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
    Entry::of::<SearchDatasets>(),
    Entry::of::<GetDatasets>(),
    Entry::of::<SearchModels>(),
    Entry::of::<GetModels>(),
    Entry::of::<ListQueues>(),
    Entry::of::<WaitForRuns>(),
    Entry::of::<SearchTraces>(),
    Entry::of::<GetTrace>(),
];

/// The tool of this name.
pub fn find(name: &str) -> Option<&'static Entry> {
    CATALOGUE.iter().find(|entry| entry.name == name)
}

/// The guides of all tools.
pub fn guides() -> backends::Result<Vec<Guide>> {
    CATALOGUE.iter().map(Entry::guide).collect()
}
