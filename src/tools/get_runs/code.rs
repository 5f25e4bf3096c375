//! The code of a run: where it comes from, its packages, and what was changed and not committed.

use backends::model::Code;
use serde_json::json;

use crate::references::RunRef;
use crate::render::{Answer, Cell, Keep};
use crate::tools::uncommitted::come_to;

/// Packages that are shown.
const PACKAGES: usize = 200;
/// Lines of the uncommitted changes that are shown of one run, and characters of them.
const DIFF: (usize, usize) = (40, 4_000);

/// Adds the code of a run; of one alone the beginning of its uncommitted changes too.
pub(super) fn shown(answer: Answer, run: &RunRef, code: &Code, several: bool) -> Answer {
    let packages = code.packages.iter().take(PACKAGES).map(|package| Cell::foreign(package)).collect();
    let foreign = |text: &Option<String>| Cell::from(text.as_deref().map(Cell::foreign));
    let section = Answer::new()
        .fact("commit", foreign(&code.commit))
        .fact("branch", foreign(&code.branch))
        .fact("repository", foreign(&code.repository))
        .fact("entry_point", foreign(&code.entry_point))
        .fact("uncommitted", code.diff.as_deref().map(|diff| Cell::foreign(&come_to(diff))))
        .fact("packages", Cell::List(packages));
    let more = code.packages.len().saturating_sub(PACKAGES);
    let section = if more > 0 { section.fact("more_packages", more) } else { section };
    let answer = answer.section("code", section);
    match &code.diff {
        Some(diff) if !several => uncommitted(answer, run, diff),
        _ => answer,
    }
}

fn uncommitted(answer: Answer, run: &RunRef, diff: &str) -> Answer {
    let lines = diff.lines().count();
    let beginning: Vec<&str> = diff.lines().take(DIFF.0).collect();
    let beginning = beginning.join("\n");
    let cut = lines > DIFF.0 || beginning.chars().count() > DIFF.1;
    let answer = answer.foreign("uncommitted_changes", format!("run {}", run.text()), &beginning, DIFF.1, Keep::Start);
    if !cut {
        return answer;
    }
    let whole = if run.tracker.capabilities().configuration_objects {
        format!("; all of it: read_artifact {}", json!({"runs": [run.text()], "path": "code/uncommitted.diff"}))
    } else {
        String::new()
    };
    answer.note(format!("uncommitted_changes is the beginning of {lines} lines{whole}"))
}
