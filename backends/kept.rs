//! What was read from the server a moment ago and is asked for again and again: kept for a minute.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::Result;

/// How long it is believed.
const LIFETIME: Duration = Duration::from_secs(60);

/// Values by the question that they answer.
pub(crate) struct Kept<T> {
    values: Mutex<HashMap<String, Reading<T>>>,
}

struct Reading<T> {
    read: Instant,
    value: Arc<T>,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { values: Mutex::default() }
    }
}

impl<T> Kept<T> {
    /// The value, at most a minute old and read at `not_before` or later (if given); else it is read with `read`, once
    /// for all who wait.
    pub(crate) async fn get(
        &self,
        question: &str,
        not_before: Option<Instant>,
        read: impl Future<Output = Result<T>>,
    ) -> Result<Arc<T>> {
        let mut values = self.values.lock().await;
        values.retain(|_, reading| reading.read.elapsed() < LIFETIME);
        if let Some(reading) = values.get(question)
            && not_before.is_none_or(|moment| reading.read >= moment)
        {
            return Ok(Arc::clone(&reading.value));
        }
        // What was made while it was read may be missing in it.
        let begun = Instant::now();
        let value = Arc::new(read.await?);
        values.insert(question.to_owned(), Reading { read: begun, value: Arc::clone(&value) });
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_value_is_read_again_after_a_minute_or_on_demand() {
        let (kept, count) = (Kept::default(), Cell::new(0));
        let read = async || -> Result<u32> {
            count.set(count.get() + 1);
            Ok(count.get())
        };

        let first = kept.get("a", None, read()).await.unwrap();
        let again = kept.get("a", None, read()).await.unwrap();
        let other = kept.get("b", None, read()).await.unwrap();
        tokio::time::advance(Duration::from_secs(1)).await;
        let newer = kept.get("a", Some(Instant::now()), read()).await.unwrap();
        tokio::time::advance(LIFETIME).await;
        let later = kept.get("a", None, read()).await.unwrap();

        assert_eq!([first, again, other, newer, later].map(|value| *value), [1, 1, 2, 3, 4]);
    }
}
