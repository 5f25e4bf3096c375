//! Runs by description, for those who know no id: `last`, `last 3 failed by me in vision/resnet`, `best val_f1`,
//! `where tags.golden is not null`.

use backends::Error;
use backends::model::Status;

/// Runs by description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// The most recently started.
    Last {
        /// How many.
        count: usize,
        /// Of this state.
        status: Option<Status>,
        /// Of this user; `me` is who is signed in.
        user: Option<String>,
        /// In this project.
        project: Option<String>,
    },
    /// The finished run with the best last value of a metric.
    Best {
        /// The metric.
        metric: String,
        /// In this project.
        project: Option<String>,
    },
    /// All that a filter holds for, the most recently started first.
    Where {
        /// The filter.
        filter: String,
    },
}

/// The most runs that `last N` may ask for.
const MOST: usize = 100;

impl Selector {
    /// Reads a selector; `None` if the text is none, so that it is a name.
    ///
    /// # Errors
    /// The text begins as a selector does and goes on otherwise.
    pub fn parse(text: &str) -> backends::Result<Option<Self>> {
        let text = text.trim();
        let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let rest = rest.trim();
        match (first.to_ascii_lowercase().as_str(), rest) {
            ("where", "") | ("best", "") => Ok(None),
            ("where", filter) => Ok(Some(Self::Where { filter: filter.to_owned() })),
            ("best", rest) => best(rest).map(Some),
            ("last", rest) => last(text, rest).map(Some),
            _ => Ok(None),
        }
    }
}

fn best(rest: &str) -> backends::Result<Selector> {
    let (metric, project) = match rest.rsplit_once(" in ") {
        Some((metric, project)) => (metric, Some(project.trim().to_owned())),
        None => (rest, None),
    };
    let metric = metric.trim().trim_matches('`');
    let metric = metric.strip_prefix("metrics.").unwrap_or(metric).trim_matches('`');
    if metric.is_empty() {
        return Err(Error::bad_input(format!("'best {rest}' names no metric; write e.g. 'best val_f1 in PROJECT'")));
    }
    Ok(Selector::Best { metric: metric.to_owned(), project })
}

fn last(whole: &str, rest: &str) -> backends::Result<Selector> {
    let mut count = 1;
    let mut status = None;
    let mut user = None;
    let mut project = None;
    let mut left = rest;
    while let Some((word, after)) = next_word(left) {
        let lowered = word.to_ascii_lowercase();
        left = after;
        if let Ok(number) = word.parse::<usize>() {
            if !(1..=MOST).contains(&number) {
                return Err(Error::bad_input(format!("'{}': {number} is out of range, 1 to {MOST}", shown(whole))));
            }
            count = number;
        } else if let Some(read) = Status::parse(word) {
            status = Some(read);
        } else if matches!(lowered.as_str(), "run" | "runs" | "task" | "tasks") {
            // What is meant anyway.
        } else if lowered == "by" {
            let (name, after) = next_word(left).ok_or_else(|| misread(whole))?;
            user = Some(name.to_owned());
            left = after;
        } else if lowered == "in" && !left.is_empty() {
            project = Some(left.to_owned());
            left = "";
        } else {
            return Err(misread(whole));
        }
    }
    Ok(Selector::Last { count, status, user, project })
}

fn next_word(text: &str) -> Option<(&str, &str)> {
    let text = text.trim();
    (!text.is_empty())
        .then(|| text.split_once(char::is_whitespace).map_or((text, ""), |(word, rest)| (word, rest.trim())))
}

fn misread(whole: &str) -> Error {
    Error::bad_input(format!(
        "'{}' is not understood; write 'last', 'last 3', 'last failed', 'last 2 running by me in PROJECT', or for a run of that name its id",
        shown(whole)
    ))
}

fn shown(text: &str) -> String {
    crate::render::one_line(text, 80)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(count: usize, status: Option<Status>, user: Option<&str>, project: Option<&str>) -> Selector {
        Selector::Last { count, status, user: user.map(Into::into), project: project.map(Into::into) }
    }

    #[test]
    fn words_say_which_runs() {
        let read = |text| Selector::parse(text).unwrap().unwrap();
        assert_eq!(read("last"), last(1, None, None, None));
        assert_eq!(read("last 3"), last(3, None, None, None));
        assert_eq!(read("Last failed"), last(1, Some(Status::Failed), None, None));
        assert_eq!(
            read("last 2 running by me in vision/res net"),
            last(2, Some(Status::Running), Some("me"), Some("vision/res net"))
        );
        assert_eq!(
            read("best val/f1 in a in b"),
            Selector::Best { metric: "val/f1 in a".into(), project: Some("b".into()) }
        );
        assert_eq!(read("best metrics.`val loss`"), Selector::Best { metric: "val loss".into(), project: None });
        assert_eq!(read("where tags.golden is not null"), Selector::Where { filter: "tags.golden is not null".into() });
    }

    #[test]
    fn a_name_is_no_selector() {
        for name in ["lastly", "best", "where", "resnet last", "bestow 3", ""] {
            assert_eq!(Selector::parse(name).unwrap(), None, "{name}");
        }
    }

    #[test]
    fn a_selector_that_goes_on_otherwise_is_explained() {
        for text in ["last 0", "last 101", "last but one", "last by", "last in"] {
            let error = Selector::parse(text).unwrap_err();
            assert!(error.message.contains(text), "{error}");
        }
    }
}
