//! Datasets: what runs were trained and evaluated on, with versions, sizes and lineage.

use async_trait::async_trait;

use super::ProjectScope;
use crate::model::{Dataset, DatasetDetails, Page};
use crate::{Call, Result};

/// Which datasets to list.
#[derive(Clone, Debug, PartialEq)]
pub struct DatasetQuery {
    /// The projects to look in.
    pub projects: ProjectScope,
    /// A part of the name, case ignored.
    pub text: Option<String>,
    /// Tags that all must be there; without a value, any value will do.
    pub tags: Vec<(String, Option<String>)>,
    /// At most this many are needed; more may come.
    pub limit: usize,
    /// Where an earlier page of the same question ended.
    pub cursor: Option<String>,
}

impl DatasetQuery {
    /// Whether the name has the text in it.
    pub fn takes_name(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        self.text.as_deref().is_none_or(|text| name.contains(&text.to_lowercase()))
    }

    /// Whether all tags are there.
    pub fn takes_tags(&self, dataset: &Dataset) -> bool {
        self.tags.iter().all(|(key, value)| {
            dataset.tags.get(key).is_some_and(|found| value.as_ref().is_none_or(|value| value == found))
        })
    }
}

/// What a text means among the datasets of a tracker.
#[derive(Clone, Debug, PartialEq)]
pub enum FoundDataset {
    /// This one; several, if they share name and version and still are not the same.
    Found(Vec<DatasetDetails>),
    /// One of these: whoever asks has to say which.
    Several(Vec<Dataset>),
    /// Nothing; names that resemble it.
    Unknown(Vec<String>),
}

/// The side of a tracker that knows datasets. Every method is one question.
#[async_trait]
pub trait TrackerDatasets: Send + Sync {
    /// Versions of datasets, the newest first where the tracker keeps times, else by name.
    async fn search(&self, call: &Call, query: &DatasetQuery) -> Result<Page<Dataset>>;

    /// What these texts mean, each an id, the beginning of one (≥ 6 characters), a name (its latest version) or
    /// `name@version`, in that order: one question for all of them. With their files one by one, if those are wanted.
    async fn get(&self, call: &Call, texts: &[String], files: bool) -> Result<Vec<FoundDataset>>;
}
