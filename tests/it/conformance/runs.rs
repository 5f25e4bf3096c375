//! Runs by id.

use backends::model::{Part, Parts, RunId, Status};
use backends::tracker::Located;
use serde_json::json;
use url::Url;

use super::BACKENDS;

const ALL: [Part; 9] = [
    Part::Params,
    Part::Metrics,
    Part::Tags,
    Part::Artifacts,
    Part::Datasets,
    Part::Models,
    Part::Code,
    Part::Config,
    Part::Children,
];

#[tokio::test]
async fn runs_come_in_the_order_asked_for_and_what_is_missing_is_named() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let nobody = RunId::new("0123456789abcdef0123456789abcdef");
        let [a, b, c] = ["bench.5", "runs.parent", "bench.2"].map(|path| running.run(path));
        let asked = [a.clone(), nobody.clone(), b.clone(), c.clone()];
        let answer = running.tracker.runs(&running.call, &asked, Parts::NONE).await.unwrap();
        let found: Vec<&RunId> = answer.found.iter().map(|details| &details.run.id).collect();
        assert_eq!((found, answer.missing), (vec![&a, &b, &c], vec![nobody]), "{}", running.name);
    }
}

#[tokio::test]
async fn an_id_that_no_server_would_give_is_missing_and_no_error() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let odd: Vec<RunId> = ["' or 1=1 --", "%", "a/b?c#d", "🚀", ""].map(RunId::new).to_vec();
        let answer = running.tracker.runs(&running.call, &odd, Parts::NONE).await.unwrap();
        assert_eq!((answer.found.len(), answer.missing), (0, odd), "{}", running.name);
    }
}

#[tokio::test]
async fn deleted_runs_are_found_and_say_so() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let ids = ["deleted.0", "runs.in_deleted_experiment"].map(|path| running.run(path));
        let answer = running.tracker.runs(&running.call, &ids, Parts::NONE).await.unwrap();
        assert_eq!(answer.found.len(), 2, "{}", running.name);
        assert!(answer.found.iter().all(|details| details.run.archived), "{}", running.name);
    }
}

#[tokio::test]
async fn values_that_are_no_numbers_arrive_as_what_they_are() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let ids = ["bench.5", "bench.6", "bench.8", "bench.9", "bench.4"].map(|path| running.run(path));
        let answer = running.tracker.runs(&running.call, &ids, Parts::of(&[Part::Metrics])).await.unwrap();
        let val_f1 = running.metric("val_f1");
        let value = |at: usize| answer.found[at].run.metrics.get(&val_f1).map(|metric| metric.value);
        assert!(value(0).unwrap().is_nan(), "{}", running.name);
        assert_eq!(value(1), Some(f64::INFINITY), "{}", running.name);
        assert_eq!(value(2), Some(f64::NEG_INFINITY), "{}", running.name);
        assert_eq!(value(3), None, "{}", running.name);
        assert_eq!(value(4), Some(0.97), "{}", running.name);
        assert_eq!(answer.found[4].run.metrics[&val_f1].step, Some(10), "{}", running.name);
    }
}

#[tokio::test]
async fn a_run_has_its_head_and_the_parts_that_were_asked_for() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let answer = running.tracker.runs(&running.call, &[running.run("runs.parent")], Parts::of(&ALL)).await.unwrap();
        let details = &answer.found[0];
        let run = &details.run;
        assert_eq!(
            (run.name.as_str(), run.status, run.project.name.as_str()),
            ("sweep parent", Some(Status::Finished), "lineage")
        );
        assert_eq!(run.user.as_deref(), Some("ada"));
        assert_eq!(run.started, Some("2026-06-06T08:00:00Z".parse().unwrap()));
        assert_eq!(run.duration(super::now()).map(|length| length.as_secs()), Some(90 * 60));
        assert!(run.note.as_deref().unwrap().starts_with("# Baseline"), "{:?}", run.note);
        assert_eq!(run.code.commit.as_deref(), Some("0123456789abcdef0123456789abcdef01234567"));
        let mut datasets: Vec<_> =
            run.datasets.iter().map(|data| (data.name.as_str(), data.context.as_deref())).collect();
        datasets.sort();
        let context = |word| running.spelling.contexts.then_some(word);
        assert_eq!(datasets, [("mmlu", context("eval")), ("web", context("training"))], "{}", running.name);
        let files: Vec<_> =
            details.artifacts.as_ref().unwrap().iter().map(|file| (file.path.as_str(), file.folder)).collect();
        assert_eq!(files, [("config.yml", false), ("reports", true)], "{}", running.name);
        let children: Vec<_> = details.children.as_ref().unwrap().iter().map(|child| child.name.as_str()).collect();
        assert_eq!(children, ["sweep child 2", "sweep child 1", "sweep child 0"], "{}", running.name);
    }
}

#[tokio::test]
async fn a_child_names_its_parent_and_the_model_that_it_made() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let parts = Parts::of(&[Part::Models, Part::Params]);
        let answer = running.tracker.runs(&running.call, &[running.run("runs.child_1")], parts).await.unwrap();
        let run = &answer.found[0].run;
        assert_eq!(run.parent, Some(running.run("runs.parent")), "{}", running.name);
        let models: Vec<_> = run.models.iter().map(|model| (model.id.as_str(), model.output)).collect();
        assert_eq!(models, [(running.model(2).as_str(), true)], "{}", running.name);
        assert_eq!(run.params.get(&running.param("lr")).map(String::as_str), Some("0.01"), "{}", running.name);
    }
}

#[tokio::test]
async fn the_web_page_of_a_run_leads_back_to_it() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let id = running.run("runs.parent");
        let answer = running.tracker.runs(&running.call, std::slice::from_ref(&id), Parts::NONE).await.unwrap();
        let url = Url::parse(answer.found[0].run.web_url.as_deref().unwrap()).unwrap();
        let located = running.tracker.locate(&url).unwrap();
        assert_eq!((located.what, located.same_host), (Located::Run(id), true), "{url}");
        assert_eq!(running.tracker.locate(&Url::parse("https://example.org/some/page").unwrap()), None);
    }
}

#[tokio::test]
async fn children_are_found_by_the_name_of_the_run_above_them() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let asked = json!({"filter": "parent = 'sweep parent'", "order_by": "name asc"});
        let answer = running.asker.ask("search_runs", asked).await.answered();
        assert_eq!(
            answer.words("runs", "name"),
            ["sweep child 0", "sweep child 1", "sweep child 2"],
            "{}",
            running.name
        );
        let id = running.server.id("runs.parent");
        assert!(answer.text.contains(&format!("parent 'sweep parent' read as {id}")), "{}", answer.text);
    }
}
