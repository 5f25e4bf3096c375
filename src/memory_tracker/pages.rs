//! What its web pages show: `http://lab/runs/a` one run, `http://lab/runs/a,b` several side by side.

use backends::model::RunId;
use backends::tracker::{Located, Location};
use url::Url;

pub(super) fn located(url: &Url) -> Option<Location> {
    let ids: Vec<RunId> = url.path().strip_prefix("/runs/")?.split(',').map(RunId::new).collect();
    let what = match <[RunId; 1]>::try_from(ids) {
        Ok([id]) => Located::Run(id),
        Err(ids) => Located::Runs(ids),
    };
    Some(Location { what, same_host: url.host_str() == Some("lab") })
}
