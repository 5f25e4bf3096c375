//! Settings that are wrong: what is said of them names the setting, never a secret in it.

use std::fs;

use tempfile::tempdir;

use super::{assert_hidden, said, written};
use crate::connection::config;

const SECRETS: [&str; 2] = ["hunter2", "MIIEvQIBADANBgkqhkiG9w0BAQEF"];

fn secrets() -> Vec<String> {
    SECRETS.map(str::to_owned).to_vec()
}

#[tokio::test]
async fn an_address_that_cannot_be_used_is_told_without_the_password_in_it() {
    let home = tempdir().unwrap();
    for uri in [
        "bob:hunter2@host:5000",
        "http//bob:hunter2@host:5000",
        "bob:hunter2@host/prefix",
        "http:bob:hunter2@",
        "http://bob:hunter2@",
        "http://bob:hunter2@host:not-a-port",
        "http://bob:hunter2@ho st/",
        "ftp://bob:hunter2@host/",
        "postgresql://bob:hunter2@db.example.org/mlflow",
        "postgresql+psycopg2://bob:hunter2@db.example.org/mlflow?sslmode=require&password=hunter2",
        "mysql+pymysql://bob:hunter2@db.example.org:3306/mlflow",
        "databricks://token:hunter2@host",
    ] {
        let said = said(&config(Some(uri))).await;
        let written = written(&[("MLFLOW_TRACKING_URI", uri)], home.path()).await;

        assert_hidden(uri, &(said.clone() + &written), &secrets());
        assert!(said.contains("MLFLOW_TRACKING_URI"), "{uri}: the setting is not named: {said}");
    }
}

#[tokio::test]
async fn files_that_cannot_be_used_are_named_without_their_content() {
    let home = tempdir().unwrap();
    let key = format!("-----BEGIN {0}-----\n{1}\n-----END {0}-----\n", "PRIVATE KEY", SECRETS[1]);
    let file = |name: &str, text: &str| {
        fs::write(home.path().join(name), text).unwrap();
        home.path().join(name).to_str().unwrap().to_owned()
    };
    let pem = file("key.pem", &key);
    let text = file("notes.txt", "password = hunter2\n");
    let absent = home.path().join("absent.pem").to_str().unwrap().to_owned();
    for (variable, path) in [
        ("MLFLOW_TRACKING_SERVER_CERT_PATH", &pem),
        ("MLFLOW_TRACKING_SERVER_CERT_PATH", &text),
        ("MLFLOW_TRACKING_SERVER_CERT_PATH", &absent),
        ("MLFLOW_TRACKING_CLIENT_CERT_PATH", &pem),
        ("MLFLOW_TRACKING_CLIENT_CERT_PATH", &text),
    ] {
        let variables = [("MLFLOW_TRACKING_URI", "https://127.0.0.1:1"), (variable, path.as_str())];

        let written = written(&variables, home.path()).await;

        assert_hidden(path, &written, &secrets());
        assert!(written.contains(&format!("{path} ({variable})")), "{variable} {path}: {written}");
    }
}

#[tokio::test]
async fn a_credentials_file_that_cannot_be_read_is_named_without_its_lines() {
    let home = tempdir().unwrap();
    fs::create_dir(home.path().join(".mlflow")).unwrap();
    for text in [
        "[mlflow\nmlflow_tracking_password = hunter2\n",
        "hunter2\n",
        "[mlflow]\nhunter2\n= hunter2\n",
        "[]\n[[hunter2\n",
    ] {
        fs::write(home.path().join(".mlflow/credentials"), text).unwrap();

        let written = written(&[("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")], home.path()).await;

        assert_hidden(text, &written, &secrets());
    }
}

#[tokio::test]
async fn databricks_settings_are_told_without_their_secrets() {
    let home = tempdir().unwrap();
    for (text, variables) in [
        ("[DEFAULT]\nhost = https://bob:hunter2@127.0.0.1:1\ntoken = hunter2\n", vec![]),
        ("[DEFAULT]\nhost = http://bob:hunter2@127.0.0.1:1\ntoken = hunter2\n", vec![]),
        ("[DEFAULT\ntoken = hunter2\n", vec![]),
        ("", vec![("DATABRICKS_HOST", "https://bob:hunter2@127.0.0.1:1"), ("DATABRICKS_TOKEN", "hunter2")]),
        ("", vec![("DATABRICKS_HOST", "bob:hunter2@"), ("DATABRICKS_TOKEN", "hunter2")]),
        ("", vec![("DATABRICKS_TOKEN", "hunter2")]),
        ("", vec![("DATABRICKS_HOST", "https://127.0.0.1:1"), ("DATABRICKS_TOKEN", "hunter2\nhunter2")]),
    ] {
        fs::write(home.path().join(".databrickscfg"), text).unwrap();
        let variables = [vec![("MLFLOW_TRACKING_URI", "databricks")], variables].concat();

        let written = written(&variables, home.path()).await;

        assert_hidden(&format!("{text} {variables:?}"), &written, &secrets());
        assert!(written.contains("databricks"));
    }
}
