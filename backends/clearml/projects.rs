//! Lists of projects: one `projects.get_all_ex` for a page, the runs by status with it.

use serde::{Deserialize, Serialize};

use crate::model::{Page, Project};
use crate::tracker::ProjectQuery;
use crate::{Call, Error, Result};

use super::api::{Api, PAGE};
use super::api_projects::ProjectsRequest;

/// Answers read in search of names that match.
const ANSWERS: usize = 20;
/// Characters of the text that the server compares; the rest is compared here.
const COMPARED: usize = 200;
/// The oldest interface that counts the runs of a project without those below it, and continues a list anywhere.
const OLDEST: (u16, u16) = (2, 16);

/// Where a page ended.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Cursor {
    /// After so many projects of the server's list.
    Projects(u32),
}

/// The page that the query asks for, the most recently changed projects first.
pub(super) async fn page(api: &Api, call: &Call, query: &ProjectQuery) -> Result<Page<Project>> {
    let start = match query.cursor.as_deref() {
        Some(text) => read_cursor(text)?,
        None => 0,
    };
    check_version(api, call).await?;
    let text = query.text.as_deref().filter(|text| !text.is_empty());
    let name = text.map(pattern);
    let limit = query.limit.clamp(1, PAGE);
    let mut at = start;
    let mut page = Page { total: None, ..Page::whole(Vec::new()) };
    for _ in 0..ANSWERS {
        call.check()?;
        let wanted = limit - page.rows.len();
        // One more tells whether any follow.
        let (archived, name) = (query.include_archived, name.as_deref());
        let found = api.projects(call, &ProjectsRequest { archived, name, start: at, size: wanted + 1 }).await?;
        let more = found.len() > wanted;
        for project in found.into_iter().take(wanted) {
            at = at.saturating_add(1);
            page.scanned += 1;
            let project = project.into_project(api.web());
            if is_meant(&project, text) {
                page.rows.push(project);
            }
        }
        if !more {
            page.total = (start == 0).then_some(page.rows.len() as u64);
            return Ok(page);
        }
        if page.rows.len() == limit {
            break;
        }
    }
    page.next = Some(serde_json::to_string(&Cursor::Projects(at)).unwrap_or_default());
    Ok(page)
}

async fn check_version(api: &Api, call: &Call) -> Result<()> {
    match api.claims(call).await?.api_version() {
        Some((major, minor)) if (major, minor) < OLDEST => Err(Error::unsupported(format!(
            "lists of projects need ClearML server 1.2 or newer (API {}.{}), and this one speaks API {major}.{minor}; a \
             project's id or name works where a project is asked for",
            OLDEST.0, OLDEST.1
        ))),
        _ => Ok(()),
    }
}

fn read_cursor(text: &str) -> Result<u32> {
    let Cursor::Projects(read) = serde_json::from_str(text)
        .map_err(|_| Error::bad_input("the cursor does not fit this question; leave cursor out to begin again"))?;
    Ok(read)
}

/// A regular expression for names with this text in them, whatever its case, in the dialect of Python and in that of
/// MongoDB. It only widens, [`is_meant`] decides.
fn pattern(text: &str) -> String {
    let mut pattern = "(?i)".to_owned();
    for letter in text.chars().take(COMPARED) {
        match letter {
            _ if letter.is_ascii_alphanumeric() => pattern.push(letter),
            _ if letter.is_ascii_control() => pattern.push_str(&format!("\\x{:02x}", u32::from(letter))),
            _ if letter.is_ascii() => pattern.extend(['\\', letter]),
            _ => pattern.push_str(&either_case(letter)),
        }
    }
    pattern
}

/// A letter beyond ASCII in both cases: not every engine knows them.
fn either_case(letter: char) -> String {
    let mut forms = vec![letter.to_string(), letter.to_lowercase().to_string(), letter.to_uppercase().to_string()];
    forms.sort_unstable();
    forms.dedup();
    match forms.as_slice() {
        [form] => form.clone(),
        forms => format!("(?:{})", forms.join("|")),
    }
}

fn is_meant(project: &Project, text: Option<&str>) -> bool {
    text.is_none_or(|text| project.name.to_lowercase().contains(&text.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::pattern;

    #[test]
    fn signs_mean_themselves_and_letters_both_cases() {
        for (text, expected) in [
            ("vision/", r"(?i)vision\/"),
            ("a.*(b)[c]+?^$|{1}\\d", r"(?i)a\.\*\(b\)\[c\]\+\?\^\$\|\{1\}\\d"),
            ("odd_names 100%", r"(?i)odd\_names\ 100\%"),
            ("a\nb\0", r"(?i)a\x0ab\x00"),
            ("ÉCOLE – 模型", "(?i)(?:É|é)COLE\\ –\\ 模型"),
            ("İß", "(?i)(?:i\u{307}|İ)(?:SS|ß)"),
        ] {
            assert_eq!(pattern(text), expected, "{text}");
        }
    }

    #[test]
    fn only_the_beginning_of_a_long_text_is_compared_by_the_server() {
        assert_eq!(pattern(&"é".repeat(5_000)).len(), "(?i)".len() + 200 * "(?:É|é)".len());
    }
}
