//! Which names runs have: MLflow keeps no list of them, so the newest runs are looked at.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::kept::Kept;
use crate::model::{Page, Part, Parts, Run};
use crate::query::Order;
use crate::same_key::Kind;
use crate::tracker::{NamesInUse, ProjectScope, RunQuery};
use crate::{Call, Result, Tracker};

/// Runs that are looked at.
const SAMPLE: usize = 50;

/// The newest runs, by the projects that they are of.
#[derive(Default)]
pub(crate) struct NewestRuns {
    kept: Kept<Page<Run>>,
}

impl NewestRuns {
    /// The names that the newest runs of this tracker have.
    pub(crate) async fn names(
        &self,
        tracker: &dyn Tracker,
        call: &Call,
        kind: Kind,
        projects: &ProjectScope,
    ) -> Result<NamesInUse> {
        let question = match projects {
            ProjectScope::All => "all".to_owned(),
            ProjectScope::Only(ids) => ids.iter().fold("only".to_owned(), |text, id| format!("{text} {id}")),
        };
        let query = newest(projects);
        let page = self.kept.get(&question, None, tracker.search_runs(call, &query)).await?;
        Ok(of(kind, page))
    }
}

/// The question for them.
fn newest(projects: &ProjectScope) -> RunQuery {
    RunQuery {
        projects: projects.clone(),
        text: None,
        filter: None,
        order: Order::default(),
        include_archived: false,
        parts: Parts::of(&[Part::Metrics, Part::Params, Part::Tags]),
        limit: SAMPLE,
        cursor: None,
    }
}

/// The names that runs have.
fn of(kind: Kind, page: Arc<Page<Run>>) -> NamesInUse {
    let mut found = NamesInUse::default();
    for run in &page.rows {
        match kind {
            Kind::Metric => {
                let machine = run.metrics.iter().filter(|(_, metric)| metric.machine).map(|(name, _)| name);
                add(&mut found.machine, machine);
                add(&mut found.names, run.metrics.keys());
            }
            Kind::Param => add(&mut found.names, run.params.keys()),
        }
    }
    NamesInUse { seen_in: Some(page), ..found }
}

/// Most runs have the same names, which then cost nothing.
fn add<'r>(known: &mut BTreeSet<String>, names: impl Iterator<Item = &'r String>) {
    for name in names {
        if !known.contains(name) {
            known.insert(name.clone());
        }
    }
}
