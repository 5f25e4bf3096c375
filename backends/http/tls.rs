//! Whom we trust and who we are on encrypted connections.

use std::path::{Path, PathBuf};

use reqwest::{Certificate, ClientBuilder, Identity};

use crate::{Error, Result};

/// TLS settings of a tracker, with the names under which the operator sets them, for messages.
#[derive(Clone, Debug)]
pub struct TlsSettings {
    /// A PEM file with authorities that are trusted besides those of the system.
    pub ca_file: Option<PathBuf>,
    /// The name of that setting.
    pub ca_file_setting: &'static str,
    /// A PEM file with our own certificate and its private key.
    pub client_certificate: Option<PathBuf>,
    /// The name of that setting.
    pub client_certificate_setting: &'static str,
    /// Trust any certificate: only if the operator set it.
    pub insecure: bool,
}

impl TlsSettings {
    /// Adds the settings to a client under construction; also gives the certificates that it will trust besides the
    /// system's. Reads files.
    pub(super) fn apply(&self, mut builder: ClientBuilder) -> Result<(ClientBuilder, Vec<Certificate>)> {
        // Fails only when the process has a provider already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let certificates = self.certificates()?;
        if let Some(identity) = self.identity()? {
            builder = builder.identity(identity);
        }
        Ok((builder.tls_danger_accept_invalid_certs(self.insecure), certificates))
    }

    fn certificates(&self) -> Result<Vec<Certificate>> {
        let Some(path) = &self.ca_file else {
            return Ok(Vec::new());
        };
        let wrong = || {
            Error::bad_input(format!(
                "{} ({}) holds no certificate; give a PEM file with `-----BEGIN CERTIFICATE-----`",
                path.display(),
                self.ca_file_setting
            ))
        };
        let certificates = Certificate::from_pem_bundle(&read(path, self.ca_file_setting)?).map_err(|_| wrong())?;
        if certificates.is_empty() { Err(wrong()) } else { Ok(certificates) }
    }

    fn identity(&self) -> Result<Option<Identity>> {
        let Some(path) = &self.client_certificate else {
            return Ok(None);
        };
        let identity = Identity::from_pem(&read(path, self.client_certificate_setting)?).map_err(|_| {
            Error::bad_input(format!(
                "{} ({}) does not hold a certificate and its private key; give one PEM file with both",
                path.display(),
                self.client_certificate_setting
            ))
        })?;
        Ok(Some(identity))
    }
}

fn read(path: &Path, setting: &str) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| {
        Error::bad_input(format!(
            "{} ({setting}) cannot be read: {}; give a PEM file that this user may read",
            path.display(),
            error.kind()
        ))
    })
}
