//! Where the user's ClearML is and how to sign in.

use std::path::PathBuf;

use url::Url;

use crate::Result;
use crate::secret::{SafeUrl, Secret};
use crate::settings::{Environment, Setting};

/// How to sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SignIn {
    Keys { access: String, secret: Secret },
    Token(Secret),
}

impl SignIn {
    pub(super) fn words(&self) -> &'static str {
        match self {
            Self::Keys { .. } => "access key and secret key",
            Self::Token(_) => "token",
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Config {
    pub(super) api: SafeUrl,
    pub(super) web: SafeUrl,
    pub(super) files: Vec<SafeUrl>,
    pub(super) sign_in: SignIn,
    pub(super) ca_file: Option<PathBuf>,
    pub(super) ca_setting: &'static str,
    pub(super) insecure: bool,
    pub(super) max_version: Option<(u16, u16)>,
    pub(super) check: String,
    pub(super) headers: Vec<(String, crate::settings::Value)>,
    pub(super) names: crate::section::Names,
}

pub(super) struct Found {
    pub(super) settings: Vec<Setting>,
    pub(super) warnings: Vec<String>,
    pub(super) config: Result<Config>,
}

pub(super) const KEYS: &[crate::section::Key] = &[];

pub(super) fn find(environment: &Environment) -> Option<Found> {
    let url = |name| environment.get(name).and_then(|text| Url::parse(text).ok()).map(SafeUrl::new);
    let config = Config {
        api: url("CLEARML_API_HOST")?,
        web: url("CLEARML_WEB_HOST")?,
        files: url("CLEARML_FILES_HOST").into_iter().collect(),
        sign_in: SignIn::Keys {
            access: environment.get("CLEARML_API_ACCESS_KEY")?.to_owned(),
            secret: Secret::new(environment.get("CLEARML_API_SECRET_KEY")?),
        },
        ca_file: None,
        ca_setting: "CLEARML_API_HOST_VERIFY_CERT",
        insecure: false,
        max_version: None,
        check: "check that the server runs and that CLEARML_API_HOST names it".to_owned(),
        headers: Vec::new(),
        names: environment.names(),
    };
    Some(Found { settings: Vec::new(), warnings: Vec::new(), config: Ok(config) })
}
