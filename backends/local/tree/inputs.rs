//! What went into a run and what came out: datasets of its experiment, and models.

use crate::mlflow_model;
use crate::model::{DatasetInput, ModelReference};

use super::experiments::is_id;
use super::files;
use super::meta::Meta;
use super::runs::RunFolder;
use super::skipped::{Skipped, What};

/// The datasets that the run used, by name and digest.
pub(super) fn datasets(run: RunFolder<'_>, skipped: &mut Skipped) -> Vec<DatasetInput> {
    let place = run.experiment.folder.join("datasets");
    let mut found = Vec::new();
    for link in links(run, "inputs", skipped) {
        let (Some("DATASET"), Some(id)) = (link.get("source_type"), link.get("source_id").filter(|id| is_id(id)))
        else {
            continue;
        };
        match Meta::of(&place.join(id)) {
            Ok(dataset) => found.push(DatasetInput {
                reference: Some(mlflow_model::datasets::reference(
                    dataset.get("name").unwrap_or_default(),
                    dataset.filled("digest"),
                )),
                name: dataset.get("name").unwrap_or_default().to_owned(),
                version: dataset.filled("digest").map(ToOwned::to_owned),
                source_kind: dataset.filled("source_type").map(ToOwned::to_owned),
                schema: dataset.filled("schema").map(ToOwned::to_owned),
                profile: dataset.filled("profile").map(ToOwned::to_owned),
                context: link.within("tags").and_then(|tags| tags.get(mlflow_model::DATASET_CONTEXT)).cloned(),
                source: dataset.get("source").and_then(mlflow_model::dataset_source),
            }),
            Err(why) => skipped.add(What::Dataset, id, &why),
        }
    }
    found.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    found
}

/// The models that the run used and made, as MLflow 3 logs them.
pub(super) fn models(run: RunFolder<'_>, skipped: &mut Skipped) -> Vec<ModelReference> {
    let link = |(id, output): (&str, bool)| ModelReference { id: id.to_owned(), output, ..ModelReference::default() };
    let used = links(run, "inputs", skipped);
    let used = used.iter().filter(|link| link.get("source_type") == Some("MODEL"));
    let used = used.filter_map(|link| Some((link.get("source_id")?, false)));
    let made = links(run, "outputs", skipped);
    let made = made.iter().filter(|link| link.get("destination_type") == Some("MODEL_OUTPUT"));
    let made = made.filter_map(|link| Some((link.get("destination_id")?, true)));
    used.chain(made).map(link).collect()
}

fn links(run: RunFolder<'_>, kind: &'static str, skipped: &mut Skipped) -> Vec<Meta> {
    let folder = run.path().join(kind);
    let mut found = Vec::new();
    for name in files::folders(&folder).unwrap_or_default() {
        match Meta::of(&folder.join(&name)) {
            Ok(meta) => found.push(meta),
            Err(why) => skipped.add(What::Link, &format!("{name} of run {}", run.id), &why),
        }
    }
    found
}
