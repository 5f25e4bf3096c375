//! Models by their references: three requests for all together, for the models, the tasks that made them, and the tasks
//! that use them.

use std::collections::{HashMap, HashSet};

use crate::model::{Model, ModelDetails, ModelKind, ModelVersion, Part, Parts, Run, RunId};
use crate::nearest::nearest;
use crate::tracker::FoundModel;
use crate::{Call, Result};

use super::super::api::{Api, PAGE};
use super::super::pattern;
use super::super::wire::fields;
use super::super::wire_filter::TaskFilter;
use super::super::wire_registry::ModelFilter;
use super::reference::{Reference, Which};

/// Near names that are shown.
const NEAR: usize = 5;
/// Letters at the beginning of a name by which its neighbours are looked for first.
const BEGINNING: usize = 3;
/// Pages of models that are read for one question.
const PAGES: usize = 10;
/// Tasks that use a model, as far as they are told.
const CONSUMERS: usize = 100;

/// A question for models.
pub(super) struct Lookup<'a> {
    pub(super) api: &'a Api,
    pub(super) call: &'a Call,
    /// Versions of each that are told.
    pub(super) versions: usize,
}

impl Lookup<'_> {
    /// What each of the references stands for.
    pub(super) async fn all(&self, texts: &[String]) -> Result<Vec<FoundModel>> {
        let references: Vec<Reference> = texts.iter().map(|text| Reference::read(text)).collect();
        let (models, cut) = self.models(&references).await?;
        let mut answer: Vec<FoundModel> = references.iter().map(|one| found(one, &models, self.versions)).collect();
        let versions = || answer.iter().flat_map(|one| &one.found).flat_map(|details| &details.model.versions);
        let makers: HashSet<&str> = versions().filter_map(|version| version.run.as_ref()).map(RunId::as_str).collect();
        let ids: HashSet<&str> = versions().map(|version| version.id.as_str()).collect();
        let (sources, consumers) = futures::join!(self.sources(makers), self.consumers(ids));
        let (sources, consumers) = (sources?, consumers?);
        for one in &mut answer {
            for details in &mut one.found {
                self.complete(details, &sources, &consumers);
                details.notes.extend(cut.clone());
            }
            if one.found.is_empty() && one.near.is_empty() {
                one.near = self.near(texts).await?;
            }
        }
        Ok(answer)
    }

    /// The run that made one of several models of a name, where the text names one.
    pub(super) async fn maker(&self, text: &str) -> Result<Option<RunId>> {
        let reference = Reference::read(text);
        if reference.part.is_none() {
            return Ok(None);
        }
        let (models, _) = self.models(std::slice::from_ref(&reference)).await?;
        let Some(details) = found(&reference, &models, self.versions).found.into_iter().next() else { return Ok(None) };
        let mut versions = details.model.versions.into_iter();
        Ok(versions.find(|version| details.asked.as_ref() == Some(&version.version)).and_then(|version| version.run))
    }

    /// All models that any of the references may mean, the newest first.
    async fn models(&self, references: &[Reference]) -> Result<(Vec<Model>, Option<String>)> {
        let mut patterns: Vec<String> = references.iter().flat_map(Reference::patterns).collect();
        patterns.sort();
        patterns.dedup();
        let mut models = Vec::new();
        if patterns.is_empty() {
            return Ok((models, None));
        }
        let pattern = format!("^(?:{})$", patterns.join("|"));
        let mut asked = ModelFilter::default();
        asked.matching(&pattern);
        for page in 0..PAGES {
            self.call.check()?;
            let found = self.api.whole_models(self.call, asked.clone(), (page, PAGE)).await?;
            let last = found.len() < PAGE;
            models.extend(found.into_iter().map(|model| model.into_model(ModelKind::Registered, self.api.web())));
            if last {
                return Ok((models, None));
            }
        }
        let note =
            format!("only the newest {} models of these names were read, so that numbers may be too low", models.len());
        Ok((models, Some(note)))
    }

    /// The tasks that made models, with what is told of them.
    async fn sources(&self, ids: HashSet<&str>) -> Result<Vec<Run>> {
        let ids: Vec<&str> = sorted(ids);
        let mut runs = Vec::new();
        let parts = Parts::of(&[Part::Metrics, Part::Params, Part::Tags, Part::Datasets, Part::Code]);
        for some in ids.chunks(PAGE) {
            let tasks = self.api.documents(self.call, some, &fields(parts)).await?;
            runs.extend(tasks.into_iter().map(|task| task.into_run(self.api.web())));
        }
        Ok(runs)
    }

    /// The tasks that use models as input, the newest first.
    async fn consumers(&self, ids: HashSet<&str>) -> Result<Vec<Run>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut filter = TaskFilter::using_models(&sorted(ids));
        filter.with_hidden();
        let order = ["-last_update".to_owned()];
        let wanted = fields(Parts::of(&[Part::Models]));
        let tasks = self.api.tasks(self.call, &filter, &wanted, &order, (0, CONSUMERS + 1)).await?;
        Ok(tasks.into_iter().map(|task| task.into_run(self.api.web())).collect())
    }

    fn complete(&self, details: &mut ModelDetails, sources: &[Run], consumers: &[Run]) {
        let own: HashSet<&str> = details.model.versions.iter().map(|version| version.id.as_str()).collect();
        let made: HashSet<&RunId> = details.model.versions.iter().filter_map(|version| version.run.as_ref()).collect();
        details.sources = sources.iter().filter(|run| made.contains(&run.id)).cloned().collect();
        let uses = |run: &&Run| run.models.iter().any(|model| !model.output && own.contains(model.id.as_str()));
        let used_by: Vec<Run> = consumers.iter().filter(uses).take(CONSUMERS).cloned().collect();
        if consumers.len() > CONSUMERS {
            let ids = sorted(own).join("', '");
            details.notes.push(format!(
                "more than {CONSUMERS} tasks use these models: search_runs with filter \"model in ('{ids}')\" lists all that \
                 used or made them"
            ));
        }
        details.used_by = Some(used_by);
    }

    /// Names that resemble what was asked for.
    async fn near(&self, texts: &[String]) -> Result<Vec<String>> {
        // Most are right at their beginning; all models are not read for the others.
        let beginnings =
            texts.iter().filter_map(|text| pattern::itself(&text.chars().take(BEGINNING).collect::<String>()));
        let beginnings: Vec<String> = beginnings.filter(|one| !one.is_empty()).collect();
        for pattern in [format!("^(?:{})", beginnings.join("|")), ".".to_owned()] {
            let found = self.api.models(self.call, &pattern, PAGE).await?;
            let names: Vec<&str> = found.iter().filter_map(|model| model.name.as_deref()).collect();
            let near = texts.iter().flat_map(|text| nearest(text, names.iter().copied(), NEAR));
            let near: Vec<String> = near.take(NEAR).map(ToOwned::to_owned).collect();
            if !near.is_empty() {
                return Ok(near);
            }
        }
        Ok(Vec::new())
    }
}

/// What a reference stands for: the models of that name, else the model of that id, else one of those of a name, else the
/// models whose ids begin so.
fn found(reference: &Reference, models: &[Model], most: usize) -> FoundModel {
    let whole = reference.whole.as_str();
    let one = |details| FoundModel { found: vec![details], ..FoundModel::default() };
    if let Some(named) = called(models, whole) {
        return one(shortened(named, None, most, false));
    }
    if let Some(model) = models.iter().find(|model| model.id == whole) {
        return one(single(model));
    }
    if let Some((name, which)) = &reference.part
        && let Some(named) = called(models, name)
    {
        let version = match which {
            Which::Number(number) => named.versions.iter().find(|version| version.version == number.to_string()),
            Which::Tag(tag) => named.versions.iter().find(|version| version.aliases.contains(tag)),
            Which::Latest => named.versions.first(),
        };
        let asked = version.map(|version| version.version.clone());
        if asked.is_some() {
            return one(shortened(named, asked, most, matches!(which, Which::Number(_))));
        }
        // Metadata are told beside the tags, and no version is known by them.
        let mut tags: Vec<&String> = named.aliases.keys().collect();
        tags.sort_unstable();
        let tags = tags.into_iter().map(|tag| format!("{name}@{tag}"));
        let near = tags.chain(named.versions.iter().map(|version| format!("{name}/{}", version.version)));
        return FoundModel {
            near: std::iter::once(name.clone()).chain(near).take(NEAR).collect(),
            reason: Some(format!("{name} is there, but has no such version or tag: '{whole}'")),
            ..FoundModel::default()
        };
    }
    let begun = models.iter().filter(|model| reference.is_prefix() && model.id.starts_with(whole));
    FoundModel { found: begun.map(single).collect(), ..FoundModel::default() }
}

/// A model by itself.
fn single(model: &Model) -> ModelDetails {
    let mut model = model.clone();
    model.total = Some(1);
    for version in &mut model.versions {
        version.version.clear();
    }
    ModelDetails { model, ..ModelDetails::default() }
}

/// The models of exactly this name as versions of one, numbered in the order in which they were made.
fn called(models: &[Model], name: &str) -> Option<Model> {
    let named: Vec<&Model> = models.iter().filter(|model| model.name == name).collect();
    let newest = named.first()?;
    let mut versions: Vec<ModelVersion> = named.iter().flat_map(|model| model.versions.clone()).collect();
    let count = versions.len();
    for (at, version) in versions.iter_mut().enumerate() {
        version.version = (count - at).to_string();
    }
    let mut aliases: HashMap<&str, &str> = HashMap::new();
    for version in &versions {
        for tag in &version.aliases {
            // The newest that has it.
            aliases.entry(tag).or_insert(&version.version);
        }
    }
    let aliases = aliases.into_iter().map(|(tag, version)| (tag.to_owned(), version.to_owned())).collect();
    let one_project = named.iter().all(|model| model.project == newest.project);
    let is_lone = count == 1;
    Some(Model {
        id: name.to_owned(),
        aliases,
        tags: named.iter().flat_map(|model| model.tags.clone()).collect(),
        project: newest.project.clone().filter(|_| one_project),
        created: named.last().and_then(|model| model.created),
        updated: named.iter().filter_map(|model| model.updated).max(),
        description: newest.description.clone().filter(|_| is_lone),
        web_url: newest.web_url.clone().filter(|_| is_lone),
        archived: named.iter().all(|model| model.archived),
        versions,
        ..(*newest).clone()
    })
}

/// With the newest versions that are not archived, and the one asked for; archived ones keep their number.
fn shortened(mut model: Model, asked: Option<String>, most: usize, numbered: bool) -> ModelDetails {
    let all = model.versions.len();
    let all_archived = model.archived;
    let is_asked = |version: &ModelVersion| asked.as_deref() == Some(version.version.as_str());
    model.versions.retain(|version| all_archived || !version.archived || is_asked(version));
    let archived = all - model.versions.len();
    // Any number of models may have a tag: only the newest that has it is known by it.
    let known: HashSet<(&String, &String)> = model.aliases.iter().collect();
    let mut versions = std::mem::take(&mut model.versions);
    for version in &mut versions {
        let number = version.version.clone();
        let (own, others): (Vec<String>, Vec<String>) =
            version.aliases.drain(..).partition(|tag| known.contains(&(tag, &number)));
        version.aliases = own;
        version.tags.extend(others.into_iter().map(|tag| (tag, String::new())));
    }
    model.versions = versions;
    let older = model.shorten(most, asked.as_deref(), numbered);
    let mut notes = Vec::new();
    if archived > 0 {
        notes.push(format!("{archived} archived ones are left out; each is told by its number, such as name/1"));
    }
    ModelDetails { model, asked, older, notes, ..ModelDetails::default() }
}

fn sorted(ids: HashSet<&str>) -> Vec<&str> {
    let mut ids: Vec<&str> = ids.into_iter().collect();
    ids.sort_unstable();
    ids
}

#[cfg(test)]
mod tests {
    use super::{Model, ModelVersion, Reference, found};

    #[test]
    fn a_wrong_tag_is_answered_with_tags_and_not_with_metadata() {
        let version = ModelVersion { id: "1".to_owned(), aliases: vec!["prod".to_owned()], ..ModelVersion::default() };
        let tags = [("prod", ""), ("api_key", "x")].map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let model = Model { name: "detector".to_owned(), tags, versions: vec![version], ..Model::default() };
        let told = found(&Reference::read("detector@api_key"), &[model], 5);
        assert_eq!(told.near, ["detector", "detector@prod", "detector/1"]);
    }
}
