//! Which parts of a run a question needs: a tracker fetches no more.

/// A part of a run beyond its id, name, status, times, user and project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Hyper-parameters.
    Params,
    /// Last values of metrics.
    Metrics,
    /// Tags.
    Tags,
    /// Files at the top of the run's artifact tree.
    Artifacts,
    /// Datasets that went in.
    Datasets,
    /// Models that went in or came out.
    Models,
    /// Git commit, source and packages.
    Code,
    /// Configuration objects.
    Config,
    /// Runs below this one.
    Children,
    /// Steps of a pipeline, text of a report.
    Outline,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Params,
        Self::Metrics,
        Self::Tags,
        Self::Artifacts,
        Self::Datasets,
        Self::Models,
        Self::Code,
        Self::Config,
        Self::Children,
        Self::Outline,
    ];
}

/// A set of [`Part`]s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parts(u16);

impl Parts {
    /// No parts: the head of the run only.
    pub const NONE: Self = Self(0);

    /// The set of these parts.
    pub fn of(parts: &[Part]) -> Self {
        parts.iter().copied().collect()
    }

    /// The set with one part more.
    #[must_use]
    pub fn with(self, part: Part) -> Self {
        Self(self.0 | 1 << part as u16)
    }

    /// Whether the part is wanted.
    pub fn contains(self, part: Part) -> bool {
        self.0 & 1 << part as u16 != 0
    }
}

impl FromIterator<Part> for Parts {
    fn from_iter<I: IntoIterator<Item = Part>>(parts: I) -> Self {
        parts.into_iter().fold(Self::NONE, Self::with)
    }
}
