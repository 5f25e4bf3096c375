//! A token that is got by signing in: kept, renewed before it expires, never got twice at the same time.

use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Mutex, MutexGuard};

use super::auth::{Authorize, Credential};
use crate::{Call, Error, ErrorKind, Result};

/// How long before its end a token is renewed; of a short-lived one, the last quarter of its life.
const RENEW_BEFORE: SignedDuration = SignedDuration::from_secs(360);

/// What a login gave.
#[derive(Clone, Debug)]
pub struct Token {
    /// What requests carry.
    pub credential: Credential,
    /// Until when it is valid, if that is known.
    pub expires: Option<Timestamp>,
}

/// The [`Authorize`] of trackers that give a token for a login. `login` is an `async` function from a [`Call`] to a
/// [`Token`]; it sends its requests through a client that needs no token (see
/// [`Client::authorized_by`](super::Client::authorized_by)).
#[derive(Debug)]
pub struct TokenCache<L> {
    login: L,
    kept: Mutex<Kept>,
    /// Logins that ended, whatever their result: tells those who waited that theirs is done.
    ended: AtomicU64,
}

#[derive(Debug, Default)]
struct Kept {
    token: Option<(Token, Option<Timestamp>)>,
    /// Why the last login failed, if it did.
    failure: Option<Error>,
}

impl<L, F> TokenCache<L>
where
    L: Fn(Call) -> F + Send + Sync,
    F: Future<Output = Result<Token>> + Send,
{
    /// A cache that is empty until the first request.
    pub fn new(login: L) -> Self {
        Self { login, kept: Mutex::default(), ended: AtomicU64::new(0) }
    }

    /// Waits for a login under way. Its failure is also ours: fifty callers make one attempt, not fifty.
    async fn kept(&self) -> Result<MutexGuard<'_, Kept>> {
        let ended = self.ended.load(Ordering::Acquire);
        let kept = self.kept.lock().await;
        match &kept.failure {
            Some(failure) if self.ended.load(Ordering::Acquire) != ended => Err(failure.clone()),
            _ => Ok(kept),
        }
    }

    async fn renew(&self, call: &Call, kept: &mut Kept) -> Result<Credential> {
        let result = (self.login)(call.clone()).await;
        if let Err(error) = &result
            && error.kind == ErrorKind::Cancelled
        {
            // Ours alone: the next in line signs in.
            return Err(error.clone());
        }
        kept.failure = result.as_ref().err().cloned();
        self.ended.fetch_add(1, Ordering::AcqRel);
        let token = result?;
        let credential = token.credential.clone();
        let renew_at = token.expires.map(|expires| renewal(call.clock().now(), expires));
        kept.token = Some((token, renew_at));
        Ok(credential)
    }
}

/// When a token got at `now` is renewed.
fn renewal(now: Timestamp, expires: Timestamp) -> Timestamp {
    let life = expires.duration_since(now).max(SignedDuration::ZERO);
    expires.saturating_sub(RENEW_BEFORE.min(life / 4)).unwrap_or(expires)
}

#[async_trait]
impl<L, F> Authorize for TokenCache<L>
where
    L: Fn(Call) -> F + Send + Sync,
    F: Future<Output = Result<Token>> + Send,
{
    async fn credential(&self, call: &Call) -> Result<Option<Credential>> {
        let mut kept = self.kept().await?;
        let Some((token, renew_at)) = kept.token.clone() else {
            return self.renew(call, &mut kept).await.map(Some);
        };
        let now = call.clock().now();
        if renew_at.is_none_or(|at| now < at) {
            return Ok(Some(token.credential));
        }
        match self.renew(call, &mut kept).await {
            // The old token is good for a few minutes yet.
            Err(error) if error.temporary && token.expires.is_none_or(|expires| now < expires) => {
                Ok(Some(token.credential))
            }
            renewed => renewed.map(Some),
        }
    }

    async fn replacement(&self, call: &Call, refused: &Credential) -> Result<Option<Credential>> {
        let mut kept = self.kept().await?;
        match &kept.token {
            // Somebody else's request was refused before ours, and the token replaced.
            Some((token, _)) if token.credential != *refused => Ok(Some(token.credential.clone())),
            _ => self.renew(call, &mut kept).await.map(Some),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    use futures::future::join_all;
    use jiff::SignedDuration;

    use super::{Token, TokenCache, renewal};
    use crate::http::tests::support::{TestClock, call_at};
    use crate::http::{Authorize, Credential};
    use crate::secret::Secret;
    use crate::{Call, Error, ErrorKind};

    fn numbered(number: u64) -> Credential {
        Credential::bearer(&Secret::new(format!("token-{number}")))
    }

    /// A cache whose logins take a second and give `token-1`, `token-2`, … for an hour, and the count of logins.
    fn cache(clock: Arc<TestClock>) -> (Arc<dyn Authorize>, Arc<AtomicU64>) {
        let logins = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&logins);
        let cache = TokenCache::new(move |_: Call| {
            let (counted, clock) = (Arc::clone(&counted), Arc::clone(&clock));
            async move {
                let number = counted.fetch_add(1, Ordering::Relaxed) + 1;
                tokio::time::sleep(Duration::from_secs(1)).await;
                Ok(Token { credential: numbered(number), expires: Some(clock.time() + SignedDuration::from_hours(1)) })
            }
        });
        (Arc::new(cache), logins)
    }

    #[tokio::test(start_paused = true)]
    async fn fifty_parallel_calls_sign_in_once() {
        let clock = Arc::new(TestClock::default());
        let (cache, logins) = cache(Arc::clone(&clock));
        let call = call_at(clock);
        let got = join_all((0..50).map(|_| cache.credential(&call))).await;
        assert!(got.into_iter().all(|credential| credential.unwrap() == Some(numbered(1))));
        assert_eq!(logins.load(Ordering::Relaxed), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn fifty_refused_calls_sign_in_once_more() {
        let clock = Arc::new(TestClock::default());
        let (cache, logins) = cache(Arc::clone(&clock));
        let call = call_at(clock);
        let refused = cache.credential(&call).await.unwrap().unwrap();
        let got = join_all((0..50).map(|_| cache.replacement(&call, &refused))).await;
        assert!(got.into_iter().all(|credential| credential.unwrap() == Some(numbered(2))));
        assert_eq!(logins.load(Ordering::Relaxed), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_renewed_six_minutes_before_its_end() {
        let clock = Arc::new(TestClock::default());
        let (cache, _) = cache(Arc::clone(&clock));
        let call = call_at(Arc::clone(&clock));
        cache.credential(&call).await.unwrap();
        clock.advance(SignedDuration::from_secs(3_600 - 361));
        assert_eq!(cache.credential(&call).await.unwrap(), Some(numbered(1)));
        clock.advance(SignedDuration::from_secs(1));
        assert_eq!(cache.credential(&call).await.unwrap(), Some(numbered(2)));
    }

    #[test]
    fn a_short_lived_token_is_used_for_three_quarters_of_its_life() {
        let now = "2026-11-20T10:00:00Z".parse().unwrap();
        let renewed = renewal(now, now + SignedDuration::from_secs(120));
        assert_eq!(renewed, now + SignedDuration::from_secs(90));
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_login_fails_all_who_waited_and_none_who_come_later() {
        let logins = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&logins);
        let cache = TokenCache::new(move |_: Call| {
            let number = counted.fetch_add(1, Ordering::Relaxed) + 1;
            async move {
                tokio::time::sleep(Duration::from_secs(1)).await;
                if number == 1 {
                    return Err(Error::unavailable("no login now"));
                }
                Ok(Token { credential: numbered(number), expires: None })
            }
        });
        let call = call_at(Arc::default());
        let got = join_all((0..50).map(|_| cache.credential(&call))).await;
        assert!(got.into_iter().all(|credential| credential.unwrap_err().message == "no login now"));
        assert_eq!(logins.load(Ordering::Relaxed), 1);
        assert_eq!(cache.credential(&call).await.unwrap(), Some(numbered(2)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_cancelled_login_is_taken_over_by_the_next_in_line() {
        let logins = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&logins);
        let cache = TokenCache::new(move |_: Call| {
            let number = counted.fetch_add(1, Ordering::Relaxed) + 1;
            async move {
                tokio::time::sleep(Duration::from_secs(1)).await;
                if number == 1 {
                    Err(Error::cancelled())
                } else {
                    Ok(Token { credential: numbered(number), expires: None })
                }
            }
        });
        let call = call_at(Arc::default());
        let (first, second) = tokio::join!(cache.credential(&call), cache.credential(&call));
        assert_eq!(first.unwrap_err().kind, ErrorKind::Cancelled);
        assert_eq!(second.unwrap(), Some(numbered(2)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_valid_token_outlives_a_renewal_that_fails() {
        let clock = Arc::new(TestClock::default());
        let (logins, end) = (AtomicU64::new(0), clock.time() + SignedDuration::from_hours(1));
        let cache = TokenCache::new(move |_: Call| {
            let first = logins.fetch_add(1, Ordering::Relaxed) == 0;
            async move {
                if first {
                    Ok(Token { credential: numbered(1), expires: Some(end) })
                } else {
                    Err(Error::unavailable("no login now"))
                }
            }
        });
        let call = call_at(Arc::clone(&clock));
        cache.credential(&call).await.unwrap();
        clock.advance(SignedDuration::from_mins(58));
        assert_eq!(cache.credential(&call).await.unwrap(), Some(numbered(1)));
        clock.advance(SignedDuration::from_mins(2));
        assert_eq!(cache.credential(&call).await.unwrap_err().message, "no login now");
    }
}
