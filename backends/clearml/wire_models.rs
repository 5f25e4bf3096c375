//! The models that a task used and made, as ClearML links them (`models.input`, `models.output`).

use serde::Deserialize;

use crate::model::ModelReference;

/// Both kinds of links.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct WireModels {
    input: Vec<WireModel>,
    output: Vec<WireModel>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WireModel {
    name: Option<String>,
    model: Option<LinkedModel>,
}

/// A model: its id, or the id with fields of it that were joined.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum LinkedModel {
    Id(String),
    Document {
        /// Left out where the model is gone.
        id: Option<String>,
        name: Option<String>,
        framework: Option<String>,
        uri: Option<String>,
    },
}

impl WireModels {
    /// Our model of them: those that were used, then those that were made.
    pub(super) fn into_references(self) -> Vec<ModelReference> {
        let used = self.input.into_iter().filter_map(|link| link.into_reference(false));
        used.chain(self.output.into_iter().filter_map(|link| link.into_reference(true))).collect()
    }
}

impl WireModel {
    fn into_reference(self, output: bool) -> Option<ModelReference> {
        let said = |text: Option<String>| text.filter(|text| !text.is_empty());
        Some(match self.model? {
            LinkedModel::Id(id) => ModelReference { id, name: self.name, output, ..ModelReference::default() },
            LinkedModel::Document { id, name, framework, uri } => ModelReference {
                id: id?,
                name: name.or(self.name),
                output,
                framework: said(framework),
                location: said(uri),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_model_has_what_was_joined_and_one_that_is_gone_is_left_out() {
        let links = json!({
            "input": [{"name": "base", "model": "fed7e839e48541fea2bdc0921bb8e5a1"}, {"name": "gone", "model": {}}],
            "output": [{"name": "link", "model": {
                "id": "d396a13b368b44b9a6e5e24950393426",
                "name": "fraud-model",
                "framework": "PyTorch",
                "uri": "http://127.0.0.1:8081/lineage/model.pt"
            }}],
        });
        let models: WireModels = serde_json::from_value(links).unwrap();
        assert_eq!(
            models.into_references(),
            [
                ModelReference {
                    id: "fed7e839e48541fea2bdc0921bb8e5a1".to_owned(),
                    name: Some("base".to_owned()),
                    ..ModelReference::default()
                },
                ModelReference {
                    id: "d396a13b368b44b9a6e5e24950393426".to_owned(),
                    name: Some("fraud-model".to_owned()),
                    output: true,
                    framework: Some("PyTorch".to_owned()),
                    location: Some("http://127.0.0.1:8081/lineage/model.pt".to_owned()),
                },
            ]
        );
    }
}
