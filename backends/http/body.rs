//! Reading a body piece by piece, within its limits.

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use tokio::time::{Duration, Instant, timeout_at};

use super::trouble::Trouble;
use crate::Call;

/// A body under way. Its bytes are counted, decompressed, on the call.
pub(super) struct Body<'a> {
    pub(super) pieces: BoxStream<'static, Result<Bytes, Trouble>>,
    pub(super) call: &'a Call,
    /// The longest wait for a piece.
    pub(super) silence: Duration,
    /// When to stop in any case.
    pub(super) until: Instant,
}

impl Body<'_> {
    /// The next piece; `None` at the end.
    pub(super) async fn piece(&mut self) -> Result<Option<Bytes>, Trouble> {
        let silent_at = Instant::now() + self.silence;
        let piece = timeout_at(silent_at.min(self.until), self.pieces.next())
            .await
            .map_err(|_| if silent_at <= self.until { Trouble::Silent(self.silence) } else { Trouble::Unfinished })?;
        let piece = piece.transpose()?;
        self.call.count_bytes(piece.as_ref().map_or(0, |piece| piece.len() as u64));
        Ok(piece)
    }

    /// All of it, unless it is longer than `cap`: then nothing more is read.
    pub(super) async fn whole(mut self, cap: u64) -> Result<Bytes, Trouble> {
        let mut whole = Vec::new();
        while let Some(piece) = self.piece().await? {
            if (whole.len() + piece.len()) as u64 > cap {
                return Err(Trouble::TooLarge(cap));
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole.into())
    }

    /// At most `cap` bytes of it, and whether there are more: those are not waited for.
    pub(super) async fn at_most(mut self, cap: u64) -> Result<(Bytes, bool), Trouble> {
        let cap = usize::try_from(cap).unwrap_or(usize::MAX);
        let mut read = Vec::new();
        while let Some(piece) = self.piece().await? {
            let room = cap - read.len();
            if piece.len() > room {
                read.extend(piece.into_iter().take(room));
                return Ok((read.into(), true));
            }
            read.extend_from_slice(&piece);
        }
        Ok((read.into(), false))
    }

    /// Its beginning, as far as it comes: what a refusal says is worth having even if it breaks off.
    pub(super) async fn beginning(mut self, cap: usize) -> Bytes {
        let mut beginning = Vec::new();
        while let Ok(Some(piece)) = self.piece().await {
            beginning.extend(piece.into_iter().take(cap - beginning.len()));
            if beginning.len() == cap {
                break;
            }
        }
        beginning.into()
    }
}
