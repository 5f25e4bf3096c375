//! What can go wrong between us and a server, told apart by cause and told in sentences without addresses' secrets.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use rustls::{AlertDescription, CertificateError};

use super::limits::words;
use super::request::Access;
use super::retry::Cause;
use super::tls::TlsSettings;
use crate::secret::SafeUrl;
use crate::{Error, ErrorKind};

/// Why a try came to nothing.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Trouble {
    /// Connecting was refused.
    Refused,
    /// The host name has no address.
    NoHost,
    /// The connection was closed while it was made.
    ConnectReset,
    /// No connection in time: nobody answers at that address.
    ConnectTimeout,
    /// No connection for another reason (no route, the proxy said no).
    NoConnection,
    /// The server's certificate is not to be trusted, and why.
    Certificate(&'static str),
    /// The server wants a certificate of ours.
    WantsCertificate,
    /// No agreement on encryption, or none spoken.
    Tls,
    /// The connection ended before the first byte of an answer.
    Closed,
    /// The answer is not HTTP.
    NotHttp,
    /// Nothing was answered for so long.
    NoAnswer(Duration),
    /// The body stopped coming for so long.
    Silent(Duration),
    /// The call's time ended while the body came.
    Unfinished,
    /// The body broke off, or could not be decompressed.
    BrokenBody,
    /// The body is larger than this many bytes.
    TooLarge(u64),
    /// It has its words already.
    Told(Error),
}

impl Trouble {
    /// Classifies a failure to get an answer. Only its kinds are looked at: its text may hold the address.
    pub(super) fn of(error: &reqwest::Error) -> Self {
        let secure = find::<rustls::Error>(error).map(Self::of_tls);
        if !error.is_connect() {
            let not_http = chain(error).any(|cause| cause.to_string().contains("parsed"));
            return match secure {
                // Told after our side of the handshake, before any request is looked at.
                Some(Self::WantsCertificate) => Self::WantsCertificate,
                _ if not_http => Self::NotHttp,
                _ => Self::Closed,
            };
        }
        if let Some(secure) = secure {
            return secure;
        }
        if error.is_dns() || chain(error).any(|cause| cause.to_string().contains("dns error")) {
            return Self::NoHost;
        }
        match find::<io::Error>(error).map(io::Error::kind) {
            _ if error.is_timeout() => Self::ConnectTimeout,
            Some(io::ErrorKind::ConnectionRefused) => Self::Refused,
            Some(
                io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe
                | io::ErrorKind::UnexpectedEof,
            ) => Self::ConnectReset,
            _ => Self::NoConnection,
        }
    }

    /// Classifies a failure while the body came.
    pub(super) fn of_body(_: &reqwest::Error) -> Self {
        Self::BrokenBody
    }

    fn of_tls(error: &rustls::Error) -> Self {
        match error {
            rustls::Error::InvalidCertificate(reason) => Self::Certificate(certificate(reason)),
            rustls::Error::AlertReceived(
                AlertDescription::CertificateRequired
                | AlertDescription::BadCertificate
                | AlertDescription::CertificateUnknown
                | AlertDescription::UnknownCA,
            ) => Self::WantsCertificate,
            _ => Self::Tls,
        }
    }

    /// As far as trying again depends on it.
    pub(super) fn cause(&self) -> Cause {
        match self {
            Self::Refused | Self::NoHost | Self::ConnectReset => Cause::NotConnected,
            Self::Closed => Cause::Closed,
            _ => Cause::Lasting,
        }
    }

    /// Whether there was no connection, so that nothing can have been sent.
    pub(super) fn is_unconnected(&self) -> bool {
        matches!(
            self,
            Self::Refused
                | Self::NoHost
                | Self::ConnectReset
                | Self::ConnectTimeout
                | Self::NoConnection
                | Self::Certificate(_)
                | Self::WantsCertificate
                | Self::Tls
        )
    }
}

fn certificate(reason: &CertificateError) -> &'static str {
    match reason {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "has expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "is not valid yet",
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "is for another host name"
        }
        CertificateError::Revoked => "was revoked",
        CertificateError::UnknownIssuer => "is signed by an authority that is not trusted here",
        _ => "is not trusted here",
    }
}

/// An error and what lies below it. An I/O error hides what it wraps from `source`.
fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| {
        let error: &'a (dyn StdError + 'static) = *error;
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner as &(dyn StdError + 'static)),
            None => error.source(),
        }
    })
}

/// The deepest error of a type.
fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    chain(error).filter_map(|cause| cause.downcast_ref::<E>()).last()
}

/// What messages say of the place that was asked.
#[derive(Debug)]
pub(super) struct Place {
    /// The tracker's name.
    pub(super) tracker: String,
    /// Its address.
    pub(super) base: SafeUrl,
    /// What to check when it cannot be reached, as a clause.
    pub(super) check: String,
    /// The names of the TLS settings.
    pub(super) tls: TlsSettings,
    /// The variable that names a proxy for it.
    pub(super) proxy: Option<&'static str>,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at {}", self.tracker, self.base)
    }
}

impl Place {
    /// The trouble as a sentence, for a read or a write.
    pub(super) fn tell(&self, trouble: Trouble, access: Access) -> Error {
        let unsent = trouble.is_unconnected() || matches!(trouble, Trouble::Told(_));
        let error = self.sentence(trouble);
        if unsent || access == Access::Read { error } else { outcome_unknown(error) }
    }

    fn sentence(&self, trouble: Trouble) -> Error {
        let Self { tls, check, .. } = self;
        let lasting = |words: String| Error { temporary: false, ..Error::unavailable(words) };
        match trouble {
            Trouble::Refused => self.unreached("refused the connection"),
            Trouble::NoHost => self.unreached("cannot be found: its host name has no address"),
            Trouble::ConnectReset => self.unreached("closed the connection while it was made"),
            Trouble::ConnectTimeout => self.unreached("cannot be reached: the connection was not answered"),
            Trouble::NoConnection => self.unreached("cannot be reached: no connection could be made"),
            Trouble::Certificate(reason) => lasting(format!(
                "the TLS certificate of {self} {reason}; set {} to the file of its authority (PEM), and {check}",
                tls.ca_file_setting
            )),
            Trouble::WantsCertificate => lasting(format!(
                "{self} wants a client certificate that it trusts; set {}",
                tls.client_certificate_setting
            )),
            Trouble::Tls => lasting(format!(
                "{self} does not speak TLS that we understand; {check}: is it {}?",
                self.other_scheme()
            )),
            Trouble::Closed => Error::unavailable(format!(
                "{self} closed the connection without an answer; try again, and if that does not help, {check}: another \
                 port, or {}?",
                self.other_scheme()
            )),
            Trouble::NotHttp => {
                lasting(format!("{self} did not answer in HTTP; {check}: another port, or {}?", self.other_scheme()))
            }
            Trouble::NoAnswer(limit) => Error::unavailable(format!(
                "{self} did not answer in {}; it may be overloaded: try again, ask for less, or {check}",
                words(limit)
            )),
            Trouble::Silent(limit) => Error::unavailable(format!(
                "{self} began to answer and then sent nothing for {}; try again or ask for less",
                words(limit)
            )),
            Trouble::Unfinished => Error::unavailable(format!(
                "the answer of {self} was still coming when the time of this call ended; ask for less"
            )),
            Trouble::BrokenBody => {
                Error::unavailable(format!("the answer of {self} broke off or could not be decompressed; try again"))
            }
            Trouble::TooLarge(cap) => Error::too_large(format!(
                "the answer of {self} is larger than {} MB, the most that is read at once; ask for less",
                cap.div_ceil(1_000_000)
            )),
            Trouble::Told(error) => error,
        }
    }

    /// What the address would be if it were the other protocol.
    fn other_scheme(&self) -> &'static str {
        if self.base.to_string().starts_with("https://") {
            "http:// instead of https://"
        } else {
            "https:// instead of http://"
        }
    }

    fn unreached(&self, what: &str) -> Error {
        let error = Error::unavailable(format!("{self} {what}; {}", self.check));
        match self.proxy {
            Some(variable) => error
                .and(format!("${variable} is set, so it is asked through that proxy unless $NO_PROXY names its host")),
            None => error,
        }
    }
}

/// What a failure after sending means for a write.
pub(super) fn outcome_unknown(error: Error) -> Error {
    let mut error = error.and("the change may or may not have been made: look before repeating it");
    error.kind = ErrorKind::OutcomeUnknown;
    error.temporary = false;
    error
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::{Access, Place, Trouble};
    use crate::http::tests::support::settings;
    use crate::secret::SafeUrl;

    fn place(address: &str) -> Place {
        Place {
            tracker: "lab".to_owned(),
            base: SafeUrl::new(Url::parse(address).unwrap()),
            check: "check TRACKING_URI".to_owned(),
            tls: settings("https://tracker.test").tls,
            proxy: Some("HTTPS_PROXY"),
        }
    }

    #[test]
    fn a_connection_that_is_closed_at_once_may_be_of_the_other_protocol() {
        for (address, other) in [
            ("http://tracker.test", "https:// instead of http://?"),
            ("https://tracker.test", "http:// instead of https://?"),
        ] {
            let told = place(address).tell(Trouble::Closed, Access::Read).message;
            assert!(told.contains("check TRACKING_URI") && told.ends_with(other), "{told}");
        }
    }

    #[test]
    fn a_failure_to_connect_names_the_proxy_that_may_be_its_cause() {
        assert_eq!(
            place("https://bob:hunter2@tracker.test").tell(Trouble::Refused, Access::Write).message,
            "lab at https://tracker.test refused the connection; check TRACKING_URI; $HTTPS_PROXY is set, so it is asked \
             through that proxy unless $NO_PROXY names its host"
        );
    }
}
