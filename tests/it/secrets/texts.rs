//! Secrets that people left in their runs: known by shape or by key, masked wherever they are shown.

use serde_json::{Value, json};
use tempfile::tempdir;

use super::{assert_hidden, said, written};
use crate::canned;
use crate::connection::config;

/// Secrets by the name of their kind, made up here and put together so that no scanner takes them for real.
fn secrets() -> Vec<(&'static str, String)> {
    vec![
        ("aws", format!("AKIA{}", "IOSFODNN7EXAMPLE")),
        ("jwt", format!("eyJ{}.eyJ{}.{}", "hbGciOiJIUzI1NiJ9", "zdWIiOiIxMjM0NTY3ODkwIn0", "dozjgNryP4J3jVmN")),
        ("github", format!("ghp_{}", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8")),
        ("pem", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7".to_owned()),
        ("password", "plugh-in-a-param".to_owned()),
        ("api key", "xyzzy-in-a-tag".to_owned()),
        ("running text", "plover-in-a-note".to_owned()),
        ("url", "wumpus-in-a-url".to_owned()),
    ]
}

fn secret(kind: &str) -> String {
    secrets().into_iter().find(|(name, _)| *name == kind).unwrap().1
}

/// Two runs that hold all of them, in every place where people write.
fn runs() -> Vec<Value> {
    let begin = format!("-----BEGIN {}-----", "PRIVATE KEY");
    let pem = format!("{begin}\n{}\n{}", secret("pem"), begin.replace("BEGIN", "END"));
    let note = format!(
        "# Leaky\n\npassword: {}\n\n{pem}\n\nexport AWS_SECRET_ACCESS_KEY={} and {}\n",
        secret("running text"),
        secret("api key"),
        secret("jwt")
    );
    let url = format!("postgres://svc:{}@db.example.org/runs", secret("url"));
    let repository = format!("https://oauth2:{}@git.example.org/team/train.git", secret("github"));
    let command = format!("train.py --password={} --api-key {}", secret("password"), secret("github"));
    let bearer = format!("Bearer {}", secret("jwt"));
    let deploy = format!("AWS_ACCESS_KEY_ID={}", secret("aws"));
    let settings = json!({"db_password": secret("running text"), "lr": 0.1}).to_string();
    let name = format!("leaky {}", secret("github"));
    let mut first = canned::run(
        1,
        &name,
        &[
            ("password", &secret("password")),
            ("store", &url),
            ("settings", &settings),
            ("max_tokens", "4096"),
            ("key", &pem),
        ],
        &[
            ("deploy", &deploy),
            ("header", &bearer),
            ("openai-api-key", &secret("api key")),
            ("mlflow.note.content", &note),
            ("mlflow.source.git.repoURL", &repository),
            ("mlflow.source.git.commit", "0123456789abcdef0123456789abcdef01234567"),
            ("mlflow.source.name", &command),
            ("failure_reason", &format!("could not reach {url}")),
        ],
    );
    first["info"]["status"] = "FAILED".into();
    first["info"]["user_id"] = secret("aws").into();
    first["inputs"] = json!({"dataset_inputs": [{
        "dataset": {"name": "web", "digest": "abcd", "source_type": "http", "source": json!({"uri": url}).to_string()},
    }]});
    let second = canned::run(2, "leaky too", &[(&secret("aws"), "as a key")], &[(&secret("github"), "as a key")]);
    vec![first, second]
}

fn all() -> Vec<String> {
    secrets().into_iter().map(|(_, secret)| secret).collect()
}

#[tokio::test]
async fn secrets_in_runs_and_projects_are_masked_in_every_answer() {
    let note = format!("api_key = {}, {}", secret("api key"), secret("aws"));
    let mlflow = canned::mlflow(runs(), &note).await;

    let said = said(&config(Some(&mlflow.uri()))).await;

    assert_hidden("an answer", &said, &all());
    for shown in [
        "leaky ***",
        "leaky too",
        "max_tokens",
        "4096",
        "postgres://***@db.example.org/runs",
        "AWS_ACCESS_KEY_ID=***",
        "git.example.org",
    ] {
        assert!(said.contains(shown), "{shown} is not shown: {said}");
    }
}

#[tokio::test]
async fn secrets_in_runs_do_not_reach_the_log() {
    let home = tempdir().unwrap();
    let mlflow = canned::mlflow(runs(), &secret("jwt")).await;
    let uri = mlflow.uri();

    let written = written(&[("MLFLOW_TRACKING_URI", &uri)], home.path()).await;

    assert_hidden("the binary", &written, &all());
    assert!(written.contains("leaky too") && written.contains("audit"));
}
