//! The section `[server]`.

use backends::allowance::{Allowance, Pace};
use backends::nearest::nearest;
use backends::settings::{Setting, Source, Value};

use super::limit;
use super::value::switch;
use crate::guide::{CATEGORIES, OPT_IN};
use crate::policy::{ALWAYS, DEFAULT};
use crate::tool::Access;

/// What stands for all categories there are.
const ALL: &str = "all";

/// What holds for the server as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerSettings {
    /// Only tools of these categories exist; the default ones, if none is named.
    pub toolsets: Vec<&'static str>,
    /// What tools may do; reading, if not set.
    pub access: Option<Access>,
    /// What a call may take.
    pub allowance: Allowance,
    /// How hard a tracker may be asked, unless its section says otherwise.
    pub pace: Pace,
    /// The tracker that is asked when a question names none; all, if not set.
    pub default_tracker: Option<String>,
    /// What is logged: `error`, `warn`, `info`, `debug`, or as `TRACKER_MCP_LOG` has it.
    pub log: Option<String>,
    /// Also the trackers that the environment and the native files of their clients name.
    pub discover: bool,
    /// Whether answers may have pictures; they may, if not set.
    pub images: Option<bool>,
}

/// The keys, with what each is for.
pub const KEYS: &[(&str, &str)] = &[
    (
        "toolsets",
        "categories of tools: projects, runs, compare, datasets, models, tasks, traces; default (no traces), all",
    ),
    ("access", "what tools may do: read"),
    ("deadline", "seconds after which a call answers with what it has, 5 to 120: 27"),
    ("answer_characters", "characters of an answer at most, 5000 to 100000: 20000"),
    ("runs_read", "runs that a call reads of one tracker at most, 1000 to 200000: 20000"),
    ("requests_at_once", "requests under way at one tracker, 1 to 64: 8"),
    ("request_timeout", "seconds that one request to a tracker may take, 2 to 120: 15"),
    ("default_tracker", "the tracker that is asked when a question names none; without it all are asked"),
    ("log", "error, warn, info or debug"),
    ("discover", "yes: also the trackers that the environment and the files of their own clients name"),
    ("images", "no: answers have no pictures, for clients that cannot show them"),
];

impl ServerSettings {
    /// Takes one key in; what is wrong is a clause that follows its name.
    pub(super) fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        match key {
            "toolsets" => self.toolsets = toolsets(value)?,
            "access" => self.access = Some(access(value)?),
            "default_tracker" => self.default_tracker = Some(value.to_owned()),
            "log" => self.log = Some(log(value)?),
            "discover" => self.discover = switch(value)?,
            "images" => self.images = Some(switch(value)?),
            _ => {
                let taken = limit::of_calls(&mut self.allowance, key, value);
                let taken = taken.or_else(|| limit::of_tracker(&mut self.pace, key, value));
                return taken.unwrap_or_else(|| Err(unknown(key, KEYS.iter().map(|(name, _)| *name))));
            }
        }
        Ok(())
    }

    /// What holds of the keys that nobody set, for those that hold something then.
    pub(super) fn usual(set: &[Setting]) -> impl Iterator<Item = Setting> {
        let (Allowance { time, characters, runs }, pace) = (Allowance::default(), Pace::default());
        let usual = [
            ("toolsets", DEFAULT.to_owned()),
            ("access", "read".to_owned()),
            ("deadline", time.as_secs().to_string()),
            ("answer_characters", characters.to_string()),
            ("runs_read", runs.to_string()),
            ("requests_at_once", pace.requests_at_once.to_string()),
            ("request_timeout", pace.timeout.as_secs().to_string()),
        ];
        let unset = |key: &str| !set.iter().any(|setting| setting.key == key);
        let setting = |(key, value)| Setting { key, value: Value::Plain(value), source: Source::Default };
        usual.into_iter().filter(move |(key, _)| unset(key)).map(setting)
    }
}

/// What is said of a key that does not exist.
pub(super) fn unknown<'a>(key: &str, names: impl Iterator<Item = &'a str> + Clone) -> String {
    let near = nearest(key, names.clone(), 1);
    let hint = near.first().map_or_else(|| ".".to_owned(), |near| format!("; did you mean {near}?"));
    format!("is no key of this section{hint} There are: {}", names.collect::<Vec<_>>().join(", "))
}

/// Names of categories, separated by commas or spaces; `default` and `all` stand for several.
pub(super) fn toolsets(value: &str) -> Result<Vec<&'static str>, String> {
    let words = value.split([',', ' ']).map(str::trim).filter(|word| !word.is_empty());
    let known: Vec<&'static str> = CATEGORIES.iter().map(|(name, _)| *name).filter(|name| *name != ALWAYS).collect();
    let mut named: Vec<&'static str> = Vec::new();
    for word in words {
        let meant: Vec<&'static str> = match word {
            ALL => known.clone(),
            DEFAULT => known.iter().copied().filter(|name| !OPT_IN.contains(name)).collect(),
            _ => known.iter().copied().filter(|name| *name == word).collect(),
        };
        if meant.is_empty() {
            return Err(format!("names the toolset '{word}'; there are {}; and {DEFAULT}, {ALL}", known.join(", ")));
        }
        named.extend(meant);
    }
    named.dedup();
    Ok(named)
}

/// What tools may do.
pub(super) fn access(value: &str) -> Result<Access, String> {
    match value {
        "read" => Ok(Access::Read),
        _ => Err(format!("is '{value}'; this version has tools that read only: expected read")),
    }
}

fn log(value: &str) -> Result<String, String> {
    let known = value.parse::<tracing_subscriber::filter::Targets>().is_ok();
    known.then(|| value.to_owned()).ok_or_else(|| format!("is '{value}'; expected error, warn, info or debug"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn every_key_is_taken_in() {
        let mut settings = ServerSettings::default();
        for (key, value) in [
            ("toolsets", "runs, compare"),
            ("access", "read"),
            ("deadline", "20s"),
            ("answer_characters", "40000"),
            ("runs_read", "50000"),
            ("requests_at_once", "4"),
            ("request_timeout", "60"),
            ("default_tracker", "lab"),
            ("log", "debug"),
            ("discover", "yes"),
            ("images", "no"),
        ] {
            settings.set(key, value).unwrap();
        }
        let expected = ServerSettings {
            toolsets: vec!["runs", "compare"],
            access: Some(Access::Read),
            allowance: Allowance { time: Duration::from_secs(20), characters: 40_000, runs: 50_000 },
            pace: Pace { requests_at_once: 4, timeout: Duration::from_secs(60) },
            default_tracker: Some("lab".to_owned()),
            log: Some("debug".to_owned()),
            discover: true,
            images: Some(false),
        };
        assert_eq!(settings, expected);
        assert_eq!(KEYS.len(), 11);
    }

    #[test]
    fn words_stand_for_several_toolsets() {
        assert_eq!(toolsets("default").unwrap(), ["projects", "runs", "compare", "datasets", "models", "tasks"]);
        assert_eq!(toolsets("runs traces").unwrap(), ["runs", "traces"]);
        assert!(toolsets("all").unwrap().ends_with(&toolsets("traces").unwrap()));
    }

    #[test]
    fn what_is_wrong_is_told_with_what_would_be_accepted() {
        for (key, value, words) in [
            ("toolset", "runs", "did you mean toolsets?"),
            ("toolsets", "runs,modles", "'modles'; there are projects, runs"),
            ("access", "write", "expected read"),
            ("deadline", "1h", "expected 5 to 120 seconds"),
            ("deadline", "900", "expected 5 to 120 seconds"),
            ("answer_characters", "200000", "is '200000'; expected 5000 to 100000 characters, such as 20000"),
            ("request_timout", "20", "did you mean request_timeout?"),
            ("discover", "perhaps", "expected yes or no"),
        ] {
            let why = ServerSettings::default().set(key, value).unwrap_err();
            assert!(why.contains(words), "{key} = {value}: {why}");
        }
    }
}
