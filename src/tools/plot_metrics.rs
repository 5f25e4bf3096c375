//! `plot_metrics`

mod bars;
mod board;
mod curves;
mod scatter;
mod sweep;

use backends::{Call, Capabilities, Error};
use bytes::Bytes;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::histories::{MOST_RUNS, X};
use crate::chart::{self, Chart};
use crate::problem::{Problem, Result};
use crate::render::{Answer, Image, one_line, redact};
use crate::tool::{Access, Tool};
use crate::trackers::Trackers;

/// `plot_metrics`
pub struct PlotMetrics;

/// Runs of one picture at most, where each is a bar, a dot or a line across axes.
const MOST: usize = 200;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// 1-20 (other kinds 200): id, name, URL, 'last 3', 'where FILTER'
    runs: Vec<String>,
    /// names, globs, params.lr for scatter; default the main ones
    #[serde(default)]
    metrics: Vec<String>,
    /// x axis
    #[serde(default)]
    x: X,
    /// bar: leaderboard; scatter: param against metric
    #[serde(default)]
    kind: Kind,
    /// logarithmic y axis
    log_y: Option<bool>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Kind {
    #[default]
    Curves,
    Bar,
    Scatter,
    Sweep,
}

impl Tool for PlotMetrics {
    const NAME: &'static str = "plot_metrics";
    const GUIDE: &'static str = include_str!("../../guides/tools/plot_metrics.md");
    const ACCESS: Access = Access::Read;
    type Input = Input;

    fn offered_by(capabilities: Capabilities) -> bool {
        capabilities.runs
    }

    async fn run(trackers: &Trackers, call: &Call, input: Input) -> Result<Answer> {
        check(&input)?;
        let log_y = input.log_y.unwrap_or_default();
        let Plot { chart, title, facts, notes } = match input.kind {
            Kind::Curves => curves::plot(trackers, call, &input).await?,
            Kind::Bar => bars::plot(&board::read(trackers, call, &input).await?, log_y)?,
            Kind::Scatter => scatter::plot(&board::read(trackers, call, &input).await?, log_y)?,
            Kind::Sweep => sweep::plot(&board::read(trackers, call, &input).await?)?,
        };
        // A large picture takes some tens of milliseconds: nothing else waits for it.
        let drawn = tokio::task::spawn_blocking(move || chart::draw(&chart)).await;
        let picture = drawn.map_err(|_| Error::bug("the picture could not be drawn (a bug of tracker-mcp)"))?;
        let image = Image::new(&title, "image/png", Bytes::from(picture.png), Some((chart::WIDTH, chart::HEIGHT)));
        Ok(facts.image(image).notes(picture.notes).notes(notes))
    }
}

/// What is drawn, and what is said beside it.
struct Plot {
    chart: Chart,
    title: String,
    /// What the picture shows, in numbers.
    facts: Answer,
    notes: Vec<String>,
}

fn check(input: &Input) -> Result<()> {
    let most = if input.kind == Kind::Curves { MOST_RUNS } else { MOST };
    if input.runs.len() > most {
        let count = input.runs.len();
        return Err(Error::bad_input(format!("{count} runs were named, at most {most} are drawn at once")).into());
    }
    let param = input.metrics.iter().find(|name| name.trim().starts_with("params."));
    if let (Kind::Curves | Kind::Bar, Some(param)) = (input.kind, param) {
        let shown = one_line(param, 80);
        let error = Error::bad_input(format!("'{shown}' is a param; params are drawn with kind scatter or sweep"));
        let next = json!({"runs": input.runs, "metrics": input.metrics, "kind": "scatter"});
        return Err(Problem::from(error).next("plot_metrics", next));
    }
    Ok(())
}

/// A text that others wrote, for a picture: one clean line without secrets.
fn foreign(text: &str) -> String {
    redact(&one_line(text, 200)).into_owned()
}

/// The part of an id that tells runs of the same name apart.
fn mark(id: &str) -> String {
    one_line(id, 100).chars().take(6).collect()
}

#[cfg(test)]
mod tests;
