//! The questions for models.

use serde_json::{Value, json};

use crate::{Call, Result};

use super::api::Api;
use super::wire_names::{Models, NamedModel};
use super::wire_registry::{FIELDS, ModelFilter, WholeModel, WholeModels};

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

    /// `models.get_all_ex`: a page of models under these conditions, the newest first, with all that is told of them.
    pub(super) async fn whole_models(
        &self,
        call: &Call,
        filter: ModelFilter,
        (page, size): (usize, usize),
    ) -> Result<Vec<WholeModel>> {
        let mut conditions = filter.into_fields();
        conditions.insert("only_fields".to_owned(), json!(FIELDS));
        conditions.insert("order_by".to_owned(), json!(["-created", "id"]));
        conditions.insert("page".to_owned(), json!(page));
        conditions.insert("page_size".to_owned(), json!(size));
        let WholeModels { models } = self.ask(call, "models.get_all_ex", &Value::Object(conditions)).await?;
        Ok(models)
    }
}
