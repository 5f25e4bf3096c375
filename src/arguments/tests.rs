use super::lenient;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "runs": {"type": "array", "items": {"type": "string"}, "description": "ids"},
            "metric": {"type": "string"},
            "projects": {"type": "array", "items": {"type": "string"}},
            "filter": {"type": "string"},
            "status": {
                "type": "array",
                "items": {"type": "string", "enum": ["created", "queued", "running", "finished", "failed", "stopped"]}
            },
            "x": {"type": "string", "enum": ["step", "time", "elapsed"]},
            "limit": {"type": "integer", "minimum": 1, "maximum": 100},
            "points": {"type": "integer", "minimum": 0, "maximum": 500},
            "x_min": {"type": "number"},
            "log_y": {"type": "boolean"},
            "cursor": {"type": "string"}
        },
        "required": ["runs"],
        "additionalProperties": false
    })
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn read_by(schema: &Value, raw: Value) -> (Value, Vec<String>) {
    let (read, remarks) = lenient(schema, object(raw)).unwrap();
    (Value::Object(read), remarks)
}

/// What is read, with a run given so that none is missing.
fn read(mut raw: Value) -> (Value, Vec<String>) {
    raw["runs"] = json!(["r"]);
    let (mut read, remarks) = read_by(&schema(), raw);
    read.as_object_mut().unwrap().shift_remove("runs");
    (read, remarks)
}

fn refused(mut raw: Value) -> String {
    raw["runs"] = json!(["r"]);
    lenient(&schema(), object(raw)).unwrap_err().message
}

#[test]
fn null_and_empty_are_absent() {
    let raw = json!({"metric": null, "filter": "", "projects": [], "x": " ", "status": [null, ""], "nonsense": null});
    assert_eq!(read(raw), (json!({}), vec![]));
}

#[test]
fn one_text_is_a_list_of_one_and_a_list_in_a_text_is_a_list() {
    let runs = |raw: Value| read_by(&schema(), json!({ "runs": raw })).0["runs"].clone();
    assert_eq!(runs(json!("ab12cd")), json!(["ab12cd"]));
    assert_eq!(runs(json!("[\"a\", \"b\"]")), json!(["a", "b"]));
    assert_eq!(runs(json!("[ab]*")), json!(["[ab]*"]));
    assert_eq!(runs(json!("a,b")), json!(["a,b"]));
    assert_eq!(runs(json!(["a", null, 7])), json!(["a", "7"]));
    assert_eq!(runs(json!(12)), json!(["12"]));
}

#[test]
fn numbers_and_flags_may_be_written_as_text() {
    assert_eq!(read(json!({"limit": "20"})).0, json!({"limit": 20}));
    assert_eq!(read(json!({"limit": 20.0})).0, json!({"limit": 20}));
    assert_eq!(read(json!({"limit": " 20.0 "})).0, json!({"limit": 20}));
    assert_eq!(read(json!({"x_min": "0.5"})).0, json!({"x_min": 0.5}));
    assert_eq!(read(json!({"log_y": "True"})).0, json!({"log_y": true}));
    assert_eq!(read(json!({"metric": 1})).0, json!({"metric": "1"}));
    assert_eq!(read(json!({"metric": ["loss"]})).0, json!({"metric": "loss"}));
}

#[test]
fn words_are_read_in_any_case() {
    assert_eq!(read(json!({"x": "Elapsed"})), (json!({"x": "elapsed"}), vec![]));
}

#[test]
fn statuses_are_read_in_the_words_of_each_tracker() {
    let (read, remarks) = read(json!({"status": ["FAILED", "completed", "In Progress", "KILLED"]}));
    assert_eq!(read, json!({"status": ["failed", "finished", "running", "stopped"]}));
    assert_eq!(
        remarks,
        ["status completed read as finished", "status In Progress read as running", "status KILLED read as stopped"]
    );
}

#[test]
fn foreign_names_are_understood_and_said() {
    let raw =
        json!({"run_id": "a", "experiment_ids": ["1", "2"], "metric_name": "f1", "max_results": 5, "page_token": "t"});
    let (read, remarks) = read_by(&schema(), raw);
    assert_eq!(read, json!({"runs": ["a"], "metric": "f1", "projects": ["1", "2"], "limit": 5, "cursor": "t"}));
    assert_eq!(
        remarks,
        [
            "run_id read as runs",
            "experiment_ids read as projects",
            "metric_name read as metric",
            "max_results read as limit",
            "page_token read as cursor"
        ]
    );
}

#[test]
fn one_written_as_several_and_several_written_as_one_are_understood() {
    let (read, remarks) = read_by(&schema(), json!({"run": "a", "metrics": ["f1"], "project": "p"}));
    assert_eq!(read, json!({"runs": ["a"], "metric": "f1", "projects": ["p"]}));
    assert_eq!(remarks, ["run read as runs", "metrics read as metric", "project read as projects"]);
    let two = lenient(&schema(), object(json!({"runs": ["a"], "metrics": ["f1", "loss"]}))).unwrap_err();
    assert_eq!(two.message, "metrics takes one value, not 2");
}

#[test]
fn a_foreign_list_may_mean_a_single_thing() {
    let one = json!({"type": "object", "properties": {"run": {"type": "string"}}, "required": ["run"]});
    assert_eq!(read_by(&one, json!({"run_ids": ["a"]})).0, json!({"run": "a"}));
    let error = lenient(&one, object(json!({"run_ids": ["a", "b"]}))).unwrap_err();
    assert_eq!(error.message, "run_ids takes one value, not 2");
}

#[test]
fn an_alias_beside_its_name_must_say_the_same() {
    assert_eq!(read(json!({"top": 5, "limit": "5"})).0, json!({"limit": 5}));
    assert_eq!(
        refused(json!({"top": 6, "limit": 5})),
        "top means limit, and limit is given too, differently (6 and 5): give only limit"
    );
}

#[test]
fn an_unknown_name_is_refused_with_its_nearest_and_all_that_exist() {
    let message = refused(json!({"projecst": "a"}));
    assert!(message.starts_with("there is no argument projecst, nearest is projects; accepted are runs, metric, "));
    let none = json!({"type": "object", "properties": {}});
    let error = lenient(&none, object(json!({"a": 1}))).unwrap_err();
    assert_eq!(error.message, "there is no argument a; this tool takes no arguments");
}

#[test]
fn an_alias_of_something_that_the_tool_lacks_is_unknown() {
    let none = json!({"type": "object", "properties": {"topic": {"type": "string"}}});
    assert!(
        lenient(&none, object(json!({"run_id": "a"}))).unwrap_err().message.starts_with("there is no argument run_id")
    );
}

#[test]
fn what_is_missing_is_named_with_its_meaning() {
    for raw in [json!({}), json!({"runs": null}), json!({"runs": ""}), json!({"runs": []})] {
        assert_eq!(lenient(&schema(), object(raw)).unwrap_err().message, "runs is missing (ids)");
    }
}

#[test]
fn wrong_values_are_refused_with_what_is_accepted() {
    for (raw, message) in [
        (json!({"limit": "many"}), "limit is a whole number, not \"many\""),
        (json!({"limit": 2.5}), "limit is a whole number, not 2.5"),
        (json!({"x_min": "inf"}), "x_min is a number, not \"inf\""),
        (json!({"log_y": 1}), "log_y is true or false, not 1"),
        (json!({"metric": {"a": 1}}), "metric is a text, not {\"a\":1}"),
        (json!({"metric": ["a", "b"]}), "metric takes one value, not 2"),
        (json!({"x": "stepp"}), "x is one of step, time, elapsed, not \"stepp\", nearest is step"),
        (json!({"projects": [["a"]]}), "projects takes a plain list, not lists within it"),
        (json!({"points": 501}), "points is at least 0 and at most 500, not 501"),
        (json!({"points": -1}), "points is at least 0 and at most 500, not -1"),
        (json!({"limit": 0}), "limit is at least 1 and at most 100, not 0"),
    ] {
        assert_eq!(refused(raw), message);
    }
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let message = refused(json!({"limit": "many", "x": "foo", "nonsense": 1}));
    assert!(message.contains("limit is a whole number"));
    assert!(message.contains("x is one of"));
    assert!(message.contains("there is no argument nonsense"));
}

#[test]
fn a_limit_beyond_the_page_is_the_page() {
    let remark = "limit 1000 is more than a page holds, read as 100".to_owned();
    assert_eq!(read(json!({"limit": 1000})), (json!({"limit": 100}), vec![remark]));
}

#[test]
fn what_is_too_long_is_refused() {
    assert!(refused(json!({"filter": "x".repeat(20_001)})).contains("has 20001 characters"));
    assert!(refused(json!({"projects": vec!["a"; 1_001]})).contains("has 1001 elements"));
}

#[test]
fn a_bound_on_the_length_of_a_list_is_kept() {
    let pair = json!({
        "type": "object",
        "properties": {"runs": {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 3}}
    });
    let message = |runs: Value| lenient(&pair, object(json!({ "runs": runs }))).unwrap_err().message;
    assert_eq!(message(json!("a")), "runs takes at least 2, not 1");
    assert_eq!(message(json!(["a", "b", "c", "d"])), "runs takes at most 3, not 4");
}

#[test]
fn a_wrong_value_is_repeated_clean_and_short() {
    let message = refused(json!({ "x": format!("a\u{202e}b\n{}", "c".repeat(500)) }));
    assert!(message.contains("\"ab ccc") && message.contains("…(+") && message.len() < 300, "{message}");
}

#[test]
fn equal_questions_are_equal_whatever_their_order() {
    let (one, _) = read(json!({"limit": 5, "metric": "f1"}));
    let (other, _) = read(json!({"metric": "f1", "limit": "5"}));
    assert_eq!(one.to_string(), other.to_string());
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((".{0,4}", inner), 0..3)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn reading_what_was_read_changes_nothing(
        values in proptest::collection::vec((proptest::sample::select(vec![
            "runs", "metric", "status", "x", "limit", "points", "x_min", "log_y", "run_id", "top",
        ]), json()), 0..6)
    ) {
        let raw: Map<_, _> = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        if let Ok((once, _)) = lenient(&schema(), raw) {
            prop_assert_eq!(lenient(&schema(), once.clone()), Ok((once, vec![])));
        }
    }
}
