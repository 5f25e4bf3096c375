//! The client of one tracker: settings in, replies out.

use std::fmt;
use std::sync::Arc;

use reqwest::header::{ACCEPT, HeaderMap, HeaderName, HeaderValue};
use serde::de::{DeserializeOwned, DeserializeSeed};

use super::auth::Authorize;
use super::failure::Explain;
use super::gate::Gate;
use super::limits::Limits;
use super::reply::Reply;
use super::request::Request;
use super::tls::TlsSettings;
use super::transport::{Network, Transport, proxy_variable};
use super::trouble::Place;
use super::{json, send};
use crate::allowance::Pace;
use crate::secret::SafeUrl;
use crate::section::Names;
use crate::settings::Value;
use crate::{Call, Error, Result};

/// What a client needs to know of its tracker.
pub struct ClientSettings {
    /// Its name, for messages.
    pub tracker: String,
    /// The address below which all requests go. User information in it is not sent: make a
    /// [`Credential`](super::Credential) of it.
    pub base: SafeUrl,
    /// Whom to trust.
    pub tls: TlsSettings,
    /// Headers of every request.
    pub headers: Vec<(String, Value)>,
    /// How to sign in.
    pub authorize: Arc<dyn Authorize>,
    /// What the server's refusals mean.
    pub explain: Explain,
    /// What to check when it cannot be reached, as a clause: `check MLFLOW_TRACKING_URI`.
    pub check: String,
    /// How messages name settings.
    pub names: Names,
    /// How hard it may be asked.
    pub pace: Pace,
}

/// Sends requests to one tracker. Cheap to clone; clones share connections, permits and the mark of being down.
#[derive(Clone)]
pub struct Client {
    pub(super) shared: Arc<Shared>,
    pub(super) authorize: Arc<dyn Authorize>,
}

pub(super) struct Shared {
    pub(super) place: Place,
    pub(super) limits: Limits,
    pub(super) gate: Gate,
    pub(super) transport: Box<dyn Transport>,
    pub(super) explain: Explain,
    /// The headers of every request, or what is wrong with them.
    pub(super) headers: Result<HeaderMap>,
    pub(super) names: Names,
}

impl Client {
    /// A client. Does no I/O: connections, certificates and proxies are looked at when the first request is sent.
    pub fn new(settings: ClientSettings) -> Self {
        let limits = Limits::paced(settings.pace);
        Self::with_limits(settings, limits)
    }

    pub(super) fn with_limits(settings: ClientSettings, limits: Limits) -> Self {
        let network = Network::new(settings.base.expose().clone(), settings.tls.clone(), limits.clone());
        Self::with_transport(settings, limits, Box::new(network))
    }

    pub(super) fn with_transport(settings: ClientSettings, limits: Limits, transport: Box<dyn Transport>) -> Self {
        let ClientSettings { tracker, base, tls, headers, authorize, explain, check, names, pace: _ } = settings;
        let proxy = proxy_variable(base.expose());
        let headers = fixed_headers(&tracker, &headers);
        let place = Place { tracker, base, check, tls, proxy };
        let gate = Gate::new(&limits);
        Self { shared: Arc::new(Shared { place, limits, gate, transport, explain, headers, names }), authorize }
    }

    /// The same client with another way to sign in: connections, permits and the mark of being down are shared. So a
    /// login can be sent by the client that the [`TokenCache`](super::TokenCache) of its sibling uses.
    #[must_use]
    pub fn authorized_by(&self, authorize: Arc<dyn Authorize>) -> Self {
        Self { shared: Arc::clone(&self.shared), authorize }
    }

    /// The address below which requests go, for people.
    pub fn address(&self) -> &SafeUrl {
        &self.shared.place.base
    }

    /// How many requests may be under way at once; further ones wait for their turn.
    pub fn requests_at_once(&self) -> usize {
        self.shared.limits.concurrent
    }

    /// Sends a request and reads its answer: the one door to a server.
    ///
    /// # Errors
    ///
    /// Refusals as the backend explains them; `Unavailable` when the tracker cannot be reached or does not answer in
    /// time; `TooLarge` beyond the request's cap; `OutcomeUnknown` when a write was sent and no answer came;
    /// `Cancelled`.
    pub async fn send(&self, call: &Call, request: Request) -> Result<Reply> {
        self.shared.names.outcome(send::send(self, call, &request).await)
    }

    /// Sends a request and parses its answer as JSON; bodies over 256 kB off the reactor.
    ///
    /// # Errors
    ///
    /// Those of [`send`](Self::send); `Unavailable` (permanent) when the answer is a web page or no JSON;
    /// `Unsupported` when it is JSON of another shape.
    pub async fn json<T: DeserializeOwned + Send + 'static>(&self, call: &Call, request: Request) -> Result<T> {
        let path = request.path();
        let reply = self.send(call, request).await?;
        self.shared.names.outcome(json::parse(&self.shared.place, &path, reply).await)
    }

    /// Sends a request and folds its answer, which is JSON, into a value while it comes: for answers too large to be
    /// held whole. The seed runs on a thread of its own and sees the body piece by piece. Same limits, tries (up to the
    /// first byte), counting and cap as everywhere.
    ///
    /// # Errors
    ///
    /// Those of [`json`](Self::json).
    pub async fn fold<S, V>(&self, call: &Call, request: Request, seed: S) -> Result<V>
    where
        S: for<'de> DeserializeSeed<'de, Value = V> + Send + 'static,
        V: Send + 'static,
    {
        self.shared.names.outcome(send::fold(self, call, &request, seed).await)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = &self.shared.place;
        f.debug_struct("Client").field("tracker", &place.tracker).field("base", &place.base).finish_non_exhaustive()
    }
}

fn fixed_headers(tracker: &str, settings: &[(String, Value)]) -> Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    for (name, value) in settings {
        let (text, secret) = match value {
            Value::Plain(text) => (text.as_str(), false),
            Value::Secret(secret) => (secret.expose(), true),
        };
        insert(&mut headers, tracker, name, text, secret)?;
    }
    Ok(headers)
}

/// Sets a header; a value that is not fit for one is named by its header only.
pub(super) fn insert(headers: &mut HeaderMap, tracker: &str, name: &str, text: &str, secret: bool) -> Result<()> {
    let unfit = || {
        Error::bad_input(format!(
            "the header {name:?} for {tracker} cannot be sent: its name or value has a line break or another character \
             that headers cannot hold; mend it in the settings"
        ))
    };
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unfit())?;
    let mut value = HeaderValue::from_str(text).map_err(|_| unfit())?;
    value.set_sensitive(secret);
    headers.insert(name, value);
    Ok(())
}
