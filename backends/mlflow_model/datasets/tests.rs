use jiff::Timestamp;

use super::{Evaluation, Known, listed, near};
use crate::model::{Dataset, DatasetDetails, DatasetInput, ProjectId, ProjectRef, Run, RunId};
use crate::tracker::FoundDataset;

fn input(name: &str, digest: &str, source: &str) -> DatasetInput {
    DatasetInput {
        name: name.to_owned(),
        version: Some(digest.to_owned()),
        context: Some("training".to_owned()),
        source: Some(source.to_owned()),
        profile: Some(r#"{"num_rows": 14042}"#.to_owned()),
        ..DatasetInput::default()
    }
}

/// A run that was started in this second.
fn run(id: &str, second: i64, inputs: Vec<DatasetInput>) -> Run {
    let project = ProjectRef { id: ProjectId::new("1"), name: "bench".to_owned() };
    let started = Some(Timestamp::from_second(second).unwrap());
    Run { started, datasets: inputs, ..Run::new(RunId::new(id), project) }
}

fn runs() -> Vec<Run> {
    vec![
        run("r3", 30, vec![input("mmlu", "bbbb", "s3://b"), input("user@host", "eeee", "u")]),
        run("r2", 20, vec![input("mmlu", "aaaa", "s3://a"), input("same", "cccc", "s3://one")]),
        run("r1", 10, vec![input("mmlu", "aaaa", "s3://a"), input("same", "cccc", "s3://two")]),
    ]
}

fn found(runs: &[Run], evaluations: &[Evaluation], text: &str) -> Vec<DatasetDetails> {
    match (Known { runs, evaluations, more: false }).meant(text) {
        FoundDataset::Found(found) => found,
        other => panic!("{text}: {other:?}"),
    }
}

fn used_by(details: &DatasetDetails) -> Vec<&str> {
    details.uses.iter().map(|one| one.run.as_str()).collect()
}

#[test]
fn the_latest_digest_is_the_one_that_was_used_last() {
    let runs = runs();
    let [details] = found(&runs, &[], "mmlu").try_into().unwrap();
    assert_eq!((details.dataset.reference.as_str(), details.dataset.latest), ("mmlu@bbbb", Some(true)));
    assert_eq!((details.versions_in_all, used_by(&details)), (2, vec!["r3"]));
    let [older] = found(&runs, &[], "mmlu@aaaa").try_into().unwrap();
    assert_eq!((older.dataset.latest, older.latest.as_ref().unwrap().reference.as_str()), (Some(false), "mmlu@bbbb"));
    assert_eq!((used_by(&older), older.dataset.rows), (vec!["r2", "r1"], Some(14_042)));
}

#[test]
fn one_digest_from_two_sources_is_two_datasets() {
    let runs = runs();
    let both = found(&runs, &[], "same");
    let told: Vec<_> =
        both.iter().map(|one| (one.source.location.as_deref().unwrap(), used_by(one), one.notes.len())).collect();
    assert_eq!(told, [("s3://one", vec!["r2"], 1), ("s3://two", vec!["r1"], 1)]);
}

#[test]
fn a_name_may_have_the_sign_that_parts_it_from_its_digest() {
    let runs = runs();
    for text in ["user@host", "user@host@eeee"] {
        assert_eq!(found(&runs, &[], text)[0].dataset.reference, "user@host@eeee", "{text}");
    }
}

#[test]
fn what_is_kept_to_evaluate_with_is_found_by_name_id_and_the_beginning_of_it() {
    let kept = |id: &str, name: &str| Evaluation { id: id.into(), name: name.into(), ..Evaluation::default() };
    let evaluations = [kept("d-00efea5f", "golden"), kept("d-11aaaaaa", "twin"), kept("d-11aaaabb", "twin")];
    let runs = [run("r1", 10, vec![input("golden", "8868", "x")])];
    for text in ["golden", "d-00efea5f", "d-00ef"] {
        let [details] = found(&runs, &evaluations, text).try_into().unwrap();
        assert_eq!((details.dataset.reference.as_str(), used_by(&details)), ("d-00efea5f", vec!["r1"]), "{text}");
        assert_eq!(details.uses[0].how.as_deref(), Some("digest 8868, training"));
    }
    let known = Known { runs: &runs, evaluations: &evaluations, more: false };
    for text in ["twin", "d-11aaaa"] {
        assert!(matches!(known.meant(text), FoundDataset::Several(both) if both.len() == 2), "{text}");
    }
}

#[test]
fn an_unknown_digest_leads_to_those_of_the_name_and_an_unknown_name_to_its_neighbours() {
    let runs = runs();
    let known = Known { runs: &runs, evaluations: &[], more: false };
    let near_of = |text: &str| match known.meant(text) {
        FoundDataset::Unknown(near) => near,
        other => panic!("{other:?}"),
    };
    assert_eq!(near_of("mmlu@aaab"), ["mmlu@aaaa"]);
    assert_eq!(near_of("mmlu@zzzz"), ["mmlu@bbbb", "mmlu@aaaa"]);
    assert_eq!(near_of("mnlu"), ["mmlu"]);
    assert_eq!(near("mmlv@1", ["mmlu", "web"].into_iter()), ["mmlu"]);
}

#[test]
fn of_three_hundred_digests_the_twenty_used_last_are_told_and_all_are_listed() {
    let runs: Vec<Run> =
        (0..300).rev().map(|n| run(&format!("r{n}"), n, vec![input("many", &format!("d{n:03}"), "x")])).collect();
    let [details] = found(&runs, &[], "many").try_into().unwrap();
    assert_eq!((details.versions.len(), details.versions_in_all), (20, 300));
    assert_eq!(details.versions[19].reference, "many@d280");
    let rows = listed(&runs);
    let latest: Vec<&Dataset> = rows.iter().filter(|row| row.latest == Some(true)).collect();
    assert_eq!((rows.len(), latest.len(), latest[0].reference.as_str()), (300, 1, "many@d299"));
}
