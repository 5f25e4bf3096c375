//! Names that resemble a text by which nothing was found.

use backends::nearest::nearest;

use super::paging::Row;
use crate::render::one_line;

/// Names that a sentence lists.
const LISTED: usize = 4;

/// The nearest of what the trackers told as near, as a sentence lists them, and the first of them, to ask for. A name that
/// several trackers have comes once.
pub(super) fn near_names(text: &str, near: &[Row<String>]) -> Option<(String, String)> {
    let told = || near.iter().map(|(_, name)| name.as_str());
    let mut names: Vec<&str> = nearest(text, told(), LISTED);
    for name in told() {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let names: Vec<String> = names.into_iter().take(LISTED).map(|name| one_line(name, 80)).collect();
    let first = names.first()?.clone();
    Some((format!("'{}'", names.join("', '")), first))
}
