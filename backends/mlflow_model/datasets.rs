//! Datasets of MLflow: what runs logged as their input, and what is kept to evaluate with. The versions of a name are the
//! digests under which runs logged it; the latest is the one that was used last.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

use crate::model::{
    Dataset, DatasetDetails, DatasetInput, DatasetKind, DatasetLink, DatasetSource, DatasetUse, Run, USES, VERSIONS,
};
use crate::nearest::nearest;
use crate::tracker::FoundDataset;

/// The fewest characters of an id that stand for it.
const PREFIX: usize = 6;
/// Names that are told as near.
const NEAR: usize = 3;

/// What a tracker takes for an input.
pub(crate) fn reference(name: &str, digest: Option<&str>) -> String {
    digest.map_or_else(|| name.to_owned(), |digest| format!("{name}@{digest}"))
}

/// A text as a name, and as a name with a digest.
fn spellings(text: &str) -> impl Iterator<Item = (&str, Option<&str>)> + Clone {
    let versioned = text.rsplit_once('@').filter(|(name, digest)| !name.is_empty() && !digest.is_empty());
    std::iter::once((text, None)).chain(versioned.map(|(name, digest)| (name, Some(digest))))
}

/// The names that texts may mean.
pub(crate) fn names(texts: &[String]) -> BTreeSet<String> {
    texts.iter().flat_map(|text| spellings(text)).map(|(name, _)| name.to_owned()).collect()
}

/// How many rows or records a profile tells of.
fn rows(profile: Option<&str>) -> Option<u64> {
    let fields: BTreeMap<String, Value> = serde_json::from_str(profile?).ok()?;
    ["num_rows", "num_records"].iter().find_map(|key| fields.get(*key)?.as_u64())
}

/// Records to evaluate with, kept by the tracker.
#[derive(Clone, Debug, Default)]
pub(crate) struct Evaluation {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) digest: Option<String>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) schema: Option<String>,
    pub(crate) profile: Option<String>,
    pub(crate) created: Option<Timestamp>,
    pub(crate) user: Option<String>,
    pub(crate) projects: Vec<String>,
}

impl Evaluation {
    /// Our model of it.
    pub(crate) fn to_dataset(&self) -> Dataset {
        Dataset {
            version: self.digest.clone(),
            latest: Some(true),
            projects: self.projects.clone(),
            user: self.user.clone(),
            created: self.created,
            rows: rows(self.profile.as_deref()),
            tags: self.tags.clone(),
            ..Dataset::new(self.id.clone(), self.name.clone(), DatasetKind::Evaluation)
        }
    }
}

/// Inputs of one name and digest, and the runs that logged them.
struct Version<'r> {
    digest: Option<&'r str>,
    uses: Vec<(&'r Run, &'r DatasetInput)>,
}

impl Version<'_> {
    fn used(&self) -> Option<Timestamp> {
        self.uses.iter().filter_map(|(run, _)| run.started).max()
    }
}

/// The inputs of a name by digest, the one that was used last first.
fn versions<'r>(runs: &'r [Run], name: &str) -> Vec<Version<'r>> {
    let mut found: Vec<Version<'r>> = Vec::new();
    for run in runs {
        for input in run.datasets.iter().filter(|input| input.name == name) {
            let digest = input.version.as_deref();
            match found.iter_mut().find(|version| version.digest == digest) {
                Some(version) => version.uses.push((run, input)),
                None => found.push(Version { digest, uses: vec![(run, input)] }),
            }
        }
    }
    found.sort_by(|a, b| b.used().cmp(&a.used()).then_with(|| a.digest.cmp(&b.digest)));
    found
}

/// Every input by name and digest, the one that was used last first.
pub(crate) fn listed(runs: &[Run]) -> Vec<Dataset> {
    let names: BTreeSet<&str> = runs.iter().flat_map(|run| &run.datasets).map(|input| input.name.as_str()).collect();
    let mut all: Vec<Dataset> = Vec::new();
    for name in names {
        for (place, version) in versions(runs, name).iter().enumerate() {
            all.push(Dataset { latest: Some(place == 0), ..described(name, version.digest, &version.uses) });
        }
    }
    all.sort_by(|a, b| b.used.cmp(&a.used).then_with(|| a.reference.cmp(&b.reference)));
    all
}

/// Inputs of one name and digest as a row.
fn described(name: &str, digest: Option<&str>, uses: &[(&Run, &DatasetInput)]) -> Dataset {
    let projects: BTreeSet<&str> =
        uses.iter().map(|(run, _)| run.project.name.as_str()).filter(|name| !name.is_empty()).collect();
    let contexts: BTreeSet<&str> = uses.iter().filter_map(|(_, input)| input.context.as_deref()).collect();
    Dataset {
        version: digest.map(ToOwned::to_owned),
        projects: projects.into_iter().map(ToOwned::to_owned).collect(),
        contexts: contexts.into_iter().map(ToOwned::to_owned).collect(),
        used: uses.iter().filter_map(|(run, _)| run.started).max(),
        rows: uses.iter().find_map(|(_, input)| rows(input.profile.as_deref())),
        ..Dataset::new(reference(name, digest), name, DatasetKind::Input)
    }
}

/// What is known when texts are to be understood.
pub(crate) struct Known<'r> {
    /// Runs that logged inputs of the names in question, the newest first.
    pub(crate) runs: &'r [Run],
    /// All that is kept to evaluate with.
    pub(crate) evaluations: &'r [Evaluation],
    /// More runs may have logged them.
    pub(crate) more: bool,
}

impl Known<'_> {
    /// What a text means: the id of what is kept to evaluate with, a name, `name@digest`, the beginning of an id.
    pub(crate) fn meant(&self, text: &str) -> FoundDataset {
        if let Some(exact) = self.evaluations.iter().find(|one| one.id == text) {
            return FoundDataset::Found(vec![self.evaluation(exact)]);
        }
        for (name, digest) in spellings(text) {
            let kept: Vec<&Evaluation> = self
                .evaluations
                .iter()
                .filter(|one| one.name == name && (digest.is_none() || one.digest.as_deref() == digest))
                .collect();
            match kept.as_slice() {
                [] => {}
                [only] => return FoundDataset::Found(vec![self.evaluation(only)]),
                several => return FoundDataset::Several(several.iter().map(|one| one.to_dataset()).collect()),
            }
            let found = self.inputs(name, digest);
            if !found.is_empty() {
                return FoundDataset::Found(found);
            }
        }
        let begins: Vec<&Evaluation> = match text.len() >= PREFIX {
            true => self.evaluations.iter().filter(|one| one.id.starts_with(text)).collect(),
            false => Vec::new(),
        };
        match begins.as_slice() {
            [] => FoundDataset::Unknown(self.near(text)),
            [only] => FoundDataset::Found(vec![self.evaluation(only)]),
            several => FoundDataset::Several(several.iter().map(|one| one.to_dataset()).collect()),
        }
    }

    /// Digests of the name, and names that are known here.
    fn near(&self, text: &str) -> Vec<String> {
        for (name, digest) in spellings(text) {
            if let Some(wanted) = digest {
                let all = versions(self.runs, name);
                let digests = all.iter().filter_map(|version| version.digest);
                let mut close = nearest(wanted, digests.clone(), NEAR);
                if close.is_empty() {
                    close = digests.take(NEAR).collect();
                }
                if !close.is_empty() {
                    return close.into_iter().map(|digest| reference(name, Some(digest))).collect();
                }
            }
        }
        let known = self.evaluations.iter().map(|one| one.name.as_str());
        near(text, known.chain(self.runs.iter().flat_map(|run| &run.datasets).map(|input| input.name.as_str())))
    }

    /// The inputs of a name, of this digest or of the latest: one for each source.
    fn inputs(&self, name: &str, digest: Option<&str>) -> Vec<DatasetDetails> {
        let all = versions(self.runs, name);
        let Some(wanted) = all.iter().find(|version| digest.is_none() || version.digest == digest) else {
            return Vec::new();
        };
        let latest = all.first().filter(|latest| latest.digest != wanted.digest);
        let mut sources: Vec<(&Option<String>, &Option<String>)> = Vec::new();
        for (_, input) in &wanted.uses {
            let source = (&input.source_kind, &input.source);
            if !sources.contains(&source) {
                sources.push(source);
            }
        }
        let links: Vec<DatasetLink> = all.iter().take(VERSIONS).map(|version| link(name, version)).collect();
        let of_source = |source: &(&Option<String>, &Option<String>)| {
            let uses: Vec<(&Run, &DatasetInput)> = wanted
                .uses
                .iter()
                .filter(|(_, input)| (&input.source_kind, &input.source) == *source)
                .copied()
                .collect();
            let mut details = DatasetDetails::of(described(name, wanted.digest, &uses));
            details.dataset.latest = Some(latest.is_none());
            details.latest = latest.map(|latest| link(name, latest));
            details.source = DatasetSource { kind: source.0.clone(), location: source.1.clone() };
            details.schema = uses.iter().find_map(|(_, input)| input.schema.clone());
            details.profile = uses.iter().find_map(|(_, input)| input.profile.clone());
            details.versions = links.clone();
            details.versions_in_all = all.len() as u64;
            let how = |input: &DatasetInput| input.context.clone();
            self.used_by(details, uses.iter().map(|(run, input)| to_use(run, how(input))).collect())
        };
        let mut found: Vec<DatasetDetails> = sources.iter().map(of_source).collect();
        if found.len() > 1 {
            let note = format!("{} sources were logged under this name and digest: told one by one", found.len());
            found.iter_mut().for_each(|details| details.notes.push(note.clone()));
        }
        found
    }

    /// What is kept to evaluate with, and the runs that logged it.
    fn evaluation(&self, one: &Evaluation) -> DatasetDetails {
        let logged = versions(self.runs, &one.name);
        let mut uses: Vec<DatasetUse> = Vec::new();
        for version in &logged {
            for (run, input) in &version.uses {
                let digest = version.digest.map(|digest| format!("digest {digest}"));
                let how: Vec<String> = digest.into_iter().chain(input.context.clone()).collect();
                uses.push(to_use(run, (!how.is_empty()).then(|| how.join(", "))));
            }
        }
        uses.sort_by(|a, b| b.started.cmp(&a.started).then_with(|| a.run.cmp(&b.run)));
        let mut details = DatasetDetails::of(one.to_dataset());
        details.schema = one.schema.clone();
        details.profile = one.profile.clone();
        details.versions = logged.iter().take(VERSIONS).map(|version| link(&one.name, version)).collect();
        details.versions_in_all = logged.len().max(1) as u64;
        self.used_by(details, uses)
    }

    fn used_by(&self, mut details: DatasetDetails, uses: Vec<DatasetUse>) -> DatasetDetails {
        details.uses_read = uses.len() as u64;
        details.more_uses = self.more;
        details.uses = uses.into_iter().take(USES).collect();
        details
    }
}

/// Names that resemble what a text names.
pub(crate) fn near<'a>(text: &str, known: impl Iterator<Item = &'a str>) -> Vec<String> {
    let name = spellings(text).last().map_or(text, |(name, _)| name);
    let known: BTreeSet<&str> = known.collect();
    nearest(name, known, NEAR).into_iter().map(ToOwned::to_owned).collect()
}

fn link(name: &str, version: &Version<'_>) -> DatasetLink {
    DatasetLink {
        reference: reference(name, version.digest),
        name: name.to_owned(),
        version: version.digest.map(ToOwned::to_owned),
        state: None,
        newest: version.used(),
    }
}

fn to_use(run: &Run, how: Option<String>) -> DatasetUse {
    DatasetUse {
        run: run.id.clone(),
        name: run.name.clone(),
        status: run.status,
        archived: run.archived,
        project: run.project.name.clone(),
        started: run.started,
        how,
    }
}

#[cfg(test)]
mod tests;
