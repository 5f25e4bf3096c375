//! What exists for a caller: one decision, used where tools are listed and where they are called.

use backends::Capabilities;

use crate::catalogue::CATALOGUE;
use crate::guide::{CATEGORIES, OPT_IN};
use crate::tool::{Access, Entry};

/// The category whose tools always exist.
pub const ALWAYS: &str = "server";
/// What stands for all categories that need not be asked for.
pub const DEFAULT: &str = "default";

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
    /// Tools that do no more than this, of these categories; of the default ones, if none is named.
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

    /// Whether a tool is not there because its category was not asked for.
    pub fn lacks(&self, entry: &Entry) -> bool {
        !self.toolsets.contain(entry)
    }

    /// The toolsets of this policy and one more, as the server config names them.
    pub fn toolsets_with(&self, toolset: &str) -> String {
        let open = |name: &&str| *name == toolset || self.toolsets.0 & bit(name) != 0;
        let known = || CATEGORIES.iter().map(|(name, _)| *name).filter(|name| *name != ALWAYS);
        let usual = known().filter(|name| !OPT_IN.contains(name)).all(|name| open(&name));
        let named = known().filter(|name| !usual || OPT_IN.contains(name)).filter(open);
        usual.then_some(DEFAULT).into_iter().chain(named).collect::<Vec<_>>().join(", ")
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
    /// Those that nobody has to ask for.
    fn default() -> Self {
        Self(OPT_IN.iter().fold(u32::MAX, |set, name| set & !bit(name)))
    }
}

impl Toolsets {
    /// Those that a server offers where these are named: the default ones, if none is.
    pub fn of(categories: &[&'static str]) -> Self {
        if categories.is_empty() { Self::default() } else { Self::only(categories) }
    }

    /// Those that may ask a tracker where these are named: all, if none is.
    pub fn open_to(categories: &[&'static str]) -> Self {
        if categories.is_empty() { Self(u32::MAX) } else { Self::only(categories) }
    }

    fn only(categories: &[&'static str]) -> Self {
        Self(categories.iter().chain(&[ALWAYS]).fold(0, |set, name| set | bit(name)))
    }

    /// Whether a tool is one of them.
    pub fn contain(self, entry: &Entry) -> bool {
        let category = bit(category(entry));
        category == 0 || self.0 & category != 0
    }
}

/// The category of a tool.
pub fn category(entry: &Entry) -> &'static str {
    entry.guide().ok().and_then(|guide| guide.category).unwrap_or_default()
}

/// The category of a tool that has to be asked for, if it is of one.
pub fn opt_in(entry: &Entry) -> Option<&'static str> {
    Some(category(entry)).filter(|category| OPT_IN.contains(category))
}

fn bit(category: &str) -> u32 {
    CATEGORIES.iter().position(|(name, _)| *name == category).map_or(0, |at| 1 << at)
}
