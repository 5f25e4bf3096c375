//! What a caller is told who names a tool that is not there, or not for them.

use backends::Error;
use backends::nearest::nearest;
use backends::registry::KINDS;
use serde_json::json;

use crate::catalogue::{self, CATALOGUE};
use crate::policy::{self, Policy};
use crate::problem::{NextCall, Problem};
use crate::render;
use crate::tool::Entry;
use crate::trackers::Trackers;

/// Where the server config is, and how one is made.
const CONFIG: &str = "tracker-mcp config show says which file that is, tracker-mcp config example prints one to begin with, in \
                      which discover = yes keeps the trackers found without a file";

/// What to say to a caller who names a tool that is not there.
pub fn unknown_tool(policy: Policy, trackers: &Trackers, name: &str) -> String {
    if let Some(entry) = catalogue::find(name) {
        return not_offered(policy, trackers, entry).to_string();
    }
    let capabilities = trackers.capabilities();
    let near = nearest(name, CATALOGUE.iter().map(|entry| entry.name), 1);
    let near = near.first().and_then(|near| catalogue::find(near));
    let nearest = near.map(|near| match policy.offers(near, capabilities) {
        true => format!(" (nearest: {})", near.name),
        false => format!(" (nearest: {}, which is not offered)", near.name),
    });
    let names: Vec<&str> = policy.offered(capabilities).map(|entry| entry.name).collect();
    format!("no tool '{}'{}; there are {}", render::one_line(name, 60), nearest.unwrap_or_default(), names.join(", "))
}

/// Why a tool is not there for this caller, and what would bring it.
fn not_offered(policy: Policy, trackers: &Trackers, entry: &Entry) -> Problem {
    let capabilities = trackers.capabilities();
    let of_use = entry.offered_by(capabilities);
    let mut told = Vec::new();
    if !of_use {
        told.push(format!("the tool {} is not offered: {}", entry.name, lacks_tracker(trackers, entry)));
    }
    if policy.lacks(entry) {
        told.push(lacks_toolset(policy, entry, of_use));
    }
    let problem = Problem::from(Error::unsupported(format!("{}; {CONFIG}", told.join("; "))));
    if of_use {
        return problem;
    }
    let offered = |call: &NextCall| catalogue::find(call.tool).is_some_and(|tool| policy.offers(tool, capabilities));
    let next = entry.instead().filter(offered).unwrap_or(NextCall { tool: "list_trackers", arguments: json!({}) });
    problem.next(next.tool, next.arguments)
}

/// That none of the trackers has what a tool needs, and which would.
fn lacks_tracker(trackers: &Trackers, entry: &Entry) -> String {
    let there: Vec<String> = trackers.all().iter().map(|one| format!("{} ({})", one.name, one.kind)).collect();
    let fitting: Vec<&str> =
        KINDS.iter().filter(|kind| entry.offered_by(kind.capabilities)).map(|kind| kind.name).collect();
    format!(
        "no configured tracker has what it needs ({}); a section [tracker NAME] with kind = {} in the server config brings it",
        there.join(", "),
        fitting.join(" or ")
    )
}

/// That a tool's toolset is off, and the line that turns it on.
fn lacks_toolset(policy: Policy, entry: &Entry, alone: bool) -> String {
    let toolset = policy::category(entry);
    let subject =
        if alone { format!("the tool {} is off: it belongs to", entry.name) } else { "it belongs to".to_owned() };
    let why = if policy::opt_in(entry).is_some() {
        "which is offered only when it is asked for"
    } else {
        "which the line `toolsets` of the server config leaves out"
    };
    let line = policy.toolsets_with(toolset);
    format!(
        "{subject} the toolset {toolset}, {why}. Add the line `toolsets = {line}` below [server] in the server config"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tool::Access;
    use crate::trackers::{Configured, Limits};

    fn trackers(kinds: &[&'static str]) -> Trackers {
        let one = |kind: &&'static str| Configured {
            name: "lab".to_owned(),
            kind,
            settings: Vec::new(),
            warnings: Vec::new(),
            tracker: Err(Error::bad_input("not needed")),
            limits: Limits::default(),
        };
        Trackers::new(kinds.iter().map(one).collect())
    }

    fn told(toolsets: &[&'static str], kind: &'static str, tool: &str) -> String {
        let text = unknown_tool(Policy::new(Access::Read, toolsets), &trackers(&[kind]), tool);
        text.replace(&format!("; {CONFIG}"), "")
    }

    #[test]
    fn a_tool_that_no_tracker_can_use_is_told_with_the_kind_that_can_and_the_call_to_make_instead() {
        assert_eq!(
            told(&[], "mlflow", "list_queues"),
            "the tool list_queues is not offered: no configured tracker has what it needs (lab (mlflow)); a section \
             [tracker NAME] with kind = clearml in the server config brings it. Next: search_runs {\"status\":[\"queued\"]}"
        );
        // What is proposed is itself offered.
        assert!(told(&["models", "tasks"], "mlflow", "list_queues").ends_with("Next: list_trackers {}"));
    }

    #[test]
    fn a_tool_whose_toolset_is_off_is_told_with_the_line_that_turns_it_on() {
        for (toolsets, tool, line) in [
            (&[][..], "search_traces", "default, traces"),
            (&["runs"], "search_traces", "runs, traces"),
            (&["runs", "models"], "search_datasets", "runs, datasets, models"),
            (&["projects", "runs", "compare", "datasets", "models", "traces"], "wait_for_runs", "default, traces"),
        ] {
            let told = told(toolsets, "mlflow", tool);
            let begin = format!("the tool {tool} is off: it belongs to the toolset ");
            let end = format!("Add the line `toolsets = {line}` below [server] in the server config");
            assert!(told.starts_with(&begin) && told.ends_with(&end), "{told}");
        }
    }

    #[test]
    fn where_toolset_and_tracker_are_lacking_both_are_told() {
        let told = told(&[], "clearml", "get_trace");
        assert!(told.contains("kind = mlflow or databricks or local in the server config brings it"), "{told}");
        assert!(
            told.contains("; it belongs to the toolset traces, which is offered only when it is asked for"),
            "{told}"
        );
        assert!(told.contains("`toolsets = default, traces`") && told.ends_with("Next: list_trackers {}"), "{told}");
    }

    #[test]
    fn a_misspelt_name_of_a_tool_that_is_not_offered_is_told_so() {
        let told = told(&[], "mlflow", "list_queue");
        assert!(
            told.starts_with("no tool 'list_queue' (nearest: list_queues, which is not offered); there are "),
            "{told}"
        );
        assert!(!told.contains(", list_queues,"), "{told}");
    }
}
