//! `tracker-mcp plot`

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use backends::Call;
use backends::call::Clock;
use clap::Args;
use serde_json::{Map, Value, json};

use super::print;
use crate::config::Config;
use crate::dispatch;

/// The longest name that a file is given unasked.
const LONGEST: usize = 60;

/// What is drawn, as `plot_metrics` has it, and where to.
#[derive(Args)]
pub(super) struct Wanted {
    /// Runs: ids, names, URLs, 'last 3', 'where FILTER'
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<String>,
    /// A metric by name or glob (may be repeated); scatter and sweep also params.NAME
    #[arg(long = "metric", alias = "metrics", value_name = "NAME")]
    metrics: Vec<String>,
    /// The x axis of curves: step, time or elapsed
    #[arg(long)]
    x: Option<String>,
    /// curves, bar, scatter or sweep
    #[arg(long)]
    kind: Option<String>,
    /// Logarithmic y axis
    #[arg(long)]
    log_y: bool,
    /// The file to write; without, one named after the picture, which overwrites none
    #[arg(long, value_name = "FILE.png")]
    out: Option<PathBuf>,
}

impl Wanted {
    fn arguments(&self) -> Map<String, Value> {
        let mut arguments = Map::new();
        arguments.insert("runs".to_owned(), json!(self.runs));
        arguments.insert("metrics".to_owned(), json!(self.metrics));
        arguments.insert("log_y".to_owned(), json!(self.log_y));
        arguments.extend(self.x.as_ref().map(|x| ("x".to_owned(), json!(x))));
        arguments.extend(self.kind.as_ref().map(|kind| ("kind".to_owned(), json!(kind))));
        arguments
    }
}

/// Draws a picture on the very same path as a client's, writes it to a file, and prints what the picture shows.
pub(super) async fn draw(config: Config, clock: Arc<dyn Clock>, wanted: &Wanted) -> Result<ExitCode, String> {
    let Config { trackers, policy, allowance, .. } = config;
    // What a client cannot show is no reason not to write a file.
    let policy = policy.with_images(true);
    let call = Call::new("stdio", clock).with_allowance(allowance);
    let reply = dispatch::call(policy, Arc::clone(&trackers), call, "plot_metrics", wanted.arguments()).await;
    let reply = reply.ok_or_else(|| dispatch::unknown_tool(policy, &trackers, "plot_metrics"))?;
    if reply.is_error {
        return Err(reply.text);
    }
    let picture = reply.images.first().ok_or("the answer has no picture")?;
    let path = wanted.out.clone().unwrap_or_else(|| free(Path::new(""), &stem(&picture.name)));
    std::fs::write(&path, &picture.bytes)
        .map_err(|error| format!("{} cannot be written ({}); say --out FILE.png", path.display(), error.kind()))?;
    print(&reply.text);
    let _ = writeln!(io::stderr(), "written: {}", path.display());
    Ok(ExitCode::SUCCESS)
}

/// A name for a file: words of the title, with `-` for what is not safe everywhere.
pub(super) fn stem(title: &str) -> String {
    let safe = |character: char| character.is_alphanumeric() || matches!(character, '_' | '.');
    let words = title.split(|character| !safe(character)).filter(|word| !word.is_empty());
    let name: String = words.collect::<Vec<_>>().join("-").chars().take(LONGEST).collect();
    let name = name.trim_matches(['.', '-']).to_owned();
    if name.is_empty() { "plot".to_owned() } else { name }
}

/// The first of `NAME.png`, `NAME-2.png`, … that is not there yet.
fn free(folder: &Path, stem: &str) -> PathBuf {
    let mut path = folder.join(format!("{stem}.png"));
    let mut number = 2;
    while path.exists() {
        path = folder.join(format!("{stem}-{number}.png"));
        number += 1;
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_after_the_picture_and_safely() {
        assert_eq!(stem("val/loss of 3 runs"), "val-loss-of-3-runs");
        assert_eq!(stem("../../etc/passwd"), "etc-passwd");
        assert_eq!(stem("· ·"), "plot");
        assert_eq!(stem(&"x".repeat(300)).len(), LONGEST);
    }

    #[test]
    fn a_file_that_is_there_is_not_overwritten_unasked() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(free(folder.path(), "a"), folder.path().join("a.png"));
        std::fs::write(folder.path().join("a.png"), "").unwrap();
        std::fs::write(folder.path().join("a-2.png"), "").unwrap();
        assert_eq!(free(folder.path(), "a"), folder.path().join("a-3.png"));
    }
}
