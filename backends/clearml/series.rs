//! What the keys `metrics.…` and `params.…` of a question stand for. A name with one slash is `title/series` or
//! `Section/name` at once; any other is looked up among the names that the projects in question have, and read as the
//! one that it is the title, the series or the name of.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::nearest::nearest;
use crate::query::{Filter, Key, Order};
use crate::tracker::ProjectScope;
use crate::{Call, Error, Result};

use super::api::{Api, PAGE};
use super::kept::Kept;
use super::paths;
use super::wire::PROPERTIES;
use super::wire_metrics::{is_monitor, metric_name};
use super::wire_names::Variant;

/// Projects that are asked one by one; for more of them, the names of all.
const PROJECTS: usize = 4;
/// No project is believed to have more pages of hyper-parameters than this.
const PAGES: usize = 20;
/// Names that a message lists.
const LISTED: usize = 8;

/// The names in use, by project.
#[derive(Default)]
pub(super) struct SeriesNames {
    metrics: Kept<Vec<Name>>,
    params: Kept<Vec<Name>>,
}

/// A name of two parts.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Name {
    /// Title or section.
    above: String,
    /// Series or name.
    below: String,
    /// Where it lies in a task's document.
    path: Option<String>,
}

impl Name {
    fn whole(&self) -> String {
        metric_name(&self.above, &self.below)
    }
}

/// What keys stand for.
#[derive(Debug, Default)]
pub(super) struct Paths {
    metrics: BTreeMap<String, Option<String>>,
    params: BTreeMap<String, Option<String>>,
}

impl Paths {
    /// `last_metrics.<hash>.<hash>`; `None` for what cannot be told.
    pub(super) fn metric(&self, name: &str) -> Option<String> {
        self.metrics.get(name).cloned().unwrap_or_else(|| paths::of_metric(name))
    }

    /// `hyperparams.<Section>.<name>`; `None` for what cannot be told.
    pub(super) fn param(&self, name: &str) -> Option<String> {
        self.params.get(name).cloned().unwrap_or_else(|| paths::of_param(name))
    }
}

/// A question whose keys are whole names.
pub(super) struct Read {
    pub(super) filter: Option<Filter>,
    pub(super) order: Order,
    pub(super) paths: Paths,
    /// What was read as what, and what nothing has.
    pub(super) notes: Vec<String>,
}

/// The two families of names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Metrics,
    Params,
}

impl Family {
    fn of(key: &Key) -> Option<(Self, &str)> {
        match key {
            Key::Metric(name) | Key::Min(name) | Key::Max(name) => Some((Self::Metrics, name)),
            Key::Param(name) => Some((Self::Params, name)),
            _ => None,
        }
    }

    /// As a filter writes it.
    fn key(self, name: &str) -> Key {
        match self {
            Self::Metrics => Key::Metric(name.to_owned()),
            Self::Params => Key::Param(name.to_owned()),
        }
    }
}

/// How a name was read.
enum Meant {
    /// It is a whole name already.
    Itself,
    /// This one.
    This(Name),
    /// Nothing is called so.
    Nothing,
}

/// Where names are looked up.
pub(super) struct Lookup<'a> {
    pub(super) api: &'a Api,
    pub(super) call: &'a Call,
    pub(super) names: &'a SeriesNames,
    pub(super) scope: &'a ProjectScope,
}

impl Lookup<'_> {
    /// The question with whole names for keys.
    ///
    /// # Errors
    /// Bad input for a name that several are called by; a failed request.
    pub(super) async fn read(&self, filter: Option<Filter>, order: Order) -> Result<Read> {
        let mut read = Read { filter: None, order, paths: Paths::default(), notes: Vec::new() };
        let keys: Vec<Key> = filter.iter().flat_map(Filter::keys).chain(read.order.keys()).cloned().collect();
        let mut renamed: BTreeMap<(bool, String), String> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for (family, name) in keys.iter().filter_map(Family::of) {
            let metrics = family == Family::Metrics;
            if name.matches('/').count() == 1 || !seen.insert((metrics, name)) {
                continue;
            }
            let known = self.known(family).await?;
            let key = family.key(name);
            let (whole, path) = match meant(family, name, &known)? {
                Meant::Itself => (name.to_owned(), exact_path(name, &known)),
                Meant::This(other) => {
                    let whole = other.whole();
                    read.notes.push(format!("{key} read as {}", family.key(&whole)));
                    renamed.insert((metrics, name.to_owned()), whole.clone());
                    (whole, other.path)
                }
                Meant::Nothing => {
                    read.notes.push(unknown(family, name, &known));
                    (name.to_owned(), None)
                }
            };
            let paths = if metrics { &mut read.paths.metrics } else { &mut read.paths.params };
            paths.insert(whole, path);
        }
        let rename = |key: &Key| {
            let (family, name) = Family::of(key)?;
            let whole = renamed.get(&(family == Family::Metrics, name.to_owned()))?.clone();
            Some(match key {
                Key::Min(_) => Key::Min(whole),
                Key::Max(_) => Key::Max(whole),
                _ => family.key(&whole),
            })
        };
        read.filter = filter.map(|filter| filter.map_keys(rename));
        read.order = read.order.map_keys(rename);
        Ok(read)
    }

    /// What to say of whole names that nothing in question has.
    pub(super) async fn unknown(&self, keys: &[&Key]) -> Result<Vec<String>> {
        let mut notes = Vec::new();
        for (family, name) in keys.iter().filter_map(|key| Family::of(key)) {
            if name.matches('/').count() != 1 {
                continue;
            }
            let known = self.known(family).await?;
            if !known.iter().any(|other| other.whole() == name) {
                notes.push(unknown(family, name, &known));
            }
        }
        notes.sort_unstable();
        notes.dedup();
        Ok(notes)
    }

    async fn known(&self, family: Family) -> Result<Arc<Vec<Name>>> {
        let projects: Vec<Option<&str>> = match self.scope {
            ProjectScope::Only(ids) if ids.len() <= PROJECTS => ids.iter().map(|id| Some(id.as_str())).collect(),
            _ => vec![None],
        };
        let each = projects.into_iter().map(|project| self.of_project(family, project));
        let mut all = Vec::new();
        for names in futures::future::try_join_all(each).await? {
            all.extend(names.iter().cloned());
        }
        all.sort_by(|a: &Name, b| (&a.above, &a.below).cmp(&(&b.above, &b.below)));
        all.dedup();
        Ok(Arc::new(all))
    }

    /// The names of one project, or of all.
    async fn of_project(&self, family: Family, project: Option<&str>) -> Result<Arc<Vec<Name>>> {
        let question = project.unwrap_or_default();
        match family {
            Family::Metrics => self.names.metrics.get(question, None, self.metrics(project)).await,
            Family::Params => self.names.params.get(question, None, self.params(project)).await,
        }
    }

    async fn metrics(&self, project: Option<&str>) -> Result<Vec<Name>> {
        let variants = self.api.variants(self.call, project).await?;
        let name = |variant: Variant| Name {
            path: Some(paths::hashed(&variant.metric_hash, &variant.variant_hash)),
            above: variant.metric,
            below: variant.variant,
        };
        Ok(variants.into_iter().map(name).collect())
    }

    async fn params(&self, project: Option<&str>) -> Result<Vec<Name>> {
        let mut all = Vec::new();
        for page in 0..PAGES {
            let parameters = self.api.hyper_parameters(self.call, project, page).await?;
            let last = parameters.len() < PAGE;
            let params = parameters.into_iter().filter(|param| param.section != PROPERTIES);
            all.extend(params.map(|param| Name {
                path: paths::param(&param.section, &param.name),
                above: param.section,
                below: param.name,
            }));
            if last {
                break;
            }
        }
        Ok(all)
    }
}

/// The path of a whole name, unless several names are written so.
fn exact_path(name: &str, known: &[Name]) -> Option<String> {
    let mut called = known.iter().filter(|other| other.whole() == name);
    match (called.next(), called.next()) {
        (Some(only), None) => only.path.clone(),
        _ => None,
    }
}

fn meant(family: Family, name: &str, known: &[Name]) -> Result<Meant> {
    if known.iter().any(|other| other.whole() == name) {
        return Ok(Meant::Itself);
    }
    let of_machine = |other: &Name| is_monitor(&other.above) && !is_monitor(name);
    let called = known.iter().filter(|other| match family {
        Family::Metrics => (other.above == name || other.below == name) && !of_machine(other),
        Family::Params => other.below == name,
    });
    let mut called: Vec<&Name> = called.collect();
    match called.pop() {
        None => Ok(Meant::Nothing),
        Some(only) if called.is_empty() => Ok(Meant::This(only.clone())),
        Some(last) => {
            called.push(last);
            let count = called.len();
            let shown = called.iter().take(LISTED).map(|other| family.key(&other.whole()).to_string());
            let mut shown = shown.collect::<Vec<_>>().join(", ");
            if count > LISTED {
                shown.push_str(", …");
            }
            Err(Error::bad_input(format!("{} may be any of {count}: {shown}; write one of them", family.key(name))))
        }
    }
}

fn unknown(family: Family, name: &str, known: &[Name]) -> String {
    let names: Vec<String> = known.iter().map(Name::whole).collect();
    // What stands behind the slash resembles more than the whole.
    let parts = known.iter().flat_map(|other| [other.below.as_str(), other.above.as_str()]);
    let parts = nearest(name, parts, 3);
    let mut near: Vec<String> =
        nearest(name, names.iter().map(String::as_str), 3).into_iter().map(ToOwned::to_owned).collect();
    let part = |other: &&Name| parts.contains(&other.below.as_str()) || parts.contains(&other.above.as_str());
    near.extend(known.iter().filter(part).map(Name::whole));
    let mut told = BTreeSet::new();
    near.retain(|name| told.insert(name.clone()));
    let near = near.iter().take(3).map(|name| family.key(name).to_string()).collect::<Vec<_>>().join(", ");
    let key = family.key(name);
    if near.is_empty() { format!("no run here has {key}") } else { format!("no run here has {key}; there are {near}") }
}
