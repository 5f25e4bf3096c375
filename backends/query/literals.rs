//! What a written value means to the key that it is compared with.

use jiff::{SignedDuration, Timestamp};

use super::shape::Shape;
use super::times::{read_length, read_time};
use super::{Key, Literal};
use crate::model::Status;
use crate::nearest::nearest;

/// A value as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) text: String,
    pub(super) quoted: bool,
}

/// The literal that a written value is for this key; or what is wrong, with an example.
pub(super) fn literal(key: &Key, written: &Written, now: Timestamp) -> Result<Literal, String> {
    let Written { text, quoted } = written;
    let is = |word: &str| !quoted && text.eq_ignore_ascii_case(word);
    if is("null") {
        return Err(format!("write {key} is null, or {key} is not null"));
    }
    if is("me") {
        return match key {
            Key::User => Ok(Literal::Me),
            _ => Err(format!("me is a user, as in user = me; as text it is quoted: {key} = 'me'")),
        };
    }
    match key.shape() {
        Shape::Number => number(text)?
            .map(|n| Literal::Number(unclamped(n)))
            .ok_or_else(|| format!("{key} is compared with a number, as in {key} > 0.9, not with {text:?}")),
        Shape::Free | Shape::Text if *quoted => Ok(Literal::Text(text.clone())),
        Shape::Free => match (number(text)?, boolean(text)) {
            (Some(number), _) => Ok(Literal::Number(number)),
            (None, Some(truth)) => Ok(Literal::Bool(truth)),
            (None, None) => Err(unquoted(key, text)),
        },
        // `experiment_id = 1` can mean only the text.
        Shape::Text => match number(text)? {
            Some(_) => Ok(Literal::Text(text.clone())),
            None => Err(unquoted(key, text)),
        },
        Shape::Status => status(text),
        Shape::Time => read_time(text, now).map(Literal::Time),
        Shape::Duration => duration(key, text),
        Shape::Bool => match text.to_ascii_lowercase().as_str() {
            "true" | "deleted" | "archived" => Ok(Literal::Bool(true)),
            "false" | "active" => Ok(Literal::Bool(false)),
            _ => Err(format!("{key} is true or false, not {text:?}: {key} = true")),
        },
    }
}

/// A number, `None` if it is none; NaN is an error.
fn number(text: &str) -> Result<Option<f64>, String> {
    match text.trim().parse::<f64>() {
        Ok(number) if number.is_nan() => {
            Err("NaN makes every comparison unknown, so that no run would match; is null asks for missing values"
                .to_owned())
        }
        Ok(number) => Ok(Some(number)),
        Err(_) => Ok(None),
    }
}

pub(super) fn boolean(text: &str) -> Option<bool> {
    match text.trim() {
        text if text.eq_ignore_ascii_case("true") => Some(true),
        text if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// MLflow's SQL store writes ±∞ as ±1.797e308 and shows them so; who copies that means ±∞.
fn unclamped(number: f64) -> f64 {
    if number.abs() == f64::MAX { f64::INFINITY.copysign(number) } else { number }
}

fn status(text: &str) -> Result<Literal, String> {
    if let Some(status) = Status::parse(text) {
        return Ok(Literal::Text(status.word().to_owned()));
    }
    let words = Status::ALL.map(Status::word);
    let example = nearest(text, words, 1).first().copied().unwrap_or("failed");
    Err(format!("{text:?} is no status; status is one of {}: status = '{example}'", words.join(", ")))
}

fn duration(key: &Key, text: &str) -> Result<Literal, String> {
    let length = match number(text)? {
        Some(seconds) => SignedDuration::try_from_secs_f64(seconds).ok(),
        // `2h ago` is a moment, and as a length it would be negative.
        None if text.contains("ago") => None,
        None => read_length(text),
    };
    length.map(Literal::Duration).ok_or_else(|| {
        format!(
            "{key} is compared with seconds or a length of time, as in {key} > 3600 or {key} > '2h', not with {text:?}"
        )
    })
}

fn unquoted(key: &Key, text: &str) -> String {
    format!("text is quoted: {key} = {}", Literal::Text(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::{Key, Literal, SignedDuration, Timestamp, Written, literal};

    fn read(key: &Key, text: &str, quoted: bool) -> Result<Literal, String> {
        let now: Timestamp = "2026-11-20T09:30:00Z".parse().unwrap();
        literal(key, &Written { text: text.to_owned(), quoted }, now)
    }

    fn param() -> Key {
        Key::Param("lr".to_owned())
    }

    fn metric() -> Key {
        Key::Metric("loss".to_owned())
    }

    #[test]
    fn a_metric_takes_numbers_in_every_spelling() {
        for (text, number) in [
            ("-1e-3", -0.001),
            (".5", 0.5),
            ("1.", 1.0),
            ("+2", 2.0),
            ("inf", f64::INFINITY),
            ("-Infinity", f64::NEG_INFINITY),
            ("1.7976931348623157e+308", f64::INFINITY),
        ] {
            assert_eq!(read(&metric(), text, false), Ok(Literal::Number(number)), "{text}");
        }
        assert_eq!(read(&metric(), "0.9", true), Ok(Literal::Number(0.9)));
    }

    #[test]
    fn nan_is_refused_with_the_reason() {
        assert!(read(&metric(), "NaN", false).unwrap_err().contains("every comparison unknown"));
        assert!(read(&param(), "nan", false).unwrap_err().contains("every comparison unknown"));
        assert_eq!(read(&param(), "nan", true), Ok(Literal::Text("nan".to_owned())));
    }

    #[test]
    fn a_param_is_text_when_quoted_and_a_number_or_truth_when_not() {
        assert_eq!(read(&param(), "3", true), Ok(Literal::Text("3".to_owned())));
        assert_eq!(read(&param(), "3", false), Ok(Literal::Number(3.0)));
        assert_eq!(read(&param(), "True", false), Ok(Literal::Bool(true)));
        assert_eq!(read(&param(), "adam", false), Err("text is quoted: params.lr = 'adam'".to_owned()));
    }

    #[test]
    fn an_unquoted_number_is_text_where_it_can_be_nothing_else() {
        assert_eq!(read(&Key::Project, "12", false), Ok(Literal::Text("12".to_owned())));
    }

    #[test]
    fn a_status_is_stored_in_our_word() {
        assert_eq!(read(&Key::Status, "KILLED", true), Ok(Literal::Text("stopped".to_owned())));
        assert_eq!(read(&Key::Status, "completed", false), Ok(Literal::Text("finished".to_owned())));
        let error = read(&Key::Status, "finish", true).unwrap_err();
        assert!(error.contains("created, queued, running, finished, failed, stopped: status = 'finished'"), "{error}");
    }

    #[test]
    fn a_duration_is_seconds_or_words() {
        let two_hours = Literal::Duration(SignedDuration::from_hours(2));
        for (text, quoted) in [("7200", false), ("7200", true), ("2h", false), ("120m", true), ("1h 60 minutes", true)]
        {
            assert_eq!(read(&Key::Duration, text, quoted), Ok(two_hours.clone()), "{text}");
        }
        assert!(read(&Key::Duration, "long", true).unwrap_err().contains("duration > '2h'"));
        assert!(read(&Key::Duration, "inf", false).is_err());
        assert!(read(&Key::Duration, "2h ago", true).is_err());
    }

    #[test]
    fn the_lifecycle_stage_of_mlflow_is_archived() {
        assert_eq!(read(&Key::Archived, "deleted", true), Ok(Literal::Bool(true)));
        assert_eq!(read(&Key::Archived, "active", true), Ok(Literal::Bool(false)));
        assert!(read(&Key::Archived, "gone", true).unwrap_err().contains("archived = true"));
    }

    #[test]
    fn me_is_a_user_and_null_is_no_value() {
        assert_eq!(read(&Key::User, "me", false), Ok(Literal::Me));
        assert_eq!(read(&Key::User, "me", true), Ok(Literal::Text("me".to_owned())));
        assert!(read(&Key::Name, "me", false).unwrap_err().contains("user = me"));
        assert!(read(&param(), "null", false).unwrap_err().contains("params.lr is null"));
    }
}
