//! Which versions of datasets a text means, and which of a name is the latest.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

use crate::nearest::nearest;

use super::pattern;
use super::project_names::last_part;
use super::version;
use super::wire_datasets::WireDataset;

/// The fewest characters of an id that stand for it.
const PREFIX: usize = 6;
/// Names that are told as near.
const NEAR: usize = 3;

/// Versions of datasets.
pub(super) struct Heads {
    /// Those made last first.
    pub(super) all: Vec<WireDataset>,
    /// By project and name, places in `all`, the latest first.
    pub(super) groups: HashMap<(String, String), Vec<usize>>,
    /// Only those of some names.
    pub(super) narrowed: bool,
}

impl Heads {
    pub(super) fn of(all: Vec<WireDataset>) -> Self {
        let mut groups: HashMap<(String, String), Vec<usize>> = HashMap::new();
        for (at, task) in all.iter().enumerate() {
            let (project, name) = task.group();
            groups.entry((project.to_owned(), name.to_owned())).or_default().push(at);
        }
        let later = |a: &usize, b: &usize| match (all.get(*a), all.get(*b)) {
            (Some(a), Some(b)) => order(b, a),
            _ => Ordering::Equal,
        };
        groups.values_mut().for_each(|places| places.sort_by(later));
        Self { all, groups, narrowed: false }
    }

    /// A regular expression for the names that texts may mean; `None` if one may be the beginning of an id.
    pub(super) fn pattern(texts: &[String]) -> Option<String> {
        if texts.iter().any(|text| may_be_prefix(text)) {
            return None;
        }
        let named = texts.iter().flat_map(|text| spellings(text)).map(|(name, _)| name);
        let last = named.clone().filter_map(|name| name.rsplit_once('/').map(|(_, last)| last));
        pattern::exactly(named.chain(last))
    }

    /// The versions of the same dataset, the latest first.
    pub(super) fn versions(&self, task: &WireDataset) -> Vec<&WireDataset> {
        let (project, name) = task.group();
        let places = self.groups.get(&(project.to_owned(), name.to_owned()));
        places.into_iter().flatten().filter_map(|at| self.all.get(*at)).collect()
    }

    /// Whether no version of the same dataset is later.
    pub(super) fn is_latest(&self, task: &WireDataset) -> bool {
        self.versions(task).first().is_some_and(|latest| latest.id == task.id)
    }

    /// The one with this id.
    pub(super) fn get(&self, id: &str) -> Option<&WireDataset> {
        self.all.iter().find(|task| task.id == id)
    }

    /// The versions that a text may mean: the one with this id; else the latest of that name, or the one of that version,
    /// in each project, and those whose id begins with it.
    pub(super) fn meant(&self, text: &str) -> Vec<&WireDataset> {
        if let Some(exact) = self.get(text) {
            return vec![exact];
        }
        let mut found: Vec<&WireDataset> = Vec::new();
        for (name, version) in spellings(text) {
            let mut groups: BTreeMap<(&str, &str), Vec<&WireDataset>> = BTreeMap::new();
            for task in self.all.iter().filter(|task| is_called(task, name)) {
                groups.entry(task.group()).or_default().push(task);
            }
            for mut tasks in groups.into_values() {
                tasks.sort_by(|a, b| order(b, a));
                match version {
                    None => found.extend(tasks.first()),
                    Some(version) => found.extend(tasks.into_iter().filter(|task| task.version() == Some(version))),
                }
            }
            if !found.is_empty() {
                break;
            }
        }
        if may_be_prefix(text) {
            let lowered = text.to_ascii_lowercase();
            let begins = self.all.iter().filter(|task| task.id.starts_with(&lowered));
            for task in begins {
                if !found.iter().any(|known| known.id == task.id) {
                    found.push(task);
                }
            }
        }
        found
    }

    /// Names that resemble a text, and the versions that a name has.
    pub(super) fn near(&self, text: &str) -> Vec<String> {
        for (name, version) in spellings(text) {
            let Some(wanted) = version else { continue };
            let of_name: Vec<&WireDataset> = self.all.iter().filter(|task| is_called(task, name)).collect();
            if of_name.is_empty() {
                continue;
            }
            let versions = of_name.iter().filter_map(|task| task.version());
            let mut close = nearest(wanted, versions, NEAR);
            if close.is_empty() {
                close = of_name.iter().filter_map(|task| task.version()).take(NEAR).collect();
            }
            return close.into_iter().map(|version| format!("{name}@{version}")).collect();
        }
        let name = spellings(text).last().map_or(text, |(name, _)| name);
        let mut names: Vec<&str> = self.all.iter().map(WireDataset::name).collect();
        names.sort_unstable();
        names.dedup();
        // A whole path resembles a name little.
        let near = Some(nearest(name, names.iter().copied(), NEAR)).filter(|near| !near.is_empty());
        near.unwrap_or_else(|| nearest(last_part(name), names, NEAR)).into_iter().map(ToOwned::to_owned).collect()
    }
}

/// A text as a name, and as a name with a version.
fn spellings(text: &str) -> impl Iterator<Item = (&str, Option<&str>)> + Clone {
    let versioned = text.rsplit_once('@').filter(|(name, version)| !name.is_empty() && !version.is_empty());
    std::iter::once((text, None)).chain(versioned.map(|(name, version)| (name, Some(version))))
}

/// By its name, or by that of its project and its own.
fn is_called(task: &WireDataset, name: &str) -> bool {
    task.name() == name
        || name.strip_suffix(task.name()).and_then(|rest| rest.strip_suffix('/')) == Some(task.project_name())
}

fn may_be_prefix(text: &str) -> bool {
    text.len() >= PREFIX && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Which of two versions is later: what is archived counts last, before it what was never finished; then the version,
/// then when it was made.
fn order(a: &WireDataset, b: &WireDataset) -> Ordering {
    let rank = |task: &WireDataset| (!task.is_archived(), task.state().is_some_and(|state| state.is_finished()));
    let versions = || match (a.version(), b.version()) {
        (Some(a), Some(b)) => version::compare(a, b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    };
    rank(a).cmp(&rank(b)).then_with(versions).then_with(|| a.created().cmp(&b.created())).then_with(|| a.id.cmp(&b.id))
}
