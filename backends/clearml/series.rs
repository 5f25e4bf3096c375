//! Where the keys `metrics.…` and `params.…` of a question lie in a task. A name with one slash is `title/series` or
//! `Section/name` at once; where one has more, the names that the projects in question have tell its parts.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::kept::Kept;
use crate::query::Key;
use crate::same_key::Kind;
use crate::tracker::{NamesInUse, ProjectScope};
use crate::{Call, Result};

use super::api::{Api, PAGE};
use super::paths;
use super::wire::PROPERTIES;
use super::wire_datasets::ALIASES;
use super::wire_metrics::{is_monitor, metric_name};
use super::wire_names::Variant;

/// Projects that are asked one by one; for more of them, the names of all.
const PROJECTS: usize = 4;
/// No project is believed to have more pages of hyper-parameters than this.
const PAGES: usize = 20;

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
    aliases: Option<Vec<String>>,
}

impl Paths {
    /// Those of all aliases under which tasks use datasets; `None` where nobody asked, or one cannot be told.
    pub(super) fn aliases(&self) -> Option<&[String]> {
        self.aliases.as_deref()
    }

    /// `last_metrics.<hash>.<hash>`; `None` for what cannot be told.
    pub(super) fn metric(&self, name: &str) -> Option<String> {
        self.metrics.get(name).cloned().unwrap_or_else(|| paths::of_metric(name))
    }

    /// `hyperparams.<Section>.<name>`; `None` for what cannot be told.
    pub(super) fn param(&self, name: &str) -> Option<String> {
        self.params.get(name).cloned().unwrap_or_else(|| paths::of_param(name))
    }
}

/// Where names are looked up.
pub(super) struct Lookup<'a> {
    pub(super) api: &'a Api,
    pub(super) call: &'a Call,
    pub(super) names: &'a SeriesNames,
    pub(super) scope: &'a ProjectScope,
}

impl Lookup<'_> {
    /// Where these keys lie.
    pub(super) async fn paths(&self, keys: impl Iterator<Item = &Key>) -> Result<Paths> {
        let mut found = Paths::default();
        for key in keys {
            let (kind, name, paths) = match key {
                Key::Metric(name) | Key::Min(name) | Key::Max(name) => (Kind::Metric, name, &mut found.metrics),
                Key::Param(name) => (Kind::Param, name, &mut found.params),
                Key::Dataset => {
                    found.aliases = self.in_section(ALIASES).await?.into_iter().collect();
                    continue;
                }
                _ => continue,
            };
            if name.matches('/').count() > 1 && !paths.contains_key(name) {
                paths.insert(name.clone(), exact_path(name, &self.known(kind).await?));
            }
        }
        Ok(found)
    }

    /// All names.
    pub(super) async fn in_use(&self, kind: Kind) -> Result<NamesInUse> {
        let known = self.known(kind).await?;
        let of_machine = |name: &&Name| kind == Kind::Metric && is_monitor(&name.above);
        Ok(NamesInUse {
            names: known.iter().map(Name::whole).collect(),
            machine: known.iter().filter(of_machine).map(Name::whole).collect(),
            seen_in: None,
        })
    }

    async fn known(&self, kind: Kind) -> Result<Arc<Vec<Name>>> {
        let projects: Vec<Option<&str>> = match self.scope {
            ProjectScope::Only(ids) if ids.len() <= PROJECTS => ids.iter().map(|id| Some(id.as_str())).collect(),
            _ => vec![None],
        };
        let each = projects.into_iter().map(|project| self.of_project(kind, project));
        let mut all = Vec::new();
        for names in futures::future::try_join_all(each).await? {
            all.extend(names.iter().cloned());
        }
        all.sort_by(|a: &Name, b| (&a.above, &a.below).cmp(&(&b.above, &b.below)));
        all.dedup();
        Ok(Arc::new(all))
    }

    /// The paths of all params of a section, kept for a minute; `None` for one that cannot be told.
    pub(super) async fn in_section(&self, section: &str) -> Result<Vec<Option<String>>> {
        let params = self.of_project(Kind::Param, None).await?;
        Ok(params.iter().filter(|name| name.above == section).map(|name| name.path.clone()).collect())
    }

    /// The names of one project, or of all.
    async fn of_project(&self, kind: Kind, project: Option<&str>) -> Result<Arc<Vec<Name>>> {
        let question = project.unwrap_or_default();
        match kind {
            Kind::Metric => self.names.metrics.get(question, None, self.metrics(project)).await,
            Kind::Param => self.names.params.get(question, None, self.params(project)).await,
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
