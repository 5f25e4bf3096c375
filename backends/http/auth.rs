//! How a request shows who we are; when is the client's business.

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::secret::{MASK, Secret};
use crate::{Call, Result};

/// What is shorter is no secret, and part of many words.
const SHORTEST: usize = 4;

/// A header that shows who we are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    pub(super) header: String,
    pub(super) value: Secret,
}

impl Credential {
    /// Any header.
    pub fn header(name: impl Into<String>, value: Secret) -> Self {
        Self { header: name.into(), value }
    }

    /// User and password.
    pub fn basic(user: &str, password: &Secret) -> Self {
        let pair = STANDARD.encode(format!("{user}:{}", password.expose()));
        Self::header("authorization", Secret::new(format!("Basic {pair}")))
    }

    /// A token.
    pub fn bearer(token: &Secret) -> Self {
        Self::header("authorization", Secret::new(format!("Bearer {}", token.expose())))
    }

    /// The body of a refusal without what was sent to show who we are: servers and proxies repeat it.
    pub(super) fn masked_in(&self, body: &[u8]) -> String {
        let mut body = String::from_utf8_lossy(body).into_owned();
        let sent = self.value.expose();
        let bare = sent.split_once(' ').map_or(sent, |(_scheme, bare)| bare);
        let pair = STANDARD.decode(bare).ok().and_then(|pair| String::from_utf8(pair).ok());
        let password = pair.as_deref().and_then(|pair| pair.split_once(':')).map(|(_user, password)| password);
        for secret in [Some(sent), Some(bare), password].into_iter().flatten().filter(|secret| secret.len() >= SHORTEST)
        {
            body = body.replace(secret, MASK);
        }
        body
    }
}

/// The way a tracker is signed in to.
#[async_trait]
pub trait Authorize: Send + Sync {
    /// What the next request carries; `None` if nothing is needed. May sign in first.
    async fn credential(&self, call: &Call) -> Result<Option<Credential>>;

    /// What to repeat a request with whose credential was just refused with a 401; `None` if no other can be had.
    async fn replacement(&self, call: &Call, refused: &Credential) -> Result<Option<Credential>>;
}

/// No sign-in.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSignIn;

#[async_trait]
impl Authorize for NoSignIn {
    async fn credential(&self, _: &Call) -> Result<Option<Credential>> {
        Ok(None)
    }

    async fn replacement(&self, _: &Call, _: &Credential) -> Result<Option<Credential>> {
        Ok(None)
    }
}

/// The same header in every request.
#[derive(Clone, Debug)]
pub struct FixedCredential(pub Credential);

#[async_trait]
impl Authorize for FixedCredential {
    async fn credential(&self, _: &Call) -> Result<Option<Credential>> {
        Ok(Some(self.0.clone()))
    }

    async fn replacement(&self, _: &Call, _: &Credential) -> Result<Option<Credential>> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::Credential;
    use crate::secret::Secret;

    #[test]
    fn credentials_are_made_as_the_standard_says() {
        let basic = Credential::basic("Aladdin", &Secret::new("open sesame"));
        assert_eq!(
            (basic.header.as_str(), basic.value.expose()),
            ("authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
        );
        assert_eq!(Credential::bearer(&Secret::new("abc")).value.expose(), "Bearer abc");
    }

    #[test]
    fn what_a_server_repeats_of_a_credential_is_masked() {
        let basic = Credential::basic("Aladdin", &Secret::new("open: sesame"));
        let body = format!("got {}, that is Aladdin with open: sesame", basic.value.expose());
        assert_eq!(basic.masked_in(body.as_bytes()), "got ***, that is Aladdin with ***");
        assert_eq!(
            Credential::bearer(&Secret::new("hunter2")).masked_in(b"no such token: hunter2"),
            "no such token: ***"
        );
        assert_eq!(Credential::basic("Aladdin", &Secret::new("a")).masked_in(b"a bad request"), "a bad request");
    }

    #[test]
    fn a_credential_is_never_shown() {
        let shown = format!("{:?}", Credential::bearer(&Secret::new("hunter2")));
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
