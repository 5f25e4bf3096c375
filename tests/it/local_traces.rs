//! The toolset `traces` on MLflow's local stores, as `tests/live/make_local.py --traces` had MLflow make them.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tracker_mcp::catalogue::find;
use tracker_mcp::policy::opt_in;

use crate::asking::Asker;
use crate::guide_examples::examples;
use crate::replay::Server;

/// Traces of the two projects.
const DEMO: usize = 4;
const ODD: usize = 61;

/// A store of either kind, and who asks it.
struct Lab {
    store: Server,
    asker: Asker,
    /// Whether it can look into spans.
    in_spans: bool,
}

impl Lab {
    fn of(store: Server, in_spans: bool) -> Self {
        let asker = Asker::configured(&format!(
            "[server]\ntoolsets = default, traces\n[tracker mlflow]\nkind = local\nurl = {}\n",
            store.uri()
        ));
        Self { store, asker, in_spans }
    }

    fn both() -> [Self; 2] {
        let database = Self::of(Server::store("local-traces-3.17.2"), true);
        [database, Self::of(Server::tree("tree-traces-3.17.2"), false)]
    }

    /// What a search finds, by the names in `ids.json`.
    async fn found(&self, arguments: Value) -> BTreeSet<String> {
        let answer = self.asker.ask("search_traces", arguments).await.answered();
        ids(&answer.structured).iter().map(|id| self.name(id)).collect()
    }

    fn name(&self, id: &str) -> String {
        let names = ["answered", "asked again", "failed", "large", "judged"];
        names.into_iter().find(|name| self.store.id(name) == id).unwrap_or(id).to_owned()
    }
}

/// The ids of a page.
fn ids(structured: &Value) -> Vec<String> {
    let rows = structured["traces"]["rows"].as_array().cloned().unwrap_or_default();
    rows.iter().map(|row| row[0].as_str().unwrap().trim_start_matches("mlflow:").to_owned()).collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test]
async fn every_example_of_the_guides_is_answered_in_as_many_questions_as_of_a_server() {
    for lab in Lab::both() {
        let off = examples().into_iter().filter(|(tool, _)| find(tool).is_some_and(|entry| opt_in(entry).is_some()));
        let mut ran = 0;
        for (tool, example) in off {
            let arguments = Value::Object(example.arguments);
            if !lab.in_spans && arguments.to_string().contains("span.") && tool == "search_traces" {
                let told = lab.asker.ask(tool, arguments).await.refused();
                assert!(told.contains("nothing is looked for within them"), "{told}");
                continue;
            }
            let asked = lab.asker.ask(tool, arguments).await;
            assert!(asked.requests <= 4, "{tool}: {} requests", asked.requests);
            let answer = asked.answered();
            assert!(!answer.text.contains("no trace fits"), "{}: {}", answer.question, answer.text);
            ran += 1;
        }
        assert_eq!(ran, if lab.in_spans { 6 } else { 5 });
    }
}

#[tokio::test]
async fn what_a_trace_tells_is_found_in_either_store() {
    for lab in Lab::both() {
        let small = ["answered", "asked again", "failed"];
        for (filter, names) in [
            ("status = 'failed'", &["failed"][..]),
            ("tags.env = 'ci'", &small),
            ("metadata.release = 'v 1' and user = 'ben'", &["asked again"]),
            ("session = 's-1'", &["answered", "asked again"]),
            ("name = 'batch' or status = 'failed'", &["large", "failed"]),
            ("feedback.correct = true", &["answered"]),
            ("feedback.correct is null", &["failed", "large"]),
            ("feedback.relevance > 0.5", &["answered"]),
            ("expectation.expected is not null", &["answered"]),
            ("tokens >= 150", &small),
            ("started > '1h' and name = 'batch'", &["large"]),
        ] {
            let found = lab.found(json!({"projects": ["traces demo"], "filter": filter})).await;
            assert_eq!(found, set(names), "{filter}");
        }
        for (filter, names) in [
            ("feedback.score = 5 and feedback.tone = 'yes' and not feedback.score = 4", &["judged"][..]),
            ("feedback.safe is null and feedback.safe is not null", &[]),
            ("expectation.length = 3", &["judged"]),
        ] {
            let found = lab.found(json!({"projects": ["traces odd"], "filter": filter})).await;
            assert_eq!(found, set(names), "{filter}");
        }
        assert_eq!(lab.found(json!({"run": "evaluation"})).await, set(&["answered"]));
        let linked = lab.found(json!({"run": "linked later"})).await;
        assert_eq!(linked, if lab.in_spans { set(&["judged"]) } else { set(&[]) });
        assert_eq!(lab.found(json!({"limit": 100})).await.len(), DEMO + ODD);
    }
}

#[tokio::test]
async fn what_only_spans_tell_is_found_in_a_database() {
    let lab = Lab::of(Server::store("local-traces-3.17.2"), true);
    let small = ["answered", "asked again", "failed"];
    for (filter, names) in [
        ("span.name = 'lookup' and span.status = 'failed'", &["failed"][..]),
        ("span.name = 'retrieve' and span.status = 'failed'", &[]),
        ("span.type = 'EMBEDDING'", &["large"]),
        ("span.name like 'part%'", &["large"]),
        ("span.name like 'PART%'", &[]),
        ("span.name ilike 'PART%'", &["large"]),
        ("span.name in ('embed', 'judged')", &["large", "judged"]),
        ("span.attributes.k = 3", &small),
        ("span.attributes.k = 4", &[]),
        ("span.attributes.word = \"it's ü\"", &["judged"]),
        ("span.attributes.mlflow.llm.model = 'gpt-4o-mini' and status = 'failed'", &["failed"]),
        ("text ilike '%NO ENTRY%'", &["failed"]),
        ("text like '%NO ENTRY%'", &[]),
    ] {
        assert_eq!(lab.found(json!({"filter": filter, "limit": 100})).await, set(names), "{filter}");
    }
    for (filter, words) in [
        ("span.name = 'x' or status = 'ok'", "may be joined by and"),
        ("span.attributes.k > 3", "span.attributes.k = 3"),
    ] {
        let told = lab.asker.ask("search_traces", json!({"filter": filter})).await.refused();
        assert!(told.contains(words), "{told}");
    }
}

#[tokio::test]
async fn pages_have_each_trace_once_in_every_order() {
    for lab in Lab::both() {
        let orders =
            ["started desc", "started asc", "duration desc", "duration asc", "tokens desc", "name asc", "status asc"];
        for order in orders {
            let (mut seen, mut cursor) = (Vec::new(), None::<String>);
            loop {
                let question =
                    json!({"projects": ["traces odd"], "order_by": order, "limit": 7, "cursor": cursor.clone()});
                let page = lab.asker.ask("search_traces", question).await.answered();
                seen.extend(ids(&page.structured));
                cursor = page.structured["next_cursor"].as_str().map(str::to_owned);
                if cursor.is_none() {
                    break;
                }
                assert!(seen.len() < 100, "{order} never ends");
            }
            let whole = json!({"projects": ["traces odd"], "order_by": order, "limit": 100});
            let whole = lab.asker.ask("search_traces", whole).await.answered();
            assert_eq!(seen, ids(&whole.structured), "{order}");
            assert_eq!((seen.len(), seen.iter().collect::<BTreeSet<_>>().len()), (ODD, ODD), "{order}");
        }
    }
}

#[tokio::test]
async fn both_stores_tell_of_a_trace_what_a_server_tells() {
    for lab in Lab::both() {
        let answer = lab.asker.ask("get_trace", json!({"trace": "last failed in traces demo"})).await.answered();
        let text = &answer.text;
        let place = |part: &str| text.find(part).unwrap_or_else(|| panic!("no {part} in {text}"));
        assert!(place("rag chain > lookup") < place("tokens: 150 (120 in, 30 out)"));
        assert!(place("ValueError: no entry for 'fail please'") < place("slowest_path"));
        assert!(!text.contains("AKIA") && !answer.structured.to_string().contains("AKIA"));
        assert!(text.contains("· generate") && !text.contains("Note:"), "{text}");

        let judged = lab.asker.ask("get_trace", json!({"trace": lab.store.id("judged")})).await.answered();
        let rows = judged.structured["assessments"]["rows"].as_array().unwrap();
        let verdicts: BTreeSet<(&str, &str)> =
            rows.iter().map(|row| (row[0].as_str().unwrap(), row[2].as_str().unwrap_or_default())).collect();
        let expected = [
            ("score", "5"),
            ("labels", "[\"a\",\"b\"]"),
            ("parts", "{\"a\":0.5}"),
            ("tone", "yes"),
            ("words", "[\"x\", \"y\"]"),
            ("length", "3"),
        ];
        assert!(expected.iter().all(|pair| verdicts.contains(pair)), "{verdicts:?}");
        assert!(judged.text.contains("DOWN: the judge is down"), "{}", judged.text);

        let large = lab.asker.ask("get_trace", json!({"trace": &lab.store.id("large")[..12]})).await.answered();
        assert_eq!(large.structured["span_count"], 40, "{}", large.text);
        let lost = lab.asker.ask("get_trace", json!({"trace": "where name = 'row 4'"})).await.answered();
        assert!(lost.text.contains("the spans cannot be read: the file in which they were kept"), "{}", lost.text);
        lab.asker.ask("get_trace", json!({"trace": format!("tr-{}", "1".repeat(32))})).await.refused();
    }
}

#[tokio::test]
async fn a_store_with_traces_of_an_older_kind_is_named_with_its_version() {
    let lab = Lab::of(Server::store("local-2.15.1"), true);
    let whole = format!("tr-{}", "1".repeat(32));
    for (tool, arguments) in [
        ("search_traces", json!({})),
        ("get_trace", json!({"trace": whole})),
        ("get_trace", json!({"trace": "tr-1111"})),
    ] {
        let told = lab.asker.ask(tool, arguments).await.refused();
        assert!(told.contains("MLflow 2.15.1") && told.contains("from stores of MLflow 3.2 on"), "{told}");
    }
}
