//! Users by id and name, kept for a minute: tasks are asked for by the id of their user.

use std::sync::Arc;

use tokio::time::Instant;

use crate::nearest::nearest;
use crate::{Call, Result};

use super::api::{Api, PAGE};
use super::wire_names::NamedUser;
use crate::kept::Kept;

/// No server is believed to have more pages than this.
const PAGES: usize = 20;

/// The users, read when they are first needed and again when that is long ago.
#[derive(Default)]
pub(super) struct UserNames {
    kept: Kept<Directory>,
}

/// The users at a moment.
#[derive(Default)]
pub(super) struct Directory {
    users: Vec<NamedUser>,
}

impl UserNames {
    /// All users; read anew if none is called by one of these `names`, unless that was done since `begun`.
    pub(super) async fn with(&self, api: &Api, call: &Call, names: &[&str], begun: Instant) -> Result<Arc<Directory>> {
        let known = self.kept.get("", None, read(api, call)).await?;
        if names.iter().all(|name| known.knows(name)) {
            return Ok(known);
        }
        self.kept.get("", Some(begun), read(api, call)).await
    }
}

async fn read(api: &Api, call: &Call) -> Result<Directory> {
    let mut found = Directory::default();
    for page in 0..PAGES {
        let users = api.users(call, page).await?;
        let last = users.len() < PAGE;
        found.users.extend(users);
        if last {
            break;
        }
    }
    Ok(found)
}

impl Directory {
    /// Whether somebody is called so, or has this id.
    pub(super) fn knows(&self, text: &str) -> bool {
        self.users.iter().any(|user| user.id == text || user.name.as_deref() == Some(text))
    }

    /// The ids of those who are called so.
    pub(super) fn ids<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.users.iter().filter(move |user| user.name.as_deref() == Some(name)).map(|user| user.id.as_str())
    }

    /// What the one with this id is called.
    pub(super) fn name(&self, id: &str) -> Option<&str> {
        self.users.iter().find(|user| user.id == id)?.name.as_deref()
    }

    /// Names that resemble this one.
    pub(super) fn near(&self, name: &str) -> Vec<&str> {
        nearest(name, self.users.iter().filter_map(|user| user.name.as_deref()), 3)
    }
}
