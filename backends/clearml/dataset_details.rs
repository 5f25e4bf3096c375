//! All that is known of some versions of datasets: their own documents, and the tasks that have to do with them.

use std::collections::HashMap;

use crate::model::{DatasetDetails, DatasetLink, DatasetSource, USES, VERSIONS};
use crate::{Call, Result};

use super::ClearMl;
use super::api::{Api, PAGE};
use super::dataset_files;
use super::dataset_names::Heads;
use super::files::{Files, location};
use super::runs::may_be_id;
use super::series::Lookup;
use super::wire_dataset_metadata as dataset_metadata;
use super::wire_datasets::{ALIASES, WireDataset};
use crate::tracker::ProjectScope;

/// Versions of which files are fetched for one question.
const FETCHED: usize = 5;

/// A question about versions.
pub(super) struct Asked<'a> {
    pub(super) api: &'a Api,
    pub(super) files: &'a Files,
    pub(super) call: &'a Call,
    /// The versions of the same names.
    pub(super) heads: &'a Heads,
    /// Their files are wanted one by one.
    pub(super) listed: bool,
}

impl ClearMl {
    /// The paths of all aliases under which tasks use datasets.
    pub(super) async fn dataset_aliases(&self, call: &Call) -> Result<Vec<String>> {
        let scope = ProjectScope::All;
        let lookup = Lookup { api: &self.api, call, names: &self.series, scope: &scope };
        Ok(lookup.in_section(ALIASES).await?.into_iter().flatten().collect())
    }
}

impl Asked<'_> {
    /// What is known of these, by id: two questions for all of them, and a file for each that needs one.
    pub(super) async fn about(&self, ids: &[&str], aliases: &[String]) -> Result<HashMap<String, DatasetDetails>> {
        let plain: Vec<&str> = ids.iter().copied().filter(|id| may_be_id(id)).collect();
        if plain.is_empty() {
            return Ok(HashMap::new());
        }
        // What the latest was made from tells the children of all before it.
        let mut read = plain.clone();
        for task in plain.iter().filter_map(|id| self.heads.get(id)) {
            let latest = self.heads.versions(task).first().map(|latest| latest.id.as_str());
            read.extend(latest.filter(|latest| may_be_id(latest)));
        }
        read.sort_unstable();
        read.dedup();
        let (tasks, related) = futures::try_join!(
            self.api.dataset_details(self.call, &read, self.listed),
            self.api.related_to_datasets(self.call, &plain, aliases)
        )?;
        let mut found = HashMap::new();
        for (number, id) in plain.iter().enumerate() {
            if let Some(task) = tasks.iter().find(|task| task.id == *id) {
                let mut details = self.details(task, &tasks, &related);
                self.fetch(task, &mut details, number).await?;
                found.insert((*id).to_owned(), details);
            }
        }
        Ok(found)
    }

    fn details(&self, task: &WireDataset, tasks: &[WireDataset], related: &[WireDataset]) -> DatasetDetails {
        let web = self.api.web();
        let versions = self.heads.versions(task);
        let latest = versions.first().filter(|latest| latest.id != task.id);
        let mut dataset = task.to_dataset(web);
        dataset.latest = Some(latest.is_none());
        let uses: Vec<_> = related.iter().filter_map(|one| Some(one.to_use(one.uses(&task.id)?))).collect();
        let link = |task: &WireDataset| DatasetLink::from(&task.to_dataset(web));
        let mut children: Vec<DatasetLink> = Vec::new();
        let made = related.iter().filter(|one| one.is_dataset());
        for one in made.filter(|one| one.lineage().parents(&one.id).iter().any(|parent| parent.reference == task.id)) {
            children.push(link(one));
        }
        let group: Vec<&str> = versions.iter().map(|version| version.id.as_str()).collect();
        let of_latest = tasks.iter().filter(|one| group.contains(&one.id.as_str()));
        for child in of_latest.flat_map(|one| one.lineage().children(&task.id)) {
            if !children.iter().any(|known| known.reference == child.reference) {
                children.push(self.known(child));
            }
        }
        let data = task.artifacts().iter().find(|artifact| artifact.key().starts_with("data"));
        DatasetDetails {
            latest: latest.map(|latest| link(latest)),
            compressed: task.compressed(),
            source: DatasetSource { kind: None, location: data.and_then(|data| data.uri()).map(location) },
            changes: task.changes(),
            note: task.note(),
            parents: task.lineage().parents(&task.id).into_iter().map(|parent| self.known(parent)).collect(),
            children: Some(children),
            versions: versions.iter().take(VERSIONS).map(|version| link(version)).collect(),
            versions_in_all: versions.len() as u64,
            uses_read: uses.len() as u64,
            more_uses: related.len() >= PAGE,
            uses: uses.into_iter().take(USES).collect(),
            ..DatasetDetails::of(dataset)
        }
    }

    /// With what is known of it beyond its name.
    fn known(&self, link: DatasetLink) -> DatasetLink {
        match self.heads.get(&link.reference) {
            Some(task) => DatasetLink::from(&task.to_dataset(self.api.web())),
            None => link,
        }
    }

    /// What lies in files of its own.
    async fn fetch(&self, task: &WireDataset, details: &mut DatasetDetails, number: usize) -> Result<()> {
        if number >= FETCHED {
            details.notes.push(format!(
                "files and metadata are read of at most {FETCHED} datasets at once; ask for '{}' alone",
                task.id
            ));
            return Ok(());
        }
        details.metadata = Some(dataset_metadata::of(self.files, self.call, task).await?);
        if self.listed {
            let (listing, note) = dataset_files::listing(self.files, self.call, task).await?;
            details.listing = Some(listing);
            details.notes.extend(note);
        }
        Ok(())
    }
}
