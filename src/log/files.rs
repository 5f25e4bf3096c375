//! Log files among the artifacts of a run.

use std::cmp::Reverse;

use backends::model::Artifact;
use backends::{Call, Result};

use crate::artifact::{list, walk};
use crate::direction::words;
use crate::references::RunRef;

/// The folder in which most tools put logs.
const FOLDER: &str = "logs";
/// Folders of a run in which a folder of logs is looked for, where few requests are to be made.
const FEW: usize = 3;

/// The log files of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct LogFiles {
    /// The likeliest first.
    pub(crate) logs: Vec<Artifact>,
    /// How many files were seen in all.
    pub(crate) files: usize,
    /// Every folder was looked into.
    pub(crate) whole: bool,
}

/// Whether a file is a log by its name: `*.log`, `*.out`, `*.err` anywhere; `*.txt`, or a name without an end, in a folder
/// of logs; `stdout.txt` and its like.
pub(crate) fn is_log(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let in_logs = folder.split('/').any(|part| matches!(part.to_lowercase().as_str(), "log" | "logs"));
    let name = name.to_lowercase();
    // `train.log.1`: an older one.
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('.');
    match stem.rsplit_once('.') {
        Some((_, "log" | "out" | "err")) => true,
        Some((stem, "txt")) => in_logs || matches!(stem, "stdout" | "stderr" | "console" | "output" | "log"),
        Some(_) => false,
        None => in_logs || matches!(name.as_str(), "stdout" | "stderr"),
    }
}

/// The likeliest first: what the program wrote, before errors alone; the larger before the smaller.
fn rank(file: &Artifact) -> (u8, Reverse<u64>, &str) {
    let name = file.path.rsplit('/').next().unwrap_or(&file.path);
    let words = words(name);
    let says = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let class = match () {
        () if says(&["err", "stderr", "error", "errors", "warnings"]) => 2,
        () if says(&["train", "training", "trainer", "main", "console", "stdout", "output", "run", "job"]) => 0,
        () => 1,
    };
    (class, Reverse(file.size.unwrap_or_default()), &file.path)
}

fn sorted(mut logs: Vec<Artifact>, files: usize, whole: bool) -> LogFiles {
    logs.sort_by(|a, b| rank(a).cmp(&rank(b)));
    LogFiles { logs, files, whole }
}

async fn within(call: &Call, run: &RunRef, folder: &str) -> Result<(Vec<Artifact>, Vec<Artifact>)> {
    let (entries, _) = list(run.tracker.as_ref(), call, &run.id, folder).await?;
    Ok(entries.into_iter().partition(|entry| entry.folder))
}

/// The log files of a run: those in `logs/`, or else those anywhere.
pub(crate) async fn log_files(call: &Call, run: &RunRef) -> Result<LogFiles> {
    let (_, files) = within(call, run, FOLDER).await?;
    let logs: Vec<Artifact> = files.iter().filter(|file| is_log(&file.path)).cloned().collect();
    if !logs.is_empty() {
        return Ok(sorted(logs, files.len(), false));
    }
    let tree = walk(run.tracker.as_ref(), call, &run.id, "").await?;
    let logs = tree.files.iter().filter(|file| is_log(&file.path)).cloned().collect();
    Ok(sorted(logs, tree.files.len(), tree.is_whole()))
}

/// The same by at most two requests and one for each of the first few folders: those in `logs/`, at the top, or in
/// `<folder>/logs/`.
pub(crate) async fn few_folders(call: &Call, run: &RunRef) -> Result<LogFiles> {
    let (_, files) = within(call, run, FOLDER).await?;
    let logs: Vec<Artifact> = files.iter().filter(|file| is_log(&file.path)).cloned().collect();
    if !logs.is_empty() {
        return Ok(sorted(logs, files.len(), false));
    }
    let (folders, files) = within(call, run, "").await?;
    let mut seen = files.len();
    let mut logs: Vec<Artifact> = files.into_iter().filter(|file| is_log(&file.path)).collect();
    if logs.is_empty() {
        let folders = folders.iter().filter(|folder| folder.path != FOLDER).take(FEW);
        for folder in folders {
            let (_, files) = within(call, run, &format!("{}/{FOLDER}", folder.path)).await?;
            seen += files.len();
            logs.extend(files.into_iter().filter(|file| is_log(&file.path)));
        }
    }
    Ok(sorted(logs, seen, folders.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::{few_folders, is_log, log_files};
    use crate::memory_tracker::{MemoryTracker, call};

    #[test]
    fn a_log_is_known_by_its_name_or_its_folder() {
        for path in [
            "train.log",
            "logs/train.txt",
            "lm-eval.mmlu/logs/server-0.log",
            "slurm-1234.out",
            "slurm-1234.err",
            "stdout.txt",
            "logs/rank0",
            "logs/train.log.1",
            "Logs/a/b.TXT",
        ] {
            assert!(is_log(path), "{path}");
        }
        for path in ["requirements.txt", "config.yml", "logs/events.out.tfevents.123.host", "model/data", "logs/x.json"]
        {
            assert!(!is_log(path), "{path}");
        }
    }

    fn paths(logs: &super::LogFiles) -> Vec<&str> {
        logs.logs.iter().map(|file| file.path.as_str()).collect()
    }

    #[tokio::test]
    async fn what_the_program_wrote_comes_before_its_errors_and_the_larger_before_the_smaller() {
        let files: [(&str, &[u8]); 5] = [
            ("logs/stderr.txt", b"long enough to be the largest"),
            ("logs/a.log", b"1"),
            ("logs/b.log", b"12"),
            ("logs/train.log", b""),
            ("other.log", b"not looked for"),
        ];
        let fake = MemoryTracker::with_files(&files);
        let found = log_files(&call(), &fake.run()).await.unwrap();
        assert_eq!(paths(&found), ["logs/train.log", "logs/b.log", "logs/a.log", "logs/stderr.txt"]);
        assert_eq!(fake.listings(), 1);
    }

    #[tokio::test]
    async fn logs_below_a_task_of_a_harness_are_found() {
        let files: [(&str, &[u8]); 3] =
            [("lm-eval.mmlu/logs/client.log", b"a"), ("lm-eval.mmlu/results.json", b"{}"), ("config.yml", b"a: 1")];
        let fake = MemoryTracker::with_files(&files);
        assert_eq!(paths(&log_files(&call(), &fake.run()).await.unwrap()), ["lm-eval.mmlu/logs/client.log"]);
        let before = fake.listings();
        let few = few_folders(&call(), &fake.run()).await.unwrap();
        assert_eq!((paths(&few), fake.listings() - before), (vec!["lm-eval.mmlu/logs/client.log"], 3));
    }
}
