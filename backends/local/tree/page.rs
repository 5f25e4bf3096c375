//! Pages of a list that is made anew for every page: the cursor names the last row, and its place should that be gone.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Where a page ended.
#[derive(Debug, Serialize, Deserialize)]
struct Cursor(String, usize);

/// The rows behind the cursor, at most `limit`, and the cursor behind these.
pub(super) fn cut<T>(
    rows: Vec<T>,
    cursor: Option<&str>,
    limit: usize,
    id: impl Fn(&T) -> &str,
) -> Result<(Vec<T>, Option<String>)> {
    let begin = match cursor {
        None => 0,
        Some(text) => {
            let Cursor(last, place) = serde_json::from_str(text).map_err(|_| {
                Error::bad_input("the cursor does not fit this question; leave cursor out to begin again")
            })?;
            rows.iter().position(|row| id(row) == last).map_or(place, |at| at + 1)
        }
    };
    let count = rows.len();
    let page: Vec<T> = rows.into_iter().skip(begin).take(limit).collect();
    let end = begin + page.len();
    let next = page.last().filter(|_| end < count);
    let next = next.and_then(|last| serde_json::to_string(&Cursor(id(last).to_owned(), end)).ok());
    Ok((page, next))
}

#[cfg(test)]
mod tests {
    use super::cut;

    fn page(rows: &[&'static str], cursor: Option<&str>) -> (Vec<&'static str>, Option<String>) {
        cut(rows.to_vec(), cursor, 2, |row| row).unwrap()
    }

    #[test]
    fn pages_follow_each_other_while_rows_come_and_go() {
        let (first, next) = page(&["a", "b", "c", "d"], None);
        assert_eq!(first, ["a", "b"]);
        let next = next.unwrap();
        for (rows, second) in [
            (&["a", "b", "c", "d"][..], &["c", "d"][..]),
            (&["new", "a", "b", "c", "d"], &["c", "d"]),
            (&["a", "c", "d"], &["d"]),
            (&["a", "b"], &[]),
        ] {
            let (rows, end) = page(rows, Some(&next));
            assert_eq!((rows.as_slice(), end), (second, None));
        }
    }

    #[test]
    fn a_cursor_of_another_question_is_refused() {
        assert!(cut(vec!["a"], Some("?"), 2, |row| row).unwrap_err().message.contains("does not fit"));
    }
}
