//! Datasets: what runs used, told from the side of the data.

use backends::model::{Dataset, DatasetDetails, Part, Parts, RunId};
use backends::query::{Filter, Key, Order};
use backends::tracker::{DatasetQuery, FoundDataset, ProjectScope, RunQuery};

use super::{BACKENDS, Running};

fn all() -> DatasetQuery {
    DatasetQuery { projects: ProjectScope::All, text: None, tags: Vec::new(), limit: 100, cursor: None }
}

async fn search(running: &Running, query: &DatasetQuery) -> Vec<Dataset> {
    let datasets = running.tracker.datasets().unwrap();
    datasets.search(&running.call, query).await.unwrap_or_else(|error| panic!("{}: {error}", running.name)).rows
}

async fn get(running: &Running, text: &str) -> DatasetDetails {
    let datasets = running.tracker.datasets().unwrap();
    let found = datasets.get(&running.call, &[text.to_owned()], false).await;
    match found.unwrap_or_else(|error| panic!("{}: {error}", running.name)).remove(0) {
        FoundDataset::Found(mut found) => found.remove(0),
        other => panic!("{}: {text}: {other:?}", running.name),
    }
}

/// The runs that a search by its reference lists.
async fn listed(running: &Running, reference: &str) -> Vec<RunId> {
    let query = RunQuery {
        projects: ProjectScope::All,
        text: None,
        filter: Some(Filter::equals(Key::Dataset, reference)),
        order: Order::default(),
        include_archived: true,
        parts: Parts::NONE,
        limit: 100,
        cursor: None,
    };
    let found = running.tracker.search_runs(&running.call, &query).await;
    let found = found.unwrap_or_else(|error| panic!("{}: {error}: {reference}", running.name));
    let mut runs: Vec<RunId> = found.rows.into_iter().map(|run| run.id).collect();
    runs.sort();
    runs
}

fn used_by(details: &DatasetDetails) -> Vec<RunId> {
    let mut runs: Vec<RunId> = details.uses.iter().map(|one| one.run.clone()).collect();
    runs.sort();
    runs
}

#[tokio::test]
async fn who_claims_datasets_has_them() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let claimed = running.tracker.capabilities().datasets;
        assert_eq!(running.tracker.datasets().is_some(), claimed, "{}", running.name);
    }
}

#[tokio::test]
async fn a_part_of_the_name_finds_all_versions_whatever_its_case() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let found = search(&running, &DatasetQuery { text: Some("MML".to_owned()), ..all() }).await;
        let mut versions: Vec<_> = found.iter().map(|one| (one.name.as_str(), one.version.clone().unwrap())).collect();
        versions.sort();
        versions.dedup();
        assert_eq!((found.len(), versions.len()), (2, 2), "{}: {found:?}", running.name);
        assert!(versions.iter().all(|(name, _)| *name == "mmlu"), "{}", running.name);
    }
}

#[tokio::test]
async fn a_dataset_is_used_by_exactly_the_runs_that_say_so() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        for path in ["compare.baseline", "compare.candidate", "runs.parent"] {
            let run = running.run(path);
            let parts = Parts::of(&[Part::Datasets]);
            let found = running.tracker.runs(&running.call, std::slice::from_ref(&run), parts).await.unwrap();
            let inputs = &found.found[0].run.datasets;
            assert!(!inputs.is_empty(), "{}: {path}", running.name);
            for input in inputs {
                let details = get(&running, input.reference.as_deref().unwrap()).await;
                assert!(used_by(&details).contains(&run), "{}: {path}: {input:?}: {details:?}", running.name);
            }
        }
    }
}

#[tokio::test]
async fn a_search_by_its_reference_lists_all_runs_that_used_it() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let latest = get(&running, "mmlu").await;
        assert_eq!(latest.versions.len(), 2, "{}", running.name);
        for version in latest.versions {
            let details = get(&running, &version.reference).await;
            let users = used_by(&details);
            assert!(!users.is_empty(), "{}: {version:?}", running.name);
            assert_eq!(listed(&running, &version.reference).await, users, "{}: {version:?}", running.name);
        }
    }
}

#[tokio::test]
async fn the_latest_is_one_of_its_versions_and_an_older_one_leads_to_it() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let latest = get(&running, "mmlu").await;
        assert_eq!((latest.dataset.latest, latest.versions_in_all), (Some(true), 2), "{}", running.name);
        let versions: Vec<&str> = latest.versions.iter().map(|link| link.reference.as_str()).collect();
        assert_eq!(versions[0], latest.dataset.reference, "{}", running.name);
        let older = get(&running, versions[1]).await;
        assert_eq!(older.dataset.latest, Some(false), "{}", running.name);
        assert_eq!(older.latest.unwrap().reference, latest.dataset.reference, "{}", running.name);
        let named = get(&running, &format!("mmlu@{}", older.dataset.version.unwrap())).await;
        assert_eq!(named.dataset.reference, older.dataset.reference, "{}", running.name);
    }
}

#[tokio::test]
async fn what_no_name_contains_is_told_with_its_neighbours() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let datasets = running.tracker.datasets().unwrap();
        let asked = DatasetQuery { text: Some("mnlu".to_owned()), ..all() };
        let page = datasets.search(&running.call, &asked).await.unwrap();
        assert_eq!((page.rows.len(), page.near), (0, vec!["mmlu".to_owned()]), "{}", running.name);
    }
}

#[tokio::test]
async fn a_misspelt_name_finds_its_neighbour() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let datasets = running.tracker.datasets().unwrap();
        let found = datasets.get(&running.call, &["mnlu".to_owned()], false).await.unwrap().remove(0);
        assert_eq!(found, FoundDataset::Unknown(vec!["mmlu".to_owned()]), "{}", running.name);
    }
}
