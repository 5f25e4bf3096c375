//! Our MLflow backend in front of the double, as configured by an environment.

use std::sync::Arc;

use backends::call::Clock;
use backends::model::{Page, Parts, Run};
use backends::query::Order;
use backends::settings::Environment;
use backends::tracker::{ProjectScope, RunQuery};
use backends::{Call, Tracker};
use jiff::Timestamp;
use serde_json::{Map, Value};
use tracker_mcp::config::Config;
use tracker_mcp::dispatch::{self, Reply};

use crate::mlflow_double::Double;
use crate::populations::now;

/// A clock that stands still at the time of the populations.
pub(crate) struct Standing;

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        now()
    }

    fn jitter(&self) -> f64 {
        0.0
    }
}

/// A call of nobody in particular.
pub(crate) fn call() -> Call {
    Call::new("test", Arc::new(Standing))
}

/// The configuration of somebody who set the double's address and signs in as ada.
pub(crate) fn config(double: &Double) -> Config {
    let variables =
        [("MLFLOW_TRACKING_URI", double.url()), ("MLFLOW_TRACKING_USERNAME", "ada"), ("MLFLOW_TRACKING_PASSWORD", "x")];
    Config::discover(&Environment::of(&variables, None))
}

/// The one tracker of it.
pub(crate) fn tracker(double: &Double) -> Arc<dyn Tracker> {
    config(double).trackers.all()[0].tracker.clone().unwrap()
}

/// All runs of all projects, the newest first.
pub(crate) fn query() -> RunQuery {
    RunQuery {
        projects: ProjectScope::All,
        text: None,
        filter: None,
        order: Order::default(),
        include_archived: false,
        parts: Parts::NONE,
        limit: 1_000,
        cursor: None,
    }
}

/// Every run that the server has, deleted ones too.
pub(crate) async fn everything(tracker: &dyn Tracker) -> Vec<Run> {
    tracker.search_runs(&call(), &RunQuery { include_archived: true, ..query() }).await.unwrap().rows
}

/// Ids in the order of the rows.
pub(crate) fn ids<'a>(rows: impl IntoIterator<Item = &'a Run>) -> Vec<String> {
    rows.into_iter().map(|run| run.id.to_string()).collect()
}

/// All pages, each with the next of the limits, which go round.
pub(crate) async fn pages(
    tracker: &dyn Tracker,
    query: &RunQuery,
    limits: &[usize],
) -> backends::Result<Vec<Page<Run>>> {
    let mut pages: Vec<Page<Run>> = Vec::new();
    let mut query = query.clone();
    for limit in limits.iter().cycle().take(200) {
        query.limit = *limit;
        let page = tracker.search_runs(&call(), &query).await?;
        query.cursor.clone_from(&page.next);
        pages.push(page);
        if query.cursor.is_none() {
            return Ok(pages);
        }
    }
    panic!("the pages do not end: {pages:?}");
}

/// Calls a tool through the door that all calls take.
pub(crate) async fn ask(config: &Config, tool: &str, arguments: Value) -> Reply {
    ask_in(config, call(), tool, arguments).await
}

/// The same within a call of one's own.
pub(crate) async fn ask_in(config: &Config, call: Call, tool: &str, arguments: Value) -> Reply {
    let Value::Object(arguments) = arguments else { panic!("arguments are an object") };
    let arguments: Map<String, Value> = arguments;
    dispatch::call(config.policy, Arc::clone(&config.trackers), call, tool, arguments).await.unwrap()
}
