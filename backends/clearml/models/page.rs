//! Lists of models: one `models.get_all_ex` for a page, the newest first; every row is checked again here.

use serde::{Deserialize, Serialize};

use crate::model::{Model, ModelKind, Page};
use crate::nearest::nearest;
use crate::query::{Comparison, Key, Literal, Predicate, Pushable, Test};
use crate::tracker::{ModelQuery, ProjectScope};
use crate::{Call, Result};

use super::super::api::{Api, PAGE};
use super::super::cursor::damaged;
use super::super::pattern;
use super::super::wire_registry::ModelFilter;

/// Rows of one request where nearly all fit.
const FEW: usize = 100;
/// Near names that are told.
const NEAR: usize = 5;
/// Requests in search of rows that fit.
const REQUESTS: usize = 20;

/// How many rows of the server's list are used up.
#[derive(Serialize, Deserialize)]
struct Cursor(usize);

/// The page that the query asks for; if nothing fits, names that resemble the text, of the newest that there are.
pub(super) async fn of(api: &Api, call: &Call, query: &ModelQuery) -> Result<Page<Model>> {
    let mut page = fitting(api, call, query).await?;
    if let Some(text) = page.lacks(&query.text, &query.cursor) {
        let any = ModelQuery { text: None, filter: None, ..query.clone() };
        // What was found stands without the names.
        if let Ok(found) = api.whole_models(call, conditions(&any).0, (0, PAGE)).await {
            let models = found.into_iter().map(|model| model.into_model(query.kind, api.web()));
            let names: Vec<String> = models.filter(|model| accepts(&any, model)).map(|model| model.name).collect();
            page.near = nearest(text, names.iter().map(String::as_str), NEAR).into_iter().map(Into::into).collect();
        }
    }
    Ok(page)
}

/// The rows that fit.
async fn fitting(api: &Api, call: &Call, query: &ModelQuery) -> Result<Page<Model>> {
    let begun = match query.cursor.as_deref() {
        Some(text) => serde_json::from_str::<Cursor>(text).map_err(|_| damaged())?.0,
        None => 0,
    };
    let (conditions, exact) = conditions(query);
    let size = if exact { FEW } else { PAGE };
    let mut used = begun;
    let mut page = Page { total: None, ..Page::whole(Vec::new()) };
    for _ in 0..REQUESTS {
        call.check()?;
        let found = api.whole_models(call, conditions.clone(), (used / size, size)).await?;
        let count = found.len();
        let skip = used % size;
        let mut read = skip;
        for model in found.into_iter().skip(skip) {
            if page.rows.len() == query.limit {
                break;
            }
            (read, used) = (read + 1, used + 1);
            page.scanned += 1;
            let model = model.into_model(query.kind, api.web());
            if accepts(query, &model) {
                page.rows.push(model);
            }
        }
        if read >= count && count < size {
            page.total = (begun == 0).then_some(page.rows.len() as u64);
            return Ok(page);
        }
        if page.rows.len() == query.limit {
            break;
        }
    }
    if page.rows.len() < query.limit {
        page.notes.push(format!("{} models were looked at; next_cursor looks at more", page.scanned));
    }
    page.next = serde_json::to_string(&Cursor(used)).ok();
    Ok(page)
}

/// What of the question the server is asked, and whether that is nearly all of it.
fn conditions(query: &ModelQuery) -> (ModelFilter, bool) {
    let mut asked = ModelFilter::default();
    let names_archived = query.filter.as_ref().is_some_and(|filter| filter.keys().any(|key| *key == Key::Archived));
    if !names_archived {
        asked.without_archived();
    }
    if let ProjectScope::Only(ids) = &query.projects {
        let ids: Vec<&str> = ids.iter().map(|id| id.as_str()).collect();
        asked.in_projects(&ids);
    }
    let text = query.text.as_deref().and_then(pattern::contains);
    if let Some(pattern) = &text {
        asked.matching(pattern);
    }
    let pushable = |predicate: &Predicate| if tag(predicate).is_some() { Pushable::Whole } else { Pushable::No };
    let pushed = query.filter.as_ref().map(|filter| filter.conjunctions(1, pushable));
    let exact = query.kind == ModelKind::Registered
        && query.text.is_some() == text.is_some()
        && pushed.as_ref().is_none_or(|pushed| pushed.exact);
    let branch = pushed.and_then(|pushed| pushed.branches.into_iter().next()).unwrap_or_default();
    let tags: Vec<String> = branch.iter().filter_map(tag).collect();
    if !tags.is_empty() {
        asked.with_tags(tags);
    }
    (asked, exact)
}

/// The tag that a model must have for this to hold.
fn tag(predicate: &Predicate) -> Option<String> {
    let word = match (&predicate.key, &predicate.test) {
        (Key::Alias, Test::Compare(Comparison::Equal, Literal::Text(word))) => word,
        (Key::Tag(word), Test::Null { negated: true }) => word,
        _ => return None,
    };
    // What begins so is an operator of the server's.
    (!word.is_empty() && !word.starts_with(['-', '_'])).then(|| word.clone())
}

/// Whether a row is one of the question's. Logged are those that a task made.
fn accepts(query: &ModelQuery, model: &Model) -> bool {
    let text = query.text.as_deref().map(str::to_lowercase);
    let made = model.versions.iter().any(|version| version.run.is_some());
    (query.kind != ModelKind::Logged || made)
        && text.is_none_or(|text| model.name.to_lowercase().contains(&text) || model.id.starts_with(&text))
        && query.filter.as_ref().is_none_or(|filter| filter.matches_model(model))
}
