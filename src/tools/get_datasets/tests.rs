use std::sync::Arc;
use std::sync::atomic::Ordering;

use backends::model::{
    Dataset, DatasetChanges, DatasetDetails, DatasetFile, DatasetKind, DatasetLink, DatasetListing, DatasetMetadata,
    DatasetUse, RunId, Status,
};
use serde_json::{Value, json};

use crate::memory_tracker::{MemoryTracker, answer, ask, notes, refusal, rows};

fn dataset(reference: &str, name: &str) -> DatasetDetails {
    let mut dataset = Dataset::new(reference, name, DatasetKind::Versioned);
    dataset.version = Some("1.1.0".to_owned());
    dataset.latest = Some(true);
    DatasetDetails::of(dataset)
}

fn link(number: usize) -> DatasetLink {
    DatasetLink {
        reference: format!("id{number}"),
        name: "cats".to_owned(),
        version: Some(format!("1.{number}.0")),
        state: None,
        newest: None,
    }
}

fn used(number: usize) -> DatasetUse {
    DatasetUse {
        run: RunId::new(format!("run{number}")),
        name: format!("run {number}"),
        status: Some(Status::Finished),
        archived: false,
        project: "bench".to_owned(),
        started: None,
        how: Some("alias train".to_owned()),
    }
}

/// One with everything in it.
fn full() -> DatasetDetails {
    let file = |number: usize| DatasetFile {
        path: format!("train/{number}.png"),
        bytes: Some(7),
        hash: Some("0123456789abcdef".to_owned()),
    };
    let mut one = dataset("id9", "cats");
    one.dataset.latest = Some(false);
    one.dataset.files = Some(500);
    one.latest = Some(link(12));
    one.changes = Some(DatasetChanges { added: 1, removed: 2, modified: 3, bytes: Some(-290) });
    one.metadata = Some(DatasetMetadata::First("{\"author\":\"ada\"}".to_owned()));
    one.parents = vec![link(8)];
    one.children = Some(vec![link(10)]);
    one.versions = (0..20).map(link).collect();
    one.versions_in_all = 300;
    one.uses = (0..20).map(used).collect();
    one.uses_read = 41;
    one.listing = Some(DatasetListing { files: (0..250).map(file).collect(), whole: false });
    one
}

fn lab(datasets: Vec<DatasetDetails>) -> MemoryTracker {
    MemoryTracker::of(Vec::new()).with_datasets(datasets)
}

async fn first(tracker: MemoryTracker, arguments: Value) -> (Value, Value) {
    let found = answer(tracker, "get_datasets", arguments).await;
    (found["datasets"][0].clone(), found)
}

#[tokio::test]
async fn every_list_has_the_references_that_the_next_call_takes() {
    let (one, _) = first(lab(vec![full()]), json!({"datasets": ["cats"]})).await;
    assert_eq!(one["dataset"], "lab:id9");
    assert_eq!((one["is_latest"].clone(), one["latest"].clone()), (json!(false), json!("1.12.0 (lab:id12)")));
    assert_eq!(rows(&one, "parents")[0]["dataset"], "lab:id8");
    assert_eq!(rows(&one, "children")[0]["dataset"], "lab:id10");
    let users = rows(&one, "used_by");
    assert_eq!(
        (users.len(), users[0]["run"].clone(), users[0]["how"].clone()),
        (20, json!("lab:run0"), json!("alias train"))
    );
    assert_eq!(one["changes_from_parents"], "1 added, 2 removed, 3 modified, -290 bytes");
}

#[tokio::test]
async fn what_is_cut_is_counted_and_leads_to_the_rest() {
    let (one, _) = first(lab(vec![full()]), json!({"datasets": ["cats"]})).await;
    let said = notes(&one);
    let call = r#"the newest 20 of 300 versions are shown; all: search_datasets {"query":"cats","tracker":"lab"}"#;
    assert!(said.contains(call), "{said}");
    let all = r#"the newest 20 of 41 runs that used it are shown; all: search_runs {"filter":"dataset = 'id9'","tracker":"lab"}"#;
    assert!(said.contains(all), "{said}");
}

#[tokio::test]
async fn files_are_listed_by_a_pattern_and_a_preview_is_called_one() {
    let (one, _) = first(lab(vec![full()]), json!({"datasets": ["cats"], "files": "train/*9.png"})).await;
    assert_eq!(rows(&one, "listed_files").len(), 25);
    assert_eq!(rows(&one, "listed_files")[0]["hash"], "0123456789ab");
    assert!(notes(&one).contains("only 250 of 500 files were recorded in the preview"), "{one}");
    let (one, _) = first(lab(vec![full()]), json!({"datasets": ["cats"], "files": "*"})).await;
    assert!(notes(&one).contains("100 of 250 files that match '*' are shown"), "{one}");
    let (one, _) = first(lab(vec![full()]), json!({"datasets": ["cats"]})).await;
    assert!(one.get("listed_files").is_none(), "{one}");
}

#[tokio::test]
async fn twenty_full_datasets_stay_within_the_budget_and_lose_none() {
    let all: Vec<DatasetDetails> = (0..20)
        .map(|number| {
            let mut one = full();
            one.dataset.reference = format!("own{number}");
            one.schema = Some("x".repeat(5_000));
            one
        })
        .collect();
    let names: Vec<String> = (0..20).map(|number| format!("own{number}")).collect();
    let tracker = lab(all);
    let lookups = Arc::clone(&tracker.lookups);
    let reply = ask(vec![Arc::new(tracker)], "get_datasets", json!({"datasets": names, "files": "*"})).await;
    assert!(reply.text.chars().count() <= crate::render::BUDGET);
    let found = reply.structured.unwrap();
    assert!(found.to_string().chars().count() <= crate::render::BUDGET);
    for name in names {
        assert!(found.to_string().contains(&format!("lab:{name}")), "{name} is neither shown nor named as the rest");
    }
    assert_eq!(lookups.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn what_is_missing_is_named_and_the_others_still_come() {
    let (one, found) = first(lab(vec![full()]), json!({"datasets": ["nope", "cats"]})).await;
    assert_eq!((one["dataset"].clone(), found["missing"].clone()), (json!("lab:id9"), json!(["nope"])));
    let said = refusal(lab(vec![full()]), "get_datasets", json!({"datasets": ["nope"]})).await;
    assert!(said.contains(r#"no dataset 'nope'; near: 'cats'. Next: get_datasets {"datasets":["cats"]}"#), "{said}");
}

#[tokio::test]
async fn a_name_of_two_datasets_or_trackers_is_asked_back_with_candidates() {
    let twins = || lab(vec![dataset("a1", "twin"), dataset("a2", "twin")]);
    let said = refusal(twins(), "get_datasets", json!({"datasets": ["twin"]})).await;
    assert!(said.contains(r#"Next: get_datasets {"datasets":["lab:a1","lab:a2"]}"#), "{said}");
    let both = || vec![Arc::new(lab(vec![full()])), Arc::new(lab(vec![full()]).called("home"))];
    let reply = ask(both(), "get_datasets", json!({"datasets": ["cats"]})).await;
    assert!(reply.is_error && reply.text.contains("'cats' may mean 2 datasets: "), "{}", reply.text);
    let reply = ask(both(), "get_datasets", json!({"datasets": ["home:cats"]})).await;
    assert_eq!(reply.structured.unwrap()["datasets"][0]["dataset"], "home:id9");
}

#[tokio::test]
async fn a_dataset_may_be_called_as_a_selector_of_runs_is() {
    let (one, _) = first(lab(vec![dataset("x", "last")]), json!({"datasets": ["lab:last"]})).await;
    assert_eq!(one["dataset"], "lab:x");
}

#[tokio::test]
async fn secrets_in_what_others_wrote_are_masked() {
    let mut one = full();
    one.note = Some("key AKIAIOSFODNN7EXAMPLE".to_owned());
    one.source.location = Some("https://ada:hunter2@host/x".to_owned());
    let (_, found) = first(lab(vec![one]), json!({"datasets": ["cats"]})).await;
    let text = found.to_string();
    assert!(!text.contains("AKIAIOSFODNN7EXAMPLE") && !text.contains("hunter2"), "{text}");
}

#[tokio::test]
async fn deleted_runs_are_asked_for_where_there_are_some_and_evaluations_by_their_name() {
    let mut one = dataset("d-1", "golden's");
    one.dataset.kind = DatasetKind::Evaluation;
    one.uses = vec![DatasetUse { archived: true, ..used(0) }];
    one.more_uses = true;
    let found =
        answer(MemoryTracker::of(Vec::new()).with_datasets(vec![one]), "get_datasets", json!({"datasets": ["d-1"]}))
            .await;
    let call = r#"search_runs {"filter":"dataset = 'golden''s'","tracker":"lab","include_archived":true}"#;
    assert!(found.to_string().replace("\\\"", "\"").contains(call), "{found}");
}
