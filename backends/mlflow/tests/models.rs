//! Models of Unity Catalog: the requests that MLflow's own client makes, never tried on a live workspace.

use serde_json::json;
use wiremock::MockServer;

use super::{EXPERIMENTS, RUN, RUNS, answers, call, databricks, json as body, mlflow};
use crate::TrackerModels;
use crate::model::ModelKind;
use crate::query::Filter;
use crate::tracker::{ModelQuery, ProjectScope, Referent};

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

#[tokio::test]
async fn a_logged_model_a_stage_and_the_newest_version_stand_for_the_runs_that_made_them() {
    let server = MockServer::start().await;
    let id = "m-04710e7abfd14f81a22fe20a9e68b978";
    let experiment = json!({"experiment_id": "7", "name": "e"});
    answers(&server, "POST", EXPERIMENTS, body(json!({"experiments": [experiment]}))).await;
    let run = json!({"info": {"run_id": RUN, "experiment_id": "7", "run_name": "trained"}});
    answers(&server, "POST", RUNS, body(json!({"runs": [run]}))).await;
    let model =
        json!({"info": {"model_id": id, "experiment_id": "7", "name": "clf", "source_run_id": RUN}, "data": {}});
    answers(&server, "POST", "/api/2.0/mlflow/logged-models/search", body(json!({"models": [model]}))).await;
    let version = |number: &str, run: &str, stage: &str| json!({"name": "fraud", "version": number, "run_id": run, "current_stage": stage});
    let versions = json!({"model_versions": [version("3", RUN, "None"), version("2", RUN, "Production"), version("1", "", "Staging")]});
    answers(&server, "GET", "/api/2.0/mlflow/model-versions/search", body(versions)).await;
    let tracker = mlflow(&server, &[]);

    for (text, found) in [
        (format!("models:/{id}"), true),
        (id.to_owned(), true),
        ("models:/fraud/Production".to_owned(), true),
        ("models:/fraud/latest".to_owned(), true),
        // No run made it; there is none of this stage; no version is named.
        ("models:/fraud/Staging".to_owned(), false),
        ("models:/fraud/Archived".to_owned(), false),
        ("models:/fraud".to_owned(), false),
    ] {
        let resolution = crate::Tracker::resolve(&tracker, &call(), Referent::Run, &text).await.unwrap();
        // A name is looked for among runs first, whose double here has one answer for all.
        let expected: Vec<&str> = Some(RUN).filter(|_| found).into_iter().collect();
        let ids: Vec<&str> = resolution.candidates.iter().map(|one| one.id.as_str()).collect();
        assert_eq!(ids, expected, "{text}");
    }
}

#[tokio::test]
async fn a_server_that_takes_no_lists_of_names_is_asked_for_one_only_once() {
    let server = MockServer::start().await;
    let refused =
        json!({"error_code": "INVALID_PARAMETER_VALUE", "message": "Invalid comparator 'IN' not one of '!=, =, LIKE"});
    let refused = wiremock::ResponseTemplate::new(400).set_body_json(refused);
    answers(&server, "GET", "/api/2.0/mlflow/registered-models/search", refused).await;
    answers(&server, "GET", "/api/2.0/mlflow/model-versions/search", body(json!({}))).await;
    for name in ["a", "b"] {
        wiremock::Mock::given(wiremock::matchers::path("/api/2.0/mlflow/registered-models/get"))
            .and(wiremock::matchers::query_param("name", name))
            .respond_with(body(json!({"registered_model": {"name": name}})))
            .mount(&server)
            .await;
    }
    let tracker = mlflow(&server, &[]);
    let lists = async || {
        let asked = server.received_requests().await.unwrap();
        let is_list =
            |request: &&wiremock::Request| request.url.query_pairs().any(|(_, value)| value.contains(" IN ("));
        asked.iter().filter(is_list).count()
    };

    for _ in 0..2 {
        let found = tracker.models(&call(), &["a".to_owned(), "b".to_owned()], 10).await.unwrap();
        assert_eq!(found.iter().filter(|one| !one.found.is_empty()).count(), 2);
        assert_eq!(lists().await, 1);
    }
}

#[tokio::test]
async fn a_misspelt_name_finds_its_neighbours_with_one_request_more() {
    let server = catalog().await;
    answers(&server, "GET", "/api/2.0/mlflow/registered-models/search", body(json!({}))).await;

    let page = databricks(&server).search_models(&call(), &query(Some("main.ml.freud"), None)).await.unwrap();

    assert_eq!((page.rows.len(), page.near.first().map(String::as_str)), (0, Some("main.ml.fraud")));
    assert_eq!(server.received_requests().await.unwrap().len(), 2);
    let page = mlflow(&server, &[]).search_models(&call(), &query(Some("qqq"), Some("alias = 'x'"))).await.unwrap();
    assert!(page.near.is_empty());
    let asked = server.received_requests().await.unwrap();
    let filters: Vec<bool> =
        asked[2..].iter().map(|one| one.url.query_pairs().any(|(name, _)| name == "filter")).collect();
    assert_eq!(filters, [true, false]);
}
