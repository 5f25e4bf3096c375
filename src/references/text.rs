//! The parts of a reference, read without asking anyone.

use std::sync::Arc;

use backends::registry::KINDS;
use backends::tracker::Located;
use backends::{Error, Tracker};
use url::Url;

use super::Selector;
use crate::problem::Result;
use crate::render::one_line;
use crate::trackers::Trackers;

/// The longest reference: names of runs end long before.
const LONGEST: usize = 2_000;

/// A reference, taken apart.
#[derive(Clone)]
pub enum Reference {
    /// What a page of a web interface, or a URI, shows; of this tracker, or of the trackers whose pages look so.
    Page(Vec<Arc<dyn Tracker>>, Located),
    /// A selector, for one tracker or for all.
    Selected(Vec<Arc<dyn Tracker>>, Selector),
    /// An id, a name, the beginning of an id or an invocation id, of one tracker or of all.
    Named(Vec<Arc<dyn Tracker>>, String),
}

/// Takes a reference apart: contains `://` or begins with a known scheme → URI; text before the first `:` equals a
/// configured tracker → that tracker, the rest as it stands; otherwise the whole.
pub fn read(trackers: &Trackers, text: &str, only: Option<&str>) -> Result<Reference> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::bad_input("an empty reference; give an id, a name, a URL or e.g. 'last'").into());
    }
    if text.chars().count() > LONGEST {
        let length = text.chars().count();
        return Err(Error::bad_input(format!(
            "a reference of {length} characters ('{}'); at most {LONGEST} are read",
            one_line(text, 60)
        ))
        .into());
    }
    if is_uri(text) {
        return page(trackers, text, only);
    }
    let (tracker, rest) = match text.split_once(':') {
        Some((name, rest)) if trackers.named(name).is_some() => (Some(name), rest.trim()),
        _ => (only, text),
    };
    if let (Some(tracker), Some(only)) = (tracker, only)
        && tracker != only
    {
        return Err(Error::bad_input(format!(
            "'{}' is of tracker {tracker}, but tracker is '{}'",
            one_line(text, 60),
            one_line(only, 60)
        ))
        .into());
    }
    let asked = trackers.asked(tracker)?;
    match Selector::parse(rest)? {
        Some(selector) => Ok(Reference::Selected(asked, selector)),
        None if rest.is_empty() => {
            Err(Error::bad_input(format!("'{}' names a tracker but nothing in it", one_line(text, 60))).into())
        }
        None => Ok(Reference::Named(asked, rest.to_owned())),
    }
}

/// The trackers that could not be asked for a reference which names none, a sentence each.
pub(super) fn unasked(trackers: &Trackers, text: &str, only: Option<&str>) -> Vec<String> {
    let names_one = text.trim().split_once(':').is_some_and(|(name, _)| trackers.named(name).is_some());
    if names_one { Vec::new() } else { trackers.not_asked(only) }
}

fn is_uri(text: &str) -> bool {
    text.contains("://")
        || KINDS
            .iter()
            .flat_map(|kind| kind.schemes)
            .any(|scheme| text.strip_prefix(scheme).is_some_and(|rest| rest.starts_with(":/")))
}

/// A tracker of the same host goes before one whose pages only look alike.
fn page(trackers: &Trackers, text: &str, only: Option<&str>) -> Result<Reference> {
    let shown = one_line(text, 120);
    let url = Url::parse(text).map_err(|_| Error::bad_input(format!("'{shown}' is not a URL that can be read")))?;
    let located: Vec<_> = trackers
        .asked(only)?
        .into_iter()
        .filter_map(|tracker| tracker.locate(&url).map(|location| (tracker, location)))
        .collect();
    let here = located.iter().any(|(_, location)| location.same_host);
    let mut located = located.into_iter().filter(|(_, location)| location.same_host == here);
    let Some((first, location)) = located.next() else {
        return Err(Error::not_found(format!(
            "'{shown}' is no page of a run, project or model of the configured trackers ({})",
            trackers.names().join(", ")
        ))
        .into());
    };
    let mut asked = vec![first];
    asked.extend(located.map(|(tracker, _)| tracker));
    Ok(Reference::Page(asked, location.what))
}
