//! The first few of all traces that go by, in an order.

use crate::model::TraceInfo;
use crate::query::Order;

/// Keeps the first.
pub(super) struct Best<'a> {
    order: &'a Order,
    most: usize,
    kept: Vec<TraceInfo>,
}

impl<'a> Best<'a> {
    /// As many as these.
    pub(super) fn new(order: &'a Order, most: usize) -> Self {
        Self { order, most, kept: Vec::new() }
    }

    /// Keeps twice as many as are wanted before it sorts and drops.
    pub(super) fn add(&mut self, trace: TraceInfo) {
        self.kept.push(trace);
        if self.kept.len() >= self.most.saturating_mul(2).max(64) {
            self.settle();
        }
    }

    /// Whether there are as many as are wanted.
    pub(super) fn is_full(&self) -> bool {
        self.kept.len() >= self.most
    }

    fn settle(&mut self) {
        self.kept.sort_unstable_by(|a, b| self.order.compare_traces(a, b));
        self.kept.truncate(self.most);
    }

    /// The first, in the order.
    pub(super) fn into_traces(mut self) -> Vec<TraceInfo> {
        self.settle();
        self.kept
    }
}
