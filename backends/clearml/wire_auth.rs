//! Signing in, field for field: `auth.login`, the claims of its token, `users.get_current_user`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use crate::http::{Access, Request};

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

    /// Until when the token is valid.
    pub(super) fn expires(&self) -> Option<Timestamp> {
        Timestamp::from_second(self.exp?).ok()
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

/// Answer of `auth.login`.
#[derive(Deserialize)]
pub(super) struct Login {
    pub(super) token: String,
}

/// Answer of `users.get_current_user`.
#[derive(Deserialize)]
pub(super) struct CurrentUser {
    pub(super) user: User,
}

/// A user.
#[derive(Deserialize)]
pub(super) struct User {
    pub(super) name: Option<String>,
}

/// The question for a token; the credentials stand in its header.
pub(super) fn login() -> Request {
    Request::post(Access::Read, "/auth.login", &json!({}))
}

/// What a token says; its signature is the server's business.
pub(super) fn claims(token: &str) -> Option<Claims> {
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
        assert_eq!(claims.expires(), Some("2100-01-01T00:00:00Z".parse().unwrap()));
    }

    #[test]
    fn what_a_token_does_not_tell_is_not_known() {
        let claims = claims(&token("{}")).unwrap();
        assert_eq!((claims.api_version(), claims.user_name(), claims.expires()), (None, None, None));
    }

    #[test]
    fn what_is_no_token_tells_nothing() {
        for text in ["", "abc", "a.b.c", "a.%%%.c", "a.MQ.c"] {
            assert_eq!(claims(text), None, "{text}");
        }
    }
}
