//! `tracker-mcp doctor`: the configuration with the source of every setting, then the way to each tracker step by step.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use backends::Call;
use backends::allowance::share;
use backends::call::Clock;
use backends::settings::Setting;
use backends::tracker::{ProjectQuery, Step};
use serde_json::{Value, json};

use super::{config as shown, print};
use crate::config::{Config, NAME};
use crate::render::redact;
use crate::trackers::Configured;

/// What was found of one tracker.
struct Examined<'a> {
    configured: &'a Configured,
    steps: Vec<Step>,
}

impl Examined<'_> {
    fn is_well(&self) -> bool {
        self.configured.tracker.is_ok() && self.steps.iter().all(|step| step.outcome.is_ok())
    }
}

/// Examines everything. Fails if something is wrong.
pub(super) async fn check(config: Config, clock: Arc<dyn Clock>, as_json: bool) -> Result<ExitCode, String> {
    let examinations =
        config.trackers.all().iter().map(|configured| examine(configured, &clock, share(config.allowance.time)));
    let examined = futures::future::join_all(examinations).await;
    let unused = unused_file(&config);
    let well = config.faults.is_empty() && !examined.is_empty() && examined.iter().all(Examined::is_well);
    if as_json {
        let trackers: Vec<Value> = examined.iter().map(in_json).collect();
        let file = config.file.as_ref().map(|file| file.display().to_string());
        let report = json!({"well": well, "config": file, "server": settings(&config.settings), "faults": config.faults, "trackers": trackers, "unused": unused});
        print(&redact(&report.to_string()));
    } else {
        shown::show(&config);
        examined.iter().for_each(|one| print(&redact(&in_text(one))));
        unused.iter().for_each(|line| print(line));
        if examined.is_empty() && config.faults.is_empty() {
            let error = config.trackers.asked(None).err().map(|problem| problem.to_string());
            print(&error.unwrap_or_default());
        }
    }
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The way to a tracker, then what only its own interface tells: sign-in, version, a real question.
async fn examine<'a>(configured: &'a Configured, clock: &Arc<dyn Clock>, patience: Duration) -> Examined<'a> {
    let Ok(tracker) = &configured.tracker else { return Examined { configured, steps: Vec::new() } };
    let call = Call::new("doctor", Arc::clone(clock)).with_deadline(patience);
    let mut steps = tracker.probe(&call).await;
    if steps.iter().all(|step| step.outcome.is_ok()) {
        let begun = Instant::now();
        let status = tracker.status(&call).await.map(|status| {
            let user = status.user.map(|user| format!(" as {user}")).unwrap_or_default();
            let version = status.version.map(|version| format!(", version {version}")).unwrap_or_default();
            format!("{}{user}{version}", status.sign_in)
        });
        let failed = status.is_err();
        steps.push(Step { name: "sign-in", took: begun.elapsed(), outcome: status });
        if !failed {
            let begun = Instant::now();
            let query = ProjectQuery { text: None, include_archived: false, limit: 1, cursor: None };
            let outcome = tracker.projects(&call, &query).await.map(|page| match page.rows.first() {
                Some(project) => format!("its latest project is {}", crate::render::one_line(&project.name, 60)),
                None => "it has no project yet".to_owned(),
            });
            steps.push(Step { name: "question", took: begun.elapsed(), outcome });
        }
    }
    Examined { configured, steps }
}

fn in_text(examined: &Examined<'_>) -> String {
    let Examined { configured, steps } = examined;
    let mut lines = vec![format!("{}:", configured.name)];
    if let Err(error) = &configured.tracker {
        lines.push(format!("  FAIL  settings  {error}"));
    }
    lines.extend(steps.iter().map(|step| {
        let (mark, words) = match &step.outcome {
            Ok(words) => ("ok  ", words.clone()),
            Err(error) => ("FAIL", error.to_string()),
        };
        format!("  {mark}  {:<8}  {:>6} ms  {words}", step.name, milliseconds(step.took))
    }));
    lines.push(String::new());
    lines.join("\n")
}

fn in_json(examined: &Examined<'_>) -> Value {
    let Examined { configured, steps } = examined;
    let steps = steps.iter().map(|step| {
        let (key, words) = match &step.outcome {
            Ok(words) => ("found", words.clone()),
            Err(error) => ("problem", error.to_string()),
        };
        json!({"step": step.name, "ok": step.outcome.is_ok(), "ms": step.took.as_secs_f64() * 1_000.0, key: words})
    });
    json!({
        "tracker": configured.name,
        "kind": configured.kind,
        "well": examined.is_well(),
        "problem": configured.tracker.as_ref().err().map(ToString::to_string),
        "settings": settings(&configured.settings),
        "warnings": configured.warnings,
        "steps": steps.collect::<Vec<_>>(),
    })
}

fn settings(settings: &[Setting]) -> Vec<Value> {
    let setting = |setting: &Setting| json!({"key": setting.key, "value": setting.value.to_string(), "source": setting.source.to_string()});
    settings.iter().map(setting).collect()
}

fn milliseconds(took: Duration) -> String {
    format!("{:.1}", took.as_secs_f64() * 1_000.0)
}

/// A server config in the working directory is never taken by itself: whoever wrote a cloned repository could have put it
/// there. It is only pointed out.
fn unused_file(config: &Config) -> Option<String> {
    let here = Path::new(NAME);
    let used = config.file.as_ref().and_then(|file| file.canonicalize().ok());
    let lies_here = here.is_file() && here.canonicalize().ok() != used;
    lies_here
        .then(|| format!("{NAME} lies in this folder and is not used; to use it: tracker-mcp --config {NAME} doctor"))
}
