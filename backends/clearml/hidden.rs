//! What of the hidden shows: pipelines, their steps and reports lie in projects that only show when they are asked for, and
//! a question that names them asks for them. Datasets lie there too and have questions of their own.

use std::collections::BTreeSet;

use crate::model::{ProjectId, Run};
use crate::query::{Filter, Key};
use crate::tracker::ProjectScope;

use super::project_names::Index;
use super::web;
use super::wire_names::{HIDDEN, LEADING, REPORT, is_special};

/// The hidden runs that a question names.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Asked {
    /// Their types, of those that lead others or tell of them.
    types: BTreeSet<String>,
    /// The runs above them.
    parents: BTreeSet<String>,
    /// Their own ids.
    ids: BTreeSet<String>,
    /// Versions of datasets that they used, by id.
    datasets: BTreeSet<String>,
}

impl Asked {
    /// Those that a filter names.
    pub(super) fn of(filter: Option<&Filter>) -> Self {
        let texts = |key: Key| -> BTreeSet<String> {
            filter.into_iter().flat_map(|filter| filter.texts_of(&key)).map(ToOwned::to_owned).collect()
        };
        let types = texts(Key::Type).into_iter().filter(|word| LEADING.contains(&word.as_str())).collect();
        let datasets = texts(Key::Dataset).into_iter().filter(|text| web::is_id(text)).collect();
        Self { types, parents: texts(Key::Parent), ids: texts(Key::Id), datasets }
    }

    /// All that lead others or tell of them, whatever the filter says.
    pub(super) fn leading() -> Self {
        Self { types: LEADING.map(ToOwned::to_owned).into(), ..Self::default() }
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.types.is_empty() && !self.names_runs()
    }

    /// Whether runs are named one by one or by what they used, wherever they lie.
    fn names_runs(&self) -> bool {
        !self.parents.is_empty() || !self.ids.is_empty() || !self.datasets.is_empty()
    }

    /// Whether such runs may lie in a hidden project of this name.
    fn reaches(&self, name: &str) -> bool {
        self.names_runs() || (!self.types.is_empty() && is_special(name))
    }

    /// Whether tasks are marked as hidden themselves that were asked for.
    pub(super) fn are_marked(&self) -> bool {
        self.types.contains(REPORT) || self.names_runs()
    }

    /// The hidden projects that a question for all runs leaves out.
    pub(super) fn left_out<'i>(&'i self, index: &'i Index) -> impl Iterator<Item = &'i str> {
        let left_out = index.entries().filter(|(_, name, hidden)| *hidden && !self.reaches(name));
        left_out.map(|(id, _, _)| id.as_str())
    }

    /// Whether there are hidden projects that such runs may lie in.
    pub(super) fn has_places(&self, index: &Index) -> bool {
        index.entries().any(|(_, name, hidden)| hidden && self.reaches(name))
    }

    /// These projects with what of them lies in hidden projects of its own.
    pub(super) fn widened(&self, ids: &[ProjectId], index: &Index) -> Vec<ProjectId> {
        let mut all = ids.to_vec();
        if self.is_nothing() {
            return all;
        }
        for name in ids.iter().filter_map(|id| index.name(id.as_str())) {
            for id in index.shown_as(name) {
                if !all.contains(id) {
                    all.push(id.clone());
                }
            }
        }
        all
    }

    /// Whether a run shows among those of a question.
    pub(super) fn shows(&self, run: &Run, scope: &ProjectScope, index: &Index) -> bool {
        let project = run.project.id.as_str();
        let in_hidden = index.is_hidden(project);
        let marked = run.system_tags.contains_key(HIDDEN);
        let named = run.kind.as_ref().is_some_and(|kind| self.types.contains(kind))
            || run.parent.as_ref().is_some_and(|parent| self.parents.contains(parent.as_str()))
            || self.ids.contains(run.id.as_str())
            || run.datasets.iter().any(|one| one.reference.as_ref().is_some_and(|id| self.datasets.contains(id)));
        match scope {
            ProjectScope::All => !in_hidden && !marked || named,
            // A hidden project that was named itself shows all that lies in it.
            ProjectScope::Only(ids) if ids.contains(&run.project.id) => in_hidden || !marked || named,
            ProjectScope::Only(_) => named || !in_hidden && !marked,
        }
    }
}
