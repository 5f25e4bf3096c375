//! The door to ClearML's API server: always POST, the newest version that both sides speak, the envelope opened.

use std::sync::{Arc, PoisonError};

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::http::{Access, Authorize, Client, ClientSettings, NoSignIn, Request, TlsSettings};
use crate::tracker::Step;
use crate::{Call, Result};

use super::auth::{self, Known};
use super::config::Config;
use super::error;
use super::wire::Envelope;
use super::wire_auth::Claims;

/// The newest version of the interface that is known here (server 2.0).
const NEWEST: (u16, u16) = (2, 31);
/// Rows of a page at most: the server cuts longer ones without a word.
pub(super) const PAGE: usize = 500;

/// The servers of a ClearML installation.
pub(super) struct Api {
    client: Client,
    authorize: Arc<dyn Authorize>,
    known: Known,
    newest: (u16, u16),
    web: String,
}

impl Api {
    pub(super) fn new(name: &str, config: &Config) -> Self {
        let client = Client::new(client_settings(name, config));
        let (authorize, known) = auth::authorize(&client, &config.sign_in);
        Self {
            client: client.authorized_by(Arc::clone(&authorize)),
            authorize,
            known,
            newest: config.max_version.map_or(NEWEST, |version| version.min(NEWEST)),
            web: config.web.to_string(),
        }
    }

    /// The address of its pages, without a slash at its end.
    pub(super) fn web(&self) -> &str {
        &self.web
    }

    /// How requests are signed: the same token opens the file server.
    pub(super) fn authorize(&self) -> &Arc<dyn Authorize> {
        &self.authorize
    }

    /// The way to the server.
    pub(super) async fn probe(&self, call: &Call) -> Vec<Step> {
        self.client.probe(call).await
    }

    /// What the server told when we signed in; signs in if that has not happened yet.
    pub(super) async fn claims(&self, call: &Call) -> Result<Arc<Claims>> {
        let known = || self.known.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(claims) = known() {
            return Ok(claims);
        }
        self.authorize.credential(call).await?;
        Ok(known().unwrap_or_default())
    }

    /// `POST /v2.N/<service>.<action>`: what is in `data` of the answer. Fields that are null are not sent.
    ///
    /// To ClearML an empty list means *no filter*: whoever asks for nothing must not ask.
    pub(super) async fn ask<T>(&self, call: &Call, endpoint: &str, body: &Value) -> Result<T>
    where
        T: DeserializeOwned + Send + 'static,
    {
        let speaks = self.claims(call).await?.api_version().unwrap_or(self.newest);
        let (major, minor) = speaks.min(self.newest);
        let request = Request::post(Access::Read, format!("/v{major}.{minor}/{endpoint}"), body);
        let answer: Envelope<T> = self.client.json(call, request).await?;
        Ok(answer.data)
    }
}

fn client_settings(name: &str, config: &Config) -> ClientSettings {
    ClientSettings {
        tracker: name.to_owned(),
        base: config.api.clone(),
        tls: tls(config),
        headers: [("X-ClearML-Client".to_owned(), crate::settings::Value::Plain(agent()))]
            .into_iter()
            .chain(config.headers.clone())
            .collect(),
        authorize: Arc::new(NoSignIn),
        explain: error::explain,
        check: config.check.clone(),
        names: config.names.clone(),
        pace: config.pace,
    }
}

/// Whom to trust.
pub(super) fn tls(config: &Config) -> TlsSettings {
    TlsSettings {
        ca_file: config.ca_file.clone(),
        ca_file_setting: config.ca_setting,
        client_certificate: None,
        client_certificate_setting: "",
        insecure: config.insecure,
    }
}

/// Who asks, for the server's log.
fn agent() -> String {
    format!("tracker-mcp-{}", env!("CARGO_PKG_VERSION"))
}
