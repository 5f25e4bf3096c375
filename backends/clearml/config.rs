//! Where the user's ClearML is and how to sign in: from the variables and files that ClearML's own client reads
//! (`clearml.backend_api.session`, 2.1), and from where the guides of other servers put such a file.

mod address;
mod conf;
mod files;
mod given;
mod placeholder;
mod servers;

use std::path::PathBuf;

use url::Url;

use crate::allowance::Pace;
use crate::secret::{MASK, SafeUrl, Secret};
use crate::section::{self, Form, Names};
use crate::settings::{Environment, Setting, Source, Value};
use crate::{Error, Result};

use files::File;
use given::{Given, Key, Places};
use placeholder::is_placeholder;

const API: Key = Key::new("api_server", &["CLEARML_API_HOST", "TRAINS_API_HOST"], &["api.api_server", "api.host"]);
const WEB: Key = Key::new("web_server", &["CLEARML_WEB_HOST", "TRAINS_WEB_HOST"], &["api.web_server"]);
const FILES: Key = Key::new("files_server", &["CLEARML_FILES_HOST", "TRAINS_FILES_HOST"], &["api.files_server"]);
const ACCESS: Key =
    Key::new("access_key", &["CLEARML_API_ACCESS_KEY", "TRAINS_API_ACCESS_KEY"], &["api.credentials.access_key"]);
const SECRET: Key =
    Key::new("secret_key", &["CLEARML_API_SECRET_KEY", "TRAINS_API_SECRET_KEY"], &["api.credentials.secret_key"]);
const TOKEN: Key = Key::new("token", &["CLEARML_AUTH_TOKEN"], &[]);
const VERIFY_CERT: &str = "CLEARML_API_HOST_VERIFY_CERT";
const VERIFY: Key =
    Key::new("verify_certificate", &[VERIFY_CERT, "TRAINS_API_HOST_VERIFY_CERT"], &["api.verify_certificate"]);
const MAX_VERSION: Key = Key::new("max_api_version", &["CLEARML_FORCE_MAX_API_VERSION"], &[]);
/// What `verify_certificate` is called where it names a file.
const CA: &str = "ca_file";
/// Where credentials come from.
const CREATE: &str = "they are made on ClearML's web page under Settings > Workspace > Create new credentials";
/// Each of these means that there is a ClearML.
const NAMING: [Key; 6] = [API, WEB, FILES, ACCESS, SECRET, TOKEN];

/// What a section `kind = clearml` of a server config may have.
pub(super) const KEYS: &[section::Key] = &[
    section::Key::new(
        "url",
        "CLEARML_API_HOST",
        Form::Text,
        "API server: https://api.clear.ml, or port 8008 of your own",
    ),
    section::Key::new("web_url", "CLEARML_WEB_HOST", Form::Text, "web server, where it cannot be told from url"),
    section::Key::new("files_url", "CLEARML_FILES_HOST", Form::Text, "file server, where it cannot be told from url"),
    section::Key::new("access_key", "CLEARML_API_ACCESS_KEY", Form::Secret, "access key"),
    section::Key::new("secret_key", "CLEARML_API_SECRET_KEY", Form::Secret, "secret key"),
    section::Key::new("token", "CLEARML_AUTH_TOKEN", Form::Secret, "token, instead of both keys"),
    section::Key::new(
        "ca_file",
        VERIFY_CERT,
        Form::Path,
        "PEM file of the authority that signed the server's certificate",
    ),
    section::Key::new("verify", VERIFY_CERT, Form::Switch, "no: the server's certificate is not checked"),
    section::Key::new("conf_file", "CLEARML_CONFIG_FILE", Form::Path, "a clearml.conf that has all of this"),
    section::Key::new(
        "rewrite",
        REWRITE,
        Form::Text,
        "other names of files_url in old artifacts: http://old:8081 -> https://files.example.org",
    ),
];
/// ClearML's client knows no such variable: only a server config has it.
const REWRITE: &str = "rewrite of ClearML";

/// How to sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SignIn {
    /// Access key and secret key.
    Keys {
        /// The key's name; half a secret.
        access: String,
        secret: Secret,
    },
    /// A token of the server, which a new one is had for.
    Token(Secret),
}

impl SignIn {
    /// In words.
    pub(super) fn words(&self) -> &'static str {
        match self {
            Self::Keys { .. } => "access key and secret key",
            Self::Token(_) => "token",
        }
    }
}

/// All that is needed to talk to a server.
#[derive(Clone, Debug)]
pub(super) struct Config {
    /// The API server, without a slash at its end.
    pub(super) api: SafeUrl,
    /// The web server, for links.
    pub(super) web: SafeUrl,
    /// The file servers that get the token, the configured one first; none where files are kept in a bucket or folder.
    pub(super) files: Vec<SafeUrl>,
    pub(super) sign_in: SignIn,
    pub(super) ca_file: Option<PathBuf>,
    /// The name of the setting that `ca_file` comes from.
    pub(super) ca_setting: &'static str,
    /// The server's certificate is not checked.
    pub(super) insecure: bool,
    /// The newest version of the API to use.
    pub(super) max_version: Option<(u16, u16)>,
    /// What to check when the address does not answer.
    pub(super) check: String,
    /// Where the file server is set, in words.
    pub(super) files_setting: String,
    /// Further headers of every request.
    pub(super) headers: Vec<(String, Value)>,
    /// How messages name settings.
    pub(super) names: Names,
    /// How hard it may be asked.
    pub(super) pace: Pace,
    /// Beginnings of addresses of files, and what stands in their place now.
    pub(super) rewrites: Vec<(String, String)>,
}

/// What was found: the settings with their sources, and what follows from them.
pub(super) struct Found {
    pub(super) settings: Vec<Setting>,
    pub(super) warnings: Vec<String>,
    pub(super) config: Result<Config>,
}

/// Looks for ClearML in the environment and in its files; `None` if nothing names it.
pub(super) fn find(environment: &Environment) -> Option<Found> {
    let mut report = Report::default();
    let config = match files::find(environment) {
        Err(error) => Err(error),
        Ok(files) => {
            let named = NAMING.iter().any(|key| key.variable(environment).is_some());
            if !named && files.read.is_empty() && files.unread.is_empty() {
                return None;
            }
            report.warnings.extend(files.unread);
            read(environment, &files.read, &mut report)
        }
    };
    let names = environment.names();
    let warnings = report.warnings.iter().map(|warning| names.told(warning)).collect();
    Some(Found { settings: report.settings, warnings, config: names.outcome(config) })
}

/// What is worth telling of the settings.
#[derive(Default)]
struct Report {
    settings: Vec<Setting>,
    warnings: Vec<String>,
}

fn read(environment: &Environment, files: &[File], report: &mut Report) -> Result<Config> {
    let places = Places::read(environment, files)?;
    report.warnings.extend(places.warnings());
    let mut reader = Reader { places, report };
    // Both, so that the report has what was found of either; the credentials are what is mostly missing.
    let (sign_in, servers) = (reader.sign_in(), reader.servers());
    let (sign_in, servers) = (sign_in?, servers?);
    let (insecure, ca_file, ca_setting) = reader.certificates()?;
    reader.warn_of_plain_http(&servers);
    Ok(Config {
        api: servers.api,
        web: servers.web,
        files: servers.files,
        sign_in,
        ca_file,
        ca_setting,
        insecure,
        max_version: reader.max_version()?,
        check: environment.names().told(&servers.check),
        files_setting: reader.places.of(&FILES),
        headers: reader.headers(),
        names: environment.names(),
        pace: environment.pace(),
        rewrites: reader.rewrites()?,
    })
}

struct Reader<'a> {
    places: Places<'a>,
    report: &'a mut Report,
}

impl Reader<'_> {
    fn sign_in(&mut self) -> Result<SignIn> {
        // A token is instead of the keys, as in the client.
        if let Some(token) = self.credential(&TOKEN)? {
            return Ok(SignIn::Token(Secret::new(token)));
        }
        match (self.credential(&ACCESS)?, self.credential(&SECRET)?) {
            (Some(access), Some(secret)) => Ok(SignIn::Keys { access, secret: Secret::new(secret) }),
            (Some(_), None) => {
                Err(self
                    .missing(format!("a ClearML access key is set but no secret key; set {}", self.places.of(&SECRET))))
            }
            (None, Some(_)) => {
                Err(self
                    .missing(format!("a ClearML secret key is set but no access key; set {}", self.places.of(&ACCESS))))
            }
            (None, None) => {
                let file = self.places.file().map(|file| {
                    format!(", or credentials {{\"access_key\": …, \"secret_key\": …}} in the section api of {file}")
                });
                Err(self.missing(format!(
                    "no ClearML credentials are set; set {} and {} (or {}){}; {CREATE}",
                    ACCESS.first(),
                    SECRET.first(),
                    TOKEN.first(),
                    file.unwrap_or_default()
                )))
            }
        }
    }

    /// What is missing may be in what was left out.
    fn missing(&self, message: String) -> Error {
        self.report.warnings.iter().fold(Error::bad_input(message), Error::and)
    }

    /// A key or token; a placeholder is refused.
    fn credential(&mut self, key: &Key) -> Result<Option<String>> {
        let Some(given) = self.places.get(key)? else { return Ok(None) };
        let name = self.places.name(key, Some(&given));
        let Given { value, source, named, .. } = given;
        if value.is_empty() {
            return Err(Error::bad_input(format!("{named} is empty; {CREATE}")));
        }
        if is_placeholder(&value) {
            return Err(Error::bad_input(format!("{named} is still a placeholder; {CREATE}")));
        }
        self.report.settings.push(Setting { key: name, value: Value::Secret(Secret::new(&value)), source });
        Ok(Some(value))
    }

    /// Whether certificates go unchecked, or which file they are checked with.
    fn certificates(&mut self) -> Result<(bool, Option<PathBuf>, &'static str)> {
        let Some(given) = self.places.get(&VERIFY)?.filter(|given| !given.value.is_empty()) else {
            return Ok((false, None, VERIFY_CERT));
        };
        match truth(&given.value) {
            Some(verify) => {
                if !verify {
                    let named = &given.named;
                    self.report.warnings.push(format!("{named} is off: the server's certificate is not checked"));
                }
                let (key, told) = self.places.environment.told(given.setting, VERIFY.name, verify.to_string());
                self.plain(key, told, given.source);
                Ok((!verify, None, given.setting))
            }
            None => {
                let path = self.places.environment.expanded(&given.value);
                self.plain(CA, path.display().to_string(), given.source);
                Ok((false, Some(path), given.setting))
            }
        }
    }

    /// The headers that the operator set, listed among the settings.
    fn headers(&mut self) -> Vec<(String, Value)> {
        let headers = self.places.environment.headers().into_iter();
        let told = headers.map(|(name, value, source)| {
            self.plain("header", format!("{name}: {MASK}"), source);
            (name, value)
        });
        told.collect()
    }

    /// `FROM -> TO`, several separated by commas.
    fn rewrites(&mut self) -> Result<Vec<(String, String)>> {
        let Some(text) = self.places.environment.get(REWRITE) else { return Ok(Vec::new()) };
        let pair = |pair: &str| {
            let (from, to) = pair.split_once("->")?;
            let (from, to) = (from.trim().trim_end_matches('/'), to.trim().trim_end_matches('/'));
            let whole = |address: &str| Url::parse(address).is_ok_and(|url| url.has_host());
            (whole(from) && whole(to)).then(|| (from.to_owned(), to.to_owned()))
        };
        let pairs: Option<Vec<_>> = text.split(',').map(pair).collect();
        let pairs = pairs.ok_or_else(|| {
            Error::bad_input(format!(
                "{REWRITE} is '{text}'; expected http://old:8081 -> https://new, several separated by commas"
            ))
        })?;
        self.plain("rewrite", text.to_owned(), self.places.environment.source(REWRITE));
        Ok(pairs)
    }

    fn max_version(&mut self) -> Result<Option<(u16, u16)>> {
        let Some(given) = self.places.get(&MAX_VERSION)? else { return Ok(None) };
        let version = version(&given.value);
        if version.is_none() {
            let Given { named, value, .. } = &given;
            self.report
                .warnings
                .push(format!("{named} is '{value}', which is no version such as 2.23: it is not used"));
        }
        self.plain(MAX_VERSION.name, given.value, given.source);
        Ok(version)
    }

    fn plain(&mut self, key: &'static str, value: String, source: Source) {
        self.report.settings.push(Setting { key, value: Value::Plain(value), source });
    }
}

/// As Python's `strtobool`, by which the client reads it.
fn truth(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "y" | "yes" | "t" | "true" | "on" | "1" => Some(true),
        "n" | "no" | "f" | "false" | "off" | "0" => Some(false),
        _ => None,
    }
}

/// `2.23`.
fn version(text: &str) -> Option<(u16, u16)> {
    let (major, minor) = text.trim_start_matches('v').split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests;
