//! Datasets: what is asked, which version is the latest, and what belongs to it.

use super::*;
use crate::model::{Dataset, DatasetDetails, DatasetMetadata, DatasetState, Page};
use crate::tracker::{DatasetQuery, FoundDataset};

/// An id that ends in this number.
fn id(number: usize) -> String {
    format!("{number:032x}")
}

/// A version of a dataset as the server tells it.
fn version(number: usize, name: &str, version: &str, state: &str, parents: &[usize]) -> Value {
    let mut nodes = serde_json::Map::new();
    let keys: Vec<String> = (1..=parents.len()).map(|key| key.to_string()).collect();
    nodes.insert("0".to_owned(), json!({"job_id": id(number), "status": state, "parents": keys, "name": name}));
    for (key, parent) in keys.iter().zip(parents) {
        nodes.insert(key.clone(), json!({"job_id": id(*parent), "parents": [], "name": name, "version": "old"}));
    }
    json!({
        "id": id(number),
        "name": name,
        "status": state,
        "project": {"id": format!("p-{name}"), "name": format!("vision/.datasets/{name}")},
        "user": {"id": "u1", "name": "Ada"},
        "system_tags": ["dataset"],
        "tags": ["raw"],
        "created": format!("2026-01-01T00:{:02}:{:02}+00:00", number / 60, number % 60),
        "runtime": {"version": version, "ds_file_count": 2, "ds_total_size": 30, "ds_change_add": 1, "datasets": []},
        "configuration": {
            "Dataset Struct": {"value": Value::Object(nodes).to_string()},
            "Dataset Content": {"value": "File Name (1 files), File Size, Hash (SHA2)\na.txt, 7, aa"},
        },
    })
}

/// A server with these versions; `related` is what has to do with any of them.
async fn with(versions: Vec<Value>, related: Vec<Value>) -> MockServer {
    let (server, _) = signing_in("2.31").await;
    let all = versions.clone();
    Mock::given(path("/v2.31/tasks.get_all_ex"))
        .respond_with(move |request: &Request| {
            let body: Value = request.body_json().unwrap();
            if body.get("_any_").is_some() {
                return answer(&json!({"tasks": related}));
            }
            let size = usize::try_from(body["page_size"].as_u64().unwrap()).unwrap();
            let page = usize::try_from(body["page"].as_u64().unwrap()).unwrap();
            let tasks: Vec<&Value> = versions.iter().rev().skip(page * size).take(size).collect();
            answer(&json!({"tasks": tasks}))
        })
        .mount(&server)
        .await;
    Mock::given(path("/v2.31/tasks.get_by_id_ex"))
        .respond_with(move |request: &Request| {
            let body: Value = request.body_json().unwrap();
            let wanted = body["id"].as_array().unwrap();
            let tasks: Vec<&Value> = all.iter().filter(|task| wanted.contains(&task["id"])).collect();
            answer(&json!({"tasks": tasks}))
        })
        .mount(&server)
        .await;
    let parameters =
        json!({"parameters": [{"section": "Datasets", "name": "cats"}, {"section": "Args", "name": "lr"}]});
    Mock::given(path("/v2.31/projects.get_hyper_parameters")).respond_with(answer(&parameters)).mount(&server).await;
    server
}

async fn get(server: &MockServer, texts: &[&str], files: bool) -> Vec<FoundDataset> {
    let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
    tracker(server).datasets().unwrap().get(&call(), &texts, files).await.unwrap()
}

async fn one(server: &MockServer, text: &str) -> DatasetDetails {
    match get(server, &[text], false).await.remove(0) {
        FoundDataset::Found(mut found) => found.remove(0),
        other => panic!("{text}: {other:?}"),
    }
}

async fn search(server: &MockServer, text: Option<&str>, cursor: Option<String>) -> Page<Dataset> {
    let query = DatasetQuery {
        projects: ProjectScope::All,
        text: text.map(ToOwned::to_owned),
        tags: Vec::new(),
        limit: 20,
        cursor,
    };
    tracker(server).datasets().unwrap().search(&call(), &query).await.unwrap()
}

#[tokio::test]
async fn the_latest_is_the_highest_version_that_is_finished() {
    let server = with(
        vec![
            version(1, "cats", "1.9.0", "completed", &[]),
            version(2, "cats", "1.10.0", "published", &[1]),
            version(3, "cats", "1.2.0", "completed", &[]),
            version(4, "cats", "2.0.0", "in_progress", &[2]),
            version(5, "cats", "3.0.0", "failed", &[2]),
        ],
        Vec::new(),
    )
    .await;
    let latest = one(&server, "cats").await;
    assert_eq!((latest.dataset.version.as_deref(), latest.dataset.latest), (Some("1.10.0"), Some(true)));
    let versions: Vec<_> = latest.versions.iter().filter_map(|link| link.version.as_deref()).collect();
    assert_eq!(versions, ["1.10.0", "1.9.0", "1.2.0", "3.0.0", "2.0.0"]);
    let draft = one(&server, "cats@2.0.0").await;
    assert_eq!((draft.dataset.state, draft.dataset.latest), (Some(DatasetState::Draft), Some(false)));
    assert_eq!(draft.latest.unwrap().reference, id(2));
    let rows = search(&server, None, None).await.rows;
    let latest: Vec<_> = rows.iter().filter(|row| row.latest == Some(true)).map(|row| &row.reference).collect();
    assert_eq!((rows.len(), latest), (5, vec![&id(2)]));
}

#[tokio::test]
async fn parents_children_and_users_belong_to_the_version_that_was_asked_for() {
    let user = |number: usize, more: Value| {
        let mut task = json!({"id": id(number), "name": format!("run {number}"), "status": "completed",
                              "project": {"id": "p", "name": "vision"}, "created": "2026-02-01T00:00:00+00:00"});
        task.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        task
    };
    let elsewhere = version(9, "dogs", "1.0.0", "completed", &[2]);
    let related = vec![
        user(101, json!({"hyperparams": {"Datasets": {"train": {"value": id(2)}, "eval": {"value": id(2)}}}})),
        user(102, json!({"runtime": {"datasets": [id(2), id(1)]}})),
        // Has to do with another version only.
        user(103, json!({"runtime": {"datasets": [id(1)]}})),
        elsewhere.clone(),
    ];
    let versions = vec![
        version(1, "cats", "1.0.0", "completed", &[]),
        version(2, "cats", "1.1.0", "completed", &[1]),
        version(3, "cats", "1.2.0", "completed", &[2]),
        elsewhere,
    ];
    let server = with(versions, related).await;
    let details = one(&server, "cats@1.1.0").await;
    let references = |links: &[crate::model::DatasetLink]| -> Vec<String> {
        links.iter().map(|link| link.reference.clone()).collect()
    };
    assert_eq!(references(&details.parents), [id(1)]);
    assert_eq!(references(details.children.as_ref().unwrap()), [id(9), id(3)]);
    let uses: Vec<_> = details.uses.iter().map(|one| (one.name.as_str(), one.how.as_deref())).collect();
    assert_eq!(uses, [("run 101", Some("alias eval, train")), ("run 102", None)]);
    assert_eq!(details.dataset.projects, ["vision"]);
    assert_eq!(details.dataset.user.as_deref(), Some("Ada"));
    let why = DatasetMetadata::None("no artifact 'metadata' is registered".to_owned());
    assert_eq!(details.metadata, Some(why));
}

#[tokio::test]
async fn datasets_asked_together_cost_three_requests_when_the_aliases_are_known() {
    let versions = (1..=8).map(|number| version(number, &format!("set{number}"), "1.0.0", "completed", &[])).collect();
    let server = with(versions, Vec::new()).await;
    let tracker = tracker(&server);
    let datasets = tracker.datasets().unwrap();
    let texts: Vec<String> = (1..=8).map(|number| format!("set{number}")).collect();
    datasets.get(&call(), &texts, true).await.unwrap();
    let again = call();
    let found = datasets.get(&again, &texts, true).await.unwrap();
    assert!(found.iter().all(|one| matches!(one, FoundDataset::Found(_))));
    assert_eq!(again.requests(), 3);
    let listed = call();
    let query = DatasetQuery { projects: ProjectScope::All, text: None, tags: Vec::new(), limit: 20, cursor: None };
    datasets.search(&listed, &query).await.unwrap();
    assert_eq!(listed.requests(), 1);
}

#[tokio::test]
async fn a_name_of_two_projects_is_asked_back_and_the_project_tells_them_apart() {
    let mut other = version(2, "cats", "1.0.0", "completed", &[]);
    other["project"] = json!({"id": "p2", "name": "audio/.datasets/cats"});
    let server = with(vec![version(1, "cats", "1.0.0", "completed", &[]), other], Vec::new()).await;
    assert!(matches!(&get(&server, &["cats"], false).await[0], FoundDataset::Several(both) if both.len() == 2));
    assert_eq!(one(&server, "audio/cats").await.dataset.reference, id(2));
    assert_eq!(one(&server, "audio/cats@1.0.0").await.dataset.reference, id(2));
    assert_eq!(one(&server, &id(1)).await.dataset.reference, id(1));
}

#[tokio::test]
async fn unknown_names_and_versions_lead_to_their_neighbours() {
    let server = with(vec![version(1, "cats", "1.0.0", "completed", &[])], Vec::new()).await;
    let near = |found: &FoundDataset| match found {
        FoundDataset::Unknown(near) => near.clone(),
        other => panic!("{other:?}"),
    };
    let found = get(&server, &["cast", "cats@9"], false).await;
    assert_eq!((near(&found[0]), near(&found[1])), (vec!["cats".to_owned()], vec!["cats@1.0.0".to_owned()]));
}

#[tokio::test]
async fn three_hundred_versions_come_in_pages_and_the_newest_twenty_with_the_dataset() {
    let versions = (0..300).map(|number| version(number, "many", &format!("1.{number}.0"), "completed", &[])).collect();
    let server = with(versions, Vec::new()).await;
    let details = one(&server, "many").await;
    assert_eq!((details.versions.len(), details.versions_in_all), (20, 300));
    assert_eq!(details.dataset.version.as_deref(), Some("1.299.0"));
    let page = search(&server, Some("MANY"), None).await;
    assert_eq!((page.rows.len(), page.total, page.next), (300, Some(300), None));
}

#[tokio::test]
async fn a_list_longer_than_the_server_tells_at_once_goes_on() {
    let versions = (0..501).map(|number| version(number, "many", "1.0.0", "completed", &[])).collect();
    let server = with(versions, Vec::new()).await;
    let first = search(&server, None, None).await;
    assert_eq!((first.rows.len(), first.total), (500, None));
    assert!(first.rows.iter().all(|row| row.latest.is_none()), "a later one may lie beyond the page");
    let second = search(&server, None, first.next).await;
    assert_eq!((second.rows.len(), second.next), (1, None));
}

#[tokio::test]
async fn a_preview_that_lacks_files_says_so_and_no_other_server_is_asked() {
    let mut task = version(1, "cats", "1.0.0", "completed", &[]);
    let stored = |key: &str| json!({"key": key, "uri": "http://elsewhere.test/x", "content_size": 10});
    task["execution"] = json!({"artifacts": [stored("state"), stored("metadata")]});
    let server = with(vec![task], Vec::new()).await;
    let FoundDataset::Found(found) = get(&server, &["cats"], true).await.remove(0) else { panic!() };
    let listing = found[0].listing.as_ref().unwrap();
    assert_eq!((listing.files.len(), listing.whole), (1, false));
    assert!(found[0].notes[0].contains("only from the configured file servers"), "{:?}", found[0].notes);
    let Some(DatasetMetadata::None(why)) = &found[0].metadata else { panic!("{:?}", found[0].metadata) };
    assert!(why.contains("only from the configured file servers"), "{why}");
}

#[tokio::test]
async fn a_text_is_a_part_of_the_name_or_of_project_and_name_that_ends_in_the_name() {
    let server = with(vec![version(1, "cats", "1.0", "completed", &[])], Vec::new()).await;
    for (text, found) in [
        ("vision/cats", true),
        ("SION/CA", true),
        ("vision/", true),
        ("cat", true),
        ("vision", false),
        ("audio/cats", false),
        ("vision/cats/", false),
    ] {
        assert_eq!(search(&server, Some(text), None).await.rows.len(), usize::from(found), "{text}");
    }
}

#[tokio::test]
async fn a_misspelt_text_finds_its_neighbours_with_one_request_more() {
    let server = with(vec![version(1, "cats", "1.0", "completed", &[])], Vec::new()).await;
    for (text, near) in
        [("catz", &["cats"][..]), ("vision/catz", &["cats"]), ("cats@1.1", &["cats@1.0"]), ("zebras", &[])]
    {
        let before = server.received_requests().await.unwrap().len();
        let page = search(&server, Some(text), None).await;
        assert_eq!(
            (page.rows.len(), page.near.as_slice()),
            (0, near.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>().as_slice()),
            "{text}"
        );
        // Each tracker signs in.
        assert_eq!(server.received_requests().await.unwrap().len() - before, 3, "{text}");
    }
}
