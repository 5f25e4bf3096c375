//! Several logs of a run side by side: each with its share of the room.

use futures::StreamExt;

use super::{Asked, Shown, source};
use crate::log::LogFiles;
use crate::problem::{Problem, Result};
use crate::render::{Answer, Cell, fit, one_line};

/// Logs that are read for one answer at most.
const MOST: usize = 8;
/// Logs that are read at once.
const AT_ONCE: usize = 4;
/// Characters that the head and the notes of one take.
const HEAD: usize = 400;

pub(super) async fn read(asked: &Asked<'_>, files: LogFiles) -> Result<Answer> {
    let reads: Vec<_> = files.logs.iter().take(MOST).map(|file| one(asked, &file.path, file.size)).collect();
    let read: Vec<_> = futures::stream::iter(reads).buffered(AT_ONCE).collect().await;
    let share = (asked.call.allowance().characters / read.len().max(1)).saturating_sub(HEAD);
    let mut answers = Vec::new();
    let mut failed: Vec<(String, Problem)> = Vec::new();
    for (file, outcome) in files.logs.iter().zip(read) {
        match outcome {
            Ok(shown) => answers.push(fit(shown.count(), share, |count| {
                let head = Answer::new().fact("log", Cell::foreign_up_to(&file.path, 500)).fact("bytes", file.size);
                shown.answer(asked, count).into_items().into_iter().fold(head, Answer::with)
            })),
            Err(problem) => failed.push((file.path.clone(), problem)),
        }
    }
    if let (true, Some((_, first))) = (answers.is_empty(), failed.first()) {
        return Err(first.clone());
    }
    let left = files.logs.len().saturating_sub(MOST);
    Ok(asked
        .facts()
        .records("logs", answers)
        .notes(failed.iter().map(|(path, problem)| format!("{}: {problem}", one_line(path, 200))))
        .notes((left > 0).then(|| format!("{left} more logs fit; a narrower file shows them"))))
}

async fn one(asked: &Asked<'_>, path: &str, size: Option<u64>) -> Result<Box<dyn Shown + Send + Sync>> {
    let source = source::opened(asked.call, asked.run, path, size, asked).await?;
    asked.read(source).await
}
