//! What every client may rely on, in both eras of the protocol, over a connection in memory.

use backends::settings::Environment;
use rmcp::ServiceError;
use rmcp::model::{CacheScope, ErrorCode, ErrorData, ReadResourceRequestParams, ResourceContents};
use serde_json::{Value, json};
use tracker_mcp::catalogue::{self, CATALOGUE};
use tracker_mcp::config::Config;
use tracker_mcp::guide;
use tracker_mcp::policy::opt_in;

use crate::canned;
use crate::connection::{ERAS, Era, call, config, connect, text};

fn protocol_error(error: ServiceError) -> ErrorData {
    match error {
        ServiceError::McpError(error) => error,
        other => panic!("not an answer of the server: {other}"),
    }
}

#[tokio::test]
async fn both_eras_are_spoken_under_our_own_name_and_version() {
    for era in ERAS {
        let client = connect(era, config(None)).await;

        let server = client.peer_info().unwrap();

        assert_eq!(server.protocol_version.as_str(), era.version());
        let itself = server.server_info.as_ref().unwrap();
        assert_eq!((itself.name.as_str(), itself.version.as_str()), ("tracker-mcp", env!("CARGO_PKG_VERSION")));
        assert!(server.capabilities.tools.is_some() && server.capabilities.resources.is_some());
        assert!(server.capabilities.prompts.is_some());
    }
}

#[tokio::test]
async fn instructions_are_short_and_their_first_512_characters_stand_alone() {
    for era in ERAS {
        let client = connect(era, config(Some("http://127.0.0.1:1"))).await;

        let instructions = client.peer_info().unwrap().instructions.clone().unwrap();
        let first: String = instructions.chars().take(512).collect();
        let alone = first.split("\n\n").next().unwrap();

        assert!(instructions.len() <= 2_000, "{} bytes", instructions.len());
        assert!(first.contains("\n\n") && alone.ends_with('.'), "the first paragraph is cut: {first}");
        let offered = client.list_all_tools().await.unwrap();
        for entry in CATALOGUE {
            let is_offered = offered.iter().any(|tool| tool.name == entry.name);
            let told = if opt_in(entry).is_some() { &instructions } else { alone };
            assert_eq!(told.contains(entry.name), is_offered, "{}: {told}", entry.name);
        }
        assert!(instructions.contains("Configured trackers: mlflow"), "{instructions}");
    }
}

#[tokio::test]
async fn tools_come_in_the_order_of_the_catalogue_and_may_be_kept_by_one_user() {
    let mut lists = Vec::new();
    for era in ERAS {
        let client = connect(era, config(None)).await;

        let list = client.list_tools(None).await.unwrap();

        let names: Vec<&str> = list.tools.iter().map(|tool| tool.name.as_ref()).collect();
        assert_eq!(names, CATALOGUE.iter().map(|entry| entry.name).collect::<Vec<_>>());
        assert_eq!(list.next_cursor, None);
        assert_eq!((list.ttl_ms, list.cache_scope), (Some(300_000), Some(CacheScope::Private)), "{era:?}");
        lists.push(serde_json::to_value(&list.tools).unwrap());
    }
    assert_eq!(lists[0], lists[1], "the eras differ");
}

#[tokio::test]
async fn every_guide_is_a_resource_that_can_be_read() {
    let guides = guide::all(&catalogue::guides().unwrap()).unwrap();
    for era in ERAS {
        let client = connect(era, config(None)).await;

        let list = client.list_resources(None).await.unwrap();

        assert_eq!((list.ttl_ms, list.cache_scope), (Some(300_000), Some(CacheScope::Private)));
        let names: Vec<&str> = list.resources.iter().map(|resource| resource.name.as_str()).collect();
        assert_eq!(names, guides.iter().map(|guide| guide.name).collect::<Vec<_>>());
        for (resource, guide) in list.resources.iter().zip(&guides) {
            assert_eq!(resource.uri, format!("guide://{}", guide.name));
            assert_eq!(resource.mime_type.as_deref(), Some("text/markdown"));
            let read = client.read_resource(ReadResourceRequestParams::new(resource.uri.clone())).await.unwrap();
            let [ResourceContents::TextResourceContents { uri, text, .. }] = read.contents.as_slice() else {
                panic!("{}: {:?}", resource.uri, read.contents)
            };
            assert_eq!((uri, text.as_str()), (&resource.uri, guide.markdown().as_str()));
        }
    }
}

#[tokio::test]
async fn the_address_of_any_guide_is_announced_as_a_template() {
    for era in ERAS {
        let client = connect(era, config(None)).await;

        let list = client.list_resource_templates(None).await.unwrap();

        let templates: Vec<&str> = list.resource_templates.iter().map(|one| one.uri_template.as_str()).collect();
        assert_eq!(templates, ["guide://{topic}"]);
    }
}

#[tokio::test]
async fn an_unknown_resource_is_a_protocol_error_that_names_the_nearest() {
    for (era, code) in ERAS.into_iter().zip([ErrorCode::RESOURCE_NOT_FOUND, ErrorCode::INVALID_PARAMS]) {
        let client = connect(era, config(None)).await;
        for (uri, named) in
            [("guide://fliters", "filters"), ("file:///etc/passwd", "guide://filters"), ("", "guide://filters")]
        {
            let refused = client.read_resource(ReadResourceRequestParams::new(uri)).await.unwrap_err();

            let error = protocol_error(refused);
            assert_eq!(error.code, code, "{era:?} {uri}");
            assert!(error.message.contains(named), "{uri}: {}", error.message);
        }
    }
}

#[tokio::test]
async fn an_unknown_tool_is_a_protocol_error_that_names_the_nearest() {
    for era in ERAS {
        let client = connect(era, config(None)).await;
        for (misspelt, nearest) in
            [("serch_runs", "search_runs"), ("get_run", "get_runs"), ("delete_everything", "list_trackers")]
        {
            let refused = call(&client, misspelt, json!({})).await.unwrap_err();

            let error = protocol_error(refused);
            assert_eq!(error.code, ErrorCode::INVALID_PARAMS, "{era:?} {misspelt}");
            assert!(error.message.contains(misspelt) && error.message.contains(nearest), "{}", error.message);
        }
    }
}

#[tokio::test]
async fn an_answer_is_text_and_data_with_the_same_facts() {
    let mlflow = canned::mlflow(vec![canned::run(1, "first", &[], &[])], "").await;
    for era in ERAS {
        let client = connect(era, config(Some(&mlflow.uri()))).await;

        let answer = call(&client, "search_runs", json!({})).await.unwrap();

        assert_eq!(answer.is_error, Some(false));
        let structured = answer.structured_content.clone().unwrap();
        let run = format!("mlflow:{}", canned::run_id(1));
        assert_eq!(structured["runs"]["rows"][0][0], run.as_str(), "{structured}");
        assert!(text(&answer).contains(&run) && text(&answer).contains("first"), "{}", text(&answer));
        assert_eq!(answer.content.len(), 1, "one block of text");
    }
}

#[tokio::test]
async fn what_goes_wrong_inside_a_tool_is_an_error_of_the_tool_and_whole_in_its_text() {
    let mlflow = canned::mlflow(vec![], "").await;
    for era in ERAS {
        let client = connect(era, config(Some(&mlflow.uri()))).await;
        for (tool, arguments, said) in [
            ("get_runs", json!({}), "runs is missing"),
            ("get_runs", json!({"runs": []}), "runs is missing"),
            ("search_runs", json!({"filter": "metrics.a >"}), "a value is missing"),
            ("search_runs", json!({"projekts": ["bench"]}), "projects"),
            ("search_runs", json!({"tracker": "lab"}), "no tracker 'lab'"),
            ("search_runs", json!({"limit": "many"}), "limit"),
            ("search_runs", json!({"cursor": "nonsense"}), "cursor"),
            ("get_project", json!({"project": "bensch"}), "bench"),
            ("get_guide", json!({"topic": "fliters"}), "filters"),
        ] {
            let answer = call(&client, tool, arguments.clone()).await.unwrap();

            assert_eq!(answer.is_error, Some(true), "{tool} {arguments}");
            assert_eq!(answer.structured_content, None, "{tool} {arguments}");
            assert!(text(&answer).contains(said), "{tool} {arguments}: {}", text(&answer));
        }
    }
}

#[tokio::test]
async fn without_a_tracker_all_tools_are_there_and_say_what_to_set() {
    for era in ERAS {
        let client = connect(era, config(None)).await;
        assert_eq!(client.list_tools(None).await.unwrap().tools.len(), CATALOGUE.len());
        for entry in CATALOGUE {
            let answer = call(&client, entry.name, least_arguments(entry.name)).await.unwrap();

            if entry.name == "get_guide" {
                assert_eq!(answer.is_error, Some(false), "guides need no tracker");
            } else {
                assert_eq!(answer.is_error, Some(true), "{}", entry.name);
                assert!(text(&answer).contains("set MLFLOW_TRACKING_URI"), "{}: {}", entry.name, text(&answer));
            }
        }
        assert!(client.peer_info().unwrap().instructions.as_deref().unwrap().contains("No tracker is configured yet"));
    }
}

#[tokio::test]
async fn a_local_store_that_is_not_there_is_answered_with_its_path() {
    let client = connect(Era::Modern, config(Some("sqlite:////data/ada/mlflow.db"))).await;

    let answer = call(&client, "list_projects", json!({})).await.unwrap();

    assert_eq!(answer.is_error, Some(true));
    assert!(text(&answer).contains("there is no file /data/ada/mlflow.db"), "{}", text(&answer));
}

#[tokio::test]
async fn a_placeholder_that_a_client_left_unexpanded_counts_as_not_set() {
    let environment = Environment::of(&[("MLFLOW_TRACKING_URI", "${user_config.mlflow_uri}")], None);
    let client = connect(Era::Modern, Config::discover(&environment)).await;

    let answer = call(&client, "list_trackers", json!({})).await.unwrap();

    assert!(text(&answer).contains("no tracker is configured"), "{}", text(&answer));
}

#[tokio::test]
async fn calls_side_by_side_get_their_own_answers() {
    let mlflow = canned::mlflow(vec![canned::run(1, "first", &[], &[])], "").await;
    let client = connect(Era::Modern, config(Some(&mlflow.uri()))).await;
    let guides = ["filters", "terms", "metrics", "paging", "safety", "references"];

    let answers = guides.map(|topic| call(&client, "get_guide", json!({"topic": topic})));
    let (answers, runs) = tokio::join!(futures::future::join_all(answers), call(&client, "search_runs", json!({})));

    for (topic, answer) in guides.into_iter().zip(answers) {
        let guide = guide::find(topic, &[]).unwrap();
        assert!(text(&answer.unwrap()).contains(guide.summary), "another guide than {topic}");
    }
    assert!(text(&runs.unwrap()).contains("first"));
}

/// Arguments that a tool cannot do without.
fn least_arguments(tool: &str) -> Value {
    match tool {
        "get_runs" | "get_metric_history" | "plot_metrics" | "wait_for_runs" => json!({"runs": ["last"]}),
        "compare_runs" => json!({"runs": ["last 2"]}),
        "list_artifacts" | "read_log" | "diagnose_run" => json!({"run": "last"}),
        "read_artifact" => json!({"runs": ["last"], "path": "config.yml"}),
        "rank_runs" => json!({"metric": "accuracy"}),
        "get_trace" => json!({"trace": "last"}),
        "get_datasets" => json!({"datasets": ["mmlu"]}),
        "get_models" => json!({"models": ["fraud"]}),
        "get_project" => json!({"project": "bench"}),
        _ => json!({}),
    }
}
