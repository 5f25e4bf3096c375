//! The three servers of a ClearML: the API, the web page and the files.

use url::Url;

use super::given::{Given, Key};
use super::{API, FILES, Reader, WEB, address};
use crate::loopback::is_loopback;
use crate::secret::SafeUrl;
use crate::settings::Source;
use crate::{Error, Result};

/// File servers of old, to which the client sends its token too.
const LEGACY_FILES: Key = Key::new("legacy_files_server", &[], &["sdk.storage.http.legacy_fileservers"]);

pub(super) struct Servers {
    pub(super) api: SafeUrl,
    pub(super) web: SafeUrl,
    pub(super) files: Vec<SafeUrl>,
    pub(super) check: String,
}

impl Reader<'_> {
    /// The three servers, given or derived.
    pub(super) fn servers(&mut self) -> Result<Servers> {
        let given = self.places.get(&API)?;
        let api_key = self.places.name(&API, given.as_ref());
        let web = self.places.get(&WEB)?.filter(|given| !given.value.is_empty());
        let web_key = self.places.name(&WEB, web.as_ref());
        let web = web.map(|given| self.address(&WEB, given)).transpose()?;
        let (api, check) = match given {
            Some(given) => {
                let check = format!(
                    "check that the server runs and that {} names its API server (mostly port 8008), not its web page",
                    given.named
                );
                (self.address(&API, given)?, check)
            }
            None => {
                let places = self.places.of(&API);
                // Another server's credentials are not for the hosted one.
                if web.as_ref().is_some_and(|web| !address::is_hosted(web)) {
                    return Err(Error::bad_input(format!(
                        "a ClearML web server is set but no API server; set {places}"
                    )));
                }
                let hosted = Url::parse(address::HOSTED_API)
                    .map_err(|_| Error::bug(format!("{} is no URL", address::HOSTED_API)))?;
                self.show(api_key, &hosted, Source::Default);
                (hosted, format!("no API server is set, so that of the hosted ClearML was asked; set {places}"))
            }
        };
        let web = match web {
            Some(web) => web,
            None => self.derived_web(&api, api_key, web_key),
        };
        let files = self.file_servers(&api, &web, web_key)?;
        Ok(Servers { api: SafeUrl::new(api), web: SafeUrl::new(web), files, check })
    }

    fn derived_web(&mut self, api: &Url, api_key: &'static str, web_key: &'static str) -> Url {
        let web = address::web(api).unwrap_or_else(|| {
            self.report.warnings.push(format!(
                "the web server cannot be told from the API server {}, so links may lead nowhere; set {}",
                SafeUrl::new(api.clone()),
                self.places.of(&WEB)
            ));
            api.clone()
        });
        self.show(web_key, &web, Source::Derived(api_key));
        web
    }

    fn file_servers(&mut self, api: &Url, web: &Url, web_key: &'static str) -> Result<Vec<SafeUrl>> {
        let mut servers = Vec::new();
        let given: Vec<Given> = self.places.all(&FILES)?.into_iter().filter(|given| !given.value.is_empty()).collect();
        if given.is_empty()
            && let Some(files) = address::files(api, web)
        {
            let key = self.places.name(&FILES, None);
            self.show(key, &files, Source::Derived(web_key));
            servers.push(files);
        }
        for given in given {
            // Files may as well be kept in a bucket or a folder, which gets no token.
            if address::is_storage(&given.value) {
                let key = self.places.name(&FILES, Some(&given));
                let shown = Url::parse(&given.value).map_or(given.value, |url| SafeUrl::new(url).to_string());
                self.plain(key, shown, given.source);
            } else {
                servers.push(self.address(&FILES, given)?);
            }
        }
        // What is outside api may be anything, so that nothing there is an error.
        for given in self.places.all(&LEGACY_FILES).unwrap_or_default() {
            if let Ok((url, _)) = address::server(&given.value) {
                self.show(LEGACY_FILES.name, &url, given.source);
                servers.push(url);
            }
        }
        if address::is_hosted(api) {
            servers.extend(Url::parse(address::HOSTED_LEGACY_FILES));
        }
        let mut files: Vec<SafeUrl> = Vec::new();
        for url in servers.into_iter().map(SafeUrl::new) {
            if !files.contains(&url) {
                files.push(url);
            }
        }
        Ok(files)
    }

    fn address(&mut self, key: &Key, given: Given) -> Result<Url> {
        let (url, has_user) =
            address::server(&given.value).map_err(|wrong| Error::bad_input(format!("{} {wrong}", given.named)))?;
        if has_user {
            self.report.warnings.push(format!("the user or password in {} is not used", given.named));
        }
        self.show(self.places.name(key, Some(&given)), &url, given.source);
        Ok(url)
    }

    /// Credentials that others on the way can read.
    pub(super) fn warn_of_plain_http(&mut self, servers: &Servers) {
        let in_the_clear = |url: &SafeUrl| url.expose().scheme() == "http" && !is_loopback(url.expose());
        if in_the_clear(&servers.api) {
            self.report.warnings.push(format!("the credentials go to {} unencrypted; use https", servers.api));
        } else if let Some(url) = servers.files.iter().find(|url| in_the_clear(url)) {
            self.report.warnings.push(format!("the token goes to the file server {url} unencrypted; use https"));
        }
    }

    fn show(&mut self, key: &'static str, url: &Url, source: Source) {
        self.plain(key, SafeUrl::new(url.clone()).to_string(), source);
    }
}
