//! The questions that go out, to the byte.

use super::search::serving;
use super::*;
use crate::query::{Filter, Order};
use crate::tracker::ProjectScope;

/// Everything but signing in, as it was sent.
async fn sent(server: &MockServer) -> Vec<String> {
    let requests = server.received_requests().await.unwrap();
    let asked = requests.iter().filter(|request| request.url.path() != "/auth.login");
    let mut asked: Vec<String> = asked
        .map(|request| {
            let body = String::from_utf8(request.body.clone()).unwrap();
            format!("{} {body}", request.url.path().trim_start_matches("/v2.31/"))
        })
        .collect();
    asked.sort_unstable();
    asked
}

const PROJECT_NAMES: &str = r#"projects.get_all_ex {"only_fields":["id","name","system_tags"],"search_hidden":true,"order_by":["id"],"page":0,"page_size":500}"#;

#[tokio::test]
async fn a_search_asks_for_names_of_series_params_users_and_projects() {
    let server = serving(Vec::new()).await;
    let query = RunQuery {
        projects: ProjectScope::Only(vec![ProjectId::new("f120eafbf85a44c284e42f8831e8a4ec")]),
        text: None,
        filter: Some(
            Filter::parse("user = 'bob' and params.a/b/c = '1' and metrics.a/b/c > 0.5", call().now()).unwrap(),
        ),
        order: Order::parse("started desc").unwrap(),
        include_archived: true,
        parts: Parts::NONE,
        limit: 20,
        cursor: None,
    };
    tracker(&server).search_runs(&call(), &query).await.unwrap();
    let asked = sent(&server).await;
    for expected in [
        PROJECT_NAMES,
        r#"projects.get_hyper_parameters {"project":"f120eafbf85a44c284e42f8831e8a4ec","include_subprojects":false,"page":0,"page_size":500}"#,
        r#"projects.get_unique_metric_variants {"project":"f120eafbf85a44c284e42f8831e8a4ec","include_subprojects":false}"#,
        r#"users.get_all_ex {"only_fields":["id","name"],"order_by":["id"],"page":0,"page_size":500}"#,
    ] {
        assert!(asked.iter().any(|asked| asked == expected), "{expected} is not among {asked:#?}");
    }
}

#[tokio::test]
async fn a_text_that_no_run_is_called_by_is_looked_up_as_a_model() {
    let server = serving(Vec::new()).await;
    tracker(&server).resolve(&call(), Referent::Run, "models:/a.b").await.unwrap();
    assert_eq!(
        sent(&server).await,
        [
            r#"models.get_all_ex {"_any_":{"fields":["id","name"],"pattern":"^a\\.b$"},"only_fields":["id","name","task"],"order_by":["-created"],"page":0,"page_size":100}"#
        ]
    );
}

#[tokio::test]
async fn a_name_is_looked_up_among_hidden_runs_too() {
    let server = serving(Vec::new()).await;
    tracker(&server).resolve(&call(), Referent::Run, "train").await.unwrap();
    let asked = sent(&server).await;
    let named =
        r#"tasks.get_all_ex {"_any_":{"fields":["name","id"],"pattern":"^train$"},"search_hidden":true,"only_fields":"#;
    let one = asked.iter().find(|asked| asked.starts_with(named));
    assert!(
        one.is_some_and(|asked| asked.ends_with(r#","order_by":["-started"],"page":0,"page_size":500}"#)),
        "{asked:#?}"
    );
}

#[tokio::test]
async fn a_list_of_projects_is_asked_for_with_counts_and_without_archived_ones() {
    let server = serving(Vec::new()).await;
    let query = ProjectQuery { text: Some("a/b".to_owned()), include_archived: false, limit: 10, cursor: None };
    tracker(&server).projects(&call(), &query).await.unwrap();
    let asked = sent(&server).await;
    assert_eq!(
        asked[0],
        r#"projects.get_all_ex {"only_fields":["id","name","description","created","last_update","tags","system_tags"],"include_stats":true,"stats_with_children":false,"stats_for_state":"active","search_hidden":false,"order_by":["-last_update"],"start":0,"size":11,"system_tags":["__$not","archived"],"name":"(?i)a\\/b"}"#
    );
}

#[tokio::test]
async fn a_project_is_looked_at_with_its_own_runs_and_children_with_hidden_ones() {
    let (server, _) = signing_in("2.31").await;
    let tasks = json!({"tasks": [{"id": "a"}], "projects": [{"id": "p", "name": "p", "own_tasks": 1}], "metrics": []});
    Mock::given(method("POST")).respond_with(answer(&tasks)).mount(&server).await;
    let since = Some("2026-06-01T09:00:00.0015Z".parse().unwrap());
    tracker(&server).project(&call(), &ProjectId::new("p"), since).await.unwrap();
    tracker(&server).runs(&call(), &[RunId::new("a")], Parts::of(&[Part::Children])).await.unwrap();
    let asked = sent(&server).await;
    for (at, expected) in [
        r#"projects.get_all_ex {"id":["p"],"only_fields":["id","name","description","created","last_update","tags","system_tags"],"include_stats":true,"stats_for_state":"active","check_own_contents":true}"#,
        r#"projects.get_unique_metric_variants {"project":"p","include_subprojects":false}"#,
        r#"tasks.get_all_ex {"parent":["a"],"search_hidden":true,"only_fields":"#,
        r#"tasks.get_all_ex {"project":["p"],"system_tags":["__$not","archived"],"started":["2026-06-01T09:00:00.001Z",null],"only_fields":["#,
        r#"tasks.get_by_id_ex {"id":["a"],"only_fields":["id","name","#,
    ]
    .into_iter()
    .enumerate()
    {
        assert!(asked[at].starts_with(expected), "{expected} is not {}", asked[at]);
    }
}
