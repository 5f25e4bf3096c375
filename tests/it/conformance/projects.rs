//! Lists of projects.

use backends::tracker::{Located, ProjectQuery};
use url::Url;

use super::{BACKENDS, Running, all_projects, sorted};

/// What `sample.py` makes, but for the one that it deletes.
const NAMES: [&str; 13] = [
    "bench",
    "compare",
    "curves",
    "evals-a",
    "evals-b",
    "files",
    "lineage",
    "logs",
    "odd names",
    "odd_names 100%",
    "vision/resnet",
    "vision/vit",
    "Évaluation – 模型",
];

async fn found(running: &Running, query: &ProjectQuery) -> Vec<String> {
    let page = running.tracker.projects(&running.call, query).await.unwrap();
    assert_eq!(page.next, None, "{}", running.name);
    // What the server itself puts there is no one's business.
    sorted(page.rows.into_iter().map(|project| project.name).filter(|name| !running.makes(name)))
}

#[tokio::test]
async fn projects_come_with_the_most_recently_active_first() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let page = running.tracker.projects(&running.call, &all_projects()).await.unwrap();
        let active: Vec<_> = page.rows.iter().map(|project| project.updated.or(project.created).unwrap()).collect();
        assert!(active.is_sorted_by(|a, b| a >= b), "{}: {active:?}", running.name);
        assert_eq!(found(&running, &all_projects()).await, NAMES, "{}", running.name);
    }
}

#[tokio::test]
async fn a_text_is_a_part_of_the_name_whatever_its_case() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        for (text, expected) in [
            ("VISION/", &["vision/resnet", "vision/vit"][..]),
            ("évaluation", &["Évaluation – 模型"]),
            ("模型", &["Évaluation – 模型"]),
            ("no such project", &[]),
        ] {
            let query = ProjectQuery { text: Some(text.into()), ..all_projects() };
            assert_eq!(found(&running, &query).await, expected, "{}: {text}", running.name);
        }
    }
}

#[tokio::test]
async fn signs_that_mean_something_in_patterns_mean_themselves() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        for (text, expected) in [
            ("d_n", &["odd_names 100%"][..]),
            ("0%", &["odd_names 100%"]),
            ("%", &["odd_names 100%"]),
            ("b%h", &[]),
            ("\\", &[]),
            ("'", &[]),
            ("\"", &[]),
        ] {
            let query = ProjectQuery { text: Some(text.into()), ..all_projects() };
            assert_eq!(found(&running, &query).await, expected, "{}: {text}", running.name);
        }
    }
}

#[tokio::test]
async fn pages_give_every_project_once_and_in_the_same_order() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let whole = running.tracker.projects(&running.call, &all_projects()).await.unwrap().rows;
        let mut query = ProjectQuery { limit: 4, ..all_projects() };
        let mut paged = Vec::new();
        loop {
            let page = running.tracker.projects(&running.call, &query).await.unwrap();
            assert!(page.rows.len() == 4 || page.next.is_none(), "{}: a short page", running.name);
            paged.extend(page.rows);
            query.cursor = page.next;
            if query.cursor.is_none() {
                break;
            }
        }
        assert_eq!(paged, whole, "{}", running.name);
    }
}

#[tokio::test]
async fn archived_projects_come_only_when_asked_for_and_say_so() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let query = ProjectQuery { include_archived: true, ..all_projects() };
        let page = running.tracker.projects(&running.call, &query).await.unwrap();
        let archived: Vec<&str> =
            page.rows.iter().filter(|project| project.archived).map(|project| project.name.as_str()).collect();
        assert_eq!(archived, ["retired"], "{}", running.name);
        assert!(!found(&running, &all_projects()).await.contains(&"retired".to_owned()), "{}", running.name);
    }
}

#[tokio::test]
async fn a_project_brings_its_tags_its_note_and_a_page_that_leads_back_to_it() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let page = running.tracker.projects(&running.call, &all_projects()).await.unwrap();
        let bench = page.rows.iter().find(|project| project.name == "bench").unwrap();
        let (key, value) = (running.spelling.project_tag)("team", "vision");
        assert_eq!(bench.tags.get(&key), Some(&value), "{}", running.name);
        assert_eq!(bench.note.as_deref(), Some("Sweep of **optimizers** and seeds."), "{}", running.name);
        let url = Url::parse(bench.web_url.as_deref().unwrap()).unwrap();
        let located = running.tracker.locate(&url).unwrap();
        assert!(located.same_host, "{url}");
        assert_eq!(located.what, Located::Project(bench.id.clone()), "{url}");
    }
}
