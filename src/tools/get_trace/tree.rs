//! The spans of a trace as a tree: their order, what lies below each, and the time that each took itself.

use std::collections::HashMap;

use backends::model::{Span, Status};

/// A span at its place in the tree.
#[derive(Clone, Debug)]
pub(super) struct Node<'a> {
    pub(super) span: &'a Span,
    /// 0 for a root.
    pub(super) depth: usize,
    /// The place of the span above, in the order of the tree.
    pub(super) parent: Option<usize>,
    /// Spans below it, at any depth.
    pub(super) below: usize,
    /// Failed spans below it, at any depth.
    pub(super) failed_below: usize,
    /// Milliseconds in which none of its parts was at work.
    pub(super) own_ms: Option<f64>,
}

impl Node<'_> {
    pub(super) fn failed(&self) -> bool {
        self.span.status == Some(Status::Failed)
    }

    /// How long it took, in milliseconds.
    pub(super) fn ms(&self) -> Option<f64> {
        self.span.duration.map(|length| length.as_secs_f64() * 1_000.0)
    }
}

/// All spans, each before its parts, and these as they began.
#[derive(Debug, Default)]
pub(super) struct Tree<'a> {
    pub(super) nodes: Vec<Node<'a>>,
    /// Spans whose parent is not among them.
    pub(super) orphans: usize,
}

impl<'a> Tree<'a> {
    /// The tree of these spans. One whose parent is missing is a root; spans that are above each other are told apart.
    pub(super) fn of(spans: &'a [Span]) -> Self {
        let places: HashMap<&str, usize> = spans.iter().enumerate().map(|(at, span)| (span.id.as_str(), at)).collect();
        let above = |at: usize| -> Option<usize> {
            let parent = spans.get(at)?.parent.as_deref()?;
            places.get(parent).copied().filter(|parent| *parent != at)
        };
        let mut parts: Vec<Vec<usize>> = vec![Vec::new(); spans.len()];
        let mut roots = Vec::new();
        for at in 0..spans.len() {
            match above(at).and_then(|parent| parts.get_mut(parent)) {
                Some(siblings) => siblings.push(at),
                None => roots.push(at),
            }
        }
        let begun = |at: &usize| (spans.get(*at).and_then(|span| span.started), *at);
        roots.sort_by_key(begun);
        parts.iter_mut().for_each(|siblings| siblings.sort_by_key(begun));
        let orphan = |at: &&usize| spans.get(**at).is_some_and(|span| span.parent.is_some());
        let mut tree = Self { nodes: Vec::with_capacity(spans.len()), orphans: roots.iter().filter(orphan).count() };
        let mut seen = vec![false; spans.len()];
        // Whatever no root leads to goes in a circle, and begins anywhere.
        for root in roots.into_iter().chain(0..spans.len()) {
            tree.grow(spans, &parts, root, &mut seen);
        }
        tree.count();
        tree
    }

    /// Adds what lies below a span, without recursion: a trace may be as deep as it is long.
    fn grow(&mut self, spans: &'a [Span], parts: &[Vec<usize>], root: usize, seen: &mut [bool]) {
        let mut waiting = vec![(root, 0, None)];
        while let Some((at, depth, parent)) = waiting.pop() {
            let (Some(span), Some(known)) = (spans.get(at), seen.get_mut(at)) else { continue };
            if std::mem::replace(known, true) {
                continue;
            }
            let place = self.nodes.len();
            let children = parts.get(at).map(Vec::as_slice).unwrap_or_default();
            let own_ms = own(span, children.iter().filter_map(|at| spans.get(*at)));
            self.nodes.push(Node { span, depth, parent, below: 0, failed_below: 0, own_ms });
            waiting.extend(children.iter().rev().map(|child| (*child, depth + 1, Some(place))));
        }
    }

    fn count(&mut self) {
        for at in (0..self.nodes.len()).rev() {
            let Some((parent, below, failed)) = self
                .nodes
                .get(at)
                .and_then(|node| Some((node.parent?, node.below + 1, node.failed_below + usize::from(node.failed()))))
            else {
                continue;
            };
            if let Some(node) = self.nodes.get_mut(parent) {
                node.below += below;
                node.failed_below += failed;
            }
        }
    }

    /// The places from the root down to this one.
    pub(super) fn path(&self, at: usize) -> Vec<usize> {
        let mut path = vec![at];
        let mut next = self.nodes.get(at).and_then(|node| node.parent);
        while let Some(above) = next {
            path.push(above);
            next = self.nodes.get(above).and_then(|node| node.parent);
        }
        path.reverse();
        path
    }

    /// The places of a span and of all below it.
    pub(super) fn within(&self, at: usize) -> std::ops::Range<usize> {
        at..at + 1 + self.nodes.get(at).map_or(0, |node| node.below)
    }

    /// The places of the direct parts of a span.
    pub(super) fn parts(&self, at: usize) -> impl Iterator<Item = usize> {
        let mut next = at + 1;
        let end = self.within(at).end;
        std::iter::from_fn(move || {
            let part = (next < end).then_some(next)?;
            next = self.within(part).end;
            Some(part)
        })
    }

    /// The failed spans in which nothing else failed: where it went wrong.
    pub(super) fn origins(&self) -> impl Iterator<Item = usize> {
        self.nodes.iter().enumerate().filter(|(_, node)| node.failed() && node.failed_below == 0).map(|(at, _)| at)
    }

    /// From the longest root down by the longest part of each.
    pub(super) fn slowest_path(&self, from: Option<usize>) -> Vec<usize> {
        let longest = |places: &mut dyn Iterator<Item = usize>| {
            let timed = places.filter_map(|at| Some((at, self.nodes.get(at)?.ms()?)));
            timed.max_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(at, _)| at)
        };
        let mut roots = self.nodes.iter().enumerate().filter(|(_, node)| node.depth == 0).map(|(at, _)| at);
        let mut path = Vec::new();
        let mut next = from.or_else(|| longest(&mut roots));
        while let Some(at) = next {
            path.push(at);
            next = longest(&mut self.parts(at));
        }
        path
    }
}

/// The time of a span that none of its parts takes, in milliseconds; parts may be at work side by side.
fn own<'a>(span: &Span, parts: impl Iterator<Item = &'a Span>) -> Option<f64> {
    let interval = |span: &Span| {
        let (begun, length) = (span.started?.as_nanosecond(), span.duration?.as_nanos());
        Some((begun, begun + length))
    };
    let (begun, ended) = interval(span)?;
    let mut taken: Vec<(i128, i128)> = parts.filter_map(interval).collect();
    taken.sort_unstable();
    let (mut own, mut reached) = (0, begun);
    for (from, to) in taken {
        own += (from.min(ended) - reached).max(0);
        reached = reached.max(to);
    }
    own += (ended - reached).max(0);
    // Nanoseconds of a span are far below 2^53.
    #[allow(clippy::cast_precision_loss)]
    let ms = own as f64 / 1e6;
    Some(ms)
}

#[cfg(test)]
pub(super) mod tests {
    use jiff::{SignedDuration, Timestamp};
    use proptest::prelude::*;

    use super::*;
    use backends::model::Tokens;

    /// A span that began after, and took, so many milliseconds.
    pub(in super::super) fn span(id: &str, parent: Option<&str>, name: &str, begun: i64, took: i64) -> Span {
        Span {
            id: id.to_owned(),
            parent: parent.map(ToOwned::to_owned),
            name: name.to_owned(),
            kind: None,
            status: Some(Status::Finished),
            message: None,
            started: Timestamp::from_millisecond(1_000 + begun).ok(),
            duration: Some(SignedDuration::from_millis(took)),
            model: None,
            tokens: Tokens::default(),
            cost: None,
            inputs: None,
            outputs: None,
            attributes: Default::default(),
            events: Vec::new(),
        }
    }

    fn ids(tree: &Tree<'_>) -> Vec<(String, usize)> {
        tree.nodes.iter().map(|node| (node.span.id.clone(), node.depth)).collect()
    }

    #[test]
    fn spans_come_below_their_parents_as_they_began() {
        let spans = [
            span("c", Some("a"), "", 5, 1),
            span("d", Some("b"), "", 3, 1),
            span("b", Some("a"), "", 2, 2),
            span("a", None, "", 0, 9),
        ];
        let tree = Tree::of(&spans);
        let expected = [("a", 0), ("b", 1), ("d", 2), ("c", 1)].map(|(id, depth)| (id.to_owned(), depth));
        assert_eq!(ids(&tree), expected);
        assert_eq!(tree.nodes.iter().map(|node| node.below).collect::<Vec<_>>(), [3, 1, 0, 0]);
        assert_eq!(tree.parts(0).collect::<Vec<_>>(), [1, 3]);
        assert_eq!(tree.path(2), [0, 1, 2]);
        assert_eq!(tree.slowest_path(None), [0, 1, 2]);
    }

    #[test]
    fn a_spans_own_time_is_that_without_its_parts_which_may_overlap() {
        let spans = [
            span("a", None, "", 0, 10),
            span("b", Some("a"), "", 1, 4),
            span("c", Some("a"), "", 3, 4),
            span("d", Some("a"), "", 9, 5),
        ];
        assert_eq!(Tree::of(&spans).nodes[0].own_ms, Some(3.0));
    }

    #[test]
    fn where_it_went_wrong_is_the_lowest_failure() {
        let mut spans = [span("a", None, "", 0, 9), span("b", Some("a"), "", 1, 3), span("c", Some("b"), "", 1, 2)];
        spans.iter_mut().for_each(|span| span.status = Some(Status::Failed));
        let tree = Tree::of(&spans);
        assert_eq!(tree.origins().collect::<Vec<_>>(), [2]);
        assert_eq!(tree.nodes[0].failed_below, 2);
    }

    proptest! {
        #[test]
        fn every_span_is_there_once_whatever_its_parent_is(parents in proptest::collection::vec(0_usize..12, 0..12)) {
            let name = |at: usize| format!("s{at}");
            let spans: Vec<Span> = parents.iter().enumerate().map(|(at, parent)| {
                span(&name(at), (*parent > 0).then(|| name(*parent)).as_deref(), "", at as i64, 1)
            }).collect();
            let tree = Tree::of(&spans);
            let mut found: Vec<&str> = tree.nodes.iter().map(|node| node.span.id.as_str()).collect();
            found.sort_unstable();
            let mut all: Vec<&str> = spans.iter().map(|span| span.id.as_str()).collect();
            all.sort_unstable();
            prop_assert_eq!(found, all);
        }
    }
}
