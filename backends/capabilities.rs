//! What a kind of tracker can do at all, known without asking it.

/// Static abilities of a kind of tracker. A tool is offered if one configured tracker has what it needs;
/// what only some *versions* of a server can do is answered in the call instead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// Projects (MLflow experiments, ClearML projects) can be listed and described.
    pub projects: bool,
    /// Runs can be searched and read.
    pub runs: bool,
    /// Files that runs logged can be listed and read.
    pub artifacts: bool,
    /// `min.` and `max.` of a metric are kept by the server.
    pub metric_extremes: bool,
    /// Runs have a type (`training`, `controller`, …).
    pub run_types: bool,
    /// The server keeps configuration objects of runs.
    pub configuration_objects: bool,
    /// The server keeps what runs write to their console.
    pub consoles: bool,
    /// Datasets can be searched and described.
    pub datasets: bool,
    /// Models can be searched and described.
    pub models: bool,
    /// There are queues of jobs and workers that serve them.
    pub queues: bool,
    /// Traces of GenAI applications can be searched and read.
    pub traces: bool,
}

impl Capabilities {
    /// The abilities of either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            projects: self.projects || other.projects,
            runs: self.runs || other.runs,
            artifacts: self.artifacts || other.artifacts,
            metric_extremes: self.metric_extremes || other.metric_extremes,
            run_types: self.run_types || other.run_types,
            configuration_objects: self.configuration_objects || other.configuration_objects,
            consoles: self.consoles || other.consoles,
            datasets: self.datasets || other.datasets,
            models: self.models || other.models,
            queues: self.queues || other.queues,
            traces: self.traces || other.traces,
        }
    }

    /// Each ability with its words, for people.
    pub fn named(self) -> [(&'static str, bool); 11] {
        [
            ("projects", self.projects),
            ("runs", self.runs),
            ("artifacts", self.artifacts),
            ("min. and max. of metrics", self.metric_extremes),
            ("run types", self.run_types),
            ("configuration objects", self.configuration_objects),
            ("console output", self.consoles),
            ("datasets", self.datasets),
            ("models", self.models),
            ("queues", self.queues),
            ("traces", self.traces),
        ]
    }
}
