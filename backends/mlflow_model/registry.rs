//! What MLflow's servers and stores share of registered models: references, prompts, gaps.

pub(crate) mod facts;
pub(crate) mod reference;

use std::collections::BTreeMap;

use crate::model::{Model, ModelKind, ModelVersion, ProjectRef, Prompt};
use crate::query::Key;
use crate::tracker::{ModelQuery, ProjectScope};
use crate::{Error, Result};

/// The tag by which a registered model is a prompt.
pub(crate) const IS_PROMPT: &str = "mlflow.prompt.is_prompt";
/// What a version of a prompt says, and which kind of prompt it is.
const PROMPT_TEXT: &str = "mlflow.prompt.text";
const PROMPT_TYPE: &str = "_mlflow_prompt_type";
/// The versions that a logged model was registered as.
const REGISTERED_AS: &str = "mlflow.modelVersions";
/// Where a version stands that has no stage.
const NO_STAGE: &str = "None";
/// What the source of a version begins with that was registered from a logged model.
const LOGGED: &str = "models:/";

/// What a registered model with these tags is.
pub(crate) fn kind(tags: &BTreeMap<String, String>) -> ModelKind {
    match tags.get(IS_PROMPT).is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        true => ModelKind::Prompt,
        false => ModelKind::Registered,
    }
}

/// A version with its id, and with what its tags, source and stage say of it.
pub(crate) fn version(name: &str, tags: BTreeMap<String, String>, version: ModelVersion) -> ModelVersion {
    let said = |text: Option<String>| text.filter(|text| !text.is_empty());
    let is_prompt = kind(&tags) == ModelKind::Prompt;
    let prompt = tags.get(PROMPT_TEXT).map(|text| Prompt { kind: tags.get(PROMPT_TYPE).cloned(), text: text.clone() });
    let (mut tags, _) = super::part_tags(tags);
    tags.remove(PROMPT_TYPE);
    // Where a prompt lies is a word without meaning.
    let location = said(version.location).filter(|_| !is_prompt);
    let logged = location.as_deref().and_then(|source| source.strip_prefix(LOGGED)).map(str::to_owned);
    ModelVersion {
        id: format!("{name}/{}", version.version),
        stage: said(version.stage).filter(|stage| stage != NO_STAGE),
        status: said(version.status),
        description: said(version.description),
        user: said(version.user),
        run: version.run.filter(|run| !run.as_str().is_empty()),
        logged: version.logged.or(logged.filter(|id| reference::is_logged_id(id))),
        location,
        prompt,
        tags,
        ..version
    }
}

/// The versions that a logged model was registered as, from its own tag.
pub(crate) fn registered_as(tags: &BTreeMap<String, String>) -> Vec<String> {
    let noted = tags.get(REGISTERED_AS).and_then(|text| serde_json::from_str::<Vec<serde_json::Value>>(text).ok());
    let mut found: Vec<String> = Vec::new();
    for one in noted.unwrap_or_default() {
        let version = match one.get("version") {
            Some(serde_json::Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => continue,
        };
        let reference = one.get("name").and_then(|name| name.as_str()).map(|name| format!("{name}/{version}"));
        // It is noted twice, once with a number and once with its text.
        found.extend(reference.filter(|reference| !found.contains(reference)));
    }
    found
}

/// The versions with the aliases that the model gives them.
pub(crate) fn with_aliases(mut model: Model) -> Model {
    for version in &mut model.versions {
        let own = model.aliases.iter().filter(|(_, number)| **number == version.version);
        version.aliases = own.map(|(alias, _)| alias.clone()).collect();
    }
    model
}

/// A logged model, which is its own only version.
pub(crate) fn logged(
    id: String,
    name: String,
    project: ProjectRef,
    tags: BTreeMap<String, String>,
    version: ModelVersion,
) -> Model {
    let registered_as = registered_as(&tags);
    let (tags, own) = super::part_tags(tags);
    let owner = own.get(super::USER).cloned();
    Model {
        kind: ModelKind::Logged,
        created: version.created,
        updated: version.updated,
        listed_by: version.created,
        web_url: version.web_url.clone(),
        versions: vec![ModelVersion {
            id: id.clone(),
            version: id.clone(),
            logged: Some(id.clone()),
            user: owner.clone(),
            tags: tags.clone(),
            registered_as,
            ..version
        }],
        tags,
        owner,
        project: Some(project),
        total: Some(1),
        id,
        name,
        ..Model::default()
    }
}

/// What to say where a model has no such version.
pub(crate) fn no_version(name: &str, text: &str) -> String {
    format!("{name} is there, but has no such version or alias: '{text}'")
}

/// Orders versions by number, the newest first.
pub(crate) fn newest_first(versions: &mut [ModelVersion]) {
    versions.sort_by_cached_key(|version| std::cmp::Reverse(version.version.parse::<u64>().unwrap_or_default()));
}

/// An error if the question needs what MLflow does not keep of such models.
pub(crate) fn refuse(query: &ModelQuery) -> Result<()> {
    if query.kind != ModelKind::Logged && query.projects != ProjectScope::All {
        return Err(Error::unsupported(
            "MLflow's registered models lie in no experiment: leave projects out, or ask with kind logged for models that \
             runs of these experiments saved",
        ));
    }
    let lack = |key: &Key| match (query.kind, key) {
        (_, Key::Framework) => Some(
            "MLflow's server keeps no framework of a model: framework cannot be asked; get_models reads it from MLmodel",
        ),
        (ModelKind::Logged, Key::Alias | Key::Stage) => {
            Some("logged models have no alias or stage: ask with kind registered")
        }
        (ModelKind::Registered | ModelKind::Prompt, Key::Project | Key::User) => {
            Some("MLflow's registered models have neither project nor user: ask for tags., or with kind logged")
        }
        (ModelKind::Registered | ModelKind::Prompt, Key::Metric(_) | Key::Param(_)) => Some(
            "MLflow's registered models have no metrics or params of their own: get_models shows those of the source runs",
        ),
        _ => None,
    };
    let lacking = query.filter.iter().flat_map(|filter| filter.keys()).find_map(lack);
    lacking.map_or(Ok(()), |lack| Err(Error::unsupported(lack)))
}

/// Whether a row is one of the question's.
pub(crate) fn accepts(query: &ModelQuery, model: &Model) -> bool {
    let text = query.text.as_deref().map(str::to_lowercase);
    model.kind == query.kind
        && text.is_none_or(|text| model.name.to_lowercase().contains(&text) || model.id.starts_with(&text))
        && query.filter.as_ref().is_none_or(|filter| filter.matches_model(model))
}

#[cfg(test)]
mod tests;
