//! Recorded questions with their answers: who asks something else gets none.

use serde::Deserialize;
use serde_json::Value;
use wiremock::matchers::{body_json, path};
use wiremock::{Mock, MockServer};

use super::answer;

/// What was asked of a real server, and what was in `data` of its answer.
#[derive(Deserialize)]
pub(super) struct Exchange {
    pub(super) endpoint: String,
    pub(super) request: Value,
    pub(super) data: Value,
}

impl Exchange {
    /// Those of a fixture.
    pub(super) fn read(fixture: &str) -> Vec<Self> {
        serde_json::from_str(fixture).unwrap()
    }

    /// Answers this question so, as often as it is asked.
    pub(super) async fn mount(&self, server: &MockServer) {
        Mock::given(path(format!("/v2.31/{}", self.endpoint)))
            .and(body_json(&self.request))
            .respond_with(answer(&self.data))
            .mount(server)
            .await;
    }
}

/// What was asked beside signing in: endpoint and body.
pub(super) async fn asked(server: &MockServer) -> Vec<(String, Value)> {
    let requests = server.received_requests().await.unwrap();
    let questions = requests.iter().filter(|request| request.url.path() != "/auth.login");
    questions
        .map(|request| {
            let endpoint = request.url.path().trim_start_matches("/v2.31/").to_owned();
            (endpoint, request.body_json().unwrap())
        })
        .collect()
}
