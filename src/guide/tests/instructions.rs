//! What the server tells a client about itself.

use super::*;

#[test]
fn the_first_512_characters_of_the_instructions_stand_alone() {
    let first = INSTRUCTIONS.lines().next().unwrap();

    // The empty line behind it too.
    assert!(first.chars().count() <= 510 && first.ends_with('.'));
    let offered = tools().into_iter().filter(|tool| tool.category.is_none_or(|name| !OPT_IN.contains(&name)));
    for tool in offered {
        assert!(first.contains(tool.name), "{} is not in it", tool.name);
    }
    for word in ["MLflow", "ClearML", "Read-only", "one server entry", "invocation id", "last failed"] {
        assert!(first.contains(word), "{word} is not in it");
    }
}

#[test]
fn instructions_end_with_the_names_of_the_trackers() {
    assert!(instructions(&["lab", "mlflow"]).ends_with("\n- Configured trackers: lab, mlflow.\n"));
    assert!(instructions(&[]).ends_with("No tracker is configured yet: list_trackers says what to set.\n"));
}

#[test]
fn many_trackers_do_not_break_the_limit_of_the_instructions() {
    let names: Vec<_> = (0..1_000).map(|n| format!("a_rather_long_tracker_name_{n:05}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();

    let text = instructions(&names);
    let shown = text.matches("a_rather_long_tracker_name_").count();

    assert!(text.len() <= INSTRUCTIONS_LIMIT, "{} bytes", text.len());
    assert!(shown > 0 && text.ends_with(&format!(" and {} more.\n", 1_000 - shown)), "{shown} shown");
}
