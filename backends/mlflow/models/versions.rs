//! Registered models by their names, and all their versions: one request for all names where the server takes a list
//! (3.x), else one for each, which is found out once.

use std::collections::HashMap;
use std::sync::atomic::Ordering;

use crate::mlflow_model::registry::{self, IS_PROMPT};
use crate::model::{Model, ModelKind, ModelVersion};
use crate::{Call, ErrorKind, Result};

use super::super::api::Api;
use super::super::api_registry::{Home, PageOf};
use super::super::filter;
use super::page::of_catalog;

/// Versions of one request.
const PAGE: usize = 1_000;
/// Requests for versions that follow each other.
const PAGES: usize = 20;
/// The clause without which the server leaves prompts out.
fn prompts() -> String {
    format!(" AND tags.`{IS_PROMPT}` = 'true'")
}

/// The models of these names.
pub(super) async fn named(
    api: &Api,
    call: &Call,
    names: &[String],
    databricks: bool,
) -> Result<HashMap<String, Model>> {
    let mut found: HashMap<String, Model> = HashMap::new();
    let mut rest: Vec<&String> = names.iter().collect();
    if names.len() > 1 && !databricks && !api.without_lists.load(Ordering::Relaxed) {
        for clause in [String::new(), prompts()] {
            let Some(list) = listed(&rest) else { break };
            let filter = format!("{list}{clause}");
            let page = PageOf { home: Home::Server, filter: &filter, size: names.len(), token: None };
            match api.search_registered(call, page).await {
                Ok(page) => {
                    let models = page.registered_models.into_iter().map(|model| model.into_model(api.web()));
                    found.extend(models.map(|model| (model.name.clone(), model)));
                }
                Err(error) if error.kind == ErrorKind::BadInput => {
                    api.without_lists.store(true, Ordering::Relaxed);
                    break;
                }
                Err(error) => return Err(error),
            }
            rest.retain(|name| !found.contains_key(*name));
            if rest.is_empty() {
                return Ok(found);
            }
        }
        // Both lists were asked: who is in neither is not there, unless its name stands in no list.
        if !found.is_empty() {
            rest.retain(|name| filter::quoted(name).is_none());
        }
    }
    let asked = rest.into_iter().map(|name| api.registered(call, Home::of(name, databricks), name));
    for model in futures::future::join_all(asked).await {
        if let Some(model) = model? {
            let model = model.into_model(api.web());
            let is_there = Home::of(&model.name, databricks) == Home::Catalog;
            found.insert(model.name.clone(), if is_there { of_catalog(model) } else { model });
        }
    }
    Ok(found)
}

/// Puts all versions into their models.
pub(super) async fn add(
    api: &Api,
    call: &Call,
    models: &mut HashMap<String, Model>,
    databricks: bool,
) -> Result<Vec<String>> {
    let mut notes = Vec::new();
    let mut versions: HashMap<String, Vec<ModelVersion>> = HashMap::new();
    for kind in [ModelKind::Registered, ModelKind::Prompt] {
        let names: Vec<&String> = models.values().filter(|model| model.kind == kind).map(|model| &model.name).collect();
        let suffix = if kind == ModelKind::Prompt { prompts() } else { String::new() };
        let takes_lists = names.len() > 1 && !databricks && !api.without_lists.load(Ordering::Relaxed);
        let together = listed(&names).filter(|_| takes_lists).map(|list| format!("{list}{suffix}"));
        let filters: Vec<(Home, String)> = names
            .iter()
            .map(|name| (Home::of(name, databricks), format!("{}{suffix}", filter::equal("name", name))))
            .collect();
        let read = match together {
            None => all(api, call, &filters).await?,
            Some(filter) => match all(api, call, &[(Home::Server, filter)]).await {
                Err(error) if error.kind == ErrorKind::BadInput => all(api, call, &filters).await?,
                read => read?,
            },
        };
        notes.extend(
            read.cut
                .then(|| format!("only the newest {} versions were read: the server has more", read.versions.len())),
        );
        for (name, version) in read.versions {
            versions.entry(name).or_default().push(version);
        }
    }
    for model in models.values_mut() {
        model.versions = versions.remove(&model.name).unwrap_or_default();
        registry::newest_first(&mut model.versions);
        *model = registry::with_aliases(std::mem::take(model));
    }
    Ok(notes)
}

struct Read {
    versions: Vec<(String, ModelVersion)>,
    cut: bool,
}

/// The versions of each filter, side by side, page by page.
async fn all(api: &Api, call: &Call, filters: &[(Home, String)]) -> Result<Read> {
    let one = |(home, filter): &(Home, String)| {
        let (home, filter) = (*home, filter.clone());
        async move {
            let mut read = Read { versions: Vec::new(), cut: false };
            let mut token: Option<String> = None;
            for _ in 0..PAGES {
                call.check()?;
                let page = PageOf { home, filter: &filter, size: PAGE, token: token.as_deref() };
                let page = api.search_versions(call, page).await?;
                let count = page.model_versions.len();
                let versions = page.model_versions.into_iter();
                read.versions.extend(versions.map(|version| (version.name.clone(), version.into_version(api.web()))));
                // 2.15 hands out a token although nothing follows.
                let ended = home == Home::Server && count < PAGE;
                token = page.next_page_token.filter(|next| !next.is_empty() && !ended);
                if token.is_none() {
                    return Ok(read);
                }
            }
            read.cut = true;
            Ok::<Read, crate::Error>(read)
        }
    };
    let mut whole = Read { versions: Vec::new(), cut: false };
    for read in futures::future::join_all(filters.iter().map(one)).await {
        let read = read?;
        whole.versions.extend(read.versions);
        whole.cut |= read.cut;
    }
    Ok(whole)
}

/// `name IN ('…', …)`; `None` if one of them cannot be said so, or there are none.
fn listed(names: &[&String]) -> Option<String> {
    let quoted = names.iter().map(|name| filter::quoted(name)).collect::<Option<Vec<_>>>()?;
    (!quoted.is_empty()).then(|| format!("name IN ({})", quoted.join(",")))
}
