//! The run that made a model which no endpoint names by itself: that of a stage, the newest, or one that a run logged.

use crate::mlflow_model::registry::{self, reference::Which};
use crate::model::{Model, RunId};
use crate::{Call, ErrorKind, Result};

use super::super::api::Api;
use super::super::api_registry::{Home, PageOf};
use super::super::filter;

/// Versions among which that of a stage is looked for.
const VERSIONS: usize = 1_000;

/// The run that made this version of a registered model; `None` if there is no such version, or no run made it.
pub(in super::super) async fn run_of(api: &Api, call: &Call, name: &str, which: &Which) -> Result<Option<String>> {
    let filter = filter::equal("name", name);
    let page = PageOf { home: Home::Server, filter: &filter, size: VERSIONS, token: None };
    let found = api.search_versions(call, page).await?.model_versions.into_iter();
    // Where a name cannot be quoted, the filter lets others through.
    let own = found.filter(|version| version.name == name);
    let mut model =
        Model { versions: own.map(|version| version.into_version(api.web())).collect(), ..Model::default() };
    registry::newest_first(&mut model.versions);
    let Ok(Some(number)) = which.of(&model) else { return Ok(None) };
    let version = model.versions.into_iter().find(|version| version.version == number);
    Ok(version.and_then(|version| version.run).map(|run| run.to_string()))
}

/// The run that logged this model (3.x).
pub(in super::super) async fn run_of_logged(
    api: &Api,
    call: &Call,
    experiments: &[String],
    id: &str,
) -> Result<Option<String>> {
    let filter = format!("model_id IN ('{id}')");
    let page = PageOf { home: Home::Server, filter: &filter, size: 1, token: None };
    match api.search_logged(call, experiments, page).await {
        Ok(page) => {
            let models = page.models.into_iter().map(|model| model.into_model(|_| None, api.web()));
            let run = |model: Model| model.versions.into_iter().next()?.run.as_ref().map(RunId::to_string);
            Ok(models.filter(|model| model.id == id).find_map(run))
        }
        // 2.x knows none.
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
