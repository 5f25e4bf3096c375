//! The questions for users.

use serde_json::json;

use crate::{Call, Result};

use super::api::{Api, PAGE};
use super::wire_auth::{CurrentUser, User};
use super::wire_names::{NamedUser, Users};

impl Api {
    /// `users.get_current_user`: who we are.
    pub(super) async fn current_user(&self, call: &Call) -> Result<User> {
        let CurrentUser { user } = self.ask(call, "users.get_current_user", &json!({})).await?;
        Ok(user)
    }

    /// `users.get_all_ex`: a page of [`PAGE`] users by their ids.
    pub(super) async fn users(&self, call: &Call, page: usize) -> Result<Vec<NamedUser>> {
        let body = json!({"only_fields": ["id", "name"], "order_by": ["id"], "page": page, "page_size": PAGE});
        let Users { users } = self.ask(call, "users.get_all_ex", &body).await?;
        Ok(users)
    }
}
