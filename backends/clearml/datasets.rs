//! Datasets: versions listed by one `tasks.get_all_ex`, and what is known of some of them by two more.

use async_trait::async_trait;
use tokio::time::Instant;

use crate::model::{Dataset, Page};
use crate::tracker::{DatasetQuery, FoundDataset, ProjectScope};
use crate::{Call, Error, Result, TrackerDatasets};

use super::ClearMl;
use super::api::PAGE;
use super::api_datasets::DatasetsRequest;
use super::dataset_details::Asked;
use super::dataset_names::Heads;
use super::pattern;
use super::project_names::last_part;
use super::wire_datasets::WireDataset;

/// Pages of versions that are looked through for references.
const PAGES: usize = 20;

#[async_trait]
impl TrackerDatasets for ClearMl {
    async fn search(&self, call: &Call, query: &DatasetQuery) -> Result<Page<Dataset>> {
        let number: usize = match query.cursor.as_deref() {
            Some(text) => text.parse().map_err(|_| super::cursor::damaged())?,
            None => 0,
        };
        let projects = match &query.projects {
            ProjectScope::All => None,
            ProjectScope::Only(ids) => {
                let ids: Vec<&str> = ids.iter().map(|id| id.as_str()).collect();
                match self.dataset_projects(call, &ids).await? {
                    // To the server a list without projects would mean all.
                    none if none.is_empty() => return Ok(Page::whole(Vec::new())),
                    some => Some(some),
                }
            }
        };
        // Behind the last `/` of `project/name` a part of the name stands.
        let last = query.text.as_deref().map(last_part);
        let name = last.filter(|last| !last.is_empty()).and_then(pattern::contains);
        let request = DatasetsRequest { archived: false, name, projects };
        let tasks = self.api.datasets(call, &request, number).await?;
        let full = tasks.len() >= PAGE;
        let heads = Heads::of(tasks);
        let mut page = Page { total: None, scanned: heads.all.len() as u64, ..Page::whole(Vec::new()) };
        for task in &heads.all {
            let mut dataset = task.to_dataset(self.api.web());
            // A later version may lie beyond the page.
            dataset.latest = (number == 0 && !full).then(|| heads.is_latest(task));
            if takes(query, task) && query.takes_tags(&dataset) {
                page.rows.push(dataset);
            }
        }
        if full {
            page.next = Some((number + 1).to_string());
        }
        if full || number > 0 {
            page.notes.push(format!(
                "more than {PAGE} versions match; which is the latest of its name is told by get_datasets, or with query"
            ));
        } else {
            page.total = Some(page.rows.len() as u64);
        }
        if let Some(text) = page.lacks(&query.text, &query.cursor) {
            let any = DatasetsRequest { name: None, ..request };
            // That nothing was found stands without the names.
            let known = self.api.datasets(call, &any, 0).await.map(Heads::of);
            page.near = known.map(|known| known.near(text)).unwrap_or_default();
        }
        Ok(page)
    }

    async fn get(&self, call: &Call, texts: &[String], files: bool) -> Result<Vec<FoundDataset>> {
        let aliases = self.dataset_aliases(call);
        let heads = self.heads(call, Heads::pattern(texts));
        let (mut heads, aliases) = futures::try_join!(heads, aliases)?;
        if heads.narrowed && texts.iter().any(|text| heads.meant(text).is_empty()) {
            // What resembles it can be told only of all.
            heads = self.heads(call, None).await?;
        }
        let meant: Vec<Vec<&WireDataset>> = texts.iter().map(|text| heads.meant(text)).collect();
        let only = |found: &Vec<&'_ WireDataset>| match found.as_slice() {
            [only] => Some(only.id.clone()),
            _ => None,
        };
        let mut chosen: Vec<String> = meant.iter().filter_map(only).collect();
        chosen.sort_unstable();
        chosen.dedup();
        let chosen: Vec<&str> = chosen.iter().map(String::as_str).collect();
        let asked = Asked { api: &self.api, files: self.artifacts.files(), call, heads: &heads, listed: files };
        let details = asked.about(&chosen, &aliases).await?;
        let answer = |(text, found): (&String, &Vec<&WireDataset>)| match found.as_slice() {
            [] => FoundDataset::Unknown(heads.near(text)),
            [only] => match details.get(&only.id).cloned() {
                Some(one) => FoundDataset::Found(vec![one]),
                // Deleted between two questions.
                None => FoundDataset::Unknown(Vec::new()),
            },
            several => FoundDataset::Several(several.iter().map(|task| task.to_dataset(self.api.web())).collect()),
        };
        Ok(texts.iter().zip(&meant).map(answer).collect())
    }
}

/// Whether the text is a part of the name, or of `project/name` that ends in the name.
fn takes(query: &DatasetQuery, task: &WireDataset) -> bool {
    let Some(text) = query.text.as_deref().map(str::to_lowercase) else { return true };
    let project = format!("{}/", task.project_name().to_lowercase());
    let path = format!("{project}{}", task.name().to_lowercase());
    path.rfind(&text).is_some_and(|at| at + text.len() >= project.len())
}

impl ClearMl {
    /// The hidden projects in which the datasets of these projects lie, and these themselves.
    async fn dataset_projects(&self, call: &Call, ids: &[&str]) -> Result<Vec<String>> {
        // Each dataset has a project of its own, which may be new.
        let index = self.projects.since(&self.api, call, Instant::now()).await?;
        let names: Vec<String> =
            ids.iter().filter_map(|id| index.name(id)).map(|name| format!("{name}/.datasets/")).collect();
        let lies = |name: &str| names.iter().any(|folder| name.starts_with(folder.as_str()));
        let below = index.entries().filter(|(_, name, _)| lies(name));
        let mut found: Vec<String> = below.map(|(id, _, _)| id.as_str().to_owned()).collect();
        // Before there were hidden projects, datasets lay in those that people see.
        found.extend(ids.iter().map(|id| (*id).to_owned()));
        Ok(found)
    }

    /// All versions whose names match, archived ones too.
    async fn heads(&self, call: &Call, name: Option<String>) -> Result<Heads> {
        let narrowed = name.is_some();
        let request = DatasetsRequest { archived: true, name, projects: None };
        let mut all = Vec::new();
        for page in 0..PAGES {
            call.check()?;
            let tasks = self.api.datasets(call, &request, page).await?;
            let last = tasks.len() < PAGE;
            all.extend(tasks);
            if last {
                return Ok(Heads { narrowed, ..Heads::of(all) });
            }
        }
        Err(Error::unsupported(format!(
            "this server has more than {} versions of datasets; name one by its name, or by project/name@version",
            PAGE * PAGES
        )))
    }
}
