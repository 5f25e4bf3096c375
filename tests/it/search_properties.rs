//! Whatever a server holds and whatever is asked: `search_runs` finds exactly what our own evaluation of the whole
//! finds, in exactly our order, on pages of any size.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;

use backends::model::{ProjectId, Run};
use backends::query::{Filter, Key, Order};
use backends::tracker::{Match, ProjectScope, Referent, RunQuery};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{TestCaseError, TestCaseResult};
use serde_json::{Value, json};

use crate::mlflow_double::{Double, Store, StoredRun, Version};
use crate::populations::{filters, now, orders, stores, tally, typed, versions};
use crate::tracker_of_double::{ask, call, config, everything, ids, pages, query, tracker};

/// Runs one case on a thread of its own clock and reactor.
fn run_case(case: impl Future<Output = TestCaseResult>) -> TestCaseResult {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(case)
}

/// An error is a counterexample, not a panic, so that it is made smaller in silence.
fn sound<T>(outcome: backends::Result<T>) -> Result<T, TestCaseError> {
    outcome.map_err(|error| TestCaseError::fail(error.to_string()))
}

fn cases(count: u32) -> ProptestConfig {
    ProptestConfig { max_shrink_iters: 1_000, failure_persistence: None, ..ProptestConfig::with_cases(count) }
}

/// A store with a question to it.
fn questions() -> impl Strategy<Value = (Version, Store, RunQuery)> {
    let archived = prop::bool::weighted(0.3);
    let scope = option::weighted(0.3, vec(1..6_u64, 1..4));
    (versions(), stores(), archived, scope).prop_flat_map(|(version, store, include_archived, scope)| {
        let filters = option::weighted(0.85, filters(&store));
        let texts = option::weighted(0.15, typed(&store));
        let orders = option::weighted(0.7, orders());
        (filters, texts, orders).prop_map(move |(filter, text, order)| {
            let existing = |id: &u64| store.experiments.iter().any(|one| one.id == *id);
            let projects = scope.as_ref().map_or(ProjectScope::All, |ids| {
                ProjectScope::Only(
                    ids.iter().filter(|id| existing(id)).map(|id| ProjectId::new(id.to_string())).collect(),
                )
            });
            let order = order.unwrap_or_default();
            (version, store.clone(), RunQuery { projects, text, filter, order, include_archived, ..query() })
        })
    })
}

/// What a person means by a text, in our own words.
fn is_meant(run: &Run, text: &str) -> bool {
    let prefix = text.len() >= 6 && run.id.as_str().starts_with(text);
    let invocation = run.tags.get("invocation_id").map(String::as_str) == Some(text)
        || run.params.get("invocation_id").map(String::as_str) == Some(text);
    run.name.to_lowercase().contains(&text.to_lowercase()) || prefix || invocation
}

/// The right answer: everything, evaluated and sorted here.
fn expected(all: &[Run], query: &RunQuery) -> Vec<Run> {
    let filter = query.filter.clone().map(|filter| filter.with_me("ada"));
    let archived_too = query.include_archived || filter.iter().flat_map(Filter::keys).any(|key| *key == Key::Archived);
    let fits = |run: &&Run| {
        let in_scope = match &query.projects {
            ProjectScope::All => true,
            ProjectScope::Only(ids) => ids.contains(&run.project.id),
        };
        in_scope
            && (archived_too || !run.archived)
            && query.text.as_deref().is_none_or(|text| is_meant(run, text))
            && filter.as_ref().is_none_or(|filter| filter.matches(run, now()))
    };
    let mut rows: Vec<Run> = all.iter().filter(fits).cloned().collect();
    rows.sort_by(|a, b| query.order.compare(a, b, now()));
    rows
}

fn asked_of(double: &Double) -> String {
    double.seen().iter().filter(|seen| seen.is_runs_search()).map(|seen| format!("\n{}", seen.body)).collect()
}

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn a_search_finds_what_our_own_evaluation_of_everything_finds_in_our_order((version, store, query) in questions()) {
        run_case(async {
            let double = Double::start(version, store).await;
            let tracker = tracker(&double);
            let all = everything(&*tracker).await;
            double.take_seen();

            let page = sound(tracker.search_runs(&call(), &query).await)?;

            let told = format!("filter {:?}, order {}{}", query.filter.as_ref().map(Filter::to_string), query.order, asked_of(&double));
            prop_assert_eq!(ids(&page.rows), ids(&expected(&all, &query)), "{}", told);
            prop_assert!(page.next.is_none() && page.notes.is_empty());
            Ok(())
        })?;
    }

    #[test]
    fn pages_of_any_size_give_every_run_once_in_the_same_order(
        (version, store, query) in questions(),
        limits in vec(1..=7_usize, 1..6),
    ) {
        run_case(async {
            let double = Double::start(version, store).await;
            let tracker = tracker(&double);
            let all = everything(&*tracker).await;

            let pages = sound(pages(&*tracker, &query, &limits).await)?;

            let paged: Vec<String> = pages.iter().flat_map(|page| ids(&page.rows)).collect();
            prop_assert_eq!(paged, ids(&expected(&all, &query)), "order {}{}", query.order, asked_of(&double));
            for (page, limit) in pages.iter().zip(limits.iter().cycle()) {
                prop_assert!(page.rows.len() <= *limit);
                prop_assert!(page.rows.len() == *limit || page.next.is_none(), "a page that is not full is the last");
            }
            Ok(())
        })?;
    }

    #[test]
    fn a_text_finds_names_beginnings_of_ids_and_invocations(
        (version, store, text) in (versions(), stores()).prop_flat_map(|(version, store)| {
            let texts = typed(&store);
            (Just(version), Just(store), texts)
        }),
    ) {
        run_case(async {
            let double = Double::start(version, store).await;
            let tracker = tracker(&double);
            let all = everything(&*tracker).await;
            let query = RunQuery { text: Some(text), ..query() };

            let page = sound(tracker.search_runs(&call(), &query).await)?;

            prop_assert_eq!(ids(&page.rows), ids(&expected(&all, &query)), "{:?}{}", query.text, asked_of(&double));
            Ok(())
        })?;
    }

    #[test]
    fn a_reference_resolves_to_exactly_what_it_may_mean(
        (version, store, text) in (versions(), stores()).prop_flat_map(|(version, store)| {
            let texts = typed(&store);
            (Just(version), Just(store), texts)
        }),
    ) {
        run_case(async {
            let double = Double::start(version, store.clone()).await;

            let found = tracker(&double).resolve(&call(), Referent::Run, &text).await;
            let found = sound(found)?;

            let found: BTreeMap<String, Match> = found.candidates.into_iter().map(|one| (one.id, one.matched)).collect();
            prop_assert_eq!(found, candidates(&store.runs, &text), "{:?}{}", text, asked_of(&double));
            Ok(())
        })?;
    }

    #[test]
    fn an_overview_counts_what_is_there((version, store) in (versions(), stores()), since in option::of(0..4_i64)) {
        run_case(async {
            let double = Double::start(version, store.clone()).await;
            let tracker = tracker(&double);
            let since = since.map(|seconds| now() - jiff::SignedDuration::from_secs(seconds));
            for experiment in &store.experiments {
                let id = ProjectId::new(experiment.id.to_string());

                let overview = sound(tracker.project(&call(), &id, since).await)?;

                let counted = |run: &&StoredRun| {
                    run.experiment == experiment.id
                        && (experiment.deleted || !run.deleted)
                        && since.is_none_or(|since| run.start >= since.as_millisecond())
                };
                let runs: Vec<&StoredRun> = store.runs.iter().filter(counted).collect();
                prop_assert_eq!(overview.counted, runs.len() as u64);
                prop_assert!(overview.complete);
                let counts = |counts: Vec<backends::model::Count>| -> BTreeMap<String, u64> {
                    counts.into_iter().map(|count| (count.name, count.runs)).collect()
                };
                prop_assert_eq!(counts(overview.metrics), tally(runs.iter().flat_map(|run| run.metrics.keys().cloned())));
                prop_assert_eq!(counts(overview.params), tally(runs.iter().flat_map(|run| run.params.keys().cloned())));
                let own = |key: &&String| !key.starts_with("mlflow.");
                prop_assert_eq!(counts(overview.by_tag), tally(runs.iter().flat_map(|run| run.tags.keys().filter(own).cloned())));
                prop_assert_eq!(counts(overview.by_status), tally(runs.iter().map(|run| our_word(run.status))));
                prop_assert_eq!(counts(overview.by_user), tally(runs.iter().map(|run| user(run))));
                let newest = runs.iter().map(|run| run.start).max();
                prop_assert_eq!(overview.last_started.map(|at| at.as_millisecond()), newest);
                let below = format!("{}/", experiment.name);
                let subs = store.experiments.iter().filter(|one| !one.deleted && one.name.starts_with(&below)).count();
                prop_assert_eq!(overview.sub_projects.len(), subs);
            }
            Ok(())
        })?;
    }
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn what_is_read_is_what_is_kept((version, store) in (versions(), stores())) {
        run_case(async {
            let double = Double::start(version, store.clone()).await;

            let all = everything(&*tracker(&double)).await;

            prop_assert_eq!(all.len(), store.runs.len());
            for kept in &store.runs {
                let run = all.iter().find(|run| run.id.as_str() == kept.id).unwrap();
                let project = store.experiments.iter().find(|one| one.id == kept.experiment).unwrap();
                prop_assert_eq!(&run.name, &kept.name);
                prop_assert_eq!((run.project.id.to_string(), &run.project.name), (project.id.to_string(), &project.name));
                prop_assert_eq!((run.archived, run.status.map(|status| status.word())), (kept.deleted, Some(our_word(kept.status))));
                prop_assert_eq!(run.started.map(|at| at.as_millisecond()), Some(kept.start));
                prop_assert_eq!(run.ended.map(|at| at.as_millisecond()), kept.end);
                prop_assert_eq!(&run.params, &kept.params);
                prop_assert_eq!(run.user.clone().unwrap_or("unknown".to_owned()), user(kept));
                let values = |values: Vec<(String, f64)>| values.into_iter().map(|(key, value)| (key, value.to_bits())).collect::<Vec<_>>();
                let read = run.metrics.iter().map(|(key, metric)| (key.clone(), metric.value)).collect();
                prop_assert_eq!(values(read), values(kept.metrics.clone().into_iter().collect()));
                for (key, value) in &kept.tags {
                    prop_assert_eq!(run.tag(key), Some(value.as_str()), "{}", key);
                }
            }
            Ok(())
        })?;
    }

    #[test]
    fn the_tool_pages_through_a_search_by_its_next_cursor(
        (version, store) in (versions(), stores()),
        order in orders(),
        filter in select(vec!["", "metrics.loss >= 0 or status = 'failed'", "params.`val loss` is null", "not user = me"]),
        limits in vec(1..=7_usize, 1..4),
    ) {
        run_case(async {
            let double = Double::start(version, store).await;
            let all = everything(&*tracker(&double)).await;
            let config = config(&double);
            let mut arguments = json!({"filter": filter, "order_by": order.to_string(), "columns": ["user"]});
            let filter = Filter::parse(filter, now()).unwrap();
            let order = Order::parse(&order.to_string()).unwrap();
            let expected = expected(&all, &RunQuery { filter: Some(filter), order: order.clone(), ..query() });
            // Nothing found, or an order by a metric that no row of a page has, may be an error: not the matter here.
            prop_assume!(!expected.is_empty());
            if let Some((Key::Metric(metric), _)) = order.0.first() {
                prop_assume!(expected.iter().all(|run| run.metrics.contains_key(metric)));
            }
            let mut found: Vec<String> = Vec::new();
            for limit in limits.iter().cycle() {
                arguments["limit"] = json!(limit);
                let reply = ask(&config, "search_runs", arguments.clone()).await;
                if reply.is_error {
                    return Err(TestCaseError::fail(reply.text));
                }
                let answer = reply.structured.unwrap();
                // A name that no run has may be another's, which is not the matter here either.
                prop_assume!(!answer["notes"].to_string().contains(" read as "));
                let rows = answer["runs"]["rows"].as_array().cloned().unwrap_or_default();
                found.extend(rows.iter().map(|row| row[0].as_str().unwrap().trim_start_matches("mlflow:").to_owned()));
                if answer["next_cursor"] == Value::Null {
                    break;
                }
                arguments["cursor"] = answer["next_cursor"].clone();
            }

            prop_assert_eq!(found, ids(&expected));
            Ok(())
        })?;
    }
}

/// What a reference may mean, by the contract: the exact id; else names (of active runs) and beginnings of ids; else
/// invocation ids (of active runs).
fn candidates(runs: &[StoredRun], text: &str) -> BTreeMap<String, Match> {
    let of = |matched: Match, fits: &dyn Fn(&StoredRun) -> bool| -> Vec<(String, Match)> {
        runs.iter().filter(|run| fits(run)).map(|run| (run.id.clone(), matched)).collect()
    };
    let exact = of(Match::Id, &|run| run.id == text);
    if !exact.is_empty() {
        return exact.into_iter().collect();
    }
    let mut found: BTreeMap<String, Match> =
        of(Match::Prefix, &|run| text.len() >= 6 && run.id.starts_with(text)).into_iter().collect();
    found.extend(of(Match::Name, &|run| !run.deleted && run.name == text));
    if found.is_empty() {
        let has = |pairs: &BTreeMap<String, String>| pairs.get("invocation_id").map(String::as_str) == Some(text);
        found.extend(of(Match::Invocation, &|run| !run.deleted && (has(&run.tags) || has(&run.params))));
    }
    found
}

fn our_word(status: &str) -> &'static str {
    match status {
        "RUNNING" => "running",
        "SCHEDULED" => "queued",
        "FINISHED" => "finished",
        "FAILED" => "failed",
        _ => "stopped",
    }
}

fn user(run: &StoredRun) -> String {
    let tag = run.tags.get("mlflow.user").cloned();
    let known = Some(run.user_id.clone()).filter(|user| !user.is_empty());
    known.or(tag).unwrap_or_else(|| "unknown".to_owned())
}

/// The populations hold what they promise: else the laws above would say little.
#[test]
fn the_populations_are_hostile_enough() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let drawn: Vec<_> = (0..60).map(|_| questions().new_tree(&mut runner).unwrap().current()).collect();
    let mut found = BTreeSet::new();
    for (_, store, query) in &drawn {
        for value in store.runs.iter().flat_map(|run| run.metrics.values()) {
            found.extend(
                [("NaN", value.is_nan()), ("inf", value.is_infinite())]
                    .iter()
                    .filter(|(_, is)| *is)
                    .map(|(name, _)| *name),
            );
        }
        found.extend(store.runs.iter().any(|run| run.end.is_none()).then_some("no end"));
        found.extend(store.runs.iter().any(|run| run.deleted).then_some("deleted"));
        if let Some(filter) = &query.filter {
            let read = Filter::parse(&filter.to_string(), now());
            assert!(read.is_ok(), "{filter}: {read:?}");
        }
        let matched = query.filter.is_some() && !expected_of(store, query).is_empty();
        found.extend(matched.then_some("a filter with rows"));
    }
    assert_eq!(found, BTreeSet::from(["NaN", "inf", "no end", "deleted", "a filter with rows"]));
}

fn expected_of(store: &Store, query: &RunQuery) -> Vec<String> {
    run_blocking(async {
        let double = Double::start(Version::V3_17, store.clone()).await;
        ids(&expected(&everything(&*tracker(&double)).await, query))
    })
}

fn run_blocking<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}
