//! Places in a console that goes on being written to.

use proptest::prelude::*;

use super::{Console, Moment, console_before, console_from};
use crate::artifact::{Start, head, tail};
use crate::memory_tracker::{MemoryTracker, call};
use crate::references::RunRef;

fn fake() -> (MemoryTracker, RunRef) {
    let fake = MemoryTracker::with_files(&[]);
    let run = fake.run();
    (fake, run)
}

async fn first(console: &Console, lines: usize) -> (Vec<String>, Moment) {
    let found = head(&console.file, Start::BEGINNING, lines).await.unwrap().unwrap();
    let (to, line) = found.lines.last().map_or((0, 0), |line| (line.to, line.start.line + 1));
    (found.lines.into_iter().map(|line| line.text).collect(), console.place(to, line))
}

async fn last(console: &Console, lines: usize) -> (Vec<String>, Moment) {
    let found = tail(&console.file, None, lines).await.unwrap().unwrap();
    let (from, line) = found.lines.first().map_or((0, 0), |line| (line.start.at, line.start.line));
    (found.lines.into_iter().map(|line| line.text).collect(), console.place(from, line))
}

#[tokio::test]
async fn messages_of_one_moment_that_come_later_are_told_once() {
    let (fake, run) = fake();
    fake.write("run0", &[(5, "a"), (7, "b"), (7, "c")]);
    let all = console_from(&call(), &run, &Moment::beginning(), 100).await.unwrap();
    let (lines, place) = first(&all, 100).await;
    assert_eq!(lines, ["a", "b", "c"]);
    fake.write("run0", &[(7, "c"), (7, "d"), (9, "e")]);
    let new = console_from(&call(), &run, &place, 100).await.unwrap();
    let (lines, place) = first(&new, 100).await;
    assert_eq!(lines, ["c", "d", "e"]);
    let none = console_from(&call(), &run, &place, 100).await.unwrap();
    assert!(none.is_empty());
    assert_eq!(none.place(0, 1), place);
}

#[tokio::test]
async fn a_message_is_left_and_taken_up_within_its_lines_whichever_order_the_others_come_in() {
    let (fake, run) = fake();
    fake.write("run0", &[(5, "a\nb\nc"), (5, "x")]);
    let all = console_from(&call(), &run, &Moment::beginning(), 2).await.unwrap();
    let (lines, place) = first(&all, 2).await;
    assert_eq!(lines, ["a", "b"]);
    let (other, run) = self::fake();
    other.write("run0", &[(5, "x"), (5, "y"), (5, "a\nb\nc")]);
    let rest = console_from(&call(), &run, &place, 100).await.unwrap();
    assert_eq!(first(&rest, 100).await.0, ["c", "x", "y"]);
    assert_eq!(rest.line(1), 3);
}

#[tokio::test]
async fn states_of_one_bar_are_one_line_and_other_bars_are_not() {
    let (fake, run) = fake();
    let states = [(1, "epoch 0:  10%|█  | 1/10"), (2, "epoch 0: 100%|███| 10/10"), (3, "epoch 1:  10%|█  | 1/10")];
    fake.write("run0", &states);
    let all = console_before(&call(), &run, None, 10).await.unwrap();
    assert_eq!(last(&all, 10).await.0, ["epoch 0: 100%|███| 10/10", "epoch 1:  10%|█  | 1/10"]);
}

#[tokio::test]
async fn a_console_of_progress_bars_is_read_on_for_enough_lines() {
    let (fake, run) = fake();
    let messages: Vec<(i64, String)> = (0..200).map(|n| (n, format!("line {n}"))).collect();
    let bars: Vec<(i64, String)> = (200..900).map(|n| (n, format!("{}%|#|", n % 100))).collect();
    let all: Vec<(i64, &str)> = messages.iter().chain(&bars).map(|(at, text)| (*at, text.as_str())).collect();
    fake.write("run0", &all);
    let console = console_before(&call(), &run, None, 20).await.unwrap();
    let (lines, _) = last(&console, 20).await;
    assert_eq!((lines.len(), lines[0].as_str(), lines[18].as_str()), (20, "line 181", "line 199"));
}

#[tokio::test]
async fn so_many_messages_of_one_moment_are_known_by_their_number() {
    let (fake, run) = fake();
    let messages: Vec<(i64, String)> = (0..100).map(|n| (7, format!("line {n}"))).collect();
    let messages: Vec<(i64, &str)> = messages.iter().map(|(at, text)| (*at, text.as_str())).collect();
    fake.write("run0", &messages);
    let (mut place, mut told) = (Moment::beginning(), Vec::new());
    for _ in 0..4 {
        let page = console_from(&call(), &run, &place, 30).await.unwrap();
        let (lines, next) = first(&page, 30).await;
        told.extend(lines);
        assert!(serde_json::to_string(&next).unwrap().len() < 400);
        place = next;
    }
    assert_eq!(told, messages.iter().map(|(_, text)| *text).collect::<Vec<_>>());
}

fn messages() -> impl Strategy<Value = Vec<(i64, String)>> {
    let text = prop_oneof![
        "[a-c]{1,3}",
        Just("one\ntwo\nthree".to_owned()),
        Just("größe\n模型".to_owned()),
        Just("same".to_owned()),
    ];
    let steps = proptest::collection::vec((0..3_i64, text), 1..30);
    steps.prop_map(|steps| {
        let mut now = 1_000;
        let mut at = |step| {
            now += step;
            now
        };
        steps.into_iter().map(|(step, text)| (at(step), text)).collect()
    })
}

proptest! {
    /// Whatever is written between two looks, and however few lines each shows: nothing twice, nothing left out.
    #[test]
    fn polling_tells_every_line_once(messages in messages(), cuts in proptest::collection::vec(0..30_usize, 0..4), lines in 1..5_usize) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (fake, run) = fake();
            let expected: Vec<String> = messages.iter().flat_map(|(_, text)| text.split('\n')).map(str::to_owned).collect();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(messages.len())).chain([messages.len()]).collect();
            cuts.sort_unstable();
            let (mut written, mut place, mut told) = (0, Moment::beginning(), Vec::new());
            for cut in cuts {
                let some: Vec<(i64, &str)> = messages[written..cut].iter().map(|(at, text)| (*at, text.as_str())).collect();
                fake.write("run0", &some);
                written = cut;
                loop {
                    let page = console_from(&call(), &run, &place, lines).await.unwrap();
                    let (found, next) = first(&page, lines).await;
                    if found.is_empty() {
                        break;
                    }
                    assert_eq!(page.line(1), told.len() as u64 + 1);
                    told.extend(found);
                    place = next;
                }
            }
            assert_eq!(told, expected);
        });
    }

    /// The same backwards from the end.
    #[test]
    fn pages_towards_the_beginning_tell_every_line_once(messages in messages(), lines in 1..5_usize) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (fake, run) = fake();
            let expected: Vec<String> = messages.iter().flat_map(|(_, text)| text.split('\n')).map(str::to_owned).collect();
            let some: Vec<(i64, &str)> = messages.iter().map(|(at, text)| (*at, text.as_str())).collect();
            fake.write("run0", &some);
            let mut page = console_before(&call(), &run, None, lines).await.unwrap();
            let mut told: Vec<String> = Vec::new();
            loop {
                let (mut found, before) = last(&page, lines).await;
                if found.is_empty() {
                    break;
                }
                found.append(&mut told);
                told = found;
                page = console_before(&call(), &run, Some(&before), lines).await.unwrap();
            }
            assert_eq!(told, expected);
        });
    }
}
