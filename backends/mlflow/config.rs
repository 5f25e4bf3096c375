//! Where the user's MLflow is and how to sign in: from the variables and files that MLflow's own client reads
//! (`mlflow.environment_variables`, `mlflow.utils.credentials`, 3.17).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ini::{Ini, ParseOption};
use url::Url;

use crate::http::{Authorize, Credential, FixedCredential, NoSignIn};
use crate::secret::{SafeUrl, Secret};
use crate::settings::{Environment, Setting, Source, Value};
use crate::{Error, Result};

const URI: &str = "MLFLOW_TRACKING_URI";
const USERNAME: &str = "MLFLOW_TRACKING_USERNAME";
const PASSWORD: &str = "MLFLOW_TRACKING_PASSWORD";
const TOKEN: &str = "MLFLOW_TRACKING_TOKEN";
const INSECURE: &str = "MLFLOW_TRACKING_INSECURE_TLS";
pub(super) const CA: &str = "MLFLOW_TRACKING_SERVER_CERT_PATH";
pub(super) const CLIENT_CERTIFICATE: &str = "MLFLOW_TRACKING_CLIENT_CERT_PATH";
const WORKSPACE: &str = "MLFLOW_WORKSPACE";
/// Ways to sign in that need MLflow's plugins.
const PLUGINS: [&str; 2] = ["MLFLOW_TRACKING_AUTH", "MLFLOW_TRACKING_AWS_SIGV4"];

/// How to sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SignIn {
    /// Not at all.
    None,
    /// User and password.
    Basic(String, Secret),
    /// A token.
    Bearer(Secret),
}

impl SignIn {
    /// What each request carries.
    pub(super) fn authorize(&self) -> Arc<dyn Authorize> {
        match self {
            Self::None => Arc::new(NoSignIn),
            Self::Basic(user, password) => Arc::new(FixedCredential(Credential::basic(user, password))),
            Self::Bearer(token) => Arc::new(FixedCredential(Credential::bearer(token))),
        }
    }

    /// In words.
    pub(super) fn words(&self) -> &'static str {
        match self {
            Self::None => "no sign-in",
            Self::Basic(..) => "user and password",
            Self::Bearer(_) => "token",
        }
    }
}

/// All that is needed to talk to a server.
#[derive(Clone, Debug)]
pub(super) struct Config {
    /// The name of the tracker: `mlflow` or `databricks`.
    pub(super) name: &'static str,
    pub(super) url: SafeUrl,
    pub(super) sign_in: SignIn,
    pub(super) ca_file: Option<PathBuf>,
    pub(super) client_certificate: Option<PathBuf>,
    pub(super) insecure: bool,
    pub(super) workspace: Option<String>,
    /// Who `me` is in filters.
    pub(super) me: Option<String>,
    /// What to check when the address does not answer.
    pub(super) check: String,
}

/// What was found: the settings with their sources, and what follows from them.
pub(super) struct Found {
    pub(super) name: &'static str,
    pub(super) settings: Vec<Setting>,
    pub(super) warnings: Vec<String>,
    pub(super) config: Result<Config>,
}

/// Looks for MLflow in the environment; `None` if nothing names it.
pub(super) fn find(environment: &Environment) -> Option<Found> {
    let uri = environment.get(URI)?;
    let mut reader = Reader { environment, settings: Vec::new(), warnings: Vec::new() };
    let databricks = uri == "databricks" || uri.starts_with("databricks://");
    let config = if databricks { reader.databricks(uri) } else { reader.server(uri) };
    for plugin in PLUGINS.into_iter().filter(|plugin| environment.get(plugin).is_some()) {
        reader.warnings.push(format!("{plugin} is set, but signing in through MLflow's plugins is not supported here"));
    }
    let Reader { settings, warnings, .. } = reader;
    Some(Found { name: if databricks { "databricks" } else { "mlflow" }, settings, warnings, config })
}

struct Reader<'a> {
    environment: &'a Environment,
    settings: Vec<Setting>,
    warnings: Vec<String>,
}

impl Reader<'_> {
    fn server(&mut self, uri: &str) -> Result<Config> {
        let mut url = server_url(uri)?;
        let within = userinfo(&url);
        let _ = url.set_username("");
        let _ = url.set_password(None);
        let url = SafeUrl::new(url);
        self.plain("url", url.to_string(), Source::Variable(URI));
        let sign_in = self.sign_in(within)?;
        if sign_in != SignIn::None && url.expose().scheme() == "http" && !is_loopback(url.expose()) {
            self.warnings.push(format!("the credentials go to {url} unencrypted; use https"));
        }
        let me = match &sign_in {
            SignIn::Basic(user, _) => Some(user.clone()),
            _ => self.environment.get("USER").or_else(|| self.environment.get("LOGNAME")).map(ToOwned::to_owned),
        };
        let (insecure, ca_file) = self.certificates()?;
        Ok(Config {
            name: "mlflow",
            sign_in,
            ca_file,
            client_certificate: self.path("client_certificate", CLIENT_CERTIFICATE),
            insecure,
            workspace: self.variable("workspace", WORKSPACE),
            me,
            check: format!("check that the server runs and that {URI} names it"),
            url,
        })
    }

    /// Both user and password, each from the first place that has it: variables, the URI, the credentials file.
    fn sign_in(&mut self, within: (Option<String>, Option<Secret>)) -> Result<SignIn> {
        let file = self.credentials_file()?;
        let user = self.variable("username", USERNAME);
        let password = self.secret("password", PASSWORD);
        let user = user.or_else(|| within.0.inspect(|user| self.plain("username", user.clone(), Source::Within(URI))));
        let password = password
            .or_else(|| within.1.inspect(|password| self.hidden("password", password.clone(), Source::Within(URI))));
        let user = user.or_else(|| {
            file.value("mlflow", "mlflow_tracking_username").inspect(|user| {
                self.plain("username", user.clone(), file.source("mlflow"));
            })
        });
        let password = password.or_else(|| {
            file.value("mlflow", "mlflow_tracking_password").map(Secret::new).inspect(|password| {
                self.hidden("password", password.clone(), file.source("mlflow"));
            })
        });
        let token = self.secret("token", TOKEN);
        match (user, password, token) {
            // MLflow's own client prefers user and password when both are there.
            (Some(user), Some(password), token) => {
                if token.is_some() {
                    self.warnings.push(format!(
                        "{TOKEN} is not used: {USERNAME} and {PASSWORD} go before it, as in MLflow's client"
                    ));
                }
                Ok(SignIn::Basic(user, password))
            }
            (_, _, Some(token)) => Ok(SignIn::Bearer(token)),
            (Some(_), None, None) => {
                self.warnings.push(format!("a user name is set but no password: not signing in; set {PASSWORD}"));
                Ok(SignIn::None)
            }
            (None, Some(_), None) => {
                self.warnings.push(format!("a password is set but no user name: not signing in; set {USERNAME}"));
                Ok(SignIn::None)
            }
            (None, None, None) => Ok(SignIn::None),
        }
    }

    fn certificates(&mut self) -> Result<(bool, Option<PathBuf>)> {
        let insecure = self.variable("insecure_tls", INSECURE).is_some_and(|value| truth(&value));
        let ca_file = self.path("ca_file", CA);
        if insecure && ca_file.is_some() {
            return Err(Error::bad_input(format!("{INSECURE} and {CA} contradict each other; unset one of them")));
        }
        if insecure {
            self.warnings.push(format!("{INSECURE} is on: the server's certificate is not checked"));
        }
        Ok((insecure, ca_file))
    }

    fn databricks(&mut self, uri: &str) -> Result<Config> {
        let profile =
            uri.strip_prefix("databricks://").map(|rest| rest.trim_matches('/')).filter(|name| !name.is_empty());
        // As SQLAlchemy writes it: databricks://token:…@host.
        if profile.is_some_and(|profile| profile.contains('@')) {
            return Err(Error::bad_input(format!(
                "{URI} has a user or token in it; set it to databricks or databricks://PROFILE, and DATABRICKS_HOST and DATABRICKS_TOKEN"
            )));
        }
        let from_variable = self.environment.get("DATABRICKS_CONFIG_PROFILE");
        let section = profile.or(from_variable).unwrap_or("DEFAULT").to_owned();
        self.plain(
            "profile",
            section.clone(),
            if profile.is_some() {
                Source::Within(URI)
            } else if from_variable.is_some() {
                Source::Variable("DATABRICKS_CONFIG_PROFILE")
            } else {
                Source::Default
            },
        );
        let path = self.environment.get("DATABRICKS_CONFIG_FILE").map(|path| self.expanded(path));
        let file = File::read(path.or_else(|| self.environment.home_file(".databrickscfg")))?;
        // A profile that the URI names goes before the variables.
        let (mut host, mut token) = (None, None);
        if profile.is_none() {
            host = self.variable("host", "DATABRICKS_HOST");
            token = self.secret("token", "DATABRICKS_TOKEN");
        }
        if host.is_none() {
            host = file.value(&section, "host").inspect(|host| self.plain("host", host.clone(), file.source(&section)));
            token = token.or_else(|| {
                file.value(&section, "token").map(Secret::new).inspect(|token| {
                    self.hidden("token", token.clone(), file.source(&section));
                })
            });
        }
        let where_ = format!("DATABRICKS_HOST and DATABRICKS_TOKEN, or host and token in ~/.databrickscfg [{section}]");
        let host = host.ok_or_else(|| {
            Error::bad_input(format!("{URI} is '{uri}', but no Databricks host is set; set {where_}"))
        })?;
        let token = token.ok_or_else(|| {
            Error::bad_input(format!(
                "no Databricks token is set (other ways to sign in are not supported); set {where_}"
            ))
        })?;
        let host = if host.contains("://") { host } else { format!("https://{host}") };
        let url = Url::parse(&host).ok().filter(|url| url.has_host() && url.scheme() == "https").ok_or_else(|| {
            Error::bad_input("the Databricks host is not an https address; set DATABRICKS_HOST such as https://dbc-1234.cloud.databricks.com")
        })?;
        let (insecure, ca_file) = self.certificates()?;
        self.warnings.push("Databricks: the requests are tested, but were never tried on a live workspace".to_owned());
        Ok(Config {
            name: "databricks",
            url: SafeUrl::new(url),
            sign_in: SignIn::Bearer(token),
            ca_file,
            client_certificate: None,
            insecure,
            workspace: None,
            me: None,
            check: "check DATABRICKS_HOST or the host in ~/.databrickscfg".to_owned(),
        })
    }

    fn credentials_file(&self) -> Result<File> {
        File::read(self.environment.home_file(".mlflow/credentials"))
    }

    fn expanded(&self, path: &str) -> PathBuf {
        path.strip_prefix("~/").and_then(|rest| self.environment.home_file(rest)).unwrap_or_else(|| PathBuf::from(path))
    }

    fn path(&mut self, key: &'static str, name: &'static str) -> Option<PathBuf> {
        self.variable(key, name).map(|path| self.expanded(&path))
    }

    fn variable(&mut self, key: &'static str, name: &'static str) -> Option<String> {
        let value = self.environment.get(name)?.to_owned();
        self.plain(key, value.clone(), Source::Variable(name));
        Some(value)
    }

    fn secret(&mut self, key: &'static str, name: &'static str) -> Option<Secret> {
        let value = Secret::new(self.environment.get(name)?);
        self.hidden(key, value.clone(), Source::Variable(name));
        Some(value)
    }

    fn plain(&mut self, key: &'static str, value: String, source: Source) {
        self.settings.push(Setting { key, value: Value::Plain(value), source });
    }

    fn hidden(&mut self, key: &'static str, value: Secret, source: Source) {
        self.settings.push(Setting { key, value: Value::Secret(value), source });
    }
}

/// An INI file of MLflow's or Databricks' client, or nothing if there is none.
struct File {
    path: PathBuf,
    content: Option<Ini>,
}

impl File {
    fn read(path: Option<PathBuf>) -> Result<Self> {
        let path = path.unwrap_or_default();
        let content = match std::fs::read_to_string(&path) {
            Ok(text) => Some(parse(&path, &text)?),
            Err(_) => None,
        };
        Ok(Self { path, content })
    }

    fn value(&self, section: &str, key: &str) -> Option<String> {
        let value = self.content.as_ref()?.section(Some(section))?.get(key)?.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }

    fn source(&self, section: &str) -> Source {
        Source::File(self.path.clone(), section.to_owned())
    }
}

/// Passwords are taken as they stand: no escapes, no quotes, no comments behind a value.
fn parse(path: &Path, text: &str) -> Result<Ini> {
    let options = ParseOption {
        enabled_quote: false,
        enabled_escape: false,
        enabled_indented_mutiline_value: false,
        enabled_preserve_key_leading_whitespace: false,
    };
    Ini::load_from_str_opt(text.trim_start_matches('\u{feff}'), options).map_err(|error| {
        // The message of the parser could quote the line, which may hold a password.
        Error::bad_input(format!("{} line {}: expected [section] or key = value", path.display(), error.line))
    })
}

/// The URL of a server; other URIs are explained.
fn server_url(uri: &str) -> Result<Url> {
    let parsed = Url::parse(uri).ok();
    match parsed {
        Some(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(url),
        Some(url) if matches!(url.scheme(), "http" | "https") => Err(no_server(uri)),
        Some(url) if !url.cannot_be_a_base() || url.scheme() == "sqlite" || url.scheme() == "file" => {
            Err(store(url.scheme(), &SafeUrl::new(url.clone())))
        }
        _ if uri.contains("://") || uri.contains('<') => Err(no_server(uri)),
        // It may be an address without its scheme, with a password in it.
        _ if uri.contains('@') && uri.contains(':') => Err(no_server(uri)),
        _ => Err(store("file", uri)),
    }
}

fn no_server(uri: &str) -> Error {
    let shown = if uri.contains('@') { "what is set" } else { uri };
    Error::bad_input(format!(
        "{URI}: {shown} is not the address of a server; expected http://host:5000, https://… or databricks"
    ))
}

/// A store without a server: until it can be read directly, the line that puts a server before it.
fn store(scheme: &str, shown: impl std::fmt::Display) -> Error {
    let shown = shown.to_string();
    let quoted = if shown.contains(' ') { format!("\"{shown}\"") } else { shown };
    Error::unsupported(format!(
        "{URI} names a {} store, which is not read directly; start a server before it: mlflow server --backend-store-uri {quoted} --host 127.0.0.1 --port 5000, and set {URI}=http://127.0.0.1:5000",
        if scheme == "file" { "file" } else { scheme },
    ))
}

fn userinfo(url: &Url) -> (Option<String>, Option<Secret>) {
    let decoded = |text: &str| percent_decoded(text);
    let user = Some(url.username()).filter(|user| !user.is_empty()).map(decoded);
    (user, url.password().map(decoded).map(Secret::new))
}

fn percent_decoded(text: &str) -> String {
    // The query parser of `url` decodes %XX; `+` must survive it.
    let query = format!("v={}", text.replace('+', "%2B").replace('&', "%26"));
    url::form_urlencoded::parse(query.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// Whether nothing leaves the machine.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// `true` and `1`, as MLflow reads booleans.
fn truth(value: &str) -> bool {
    matches!(value.to_ascii_lowercase().as_str(), "true" | "1")
}
