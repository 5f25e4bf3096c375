//! A long series point by point: pages of `events.scalar_metrics_iter_raw`, each folded into the reduction and dropped.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use crate::model::{CurveSource, CurveWant, Reduction};
use crate::{Call, Error, Result};

use super::remarks::Remarks;
use super::whole::replaced;
use super::zeros::Zeros;
use super::{Found, Known, PAGE, is_part, key, point};
use crate::clearml::api::Api;
use crate::clearml::wire_events::RawPage;

/// What is kept of the call's time beyond what the page before took.
const RESERVE: Duration = Duration::from_secs(2);

/// How many points of all series were read, for whoever waits.
pub(super) struct Told {
    call: Call,
    points: AtomicU64,
}

impl Told {
    pub(super) fn new(call: &Call) -> Self {
        Self { call: call.clone(), points: AtomicU64::new(0) }
    }

    fn more(&self, points: u64, metric: &str) {
        let read = self.points.fetch_add(points, Ordering::Relaxed) + points;
        self.call.progress(read, None, &format!("{read} points read, now of {metric}"));
    }
}

/// One series to its end.
pub(super) async fn read(api: &Api, call: &Call, known: &Known<'_>, want: &CurveWant, told: &Told) -> Result<Found> {
    let mut reduction = Reduction::new(want, known.series.started);
    let mut zeros = Zeros::default();
    let body = json!({
        "task": known.series.run.as_str(),
        "metric": {"metric": known.title, "variants": [known.variant]},
        "key": key(want.axis),
        "batch_size": PAGE,
    });
    let (mut read, mut furthest, mut scroll) = (0, None, None::<String>);
    loop {
        call.check()?;
        let asked = Instant::now();
        let mut body = body.clone();
        if let (Some(scroll), Some(body)) = (scroll, body.as_object_mut()) {
            body.insert("scroll_id".to_owned(), json!(scroll));
        }
        let page = api.ask(call, "events.scalar_metrics_iter_raw", &body).await;
        let mut page: RawPage = page.map_err(|error| after(error, read))?;
        read += page.returned;
        told.more(page.returned, &known.series.metric);
        let before = furthest;
        for (x, value) in page.take(&known.variant).into_values() {
            // A page may begin anew: to the server the step 0 is no place to go on from.
            if before.is_none_or(|before| x > before) {
                let point = point(want.axis, x, value);
                zeros.see(&point);
                reduction.push(point);
                furthest = furthest.max(Some(x));
            }
        }
        // There are no more points than reports.
        let more = page.returned >= PAGE && furthest > before && known.metric.count.is_none_or(|count| read < count);
        scroll = page.scroll_id.filter(|_| more);
        if scroll.is_none() {
            break;
        }
        if call.time_left() < asked.elapsed() + RESERVE {
            return Err(Error::unavailable(format!(
                "more than {read} points of it, and the time of this call is over; ask for fewer series at once"
            )));
        }
    }
    let (statistics, samples) = reduction.finish();
    if statistics.extent.is_none() {
        return Ok(Found::default());
    }
    let replaced = if is_part(want) { Vec::new() } else { replaced(known, &statistics) };
    let remarks = Remarks { zeros: zeros.of(known.series), replaced, ..Remarks::default() };
    Ok(Found { curve: Some(known.curve(statistics, samples, CurveSource::Exact)), remarks })
}

/// An error on a later page says what had come before.
fn after(error: Error, read: u64) -> Error {
    if read == 0 { error } else { error.and(format!("{read} points of it had come")) }
}
