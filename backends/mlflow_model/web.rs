//! Pages of MLflow's web interface, there (links) and back (what a pasted URL shows).

use url::Url;

use crate::http::segment;
use crate::model::{ModelKind, ProjectId, RunId};
use crate::secret::SafeUrl;
use crate::tracker::{Located, Location};

use crate::percent::decoded;

/// Below which address a server shows its pages: MLflow behind `#`, Databricks below `/ml`.
pub(crate) fn pages(base: &SafeUrl, databricks: bool) -> String {
    format!("{base}/{}", if databricks { "ml" } else { "#" })
}

/// The page of an experiment; `web` as [`pages`] gives it.
pub(crate) fn experiment(web: &str, id: &str) -> String {
    format!("{web}/experiments/{id}")
}

/// The page of a run; `web` as [`pages`] gives it.
pub(crate) fn run(web: &str, experiment: &str, id: &str) -> String {
    format!("{web}/experiments/{experiment}/runs/{id}")
}

/// The page of an entry of the registry.
pub(crate) fn registered(web: &str, kind: ModelKind, name: &str) -> String {
    match kind {
        ModelKind::Prompt => prompt(web, name),
        ModelKind::Registered | ModelKind::Logged => model(web, name),
    }
}

/// The page of a registered model.
fn model(web: &str, name: &str) -> String {
    format!("{web}/models/{}", segment(name))
}

/// The page of a version of a registered model.
pub(crate) fn model_version(web: &str, name: &str, version: &str) -> String {
    format!("{web}/models/{}/versions/{}", segment(name), segment(version))
}

/// The page of a prompt.
pub(crate) fn prompt(web: &str, name: &str) -> String {
    format!("{web}/prompts/{}", segment(name))
}

/// The page of a logged model.
pub(crate) fn logged_model(web: &str, experiment: &str, id: &str) -> String {
    format!("{web}/experiments/{experiment}/models/{id}")
}

/// The page of a trace; `web` as [`pages`] gives it.
pub(crate) fn trace(web: &str, experiment: &str, id: &str) -> String {
    format!("{web}/experiments/{experiment}/traces?{TRACE}={id}")
}

/// The part of a query that says which trace is shown.
const TRACE: &str = "selectedEvaluationId";

/// What a URL shows: pages below `#/` (MLflow) or `/ml/` (Databricks), and the schemes `runs:` and `models:`.
/// `base` is where its pages are, if that is known.
pub(crate) fn locate(base: Option<&Url>, url: &Url) -> Option<Location> {
    match url.scheme() {
        "runs" => {
            let id = url.path().trim_start_matches('/').split('/').next().filter(|id| !id.is_empty())?;
            Some(Location { what: Located::Run(RunId::new(id)), same_host: true })
        }
        "models" => Some(Location { what: Located::Model(decoded(url.as_str())), same_host: true }),
        "http" | "https" => {
            let same_host = base.is_some_and(|base| {
                url.host_str() == base.host_str() && url.port_or_known_default() == base.port_or_known_default()
            });
            page(url).map(|what| Location { what, same_host })
        }
        _ => None,
    }
}

fn page(url: &Url) -> Option<Located> {
    let (route, query) = match url.fragment() {
        Some(fragment) => fragment.split_once('?').unwrap_or((fragment, "")),
        None => (url.path().split_once("/ml/").map(|(_, route)| route)?, url.query().unwrap_or_default()),
    };
    let parts: Vec<&str> = route.split('/').filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        ["experiments", _, "models", id, ..] => Some(Located::Model(format!("models:/{id}"))),
        ["prompts", name, ..] => Some(Located::Model(decoded(&format!("models:/{name}")))),
        ["experiments", _, "runs", run, ..] => Some(Located::Run(RunId::new(*run))),
        ["experiments", _, ..] if traced(query).is_some() => traced(query).map(Located::Trace),
        ["experiments", id, ..] => Some(Located::Project(ProjectId::new(*id))),
        ["compare-runs"] => compared(query).map(Located::Runs),
        ["models", name, "versions" | "version", version, ..] => {
            Some(Located::Model(decoded(&format!("models:/{name}/{version}"))))
        }
        ["models", name, ..] => Some(Located::Model(decoded(&format!("models:/{name}")))),
        _ => None,
    }
}

/// The trace that a page of an experiment shows.
fn traced(query: &str) -> Option<String> {
    let named = |name: &str| [TRACE, "selectedTraceId", "traceId"].contains(&name);
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.find(|(name, id)| named(name) && id.starts_with("tr-")).map(|(_, id)| id.into_owned())
}

/// The runs of `runs=["…","…"]`.
fn compared(query: &str) -> Option<Vec<RunId>> {
    let (_, runs) = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "runs")?;
    let ids: Vec<String> = serde_json::from_str(&runs).ok()?;
    (!ids.is_empty()).then(|| ids.into_iter().map(RunId::new).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn located(text: &str) -> Option<Location> {
        locate(Some(&Url::parse("http://127.0.0.1:5000").unwrap()), &Url::parse(text).unwrap())
    }

    #[test]
    fn the_page_of_a_run_leads_back_to_it() {
        for (base, databricks, expected) in [
            ("http://127.0.0.1:5000/", false, "http://127.0.0.1:5000/#/experiments/1/runs/ab12"),
            ("https://h/teams/a", false, "https://h/teams/a/#/experiments/1/runs/ab12"),
            ("https://dbc.example", true, "https://dbc.example/ml/experiments/1/runs/ab12"),
        ] {
            let base = Url::parse(base).unwrap();
            let page = run(&pages(&SafeUrl::new(base.clone()), databricks), "1", "ab12");
            assert_eq!(page, expected);
            let there = Location { what: Located::Run(RunId::new("ab12")), same_host: true };
            assert_eq!(locate(Some(&base), &Url::parse(&page).unwrap()), Some(there));
        }
    }

    #[test]
    fn the_page_of_a_trace_leads_back_to_it() {
        let page = trace("http://127.0.0.1:5000/#", "1", "tr-0f");
        assert_eq!(located(&page).map(|found| found.what), Some(Located::Trace("tr-0f".to_owned())));
        let other = located("http://127.0.0.1:5000/#/experiments/1/traces?selectedEvaluationId=x");
        assert_eq!(other.map(|found| found.what), Some(Located::Project(ProjectId::new("1"))));
    }

    #[test]
    fn a_page_of_a_run_shows_the_run() {
        let there = Location { what: Located::Run(RunId::new("ab12")), same_host: true };
        assert_eq!(located("http://127.0.0.1:5000/#/experiments/1/runs/ab12"), Some(there.clone()));
        assert_eq!(located("http://127.0.0.1:5000/#/experiments/1/runs/ab12/artifacts?x=1"), Some(there.clone()));
        assert_eq!(located("runs:/ab12/model"), Some(there));
    }

    #[test]
    fn a_page_of_another_host_is_known_by_its_shape() {
        let there = Location { what: Located::Run(RunId::new("ab12")), same_host: false };
        assert_eq!(located("https://dbc.example/ml/experiments/1/runs/ab12"), Some(there));
    }

    #[test]
    fn a_page_of_runs_side_by_side_leads_back_to_all_of_them() {
        let both = Some(Located::Runs(vec![RunId::new("ab12"), RunId::new("cd34")]));
        for text in [
            r#"http://127.0.0.1:5000/#/compare-runs?runs=["ab12","cd34"]&experiments=["1"]"#,
            "http://127.0.0.1:5000/#/compare-runs?runs=%5B%22ab12%22%2C%22cd34%22%5D&experiments=%5B%221%22%5D",
            r#"https://dbc.example/ml/compare-runs?o=5&runs=["ab12","cd34"]"#,
        ] {
            assert_eq!(located(text).map(|found| found.what), both, "{text}");
        }
        assert_eq!(located("http://127.0.0.1:5000/#/compare-runs?runs=[]"), None);
    }

    #[test]
    fn other_pages_are_not_ours() {
        assert_eq!(located("http://127.0.0.1:5000/#/compare"), None);
        assert_eq!(located("https://example.org/"), None);
        assert_eq!(located("s3://bucket/experiments/1/runs/2"), None);
    }

    #[test]
    fn a_name_within_an_address_is_decoded() {
        let model = Some(Located::Model("models:/my modèl/3".to_owned()));
        for text in ["http://127.0.0.1:5000/#/models/my%20mod%C3%A8l/versions/3", "models:/my modèl/3"] {
            assert_eq!(located(text).map(|found| found.what), model, "{text}");
        }
        let alias = Some(Located::Model("models:/my model@champion".to_owned()));
        assert_eq!(located("models:/my model@champion").map(|found| found.what), alias);
    }

    #[test]
    fn experiments_and_models_are_pages_too() {
        let project = Located::Project(ProjectId::new("7"));
        assert_eq!(located("http://127.0.0.1:5000/#/experiments/7").map(|found| found.what), Some(project));
        let model = Located::Model("models:/fraud/3".to_owned());
        assert_eq!(located("http://127.0.0.1:5000/#/models/fraud/versions/3").map(|found| found.what), Some(model));
    }
}
