//! Which guide is meant, and the index of all.

use super::*;

#[test]
fn a_guide_is_found_by_name_in_any_spelling_by_address_and_by_its_beginning() {
    let tools = tools();
    for (asked, name) in [
        ("filters", "filters"),
        (" Search-Runs ", "search_runs"),
        ("get runs", "get_runs"),
        ("guide://topics/terms", "terms"),
        ("filter", "filters"),
        ("runs", "runs"),
        ("project", "projects"),
    ] {
        assert_eq!(find(asked, &tools).map(|guide| guide.name), Ok(name), "{asked}");
    }
}

#[test]
fn an_unknown_guide_is_answered_with_the_nearest_and_a_call_that_works() {
    let tools = tools();

    let error = find("fliters", &tools).unwrap_err();

    assert_eq!(error.kind, backends::ErrorKind::NotFound);
    assert!(error.message.starts_with("there is no guide `fliters`; the nearest are filters"), "{}", error.message);
    assert!(error.message.ends_with(r#"call get_guide {"topic": "filters"}"#), "{}", error.message);
}

#[test]
fn a_guide_like_no_other_is_answered_with_all_names() {
    let message = find("qqq", &tools()).unwrap_err().message;

    for name in ["search_runs", "server", "safety", "get_guide {}"] {
        assert!(message.contains(name), "{message}");
    }
}

#[test]
fn an_ambiguous_beginning_is_not_guessed() {
    let message = find("get_", &tools()).unwrap_err().message;

    assert!(message.contains("get_guide") && message.contains("get_runs"), "{message}");
}

#[test]
fn the_index_names_every_guide_once_with_its_summary() {
    let tools = tools();

    let index = index(&tools).unwrap();

    for guide in all(&tools).unwrap() {
        assert_eq!(index.matches(&format!("`{}`: {}\n", guide.name, guide.summary)).count(), 1, "{}", guide.name);
    }
}

#[test]
fn the_index_leaves_out_categories_without_tools() {
    let only: Vec<_> = tools().into_iter().filter(|tool| tool.name == "get_guide").collect();

    let index = index(&only).unwrap();

    assert!(index.contains("## `server`") && !index.contains("## `runs`") && !index.contains("`search_runs`:"));
}
