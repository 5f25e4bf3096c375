//! A body parsed while it comes: pieces go through a short queue to a parser on a thread of its own.

use std::io::{self, BufReader, Read};

use bytes::{Buf, Bytes};
use reqwest::header::HeaderMap;
use serde::de::DeserializeSeed;
use tokio::sync::mpsc;

use super::body::Body;
use super::cores::{CORES, Core};
use super::json::Fault;
use super::reply::is_html;
use super::trouble::Trouble;
use crate::Error;

/// Pieces that wait for the parser: few, so that a slow one holds the server back instead of filling the memory.
const QUEUED: usize = 4;
/// Bytes that the parser takes from a piece at once.
const BUFFER: usize = 16_384;

/// Why a body was not folded.
#[derive(Debug)]
pub(super) enum Unfolded {
    /// It did not come to its end.
    Trouble(Trouble),
    /// It is not what was expected.
    Fault(Fault),
}

/// Folds a JSON body of at most `cap` bytes into the seed's value.
///
/// When this is dropped, the parser finds its queue closed and ends; its outcome is lost.
pub(super) async fn fold<S, V>(mut body: Body<'_>, cap: u64, headers: &HeaderMap, seed: S) -> Result<V, Unfolded>
where
    S: for<'de> DeserializeSeed<'de, Value = V> + Send + 'static,
    V: Send + 'static,
{
    let first = body.piece().await.map_err(Unfolded::Trouble)?.unwrap_or_default();
    if is_html(headers, &first) {
        return Err(Unfolded::Fault(Fault::WebPage));
    }
    let (queue, pieces) = mpsc::channel(QUEUED);
    let mut parser = tokio::task::spawn_blocking(move || parse(seed, pieces));
    // Ends with the queue closed, which is the end of what the parser reads.
    let feeding = async move {
        let mut read = 0;
        let mut next = Some(first);
        while let Some(piece) = next {
            read += piece.len() as u64;
            if read > cap {
                return Err(Trouble::TooLarge(cap));
            }
            if queue.send(piece).await.is_err() {
                break;
            }
            next = body.piece().await?;
        }
        Ok(())
    };
    let parsed = tokio::select! {
        // A parser that ends first has found a fault: the rest need not come.
        parsed = &mut parser => parsed,
        fed = feeding => {
            fed.map_err(Unfolded::Trouble)?;
            parser.await
        }
    };
    let failed = || Trouble::Told(Error::bug("reading an answer failed inside; please report it"));
    let parsed = parsed.map_err(|_| Unfolded::Trouble(failed()))?;
    parsed.map_err(|error| {
        let empty = error.is_eof() && (error.line(), error.column()) == (1, 0);
        Unfolded::Fault(if empty { Fault::nothing() } else { Fault::of(&error) })
    })
}

fn parse<S: for<'de> DeserializeSeed<'de, Value = V>, V>(
    seed: S,
    pieces: mpsc::Receiver<Bytes>,
) -> serde_json::Result<V> {
    let reader = BufReader::with_capacity(BUFFER, Pieces { pieces, rest: Bytes::new(), core: None });
    let mut parser = serde_json::Deserializer::from_reader(reader);
    let value = seed.deserialize(&mut parser)?;
    parser.end()?;
    Ok(value)
}

/// The pieces as one stream of bytes, for a thread that may wait.
struct Pieces {
    pieces: mpsc::Receiver<Bytes>,
    rest: Bytes,
    /// Held while there is something to parse, and left to others while the next piece is awaited.
    core: Option<Core<'static>>,
}

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.rest.is_empty() {
            self.core = None;
            match self.pieces.blocking_recv() {
                Some(piece) => self.rest = piece,
                None => return Ok(0),
            }
        }
        self.core.get_or_insert_with(|| CORES.take());
        let length = self.rest.len().min(into.len());
        let (Some(from), Some(to)) = (self.rest.get(..length), into.get_mut(..length)) else { return Ok(0) };
        to.copy_from_slice(from);
        self.rest.advance(length);
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::{Receiver, channel};
    use std::time::Duration;

    use bytes::Bytes;
    use futures::{StreamExt, stream};
    use reqwest::header::HeaderMap;
    use serde::de::{DeserializeSeed, Deserializer, Error};
    use tokio::time::Instant;

    use super::{Body, QUEUED, fold};
    use crate::http::tests::support::call;

    /// Reads nothing until it is let go, and then nothing either.
    struct Held(Receiver<()>);

    impl<'de> DeserializeSeed<'de> for Held {
        type Value = ();

        fn deserialize<D: Deserializer<'de>>(self, _: D) -> Result<(), D::Error> {
            self.0.recv().map_err(D::Error::custom)?;
            Err(D::Error::custom("seen enough"))
        }
    }

    #[tokio::test]
    async fn a_parser_that_lags_holds_the_body_back() {
        let call = call();
        let taken = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&taken);
        let pieces = stream::repeat_with(move || {
            counted.fetch_add(1, Ordering::Relaxed);
            Ok(Bytes::from_static(b"   "))
        });
        let hour = Duration::from_secs(3_600);
        let body = Body { pieces: pieces.boxed(), call: &call, silence: hour, until: Instant::now() + hour };
        let (release, held) = channel();
        let headers = HeaderMap::new();
        let folding = fold(body, u64::MAX, &headers, Held(held));
        let watching = async {
            for _ in 0..1_000 {
                tokio::task::yield_now().await;
            }
            release.send(()).unwrap();
            taken.load(Ordering::Relaxed)
        };
        let (outcome, taken) = tokio::join!(folding, watching);
        assert!(outcome.is_err());
        // Those in the queue, and one that waits for its place there.
        assert!((1..=QUEUED + 1).contains(&taken), "{taken}");
    }
}
