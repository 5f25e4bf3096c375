//! The questions for tasks.

use serde_json::{Value, json};

use crate::{Call, Result};

use super::api::{Api, PAGE};
use super::wire::{Task, Tasks};
use super::wire_filter::TaskFilter;
use super::wire_outline::{self, Outlined};

impl Api {
    /// `tasks.get_all_ex` with this filter: one page of tasks with these fields.
    pub(super) async fn tasks(
        &self,
        call: &Call,
        filter: &TaskFilter,
        fields: &[&str],
        order: &[String],
        (page, size): (usize, usize),
    ) -> Result<Vec<Task>> {
        let mut body = filter.fields().clone();
        body.insert("only_fields".to_owned(), json!(fields));
        if !order.is_empty() {
            body.insert("order_by".to_owned(), json!(order));
        }
        body.insert("page".to_owned(), json!(page));
        body.insert("page_size".to_owned(), json!(size.min(PAGE)));
        let Tasks { tasks } = self.ask(call, "tasks.get_all_ex", &Value::Object(body)).await?;
        Ok(tasks)
    }

    /// `tasks.get_by_id_ex`: the tasks with these ids (at least one), archived and hidden ones too; unknown ones are left
    /// out by the server.
    pub(super) async fn documents(&self, call: &Call, ids: &[&str], fields: &[&str]) -> Result<Vec<Task>> {
        let body = json!({"id": ids, "only_fields": fields});
        let Tasks { tasks } = self.ask(call, "tasks.get_by_id_ex", &body).await?;
        Ok(tasks)
    }

    /// `tasks.get_by_id_ex`: what tasks with these ids (at least one) consist of.
    pub(super) async fn outlines(&self, call: &Call, ids: &[&str]) -> Result<Vec<wire_outline::Document>> {
        let body = json!({"id": ids, "only_fields": wire_outline::FIELDS});
        let Outlined { tasks } = self.ask(call, "tasks.get_by_id_ex", &body).await?;
        Ok(tasks)
    }
}
