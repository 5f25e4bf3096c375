//! Pipelines: runs that consist of steps, each of them a run of its own.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::{Run, RunId, Status};

/// What a run consists of, where it is more than a record of one training.
#[derive(Clone, Debug, PartialEq)]
pub enum Outline {
    /// Steps in an order.
    Pipeline(Pipeline),
    /// A text that people wrote.
    Report(Report),
}

/// Steps and what they wait for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pipeline {
    /// Each after those that it waits for.
    pub steps: Vec<PipelineStep>,
}

/// A step of a pipeline.
#[derive(Clone, Debug, PartialEq)]
pub struct PipelineStep {
    /// Its name, unique in the pipeline.
    pub name: String,
    /// The steps that it waits for.
    pub parents: Vec<String>,
    /// What became of it.
    pub state: StepState,
    /// The run that executes it, or whose results were taken.
    pub run: Option<RunId>,
    /// It was not executed: the results of an earlier run with the same code and parameters were taken.
    pub cached: bool,
    /// When it was started, in this pipeline.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Why its run ended so, as far as that run was looked at.
    pub reason: Option<String>,
}

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepState {
    /// It has a run in this state; `None` where nothing says which.
    Ran(Option<Status>),
    /// It waits for others, or for its turn.
    Waiting,
    /// The pipeline itself left it out.
    Skipped,
    /// It had no turn before the pipeline ended; because a step before it did not go well, where one did not.
    NotRun {
        /// That step.
        because_of: Option<String>,
    },
}

/// A text that people wrote about runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// The path under which its text is read as a file of the run.
    pub path: String,
    /// How long the text is.
    pub characters: u64,
    /// What is shown within it, in the order of the text.
    pub embedded: Vec<Embedded>,
}

/// Something that a report shows and does not hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Embedded {
    /// `plot`, `scalar`, `image`, … in the tracker's words.
    pub kind: String,
    /// What it shows: title and series, or the words for a picture.
    pub title: Option<String>,
    /// The runs whose values it shows.
    pub runs: Vec<RunId>,
    /// Where it lies; nothing is fetched from there.
    pub address: Option<String>,
}

impl PipelineStep {
    /// Whether its run failed.
    pub fn failed(&self) -> bool {
        self.state == StepState::Ran(Some(Status::Failed))
    }

    /// Whether steps behind it may not be run because of it.
    fn stops_others(&self) -> bool {
        matches!(self.state, StepState::Ran(Some(Status::Failed | Status::Stopped)))
    }

    /// How long it ran, or has been running at `now`.
    pub fn duration(&self, now: Timestamp) -> Option<SignedDuration> {
        let running = self.state == StepState::Ran(Some(Status::Running));
        let end = self.ended.or(running.then_some(now))?;
        Some(end.duration_since(self.started?))
    }
}

impl Pipeline {
    /// Steps in the order in which they were defined become steps of which each stands behind those that it waits for;
    /// `over` says that the pipeline has ended.
    pub fn of(steps: Vec<PipelineStep>, over: bool) -> Self {
        let mut pipeline = Self { steps: sorted(steps) };
        pipeline.settle(over);
        pipeline
    }

    /// Whether this run executes one of its steps, or its results were taken.
    pub fn is_step(&self, run: &RunId) -> bool {
        self.steps.iter().any(|step| step.run.as_ref() == Some(run))
    }

    /// The runs of steps of which it does not say how they ended: it does not keep that, or ended before they did.
    pub fn unsettled(&self, over: bool) -> impl Iterator<Item = &RunId> {
        let open = move |step: &&PipelineStep| match step.state {
            StepState::Ran(None) => true,
            StepState::Ran(Some(Status::Created | Status::Queued | Status::Running)) => over,
            _ => false,
        };
        self.steps.iter().filter(open).filter_map(|step| step.run.as_ref())
    }

    /// Takes up what the runs of the steps themselves say: a pipeline that was killed does not know how they went on.
    pub fn look_at(&mut self, runs: &[Run], over: bool) {
        let known: BTreeMap<&str, &Run> = runs.iter().map(|run| (run.id.as_str(), run)).collect();
        for step in &mut self.steps {
            let Some(run) = step.run.as_ref().and_then(|id| known.get(id.as_str())) else { continue };
            step.state = StepState::Ran(run.status);
            step.reason.clone_from(&run.reason);
            (step.started, step.ended) = (run.started, run.ended);
        }
        self.settle(over);
    }

    /// Says of the steps without a run why they have none.
    fn settle(&mut self, over: bool) {
        // Step → the one that keeps those behind it from being run.
        let mut broken: BTreeMap<String, String> = BTreeMap::new();
        for step in &mut self.steps {
            let before = step.parents.iter().find_map(|parent| broken.get(parent).cloned());
            if let StepState::Waiting | StepState::Skipped | StepState::NotRun { .. } = step.state {
                match before {
                    Some(cause) => {
                        broken.insert(step.name.clone(), cause.clone());
                        step.state = StepState::NotRun { because_of: Some(cause) };
                    }
                    None if over && step.state == StepState::Waiting => {
                        step.state = StepState::NotRun { because_of: None };
                    }
                    None => {}
                }
            }
            if step.stops_others() {
                broken.insert(step.name.clone(), step.name.clone());
            }
        }
    }
}

/// Parents first, else as they were; steps that wait for each other, or for none that is there, stay as they are.
fn sorted(steps: Vec<PipelineStep>) -> Vec<PipelineStep> {
    let names: BTreeSet<String> = steps.iter().map(|step| step.name.clone()).collect();
    let (mut done, mut rest) = (BTreeSet::new(), steps);
    let mut order = Vec::with_capacity(rest.len());
    while !rest.is_empty() {
        let ready = |step: &PipelineStep| step.parents.iter().all(|one| done.contains(one) || !names.contains(one));
        let (next, later): (Vec<_>, Vec<_>) = rest.into_iter().partition(ready);
        if next.is_empty() {
            order.extend(later);
            break;
        }
        done.extend(next.iter().map(|step| step.name.clone()));
        order.extend(next);
        rest = later;
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ProjectId, ProjectRef};

    fn step(name: &str, parents: &[&str], state: StepState) -> PipelineStep {
        PipelineStep {
            name: name.to_owned(),
            parents: parents.iter().map(|parent| (*parent).to_owned()).collect(),
            state,
            run: None,
            cached: false,
            started: None,
            ended: None,
            reason: None,
        }
    }

    fn ran(status: Status) -> StepState {
        StepState::Ran(Some(status))
    }

    fn named(pipeline: &Pipeline) -> Vec<&str> {
        pipeline.steps.iter().map(|step| step.name.as_str()).collect()
    }

    #[test]
    fn each_step_comes_after_those_that_it_waits_for() {
        let waiting = |name, parents: &[&str]| step(name, parents, StepState::Waiting);
        let steps = vec![
            waiting("report", &["train", "export"]),
            waiting("train", &["prepare"]),
            waiting("export", &["prepare", "gone"]),
            waiting("prepare", &[]),
        ];
        assert_eq!(named(&Pipeline::of(steps, false)), ["prepare", "train", "export", "report"]);
    }

    #[test]
    fn steps_that_wait_for_each_other_are_all_shown() {
        let steps = vec![step("a", &["b"], StepState::Waiting), step("b", &["a"], StepState::Waiting)];
        assert_eq!(named(&Pipeline::of(steps, true)), ["a", "b"]);
    }

    #[test]
    fn what_lies_behind_a_failed_step_was_not_run_because_of_it() {
        let steps = vec![
            step("train", &[], ran(Status::Failed)),
            // The pipeline calls it skipped.
            step("evaluate", &["train"], StepState::Skipped),
            step("publish", &["evaluate"], StepState::Waiting),
            step("export", &[], StepState::Skipped),
            step("upload", &["export"], StepState::Waiting),
        ];
        let because = StepState::NotRun { because_of: Some("train".to_owned()) };
        let states = |over| -> BTreeMap<String, StepState> {
            Pipeline::of(steps.clone(), over).steps.into_iter().map(|step| (step.name, step.state)).collect()
        };

        let going_on = states(false);
        assert_eq!((&going_on["evaluate"], &going_on["publish"]), (&because, &because));
        assert_eq!((&going_on["export"], &going_on["upload"]), (&StepState::Skipped, &StepState::Waiting));
        assert_eq!(states(true)["upload"], StepState::NotRun { because_of: None });
    }

    #[test]
    fn the_runs_know_better_than_a_pipeline_that_was_killed() {
        let mut train = step("train", &[], ran(Status::Running));
        train.run = Some(RunId::new("t"));
        let mut pipeline = Pipeline::of(vec![train, step("evaluate", &["train"], StepState::Waiting)], true);
        assert_eq!(pipeline.steps[1].state, StepState::NotRun { because_of: None });
        assert_eq!((pipeline.unsettled(true).count(), pipeline.unsettled(false).count()), (1, 0));

        let project = ProjectRef { id: ProjectId::new("p"), name: String::new() };
        let reason = Some("out of memory".to_owned());
        let run = Run { status: Some(Status::Failed), reason: reason.clone(), ..Run::new(RunId::new("t"), project) };
        pipeline.look_at(&[run], true);

        assert!(pipeline.steps[0].failed());
        assert_eq!(pipeline.steps[0].reason, reason);
        assert_eq!(pipeline.steps[1].state, StepState::NotRun { because_of: Some("train".to_owned()) });
    }
}
