//! Several trackers of several kinds behind one set of tools: each question in one call, and what one of them cannot
//! answer is a line in the answer of the others.

mod names;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::net::TcpListener;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::asking::{Answered, Asker};
use crate::replay::Server;

/// Nothing may take longer, however busy the machine is.
const SOON: Duration = Duration::from_secs(20);

/// Three servers with the same data, and those who ask all of them.
struct Lab {
    lab: Server,
    old: Server,
    cml: Server,
}

impl Lab {
    async fn start() -> Self {
        let lab = Server::start("mlflow-3.17.2").await;
        Self { lab, old: Server::start("mlflow-2.15.1").await, cml: Server::start("clearml-2.0.0").await }
    }

    /// The config of all three, and more.
    fn config(&self, more: &str) -> String {
        format!(
            "[tracker lab]\nkind = mlflow\nurl = {}\n[tracker old]\nkind = mlflow\nurl = {}\n{}{more}",
            self.lab.uri(),
            self.old.uri(),
            self.clearml()
        )
    }

    fn clearml(&self) -> String {
        let uri = self.cml.uri();
        format!(
            "[tracker cml]\nkind = clearml\nurl = {uri}\nweb_url = {uri}\nfiles_url = {uri}\n\
             access_key = tests-access-key\nsecret_key = tests-secret-key\n"
        )
    }

    /// The full reference of a run, by its place in `ids.json`.
    fn run(&self, tracker: &str, path: &str) -> String {
        let server = match tracker {
            "lab" => &self.lab,
            "old" => &self.old,
            _ => &self.cml,
        };
        format!("{tracker}:{}", server.id(path))
    }

    fn asker(&self) -> Asker {
        Asker::configured(&self.config(""))
    }

    /// Of an MLflow and a ClearML, beside a tracker that fails.
    fn asker_beside(&self, failing: &str) -> Asker {
        let lab = format!("[tracker lab]\nkind = mlflow\nurl = {}\n", self.lab.uri());
        Asker::configured(&format!("{lab}\n{}\n{failing}", self.clearml()))
    }
}

/// A tracker at this address.
fn mlflow(name: &str, address: impl std::fmt::Display) -> String {
    format!("[tracker {name}]\nkind = mlflow\nurl = http://{address}\n")
}

/// The trackers that rows are of.
fn trackers(answer: &Answered, table: &str, column: &str) -> BTreeSet<String> {
    let references = answer.words(table, column);
    references.iter().filter_map(|one| Some(one.split_once(':')?.0.to_owned())).collect()
}

fn all(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn told(answer: &Answered, sentence: &str) {
    let notes = answer.structured["notes"].as_array().into_iter().flatten().filter_map(Value::as_str);
    assert!(
        notes.clone().any(|note| note.contains(sentence)),
        "{sentence:?} is not in {:?}",
        notes.collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn the_best_run_by_accuracy_anywhere_is_one_call() {
    let lab = Lab::start().await;

    let answer = lab.asker().ask("rank_runs", json!({"metric": "accuracy", "limit": 3})).await.answered();

    let best = ["lab", "old", "cml"].map(|tracker| lab.run(tracker, "runs.child_1"));
    assert_eq!(answer.words("runs", "run").into_iter().collect::<BTreeSet<_>>(), BTreeSet::from(best));
    assert_eq!(answer.column("runs", "metrics.accuracy"), [json!(0.8), json!(0.8), json!(0.8)]);
    assert!(answer.structured["best"].as_str().unwrap().contains("highest of 30 finished runs"), "{}", answer.text);
    told(&answer, "metrics.accuracy read as metrics.accuracy/accuracy on cml");
    told(&answer, "last value: of the highest step (MLflow), of the last report (ClearML)");
}

#[tokio::test]
async fn what_is_peculiar_to_kinds_is_said_only_where_they_stand_in_one_table() {
    let lab = Lab::start().await;
    let of_one_kind = json!({"metric": "accuracy", "limit": 3, "projects": ["lab:*", "old:*"]});

    let answer = lab.asker().ask("rank_runs", of_one_kind).await.answered();

    assert_eq!(trackers(&answer, "runs", "run"), all(&["lab", "old"]));
    assert!(!answer.text.contains("last value:") && !answer.text.contains("names of"), "{}", answer.text);
}

#[tokio::test]
async fn an_mlflow_run_and_a_clearml_task_are_compared_in_one_call() {
    let lab = Lab::start().await;
    let runs = [lab.run("lab", "compare.baseline"), lab.run("cml", "compare.candidate")];

    let answer = lab.asker().ask("compare_runs", json!({"runs": runs})).await.answered();

    assert_eq!(answer.words("runs", "run"), runs);
    let metrics = answer.words("metrics", "metric");
    assert!(metrics.contains(&"recall".to_owned()) && !metrics.contains(&"recall/recall".to_owned()), "{metrics:?}");
    let at = metrics.iter().position(|name| name == "recall").unwrap();
    assert_eq!(
        [answer.column("metrics", "A")[at].clone(), answer.column("metrics", "B")[at].clone()],
        [json!(0.65), json!(0.6)]
    );
    assert!(answer.words("params", "param").contains(&"lr".to_owned()), "{}", answer.text);
    told(&answer, "names of cml are shown as other trackers have them: precision/precision as precision");
    told(&answer, "last value: of the highest step (MLflow), of the last report (ClearML)");
}

#[tokio::test]
async fn pages_of_all_trackers_are_merged_in_order_and_continued_to_the_end() {
    let lab = Lab::start().await;
    let asker = lab.asker();
    let question = json!({"order_by": "metrics.val_f1 desc", "columns": ["metrics.val_f1"], "limit": 60});
    let mut runs: Vec<String> = Vec::new();
    let mut values: Vec<f64> = Vec::new();
    let mut asked = question.clone();
    for page in 0.. {
        assert!(page < 10, "no end");
        let answer = asker.ask("search_runs", asked.clone()).await.answered();
        runs.extend(answer.words("runs", "run"));
        let head = if page == 0 { "metrics.val_f1" } else { "" };
        values.extend(answer.column("runs", head).iter().filter_map(Value::as_f64));
        let Some(cursor) = answer.structured["next_cursor"].as_str() else { break };
        asked["cursor"] = cursor.into();
    }

    let each: BTreeSet<&String> = runs.iter().collect();
    assert_eq!(each.len(), runs.len(), "a run came twice");
    let count = |tracker: &str| runs.iter().filter(|run| run.starts_with(&format!("{tracker}:"))).count();
    assert_eq!([count("lab"), count("old"), count("cml")].iter().sum::<usize>(), runs.len());
    assert!(count("lab") > 60 && count("lab") == count("old") && count("cml") > 60, "{} runs", runs.len());
    assert!(values.len() > 20 && values.is_sorted_by(|a, b| a >= b), "{values:?}");
}

#[tokio::test]
async fn a_whole_tracker_is_a_project() {
    let lab = Lab::start().await;
    for (projects, expected) in [
        (json!(["cml:*"]), all(&["cml"])),
        (json!(["lab:*", "cml:*"]), all(&["lab", "cml"])),
        (json!(["*"]), all(&["lab", "old", "cml"])),
    ] {
        let answer = lab.asker().ask("search_runs", json!({"projects": projects, "limit": 100})).await.answered();
        assert_eq!(trackers(&answer, "runs", "run"), expected, "{projects}");
    }
}

#[tokio::test]
async fn an_id_or_its_beginning_is_asked_of_all() {
    let lab = Lab::start().await;
    for tracker in ["lab", "old", "cml"] {
        let whole = lab.run(tracker, "runs.golden_0");
        let id = whole.split_once(':').unwrap().1;
        for text in [id, &id[..10]] {
            let answer = lab.asker().ask("get_runs", json!({"runs": [text]})).await.answered();
            assert_eq!(answer.structured["runs"][0]["run"], whole.as_str(), "{text}");
        }
    }
}

#[tokio::test]
async fn a_page_of_each_web_interface_is_recognised() {
    let lab = Lab::start().await;
    let (mlflow, clearml) = (lab.old.id("runs.child_0"), lab.cml.id("runs.child_0"));
    for (url, expected) in [
        (format!("{}/#/experiments/6/runs/{mlflow}", lab.old.uri()), format!("old:{mlflow}")),
        (format!("{}/projects/*/experiments/{clearml}/output/execution", lab.cml.uri()), format!("cml:{clearml}")),
    ] {
        let answer = lab.asker().ask("get_runs", json!({"runs": [url]})).await.answered();
        assert_eq!(answer.structured["runs"][0]["run"], expected.as_str());
    }
}

#[tokio::test]
async fn what_two_trackers_have_is_ambiguous_and_both_are_listed() {
    let lab = Lab::start().await;
    // The same server under two names, and a run and a project whose names all have.
    let twice = Asker::configured(&lab.config(&mlflow("twin", lab.lab.uri().trim_start_matches("http://"))));
    let id = lab.lab.id("runs.child_0");
    let page = format!("{}/#/experiments/6/runs/{id}", lab.lab.uri());
    for (tool, arguments, listed) in [
        ("get_runs", json!({"runs": [id]}), vec![format!("lab:{id}"), format!("twin:{id}")]),
        ("get_runs", json!({"runs": [page]}), vec![format!("lab:{id}"), format!("twin:{id}")]),
        (
            "get_runs",
            json!({"runs": ["sweep grandchild"]}),
            ["lab", "old", "cml"].map(|name| lab.run(name, "runs.grandchild")).to_vec(),
        ),
        (
            "get_project",
            json!({"project": "lineage"}),
            vec!["lab:6".to_owned(), "old:6".to_owned(), format!("cml:{}", lab.cml.id("experiments.lineage"))],
        ),
        ("search_runs", json!({"projects": ["lineage"]}), vec!["lab:6".to_owned()]),
    ] {
        let refused = twice.ask(tool, arguments).await.refused();
        assert!(refused.contains("may mean"), "{refused}");
        for one in listed {
            assert!(refused.contains(&one), "{one}: {refused}");
        }
    }
}

#[tokio::test]
async fn all_trackers_and_all_projects_are_listed_in_one_call() {
    let lab = Lab::start().await;

    let listed = lab.asker().ask("list_trackers", json!({})).await.answered();
    let projects = lab.asker().ask("list_projects", json!({"limit": 100})).await.answered();

    assert_eq!(listed.words("trackers", "tracker"), ["lab", "old", "cml"]);
    assert_eq!(listed.words("trackers", "kind"), ["mlflow", "mlflow", "clearml"]);
    assert_eq!(listed.words("trackers", "version"), ["3.17.2", "2.15.1", "2.0.0"]);
    assert_eq!(listed.column("trackers", "reachable"), [json!(true), json!(true), json!(true)]);
    assert_eq!(trackers(&projects, "projects", "project"), all(&["lab", "old", "cml"]));
}

/// Everything that goes to all trackers, beside one that fails: the others answer, and a line names the failure.
async fn the_others_answer(lab: &Lab, asker: &Asker, name: &str, line: &str) {
    let [run, task] = [lab.run("lab", "compare.baseline"), lab.run("cml", "compare.candidate")];
    let (id, beginning) = (lab.lab.id("runs.golden_0"), &lab.cml.id("runs.golden_0")[..10]);
    for (tool, arguments, table) in [
        ("list_projects", json!({"limit": 100}), "projects"),
        ("search_runs", json!({"limit": 10}), "runs"),
        ("search_runs", json!({"projects": ["lab:lineage", format!("{name}:lineage")]}), "runs"),
        ("search_runs", json!({"projects": ["vision/*"]}), "runs"),
        ("search_runs", json!({"projects": ["lab:*", format!("{name}:*")], "limit": 10}), "runs"),
        ("rank_runs", json!({"metric": "accuracy", "limit": 3}), "runs"),
        ("get_runs", json!({"runs": [id]}), "runs"),
        ("get_runs", json!({"runs": [beginning]}), "runs"),
        ("get_runs", json!({"runs": [run, format!("{name}:some name")]}), "runs"),
        ("get_runs", json!({"runs": ["last 2"]}), "runs"),
        ("get_project", json!({"project": lab.cml.id("experiments.lineage")}), "name"),
        ("compare_runs", json!({"runs": [run, task, format!("{name}:{id}")]}), "metrics"),
    ] {
        let question = format!("{tool} {arguments}");
        let begun = Instant::now();
        let answer = asker.ask(tool, arguments).await.answered();
        assert!(begun.elapsed() < SOON, "{question} took {:?}", begun.elapsed());
        assert!(!answer.structured[table].is_null(), "{question}: {}", answer.text);
        assert!(answer.text.contains(line), "{question} does not say {line:?}: {}", answer.text);
    }
    let listed = asker.ask("list_trackers", json!({})).await.answered();
    assert_eq!(listed.words("trackers", "tracker"), ["lab", "cml", name]);
    assert_eq!(listed.column("trackers", "reachable"), [json!(true), json!(true), json!(false)]);
    assert!(listed.words("trackers", "problem").concat().contains(line), "{}", listed.text);
    let refused = asker.ask("get_runs", json!({"runs": ["nobody is called so"]})).await.refused();
    assert!(refused.contains("no run 'nobody is called so'") && refused.contains("not asked: "), "{refused}");
    assert!(refused.contains(line), "{refused}");
}

#[tokio::test]
async fn a_tracker_that_is_down_is_a_line_in_the_answer_of_the_others() {
    let lab = Lab::start().await;
    let address = { TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap() };
    let asker = lab.asker_beside(&mlflow("gone", address));
    the_others_answer(&lab, &asker, "gone", &format!("gone at http://{address} refused the connection")).await;

    let best = asker.ask("rank_runs", json!({"metric": "accuracy", "limit": 1})).await.answered();
    assert!(best.text.contains("read of the trackers that answered"), "{}", best.text);
}

#[tokio::test]
async fn a_tracker_that_refuses_the_password_is_a_line_in_the_answer_of_the_others() {
    let lab = Lab::start().await;
    let server = MockServer::start().await;
    let refusal = ResponseTemplate::new(401).insert_header("www-authenticate", "Basic realm=\"mlflow\"");
    Mock::given(any()).respond_with(refusal).mount(&server).await;
    let section = mlflow("shut", server.address()) + "username = ada\npassword = not-the-word\n";
    let asker = lab.asker_beside(&section);
    the_others_answer(&lab, &asker, "shut", "check username and password").await;

    let answer = asker.ask("search_runs", json!({})).await.answered();
    assert!(answer.text.contains("(in [tracker shut] of ") && !answer.text.contains("not-the-word"), "{}", answer.text);
}

#[tokio::test]
async fn a_tracker_that_says_nothing_costs_no_more_than_the_call_has() {
    let lab = Lab::start().await;
    // The handshake is done by the system; nobody accepts.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let patience = Duration::from_secs(5);
    let asker = lab.asker_beside(&mlflow("mute", address)).with_patience(patience);
    let asker = &asker;
    let questions = [
        ("rank_runs", json!({"metric": "accuracy", "limit": 3})),
        ("search_runs", json!({"limit": 10})),
        ("list_projects", json!({"limit": 100})),
        ("list_trackers", json!({})),
        ("get_runs", json!({"runs": [lab.cml.id("runs.golden_0")]})),
    ];
    let asked = questions.map(|(tool, arguments)| async move {
        let begun = Instant::now();
        let answer = asker.ask(tool, arguments).await.answered();
        (answer, begun.elapsed())
    });
    for (answer, took) in futures::future::join_all(asked).await {
        let Answered { question, text, .. } = answer;
        assert!(took < patience + Duration::from_secs(3), "{question} took {took:?}");
        assert!(text.contains("mute at http://") && text.contains("did not answer in"), "{question}: {text}");
        assert!(text.contains("cml:") || text.contains("|cml|"), "{question}: {text}");
    }
}

#[tokio::test]
async fn a_tracker_whose_section_is_wrong_is_a_line_and_its_address_is_never_asked() {
    let lab = Lab::start().await;
    let listener = MockServer::start().await;
    let address = listener.address();
    for (lines, fault) in [
        (format!("url = http://<your-server>@{address}"), "url holds a placeholder"),
        (
            format!("url = http://{address}\npassword = ${{input:password}}\nusername = ada"),
            "password holds a placeholder",
        ),
        (format!("url = http://{address}\ntoken ="), "token is empty"),
        (format!("url = http://{address}\ntoken = <your-token>"), "token holds a placeholder"),
        (
            format!("url = http://{address}\nusername = env:NOT_SET_ANYWHERE\npassword = x"),
            "NOT_SET_ANYWHERE, which is not set",
        ),
    ] {
        let asker = lab.asker_beside(&format!("[tracker shed]\nkind = mlflow\n{lines}\n"));
        for (tool, arguments) in [
            ("rank_runs", json!({"metric": "accuracy", "limit": 3})),
            ("search_runs", json!({"limit": 10})),
            ("list_projects", json!({"limit": 100})),
            ("list_trackers", json!({})),
        ] {
            let answer = asker.ask(tool, arguments).await.answered();
            assert!(answer.text.contains("shed") && answer.text.contains(fault), "{tool}: {fault:?}: {}", answer.text);
            assert!(!answer.text.contains("${input"), "{}", answer.text);
        }
        let refused = asker.ask("search_runs", json!({"tracker": "shed"})).await.refused();
        assert!(refused.contains(fault), "{refused}");
    }
    assert_eq!(listener.received_requests().await.unwrap().len(), 0);
}
