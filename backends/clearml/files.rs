//! The file servers: what was stored there is read with our token. An address that leads to any other host is data that
//! others wrote, and is never asked for anything.

use std::sync::Arc;

use url::Url;

use crate::http::{Access, Authorize, Client, ClientSettings, Failure, Reply, Request};
use crate::model::{ArtifactPart, ByteRange};
use crate::secret::SafeUrl;
use crate::served::{Served, served};
use crate::{Call, Error, ErrorKind, Result};

use super::api;
use super::config::Config;

/// The API server of the public service.
const PUBLIC: &str = "api.clear.ml";
/// Where the public service kept files before: old tasks name it.
const FORMER: &str = "https://files.community.clear.ml";
/// How much of a file is read from its beginning, at most, where a server knows no ranges.
const WHOLE: u64 = 32_000_000;

/// The file servers of an installation.
pub(super) struct Files {
    servers: Vec<Server>,
    rewrites: Vec<(String, String)>,
}

struct Server {
    base: SafeUrl,
    client: Client,
}

/// The way to a file of one of the servers.
pub(super) struct Door<'a> {
    client: &'a Client,
    path: String,
    query: Vec<(String, String)>,
}

impl Files {
    /// The file servers of the settings, opened by the token of the API server.
    pub(super) fn new(name: &str, config: &Config, authorize: &Arc<dyn Authorize>) -> Self {
        let mut bases = config.files.clone();
        if config.api.expose().host_str() == Some(PUBLIC) {
            bases.extend(Url::parse(FORMER).map(SafeUrl::new));
        }
        let server = |base: SafeUrl| Server {
            client: Client::new(ClientSettings {
                tracker: name.to_owned(),
                base: base.clone(),
                tls: api::tls(config),
                headers: config.headers.clone(),
                authorize: Arc::clone(authorize),
                explain,
                check: format!("check that the file server runs and that {} names it", config.files_setting),
                names: config.names.clone(),
                pace: config.pace,
            }),
            base,
        };
        Self { servers: bases.into_iter().map(server).collect(), rewrites: config.rewrites.clone() }
    }

    /// The way to what is kept at this address; `None` if it is not at one of the servers.
    pub(super) fn door(&self, uri: &str) -> Option<Door<'_>> {
        // Addresses were sometimes written without encoding; a file server knows no fragments.
        let url = Url::parse(&self.rewritten(uri.trim()).replace('#', "%23")).ok()?;
        self.servers.iter().find_map(|server| {
            let path = below(server.base.expose(), &url)?.to_owned();
            let query = url.query_pairs().into_owned().collect();
            Some(Door { client: &server.client, path, query })
        })
    }

    /// The address as the operator wants it read: a server may have had another name when the file was stored.
    fn rewritten<'u>(&self, uri: &'u str) -> std::borrow::Cow<'u, str> {
        let found = self.rewrites.iter().find_map(|(from, to)| {
            let rest = uri.strip_prefix(from.as_str()).filter(|rest| rest.starts_with('/'))?;
            Some(format!("{to}{rest}"))
        });
        found.map_or(std::borrow::Cow::Borrowed(uri), std::borrow::Cow::Owned)
    }

    /// Why a file is not fetched from an address that leads elsewhere, as a clause.
    pub(super) fn why_not(&self, uri: &str) -> String {
        let known: Vec<String> = self.servers.iter().map(|server| server.base.to_string()).collect();
        let known = if known.is_empty() { "none is set".to_owned() } else { known.join(", ") };
        let hint = match Url::parse(uri) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => {
                "; if that is the same server under another name, let CLEARML_FILES_HOST, or api.files_server in \
                 clearml.conf, name it so"
            }
            _ => "",
        };
        format!("files are fetched only from the configured file servers ({known}){hint}")
    }
}

/// The path of an address below a server; `None` if it is not there, or may lead out of it.
fn below<'a>(base: &Url, url: &'a Url) -> Option<&'a str> {
    if !matches!(url.scheme(), "http" | "https") || url.origin() != base.origin() {
        return None;
    }
    let path = url.path().strip_prefix(base.path().trim_end_matches('/')).filter(|path| path.starts_with('/'))?;
    // What a proxy before the server might decode.
    let decoded = path.to_ascii_lowercase().replace("%2e", ".").replace("%2f", "/").replace("%5c", "/");
    let climbs = decoded.split(['/', '\\']).any(|segment| matches!(segment, "." | ".."));
    (!climbs).then_some(path)
}

/// An address for people: without user information, and without the query of a web address, which may be a signature.
pub(super) fn location(uri: &str) -> String {
    without_credentials(uri)
        .chars()
        .map(|character| if character.is_control() { '\u{fffd}' } else { character })
        .collect()
}

fn without_credentials(uri: &str) -> String {
    let Ok(mut url) = Url::parse(uri) else { return uri.to_owned() };
    let signed = url.query().is_some() && !matches!(url.scheme(), "s3" | "gs" | "file");
    if url.username().is_empty() && url.password().is_none() && !signed {
        return uri.to_owned();
    }
    // Fails only for addresses that cannot have user information.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    if signed {
        url.set_query(None);
    }
    url.to_string()
}

impl Door<'_> {
    /// A part of the file.
    pub(super) async fn read(&self, call: &Call, range: ByteRange) -> Result<ArtifactPart> {
        let most = match range {
            ByteRange::From { offset, length } => offset.saturating_add(length).min(WHOLE.max(length)),
            ByteRange::Last(length) => WHOLE.max(length),
        };
        match served(self.get(call, range, most).await?, range)? {
            Served::Part(part) => Ok(part),
            // Asked for more than there is at the end: the server wants to be asked for what there is.
            Served::TooShort(size) => {
                let whole = ByteRange::From { offset: 0, length: size };
                match served(self.get(call, whole, size).await?, whole)? {
                    Served::Part(part) => Ok(part),
                    _ => Err(Error::unavailable("the file changed while it was read; try again")),
                }
            }
            Served::Beginning { size } => {
                let size = size.map(|size| format!(" of {size} bytes")).unwrap_or_default();
                Err(Error::unsupported(format!(
                    "the file server sends the file{size} only from its beginning (it knows no ranges), and of that at \
                     most {} MB are read; ask for its head",
                    WHOLE / 1_000_000
                )))
            }
        }
    }

    async fn get(&self, call: &Call, range: ByteRange, most: u64) -> Result<Reply> {
        let mut request = Request::get(Access::Read, self.path.as_str()).at_most(most.max(1));
        for (name, value) in &self.query {
            request = request.query(name, value);
        }
        let request = match range {
            ByteRange::From { offset, length } => request.range(offset..=offset.saturating_add(length.max(1) - 1)),
            ByteRange::Last(count) => request.last(count.max(1)),
        };
        self.client.send(call, request).await
    }
}

/// Translates a refusal of the file server: it answers with web pages (server 2.0.0).
fn explain(failure: &Failure<'_>) -> Error {
    let lasting = |message: String| Error::new(ErrorKind::Unavailable, message);
    match failure.status {
        404 => lasting(
            "the file server has no such file (HTTP 404): it was deleted there, or its upload was never finished"
                .to_owned(),
        ),
        401 => Error::not_allowed(
            "the file server refused the token of the API server (HTTP 401): it belongs to another ClearML \
             installation, or its clock is wrong; check CLEARML_FILES_HOST, or api.files_server in clearml.conf",
        ),
        403 => Error::not_allowed("the file server does not allow this (HTTP 403)"),
        429 => Error::unavailable("the file server asks for fewer requests (HTTP 429); try again later"),
        status if status >= 500 || status == 408 => Error::unavailable(format!(
            "the file server, or a proxy before it, failed with HTTP {status}; try again later"
        )),
        status => lasting(format!(
            "the file server answered HTTP {status}, not as ClearML's does; check CLEARML_FILES_HOST, or \
             api.files_server in clearml.conf"
        )),
    }
}

#[cfg(test)]
mod tests;
