//! Which of the runs compared is meant as the baseline.

use backends::model::{Parts, RunDetails};
use backends::{Call, Error};

use crate::problem::Result;
use crate::references::{RunRef, fetch_runs};
use crate::render::one_line;
use crate::trackers::Trackers;

/// A shorter beginning of an id says too little.
const PREFIX: usize = 6;

/// The place of the run that a text means: by any reference that leads to one of the runs.
pub(super) async fn find(trackers: &Trackers, call: &Call, text: &str, runs: &[(RunRef, RunDetails)]) -> Result<usize> {
    let text = text.trim();
    if let Some(at) = among(text, runs) {
        return Ok(at);
    }
    let meant = fetch_runs(trackers, call, &[text.to_owned()], super::MOST, Parts::NONE).await?;
    let meant: Vec<String> = meant.runs.iter().map(|(run, _)| run.text()).collect();
    let places: Vec<usize> =
        runs.iter().enumerate().filter(|(_, (run, _))| meant.contains(&run.text())).map(|(at, _)| at).collect();
    let shown = one_line(text, 80);
    match places.as_slice() {
        [at] => Ok(*at),
        [] => {
            let meant = meant.first().map(|run| format!(" ({run})")).unwrap_or_default();
            Err(Error::bad_input(format!("baseline '{shown}'{meant} is not one of runs; name it there too")).into())
        }
        several => {
            let message = format!("baseline '{shown}' stands for {} of the runs; name one of them", several.len());
            Err(Error::bad_input(message).into())
        }
    }
}

/// The one of the runs that is so called, without asking anyone.
fn among(text: &str, runs: &[(RunRef, RunDetails)]) -> Option<usize> {
    let one = |is: &dyn Fn(&RunRef, &RunDetails) -> bool| {
        let mut found = runs.iter().enumerate().filter(|(_, (run, details))| is(run, details)).map(|(at, _)| at);
        let first = found.next()?;
        found.next().is_none().then_some(first)
    };
    one(&|run, _| run.text() == text)
        .or_else(|| one(&|run, _| run.id.as_str() == text))
        .or_else(|| one(&|run, details| details.run.name == text || begins(run, text)))
}

fn begins(run: &RunRef, text: &str) -> bool {
    text.len() >= PREFIX && run.id.as_str().starts_with(text)
}
