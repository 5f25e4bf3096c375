//! Lists of models: one request for a page, sorted by the server; every row is checked again here.

use std::future::Future;

use serde::{Deserialize, Serialize};

use crate::mlflow_model::registry::{self, IS_PROMPT};
use crate::model::{Model, ModelKind, Page};
use crate::nearest::nearest;
use crate::query::{Key, Predicate, Pushable};
use crate::tracker::{ModelQuery, ProjectScope};
use crate::{Call, Result};

use super::super::api::Api;
use super::super::api_registry::{Home, PageOf};
use super::super::cursor::damaged;
use super::super::experiments::Experiments;
use super::super::filter;
use super::super::search::RESERVE;
use super::{NEAR, about_logged};

/// Rows of one request where many may be refused here.
const SCANNING: usize = 1_000;
/// Requests in search of rows that fit.
const REQUESTS: usize = 20;

/// The token of a page and how many of its rows are used up.
#[derive(Serialize, Deserialize)]
struct Cursor(Option<String>, usize);

/// Registered models, or prompts.
pub(super) async fn registered(api: &Api, call: &Call, home: Home, query: &ModelQuery) -> Result<Page<Model>> {
    let (mut clauses, mut exact) = clauses(query, pushed_registered);
    if home == Home::Catalog {
        exact &= clauses.is_empty();
        clauses.clear();
    }
    // Without this clause the server leaves prompts out, and 2.15.1 has none.
    let prompts = (query.kind == ModelKind::Prompt).then(|| format!("tags.`{IS_PROMPT}` = 'true'"));
    clauses.extend(prompts.clone());
    let asked = Asked { filter: clauses.join(" AND "), any: prompts.unwrap_or_default(), exact };
    paged(call, query, asked, |filter, size, token| async move {
        let page = PageOf { home, filter: &filter, size, token: token.as_deref() };
        let found = api.search_registered(call, page).await?;
        let models = found.registered_models.into_iter().map(|model| model.into_model(api.web()));
        let models = models.map(|model| if home == Home::Catalog { of_catalog(model) } else { model });
        Ok((models.collect(), found.next_page_token))
    })
    .await
}

/// Lists of Unity Catalog come in no order, and its pages are not those of MLflow.
pub(super) fn of_catalog(mut model: Model) -> Model {
    model.listed_by = None;
    model.web_url = None;
    model
}

/// Models that runs of these experiments logged.
pub(super) async fn logged(
    api: &Api,
    experiments: &Experiments,
    call: &Call,
    query: &ModelQuery,
) -> Result<Page<Model>> {
    let index = experiments.index(api, call).await?;
    let ids = match &query.projects {
        ProjectScope::All => index.ids(false),
        ProjectScope::Only(ids) => ids.iter().map(|id| id.as_str().to_owned()).collect(),
    };
    let (clauses, exact) = clauses(query, pushed_logged);
    let asked = Asked { filter: clauses.join(" AND "), any: String::new(), exact };
    paged(call, query, asked, |filter, size, token| {
        let (ids, index) = (ids.clone(), &index);
        async move {
            let page = PageOf { home: Home::Server, filter: &filter, size, token: token.as_deref() };
            match api.search_logged(call, &ids, page).await {
                Ok(found) => {
                    let models = found.models.into_iter().map(|model| model.into_model(|id| index.name(id), api.web()));
                    Ok((models.collect(), found.next_page_token))
                }
                Err(error) => Err(about_logged(api, call, error).await),
            }
        }
    })
    .await
}

/// What of the question the server can be asked, and whether that is nearly all of it.
fn clauses(query: &ModelQuery, said: fn(&Predicate) -> Option<String>) -> (Vec<String>, bool) {
    let is_id = |text: &&str| !text.to_lowercase().starts_with("m-");
    let named = query.text.as_deref();
    let text = named.filter(is_id).map(|text| filter::contains("name", text));
    let pushable = |predicate: &Predicate| if said(predicate).is_some() { Pushable::Whole } else { Pushable::No };
    let pushed = query.filter.as_ref().map(|filter| filter.conjunctions(1, pushable));
    let exact = named.is_some() == text.is_some() && pushed.as_ref().is_none_or(|pushed| pushed.exact);
    let predicates = pushed.into_iter().flat_map(|pushed| pushed.branches.into_iter().next().unwrap_or_default());
    (text.into_iter().chain(predicates.filter_map(|predicate| said(&predicate))).collect(), exact)
}

fn pushed_registered(predicate: &Predicate) -> Option<String> {
    match &predicate.key {
        Key::Name => filter::text("name", &predicate.test),
        Key::Tag(key) => tag(key, predicate),
        _ => None,
    }
}

fn pushed_logged(predicate: &Predicate) -> Option<String> {
    match &predicate.key {
        Key::Name => filter::text("name", &predicate.test),
        Key::Param(_) | Key::Metric(_) => filter::clause(predicate).into_iter().next(),
        Key::Tag(key) => tag(key, predicate),
        _ => None,
    }
}

/// A model without the tag matches neither here nor there.
fn tag(key: &str, predicate: &Predicate) -> Option<String> {
    let entity = filter::entity("tags", key)?;
    Some(filter::present(&entity, &predicate.test)).filter(|clause| !clause.is_empty())
}

/// What the server is asked.
struct Asked {
    /// For what fits, in its own grammar.
    filter: String,
    /// For all of the kind.
    any: String,
    /// Whether nearly all that comes fits.
    exact: bool,
}

/// Reads pages until enough rows fit; if none does, names that resemble the text, of the last changed that there are.
async fn paged<F>(
    call: &Call,
    query: &ModelQuery,
    asked: Asked,
    fetch: impl Fn(String, usize, Option<String>) -> F,
) -> Result<Page<Model>>
where
    F: Future<Output = Result<(Vec<Model>, Option<String>)>>,
{
    let mut page = fitting(call, query, &asked, &fetch).await?;
    // What was found stands without the names.
    if let Some(text) = page.lacks(&query.text, &query.cursor)
        && let Ok((models, _)) = fetch(asked.any, SCANNING, None).await
    {
        let names = models.iter().filter(|model| model.kind == query.kind).map(|model| model.name.as_str());
        page.near = nearest(text, names, NEAR).into_iter().map(ToOwned::to_owned).collect();
    }
    Ok(page)
}

/// Reads pages until enough rows fit.
async fn fitting<F>(
    call: &Call,
    query: &ModelQuery,
    asked: &Asked,
    fetch: &impl Fn(String, usize, Option<String>) -> F,
) -> Result<Page<Model>>
where
    F: Future<Output = Result<(Vec<Model>, Option<String>)>>,
{
    let Cursor(mut token, mut used) = match query.cursor.as_deref() {
        Some(text) => serde_json::from_str(text).map_err(|_| damaged())?,
        None => Cursor(None, 0),
    };
    let begins = query.cursor.is_none();
    let mut page = Page { total: None, ..Page::whole(Vec::new()) };
    for number in 0..REQUESTS {
        call.check()?;
        let size = if asked.exact { (query.limit + used).min(SCANNING) } else { SCANNING };
        let (models, next) = fetch(asked.filter.clone(), size, token.clone()).await?;
        let next = next.filter(|next| !next.is_empty() && token.as_ref() != Some(next));
        let count = models.len();
        for model in models.into_iter().skip(used) {
            if page.rows.len() == query.limit {
                break;
            }
            used += 1;
            page.scanned += 1;
            if registry::accepts(query, &model) {
                page.rows.push(model);
            }
        }
        if used < count {
            page.next = Some(write(token, used));
            return Ok(page);
        }
        (token, used) = (next, 0);
        if token.is_none() {
            page.total = (begins && number == 0).then_some(page.rows.len() as u64);
            return Ok(page);
        }
        if page.rows.len() == query.limit || call.time_left() < RESERVE {
            break;
        }
    }
    if page.rows.len() < query.limit {
        page.notes.push(format!("{} models were looked at; next_cursor looks at more", page.scanned));
    }
    page.next = Some(write(token, used));
    Ok(page)
}

fn write(token: Option<String>, used: usize) -> String {
    serde_json::to_string(&Cursor(token, used)).unwrap_or_default()
}
