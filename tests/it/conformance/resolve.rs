//! What a text may mean.

use backends::tracker::{Match, Referent, Resolution};

use super::{BACKENDS, Running, sorted};

async fn resolve(running: &Running, referent: Referent, text: &str) -> Resolution {
    running.tracker.resolve(&running.call, referent, text).await.unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// How the text matched, and what: each candidate's id.
fn matched(found: &Resolution) -> Vec<(Match, &str)> {
    found.candidates.iter().map(|one| (one.matched, one.id.as_str())).collect()
}

#[tokio::test]
async fn a_run_is_found_by_its_id_its_name_and_the_beginning_of_its_id() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let parent = running.server.id("runs.parent");
        for (text, how) in [(parent.as_str(), Match::Id), ("sweep parent", Match::Name), (&parent[..10], Match::Prefix)]
        {
            let found = resolve(&running, Referent::Run, text).await;
            assert_eq!(matched(&found), [(how, parent.as_str())], "{}: {text}", running.name);
            let one = &found.candidates[0];
            assert_eq!((one.name.as_str(), one.project.as_deref()), ("sweep parent", Some("lineage")));
            assert!(one.started.is_some() && !found.more);
        }
        assert!(running.tracker.is_run_id(&parent) && !running.tracker.is_run_id("sweep parent"), "{}", running.name);
    }
}

#[tokio::test]
async fn a_deleted_run_is_still_found_by_its_id() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        for path in ["deleted.0", "runs.in_deleted_experiment"] {
            let id = running.server.id(path);
            assert_eq!(matched(&resolve(&running, Referent::Run, &id).await), [(Match::Id, id.as_str())], "{path}");
        }
    }
}

#[tokio::test]
async fn a_name_that_several_runs_have_gives_all_of_them() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let found = resolve(&running, Referent::Run, "resnet rerun").await;
        let expected = ["runs.rerun_0", "runs.rerun_1"].map(|path| running.server.id(path));
        assert_eq!(sorted(found.candidates.iter().map(|one| one.id.clone())), sorted(expected), "{}", running.name);
    }
}

#[tokio::test]
async fn a_name_and_the_beginning_of_an_id_are_candidates_alike() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let (golden, namesake) = (running.server.id("runs.golden_0"), running.server.id("runs.namesake"));
        let found = resolve(&running, Referent::Run, &golden[..8]).await;
        let expected = [(Match::Name, namesake.as_str()), (Match::Prefix, golden.as_str())];
        assert_eq!(matched(&found), expected, "{}", running.name);
    }
}

#[tokio::test]
async fn an_invocation_id_stands_for_all_runs_that_carry_it_as_tag_or_parameter() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let invocation = running.server.id("invocation.id");
        let found = resolve(&running, Referent::Run, &invocation).await;
        assert!(found.candidates.iter().all(|one| one.matched == Match::Invocation), "{}", running.name);
        let expected = (0..12).map(|number| running.server.id(&format!("invocation.runs.{number}")));
        assert_eq!(sorted(found.candidates.iter().map(|one| one.id.clone())), sorted(expected), "{}", running.name);
    }
}

#[tokio::test]
async fn a_name_is_taken_as_it_stands() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        for name in ["it's quoted", "both ' and \"", "100%_done", "back`tick", "back\\slash", "trailing\\", "模型-训练"]
        {
            let found = resolve(&running, Referent::Run, name).await;
            let expected = running.server.id(&format!("odd.{name}"));
            assert_eq!(matched(&found), [(Match::Name, expected.as_str())], "{}: {name}", running.name);
        }
    }
}

#[tokio::test]
async fn an_unknown_run_is_answered_with_near_names() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let found = resolve(&running, Referent::Run, "sweep parnet").await;
        assert_eq!(found.candidates, [], "{}", running.name);
        assert!(found.near.contains(&"sweep parent".to_owned()), "{}: {:?}", running.name, found.near);
        let nothing = resolve(&running, Referent::Run, &"0".repeat(32)).await;
        assert_eq!(nothing.candidates, [], "{}", running.name);
    }
}

#[tokio::test]
async fn a_project_is_found_by_its_id_and_its_name() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        for name in ["vision/resnet", "Évaluation – 模型", "odd_names 100%"] {
            let id = running.project(name).await;
            assert_eq!(matched(&resolve(&running, Referent::Project, name).await), [(Match::Name, id.as_str())]);
            let by_id = resolve(&running, Referent::Project, id.as_str()).await;
            assert_eq!(matched(&by_id), [(Match::Id, id.as_str())], "{}: {name}", running.name);
            assert_eq!(by_id.candidates[0].name, name);
        }
    }
}

#[tokio::test]
async fn an_unknown_project_is_answered_with_near_names() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let found = resolve(&running, Referent::Project, "vision/resnt").await;
        assert_eq!(found.candidates, [], "{}", running.name);
        assert!(found.near.contains(&"vision/resnet".to_owned()), "{}: {:?}", running.name, found.near);
    }
}
