//! Signing in: access key and secret key, or a token, for a token that requests carry (`auth.login`).

use std::sync::{Arc, PoisonError, RwLock};

use crate::http::{Authorize, Client, Credential, FixedCredential, Token, TokenCache};
use crate::secret::Secret;
use crate::{Call, Error, Result};

use super::config::SignIn;
use super::wire::Envelope;
use super::wire_auth::{self, Claims, Login};

/// What the last login told.
pub(super) type Known = Arc<RwLock<Option<Arc<Claims>>>>;

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
    let answer: Envelope<Login> = client.json(call, wire_auth::login()).await?;
    let token = answer.data.token;
    let claims = wire_auth::claims(&token).ok_or_else(|| {
        Error::unsupported("the server's sign-in gave a token of an unknown form: no ClearML server, or a version that is not known here")
    })?;
    Ok((Token { credential: Credential::bearer(&Secret::new(token)), expires: claims.expires() }, claims))
}
