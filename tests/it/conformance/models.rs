//! Models: `fraud-model` has three versions, of which the second is champion and the third, of a failed run, challenger.

use backends::model::{Model, ModelDetails, ModelKind};
use backends::query::Filter;
use backends::tracker::{ModelQuery, ProjectScope};

use super::{BACKENDS, Running, now};

fn query(filter: Option<&str>, text: Option<&str>) -> ModelQuery {
    ModelQuery {
        kind: ModelKind::Registered,
        projects: ProjectScope::All,
        text: text.map(ToOwned::to_owned),
        filter: filter.map(|filter| Filter::parse(filter, now()).unwrap()),
        limit: 100,
        cursor: None,
    }
}

async fn search(running: &Running, query: &ModelQuery) -> Vec<Model> {
    let page = running.tracker.models().unwrap().search_models(&running.call, query).await;
    let page = page.unwrap_or_else(|error| panic!("{}: {error}: {query:?}", running.name));
    assert_eq!(page.next, None, "{}", running.name);
    page.rows
}

async fn get(running: &Running, reference: &str) -> Option<ModelDetails> {
    let found = running.tracker.models().unwrap().models(&running.call, &[reference.to_owned()], 10).await;
    let mut found = found.unwrap_or_else(|error| panic!("{}: {error}: {reference}", running.name));
    assert_eq!(found.len(), 1);
    found.remove(0).found.pop()
}

#[tokio::test]
async fn models_are_claimed_by_those_who_know_them() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        assert_eq!(running.tracker.models().is_some(), running.tracker.capabilities().models, "{}", running.name);
    }
}

#[tokio::test]
async fn a_model_is_found_by_part_of_its_name_by_alias_and_by_tag() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        for (filter, text, found) in [
            (None, Some("RAUD-mod"), true),
            (Some("alias = 'champion' and tags.team = 'risk'"), None, true),
            (Some("name ilike 'FRAUD%' and not name = 'x'"), None, true),
            (Some("alias = 'nobody'"), None, false),
            (Some("tags.team = 'nlp'"), None, false),
            (None, Some("no such model"), false),
        ] {
            let rows = search(&running, &query(filter, text)).await;
            let named = rows.iter().any(|model| model.name == "fraud-model");
            assert_eq!(named, found, "{}: {filter:?} {text:?}: {rows:?}", running.name);
        }
    }
}

#[tokio::test]
async fn the_versions_come_newest_first_with_alias_and_source_run() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let details = get(&running, "fraud-model").await.unwrap();
        let model = &details.model;
        let versions: Vec<&str> = model.versions.iter().map(|version| version.version.as_str()).collect();
        assert_eq!(versions, ["3", "2", "1"], "{}", running.name);
        assert_eq!(model.aliases["champion"], "2", "{}", running.name);
        assert_eq!(model.in_use().unwrap().id, running.model(2), "{}", running.name);
        assert_eq!(model.total, Some(3), "{}", running.name);
        for version in &model.versions {
            let run = details.source(version).unwrap();
            let number: usize = version.version.parse().unwrap();
            assert_eq!(
                run.id.as_str(),
                running.server.id(&format!("models.versions.{}", number - 1)),
                "{}",
                running.name
            );
            assert!(run.metrics.contains_key(&running.metric("accuracy")), "{}: {:?}", running.name, run.metrics);
        }
    }
}

#[tokio::test]
async fn a_version_is_named_by_its_number_and_by_its_alias() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        for (reference, version) in [
            ("fraud-model/2", Some("2")),
            ("fraud-model@champion", Some("2")),
            ("models:/fraud-model/3", Some("3")),
            ("models:/fraud-model@challenger", Some("3")),
            ("fraud-model/latest", Some("3")),
            ("fraud-model", None),
        ] {
            let details = get(&running, reference).await.unwrap_or_else(|| panic!("{}: {reference}", running.name));
            assert_eq!(details.asked.as_deref(), version, "{}: {reference}", running.name);
        }
        for reference in ["fraud-model/9", "fraud-model@nobody", "fraud"] {
            assert_eq!(get(&running, reference).await, None, "{}: {reference}", running.name);
        }
    }
}

#[tokio::test]
async fn what_no_name_contains_is_told_with_its_neighbours() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let asked = query(Some("alias = 'champion'"), Some("fraud-modle"));
        let page = running.tracker.models().unwrap().search_models(&running.call, &asked).await.unwrap();
        assert_eq!((page.rows.len(), page.near), (0, vec!["fraud-model".to_owned()]), "{}", running.name);
    }
}

#[tokio::test]
async fn a_misspelt_name_finds_its_neighbour() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let asked = running.tracker.models().unwrap().models(&running.call, &["fraud-modle".to_owned()], 10).await;
        assert_eq!(asked.unwrap()[0].near, ["fraud-model"], "{}", running.name);
    }
}
