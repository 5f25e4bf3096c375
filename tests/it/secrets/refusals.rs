//! Servers that refuse and, in refusing, repeat what they were sent or what they keep.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::future::join_all;
use serde_json::json;
use tracker_mcp::render::{Answer, to_structured, to_text};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::{PASSWORD, assert_hidden, credentials, said_in_short, ways};

/// What stands between database and server, and may not be shown.
const SQL: &str = "SELECT experiments.experiment_id FROM experiments WHERE experiments.lifecycle_stage IN ('active')";

/// A refusal that repeats the header that came with the request, and the secret in it, in several ways.
fn repeating(status: u16) -> impl Fn(&Request) -> ResponseTemplate + Send + Sync + 'static {
    move |request: &Request| {
        let header = request.headers.get("authorization").map(|value| value.to_str().unwrap()).unwrap_or_default();
        let bare = header.split(' ').next_back().unwrap_or_default();
        let pair = STANDARD.decode(bare).map(|pair| String::from_utf8(pair).unwrap()).unwrap_or_default();
        let secret = pair.split_once(':').map_or(bare, |(_, password)| password);
        let message = format!(
            "ada may not: Authorization: {header}; got {header}, that is {bare} or {secret}, as in http://ada:{secret}@host; \
             password={secret}, api_key: '{secret}'"
        );
        ResponseTemplate::new(status)
            .set_body_json(json!({"error_code": "INVALID_PARAMETER_VALUE", "message": message}))
    }
}

/// What is said to whoever signs in, in each way, to a server that answers everything so.
async fn said_by(refusal: impl wiremock::Respond + 'static) -> Vec<(&'static str, String)> {
    let mlflow = MockServer::start().await;
    Mock::given(any()).respond_with(refusal).mount(&mlflow).await;
    let each = ways(&mlflow.uri()).into_iter().map(|way| async move { (way.name, said_in_short(&way.config()).await) });
    join_all(each).await
}

#[tokio::test]
async fn a_server_that_repeats_the_credentials_does_not_bring_them_to_light() {
    let statuses = [400, 401, 403, 404, 409, 500, 503];

    let said = join_all(statuses.map(|status| said_by(repeating(status)))).await;

    for (status, said) in statuses.iter().zip(said) {
        for (way, said) in said {
            assert_hidden(&format!("{way} {status}"), &said, &credentials());
            assert!(said.contains("MLflow"), "{status}: {said}");
        }
    }
}

#[tokio::test]
async fn a_wrong_password_is_told_by_the_settings_to_check() {
    let refused = ResponseTemplate::new(401).set_body_string("You are not authenticated.");
    for (way, said) in said_by(refused).await {
        assert_hidden(way, &said, &credentials());
        assert!(said.contains("HTTP 401") && said.contains("MLFLOW_TRACKING_PASSWORD"), "{said}");
    }
}

#[tokio::test]
async fn a_fault_inside_the_server_is_told_without_its_sql() {
    let message = format!(
        "(psycopg2.OperationalError) connection to server at \"db\", user \"mlflow\" password \"{PASSWORD}\"\n[SQL: {SQL}]\n\
         (Background on this error at: https://sqlalche.me/e/20/e3q8)"
    );
    let fault = ResponseTemplate::new(500).set_body_json(json!({"error_code": "INTERNAL_ERROR", "message": message}));
    let hidden = [credentials(), ["SELECT", "psycopg2", "sqlalche"].map(str::to_owned).to_vec()].concat();
    for (way, said) in said_by(fault).await {
        assert_hidden(way, &said, &hidden);
        assert!(said.contains("HTTP 500"), "{said}");
    }
}

#[test]
fn what_a_server_said_is_cleaned_in_a_note_too() {
    let said = "lab: MLflow said \u{1b}[31mpassword=hunter2\u{1b}[0m, ![x](http://evil/)";

    let answer = Answer::new().note(said);

    let expected = r"lab: MLflow said password=***, !\[x]\(http://evil/)";
    assert_eq!(to_structured(&answer)["notes"][0], expected);
    assert!(to_text(&answer).contains(expected), "{}", to_text(&answer));
}
