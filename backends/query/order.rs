//! The order of an answer: read from text, and kept between runs.

use std::cmp::Ordering;

use jiff::{SignedDuration, Timestamp};

use super::evaluate::number;
use super::keys::{RUNS, Vocabulary, read_key};
use super::lexer::{Lexeme, Token, lex};
use super::syntax_error::SyntaxError;
use super::trace_keys::TRACES;
use super::values::Value;
use super::{Direction, Key, Order};
use crate::Result;
use crate::model::{Run, Status, TraceInfo};

impl Order {
    /// Reads `started desc`, or `metrics.loss asc, name`. Without a direction it is ascending, as in MLflow. Blank
    /// text is the default, [`Order::default`].
    ///
    /// # Errors
    /// Bad input, which points at the place and shows how to write it.
    pub fn parse(text: &str) -> Result<Self> {
        Self::of(text, &RUNS)
    }

    /// As [`Order::parse`], with the keys of traces.
    ///
    /// # Errors
    /// Bad input, which points at the place and shows how to write it.
    pub fn parse_traces(text: &str) -> Result<Self> {
        Self::of(text, &TRACES)
    }

    fn of(text: &str, words: &Vocabulary) -> Result<Self> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        lex(text)
            .and_then(|lexemes| read(&lexemes, text.len(), words))
            .map_err(|error| error.into_error("the order", text))
    }

    /// How two traces stand to each other: as [`Order::compare`], and of the statuses failed comes first.
    pub fn compare_traces(&self, a: &TraceInfo, b: &TraceInfo) -> Ordering {
        let compared = self.0.iter().map(|(key, direction)| by_rank(rank_of(key, a), rank_of(key, b), *direction));
        let keys = compared.into_iter().find(|ordering| ordering.is_ne()).unwrap_or(Ordering::Equal);
        keys.then_with(|| b.started.cmp(&a.started)).then_with(|| a.id.cmp(&b.id))
    }

    /// How two runs stand to each other at `now` (until when a running run's duration counts). Total, and equal only
    /// for equal ids.
    ///
    /// Params and tags that hold numbers come by number, before those that hold other text; statuses come in the order
    /// of a run's life; a run with several datasets or models counts with the first of them by name.
    pub fn compare(&self, a: &Run, b: &Run, now: Timestamp) -> Ordering {
        self.compare_across(a, self, b, now)
    }

    /// As [`compare`](Self::compare), where the keys are called otherwise in the tracker of `b`: as in `other`, which is
    /// else the same order.
    pub fn compare_across(&self, a: &Run, other: &Self, b: &Run, now: Timestamp) -> Ordering {
        self.keys_across(a, other, b, now).then_with(|| a.id.cmp(&b.id))
    }

    /// As [`Order::compare`], but equal for runs that only their ids set apart.
    pub fn compare_keys(&self, a: &Run, b: &Run, now: Timestamp) -> Ordering {
        self.keys_across(a, self, b, now)
    }

    fn keys_across(&self, a: &Run, other: &Self, b: &Run, now: Timestamp) -> Ordering {
        self.0
            .iter()
            .zip(&other.0)
            .map(|((key, direction), (other, _))| by_rank(rank(key, a, now), rank(other, b, now), *direction))
            .find(|ordering| ordering.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}

fn read(lexemes: &[Lexeme<'_>], end: usize, words: &Vocabulary) -> Result<Order, SyntaxError> {
    let place = |rest: &[Lexeme<'_>]| rest.first().map_or(end, |lexeme| lexeme.span.start);
    let mut keys = Vec::new();
    let mut rest = lexemes;
    loop {
        if rest.is_empty() {
            return Err(SyntaxError::new(end, "a key is missing, as in started desc"));
        }
        let (key, used) = read_key(rest, words)?;
        rest = rest.get(used..).unwrap_or_default();
        let direction = match rest.first().map(|lexeme| &lexeme.token) {
            Some(Token::Word(word)) => {
                let direction = read_direction(word, &key).map_err(|message| SyntaxError::new(place(rest), message))?;
                rest = rest.get(1..).unwrap_or_default();
                direction
            }
            _ => Direction::Ascending,
        };
        keys.push((key, direction));
        match rest.split_first() {
            None => return Ok(Order(keys)),
            Some((lexeme, behind)) if lexeme.token == Token::Comma => rest = behind,
            Some(_) => {
                let message =
                    "keys are separated by commas: metrics.loss asc, started desc; missing values always come last";
                return Err(SyntaxError::new(place(rest), message));
            }
        }
    }
}

fn read_direction(word: &str, key: &Key) -> Result<Direction, String> {
    match word.to_ascii_lowercase().as_str() {
        "asc" | "ascending" => Ok(Direction::Ascending),
        "desc" | "descending" => Ok(Direction::Descending),
        _ => Err(format!("a direction is asc or desc, not {word}: {key} desc")),
    }
}

/// What a run is sorted by; what is derived first comes first.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
enum Rank<'a> {
    /// Finite.
    Number(f64),
    Text(&'a str),
    Status(Status),
    Time(Timestamp),
    Duration(SignedDuration),
    Bool(bool),
}

/// `None` for what comes last: missing and not finite.
fn rank<'a>(key: &Key, run: &'a Run, now: Timestamp) -> Option<Rank<'a>> {
    least(key.values(run, now)?)
}

/// As [`rank`], for a trace.
fn rank_of<'a>(key: &Key, trace: &'a TraceInfo) -> Option<Rank<'a>> {
    match (key, trace.status) {
        (Key::Status, None) => None,
        (Key::Status, Some(Status::Failed)) => Some(Rank::Number(0.0)),
        (Key::Status, Some(Status::Running)) => Some(Rank::Number(1.0)),
        (Key::Status, Some(_)) => Some(Rank::Number(2.0)),
        _ => least(key.values_of_trace(trace)?),
    }
}

/// What is missing comes last in both directions.
fn by_rank(a: Option<Rank<'_>>, b: Option<Rank<'_>>, direction: Direction) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => {
            let ascending = a.partial_cmp(&b).unwrap_or(Ordering::Equal);
            if direction == Direction::Ascending { ascending } else { ascending.reverse() }
        }
        (a, b) => a.is_none().cmp(&b.is_none()),
    }
}

/// Of several values the least counts.
fn least(values: Vec<Value<'_>>) -> Option<Rank<'_>> {
    let ranks = values.into_iter().filter_map(|value| match value {
        Value::Number(number) => number.is_finite().then_some(Rank::Number(number)),
        // A total order needs numbers apart from text: 9 < 10, but '10' < '1a' < '9'.
        Value::Free(text) => match number(text) {
            Some(number) => number.is_finite().then_some(Rank::Number(number)),
            None => Some(Rank::Text(text)),
        },
        Value::Text(text)
        | Value::Word(text)
        | Value::Named { name: text, .. }
        | Value::Referred { name: text, .. } => Some(Rank::Text(text)),
        Value::Status(status) => Some(Rank::Status(status)),
        Value::Time(moment) => Some(Rank::Time(moment)),
        Value::Duration(length) => Some(Rank::Duration(length)),
        Value::Bool(truth) => Some(Rank::Bool(truth)),
    });
    ranks.min_by(|a, b| a.partial_cmp(b).unwrap_or(Ordering::Equal))
}

#[cfg(test)]
mod tests {
    use super::{Direction, Key, Order, Ordering, Run, Timestamp};
    use crate::model::ModelReference;
    use crate::query::samples::{metric, run};

    fn sorted(order: &str, mut runs: Vec<Run>) -> Vec<String> {
        let order = Order::parse(order).unwrap();
        runs.sort_by(|a, b| order.compare(a, b, Timestamp::UNIX_EPOCH));
        runs.iter().map(|run| run.id.to_string()).collect()
    }

    fn with_loss(id: &str, loss: f64) -> Run {
        let mut run = run(id);
        run.metrics.insert("loss".to_owned(), metric(loss));
        run
    }

    fn with_param(id: &str, value: &str) -> Run {
        let mut run = run(id);
        run.params.insert("lr".to_owned(), value.to_owned());
        run
    }

    #[test]
    fn runs_of_trackers_with_other_names_stand_in_one_order() {
        let order = Order::parse("metrics.loss asc").unwrap();
        let other = Order::parse("metrics.loss/loss asc").unwrap();
        let mut there = run("b");
        there.metrics.insert("loss/loss".to_owned(), metric(1.0));

        let compared = order.compare_across(&with_loss("a", 2.0), &other, &there, Timestamp::UNIX_EPOCH);

        assert_eq!(compared, std::cmp::Ordering::Greater);
        assert_eq!(order.compare(&with_loss("a", 2.0), &there, Timestamp::UNIX_EPOCH), std::cmp::Ordering::Less);
    }

    #[test]
    fn an_order_is_read_in_all_its_forms() {
        for (text, order) in [
            ("started desc", vec![(Key::Started, Direction::Descending)]),
            ("start_time", vec![(Key::Started, Direction::Ascending)]),
            (
                "metrics.loss ASC, name",
                vec![(Key::Metric("loss".to_owned()), Direction::Ascending), (Key::Name, Direction::Ascending)],
            ),
            ("metrics.`val loss` DESC", vec![(Key::Metric("val loss".to_owned()), Direction::Descending)]),
            (" ", Order::default().0),
        ] {
            assert_eq!(Order::parse(text).unwrap(), Order(order), "{text}");
        }
    }

    #[test]
    fn an_unreadable_order_says_how_to_write_it() {
        for (text, ours) in [
            ("metrics.loss down", "at character 14, \"down\": a direction is asc or desc, not down: metrics.loss desc"),
            ("metrics.loss desc nulls last", "missing values always come last"),
            ("loss desc", "metrics.loss"),
            ("started desc,", "at its end: a key is missing"),
            ("metrics.val loss", "a direction is asc or desc"),
        ] {
            let error = Order::parse(text).unwrap_err();
            assert!(error.message.starts_with("the order cannot be read"), "{error}");
            assert!(error.message.contains(ours), "{text}: {error}");
        }
    }

    #[test]
    fn missing_and_non_finite_values_come_last_in_both_directions() {
        let runs = || {
            vec![
                run("a"),
                with_loss("b", f64::NAN),
                with_loss("c", 1.0),
                with_loss("d", f64::NEG_INFINITY),
                with_loss("e", 0.5),
            ]
        };

        assert_eq!(sorted("metrics.loss asc", runs()), ["e", "c", "a", "b", "d"]);
        assert_eq!(sorted("metrics.loss desc", runs()), ["c", "e", "a", "b", "d"]);
    }

    #[test]
    fn equal_runs_come_by_id() {
        let runs = vec![with_loss("b", 1.0), with_loss("c", 0.0), with_loss("a", 1.0)];

        let order = Order::parse("metrics.loss desc").unwrap();
        assert_eq!(order.compare_keys(&runs[0], &runs[2], Timestamp::UNIX_EPOCH), Ordering::Equal);
        assert_eq!(sorted("metrics.loss desc", runs), ["a", "b", "c"]);
    }

    #[test]
    fn params_come_by_number_before_text() {
        let runs = vec![with_param("a", "9"), with_param("b", "10"), with_param("c", "1a"), with_param("d", "1e-3")];

        assert_eq!(sorted("params.lr", runs), ["d", "a", "b", "c"]);
    }

    #[test]
    fn a_run_with_several_models_counts_with_the_first_by_name() {
        let with_models = |id: &str, names: [&str; 2]| {
            let model = |name: &str| ModelReference {
                id: format!("m-{id}"),
                name: Some(name.to_owned()),
                output: true,
                ..ModelReference::default()
            };
            Run { models: names.map(model).to_vec(), ..run(id) }
        };
        let runs = vec![with_models("a", ["resnet", "t5"]), with_models("b", ["vit", "bert"])];

        assert_eq!(sorted("model", runs), ["b", "a"]);
    }

    #[test]
    fn an_order_without_keys_is_by_id() {
        assert_eq!(Order(Vec::new()).to_string(), "id asc");
        assert_eq!(Order::default().to_string(), "started desc");
    }
}
