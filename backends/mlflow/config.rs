//! Where the user's MLflow is and how to sign in: from the variables and files that MLflow's own client reads
//! (`mlflow.environment_variables`, `mlflow.utils.credentials`, 3.17).

mod databricks;
mod uri;

use std::path::PathBuf;
use std::sync::Arc;

use crate::allowance::Pace;
use crate::http::{Authorize, Credential, FixedCredential, NoSignIn};
use crate::ini_file::IniFile;
use crate::loopback::is_loopback;
use crate::mlflow_model::tracking_uri::{Named, URI, WEB, WORKSPACE, named, web_address};
use crate::placeholder::is_placeholder;
use crate::secret::{MASK, SafeUrl, Secret};
use crate::section::{Form, Key, Names};
use crate::settings::{Environment, LOGIN_NAMES, Setting, Source, Value};
use crate::{Error, Result};

const USERNAME: &str = "MLFLOW_TRACKING_USERNAME";
const PASSWORD: &str = "MLFLOW_TRACKING_PASSWORD";
const TOKEN: &str = "MLFLOW_TRACKING_TOKEN";
const INSECURE: &str = "MLFLOW_TRACKING_INSECURE_TLS";
pub(super) const CA: &str = "MLFLOW_TRACKING_SERVER_CERT_PATH";
pub(super) const CLIENT_CERTIFICATE: &str = "MLFLOW_TRACKING_CLIENT_CERT_PATH";

/// What a section `kind = mlflow` may have.
pub(super) const KEYS: &[Key] = &[
    Key::new("url", URI, Form::Place, "address of the server: http://host:5000"),
    Key::new("username", USERNAME, Form::Text, "user name"),
    Key::new("password", PASSWORD, Form::Secret, "password"),
    Key::new("token", TOKEN, Form::Secret, "bearer token, for a proxy that asks for one"),
    Key::new("ca_file", CA, Form::Path, "PEM file of the authority that signed the server's certificate"),
    Key::new("client_certificate", CLIENT_CERTIFICATE, Form::Path, "PEM file with our certificate and its key"),
    Key::new("verify", INSECURE, Form::Opposite, "no: the server's certificate is not checked"),
    Key::new("workspace", WORKSPACE, Form::Text, "workspace, where the server has such"),
    Key::new("web_url", WEB, Form::Text, "address of its web pages, where it is not url"),
];

/// What a section `kind = databricks` may have.
pub(super) const DATABRICKS_KEYS: &[Key] = &[
    Key::new("url", databricks::HOST, Form::Text, "the workspace: https://dbc-1234.cloud.databricks.com"),
    Key::new("token", databricks::TOKEN, Form::Secret, "personal access token"),
    Key::new("profile", databricks::PROFILE, Form::Text, "profile of ~/.databrickscfg, instead of url and token"),
    Key::new("ca_file", CA, Form::Path, "PEM file of the authority that signed the server's certificate"),
    Key::new("verify", INSECURE, Form::Opposite, "no: the server's certificate is not checked"),
];
/// The name of a tracker on Databricks.
pub(super) const DATABRICKS: &str = "databricks";
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
    /// The name of the tracker.
    pub(super) name: String,
    /// It is Databricks, not a server of MLflow's.
    pub(super) databricks: bool,
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
    /// Further headers of every request.
    pub(super) headers: Vec<(String, Value)>,
    /// How messages name settings.
    pub(super) names: Names,
    /// How hard it may be asked.
    pub(super) pace: Pace,
    /// Where people see its pages, if not at [`Config::url`].
    pub(super) web: Option<SafeUrl>,
}

/// What was found: the settings with their sources, and what follows from them.
pub(super) struct Found {
    pub(super) name: String,
    pub(super) databricks: bool,
    pub(super) settings: Vec<Setting>,
    pub(super) warnings: Vec<String>,
    pub(super) config: Result<Config>,
}

/// Looks for MLflow in the environment; `None` if nothing names it.
pub(super) fn find(environment: &Environment) -> Option<Found> {
    let uri = environment.get(URI)?;
    Some(read(environment, uri))
}

/// Whether MLflow's client would use a store on this machine.
pub(super) fn names_local_store(environment: &Environment) -> bool {
    environment.get(URI).is_some_and(|uri| named(uri) != Named::Other)
}

/// Databricks as a section of a server config names it.
pub(super) fn find_databricks(environment: &Environment) -> Found {
    read(environment, DATABRICKS)
}

fn read(environment: &Environment, uri: &str) -> Found {
    let mut reader = Reader { environment, settings: Vec::new(), warnings: Vec::new() };
    let databricks = uri::databricks(uri);
    let config = match databricks {
        Some(profile) => reader.databricks(uri, profile),
        None => reader.server(uri),
    };
    let config = config.and_then(|config| reader.refuse_placeholders().map(|()| config));
    for plugin in PLUGINS.into_iter().filter(|plugin| environment.get(plugin).is_some()) {
        reader.warnings.push(format!("{plugin} is set, but signing in through MLflow's plugins is not supported here"));
    }
    let Reader { settings, warnings, .. } = reader;
    let names = environment.names();
    let warnings = warnings.iter().map(|warning| names.told(warning)).collect();
    let name = name(environment, databricks.is_some());
    Found { name, databricks: databricks.is_some(), settings, warnings, config: names.outcome(config) }
}

/// The name that the operator gave it, or that of its kind.
fn name(environment: &Environment, databricks: bool) -> String {
    environment.tracker().unwrap_or(if databricks { DATABRICKS } else { "mlflow" }).to_owned()
}

struct Reader<'a> {
    environment: &'a Environment,
    settings: Vec<Setting>,
    warnings: Vec<String>,
}

impl Reader<'_> {
    fn server(&mut self, uri: &str) -> Result<Config> {
        let mut url = uri::server(uri)?;
        let within = uri::userinfo(&url);
        let _ = url.set_username("");
        let _ = url.set_password(None);
        let url = SafeUrl::new(url);
        self.plain("url", url.to_string(), self.environment.source(URI));
        let sign_in = self.sign_in(within)?;
        if url.expose().scheme() == "http" && !is_loopback(url.expose()) {
            // What stands in further headers is mostly a credential too.
            let what = match (&sign_in, self.environment.headers().is_empty()) {
                (SignIn::None, true) => None,
                (SignIn::None, false) => Some("further headers"),
                _ => Some("credentials"),
            };
            self.warnings.extend(what.map(|what| format!("the {what} go to {url} unencrypted; use https")));
        }
        let me = match &sign_in {
            SignIn::Basic(user, _) => Some(user.clone()),
            _ => LOGIN_NAMES.iter().find_map(|name| self.environment.get(name)).map(ToOwned::to_owned),
        };
        let (insecure, ca_file) = self.certificates()?;
        Ok(Config {
            name: name(self.environment, false),
            databricks: false,
            sign_in,
            ca_file,
            client_certificate: self.path("client_certificate", CLIENT_CERTIFICATE),
            insecure,
            workspace: self.variable("workspace", WORKSPACE),
            me,
            check: self.environment.names().told(&format!("check that the server runs and that {URI} names it")),
            headers: self.headers(),
            names: self.environment.names(),
            pace: self.environment.pace(),
            web: self.web()?,
            url,
        })
    }

    /// Both user and password, each from the first place that has it: variables, the URI, the credentials file.
    fn sign_in(&mut self, within: (Option<String>, Option<Secret>)) -> Result<SignIn> {
        let user = self.variable("username", USERNAME);
        let password = self.secret("password", PASSWORD);
        let user = user.or_else(|| within.0.inspect(|user| self.plain("username", user.clone(), Source::Within(URI))));
        let password = password
            .or_else(|| within.1.inspect(|password| self.hidden("password", password.clone(), Source::Within(URI))));
        let file = match (&user, &password) {
            (Some(_), Some(_)) => IniFile::default(),
            _ => self.ini(self.environment.home_file(".mlflow/credentials"))?,
        };
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

    /// What an example had in the place of a credential is nothing to send.
    fn refuse_placeholders(&self) -> Result<()> {
        let left = |setting: &&Setting| match &setting.value {
            Value::Secret(secret) => is_placeholder(secret.expose()),
            Value::Plain(text) => setting.key == "username" && is_placeholder(text),
        };
        let Some(Setting { key, source, .. }) = self.settings.iter().find(left) else { return Ok(()) };
        Err(Error::bad_input(format!("{key} is still a placeholder ({source}); put its value there, or take it out")))
    }

    fn certificates(&mut self) -> Result<(bool, Option<PathBuf>)> {
        let insecure = self.variable("insecure_tls", INSECURE).is_some_and(|value| {
            truth(&value).unwrap_or_else(|| {
                self.warnings.push(format!("{INSECURE} is '{value}', which is neither true nor false: taken as false"));
                false
            })
        });
        let ca_file = self.path("ca_file", CA);
        if insecure && ca_file.is_some() {
            return Err(Error::bad_input(format!("{INSECURE} and {CA} contradict each other; unset one of them")));
        }
        if insecure {
            self.warnings.push(format!("the server's certificate is not checked, as {INSECURE} says"));
        }
        Ok((insecure, ca_file))
    }

    /// The headers that the operator set, listed among the settings.
    fn headers(&mut self) -> Vec<(String, Value)> {
        let headers = self.environment.headers().into_iter();
        let told = headers.map(|(name, value, source)| {
            self.plain("header", format!("{name}: {MASK}"), source);
            (name, value)
        });
        told.collect()
    }

    /// The address of its pages, where it is another.
    fn web(&mut self) -> Result<Option<SafeUrl>> {
        self.variable("web_url", WEB).map(|text| web_address(&text)).transpose()
    }

    /// A file that cannot be read is left out with a warning: a home that is another user's is no fault.
    fn ini(&mut self, path: Option<PathBuf>) -> Result<IniFile> {
        let mut file = IniFile::read(path)?;
        self.warnings.extend(file.unread.take());
        Ok(file)
    }

    fn path(&mut self, key: &'static str, name: &'static str) -> Option<PathBuf> {
        self.variable(key, name).map(|path| self.environment.expanded(&path))
    }

    fn variable(&mut self, key: &'static str, name: &'static str) -> Option<String> {
        let value = self.environment.get(name)?.to_owned();
        let (key, told) = self.environment.told(name, key, value.clone());
        self.plain(key, told, self.environment.source(name));
        Some(value)
    }

    fn secret(&mut self, key: &'static str, name: &'static str) -> Option<Secret> {
        let value = Secret::new(self.environment.get(name)?);
        self.hidden(key, value.clone(), self.environment.source(name));
        Some(value)
    }

    fn plain(&mut self, key: &'static str, value: String, source: Source) {
        self.settings.push(Setting { key, value: Value::Plain(value), source });
    }

    fn hidden(&mut self, key: &'static str, value: Secret, source: Source) {
        self.settings.push(Setting { key, value: Value::Secret(value), source });
    }
}

/// `true` and `1`, `false` and `0`, as MLflow reads booleans.
fn truth(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
