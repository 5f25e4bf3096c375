//! Runs that references give by their full ids: these need not be looked up before they are asked for something.

use std::sync::Arc;

use backends::Tracker;
use backends::model::RunId;
use backends::tracker::Located;

use super::runs::RunRef;
use super::text::{Reference, read};
use crate::trackers::Trackers;

/// The runs of the references, each once and in their order, if all of them are ids, or pages of runs, of a tracker that
/// is certain. Nobody is asked: whether they are there will show when they are asked for something.
pub fn given_runs(trackers: &Trackers, references: &[String]) -> Option<Vec<RunRef>> {
    let mut runs: Vec<RunRef> = Vec::new();
    for text in references {
        let (asked, ids): (Vec<Arc<dyn Tracker>>, Vec<RunId>) = match read(trackers, text, None).ok()? {
            Reference::Page(asked, Located::Run(id)) => (asked, vec![id]),
            Reference::Page(asked, Located::Runs(ids)) => (asked, ids),
            Reference::Named(asked, name) => {
                let shaped = asked.into_iter().filter(|tracker| tracker.is_run_id(&name));
                (shaped.collect(), vec![RunId::new(&name)])
            }
            _ => return None,
        };
        let [tracker] = asked.as_slice() else { return None };
        for id in ids {
            let run = RunRef { tracker: Arc::clone(tracker), id };
            if !runs.iter().any(|known| known.text() == run.text()) {
                runs.push(run);
            }
        }
    }
    Some(runs)
}
