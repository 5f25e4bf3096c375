//! Names that ClearML lists: of projects, users, series, hyper-parameters and models.

use serde::Deserialize;

use super::wire::Linked;

/// The system tag of what only shows when it is asked for: datasets, pipelines, reports.
pub(super) const HIDDEN: &str = "hidden";

/// The types of tasks that lead others or tell of them, and lie in hidden projects for the most part.
pub(super) const LEADING: [&str; 3] = ["controller", OPTIMIZER, REPORT];
/// The type of a task that looks for hyper-parameters: its trials are tasks below it, in no order.
pub(super) const OPTIMIZER: &str = "optimizer";
/// The type of a task that is a text.
pub(super) const REPORT: &str = "report";
/// The system tag of a pipeline's run.
pub(super) const PIPELINE: &str = "pipeline";
/// The part of a project's path below which pipelines lie, each in a project of its name, and the one in which reports do.
const SPECIAL: [&str; 2] = [".pipelines", ".reports"];

/// The part of a project's path that people know: `vision` of `vision/.pipelines/nightly`.
pub(super) fn shown_path(path: &str) -> &str {
    let special = SPECIAL.iter().filter_map(|part| {
        let (above, below) = path.split_once(part)?;
        let above = above.strip_suffix('/').filter(|above| !above.is_empty())?;
        (below.is_empty() || below.starts_with('/')).then_some(above)
    });
    special.min_by_key(|above| above.len()).unwrap_or(path)
}

/// Whether pipelines or reports lie in a project of this path.
pub(super) fn is_special(path: &str) -> bool {
    path.split('/').any(|part| SPECIAL.contains(&part))
}

/// Answer of `projects.get_all_ex`.
#[derive(Debug, Deserialize)]
pub(super) struct Projects {
    pub(super) projects: Vec<NamedProject>,
}

/// A project with its whole path.
#[derive(Debug, Deserialize)]
pub(super) struct NamedProject {
    pub(super) id: String,
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    system_tags: Vec<String>,
}

impl NamedProject {
    /// Whether it, and what lies in it, only shows when it is asked for.
    pub(super) fn is_hidden(&self) -> bool {
        self.system_tags.iter().any(|tag| tag == HIDDEN)
    }
}

/// Answer of `users.get_all_ex`.
#[derive(Debug, Deserialize)]
pub(super) struct Users {
    pub(super) users: Vec<NamedUser>,
}

/// A user.
#[derive(Debug, Deserialize)]
pub(super) struct NamedUser {
    pub(super) id: String,
    #[serde(default)]
    pub(super) name: Option<String>,
}

/// Answer of `projects.get_unique_metric_variants`.
#[derive(Debug, Deserialize)]
pub(super) struct Variants {
    pub(super) metrics: Vec<Variant>,
}

/// A series, and what it is called inside the paths of a task's document.
#[derive(Debug, Deserialize)]
pub(super) struct Variant {
    pub(super) metric: String,
    pub(super) metric_hash: String,
    pub(super) variant: String,
    pub(super) variant_hash: String,
}

/// Answer of `projects.get_hyper_parameters`.
#[derive(Debug, Deserialize)]
pub(super) struct Parameters {
    pub(super) parameters: Vec<Parameter>,
}

/// A hyper-parameter.
#[derive(Debug, Deserialize)]
pub(super) struct Parameter {
    pub(super) section: String,
    pub(super) name: String,
}

/// Answer of `models.get_all_ex`.
#[derive(Debug, Deserialize)]
pub(super) struct Models {
    pub(super) models: Vec<NamedModel>,
}

/// A model and the task that made it.
#[derive(Debug, Deserialize)]
pub(super) struct NamedModel {
    pub(super) id: String,
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) task: Option<Linked>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pipelines_and_reports_are_shown_where_people_put_them() {
        assert_eq!(shown_path("vision/.pipelines/nightly"), "vision");
        assert_eq!(shown_path("vision/a/.pipelines/b/.pipelines/c"), "vision/a");
        assert_eq!(shown_path("vision/.reports"), "vision");
        for path in [".reports", ".pipelines/nightly", "vision/.datasets/mmlu", "vision/.reports2", "a.reports"] {
            assert_eq!(shown_path(path), path);
        }
        assert!(is_special(".reports") && is_special("vision/.pipelines") && !is_special("vision/.datasets/mmlu"));
    }
}
