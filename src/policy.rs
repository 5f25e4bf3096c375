//! What exists for a caller: one decision, used where tools are listed and where they are called.

use backends::Capabilities;

use crate::catalogue::CATALOGUE;
use crate::guide::CATEGORIES;
use crate::tool::{Access, Entry};

/// What the operator allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    access: Access,
    toolsets: Toolsets,
    images: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self::new(Access::default(), &[])
    }
}

impl Policy {
    /// Tools that do no more than this, of these categories; of all, if none is named.
    pub fn new(access: Access, toolsets: &[&'static str]) -> Self {
        Self { access, toolsets: Toolsets::of(toolsets), images: true }
    }

    /// The same, with pictures in answers or without.
    #[must_use]
    pub fn with_images(self, images: bool) -> Self {
        Self { images, ..self }
    }

    /// Whether answers may have pictures.
    pub fn sends_images(&self) -> bool {
        self.images
    }

    /// Whether a tool exists for callers when the trackers can do this.
    pub fn offers(&self, entry: &Entry, capabilities: Capabilities) -> bool {
        entry.access <= self.access && self.toolsets.contain(entry) && entry.offered_by(capabilities)
    }

    /// The tools that exist for callers.
    pub fn offered(&self, capabilities: Capabilities) -> impl Iterator<Item = &'static Entry> {
        CATALOGUE.iter().filter(move |entry| self.offers(entry, capabilities))
    }
}

/// A choice of categories of tools. Those of the category `server` always belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Toolsets(u32);

impl Default for Toolsets {
    /// All of them.
    fn default() -> Self {
        Self(u32::MAX)
    }
}

impl Toolsets {
    /// These categories; all, if none is named.
    pub fn of(categories: &[&'static str]) -> Self {
        if categories.is_empty() {
            return Self::default();
        }
        Self(categories.iter().chain(&["server"]).fold(0, |set, name| set | bit(name)))
    }

    /// Whether a tool is one of them.
    pub fn contain(self, entry: &Entry) -> bool {
        let category = entry.guide().ok().and_then(|guide| guide.category).unwrap_or_default();
        self == Self::default() || self.0 & bit(category) != 0
    }
}

fn bit(category: &str) -> u32 {
    CATEGORIES.iter().position(|(name, _)| *name == category).map_or(0, |at| 1 << at)
}
