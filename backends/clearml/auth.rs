//! Signing in: access key and secret key, or a token, for a token that requests carry (`auth.login`).

use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use crate::http::{Access, Authorize, Client, Credential, FixedCredential, Request, Token, TokenCache};
use crate::secret::Secret;
use crate::{Call, Error, Result};

use super::config::SignIn;
use super::wire::Envelope;

/// What the server tells of itself and of us inside its token (claims of the JWT).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Claims {
    identity: Identity,
    exp: Option<i64>,
    api_version: Option<String>,
    server_version: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct Identity {
    user: Option<String>,
    user_name: Option<String>,
}

impl Claims {
    /// The newest version of the interface that the server speaks.
    pub(super) fn api_version(&self) -> Option<(u16, u16)> {
        let (major, minor) = self.api_version.as_deref()?.split_once('.')?;
        Some((major.parse().ok()?, minor.parse().ok()?))
    }

    /// The version of the server.
    pub(super) fn server_version(&self) -> Option<&str> {
        self.server_version.as_deref()
    }

    /// Our id as a user.
    pub(super) fn user(&self) -> Option<&str> {
        self.identity.user.as_deref()
    }

    /// Our name as a user.
    pub(super) fn user_name(&self) -> Option<&str> {
        self.identity.user_name.as_deref().or(self.user())
    }
}

/// What the last login told.
pub(super) type Known = Arc<RwLock<Option<Arc<Claims>>>>;

#[derive(Deserialize)]
struct Login {
    token: String,
}

/// The way to sign in through this client: one login for all, renewed before it expires.
pub(super) fn authorize(client: &Client, sign_in: &SignIn) -> (Arc<dyn Authorize>, Known) {
    let credential = match sign_in {
        SignIn::Keys { access, secret } => Credential::basic(access, secret),
        SignIn::Token(token) => Credential::bearer(token),
    };
    let client = client.authorized_by(Arc::new(FixedCredential(credential)));
    let known = Known::default();
    let told = Arc::clone(&known);
    let cache = TokenCache::new(move |call: Call| {
        let (client, told) = (client.clone(), Arc::clone(&told));
        async move {
            let (token, claims) = login(&client, &call).await?;
            *told.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(claims));
            Ok(token)
        }
    });
    (Arc::new(cache), known)
}

async fn login(client: &Client, call: &Call) -> Result<(Token, Claims)> {
    let answer: Envelope<Login> = client.json(call, Request::post(Access::Read, "/auth.login", &json!({}))).await?;
    let token = answer.data.token;
    let claims = claims(&token).ok_or_else(|| {
        Error::unsupported("the server's sign-in gave a token of an unknown form: no ClearML server, or a version that is not known here")
    })?;
    let expires = claims.exp.and_then(|seconds| Timestamp::from_second(seconds).ok());
    Ok((Token { credential: Credential::bearer(&Secret::new(token)), expires }, claims))
}

/// What a token says; its signature is the server's business.
fn claims(token: &str) -> Option<Claims> {
    let payload = token.split('.').nth(1)?;
    let json = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&json).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(payload: &str) -> String {
        format!("e30.{}.c2lnbmF0dXJl", URL_SAFE_NO_PAD.encode(payload))
    }

    #[test]
    fn a_token_tells_versions_and_user() {
        let token = token(
            r#"{"identity": {"user": "u1", "company": "c", "role": "user", "user_name": "Ada"}, "exp": 4102444800,
                "iat": 1, "api_version": "2.31", "server_version": "2.0.0", "feature_set": "basic"}"#,
        );
        let claims = claims(&token).unwrap();
        assert_eq!(claims.api_version(), Some((2, 31)));
        assert_eq!(
            (claims.server_version(), claims.user(), claims.user_name()),
            (Some("2.0.0"), Some("u1"), Some("Ada"))
        );
        assert_eq!(claims.exp, Some(4_102_444_800));
    }

    #[test]
    fn what_a_token_does_not_tell_is_not_known() {
        let claims = claims(&token("{}")).unwrap();
        assert_eq!((claims.api_version(), claims.user_name(), claims.exp), (None, None, None));
    }

    #[test]
    fn what_is_no_token_tells_nothing() {
        for text in ["", "abc", "a.b.c", "a.%%%.c", "a.MQ.c"] {
            assert_eq!(claims(text), None, "{text}");
        }
    }
}
