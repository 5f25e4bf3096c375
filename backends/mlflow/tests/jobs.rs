//! Jobs of Databricks, on answers in the documented shape.

use super::*;

const JOB: &str = "/api/2.1/jobs/runs/get";

/// As in the example of the documentation, shortened.
fn job_run(state: &Value, tasks: &[u64]) -> Value {
    let task = |id: &u64| json!({"run_id": id, "task_key": format!("task-{id}"), "attempt_number": 0});
    json!({
        "job_id": 11_223_344,
        "run_id": 987,
        "run_name": "nightly training",
        "creator_user_name": "ada@example.org",
        "state": state,
        "tasks": tasks.iter().map(task).collect::<Vec<_>>(),
        "start_time": 1_795_170_000_000_i64,
        "end_time": 0,
        "run_page_url": "https://dbc-1.cloud.databricks.com/?o=1#job/11223344/run/987",
    })
}

async fn launched(state: Value, tasks: &[u64]) -> MockServer {
    let server = server().await;
    answers(&server, "GET", JOB, json(job_run(&state, tasks))).await;
    server
}

#[tokio::test]
async fn a_job_leads_to_the_runs_that_carry_its_number() {
    let server = MockServer::start().await;
    let run = json!({"info": {"run_id": RUN, "experiment_id": "7", "run_name": "a", "status": "RUNNING", "lifecycle_stage": "active"},
                     "data": {"tags": [{"key": "mlflow.databricks.jobRunID", "value": "987"}]}});
    let experiment = json!({"experiment_id": "7", "name": PATH_NAME, "lifecycle_stage": "active"});
    answers(&server, "POST", EXPERIMENTS, json(json!({"experiments": [experiment]}))).await;
    let state = json!({"life_cycle_state": "RUNNING", "state_message": "In run"});
    answers(&server, "GET", JOB, json(job_run(&state, &[]))).await;
    answers(&server, "POST", RUNS, json(json!({"runs": [run]}))).await;
    let tracker = databricks(&server);

    let job = tracker.jobs().unwrap().job(&call(), "987").await.unwrap();

    assert_eq!((job.id.as_str(), job.name.as_deref()), ("987", Some("nightly training")));
    assert_eq!((job.status, job.native_status.as_str()), (Some(crate::model::Status::Running), "RUNNING"));
    assert_eq!((job.reason.as_deref(), job.ended), (Some("In run"), None));
    assert_eq!(job.runs, [RunId::new(RUN)]);
    let asked = searches(&server).await;
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0]["filter"], "tags.`mlflow.databricks.jobRunID` = '987'");
}

#[tokio::test]
async fn runs_of_a_jobs_tasks_are_its_runs_and_only_the_last_three_are_looked_for() {
    let server = launched(json!({"life_cycle_state": "PENDING"}), &[1, 2, 3, 4, 5]).await;

    databricks(&server).jobs().unwrap().job(&call(), "987").await.unwrap();

    let mut asked: Vec<String> =
        searches(&server).await.iter().map(|body| body["filter"].as_str().unwrap().to_owned()).collect();
    asked.sort();
    let tag = |number| format!("tags.`mlflow.databricks.jobRunID` = '{number}'");
    assert_eq!(asked, ["3", "4", "5", "987"].map(tag));
}

#[tokio::test]
async fn the_token_goes_to_its_own_host_alone_even_where_a_job_is_redirected() {
    let elsewhere = MockServer::start().await;
    let server = server().await;
    let away = format!("{}/api/2.1/jobs/runs/get?run_id=987", elsewhere.uri().replace("127.0.0.1", "localhost"));
    answers(&server, "GET", JOB, ResponseTemplate::new(302).insert_header("location", away.as_str())).await;

    let outcome = databricks(&server).jobs().unwrap().job(&call(), "987").await;

    assert!(outcome.is_err());
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
    let asked = sent(&server).await;
    let [request] = asked.as_slice() else { panic!("{} requests", asked.len()) };
    assert_eq!(request.headers.get("authorization").unwrap(), "Bearer dapi-1");
    assert_eq!(request.url.query(), Some("run_id=987"));
}

#[tokio::test]
async fn a_number_of_no_job_is_told_and_other_servers_launch_none() {
    let server = server().await;
    let body = json!({"error_code": "INVALID_PARAMETER_VALUE", "message": "Run 987 does not exist."});
    answers(&server, "GET", JOB, ResponseTemplate::new(400).set_body_json(body)).await;

    let error = databricks(&server).jobs().unwrap().job(&call(), "987").await.unwrap_err();

    assert_eq!(error.kind, ErrorKind::NotFound);
    assert!(error.message.starts_with("no job run 987"), "{error}");
    assert!(mlflow(&server, &[]).jobs().is_none());
}
