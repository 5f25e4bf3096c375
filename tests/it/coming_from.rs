//! The page for those who come from another server names calls that exist.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use backends::Call;
use serde_json::{Map, Value, json};
use tracker_mcp::catalogue;
use tracker_mcp::dispatch;
use tracker_mcp::guide::CATEGORIES;
use tracker_mcp::policy::Policy;
use tracker_mcp::tool::Access;
use tracker_mcp::trackers::Trackers;

use crate::asking::Standing;

/// The tools of each server by the section that is about it, as its own `tools/list` names them.
const THEIRS: [(&str, &str); 4] = [
    (
        "kkruglik's mlflow-mcp 0.4.1",
        "get_experiments search_experiments get_experiment_by_name get_experiment_metrics get_experiment_params \
         get_experiment_tags get_runs get_run get_parent_run query_runs get_run_artifacts get_run_artifact \
         get_run_metrics get_run_metric get_best_run compare_runs get_registered_models get_model_versions \
         get_model_version get_registered_model get_model_version_by_alias get_latest_versions search_runs_by_tags \
         get_artifact_content search_logged_models get_logged_model register_model set_registered_model_tag \
         set_model_alias set_run_tag set_experiment_tag update_model_version transition_model_version_stage \
         copy_model_version delete_model_alias delete_model_version delete_registered_model delete_run \
         delete_experiment health",
    ),
    (
        // With `MLFLOW_MCP_TOOLS=all`.
        "mlflow mcp run, of MLflow 3.17.2",
        "search_traces get_trace delete_traces set_trace_tag delete_trace_tag log_trace_feedback \
         log_trace_expectation get_trace_assessment update_trace_assessment delete_trace_assessment evaluate_traces \
         list_scorers register_llm_judge_scorer create_experiment update_experiment search_experiments \
         get_experiment delete_experiment restore_experiment rename_experiment list_runs delete_run restore_run \
         describe_run create_run link_traces_to_run serve_model predict_with_model prepare_model_env \
         generate_model_dockerfile build_model_docker update_model_pip_requirements create_deployment \
         update_deployment delete_deployment list_deployments get_deployment run_deployment_locally \
         predict_with_deployment explain_deployment create_deployment_endpoint update_deployment_endpoint \
         delete_deployment_endpoint list_deployment_endpoints get_deployment_endpoint",
    ),
    (
        "mcp_clearml 0.1.0",
        "list_of_all_projects find_project_by_pattern get_project_stats get_tasks_core_info get_tasks_full_info \
         get_tasks_core_info_by_project get_tasks_full_info_by_project find_tasks_core_info_by_pattern \
         find_tasks_full_info_by_pattern compare_tasks find_models_by_pattern find_models_info \
         find_datasets_by_project find_datasets_by_pattern get_datasets_full_info get_tasks_parameters \
         get_tasks_metrics get_tasks_artifacts get_tasks_models list_tools_guide list_categories_guide \
         generate_tools_guide_markdown get_tool_guide",
    ),
    (
        "clearml-mcp 0.3.0",
        "get_task_info list_tasks get_task_parameters get_task_metrics get_task_artifacts get_model_info \
         get_model_artifacts list_models find_project_by_pattern list_projects find_experiment_in_project \
         get_project_stats compare_tasks search_tasks",
    ),
];

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/coming-from.md");
    std::fs::read_to_string(path).unwrap().replace("\r\n", "\n")
}

/// The rows of its tables, cell by cell, without the heads.
fn rows(page: &str) -> Vec<Vec<String>> {
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    let is_row = |line: &&str| line.starts_with("| ") && !line.starts_with("| theirs ");
    page.lines().filter(is_row).map(cells).collect()
}

/// What stands in back-quotes.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// The calls in a text: the name of a tool, and its arguments.
fn calls(text: &str) -> Vec<(String, Map<String, Value>)> {
    let call = |code: &&str| {
        let (tool, arguments) = code.split_once(" {")?;
        let arguments: Value = serde_json::from_str(&format!("{{{arguments}")).unwrap_or_else(|_| panic!("{code}"));
        Some((tool.to_owned(), arguments.as_object()?.clone()))
    };
    quoted(text).iter().filter_map(call).collect()
}

async fn asked(tool: &str, arguments: Map<String, Value>) -> String {
    let call = Call::new("tests", Arc::new(Standing));
    let every: Vec<_> = CATEGORIES.iter().map(|(name, _)| *name).collect();
    let policy = Policy::new(Access::Read, &every);
    let reply = dispatch::call(policy, Arc::new(Trackers::new(Vec::new())), call, tool, arguments).await;
    reply.unwrap_or_else(|| panic!("no tool {tool}")).text
}

/// Without a tracker a call whose arguments are right ends with the question for one, and with nothing else.
#[tokio::test]
async fn every_call_is_one_that_is_taken() {
    let unconfigured = asked("list_trackers", Map::new()).await;
    assert!(unconfigured.contains("no tracker is configured"), "{unconfigured}");
    let calls = calls(&page());
    assert!(calls.len() > 30, "{}", calls.len());
    for (tool, arguments) in calls {
        assert!(catalogue::find(&tool).is_some(), "{tool}");
        let shown = json!(arguments).to_string();
        let told = asked(&tool, arguments).await;
        let is_guide = tool == "get_guide" && told.starts_with("# ");
        assert!(is_guide || told == unconfigured, "{tool} {shown}: {told}");
    }
}

#[test]
fn every_tool_of_theirs_has_one_row_with_a_call_or_the_reason_why_there_is_none() {
    let page = page();
    let sections: Vec<&str> = page.split("\n## ").skip(1).collect();
    assert_eq!(sections.len(), THEIRS.len());
    for (section, (head, tools)) in sections.iter().zip(THEIRS) {
        assert_eq!(section.lines().next(), Some(head));
        let rows = rows(section);
        let mut named: Vec<&str> = rows.iter().flat_map(|row| quoted(&row[0])).filter(|name| *name != "ml").collect();
        let mut tools: Vec<&str> = tools.split(' ').collect();
        named.sort_unstable();
        tools.sort_unstable();
        assert_eq!(named, tools, "{head}");
        for row in rows {
            assert_eq!(row.len(), 3, "{row:?}");
            let says_why = row[1].starts_with("none: ");
            assert_eq!(calls(&row[1]).is_empty(), says_why, "{row:?}");
        }
    }
}

#[test]
fn as_many_tools_are_theirs_as_the_page_says() {
    let counts = THEIRS.map(|(_, tools)| tools.split(' ').collect::<BTreeSet<_>>().len());
    assert_eq!(counts, [40, 45, 23, 14]);
}
