//! Models of Unity Catalog: the requests that MLflow's own client makes, never tried on a live workspace.

use serde_json::json;
use wiremock::MockServer;

use super::{answers, call, databricks, json as body};
use crate::TrackerModels;
use crate::model::ModelKind;
use crate::query::Filter;
use crate::tracker::{ModelQuery, ProjectScope};

const CATALOG: &str = "/api/2.0/mlflow/unity-catalog/";

fn query(text: Option<&str>, filter: Option<&str>) -> ModelQuery {
    ModelQuery {
        kind: ModelKind::Registered,
        projects: ProjectScope::All,
        text: text.map(ToOwned::to_owned),
        filter: filter.map(|filter| Filter::parse(filter, jiff::Timestamp::UNIX_EPOCH).unwrap()),
        limit: 10,
        cursor: None,
    }
}

async fn catalog() -> MockServer {
    let server = MockServer::start().await;
    let models = json!([{"name": "main.ml.fraud", "creation_timestamp": 1, "user_id": "ada@example.com"}, {"name": "main.ml.other"}]);
    answers(&server, "GET", &format!("{CATALOG}registered-models/search"), body(json!({"registered_models": models})))
        .await;
    let whole = json!({"name": "main.ml.fraud", "aliases": [{"alias": "champion", "version": "1"}],
                       "tags": [{"key": "team", "value": "risk"}]});
    answers(&server, "GET", &format!("{CATALOG}registered-models/get"), body(json!({"registered_model": whole}))).await;
    let version = |number: &str| json!({"name": "main.ml.fraud", "version": number, "status": "READY"});
    let versions = json!({"model_versions": [version("1"), version("10"), version("9")]});
    answers(&server, "GET", &format!("{CATALOG}model-versions/search"), body(versions)).await;
    server
}

#[tokio::test]
async fn models_of_the_catalog_are_listed_without_a_filter_and_chosen_here() {
    let server = catalog().await;

    let page = databricks(&server).search_models(&call(), &query(Some("FRAUD"), None)).await.unwrap();

    let names: Vec<&str> = page.rows.iter().map(|model| model.name.as_str()).collect();
    assert_eq!(names, ["main.ml.fraud"]);
    assert_eq!(page.rows[0].owner.as_deref(), Some("ada@example.com"));
    let asked = server.received_requests().await.unwrap();
    let parameters: Vec<String> = asked[0].url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    assert_eq!(parameters, ["max_results"]);
}

#[tokio::test]
async fn what_the_list_of_the_catalog_does_not_tell_is_said() {
    let server = catalog().await;
    for filter in ["alias = 'champion'", "not tags.team = 'risk'", "stage is null"] {
        let error = databricks(&server).search_models(&call(), &query(None, Some(filter))).await.unwrap_err();
        assert_eq!(error.kind, crate::ErrorKind::Unsupported, "{filter}: {error}");
        assert!(error.message.contains("get_models"), "{error}");
    }
}

#[tokio::test]
async fn a_model_of_three_parts_is_read_from_the_catalog_with_its_aliases() {
    let server = catalog().await;

    let found = databricks(&server).models(&call(), &["main.ml.fraud@champion".to_owned()], 10).await.unwrap();

    let details = &found[0].found[0];
    assert_eq!(details.asked.as_deref(), Some("1"));
    let versions: Vec<&str> = details.model.versions.iter().map(|version| version.version.as_str()).collect();
    assert_eq!(versions, ["10", "9", "1"]);
    assert_eq!(details.model.tags["team"], "risk");
    let asked = server.received_requests().await.unwrap();
    assert!(asked.iter().all(|request| request.url.path().starts_with(CATALOG)), "{asked:?}");
    assert_eq!(asked[1].url.query_pairs().find(|(name, _)| name == "filter").unwrap().1, "name = 'main.ml.fraud'");
}
