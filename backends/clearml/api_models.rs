//! The questions for models.

use serde_json::json;

use crate::{Call, Result};

use super::api::Api;
use super::wire_names::{Models, NamedModel};

impl Api {
    /// `models.get_all_ex`: up to `size` models whose id or name matches this regular expression, whatever the case; the
    /// newest first.
    pub(super) async fn models(&self, call: &Call, pattern: &str, size: usize) -> Result<Vec<NamedModel>> {
        let body = json!({
            "_any_": {"fields": ["id", "name"], "pattern": pattern},
            "only_fields": ["id", "name", "task"],
            "order_by": ["-created"],
            "page": 0,
            "page_size": size,
        });
        let Models { models } = self.ask(call, "models.get_all_ex", &body).await?;
        Ok(models)
    }
}
