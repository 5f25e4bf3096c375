//! One exchange over the network, without any policy: where reqwest is.

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use reqwest::header::HeaderMap;
use reqwest::{ClientBuilder, redirect, retry};
use tokio::sync::OnceCell;
use url::Url;

use super::limits::Limits;
use super::request::Method;
use super::tls::TlsSettings;
use super::trouble::Trouble;
use crate::loopback::is_loopback;
use crate::{Error, Result};

/// A request as it goes out.
#[derive(Clone)]
pub(super) struct Outgoing {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Bytes>,
}

/// An answer whose body has yet to come.
pub(super) struct Incoming {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    /// The body, decompressed as it comes.
    pub(super) body: BoxStream<'static, Result<Bytes, Trouble>>,
}

/// Sends one request once. Tests replace it.
#[async_trait]
pub(super) trait Transport: Send + Sync {
    /// Ends with the head of the answer.
    async fn exchange(&self, outgoing: Outgoing) -> Result<Incoming, Trouble>;
}

/// The real network. Its client is built at the first exchange: loading the root store is not part of the start.
pub(super) struct Network {
    base: Url,
    tls: TlsSettings,
    limits: Limits,
    client: OnceCell<reqwest::Client>,
}

impl Network {
    pub(super) fn new(base: Url, tls: TlsSettings, limits: Limits) -> Self {
        Self { base, tls, limits, client: OnceCell::new() }
    }

    /// The client. A failure is not kept, so that mending a file is enough.
    async fn client(&self) -> Result<&reqwest::Client> {
        self.client
            .get_or_try_init(|| async {
                let (base, tls, limits) = (self.base.clone(), self.tls.clone(), self.limits.clone());
                // Reads files and parses a hundred certificates.
                let built = tokio::task::spawn_blocking(move || build(&base, &tls, &limits)).await;
                built.unwrap_or_else(|_| Err(Error::bug("setting up the connection failed; please report it")))
            })
            .await
    }
}

#[async_trait]
impl Transport for Network {
    async fn exchange(&self, outgoing: Outgoing) -> Result<Incoming, Trouble> {
        let client = self.client().await.map_err(Trouble::Told)?;
        let method = match outgoing.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
        };
        let mut request = client.request(method, outgoing.url).headers(outgoing.headers);
        if let Some(body) = outgoing.body {
            request = request.body(body);
        }
        let response = request.send().await.map_err(|error| Trouble::of(&error))?;
        Ok(Incoming {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.bytes_stream().map(|piece| piece.map_err(|error| Trouble::of_body(&error))).boxed(),
        })
    }
}

fn build(base: &Url, tls: &TlsSettings, limits: &Limits) -> Result<reqwest::Client> {
    let builder = || {
        let mut builder = ClientBuilder::new()
            .user_agent(concat!("tracker-mcp/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(limits.connect)
            // Both are decided in send.rs, where reads and writes are told apart.
            .retry(retry::never())
            .redirect(redirect::Policy::none());
        if is_loopback(base) {
            builder = builder.no_proxy();
        }
        tls.apply(builder)
    };
    let (with_system, certificates) = builder()?;
    let plain = base.scheme() == "http";
    // This machine is reached in the clear and without a proxy: no root store is needed.
    if !(plain && is_loopback(base))
        && let Ok(client) = with_system.tls_certs_merge(certificates.clone()).build()
    {
        return Ok(client);
    }
    // A small container has no root store, and none is needed in the clear.
    let (alone, certificates) = builder()?;
    if !plain && certificates.is_empty() {
        return Err(Error::bad_input(format!(
            "this system has no certificate authorities to check {} with; install them (`ca-certificates`) or set {}",
            base.host_str().unwrap_or_default(),
            tls.ca_file_setting
        )));
    }
    alone
        .tls_certs_only(certificates)
        .build()
        .map_err(|_| Error::bad_input(format!("the TLS settings are not usable; check {}", setting_names(tls))))
}

fn setting_names(tls: &TlsSettings) -> String {
    format!("{} and {}", tls.ca_file_setting, tls.client_certificate_setting)
}

/// The variable that names a proxy for this address, if one is set: failures to connect may be the proxy's.
pub(super) fn proxy_variable(base: &Url) -> Option<&'static str> {
    let names: &[&str] = match base.scheme() {
        "https" => &["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"],
        _ => &["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"],
    };
    let set = |name: &&&'static str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if is_loopback(base) { None } else { names.iter().find(set).copied() }
}
