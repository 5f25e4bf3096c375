//! Histories of metrics: pages of `metrics/get-history`, each folded into the reduction while it comes, and dropped.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::StreamExt;
use tokio::time::Instant;

use crate::model::{Curve, CurveSource, CurveWant, Curves, Point, Reduction, Series};
use crate::{Call, Error, Result};

use super::api::Api;

/// Points of a page. 2.15 ignores it and sends everything at once.
pub(super) const PAGE: u64 = 10_000;
/// What is kept of the call's time beyond what the page before took.
const RESERVE: Duration = Duration::from_secs(2);

/// Reads and reduces the series side by side. One that cannot be read to its end, be it for want of time, is left out and
/// named in a note; if that is so with all of them, it is the error.
pub(super) async fn curves(api: &Api, call: &Call, series: &[Series], want: &CurveWant) -> Result<Curves> {
    let told = Told { call: call.clone(), points: Arc::default() };
    let reading: Vec<_> = series.iter().map(|one| read(api, call, one, want, &told)).collect();
    // More would only wait for their turn, in the time of their request.
    let at_once = api.requests_at_once();
    let outcomes: Vec<Result<Option<Curve>>> = futures::stream::iter(reading).buffered(at_once).collect().await;
    Curves::gathered(series.iter().zip(outcomes))
}

/// How many points of all series were read, for whoever waits.
#[derive(Clone)]
struct Told {
    call: Call,
    points: Arc<AtomicU64>,
}

impl Told {
    fn more(&self, points: u64, metric: &str) {
        let read = self.points.fetch_add(points, Ordering::Relaxed) + points;
        self.call.progress(read, None, &format!("{read} points read, now of {metric}"));
    }
}

/// One series to its end; `None` if it has no point.
async fn read(api: &Api, call: &Call, series: &Series, want: &CurveWant, told: &Told) -> Result<Option<Curve>> {
    let (run, metric) = (series.run.as_str(), series.metric.as_str());
    let mut reduction = Reduction::new(want, series.started);
    let mut token: Option<String> = None;
    let mut read = 0;
    loop {
        call.check()?;
        let asked = Instant::now();
        let sink = Sink { reduction, told: told.clone(), metric: metric.to_owned(), untold: 0 };
        let page = api.metric_history(call, run, metric, PAGE, token.as_deref(), sink).await;
        let page = page.map_err(|error| after(error, read))?;
        read += page.points;
        page.sink.told.more(page.sink.untold, metric);
        reduction = page.sink.reduction;
        // More than asked for: a server that knows no pages, and has sent everything.
        let all_at_once = page.points > PAGE;
        let next = page.next_page_token.filter(|next| !all_at_once && token.as_ref() != Some(next));
        token = match next {
            // A page without points would be followed by others for ever.
            Some(next) if page.points > 0 => Some(next),
            _ => break,
        };
        if call.time_left() < asked.elapsed() + RESERVE {
            return Err(Error::unavailable(format!(
                "more than {read} points of it, and the time of this call is over; ask for fewer series at once"
            )));
        }
    }
    let (statistics, samples) = reduction.finish();
    Ok(statistics.extent.is_some().then(|| Curve {
        run: series.run.clone(),
        metric: series.metric.clone(),
        statistics,
        samples,
        source: CurveSource::Exact,
    }))
}

/// An error on a later page says what had come before: how long a history is, is seen only by reading it.
fn after(error: Error, read: u64) -> Error {
    if read == 0 { error } else { error.and(format!("{read} points of it had come")) }
}

/// Where the points of a page go: into the reduction, with word of it now and then.
struct Sink {
    reduction: Reduction,
    told: Told,
    metric: String,
    untold: u64,
}

impl Extend<Point> for Sink {
    fn extend<I: IntoIterator<Item = Point>>(&mut self, points: I) {
        for point in points {
            self.reduction.push(point);
            self.untold += 1;
            if self.untold == PAGE {
                self.told.more(self.untold, &self.metric);
                self.untold = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests;
