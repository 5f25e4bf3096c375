//! How a tracker calls what the data hold: the same things under other keys.

use std::sync::LazyLock;

use regex::{Captures, Regex};

/// The keys of a kind of tracker.
pub(crate) struct Spelling {
    /// A metric, by its name in MLflow.
    pub(crate) metric: fn(&str) -> String,
    /// A hyper-parameter, likewise.
    pub(crate) param: fn(&str) -> String,
    /// A tag of a project, likewise: its key and its value.
    pub(crate) project_tag: fn(&str, &str) -> (String, String),
    /// Where `ids.json` has the id of a version of the registered model; none if name and number are its id.
    pub(crate) model_ids: Option<&'static str>,
    /// Projects that the server has by itself, beside those of the data.
    pub(crate) own_projects: &'static [&'static str],
}

/// As `tests/live/sample.py` says it.
pub(crate) static MLFLOW: Spelling = Spelling {
    metric: str::to_owned,
    param: str::to_owned,
    project_tag: |key, value| (key.to_owned(), value.to_owned()),
    model_ids: None,
    own_projects: &["Default"],
};

impl Spelling {
    /// A filter or an order with the keys of metrics and hyper-parameters in this spelling.
    pub(crate) fn of(&self, text: &str) -> String {
        static KEYS: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r"\b(metrics|params|max|min)\.(?:`([^`]+)`|(\w+))").unwrap());
        let spelt = |found: &Captures<'_>| {
            let key = found.get(2).or_else(|| found.get(3)).map_or("", |key| key.as_str());
            let spelt = if &found[1] == "params" { (self.param)(key) } else { (self.metric)(key) };
            if spelt == key { found[0].to_owned() } else { format!("{}.`{spelt}`", &found[1]) }
        };
        KEYS.replace_all(text, spelt).into_owned()
    }
}

#[test]
fn keys_are_spelt_anew_and_nothing_else() {
    let other = Spelling { metric: |key| format!("{key}/{key}"), param: |key| format!("General/{key}"), ..MLFLOW };
    let text =
        "metrics.val_f1 > 0.5 and params.`batch size` = 'params' and not max.accuracy is null and tags.golden = 'x'";
    let spelt = "metrics.`val_f1/val_f1` > 0.5 and params.`General/batch size` = 'params' \
                 and not max.`accuracy/accuracy` is null and tags.golden = 'x'";
    assert_eq!(other.of(text), spelt);
    assert_eq!(MLFLOW.of(text), text);
}
