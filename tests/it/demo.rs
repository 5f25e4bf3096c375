//! `tracker-mcp demo` on a machine that has nothing: its answers are held against the plan that its store was made from.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rmcp::ServiceExt;
use rmcp::transport::TokioChildProcess;
use serde::Deserialize;
use tempfile::{TempDir, tempdir};
use tokio::process::Command;

use crate::process::{Ended, binary, run};

/// A line of the plan.
#[derive(Clone, Debug, Deserialize)]
struct Planned {
    project: String,
    run: String,
    optimizer: String,
    lr: String,
    augment: String,
    epochs: usize,
    status: String,
    val_accuracy: f64,
    nan_from: Option<usize>,
    commit: String,
    user: String,
    started: String,
}

fn source(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli/demo").join(name)).unwrap()
}

fn plan() -> Vec<Planned> {
    csv::Reader::from_reader(source("runs.csv").as_bytes()).deserialize().map(Result::unwrap).collect()
}

/// A home with a folder for passing things in it.
struct Machine {
    home: TempDir,
}

impl Machine {
    fn new() -> Self {
        let home = tempdir().unwrap();
        fs::create_dir(home.path().join("tmp")).unwrap();
        Self { home }
    }

    fn path(&self, below: &str) -> PathBuf {
        self.home.path().join(below)
    }

    async fn demo(&self, variables: &[(&str, &str)], words: &[&str]) -> Ended {
        let passing = self.path("tmp").display().to_string();
        let places = ["TMPDIR", "TMP", "TEMP"].map(|name| (name, passing.as_str()));
        let mut command = binary(&[&places, variables].concat(), self.home.path());
        command.arg("demo").args(words);
        run(command).await
    }

    /// What lies in the home, without its folder for passing things, which is empty.
    fn left(&self) -> Vec<String> {
        assert_eq!(fs::read_dir(self.path("tmp")).unwrap().count(), 0, "something passing was left behind");
        let names = fs::read_dir(self.home.path()).unwrap().map(|entry| entry.unwrap().file_name());
        names.map(|name| name.into_string().unwrap()).filter(|name| name != "tmp").collect()
    }
}

/// What stands between one question and the next.
fn answers(ended: &Ended) -> Vec<String> {
    let text = ended.stdout.join("\n");
    let is_question = |line: &str| line.starts_with(|c: char| c.is_ascii_digit()) && line.get(1..3) == Some(". ");
    let mut answers: Vec<String> = Vec::new();
    for line in text.lines() {
        if is_question(line) {
            answers.push(String::new());
        } else if let Some(answer) = answers.last_mut() {
            answer.push_str(line);
            answer.push('\n');
        }
    }
    answers
}

async fn asked() -> Vec<String> {
    let machine = Machine::new();
    let ended = machine.demo(&[], &[]).await;
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{}", ended.stdout.join("\n"));
    let answers = answers(&ended);
    assert_eq!(answers.len(), 6, "{}", ended.stdout.join("\n"));
    answers
}

/// The rows of a table whose cells have no spaces, by the words in its head; the first of equal words counts.
fn rows(answer: &str, head: &str) -> Vec<BTreeMap<String, String>> {
    let mut lines = answer.lines().skip_while(|line| !line.trim().starts_with(head));
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let names = words(lines.next().unwrap_or_else(|| panic!("no table {head}: {answer}")));
    let rows = lines.skip(1).take_while(|line| !line.trim().is_empty());
    rows.map(|line| names.iter().cloned().zip(words(line)).rev().collect()).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn deviation(values: &[f64]) -> f64 {
    let mean = mean(values);
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (values.len() - 1) as f64).sqrt()
}

/// The finished runs of the sweep, the best first.
fn ranked() -> Vec<Planned> {
    let mut runs = plan();
    runs.retain(|run| run.project == "cifar10-resnet" && run.status == "FINISHED" && run.augment == "true");
    runs.sort_by(|a, b| b.val_accuracy.total_cmp(&a.val_accuracy));
    runs
}

#[tokio::test]
async fn the_leader_over_seeds_is_that_of_the_plan_and_no_more_is_claimed_than_holds() {
    let answer = &asked().await[0];
    let mut settings: BTreeMap<(String, String), Vec<f64>> = BTreeMap::new();
    for run in ranked() {
        settings.entry((run.optimizer, run.lr)).or_default().push(run.val_accuracy);
    }
    let mut settings: Vec<_> = settings.into_iter().collect();
    settings.sort_by(|(_, a), (_, b)| mean(b).total_cmp(&mean(a)));

    let shown = rows(answer, "rank ");

    assert_eq!(shown.len(), settings.len(), "{answer}");
    for (row, ((optimizer, lr), values)) in shown.iter().zip(&settings) {
        assert_eq!((&row["params.optimizer"], &row["params.lr"], row["n"].as_str()), (optimizer, lr, "3"));
        for (name, right) in [("mean", mean(values)), ("std", deviation(values))] {
            let told: f64 = row[name].parse().unwrap();
            assert!((told - right).abs() < 1e-6, "{name} of {optimizer} {lr}: {told}, not {right}");
        }
    }
    let (first, second) = (&settings[0].1, &settings[1].1);
    let error = ((deviation(first).powi(2) + deviation(second).powi(2)) / 3.0).sqrt();
    // With four degrees of freedom or fewer, 2.77 at least would be needed.
    assert!((mean(first) - mean(second)) / error < 2.0, "the plan has changed");
    assert!(answer.contains("not separable"), "{answer}");
    assert!(answer.contains("left out: 1 failed, 1 stopped"), "{answer}");
}

#[tokio::test]
async fn the_best_two_differ_as_planned() {
    let answer = &asked().await[1];
    let [best, second, ..] = &ranked()[..] else { panic!("two runs") };
    let runs = rows(answer, "letter ");
    assert_eq!(runs.iter().map(|row| row["name"].as_str()).collect::<Vec<_>>(), [&best.run, &second.run]);
    let params = rows(answer, "param ");
    assert_eq!(params.len(), 1, "{answer}");
    assert_eq!((params[0]["A"].as_str(), params[0]["B"].as_str()), (best.lr.as_str(), second.lr.as_str()));
    let accuracy = rows(answer, "metric ").into_iter().find(|row| row["metric"] == "val_accuracy").unwrap();
    assert_eq!(accuracy["A"].parse(), Ok(best.val_accuracy));
    assert_eq!(accuracy["B"].parse(), Ok(second.val_accuracy));
}

#[tokio::test]
async fn the_runs_of_a_colleague_are_found_in_all_projects_with_how_they_ended() {
    let answer = &asked().await[2];
    let mut planned: Vec<_> = plan().into_iter().filter(|run| run.user == "grace").collect();
    planned.sort_by_key(|run| std::cmp::Reverse(run.started.clone()));
    assert!(planned.iter().any(|run| run.project != planned[0].project), "the plan has changed");
    let runs = rows(answer, "run ");
    assert_eq!(runs.len(), planned.len(), "{answer}");
    for (row, right) in runs.iter().zip(&planned) {
        assert_eq!((&row["name"], &row["project"]), (&right.run, &right.project));
        assert_eq!(row["status"], right.status.to_lowercase());
        assert_eq!(row["metrics.val_accuracy"].parse(), Ok(right.val_accuracy));
    }
}

#[tokio::test]
async fn the_reason_of_the_last_failure_is_found_and_named() {
    let answer = &asked().await[3];
    let failed = plan().into_iter().filter(|run| run.status == "FAILED").max_by_key(|run| run.started.clone()).unwrap();
    let reason = "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 784.00 MiB";
    assert!(source("make_store.py").contains(reason));
    for part in [&format!("name: {}\n", failed.run), "kind: out of memory\n", "sure: the line says so\n", reason] {
        assert!(answer.contains(part), "{part}: {answer}");
    }
}

#[tokio::test]
async fn the_champion_has_the_data_and_the_commit_of_its_run() {
    let answer = &asked().await[4];
    let champion = plan().into_iter().find(|run| run.run == "sgd-lr0.1-seed2").unwrap();
    assert!(source("make_store.py").contains(&format!("(\"{}\", \"champion\")", champion.run)));
    for part in [&champion.run, &champion.commit, "cifar10-train", "cifar10-test"] {
        assert!(answer.contains(part), "{part}: {answer}");
    }
}

#[tokio::test]
async fn the_drawn_losses_go_wrong_where_planned() {
    let answer = &asked().await[5];
    let ranked = ranked();
    let best = |optimizer: &str| ranked.iter().find(|run| run.optimizer == optimizer).cloned().unwrap();
    let broken = plan().into_iter().find(|run| run.nan_from.is_some()).unwrap();
    let overfit = plan().into_iter().find(|run| run.augment == "false").unwrap();
    let series = rows(answer, "run ");
    let drawn: Vec<_> = series.iter().map(|row| (row["name"].as_str(), row["metric"].as_str())).collect();
    let planned = [best("sgd"), best("adamw"), broken.clone(), overfit.clone()];
    assert_eq!(drawn, planned.each_ref().map(|run| (run.run.as_str(), "val_loss")));
    for (row, run) in series.iter().zip(&planned) {
        let number = |name: &str| row[name].parse::<f64>().unwrap();
        if let Some(from) = run.nan_from {
            assert_eq!((number("first_non_finite_step"), number("nan")), (from as f64, (run.epochs - from) as f64));
        } else {
            // Without augmentation the loss rises again from a third on; else the last one is the best.
            let rises = number("last") > 2.0 * number("min") && number("min_step") < 0.5 * number("last_step");
            assert_eq!(rises, run.run == overfit.run, "{row:?}");
        }
    }
    assert!(answer.contains("is not shown here; demo --dir DIR writes it to a file"), "{answer}");
}

#[tokio::test]
async fn the_picture_is_kept_beside_the_store() {
    let machine = Machine::new();
    let ended = machine.demo(&[], &["--dir", "kept"]).await;
    let told = ended.stdout.iter().find_map(|line| line.strip_prefix("The store stays in ")).unwrap();
    let name = told.split_once("kept, with ").unwrap().1.split_once(".png").unwrap().0;
    let picture = fs::read(machine.path(&format!("kept/{name}.png"))).unwrap();
    assert!(picture.len() <= 60_000, "{} bytes", picture.len());
    let mut reader = png::Decoder::new(std::io::Cursor::new(picture)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((frame.width, frame.height), (900, 500));
}

#[tokio::test]
async fn pipes_get_no_picture_whatever_the_terminal() {
    let machine = Machine::new();
    let ended = machine.demo(&[("TERM", "xterm-kitty"), ("KITTY_WINDOW_ID", "1")], &[]).await;
    assert_eq!(ended.code, Some(0));
    assert!(!ended.stdout.join("\n").contains('\u{1b}'));
}

#[tokio::test]
async fn it_leaves_nothing_behind_and_says_how_to_keep_the_store() {
    let machine = Machine::new();
    let ended = machine.demo(&[], &[]).await;
    assert!(machine.left().is_empty(), "{:?}", machine.left());
    let text = ended.stdout.join("\n");
    assert!(text.contains(&format!("{} demo --dir ", env!("CARGO_BIN_EXE_tracker-mcp"))), "{text}");
    assert!(!text.contains('\u{1b}'), "colour where no terminal is");
    assert!(text.contains(&format!(" {} runs ", plan().len())), "{text}");
}

#[tokio::test]
async fn a_kept_store_is_opened_by_the_command_that_it_ends_with() {
    let machine = Machine::new();
    let ended = machine.demo(&[], &["--dir", "my store"]).await;
    assert_eq!(machine.left(), ["my store"]);
    let database = machine.path("my store/mlflow.db");
    let before = fs::read(&database).unwrap();
    let told = ended.stdout.iter().find_map(|line| line.split_once("claude mcp add ")?.1.split_once(" -- ")).unwrap().1;
    let (program, config) = told.split_once(" --config ").unwrap();

    // A client starts it elsewhere, with next to nothing in its environment.
    let mut command = Command::new(program);
    command.args(["--config", config.trim_matches('\'')]).env_clear().current_dir("/");
    let client = ().serve(TokioChildProcess::new(command).unwrap()).await.unwrap();
    let question = rmcp::model::CallToolRequestParams::new("list_trackers");
    let answer = client.call_tool(question).await.unwrap();
    client.cancel().await.unwrap();

    let trackers = serde_json::to_value(answer).unwrap()["content"][0]["text"].as_str().unwrap().to_owned();
    assert!(trackers.contains("demo") && trackers.contains("local"), "{trackers}");
    assert_eq!(fs::read(&database).unwrap(), before, "the store was written to");
}

#[tokio::test]
async fn a_kept_store_is_found_like_any_other() {
    let machine = Machine::new();
    machine.demo(&[], &["--dir", "kept"]).await;
    let uri = format!("sqlite:///{}", machine.path("kept/mlflow.db").display());
    let mut command = binary(&[("MLFLOW_TRACKING_URI", &uri)], machine.home.path());
    command.args(["call", "search_runs", r#"{"status": ["failed"]}"#]);
    let answer = run(command).await.stdout.join("\n");
    assert!(answer.contains("local:") && answer.contains("resnet50-bs512-seed1"), "{answer}");
}

#[tokio::test]
async fn a_folder_that_holds_something_and_a_config_are_refused() {
    let machine = Machine::new();
    fs::create_dir(machine.path("mine")).unwrap();
    fs::write(machine.path("mine/notes.txt"), "mine").unwrap();
    for (words, why) in [
        (&["--dir", "mine"][..], "the folder mine of --dir is not empty; name one that is empty or not there yet"),
        (&["--config", "my.ini"], "demo asks only the store that it brings; leave --config out"),
    ] {
        let ended = machine.demo(&[], words).await;
        assert_eq!((ended.code, ended.stdout.len()), (Some(1), 0));
        assert!(ended.stderr.contains(why), "{}", ended.stderr);
    }
    assert_eq!(fs::read_dir(machine.path("mine")).unwrap().count(), 1);
    assert_eq!(machine.left(), ["mine"]);
}

#[tokio::test]
async fn the_users_own_trackers_and_proxies_are_not_asked() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let machine = Machine::new();
    let folder = machine.path(".config/tracker-mcp");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("tracker-mcp.ini"), format!("[tracker lab]\nkind = mlflow\nurl = {address}\n")).unwrap();
    let variables = ["MLFLOW_TRACKING_URI", "CLEARML_API_HOST", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
    let variables = variables.map(|name| (name, address.as_str()));

    let ended = machine.demo(&variables, &[]).await;

    assert_eq!(answers(&ended).len(), 6);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(listener.accept().map(drop).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    assert!(!ended.stdout.join("\n").contains("lab:"));
}

#[tokio::test]
async fn the_readme_shows_how_it_begins() {
    let readme =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap().replace("\r\n", "\n");
    let after = readme.split_once("cargo run --release -- demo").unwrap().1;
    let block = after.split("```").find(|block| block.contains("rank_runs")).unwrap();
    let (begun, _) = block.split_once('…').unwrap();
    let machine = Machine::new();
    let text = machine.demo(&[], &[]).await.stdout.join("\n");
    assert!(text.contains(begun.trim()), "README:\n{begun}\n\ndemo:\n{text}");
}
