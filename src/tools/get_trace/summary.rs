//! What is said of a trace as a whole: errors first, then costs, time and verdicts.

use std::collections::HashMap;

use backends::model::{AssessmentKind, Span, Tokens};
use serde_json::Value;

use super::rows::ms;
use super::tree::Tree;
use crate::references::FoundTrace;
use crate::render::{Answer, Cell, Column, Keep};
use crate::tools::search_traces::tokens;

/// Failed spans that are told with their place.
const ERRORS: usize = 5;
/// Names by which the time is told.
const NAMES: usize = 6;
/// Steps of the slowest path that are named.
const STEPS: usize = 6;
/// Characters of a stack trace.
const STACK: usize = 1_500;
/// Characters of what was asked and answered.
const TEXT: usize = 800;
/// Assessments that are shown.
const ASSESSMENTS: usize = 20;

/// What is known of the trace before its spans are shown.
pub(super) fn head(found: &FoundTrace, tree: &Tree<'_>) -> Answer {
    let info = &found.trace.info;
    let foreign = |text: &Option<String>| text.as_deref().map(Cell::foreign);
    let failed = tree.nodes.iter().filter(|node| node.failed()).count();
    let (summed, cost) = sums(tree);
    let of_spans = info.tokens == Tokens::default() && summed != Tokens::default();
    let mut answer = Answer::new()
        .fact("trace", Cell::text(found.text()))
        .fact("name", foreign(&info.name))
        .fact("status", info.status.map(|status| Cell::text(status.word())))
        .fact("started", info.started)
        .fact("duration", info.duration.map(Cell::Duration))
        .fact("span_count", tree.nodes.len())
        .fact("failed_spans", (failed > 0).then_some(failed));
    answer = errors(answer, found, tree);
    answer = answer
        .fact("tokens", tokens(if of_spans { summed } else { info.tokens }).map(Cell::Text))
        .fact("cost_usd", info.cost.or(cost).map(Cell::Number))
        .fact("project", Cell::foreign(&info.project.name))
        .fact("run", info.run.as_ref().map(|run| Cell::text(format!("{}:{run}", found.tracker.name()))))
        .fact("session", foreign(&info.session))
        .fact("user", foreign(&info.user))
        .fact("url", info.web.as_deref().map(Cell::foreign));
    if !info.tags.is_empty() {
        let tags = info.tags.iter().take(20);
        let tag = |(key, value): (&String, &String)| {
            Cell::foreign_up_to(&format!("{key}={}", crate::render::redact_value(key, value)), 120)
        };
        answer = answer.fact("tags", Cell::List(tags.map(tag).collect()));
    }
    time(assessments(answer, found, None), tree)
}

/// Failed spans with the way to them, and the exception of the first.
fn errors(answer: Answer, found: &FoundTrace, tree: &Tree<'_>) -> Answer {
    let origins: Vec<usize> = tree.origins().collect();
    let row = |at: &usize| {
        let span = tree.nodes.get(*at)?.span;
        let (kind, message) = said(span);
        Some(vec![
            Cell::foreign_up_to(&span.id, 40),
            Cell::foreign_up_to(&place(tree, *at), 300),
            Cell::from(kind.map(|kind| Cell::foreign_up_to(kind, 80))),
            Cell::from(message.map(|message| Cell::foreign_up_to(message, 400))),
        ])
    };
    let columns = ["span", "where", "exception", "message"].into_iter().map(Column::new).collect();
    let mut answer = answer.table("errors", columns, origins.iter().take(ERRORS).filter_map(row).collect());
    if origins.len() > ERRORS {
        answer = answer.note(format!(
            "{} more spans failed by themselves; fields [\"spans.*.status\", \"spans.*.message\"] lists all",
            origins.len() - ERRORS
        ));
    }
    let stack = origins.iter().find_map(|at| {
        let span = tree.nodes.get(*at)?.span;
        let [_, _, stack] = span.events.iter().find_map(backends::model::SpanEvent::exception)?;
        Some((span, stack?))
    });
    match stack {
        Some((span, stack)) => {
            let source = format!("span {} of trace {}", span.id, found.text());
            answer.foreign("exception", source, stack, STACK, Keep::End)
        }
        None => answer,
    }
}

/// The type and the message of what went wrong in a span.
fn said(span: &Span) -> (Option<&str>, Option<&str>) {
    let exception = span.events.iter().find_map(backends::model::SpanEvent::exception);
    let [kind, message, _] = exception.unwrap_or_default();
    (kind, message.or(span.message.as_deref()))
}

/// The names from the root down to a span.
pub(super) fn place(tree: &Tree<'_>, at: usize) -> String {
    names(tree, &tree.path(at), |_| String::new())
}

fn names(tree: &Tree<'_>, path: &[usize], more: impl Fn(usize) -> String) -> String {
    let shown = |at: &usize| tree.nodes.get(*at).map(|node| format!("{}{}", node.span.name, more(*at)));
    let (first, last) = path.split_at(path.len().min(STEPS / 2));
    let skipped = last.len().saturating_sub(STEPS / 2);
    let mut parts: Vec<String> = first.iter().filter_map(shown).collect();
    if skipped > 0 {
        parts.push(format!("… {skipped} …"));
    }
    parts.extend(last.iter().skip(skipped).filter_map(shown));
    parts.join(" > ")
}

/// Tokens and cost of all calls of models; a span that tells them for its parts is counted once.
fn sums(tree: &Tree<'_>) -> (Tokens, Option<f64>) {
    let (mut sum, mut cost) = (Tokens::default(), None::<f64>);
    let (mut tokens_until, mut cost_until) = (0, 0);
    for (at, node) in tree.nodes.iter().enumerate() {
        let span = node.span;
        if at >= tokens_until && span.tokens != Tokens::default() {
            let add = |sum: Option<u64>, one: Option<u64>| match (sum, one) {
                (None, None) => None,
                (sum, one) => Some(sum.unwrap_or_default().saturating_add(one.unwrap_or_default())),
            };
            sum = Tokens {
                input: add(sum.input, span.tokens.input),
                output: add(sum.output, span.tokens.output),
                total: add(sum.total, span.tokens.total),
            };
            tokens_until = tree.within(at).end;
        }
        if at >= cost_until
            && let Some(one) = span.cost
        {
            cost = Some(cost.unwrap_or_default() + one);
            cost_until = tree.within(at).end;
        }
    }
    (sum, cost)
}

/// Where the time went: the slowest path, and the spans' own time by name.
fn time(answer: Answer, tree: &Tree<'_>) -> Answer {
    let path = tree.slowest_path(None);
    let took = |at: usize| tree.nodes.get(at).and_then(super::tree::Node::ms).map(|ms| format!(" {} ms", digits(ms)));
    let slowest = names(tree, &path, |at| took(at).unwrap_or_default());
    let mut by_name: HashMap<&str, (usize, f64)> = HashMap::new();
    for node in &tree.nodes {
        let (count, sum) = by_name.entry(&node.span.name).or_default();
        *count += 1;
        *sum += node.own_ms.unwrap_or_default();
    }
    let all: f64 = by_name.values().map(|(_, ms)| ms).sum();
    let mut names: Vec<(&str, (usize, f64))> = by_name.into_iter().collect();
    names.sort_by(|(a, (_, x)), (b, (_, y))| y.total_cmp(x).then_with(|| a.cmp(b)));
    let row = |(name, (count, own)): (&str, (usize, f64))| {
        let share = if all > 0.0 { format!("{:.0} %", own / all * 100.0) } else { String::new() };
        vec![Cell::foreign_up_to(name, 80), Cell::from(count), ms(own), Cell::text(share)]
    };
    let columns = ["name", "spans", "own_ms", "share"].into_iter().map(Column::new).collect();
    let several = names.len() > 1;
    let rows = names.into_iter().take(NAMES).filter(|_| several).map(row).collect();
    let answer = if path.len() > 1 { answer.fact("slowest_path", Cell::foreign_up_to(&slowest, 400)) } else { answer };
    answer.table("time", columns, rows)
}

fn digits(ms: f64) -> String {
    if ms >= 100.0 { format!("{ms:.0}") } else { format!("{ms:.2}") }
}

/// What was said of the whole, or of one span.
pub(super) fn assessments(answer: Answer, found: &FoundTrace, span: Option<&str>) -> Answer {
    let of = found.trace.info.assessments.iter().filter(|one| span.is_none_or(|id| one.span.as_deref() == Some(id)));
    let rows: Vec<Vec<Cell>> = of
        .map(|one| {
            let foreign =
                |text: &Option<String>, cap| Cell::from(text.as_deref().map(|text| Cell::foreign_up_to(text, cap)));
            vec![
                Cell::foreign_up_to(&one.name, 80),
                Cell::text(match one.kind {
                    AssessmentKind::Feedback => "feedback",
                    AssessmentKind::Expectation => "expectation",
                }),
                foreign(&one.value, 200),
                Cell::foreign_up_to(&one.source, 80),
                foreign(&one.rationale, 300),
                foreign(&one.error, 200),
                foreign(&one.span, 40),
                Cell::from(one.at),
            ]
        })
        .collect();
    let more = rows.len().saturating_sub(ASSESSMENTS);
    let columns = ["name", "kind", "value", "source", "rationale", "error", "span", "at"];
    let columns = columns.into_iter().map(Column::new).collect();
    let answer = answer.table("assessments", columns, rows.into_iter().take(ASSESSMENTS).collect());
    match more {
        0 => answer,
        more => answer.note(format!(
            "{more} more assessments: fields [\"info.assessments.*.name\", \"info.assessments.*.value\"]"
        )),
    }
}

/// What was asked and answered, shortened.
pub(super) fn texts(mut answer: Answer, found: &FoundTrace, tree: &Tree<'_>) -> Answer {
    let source = format!("trace {}", found.text());
    let root = tree.nodes.first().map(|node| node.span);
    let text = |value: Option<&Value>| match value? {
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    let info = &found.trace.info;
    let request = text(root.and_then(|root| root.inputs.as_ref())).or_else(|| info.request.clone());
    let response = text(root.and_then(|root| root.outputs.as_ref())).or_else(|| info.response.clone());
    for (name, text) in [("request", request), ("response", response)] {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            answer = answer.foreign(name, source.clone(), &text, TEXT, Keep::Start);
        }
    }
    answer
}
