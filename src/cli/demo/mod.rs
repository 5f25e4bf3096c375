//! `tracker-mcp demo`: six questions to a store that comes with the program, asked over a real MCP connection.

mod conversation;
mod page;
mod picture;
mod questions;
mod store;

use std::fs;
use std::io::{IsTerminal, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use backends::call::Clock;
use backends::settings::Environment;
use clap::Args;
use serde_json::{Map, Value};

use super::{plot, print, quoted};
use crate::config::Config;
use conversation::{Answer, Conversation};
use page::{Look, aligned, indented};
use picture::{Picture, Screen};
use questions::{QUESTIONS, Question};
use store::Store;

/// What the command line asks for.
#[derive(Args, Debug)]
pub(super) struct Wanted {
    /// Lay the sample store out in this folder, which must be empty or not there yet, and keep it
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// Asks and prints. Nothing of the user's own settings is read, so that no tracker but the sample is asked.
///
/// # Errors
/// A sentence that says what stands in the way.
pub(super) async fn run(wanted: &Wanted, config: Option<&Path>, clock: Arc<dyn Clock>) -> Result<ExitCode, String> {
    if config.is_some() {
        return Err("demo asks only the store that it brings; leave --config out".to_owned());
    }
    let (look, screen) = (look(), screen());
    let store = Store::lay_out(wanted.dir.as_deref())?;
    let config = Config::load(Some(&store.config()), &Environment::default());
    let begun = Instant::now();
    let mut conversation = Conversation::begin(config, clock).await?;
    print(INTRODUCTION);
    let mut failures = 0;
    let mut pictures = Vec::new();
    for (number, question) in QUESTIONS.iter().enumerate() {
        let answer = ask(&mut conversation, question).await;
        failures += usize::from(answer.is_err());
        let Answer { text, picture } = answer.unwrap_or_else(|text| Answer { text, picture: None });
        print(&told(number + 1, question, &text, look));
        if let Some(picture) = picture {
            print(&shown(&picture, screen, wanted.dir.is_some()));
            pictures.push(picture);
        }
    }
    conversation.end().await?;
    let took = begun.elapsed().as_millis();
    print(&format!("\n{} questions, {took} ms.\n", QUESTIONS.len()));
    let kept = store.leave()?;
    if let Some(folder) = &kept {
        for picture in &pictures {
            let path = folder.join(file_name(picture));
            fs::write(&path, &picture.bytes)
                .map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
        }
    }
    print(&next(kept.as_deref(), &pictures, &binary(), look));
    if failures > 0 {
        return Err(format!("{failures} of {} questions were not answered", QUESTIONS.len()));
    }
    Ok(ExitCode::SUCCESS)
}

const INTRODUCTION: &str = "\
A sample store, as MLflow writes it: 18 runs in two projects that classify images, with curves, logs and a model.
Each answer comes over MCP, as an assistant gets it; only columns are aligned.";

/// The answer, or why there is none.
async fn ask(conversation: &mut Conversation, question: &Question) -> Result<Answer, String> {
    let arguments: Map<String, Value> =
        serde_json::from_str(question.arguments).map_err(|error| format!("{}: {error}", question.arguments))?;
    conversation.call(question.tool, &arguments).await
}

fn told(number: usize, question: &Question, answer: &str, look: Look) -> String {
    let words = look.strong(&format!("{number}. {}", question.words));
    let call = look.command(&format!("{} {}", question.tool, question.arguments));
    format!("\n{words}\n   {call}\n\n{}", indented(&aligned(answer)))
}

/// The picture itself, or that there is one and where to see it.
fn shown(picture: &Picture, screen: Option<Screen>, is_kept: bool) -> String {
    match screen {
        Some(screen) => format!("\n   {}", screen.show(&picture.bytes)),
        None => {
            let place = if is_kept { "it is written beside the store" } else { "demo --dir DIR writes it to a file" };
            format!("\n   The picture ({}) is not shown here; {place}.", picture.size())
        }
    }
}

fn file_name(picture: &Picture) -> String {
    format!("{}.png", plot::stem(&picture.name))
}

/// How the user goes on: with this store if it stays, else by keeping it or with trackers of their own.
fn next(kept: Option<&Path>, pictures: &[Picture], binary: &str, look: Look) -> String {
    let add = "claude mcp add --scope user --transport stdio tracker --";
    match kept {
        Some(folder) => {
            let config = quoted(&folder.join(crate::config::NAME).display().to_string());
            let files: String = pictures.iter().map(|picture| format!(", with {}", file_name(picture))).collect();
            format!(
                "The store stays in {}{files}. To ask it in Claude Code:\n   {}\nIn another client (`install --list` names them):\n   {}",
                folder.display(),
                look.command(&format!("{add} {binary} --config {config}")),
                look.command(&format!("{binary} install CLIENT --config {config}")),
            )
        }
        None => format!(
            "The store is gone again. To keep it with the picture, and ask it yourself:\n   {}\nTo ask your own trackers in Claude Code, or in another \
             client (`install --list` names them):\n   {}\n   {}",
            look.command(&format!("{binary} demo --dir tracker-demo")),
            look.command(&format!("{add} {binary}")),
            look.command(&format!("{binary} install CLIENT")),
        ),
    }
}

/// How a shell starts this program.
fn binary() -> String {
    let path = std::env::current_exe().map(|path| path.display().to_string());
    path.map_or_else(|_| "tracker-mcp".to_owned(), |path| quoted(&path))
}

fn look() -> Look {
    Look::of(stdout().is_terminal(), variable("NO_COLOR").as_deref(), variable("TERM").as_deref())
}

/// How the terminal shows pictures, if stdout is one that does; consoles of Windows pass such sequences on to none.
fn screen() -> Option<Screen> {
    if stdout().is_terminal() && !cfg!(windows) { Screen::of(variable) } else { None }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
