//! One span whole: what went in and came out, what was recorded of it, and what lies below it.

use backends::Error;
use serde_json::{Value, json};

use super::outline::outline;
use super::tree::Tree;
use super::{Shown, fields, rows, summary};
use crate::problem::{Problem, Result};
use crate::references::FoundTrace;
use crate::render::{Answer, Cell, Column, Keep, fit, one_line, redact_value};
use crate::tools::search_traces::tokens;

/// Spans of one name that an error lists.
const LISTED: usize = 10;
/// Fewest characters that stand for an id.
const SHORTEST: usize = 4;
/// Parts of the answer's characters for what went in, and for what came out.
const SHARE: usize = 4;
/// Attributes and events that are shown.
const ATTRIBUTES: usize = 60;
const EVENTS: usize = 20;

/// The place of the span that a text means: its id, the only one whose id begins so, or the only one of that name.
pub(super) fn find(found: &FoundTrace, tree: &Tree<'_>, wanted: &str) -> Result<usize> {
    let wanted = wanted.trim().trim_start_matches("0x");
    let shown = one_line(wanted, 80);
    let all = || tree.nodes.iter().enumerate();
    let named: Vec<usize> = all().filter(|(_, node)| node.span.name == wanted).map(|(at, _)| at).collect();
    let begins = |id: &str| wanted.len() >= SHORTEST && id.starts_with(wanted);
    let of_id = all().find(|(_, node)| node.span.id == wanted).map(|(at, _)| vec![at]);
    let meant = of_id.unwrap_or_else(|| {
        if named.is_empty() {
            all().filter(|(_, node)| begins(&node.span.id)).map(|(at, _)| at).collect()
        } else {
            named
        }
    });
    match meant.as_slice() {
        [at] => Ok(*at),
        [] => {
            let names = tree.nodes.iter().map(|node| node.span.name.as_str());
            let near: Vec<String> =
                backends::nearest::nearest(wanted, names, 3).into_iter().map(|name| one_line(name, 60)).collect();
            let near = if near.is_empty() { String::new() } else { format!("; near: {}", near.join(", ")) };
            let error = Error::not_found(format!("no span '{shown}' in {}{near}", found.text()));
            Err(Problem::from(error).next("get_trace", json!({"trace": found.text()})))
        }
        several => {
            let failed_first = |at: &&usize| tree.nodes.get(**at).is_none_or(|node| !node.failed());
            let mut places: Vec<&usize> = several.iter().collect();
            places.sort_by_key(failed_first);
            let told = places.iter().take(LISTED).filter_map(|at| {
                let node = tree.nodes.get(**at)?;
                let status = if node.failed() { " (failed)" } else { "" };
                Some(format!("{}{status}", one_line(&node.span.id, 40)))
            });
            let told: Vec<String> = told.collect();
            let more = several.len().saturating_sub(told.len());
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            Err(Error::bad_input(format!(
                "{} spans are meant by '{shown}'; give the id of one: {}{more}",
                several.len(),
                told.join(", ")
            ))
            .into())
        }
    }
}

/// The span at this place.
pub(super) fn answer(shown: &Shown<'_>, at: usize) -> Answer {
    let below = outline(shown.tree, Some(at));
    let parts = below.len();
    fit(parts, shown.call.allowance().characters, |count| {
        let answer = alone(shown, at);
        if parts > 1 { shown.outlined(answer, Some(at), &below, count) } else { answer }
    })
}

fn alone(shown: &Shown<'_>, at: usize) -> Answer {
    let Some(node) = shown.tree.nodes.get(at) else { return Answer::new() };
    let span = node.span;
    let foreign = |text: &Option<String>| text.as_deref().map(Cell::foreign);
    let mut answer = Answer::new()
        .fact("trace", Cell::text(shown.found.text()))
        .fact("span", Cell::foreign_up_to(&span.id, 40))
        .fact("name", Cell::foreign(&span.name))
        .fact("where", Cell::foreign_up_to(&summary::place(shown.tree, at), 300))
        .fact("type", foreign(&span.kind))
        .fact("status", span.status.map(|status| Cell::text(status.word())))
        .fact("message", span.message.as_deref().map(|text| Cell::foreign_up_to(text, 1_000)))
        .fact("started", span.started)
        .fact("ms", node.ms().map(rows::ms))
        .fact("own_ms", node.own_ms.filter(|_| node.below > 0).map(rows::ms))
        .fact("spans_below", (node.below > 0).then_some(node.below))
        .fact("model", foreign(&span.model))
        .fact("tokens", tokens(span.tokens).map(Cell::Text))
        .fact("cost_usd", span.cost.map(Cell::Number));
    answer = summary::assessments(answer, shown.found, Some(&span.id));
    let source = format!("span {} of trace {}", span.id, shown.found.text());
    let room = shown.call.allowance().characters / SHARE;
    for (name, value) in [("inputs", &span.inputs), ("outputs", &span.outputs)] {
        let Some(value) = value else { continue };
        let text = fields::text(value);
        if text.chars().count() > room {
            answer = answer.note(format!("{name} are cut; fields [\"{name}.*\"] with this span goes into them"));
        }
        answer = answer.foreign(name, source.clone(), &text, room, Keep::Start);
    }
    let row = |(key, value): (&String, &Value)| {
        vec![Cell::key(key), Cell::foreign_up_to(&redact_value(key, &fields::text(value)), 300)]
    };
    let columns = ["attribute", "value"].into_iter().map(Column::new).collect();
    answer = answer.table("attributes", columns, span.attributes.iter().take(ATTRIBUTES).map(row).collect());
    if span.attributes.len() > ATTRIBUTES {
        answer =
            answer.note(format!("{} more attributes: fields [\"attributes.*\"]", span.attributes.len() - ATTRIBUTES));
    }
    events(answer, span, &source, room)
}

fn events(mut answer: Answer, span: &backends::model::Span, source: &str, room: usize) -> Answer {
    let mut entries = Vec::new();
    for event in span.events.iter().take(EVENTS) {
        if let Some([kind, message, stack]) = event.exception() {
            let told = [kind.unwrap_or_default(), message.unwrap_or_default()].join(": ");
            let text = stack.map_or(told.clone(), ToOwned::to_owned);
            answer = answer.foreign("exception", source.to_owned(), &text, room, Keep::End);
            continue;
        }
        let attributes = event.attributes.iter().map(|(key, value)| {
            Cell::foreign_up_to(&format!("{key}={}", redact_value(key, &fields::text(value))), 300)
        });
        entries.push(vec![
            Cell::foreign_up_to(&event.name, 100),
            Cell::from(event.at),
            Cell::List(attributes.collect()),
        ]);
    }
    let columns = ["event", "at", "attributes"].into_iter().map(Column::new).collect();
    answer.table("events", columns, entries)
}
