//! What runs are put together by.

use std::collections::BTreeSet;

use backends::model::Run;
use backends::nearest::nearest;
use backends::{Error, Result};

use super::candidates::Candidate;
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
    Param(String),
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
    /// A name that no run has.
    pub(super) fn traits(&self, candidates: &[Candidate]) -> Result<Vec<Trait>> {
        let names = |of: &dyn for<'r> Fn(&'r Run) -> Box<dyn Iterator<Item = &'r String> + 'r>| -> BTreeSet<String> {
            candidates.iter().flat_map(|candidate| of(&candidate.run)).cloned().collect()
        };
        let params = names(&|run| Box::new(run.params.keys()));
        match self {
            Self::AllBut(left_out) => {
                if let Some(strange) = left_out.iter().find(|name| !params.contains(*name)) {
                    return Err(unknown("average_over", strange, params.iter().map(String::as_str)));
                }
                Ok(params.into_iter().filter(|name| !left_out.contains(name)).map(Trait::Param).collect())
            }
            Self::By(wanted) => {
                let tags = names(&|run| Box::new(run.tags.keys().chain(run.system_tags.keys())));
                wanted.iter().map(|text| Trait::read(text.trim(), &params, &tags)).collect()
            }
        }
    }
}

impl Trait {
    fn read(text: &str, params: &BTreeSet<String>, tags: &BTreeSet<String>) -> Result<Self> {
        let all = || {
            let params = params.iter().map(|name| format!("params.{name}"));
            params.chain(tags.iter().map(|name| format!("tags.{name}"))).collect::<Vec<_>>()
        };
        let (param, tag) = (bare(text, &["params.", "param."]), bare(text, &["tags.", "tag."]));
        let plain = match text.to_lowercase().as_str() {
            "experiment" => Some("project"),
            word => PLAIN.iter().find(|known| **known == word).copied(),
        };
        if params.contains(&param) && !text.starts_with("tag") {
            Ok(Self::Param(param))
        } else if tags.contains(&tag) {
            Ok(Self::Tag(tag))
        } else if let Some(plain) = plain {
            Ok(Self::Plain(plain))
        } else {
            let known = all();
            Err(unknown("group_by", text, known.iter().map(String::as_str).chain(PLAIN.iter().copied())))
        }
    }

    /// As it is written in the arguments.
    pub(super) fn written(&self) -> String {
        match self {
            Self::Param(name) => format!("params.{name}"),
            Self::Tag(name) => format!("tags.{name}"),
            Self::Plain(name) => (*name).to_owned(),
        }
    }

    /// The name under which its values may be secrets.
    pub(super) fn key(&self) -> &str {
        match self {
            Self::Param(name) | Self::Tag(name) => name,
            Self::Plain(name) => name,
        }
    }

    /// The value of a run.
    pub(super) fn value(&self, run: &Run) -> Option<String> {
        match self {
            Self::Param(name) => run.params.get(name).cloned(),
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
