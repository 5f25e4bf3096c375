//! Pages of ClearML's web interface, there (links) and back (what a pasted URL shows).

use crate::percent::decoded;
use url::Url;

use crate::model::{ProjectId, RunId};
use crate::tracker::{Located, Location};

/// The page of a task; `web` without a slash at its end.
pub(super) fn task(web: &str, project: &str, id: &str) -> String {
    let project = if project.is_empty() { "*" } else { project };
    format!("{web}/projects/{project}/experiments/{id}/output/execution")
}

/// The page of a pipeline's run, with its steps.
pub(super) fn pipeline(web: &str, project: &str, id: &str) -> String {
    let project = if project.is_empty() { "*" } else { project };
    format!("{web}/pipelines/{project}/experiments/{id}")
}

/// The page of a report.
pub(super) fn report(web: &str, project: &str, id: &str) -> String {
    let project = if project.is_empty() { "*" } else { project };
    format!("{web}/reports/{project}/{id}")
}

/// The page of a version of a dataset.
pub(super) fn dataset(web: &str, project: &str, id: &str) -> String {
    format!("{web}/datasets/simple/{project}/experiments/{id}")
}

/// The page of a project.
pub(super) fn project(web: &str, id: &str) -> String {
    format!("{web}/projects/{id}/experiments")
}

/// The page of a model.
pub(super) fn model(web: &str, project: &str, id: &str) -> String {
    let project = if project.is_empty() { "*" } else { project };
    format!("{web}/projects/{project}/models/{id}/general")
}

/// What a URL shows: tasks, also those that are pipelines, datasets or reports, and projects. It is of the same host if
/// it names the web server; a page is never fetched.
pub(super) fn locate(web: &Url, url: &Url) -> Option<Location> {
    match url.scheme() {
        "http" | "https" => {}
        // A model by its name, as MLflow writes it.
        "models" => return Some(Location { what: Located::Model(decoded(url.as_str())), same_host: true }),
        _ => return None,
    }
    let same_host = url.host_str() == web.host_str() && url.port_or_known_default() == web.port_or_known_default();
    page(url).map(|what| Location { what, same_host })
}

fn page(url: &Url) -> Option<Located> {
    if let Some(runs) = compared(url.path()) {
        return Some(Located::Runs(runs));
    }
    // Matrix parameters (`;columns=…`) and doubled slashes are common in addresses of the web interface.
    let path = url.path().split(';').next().unwrap_or_default();
    let steps: Vec<&str> = path.split('/').filter(|step| !step.is_empty()).collect();
    let area = steps.iter().position(|step| matches!(*step, "projects" | "pipelines" | "datasets" | "reports"))?;
    let rest = steps.get(area + 1..).unwrap_or_default();
    let rest = rest.strip_prefix(&["simple"]).unwrap_or(rest);
    match rest {
        [_, "experiments" | "tasks" | "reports", task, ..] if is_id(task) => Some(Located::Run(RunId::new(*task))),
        [_, "models", model, ..] if is_id(model) => Some(Located::Model((*model).to_owned())),
        [_, task, ..] if steps.get(area) == Some(&"reports") && is_id(task) => Some(Located::Run(RunId::new(*task))),
        [project, ..] if is_id(project) => Some(Located::Project(ProjectId::new(*project))),
        _ => None,
    }
}

/// The tasks of a page that shows them side by side: `…/compare-tasks;ids=…,…/…`, `compare-experiments` in older versions.
fn compared(path: &str) -> Option<Vec<RunId>> {
    let compares = |step: &str| step.starts_with("compare-tasks;") || step.starts_with("compare-experiments;");
    let step = path.split('/').find(|step| compares(step))?;
    let ids = step.split(';').find_map(|parameter| parameter.strip_prefix("ids="))?.replace("%2C", ",");
    let ids: Vec<RunId> = ids.split(',').filter(|id| is_id(id)).map(RunId::new).collect();
    (!ids.is_empty()).then_some(ids)
}

/// Whether a text has the shape of an id: 32 hexadecimal digits.
pub(super) fn is_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TASK: &str = "f03721ba0b6b4ca8aa1966499b8d1c11";
    const PROJECT: &str = "9eea86225c2c430980d463a96fcf30ce";

    fn located(text: &str) -> Option<Location> {
        locate(&Url::parse("https://app.clear.ml").unwrap(), &Url::parse(text).unwrap())
    }

    #[test]
    fn a_page_of_a_task_leads_back_to_it() {
        let there = Some(Location { what: Located::Run(RunId::new(TASK)), same_host: true });
        for project in [PROJECT, ""] {
            for page in [task, pipeline, report] {
                assert_eq!(located(&page("https://app.clear.ml", project, TASK)), there);
            }
        }
        for path in [
            format!("projects/*/experiments/{TASK}/info-output/metrics/scalar?columns=selected&order=-last_update"),
            format!("projects/{PROJECT}/experiments/{TASK};columns=selected"),
            format!("pipelines/{PROJECT}/experiments/{TASK}"),
            format!("datasets/simple/{PROJECT}/experiments/{TASK}"),
            format!("projects/{PROJECT}/tasks/{TASK}"),
            format!("reports/{PROJECT}/{TASK}"),
        ] {
            assert_eq!(located(&format!("https://app.clear.ml/{path}")), there, "{path}");
        }
    }

    #[test]
    fn a_page_of_tasks_side_by_side_leads_back_to_all_of_them() {
        let both = Located::Runs(vec![RunId::new(TASK), RunId::new(PROJECT)]);
        for path in [
            format!("projects/*/compare-tasks;ids={TASK},{PROJECT}/details"),
            format!("projects/{PROJECT}/compare-experiments;ids={TASK}%2C{PROJECT}/scalars/graph?metricPath=a"),
            format!("projects/{PROJECT}/compare-experiments;metricName=a;ids={TASK},{PROJECT}/hyper-params/graph"),
        ] {
            assert_eq!(located(&format!("https://app.clear.ml/{path}")).unwrap().what, both, "{path}");
        }
        assert_eq!(located("https://app.clear.ml/projects/*/compare-tasks;ids=/details"), None);
    }

    #[test]
    fn a_page_of_a_project_leads_back_to_it() {
        let there = Some(Location { what: Located::Project(ProjectId::new(PROJECT)), same_host: true });
        assert_eq!(located(&project("https://app.clear.ml", PROJECT)), there);
    }

    #[test]
    fn a_page_of_a_model_leads_back_to_it() {
        let there = Some(Located::Model(TASK.to_owned()));
        for project in [PROJECT, ""] {
            assert_eq!(located(&model("https://app.clear.ml", project, TASK)).map(|found| found.what), there);
        }
        let pasted = format!("https://app.clear.ml/projects/{PROJECT}/models/{TASK};columns=selected");
        assert_eq!(located(&pasted).map(|found| found.what), there);
        let named = Some(Located::Model("models:/my model@champion".to_owned()));
        assert_eq!(located("models:/my model@champion").map(|found| found.what), named);
    }

    #[test]
    fn a_page_of_another_host_is_known_by_its_shape() {
        let found = located(&format!("http://lab:8080/projects/{PROJECT}/experiments/{TASK}")).unwrap();
        assert_eq!((found.what, found.same_host), (Located::Run(RunId::new(TASK)), false));
    }

    #[test]
    fn other_pages_are_not_ours() {
        for text in [
            "https://app.clear.ml/dashboard",
            "https://app.clear.ml/projects/*/overview",
            "https://github.com/org/projects/1/experiments/2",
            "s3://bucket/projects/a",
        ] {
            assert_eq!(located(text), None, "{text}");
        }
    }
}
