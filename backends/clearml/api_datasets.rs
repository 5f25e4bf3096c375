//! The questions for versions of datasets.

use serde_json::{Map, Value, json};

use crate::{Call, Result};

use super::api::{Api, PAGE};
use super::wire::ARCHIVED;
use super::wire_datasets::{DATASET, HEAD, STRUCT_TEXT, USED, WireDataset, WireDatasets, details, related};

/// Which versions of datasets come.
#[derive(Clone, Debug, Default)]
pub(super) struct DatasetsRequest {
    /// Archived ones too.
    pub(super) archived: bool,
    /// Those whose name matches this regular expression.
    pub(super) name: Option<String>,
    /// Those in these projects (at least one).
    pub(super) projects: Option<Vec<String>>,
}

impl Api {
    /// `tasks.get_all_ex` for versions of datasets: a page of [`PAGE`] of them, those made last first.
    pub(super) async fn datasets(
        &self,
        call: &Call,
        request: &DatasetsRequest,
        page: usize,
    ) -> Result<Vec<WireDataset>> {
        let mut tags = vec!["__$all", DATASET];
        tags.extend(if request.archived { &[][..] } else { &["__$not", ARCHIVED] });
        let mut body = Map::from_iter([
            ("type".to_owned(), json!(["data_processing"])),
            ("system_tags".to_owned(), json!(tags)),
            ("search_hidden".to_owned(), json!(true)),
            ("only_fields".to_owned(), json!(HEAD)),
            ("order_by".to_owned(), json!(["-created", "id"])),
            ("page".to_owned(), json!(page)),
            ("page_size".to_owned(), json!(PAGE)),
        ]);
        body.extend(request.name.as_ref().map(|name| ("name".to_owned(), json!(name))));
        body.extend(request.projects.as_ref().map(|projects| ("project".to_owned(), json!(projects))));
        let WireDatasets { tasks } = self.ask(call, "tasks.get_all_ex", &Value::Object(body)).await?;
        Ok(tasks)
    }

    /// `tasks.get_by_id_ex`: all that is told of these versions (at least one).
    pub(super) async fn dataset_details(&self, call: &Call, ids: &[&str], files: bool) -> Result<Vec<WireDataset>> {
        let body = json!({"id": ids, "only_fields": details(files)});
        let WireDatasets { tasks } = self.ask(call, "tasks.get_by_id_ex", &body).await?;
        Ok(tasks)
    }

    /// `tasks.get_all_ex` for what has to do with these versions (at least one), ids of plain letters and digits: tasks
    /// that used one (`aliases` are the paths of all aliases in use), and versions made from one; the newest [`PAGE`].
    pub(super) async fn related_to_datasets(
        &self,
        call: &Call,
        ids: &[&str],
        aliases: &[String],
    ) -> Result<Vec<WireDataset>> {
        let one = ids.join("|");
        // A version is told first in what it was made from, its parents by their keys there.
        let made_from = format!(
            r#""0":\s*\{{[^{{}}]*"parents":\s*\[[^\]]*"(\d+)"[^\]]*\][\s\S]*"\1":\s*\{{\s*"job_id":\s*"(?:{one})""#
        );
        let mut fields = vec![USED.to_owned(), STRUCT_TEXT.to_owned()];
        fields.extend(aliases.iter().map(|path| format!("{path}.value")));
        let body = json!({
            "_any_": {"fields": fields, "pattern": format!("^(?:{one})$|{made_from}")},
            "search_hidden": true,
            "only_fields": related(),
            "order_by": ["-created", "id"],
            "page": 0,
            "page_size": PAGE,
        });
        let WireDatasets { tasks } = self.ask(call, "tasks.get_all_ex", &body).await?;
        Ok(tasks)
    }
}
