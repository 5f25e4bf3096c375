//! What is waited for, and whether it is there.

use backends::Error;
use backends::model::{Run, Status};
use backends::nearest::nearest;
use backends::query::{Filter, Key};
use jiff::Timestamp;

use crate::problem::Result;
use crate::render::{in_words, one_line};

/// What is waited for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Until {
    /// All have ended, in whatever way.
    Finished,
    /// One of them has ended.
    Any,
    /// All have begun.
    Started,
    /// This holds for all of them.
    Holds(Filter),
}

/// Whether what is waited for is there, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is.
    Met(String),
    /// It may still come.
    NotYet(String),
    /// It will not come any more.
    Never(String),
}

impl Until {
    /// Reads the argument.
    ///
    /// # Errors
    /// *Bad input* for what is neither a word nor a filter.
    pub(super) fn read(text: Option<&str>, now: Timestamp) -> Result<Self> {
        let text = text.unwrap_or_default().trim();
        Ok(match text.to_ascii_lowercase().as_str() {
            "" | "finished" | "ended" | "completed" | "done" | "all" => Self::Finished,
            "any" | "first" => Self::Any,
            "started" | "running" => Self::Started,
            _ => Self::Holds(Filter::parse(text, now).map_err(|error| {
                error.and("until takes finished, any, started, or a filter such as metrics.f1 > 0.9")
            })?),
        })
    }

    /// What is told of it.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Finished => "finished".to_owned(),
            Self::Any => "any".to_owned(),
            Self::Started => "started".to_owned(),
            Self::Holds(filter) => one_line(&filter.to_string(), 300),
        }
    }

    /// The keys that a filter asks for.
    pub(super) fn keys(&self) -> Vec<Key> {
        match self {
            Self::Holds(filter) => filter.keys().cloned().collect(),
            _ => Vec::new(),
        }
    }

    /// Whether a job or run in this state is what is waited for; a filter is asked with [`judge`](Self::judge).
    pub(super) fn of_status(&self, status: Option<Status>, state: &str) -> Option<Verdict> {
        let over = status.is_some_and(Status::is_over);
        let met = match self {
            Self::Finished | Self::Any => over,
            Self::Started => over || status == Some(Status::Running),
            Self::Holds(_) => return None,
        };
        Some(if met { Verdict::Met(state.to_owned()) } else { Verdict::NotYet(state.to_owned()) })
    }

    /// Whether what is waited for is there with this run; `filter` is that of [`Until::Holds`] as its tracker spells it,
    /// `state` where the run stands, in words.
    pub(super) fn judge(&self, filter: Option<&Filter>, run: &Run, state: &str, now: Timestamp) -> Verdict {
        if let Some(verdict) = self.of_status(run.status, state) {
            return verdict;
        }
        let Some(filter) = filter else { return Verdict::NotYet(state.to_owned()) };
        let holds = filter.evaluate(run, now);
        let lacking = if holds.is_none() { lacking(filter, run, now) } else { String::new() };
        match (holds, run.status.is_some_and(Status::is_over)) {
            (Some(true), _) => Verdict::Met(format!("it holds; {state}")),
            (_, true) => Verdict::Never(format!("{state}, and it does not hold{lacking}")),
            (_, false) => Verdict::NotYet(format!("{state}; it does not hold yet{lacking}")),
        }
    }
}

/// The metric that may have been meant, for a misspelt one is waited for in vain.
fn neighbour(key: &Key, run: &Run) -> String {
    let Key::Metric(metric) = key else { return String::new() };
    let near = nearest(metric, run.metrics.keys().map(String::as_str), 1);
    near.first().map(|near| format!("; near: metrics.{}", one_line(near, 80))).unwrap_or_default()
}

/// Which values a filter hangs on that the run does not have.
fn lacking(filter: &Filter, run: &Run, now: Timestamp) -> String {
    let mut names: Vec<String> = Vec::new();
    for predicate in filter.predicates().filter(|predicate| predicate.evaluate(run, now).is_none()) {
        let name = one_line(&predicate.key.to_string(), 80);
        let value = match &predicate.key {
            Key::Metric(metric) => run.metrics.get(metric).map(|metric| metric.value),
            _ => None,
        };
        let told = match value {
            Some(value) if !value.is_finite() => format!("{name} is {value}"),
            _ => format!("{name} is not there{}", neighbour(&predicate.key, run)),
        };
        if !names.contains(&told) {
            names.push(told);
        }
    }
    if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) }
}

/// Where a run stands, in words: since when it runs or how it ended.
pub(super) fn state(run: &Run, now: Timestamp) -> String {
    let duration = run.duration(now).map(in_words);
    match (run.status, duration) {
        (Some(Status::Running), Some(duration)) => format!("running for {duration}"),
        (Some(Status::Created), _) => "created, not queued or started".to_owned(),
        (Some(status @ (Status::Finished | Status::Failed | Status::Stopped)), Some(duration)) => {
            format!("{status} after {duration}")
        }
        (Some(status), _) => status.word().to_owned(),
        (None, _) => "in a state that the server does not know".to_owned(),
    }
}

/// Refuses a filter on what these trackers do not keep with a run.
pub(super) fn check(until: &Until, keeps_extremes: bool) -> Result<()> {
    let Until::Holds(filter) = until else { return Ok(()) };
    let keys = until.keys();
    let extreme = keys.iter().find(|key| matches!(key, Key::Min(_) | Key::Max(_)));
    if let (Some(key), false) = (extreme, keeps_extremes) {
        let name = one_line(&key.to_string(), 80);
        return Err(Error::unsupported(format!(
            "{name} is not kept by this tracker; wait for the last value: metrics.NAME"
        ))
        .into());
    }
    if filter.names_me() {
        return Err(Error::bad_input("a run's user does not change: 'me' has no meaning in until").into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory_tracker::run;

    fn now() -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn in_state(status: Status, metrics: &[(&str, f64)]) -> Run {
        Run { status: Some(status), ended: None, ..run("1", &[], metrics) }
    }

    #[test]
    fn words_and_filters_are_told_apart() {
        let read = |text| Until::read(text, now()).unwrap();
        assert_eq!([read(None), read(Some(" Finished "))], [Until::Finished, Until::Finished]);
        assert_eq!([read(Some("any")), read(Some("STARTED"))], [Until::Any, Until::Started]);
        assert_eq!(read(Some("metrics.f1>0.9")).words(), "metrics.f1 > 0.9");
        let error = Until::read(Some("finish"), now()).unwrap_err().to_string();
        assert!(error.contains("until takes finished, any, started, or a filter such as metrics.f1 > 0.9"), "{error}");
    }

    #[test]
    fn a_run_that_ended_badly_has_ended() {
        for status in Status::ALL {
            let judged = |until: &Until| until.judge(None, &in_state(status, &[]), "x", now());
            let met = |verdict| matches!(verdict, Verdict::Met(_));
            assert_eq!(met(judged(&Until::Finished)), status.is_over(), "{status}");
            assert_eq!(met(judged(&Until::Any)), status.is_over(), "{status}");
            assert_eq!(met(judged(&Until::Started)), status.is_over() || status == Status::Running, "{status}");
        }
    }

    #[test]
    fn a_misspelt_metric_is_told_the_one_that_is_there() {
        let until = Until::read(Some("metrics.val_f > 0.9"), now()).unwrap();
        let Until::Holds(filter) = &until else { panic!("{until:?}") };
        let run = in_state(Status::Running, &[("val_f1", 0.8), ("loss", 0.1)]);
        let told = "x; it does not hold yet (metrics.val_f is not there; near: metrics.val_f1)";
        assert_eq!(until.judge(Some(filter), &run, "x", now()), Verdict::NotYet(told.to_owned()));
    }

    #[test]
    fn a_filter_may_come_true_only_as_long_as_the_run_is_at_work() {
        let until = Until::read(Some("metrics.f1 > 0.9"), now()).unwrap();
        let Until::Holds(filter) = &until else { panic!("{until:?}") };
        let judged =
            |status, metrics: &[(&str, f64)]| until.judge(Some(filter), &in_state(status, metrics), "x", now());

        assert_eq!(judged(Status::Running, &[("f1", 0.95)]), Verdict::Met("it holds; x".to_owned()));
        assert_eq!(judged(Status::Failed, &[("f1", 0.95)]), Verdict::Met("it holds; x".to_owned()));
        assert_eq!(judged(Status::Running, &[("f1", 0.8)]), Verdict::NotYet("x; it does not hold yet".to_owned()));
        assert_eq!(
            judged(Status::Queued, &[]),
            Verdict::NotYet("x; it does not hold yet (metrics.f1 is not there)".to_owned())
        );
        assert_eq!(
            judged(Status::Running, &[("f1", f64::NAN)]),
            Verdict::NotYet("x; it does not hold yet (metrics.f1 is NaN)".to_owned())
        );
        assert_eq!(judged(Status::Finished, &[("f1", 0.8)]), Verdict::Never("x, and it does not hold".to_owned()));
    }

    #[test]
    fn extremes_are_refused_where_they_are_not_kept() {
        let until = Until::read(Some("max.f1 > 0.9"), now()).unwrap();
        assert!(check(&until, true).is_ok());
        assert!(check(&until, false).unwrap_err().to_string().contains("metrics.NAME"));
    }
}
