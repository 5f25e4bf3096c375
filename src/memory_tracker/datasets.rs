//! Datasets in memory.

use std::sync::atomic::Ordering;

use async_trait::async_trait;
use backends::model::{Dataset, DatasetDetails, Page};
use backends::nearest::nearest;
use backends::tracker::{DatasetQuery, FoundDataset};
use backends::{Call, Result, TrackerDatasets};

use super::MemoryTracker;

impl MemoryTracker {
    /// These datasets; with the first, it is a tracker that knows such.
    pub(crate) fn with_datasets(mut self, datasets: Vec<DatasetDetails>) -> Self {
        self.datasets = datasets;
        self
    }
}

#[async_trait]
impl TrackerDatasets for MemoryTracker {
    async fn search(&self, _: &Call, query: &DatasetQuery) -> Result<Page<Dataset>> {
        self.searches.fetch_add(1, Ordering::Relaxed);
        let fits = |one: &&Dataset| query.takes_name(&one.name) && query.takes_tags(one);
        let mut page = Page::whole(self.datasets.iter().map(|one| &one.dataset).filter(fits).cloned().collect());
        if let Some(text) = query.text.as_deref().filter(|_| page.rows.is_empty()) {
            let names = self.datasets.iter().map(|one| one.dataset.name.as_str());
            page.near = nearest(text, names, 3).into_iter().map(ToOwned::to_owned).collect();
        }
        Ok(page)
    }

    async fn get(&self, _: &Call, texts: &[String], _: bool) -> Result<Vec<FoundDataset>> {
        self.lookups.fetch_add(1, Ordering::Relaxed);
        let meant = |text: &String| {
            let is_it = |one: &&DatasetDetails| one.dataset.reference == *text || one.dataset.name == *text;
            let found: Vec<&DatasetDetails> = self.datasets.iter().filter(is_it).collect();
            match found.as_slice() {
                [] => FoundDataset::Unknown(
                    self.datasets.first().map(|one| one.dataset.name.clone()).into_iter().collect(),
                ),
                [only] => FoundDataset::Found(vec![(*only).clone()]),
                several => FoundDataset::Several(several.iter().map(|one| one.dataset.clone()).collect()),
            }
        };
        Ok(texts.iter().map(meant).collect())
    }
}
