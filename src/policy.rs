//! What exists for a caller: one decision, used where tools are listed and where they are called.

use backends::Capabilities;

use crate::catalogue::CATALOGUE;
use crate::tool::{Access, Entry};

/// What the operator allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    access: Access,
}

impl Default for Policy {
    /// Only reading.
    fn default() -> Self {
        Self { access: Access::Read }
    }
}

impl Policy {
    /// Whether a tool exists for callers when the trackers can do this.
    pub fn offers(&self, entry: &Entry, capabilities: Capabilities) -> bool {
        entry.access <= self.access && entry.offered_by(capabilities)
    }

    /// The tools that exist for callers.
    pub fn offered(&self, capabilities: Capabilities) -> impl Iterator<Item = &'static Entry> {
        CATALOGUE.iter().filter(move |entry| self.offers(entry, capabilities))
    }
}
