//! What a text may mean.

use super::search::{sent, serving};
use super::*;
use crate::tracker::{Candidate, Match};

fn task(id: &str, name: &str, day: u8, more: Value) -> Value {
    let mut task = json!({
        "id": id, "name": name, "status": "completed", "started": format!("2026-06-{day:02}T08:00:00+00:00"),
        "project": {"id": "f120eafbf85a44c284e42f8831e8a4ec", "name": "vision"}, "tags": [], "system_tags": [],
    });
    task.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    task
}

fn id(digit: char) -> String {
    format!("cafe004{}", digit.to_string().repeat(25))
}

async fn resolved(server: &MockServer, referent: Referent, text: &str) -> Resolution {
    tracker(server).resolve(&call(), referent, text).await.unwrap()
}

fn found(resolution: &Resolution) -> Vec<(&str, Match)> {
    resolution.candidates.iter().map(|Candidate { id, matched, .. }| (id.as_str(), *matched)).collect()
}

#[tokio::test]
async fn an_id_is_itself_and_nothing_else() {
    let server = serving(vec![task(&id('1'), "x", 1, json!({})), task("b", &id('1'), 2, json!({}))]).await;
    let resolution = resolved(&server, Referent::Run, &id('1')).await;
    assert_eq!(found(&resolution), [(id('1').as_str(), Match::Id)]);
    assert!(sent(&server, "tasks.get_all_ex").await.is_empty());
}

#[tokio::test]
async fn a_name_and_the_beginning_of_an_id_stand_side_by_side_newest_first() {
    let server = serving(vec![
        task(&id('1'), "x", 1, json!({})),
        task("b", "cafe004", 2, json!({})),
        task("c", "cafe004", 3, json!({})),
        task("d", "cafe004", 4, json!({"system_tags": ["archived"]})),
        task("e", "Cafe004", 5, json!({})),
        task("f", "cafe004 and more", 6, json!({})),
        task("g", "z", 7, json!({"tags": ["invocation_id:cafe004"]})),
    ])
    .await;
    let resolution = resolved(&server, Referent::Run, "cafe004").await;
    let first = id('1');
    let wanted = [("c", Match::Name), ("b", Match::Name), (first.as_str(), Match::Prefix), ("d", Match::Name)];
    assert_eq!(found(&resolution), wanted);
    assert_eq!(resolution.candidates[0].project.as_deref(), Some("vision"));
}

#[tokio::test]
async fn an_invocation_stands_for_its_runs() {
    let property = json!({"properties": {"invocation_id": {"value": "71f3"}}});
    let server = serving(vec![
        task("a", "x", 1, json!({"hyperparams": property})),
        task("b", "y", 2, json!({"tags": ["invocation_id:71f3"]})),
        task("c", "z", 3, json!({"tags": ["71f3"]})),
    ])
    .await;
    let resolution = resolved(&server, Referent::Run, "71f3").await;
    assert_eq!(found(&resolution), [("b", Match::Invocation), ("a", Match::Invocation)]);
}

#[tokio::test]
async fn a_hidden_run_is_meant_only_where_no_other_is() {
    let hidden =
        json!({"project": {"id": "68db087224cb4b3cb84baad2c0af167c", "name": "vision/data/.datasets/cats-dogs"}});
    let server = serving(vec![
        task("a", "train", 1, json!({})),
        task("b", "train", 2, hidden.clone()),
        task("c", "cats-dogs", 2, hidden),
    ])
    .await;
    assert_eq!(found(&resolved(&server, Referent::Run, "train").await), [("a", Match::Name)]);
    assert_eq!(found(&resolved(&server, Referent::Run, "cats-dogs").await), [("c", Match::Name)]);
}

#[tokio::test]
async fn a_model_leads_to_the_run_that_made_it() {
    let server = serving(vec![task("fe626d6f020f42488ba9397aa5b119c1", "resnet50 lr=0.01", 1, json!({}))]).await;
    let texts = ["resnet50-best-1", "a2024e854d984fa6a608c06326dbb83f", "models:/resnet50-best-1"];
    for text in texts.into_iter().chain(["resnet50-best-1/1", "models:/resnet50-best-1/1", "resnet50-best-1/latest"]) {
        let resolution = resolved(&server, Referent::Run, text).await;
        assert_eq!(found(&resolution), [("fe626d6f020f42488ba9397aa5b119c1", Match::Model)], "{text}");
    }
    for text in ["resnet50-best-1/7", "models:/resnet50-best-1@nobody"] {
        assert_eq!(found(&resolved(&server, Referent::Run, text).await), [], "{text}");
    }
}

#[tokio::test]
async fn a_misspelt_name_finds_its_neighbours() {
    let server = serving(vec![task("a", "resnet golden", 1, json!({})), task("b", "bert", 2, json!({}))]).await;
    let resolution = resolved(&server, Referent::Run, "resnet goldne").await;
    assert_eq!((found(&resolution), resolution.near.as_slice()), (Vec::new(), &["resnet golden".to_owned()][..]));
}

#[tokio::test]
async fn a_project_goes_by_path_id_and_last_part_of_the_path() {
    let server = serving(Vec::new()).await;
    for (text, id, matched) in [
        ("vision", "f120eafbf85a44c284e42f8831e8a4ec", Match::Name),
        ("VISION/data", "0b0792325d81435dbaf12ad5430593c9", Match::Name),
        ("f80a81881389483593f6a5c7717f4686", "f80a81881389483593f6a5c7717f4686", Match::Id),
        ("data", "0b0792325d81435dbaf12ad5430593c9", Match::Name),
        ("cats-dogs", "68db087224cb4b3cb84baad2c0af167c", Match::Name),
        ("0b0792", "0b0792325d81435dbaf12ad5430593c9", Match::Prefix),
    ] {
        assert_eq!(found(&resolved(&server, Referent::Project, text).await), [(id, matched)], "{text}");
    }
}

#[tokio::test]
async fn an_unknown_project_is_looked_for_anew_and_told_with_its_neighbours() {
    let server = serving(Vec::new()).await;
    let tracker = tracker(&server);
    tracker.resolve(&call(), Referent::Project, "vision").await.unwrap();
    let resolution = tracker.resolve(&call(), Referent::Project, "tabluar").await.unwrap();
    assert_eq!((found(&resolution), resolution.near.as_slice()), (Vec::new(), &["tabular".to_owned()][..]));
    assert_eq!(sent(&server, "projects.get_all_ex").await.len(), 2);
}
