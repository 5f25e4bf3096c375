//! The way in to one tracker: how many requests are under way, and whether it is worth asking at all.

use tokio::sync::{Semaphore, SemaphorePermit, watch};
use tokio::time::Instant;

use super::limits::Limits;
use crate::{Error, Result};

/// Permits of one tracker, and the mark that it is down.
#[derive(Debug)]
pub(super) struct Gate {
    permits: Semaphore,
    down: watch::Sender<Option<Down>>,
}

#[derive(Debug)]
struct Down {
    until: Instant,
    error: Error,
}

impl Down {
    fn lasts(&self) -> bool {
        Instant::now() < self.until
    }
}

impl Gate {
    pub(super) fn new(limits: &Limits) -> Self {
        Self { permits: Semaphore::new(limits.concurrent), down: watch::Sender::new(None) }
    }

    /// Waits for a permit. Fails at once, with the words that others were told, when the tracker is or gets marked down.
    pub(super) async fn enter(&self) -> Result<SemaphorePermit<'_>> {
        let mut changes = self.down.subscribe();
        tokio::select! {
            biased;
            down = changes.wait_for(|down| down.as_ref().is_some_and(Down::lasts)) => {
                let told = down.ok().and_then(|down| down.as_ref().map(|down| down.error.clone()));
                Err(told.unwrap_or_else(|| Error::bug("the mark of a tracker that is down was lost")))
            }
            permit = self.permits.acquire() => permit.map_err(|_| Error::bug("the permits of a tracker were closed")),
        }
    }

    /// Connecting failed: leave the tracker alone for a while and tell everybody who asks this error.
    pub(super) fn mark_down(&self, limits: &Limits, error: &Error) {
        self.down.send_if_modified(|down| {
            if down.as_ref().is_some_and(Down::lasts) {
                return false;
            }
            *down = Some(Down { until: Instant::now() + limits.down, error: error.clone() });
            true
        });
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures::FutureExt;

    use super::Gate;
    use crate::Error;
    use crate::http::limits::Limits;

    #[tokio::test(start_paused = true)]
    async fn a_ninth_request_waits_for_one_of_eight() {
        let gate = Gate::new(&Limits::PRODUCTION);
        let mut permits = Vec::new();
        for _ in 0..8 {
            permits.push(gate.enter().await.unwrap());
        }
        assert!(gate.enter().now_or_never().is_none());
        permits.pop();
        assert!(gate.enter().now_or_never().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_mark_fails_those_who_wait_and_those_who_come() {
        let gate = Gate::new(&Limits { concurrent: 1, ..Limits::PRODUCTION });
        let held = gate.enter().await.unwrap();
        let (waiting, ()) =
            tokio::join!(gate.enter(), async { gate.mark_down(&Limits::PRODUCTION, &Error::unavailable("gone")) });
        assert_eq!(waiting.unwrap_err().message, "gone");
        drop(held);
        assert_eq!(gate.enter().await.unwrap_err().message, "gone");
    }

    #[tokio::test(start_paused = true)]
    async fn a_mark_is_gone_after_ten_seconds() {
        let gate = Gate::new(&Limits::PRODUCTION);
        gate.mark_down(&Limits::PRODUCTION, &Error::unavailable("gone"));
        tokio::time::advance(Duration::from_millis(9_999)).await;
        assert!(gate.enter().await.is_err());
        tokio::time::advance(Duration::from_millis(2)).await;
        assert!(gate.enter().await.is_ok());
    }
}
