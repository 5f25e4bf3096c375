//! Traces as MLflow keeps them, whoever tells them: what lies in their metadata, words for their state, verdicts.

pub(crate) mod assessments;
pub(crate) mod span_filter;
pub(crate) mod spans;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::web;
use crate::model::{ProjectRef, RunId, Status, Tokens, TraceInfo};
use crate::query::Filter;
use crate::{Error, Result};

/// What MLflow itself keeps in tags and metadata.
const OWN: &str = "mlflow.";
/// Metadata: the run that a trace was made in.
pub(crate) const RUN: &str = "mlflow.sourceRun";
/// Metadata in which it keeps what has a place of its own with us.
const SESSION: &str = "mlflow.trace.session";
const USER: &str = "mlflow.trace.user";
const TOKENS: &str = "mlflow.trace.tokenUsage";
const COST: &str = "mlflow.trace.cost";
const SIZE: &str = "mlflow.trace.sizeStats";
/// The same as the previews, cut after 250 characters.
const INPUTS: &str = "mlflow.traceInputs";
const OUTPUTS: &str = "mlflow.traceOutputs";
/// The tag with the name.
const NAME: &str = "mlflow.traceName";

/// The tag that says where the spans are, and its words for files and for the archive.
pub(crate) const SPANS: &str = "mlflow.trace.spansLocation";
pub(crate) const IN_FILES: &str = "ARTIFACT_REPO";
pub(crate) const ARCHIVED: &str = "ARCHIVE_REPO";
/// The tag with the folder of a trace's files.
pub(crate) const ARTIFACTS: &str = "mlflow.artifactLocation";

/// What MLflow recorded of a trace, without its spans.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) id: String,
    pub(crate) project: ProjectRef,
    pub(crate) started: Option<Timestamp>,
    /// While it runs it is that of the spans which have arrived.
    pub(crate) duration: Option<SignedDuration>,
    /// MLflow's word.
    pub(crate) state: String,
    pub(crate) request: Option<String>,
    pub(crate) response: Option<String>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) metadata: BTreeMap<String, String>,
}

impl Recorded {
    /// The trace in our terms, without assessments; `pages` is the address of the web pages, if there are such.
    pub(crate) fn into_info(self, pages: Option<&str>) -> TraceInfo {
        let Self { id, project, mut tags, mut metadata, .. } = self;
        let own = |map: &BTreeMap<String, String>, key: &str| map.get(key).filter(|text| !text.is_empty()).cloned();
        let kept = |key: &str| own(&metadata, key);
        let read = |key: &str| kept(key).and_then(|text| serde_json::from_str::<Value>(&text).ok());
        let name = own(&tags, NAME);
        let (run, session, user) = (kept(RUN), kept(SESSION), kept(USER));
        let (request, response) = (self.request.or(kept(INPUTS)), self.response.or(kept(OUTPUTS)));
        let tokens = read(TOKENS).as_ref().map(tokens).unwrap_or_default();
        let cost = read(COST).as_ref().and_then(total_cost);
        let spans = read(SIZE).and_then(|sizes| sizes.get("num_spans")?.as_u64());
        tags.retain(|key, _| !key.starts_with(OWN));
        for key in [SESSION, USER, TOKENS, COST, SIZE, RUN, INPUTS, OUTPUTS] {
            metadata.remove(key);
        }
        let status = status(&self.state);
        TraceInfo {
            web: pages
                .filter(|_| !project.id.as_str().is_empty())
                .map(|pages| web::trace(pages, project.id.as_str(), &id)),
            id,
            name,
            project,
            status,
            started: self.started,
            duration: self.duration.filter(|_| status != Some(Status::Running)),
            session,
            user,
            run: run.map(RunId::new),
            request: request.filter(|text| !text.is_empty()),
            response: response.filter(|text| !text.is_empty()),
            tags,
            metadata,
            tokens,
            cost,
            spans,
            assessments: Vec::new(),
        }
    }
}

/// MLflow's word for the state of a trace.
fn status(word: &str) -> Option<Status> {
    match word {
        "OK" => Some(Status::Finished),
        "ERROR" => Some(Status::Failed),
        "IN_PROGRESS" => Some(Status::Running),
        _ => None,
    }
}

/// The same the other way round.
pub(crate) fn word(status: Status) -> Option<&'static str> {
    match status {
        Status::Finished => Some("OK"),
        Status::Failed => Some("ERROR"),
        Status::Running => Some("IN_PROGRESS"),
        _ => None,
    }
}

/// A filter in which `me` is who it stands for.
pub(crate) fn meant(filter: Option<Filter>, me: Option<&str>) -> Result<Option<Filter>> {
    match (filter, me) {
        (Some(filter), Some(me)) => Ok(Some(filter.with_me(me))),
        (Some(filter), None) if filter.names_me() => {
            Err(Error::bad_input("who me is, is not known here: write user = '…'"))
        }
        (filter, _) => Ok(filter),
    }
}

/// `{"input_tokens": 120, "output_tokens": 30, "total_tokens": 150}`
fn tokens(value: &Value) -> Tokens {
    // Some clients write them as numbers with a fraction of 0.
    let number = |key: &str| value.get(key).and_then(|count| count.as_u64().or_else(|| whole(count.as_f64()?)));
    tokens_of(number("input_tokens"), number("output_tokens"), number("total_tokens"))
}

/// Tokens, of which the sum may not have been kept.
pub(crate) fn tokens_of(input: Option<u64>, output: Option<u64>, total: Option<u64>) -> Tokens {
    let total = total.or_else(|| input.zip(output).map(|(input, output)| input.saturating_add(output)));
    Tokens { input, output, total }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn whole(number: f64) -> Option<u64> {
    (number.fract() == 0.0 && (0.0..1e15).contains(&number)).then_some(number as u64)
}

/// `{"input_cost": 1.8e-05, "output_cost": 1.8e-05, "total_cost": 3.6e-05}`
fn total_cost(value: &Value) -> Option<f64> {
    let number = |key: &str| value.get(key).and_then(Value::as_f64);
    cost_of(number("input_cost"), number("output_cost"), number("total_cost"))
}

/// A cost, of which the sum may not have been kept.
pub(crate) fn cost_of(input: Option<f64>, output: Option<f64>, total: Option<f64>) -> Option<f64> {
    total.or_else(|| input.zip(output).map(|(input, output)| input + output))
}
