//! The table of spans.

use jiff::Timestamp;

use super::outline::{LeftOut, Row};
use super::tree::{Node, Tree};
use crate::render::{Answer, Cell, Column};
use crate::tools::search_traces::tokens;

/// Characters of a name in the tree.
const NAME: usize = 100;
/// Depth up to which it is drawn; below it is told as a number.
const DRAWN: usize = 12;

/// The table of these rows.
pub(super) fn table(answer: Answer, tree: &Tree<'_>, begun: Option<Timestamp>, rows: &[Row]) -> Answer {
    let columns =
        ["span", "tree", "type", "status", "at_ms", "ms", "own_ms", "model", "tokens", "cost_usd", "spans_below"];
    let cells = rows.iter().filter_map(|row| match row {
        Row::Span(at) => tree.nodes.get(*at).map(|node| shown(node, begun)),
        Row::LeftOut(left) => Some(counted(left)),
    });
    answer.table("spans", columns.into_iter().map(Column::new).collect(), cells.collect())
}

fn shown(node: &Node<'_>, begun: Option<Timestamp>) -> Vec<Cell> {
    let span = node.span;
    let at = span.started.zip(begun).map(|(at, begun)| at.duration_since(begun).as_secs_f64() * 1_000.0);
    let short = |text: &Option<String>| Cell::from(text.as_deref().map(|text| Cell::foreign_up_to(text, 60)));
    vec![
        Cell::foreign_up_to(&span.id, 40),
        Cell::foreign_up_to(&format!("{}{}", indent(node.depth), span.name), NAME),
        short(&span.kind),
        Cell::from(span.status.map(|status| Cell::text(status.word()))),
        Cell::from(at.map(ms)),
        Cell::from(node.ms().map(ms)),
        // Of a span without parts it is all of it.
        Cell::from(node.own_ms.filter(|_| node.below > 0).map(ms)),
        short(&span.model),
        Cell::from(tokens(span.tokens).map(Cell::Text)),
        Cell::from(span.cost.map(Cell::Number)),
        Cell::from((node.below > 0).then_some(node.below)),
    ]
}

/// `… 212 more spans of retrieve, 3,100 ms in all`
fn counted(left: &LeftOut) -> Vec<Cell> {
    let mut words = format!("{}… {} more", indent(left.depth), left.parts);
    match &left.name {
        Some(name) => words.push_str(&format!(" of {name}")),
        None => words.push_str(" of several names"),
    }
    if left.spans > left.parts {
        words.push_str(&format!(", {} spans with those below", left.spans));
    }
    let failed = (left.failed > 0).then(|| Cell::text(format!("{} failed", left.failed)));
    vec![
        Cell::Missing,
        Cell::foreign_up_to(&words, NAME + 60),
        Cell::Missing,
        Cell::from(failed),
        Cell::Missing,
        ms(left.ms),
    ]
}

fn indent(depth: usize) -> String {
    if depth <= DRAWN { "· ".repeat(depth) } else { format!("({depth}) ") }
}

/// Milliseconds with as many digits as help.
pub(super) fn ms(value: f64) -> Cell {
    Cell::Number((value * 1_000.0).round() / 1_000.0)
}
