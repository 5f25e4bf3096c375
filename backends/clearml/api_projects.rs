//! The questions for projects, and for the names that their tasks use.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::model::ProjectId;
use crate::{Call, Result};

use super::api::{Api, PAGE};
use super::wire::ARCHIVED;
use super::wire_names::{self, NamedProject, Parameter, Parameters, Variant, Variants};
use super::wire_projects::{FIELDS, Projects, SeriesNames, WireProject};

/// One part of the list of projects.
pub(super) struct ProjectsRequest<'a> {
    /// Archived ones too, and archived tasks among those that are counted.
    pub(super) archived: bool,
    /// Only those whose name matches this regular expression.
    pub(super) name: Option<&'a str>,
    /// How many projects are skipped.
    pub(super) start: u32,
    /// How many come at most.
    pub(super) size: usize,
}

impl Api {
    /// `projects.get_all_ex` for one: the project with the projects below it and the number of its own tasks, also if it
    /// is hidden or archived.
    pub(super) async fn project(&self, call: &Call, id: &ProjectId) -> Result<Option<WireProject>> {
        let body = json!({
            "id": [id.as_str()],
            "only_fields": FIELDS,
            "include_stats": true,
            "stats_for_state": "active",
            "check_own_contents": true,
        });
        let Projects { projects } = self.ask(call, "projects.get_all_ex", &body).await?;
        Ok(projects.into_iter().find(|project| project.id == id.as_str()))
    }

    /// `projects.get_all_ex` for a list: projects that are not hidden with their own tasks by status, the most recently
    /// changed first.
    pub(super) async fn projects(&self, call: &Call, request: &ProjectsRequest<'_>) -> Result<Vec<WireProject>> {
        let mut body = json!({
            "only_fields": FIELDS,
            "include_stats": true,
            "stats_with_children": false,
            // Null stands for both.
            "stats_for_state": (!request.archived).then_some("active"),
            "search_hidden": false,
            "order_by": ["-last_update"],
            "start": request.start,
            "size": request.size,
        });
        if let Value::Object(body) = &mut body {
            if !request.archived {
                body.insert("system_tags".to_owned(), json!(["__$not", ARCHIVED]));
            }
            if let Some(pattern) = request.name {
                body.insert("name".to_owned(), json!(pattern));
            }
        }
        let Projects { projects } = self.ask(call, "projects.get_all_ex", &body).await?;
        Ok(projects)
    }

    /// `projects.get_all_ex` for names: a page of [`PAGE`] projects, hidden and archived ones too, by their ids.
    pub(super) async fn project_names(&self, call: &Call, page: usize) -> Result<Vec<NamedProject>> {
        let body = json!({
            "only_fields": ["id", "name", "system_tags"],
            "search_hidden": true,
            "order_by": ["id"],
            "page": page,
            "page_size": PAGE,
        });
        let wire_names::Projects { projects } = self.ask(call, "projects.get_all_ex", &body).await?;
        Ok(projects)
    }

    /// `projects.get_unique_metric_variants`: the series of the tasks that lie in a project itself.
    pub(super) async fn series_names(&self, call: &Call, project: &ProjectId) -> Result<SeriesNames> {
        self.metric_variants(call, Some(project.as_str())).await
    }

    /// `projects.get_unique_metric_variants`: the same with their hashes; without a project, the series of all tasks.
    pub(super) async fn variants(&self, call: &Call, project: Option<&str>) -> Result<Vec<Variant>> {
        let Variants { metrics } = self.metric_variants(call, project).await?;
        Ok(metrics)
    }

    async fn metric_variants<T>(&self, call: &Call, project: Option<&str>) -> Result<T>
    where
        T: DeserializeOwned + Send + 'static,
    {
        // Without a project, and without those below, only tasks that lie in none would be asked.
        let body = json!({"project": project, "include_subprojects": project.is_none()});
        self.ask(call, "projects.get_unique_metric_variants", &body).await
    }

    /// `projects.get_hyper_parameters`: a page of [`PAGE`] params of the tasks that lie in a project itself; without a
    /// project, of all tasks. What the server tells as total and remaining is of the page alone.
    pub(super) async fn hyper_parameters(
        &self,
        call: &Call,
        project: Option<&str>,
        page: usize,
    ) -> Result<Vec<Parameter>> {
        let body = json!({
            "project": project,
            "include_subprojects": project.is_none(),
            "page": page,
            "page_size": PAGE,
        });
        let Parameters { parameters } = self.ask(call, "projects.get_hyper_parameters", &body).await?;
        Ok(parameters)
    }
}
