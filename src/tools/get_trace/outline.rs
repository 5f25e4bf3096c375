//! Which spans of a large tree are shown, and what is said of the others: every part that is left out is counted.

use std::collections::{BTreeSet, HashMap, VecDeque};

use super::tree::Tree;

/// Spans up to which all are shown, and of a larger tree at most.
pub(super) const SHOWN: usize = 60;
/// Parts of a root, and of any other span, that are shown before those of others.
const PARTS: (usize, usize) = (20, 4);
/// Places where it went wrong that are shown for certain.
const ORIGINS: usize = 10;
/// Names of parts left out that are told one by one.
const NAMES: usize = 3;

/// A row of the outline.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Row {
    /// A span, by its place in the tree.
    Span(usize),
    /// Parts of a span that are not shown.
    LeftOut(LeftOut),
}

/// Parts of a span that are not shown.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct LeftOut {
    /// The depth at which they stand.
    pub(super) depth: usize,
    /// What they are called; `None` for several names.
    pub(super) name: Option<String>,
    /// How many parts.
    pub(super) parts: usize,
    /// How many spans with all below them.
    pub(super) spans: usize,
    /// How many of these failed.
    pub(super) failed: usize,
    /// The time of the parts, in milliseconds.
    pub(super) ms: f64,
}

/// The rows of the tree below a place, or of all of it.
pub(super) fn outline(tree: &Tree<'_>, from: Option<usize>) -> Vec<Row> {
    let range = from.map_or(0..tree.nodes.len(), |at| tree.within(at));
    if range.len() <= SHOWN {
        return range.map(Row::Span).collect();
    }
    let chosen = chosen(tree, from);
    let mut rows = Vec::new();
    // What is left out of a span stands behind its last part.
    let mut open: Vec<usize> = Vec::new();
    for at in &chosen {
        while let Some(last) = open.last().copied().filter(|last| !tree.within(*last).contains(at)) {
            open.pop();
            rows.extend(left_out(tree, &chosen, tree.parts(last), depth_of(tree, last) + 1));
        }
        rows.push(Row::Span(*at));
        open.push(*at);
    }
    while let Some(last) = open.pop() {
        rows.extend(left_out(tree, &chosen, tree.parts(last), depth_of(tree, last) + 1));
    }
    if from.is_none() {
        let roots = (0..tree.nodes.len()).filter(|at| depth_of(tree, *at) == 0);
        rows.extend(left_out(tree, &chosen, roots, 0));
    }
    rows
}

fn depth_of(tree: &Tree<'_>, at: usize) -> usize {
    tree.nodes.get(at).map_or(0, |node| node.depth)
}

/// The spans that are shown: where it went wrong, where the time went, and then from the top down.
fn chosen(tree: &Tree<'_>, from: Option<usize>) -> BTreeSet<usize> {
    let within = from.map_or(0..tree.nodes.len(), |at| tree.within(at));
    let mut chosen = BTreeSet::new();
    let take = |chosen: &mut BTreeSet<usize>, path: Vec<usize>| {
        for at in path.into_iter().filter(|at| within.contains(at)) {
            if chosen.len() < SHOWN {
                chosen.insert(at);
            }
        }
    };
    let origins: Vec<usize> = tree.origins().filter(|at| within.contains(at)).take(ORIGINS).collect();
    take(&mut chosen, tree.slowest_path(from).into_iter().take(SHOWN / 3).collect());
    for at in origins {
        let path = tree.path(at);
        // Of a deep place the way is told in the table of errors.
        let near = path.len().saturating_sub(SHOWN / 6);
        take(&mut chosen, if near == 0 { path } else { Vec::new() });
    }
    let mut waiting: VecDeque<usize> = match from {
        Some(at) => VecDeque::from([at]),
        None => (0..tree.nodes.len()).filter(|at| depth_of(tree, *at) == 0).take(SHOWN).collect(),
    };
    while let Some(at) = waiting.pop_front() {
        take(&mut chosen, vec![at]);
        if chosen.len() >= SHOWN {
            break;
        }
        waiting.extend(tree.parts(at).take(if depth_of(tree, at) == 0 { PARTS.0 } else { PARTS.1 }));
    }
    chosen
}

/// What is said of those of these spans that are not shown.
fn left_out(tree: &Tree<'_>, chosen: &BTreeSet<usize>, among: impl Iterator<Item = usize>, depth: usize) -> Vec<Row> {
    let mut groups: Vec<LeftOut> = Vec::new();
    let mut by_name: HashMap<&str, usize> = HashMap::new();
    for at in among.filter(|at| !chosen.contains(at)) {
        let Some(node) = tree.nodes.get(at) else { continue };
        let place = *by_name.entry(&node.span.name).or_insert(groups.len());
        if place == groups.len() {
            let name = Some(node.span.name.clone());
            groups.push(LeftOut { depth, name, parts: 0, spans: 0, failed: 0, ms: 0.0 });
        }
        if let Some(group) = groups.get_mut(place) {
            group.parts += 1;
            group.spans += 1 + node.below;
            group.failed += usize::from(node.failed()) + node.failed_below;
            group.ms += node.ms().unwrap_or_default();
        }
    }
    if groups.len() > NAMES {
        let all =
            groups.iter().fold(LeftOut { depth, name: None, parts: 0, spans: 0, failed: 0, ms: 0.0 }, |sum, one| {
                LeftOut {
                    parts: sum.parts + one.parts,
                    spans: sum.spans + one.spans,
                    failed: sum.failed + one.failed,
                    ms: sum.ms + one.ms,
                    ..sum
                }
            });
        groups = vec![all];
    }
    groups.into_iter().map(Row::LeftOut).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::span;
    use super::*;
    use backends::model::{Span, Status};

    fn large() -> Vec<Span> {
        let mut spans = vec![span("root", None, "batch", 0, 10_000)];
        for part in 0..10 {
            let name = format!("p{part}");
            spans.push(span(&name, Some("root"), &format!("part {part}"), part * 1_000, 900));
            spans.extend((0..499).map(|at| span(&format!("{name}.{at}"), Some(&name), "embed", part * 1_000 + at, 1)));
        }
        spans
    }

    #[test]
    fn a_small_tree_is_shown_whole() {
        let spans = large();
        let small = &spans[..SHOWN];
        assert_eq!(outline(&Tree::of(small), None).len(), SHOWN);
    }

    #[test]
    fn every_span_is_shown_or_counted_once() {
        let mut spans = large();
        spans[3_333].status = Some(Status::Failed);
        let tree = Tree::of(&spans);
        for from in [None, Some(0), Some(1), Some(3_001)] {
            let rows = outline(&tree, from);
            let counted: usize = rows
                .iter()
                .map(|row| match row {
                    Row::Span(_) => 1,
                    Row::LeftOut(left) => left.spans,
                })
                .sum();
            let all = from.map_or(tree.nodes.len(), |at| tree.within(at).len());
            assert_eq!(counted, all, "{from:?}");
            assert!(rows.len() <= 2 * SHOWN, "{}", rows.len());
        }
    }

    #[test]
    fn where_it_went_wrong_is_shown_however_many_spans_there_are() {
        let mut spans = large();
        let at = spans.iter().position(|span| span.id == "p7.250").unwrap();
        spans[at].status = Some(Status::Failed);
        let tree = Tree::of(&spans);
        let shown = outline(&tree, None);
        let failed = tree.origins().next().unwrap();
        assert!(shown.contains(&Row::Span(failed)));
        let others = shown.iter().find_map(|row| match row {
            Row::LeftOut(left) if left.depth == 2 => Some(left.clone()),
            _ => None,
        });
        assert_eq!(others.unwrap().name.as_deref(), Some("embed"));
    }
}
