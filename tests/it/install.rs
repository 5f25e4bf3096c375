//! `tracker-mcp install`, from the command line to a client that starts what was written.

use std::collections::BTreeSet;
use std::path::Path;

use rmcp::ServiceExt;
use rmcp::transport::TokioChildProcess;
use serde_json::Value;
use tempfile::tempdir;
use tokio::process::Command;

use crate::process::binary;

async fn install(home: &Path, words: &str) -> String {
    let output = binary(&[], home).arg("install").args(words.split_whitespace()).output().await.unwrap();
    assert!(output.status.success(), "{words}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn what_is_written_starts_the_server_with_its_config() {
    let home = tempdir().unwrap();
    std::fs::write(home.path().join("lab.ini"), "[tracker lab]\nkind = mlflow\nurl = http://127.0.0.1:9\n").unwrap();
    install(home.path(), "cursor --config lab.ini").await;
    let written = std::fs::read_to_string(home.path().join(".cursor/mcp.json")).unwrap();
    let server = serde_json::from_str::<Value>(&written).unwrap()["mcpServers"]["tracker"].clone();

    // A client starts it elsewhere, with next to nothing in its environment.
    let args = server["args"].as_array().unwrap().iter().map(|word| word.as_str().unwrap());
    let mut command = Command::new(server["command"].as_str().unwrap());
    command.args(args).env_clear().current_dir("/");
    let client = ().serve(TokioChildProcess::new(command).unwrap()).await.unwrap();
    let tools = client.list_tools(None).await.unwrap().tools;
    client.cancel().await.unwrap();

    assert!(tools.iter().any(|tool| tool.name == "search_runs"));
}

#[tokio::test]
async fn a_client_that_does_not_exist_is_refused_with_the_nearest() {
    let home = tempdir().unwrap();
    let output = binary(&[], home.path()).args(["install", "vs-code"]).output().await.unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("'vscode'"));
}

#[tokio::test]
async fn the_table_of_the_readme_is_the_list_of_clients() {
    let home = tempdir().unwrap();
    let listed = install(home.path(), "--list").await;
    let listed: BTreeSet<&str> = listed.lines().skip(1).filter_map(|line| line.split_whitespace().next()).collect();
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let rows = readme.lines().filter_map(|line| line.split_once("| `tracker-mcp install ")?.1.split('`').next());
    assert_eq!(rows.collect::<BTreeSet<_>>(), listed);
}
