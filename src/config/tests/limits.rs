//! Limits of the server and of a tracker: what holds, and where it was set.

use std::time::Duration;

use backends::allowance::Allowance;

use super::*;

const LAB: &str = "[tracker lab]\nkind = mlflow\nurl = http://127.0.0.1:5000\n";

fn shown(settings: &[Setting], key: &str) -> String {
    let of_key: Vec<String> = settings
        .iter()
        .filter(|setting| setting.key == key)
        .map(|setting| format!("{} ({})", setting.value, setting.source))
        .collect();
    of_key.join(" and ")
}

#[test]
fn limits_that_nobody_set_are_told_as_such() {
    let config = Config::discover(&Environment::default());
    assert_eq!(config.allowance, Allowance::default());
    for (key, value) in [
        ("deadline", "27 (default)"),
        ("answer_characters", "20000 (default)"),
        ("runs_read", "20000 (default)"),
        ("requests_at_once", "8 (default)"),
        ("request_timeout", "15 (default)"),
        ("toolsets", "default (default)"),
    ] {
        assert_eq!(shown(&config.settings, key), value);
    }
}

#[test]
fn a_limit_that_is_set_holds_and_is_told_with_its_line() {
    let text = format!("[server]\nanswer_characters = 40_000\nruns_read = 50000\ndeadline = 60 s\n{LAB}");
    let written = Written::new(&text);
    let config = written.load(&[]);
    let time = Duration::from_secs(60);
    assert_eq!(config.allowance, Allowance { time, characters: 40_000, runs: 50_000 });
    let path = written.path().display().to_string();
    assert_eq!(shown(&config.settings, "answer_characters"), format!("40_000 ({path}:2)"));
    assert_eq!(shown(&config.settings, "runs_read"), format!("50000 ({path}:3)"));
    assert_eq!(shown(&config.settings, "request_timeout"), "15 (default)");
    assert_eq!(config.faults, Vec::<String>::new());
}

#[test]
fn a_limit_of_a_tracker_is_told_with_it_and_a_wrong_one_by_its_line() {
    let written = Written::new(&format!("{LAB}requests_at_once = 2\nrequest_timeout = 40\n"));
    let config = written.load(&[]);
    let lab = config.trackers.named("lab").unwrap();
    let path = written.path().display().to_string();
    assert_eq!(shown(&lab.settings, "requests_at_once"), format!("2 ({path}:4)"));
    assert_eq!(shown(&lab.settings, "request_timeout"), format!("40 ({path}:5)"));
    let wrong = load(&format!("{LAB}requests_at_once = many\n"));
    let told = fault(&wrong, "lab");
    assert!(told.contains(":4: requests_at_once is 'many'; expected 1 to 64 requests, such as 8"), "{told}");
}

#[test]
fn a_limit_beyond_its_bounds_is_named_with_its_line_and_range() {
    for (line, words) in [
        ("answer_characters = 100", "answer_characters is '100'; expected 5000 to 100000 characters, such as 20000"),
        ("runs_read = all", "runs_read is 'all'; expected 1000 to 200000 runs, such as 20000"),
        ("requests_at_once = 1000", "requests_at_once is '1000'; expected 1 to 64 requests, such as 8"),
        ("request_timeout = 1", "request_timeout is '1'; expected 2 to 120 seconds, such as 15"),
        ("deadline = 1h", "deadline is '1h'; expected 5 to 120 seconds, such as 27"),
        ("answer_caracters = 9000", "did you mean answer_characters?"),
    ] {
        let config = load(&format!("[server]\n{line}\n{LAB}"));
        let told = config.faults.join("\n");
        assert!(told.contains(words) && told.contains(".ini:2: "), "{told}");
    }
}
