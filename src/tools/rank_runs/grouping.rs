//! What runs are put together by.

use std::collections::BTreeSet;

use backends::model::Run;
use backends::nearest::nearest;
use backends::query::Key;
use backends::{Error, Result};

use super::super::candidates::Candidate;
use crate::references::Name;
use crate::render::one_line;

/// What runs are put together by, as it was asked for.
pub(super) enum Grouping {
    /// The values of these.
    By(Vec<String>),
    /// All params but these.
    AllBut(Vec<String>),
}

/// Something that runs of a group have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trait {
    Param(Name),
    Tag(String),
    Plain(&'static str),
}

/// Facts of a run that can be grouped by.
const PLAIN: &[&str] = &["project", "user", "status", "type", "name", "parent", "commit"];

impl Grouping {
    /// From the arguments; none if neither is given.
    pub(super) fn read(by: &[String], all_but: &[String]) -> Result<Option<Self>> {
        match (by.is_empty(), all_but.is_empty()) {
            (true, true) => Ok(None),
            (false, true) => Ok(Some(Self::By(by.to_vec()))),
            (true, false) => {
                Ok(Some(Self::AllBut(all_but.iter().map(|name| bare(name, &["params.", "param."])).collect())))
            }
            (false, false) => Err(Error::bad_input(
                "group_by and average_over are two ways to say it; give one: group_by the values that make a group, or average_over what is not to part runs",
            )),
        }
    }

    /// What the runs are parted by. A name without `params.` or `tags.` is looked for in this order.
    ///
    /// # Errors
    /// A name that no run has, or that may mean several.
    pub(super) fn traits(&self, candidates: &[Candidate]) -> Result<Vec<Trait>> {
        let names = Known::of(candidates);
        match self {
            Self::AllBut(left_out) => {
                let mut params: BTreeSet<String> = names.params.clone();
                for name in left_out {
                    let read = names.param(name)?;
                    if !read.is_known() {
                        return Err(unknown("average_over", name, names.params.iter().map(String::as_str)));
                    }
                    params.retain(|name| !read.meant().any(|meant| meant == name));
                }
                Ok(params.into_iter().map(|name| Trait::Param(Name::exactly(Key::Param(name)))).collect())
            }
            Self::By(wanted) => wanted.iter().map(|text| Trait::read(text.trim(), &names)).collect(),
        }
    }

    /// What names were read as, where that is not what was said.
    pub(super) fn notes(&self, traits: &[Trait], candidates: &[Candidate]) -> Vec<String> {
        match self {
            Self::By(_) => {
                let names =
                    traits.iter().filter_map(|one| if let Trait::Param(name) = one { Some(name) } else { None });
                names.flat_map(Name::notes).collect()
            }
            Self::AllBut(left_out) => {
                let names = Known::of(candidates);
                left_out.iter().filter_map(|name| names.param(name).ok()).flat_map(|name| name.notes()).collect()
            }
        }
    }
}

/// The names that runs have.
struct Known<'a> {
    candidates: &'a [Candidate],
    params: BTreeSet<String>,
    tags: BTreeSet<String>,
}

impl<'a> Known<'a> {
    fn of(candidates: &'a [Candidate]) -> Self {
        let runs = || candidates.iter().map(|candidate| &candidate.run);
        Self {
            candidates,
            params: runs().flat_map(|run| run.params.keys()).cloned().collect(),
            tags: runs().flat_map(|run| run.tags.keys().chain(run.system_tags.keys())).cloned().collect(),
        }
    }

    fn param(&self, name: &str) -> Result<Name> {
        let runs = self.candidates.iter().map(|candidate| (candidate.tracker.name(), &candidate.run));
        Name::read(&Key::Param(name.to_owned()), runs)
    }
}

impl Trait {
    /// Whether it is the param of this name.
    pub(super) fn is_param(&self, name: &str) -> bool {
        matches!(self, Self::Param(one) if one.shown() == name)
    }

    fn read(text: &str, known: &Known<'_>) -> Result<Self> {
        let (param, tag) = (bare(text, &["params.", "param."]), bare(text, &["tags.", "tag."]));
        let plain = match text.to_lowercase().as_str() {
            "experiment" => Some("project"),
            word => PLAIN.iter().find(|known| **known == word).copied(),
        };
        let is_tag = text.starts_with("tag");
        if known.params.contains(&param) && !is_tag {
            return Ok(Self::Param(known.param(&param)?));
        }
        if known.tags.contains(&tag) {
            return Ok(Self::Tag(tag));
        }
        if let Some(plain) = plain {
            return Ok(Self::Plain(plain));
        }
        if !is_tag {
            let read = known.param(&param)?;
            if read.is_known() {
                return Ok(Self::Param(read));
            }
        }
        let params = known.params.iter().map(|name| format!("params.{name}"));
        let all: Vec<String> = params.chain(known.tags.iter().map(|name| format!("tags.{name}"))).collect();
        Err(unknown("group_by", text, all.iter().map(String::as_str).chain(PLAIN.iter().copied())))
    }

    /// As it is written in the arguments.
    pub(super) fn written(&self) -> String {
        match self {
            Self::Param(name) => format!("params.{}", name.shown()),
            Self::Tag(name) => format!("tags.{name}"),
            Self::Plain(name) => (*name).to_owned(),
        }
    }

    /// The name under which its values may be secrets.
    pub(super) fn key(&self) -> &str {
        match self {
            Self::Param(name) => name.shown(),
            Self::Tag(name) => name,
            Self::Plain(name) => name,
        }
    }

    /// The value of a run of this tracker.
    pub(super) fn value(&self, tracker: &str, run: &Run) -> Option<String> {
        match self {
            Self::Param(name) => run.params.get(name.on(tracker)).cloned(),
            Self::Tag(name) => run.tag(name).map(ToOwned::to_owned),
            Self::Plain(name) => match *name {
                "project" => Some(run.project.name.clone()),
                "user" => run.user.clone(),
                "status" => run.status.map(|status| status.word().to_owned()),
                "type" => run.kind.clone(),
                "name" => Some(run.name.clone()),
                "parent" => run.parent.as_ref().map(ToString::to_string),
                "commit" => run.code.commit.clone(),
                _ => None,
            },
        }
    }
}

/// A name without its group and without back-quotes.
fn bare(text: &str, groups: &[&str]) -> String {
    let text = text.trim();
    let name = groups.iter().find_map(|group| text.strip_prefix(group)).unwrap_or(text);
    name.strip_prefix('`').and_then(|name| name.strip_suffix('`')).unwrap_or(name).to_owned()
}

fn unknown<'a>(argument: &str, name: &str, known: impl Iterator<Item = &'a str> + Clone) -> Error {
    let near: Vec<String> = nearest(name, known.clone(), 4).into_iter().map(|near| one_line(near, 80)).collect();
    let error = Error::not_found(format!("{argument}: no run that can be ranked has '{}'", one_line(name, 80)));
    if near.is_empty() {
        let some: Vec<String> = known.take(8).map(|name| one_line(name, 60)).collect();
        return error.and(format!("there are {}", some.join(", ")));
    }
    error.and(format!("near: {}", near.join(", ")))
}
