//! Databricks' MLflow: host and token from the variables and the file of Databricks' own clients.

use url::Url;

use super::{Config, Reader, SignIn, URI};
use crate::ini_file::IniFile;
use crate::secret::{SafeUrl, Secret};
use crate::settings::Source;
use crate::{Error, Result};

pub(super) const HOST: &str = "DATABRICKS_HOST";
pub(super) const TOKEN: &str = "DATABRICKS_TOKEN";
pub(super) const PROFILE: &str = "DATABRICKS_CONFIG_PROFILE";
const FILE: &str = "DATABRICKS_CONFIG_FILE";

impl Reader<'_> {
    /// The workspace that the variables name, or the profile; one that the URI names goes before the variables.
    pub(super) fn databricks(&mut self, uri: &str, profile: Option<&str>) -> Result<Config> {
        // As SQLAlchemy writes it, databricks://token:…@host: a token must not become the name of a profile.
        if profile.is_some_and(|profile| profile.contains('@')) {
            return Err(Error::bad_input(format!(
                "{URI} has a user or token in it; set it to databricks or databricks://PROFILE, and set {HOST} and {TOKEN}"
            )));
        }
        self.warnings.push("Databricks: the requests are tested, but were never tried on a live workspace".to_owned());
        let from_variable = self.environment.get(PROFILE);
        let section = profile.or(from_variable).unwrap_or("DEFAULT").to_owned();
        let source = match (profile, from_variable) {
            (Some(_), _) => Source::Within(URI),
            (None, Some(_)) => self.environment.source(PROFILE),
            (None, None) => Source::Default,
        };
        self.plain("profile", section.clone(), source);
        let (mut host, mut token) = (None, None);
        if profile.is_none() {
            host = self.environment.get(HOST).map(|host| {
                (host.to_owned(), self.environment.told(HOST, "host", String::new()).0, self.environment.source(HOST))
            });
            token = self.secret("token", TOKEN);
        }
        // A host that a variable names never gets the token of the file: it may be another's.
        if host.is_none() {
            let file = self.databricks_file()?;
            host = file.value(&section, "host").map(|host| (host, "host", file.source(&section)));
            token = token.or_else(|| {
                file.value(&section, "token").map(Secret::new).inspect(|token| {
                    self.hidden("token", token.clone(), file.source(&section));
                })
            });
        }
        let places = match profile {
            Some(_) => format!("host and token in ~/.databrickscfg [{section}]"),
            None => format!("{HOST} and {TOKEN}, or host and token in ~/.databrickscfg [{section}]"),
        };
        let (host, key, source) = host.ok_or_else(|| {
            Error::bad_input(format!("{URI} is '{uri}', but no Databricks host is set; set {places}"))
        })?;
        let url = address(&host)?;
        self.plain(key, url.to_string(), source);
        let token = token.ok_or_else(|| {
            Error::bad_input(format!(
                "no Databricks token is set (other ways to sign in are not supported); set {places}"
            ))
        })?;
        let (insecure, ca_file) = self.certificates()?;
        Ok(Config {
            name: super::name(self.environment, true),
            databricks: true,
            url,
            sign_in: SignIn::Bearer(token),
            ca_file,
            client_certificate: None,
            insecure,
            workspace: None,
            me: None,
            check: self.environment.names().told(&format!("check {HOST} or the host in ~/.databrickscfg")),
            headers: self.headers(),
            names: self.environment.names(),
            pace: self.environment.pace(),
            web: None,
        })
    }

    fn databricks_file(&mut self) -> Result<IniFile> {
        let path = self.environment.get(FILE).map(|path| self.environment.expanded(path));
        self.ini(path.or_else(|| self.environment.home_file(".databrickscfg")))
    }
}

/// The workspace alone: people paste the address of a page (`https://host/?o=123#job/1`).
fn address(host: &str) -> Result<SafeUrl> {
    let with_scheme = if host.contains("://") { host.to_owned() } else { format!("https://{host}") };
    let mut url = Url::parse(&with_scheme)
        .ok()
        .filter(|url| {
            url.has_host() && url.scheme() == "https" && url.username().is_empty() && url.password().is_none()
        })
        .ok_or_else(|| {
            Error::bad_input(format!(
                "the Databricks host is not an https address; set {HOST} such as https://dbc-1234.cloud.databricks.com"
            ))
        })?;
    url.set_path("");
    url.set_query(None);
    url.set_fragment(None);
    Ok(SafeUrl::new(url))
}
