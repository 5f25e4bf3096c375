use super::*;

fn read(text: &str) -> Filter {
    Filter::parse_traces(text, "2026-11-20T09:30:00Z".parse().unwrap()).unwrap()
}

fn asked(text: &str) -> String {
    let parted = parted(Some(&read(text))).unwrap();
    parted.needed.iter().chain(&parted.useful).cloned().collect::<Vec<_>>().join(" AND ")
}

#[test]
fn what_mlflow_can_say_is_asked_of_it() {
    for (text, clause) in [
        ("status = 'failed'", "trace.status = 'ERROR'"),
        ("trace.status in ('OK', 'IN_PROGRESS')", "trace.status IN ('OK', 'IN_PROGRESS')"),
        ("name = \"it's\"", "trace.name = \"it's\""),
        ("session = 's'", "metadata.`mlflow.trace.session` = 's'"),
        ("metadata.mlflow.trace.session = 's'", "metadata.`mlflow.trace.session` = 's'"),
        ("tags.`a b` like 'x%'", "tags.`a b` LIKE 'x%'"),
        ("duration > 0.1", "trace.execution_time_ms > 100"),
        ("attributes.execution_time_ms <= 100.5", "trace.execution_time_ms <= 101"),
        ("started >= '2026-11-20T09:00:00Z'", "trace.timestamp_ms >= 1795165200000"),
        ("feedback.correct = true", "feedback.`correct` = 'true'"),
        ("span.name = 'a' and span.status = 'error'", "span.name = 'a' AND span.status = 'ERROR'"),
        ("span.type not in ('LLM')", "span.type NOT IN ('LLM')"),
        ("span.attributes.k = 3", "span.attributes.`k` LIKE ': \"3\"'"),
        ("text ilike '%timeout%'", "trace.text ILIKE '%timeout%'"),
    ] {
        assert_eq!(asked(text), clause, "{text}");
    }
}

#[test]
fn what_only_widens_is_checked_here() {
    for text in ["tokens > 100", "name != 'a'", "feedback.correct is null", "name = 'a' or name = 'b'", "name = 'a\\b'"]
    {
        let parted = parted(Some(&read(text))).unwrap();
        assert!(parted.useful.is_empty() && !parted.exact && parted.checked.is_some(), "{text}");
    }
    let parted = parted(Some(&read("status = 'failed' and name like 'a%'"))).unwrap();
    assert!(!parted.exact && parted.useful.len() == 2);
    assert!(super::parted(Some(&read("status = 'failed'"))).unwrap().exact);
}

#[test]
fn what_nobody_can_check_is_refused() {
    for (text, words) in [
        ("span.name = 'a' or name = 'b'", "joined by and"),
        ("not span.name = 'a'", "joined by and"),
        ("text = 'a'", "text like '%timeout%'"),
        ("span.attributes.k > 3", "span.attributes.k = 3"),
        ("span.name is null", "span.name = 'retrieve'"),
    ] {
        let error = parted(Some(&read(text))).unwrap_err();
        assert!(error.message.contains(words), "{text}: {error}");
    }
}

#[test]
fn an_order_that_mlflow_has_not_is_made_here() {
    let of = |text: &str| order(&Order::parse_traces(text).unwrap());
    assert_eq!(of("duration desc").as_deref(), Some("execution_time_ms DESC"));
    assert_eq!(of("").as_deref(), Some("timestamp_ms DESC"));
    assert_eq!(of("tokens desc"), None);
}
