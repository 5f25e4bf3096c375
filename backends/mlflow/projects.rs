//! Lists of experiments: one request for a page, sorted by the server.

use serde::{Deserialize, Serialize};

use crate::model::{Page, Project};
use crate::tracker::ProjectQuery;
use crate::{Call, Error, Result};

use super::api::{Api, View};
use super::filter;

/// Pages read in search of names that match.
const PAGES: usize = 20;

/// The token of a page and how many of its rows are used up.
#[derive(Serialize, Deserialize)]
struct Cursor(Option<String>, usize);

/// The page that the query asks for, the most recently changed experiments first.
pub(super) async fn page(api: &Api, call: &Call, query: &ProjectQuery) -> Result<Page<Project>> {
    let Cursor(mut token, mut used) = match query.cursor.as_deref() {
        Some(text) => serde_json::from_str(text)
            .map_err(|_| Error::bad_input("the cursor does not fit this question; leave cursor out to begin again"))?,
        None => Cursor(None, 0),
    };
    let filter = query.text.as_deref().map(clause).unwrap_or_default();
    let view = View::including_deleted(query.include_archived);
    let mut page = Page { total: None, ..Page::whole(Vec::new()) };
    for _ in 0..PAGES {
        call.check()?;
        let size = query.limit + used;
        let found = api.search_experiments(call, view, &filter, size, token.as_deref()).await?;
        let next = found.next_page_token.filter(|next| !next.is_empty() && token.as_ref() != Some(next));
        let rows = found.experiments.len();
        for experiment in found.experiments.into_iter().skip(used) {
            if page.rows.len() == query.limit {
                break;
            }
            used += 1;
            page.scanned += 1;
            let project = experiment.into_project(api.web());
            if is_meant(&project, query.text.as_deref()) {
                page.rows.push(project);
            }
        }
        if used < rows {
            page.next = Some(cursor(token, used));
            return Ok(page);
        }
        (token, used) = (next, 0);
        if token.is_none() {
            return Ok(page);
        }
        if page.rows.len() == query.limit {
            break;
        }
    }
    page.next = Some(cursor(token, used));
    Ok(page)
}

/// The part of the name in MLflow's grammar; it only widens, [`is_meant`] decides.
fn clause(text: &str) -> String {
    filter::contains("name", text)
}

fn is_meant(project: &Project, text: Option<&str>) -> bool {
    text.is_none_or(|text| project.name.to_lowercase().contains(&text.to_lowercase()))
}

fn cursor(token: Option<String>, used: usize) -> String {
    serde_json::to_string(&Cursor(token, used)).unwrap_or_default()
}
