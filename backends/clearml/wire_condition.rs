//! What one `tasks.get_all_ex` asks of tasks: all parts must hold. What does not fit into a request is left out.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::wire::ARCHIVED;
use super::wire_filter::TaskFilter;

/// Before any moment of a task.
const BEGINNING: &str = "0001-01-01T00:00:00";
/// Values of a list that are worth sending.
const VALUES: usize = 1_000;

/// Conditions that all must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Condition {
    /// Field → it is one of these; `None` is missing.
    any_of: BTreeMap<String, BTreeSet<Option<String>>>,
    /// Field → it is none of these (of a list: has none of them).
    none_of: BTreeMap<&'static str, BTreeSet<String>>,
    archived: Option<bool>,
    names: Vec<String>,
    patterns: BTreeSet<(Vec<String>, String)>,
    /// Paths to text that must be there.
    present: BTreeSet<String>,
    /// Paths to numbers.
    numbers: BTreeMap<String, Bounds>,
    /// Series that must be there.
    reported: BTreeSet<String>,
    started: Option<Moments>,
    status_changed_from: Option<Timestamp>,
    never: bool,
}

/// Between these, both included. Without a lower one the server lets pass what is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Bounds {
    pub(super) low: Option<f64>,
    pub(super) high: Option<f64>,
    /// Missing, and nothing else.
    pub(super) missing: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Moments {
    Missing,
    /// Present, and between these milliseconds, both included.
    Between(Option<i64>, Option<i64>),
}

impl Condition {
    /// No task can hold it: there is nothing to ask.
    pub(super) fn is_never(&self) -> bool {
        self.never
    }

    /// Whether the server compares text by the rules of a language in it, in which `a9` comes before `a10`.
    pub(super) fn is_collated(&self) -> bool {
        !self.numbers.is_empty()
            || !self.reported.is_empty()
            || self.any_of.keys().any(|field| field.starts_with("hyperparams."))
    }

    /// The field is one of these (`None`: missing); false if that cannot be said.
    pub(super) fn one_of(&mut self, field: &str, values: impl IntoIterator<Item = Option<String>>) -> bool {
        let values: BTreeSet<Option<String>> = values.into_iter().collect();
        // An operator to the server, which an empty list is not, nor any filter.
        let operator = |value: &Option<String>| value.as_ref().is_some_and(|value| value.starts_with("__$"));
        if values.len() > VALUES || values.iter().any(operator) {
            return false;
        }
        let both = match self.any_of.get(field) {
            Some(others) => others & &values,
            None => values,
        };
        self.never |= both.is_empty();
        self.any_of.insert(field.to_owned(), both);
        true
    }

    /// The field has not this value.
    pub(super) fn not(&mut self, field: &'static str, value: &str) -> bool {
        let sayable = !value.starts_with("__$");
        if sayable {
            self.none_of.entry(field).or_default().insert(value.to_owned());
        }
        sayable
    }

    /// It is archived, or is not.
    pub(super) fn archived(&mut self, archived: bool) {
        self.never |= self.archived.is_some_and(|other| other != archived);
        self.archived = Some(archived);
    }

    /// The name matches.
    pub(super) fn name(&mut self, pattern: String) {
        self.names.push(pattern);
    }

    /// At least one of these fields matches, whatever the case.
    pub(super) fn matching(&mut self, fields: &[&str], pattern: String) {
        self.patterns.insert((fields.iter().map(|field| (*field).to_owned()).collect(), pattern));
    }

    /// The patterns of another condition hold too.
    pub(super) fn matching_all_of(&mut self, other: &Self) {
        self.patterns.extend(other.patterns.iter().cloned());
    }

    /// There is some text at this path.
    pub(super) fn text_at(&mut self, path: String) {
        self.present.insert(path);
    }

    /// The series was reported.
    pub(super) fn reported(&mut self, series: &str) {
        self.reported.insert(series.to_owned());
    }

    /// The number at this path lies within these bounds.
    pub(super) fn number(&mut self, path: &str, bounds: Bounds) {
        let known = self.numbers.entry(path.to_owned()).or_default();
        let inner = |a: Option<f64>, b: Option<f64>, pick: fn(f64, f64) -> f64| match (a, b) {
            (Some(a), Some(b)) => Some(pick(a, b)),
            (a, b) => a.or(b),
        };
        known.low = inner(known.low, bounds.low, f64::max);
        known.high = inner(known.high, bounds.high, f64::min);
        known.missing |= bounds.missing;
        let empty = known.low.zip(known.high).is_some_and(|(low, high)| low > high);
        self.never |= empty || known.missing && (known.low.is_some() || known.high.is_some());
    }

    /// The bounds of the number at this path.
    pub(super) fn bounds(&self, path: &str) -> Bounds {
        self.numbers.get(path).copied().unwrap_or_default()
    }

    /// It was started between these moments (if they are given), to the millisecond.
    pub(super) fn started(&mut self, from: Option<Timestamp>, until: Option<Timestamp>) -> bool {
        // Python's calendar is shorter than ours.
        let sayable = |moment: Option<Timestamp>| moment.is_none_or(|moment| moment > Timestamp::UNIX_EPOCH);
        if !sayable(from) || !sayable(until) {
            return false;
        }
        let (mut from, mut until) =
            (from.map(Timestamp::as_millisecond), until.map(|until| until.as_millisecond().saturating_add(1)));
        if let Some(Moments::Between(known_from, known_until)) = self.started {
            from = from.max(known_from);
            until = until.into_iter().chain(known_until).min();
        }
        self.never |=
            self.started == Some(Moments::Missing) || from.zip(until).is_some_and(|(from, until)| from > until);
        self.started = Some(Moments::Between(from, until));
        true
    }

    /// It was never started.
    pub(super) fn not_started(&mut self) {
        self.never |= matches!(self.started, Some(Moments::Between(..)));
        self.started = Some(Moments::Missing);
    }

    /// Its status last changed at this moment or later.
    pub(super) fn changed_from(&mut self, moment: Timestamp) -> bool {
        let sayable = moment > Timestamp::UNIX_EPOCH;
        if sayable {
            self.status_changed_from = self.status_changed_from.max(Some(moment));
        }
        sayable
    }

    /// The filter of the request.
    pub(super) fn filter(&self) -> TaskFilter {
        let mut body = Map::new();
        for (field, values) in &self.any_of {
            let list: Vec<Option<&str>> =
                std::iter::once(Some("__$or")).chain(values.iter().map(Option::as_deref)).collect();
            body.insert(field.clone(), json!(list));
        }
        for (field, values) in self.excluded() {
            let include = (field == "system_tags" && self.archived == Some(true)).then_some(ARCHIVED);
            let exclude = values.iter().flat_map(|value| ["__$not", value.as_str()]);
            let list: Vec<&str> = std::iter::once("__$and").chain(include).chain(exclude).collect();
            if list.len() > 1 {
                body.entry(field).or_insert(json!(list));
            }
        }
        for (path, bounds) in &self.numbers {
            // Less than the empty text is nothing; the server adds what is missing.
            let range = if bounds.missing { json!([null, ""]) } else { json!([bounds.low, bounds.high]) };
            if bounds.missing || bounds.low.is_some() || bounds.high.is_some() {
                body.insert(path.clone(), range);
            }
        }
        for series in &self.reported {
            body.insert(format!("{series}.variant"), json!(["", null]));
        }
        match self.started {
            Some(Moments::Missing) => drop(body.insert("started".to_owned(), json!([null, BEGINNING]))),
            Some(Moments::Between(from, until)) => {
                let from = from.and_then(written).unwrap_or_else(|| BEGINNING.to_owned());
                body.insert("started".to_owned(), json!([from, until.and_then(written)]));
            }
            None => {}
        }
        if let Some(moment) = self.status_changed_from.and_then(|moment| written(moment.as_millisecond())) {
            body.insert("status_changed".to_owned(), json!([format!(">={moment}")]));
        }
        self.write_patterns(&mut body);
        TaskFilter::new(body)
    }

    /// What must not be there. By the rules of a language texts are alike that are not the same: `v1` and `v01`.
    fn excluded(&self) -> Vec<(&'static str, BTreeSet<String>)> {
        let mut all = if self.is_collated() { BTreeMap::new() } else { self.none_of.clone() };
        // Only fixed words and ids, which such rules do not confuse.
        if let Some(projects) = self.none_of.get("project") {
            all.insert("project", projects.clone());
        }
        let system = all.entry("system_tags").or_default();
        if self.archived == Some(false) {
            system.insert(ARCHIVED.to_owned());
        }
        all.into_iter().collect()
    }

    /// The server takes one pattern of a name that heeds case, and four over fields that do not: two of which any, and
    /// two of which all have to match.
    fn write_patterns(&self, body: &mut Map<String, Value>) {
        let mut names = self.names.iter();
        if let Some(pattern) = names.next() {
            body.insert("name".to_owned(), json!(pattern));
        }
        let mut free = vec!["_any_", "_or_", "_and_", "_all_"];
        if !self.present.is_empty() {
            free.pop();
            body.insert("_all_".to_owned(), json!({"fields": self.present, "pattern": ""}));
        }
        let names = names.map(|pattern| (vec!["name".to_owned()], pattern.clone()));
        let mut patterns: Vec<_> = self.patterns.iter().cloned().chain(names).collect();
        // Those over several fields have fewer places.
        patterns.sort_by_key(|(fields, _)| fields.len() == 1);
        for (fields, pattern) in patterns {
            let place = match fields.len() {
                1 => free.len().checked_sub(1),
                _ => free.iter().position(|place| matches!(*place, "_any_" | "_or_")),
            };
            if let Some(place) = place {
                body.insert(free.remove(place).to_owned(), json!({"fields": fields, "pattern": pattern}));
            }
        }
    }
}

/// A moment as the server reads it: UTC without saying so.
fn written(milliseconds: i64) -> Option<String> {
    let moment = Timestamp::from_millisecond(milliseconds).ok()?;
    Some(moment.to_zoned(TimeZone::UTC).datetime().strftime("%Y-%m-%dT%H:%M:%S%.3f").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(change: impl FnOnce(&mut Condition)) -> Value {
        let mut condition = Condition::default();
        change(&mut condition);
        Value::Object(condition.filter().fields().clone())
    }

    #[test]
    fn nothing_is_asked_of_nothing() {
        assert_eq!(body(|_| {}), json!({}));
    }

    #[test]
    fn lists_meet_and_are_never_empty() {
        let mut condition = Condition::default();
        condition.one_of("id", ["a", "b"].map(|id| Some(id.to_owned())));
        condition.one_of("id", ["b", "c"].map(|id| Some(id.to_owned())));
        assert_eq!(Value::Object(condition.filter().fields().clone()), json!({"id": ["__$or", "b"]}));
        condition.one_of("id", [Some("c".to_owned())]);
        assert!(condition.is_never());
    }

    #[test]
    fn what_the_server_takes_for_an_operator_is_not_sent() {
        assert!(!Condition::default().one_of("id", [Some("__$not".to_owned())]));
        assert!(!Condition::default().not("tags", "__$all"));
    }

    #[test]
    fn archived_tasks_are_excluded_or_asked_for() {
        assert_eq!(
            body(|condition| condition.archived(false)),
            json!({"system_tags": ["__$and", "__$not", "archived"]})
        );
        let both = body(|condition| {
            condition.archived(true);
            condition.not("system_tags", "x");
        });
        assert_eq!(both, json!({"system_tags": ["__$and", "archived", "__$not", "x"]}));
        assert_eq!(body(|condition| condition.archived(true)), json!({"system_tags": ["__$and", "archived"]}));
    }

    #[test]
    fn tags_are_not_excluded_where_like_ones_would_be_too() {
        let both = body(|condition| {
            condition.not("tags", "v1");
            condition.not("project", "p");
            condition.reported("last_metrics.a.b");
        });
        assert_eq!(both, json!({"project": ["__$and", "__$not", "p"], "last_metrics.a.b.variant": ["", null]}));
    }

    #[test]
    fn bounds_meet() {
        let mut condition = Condition::default();
        condition.number("x", Bounds { low: Some(0.1), ..Bounds::default() });
        condition.number("x", Bounds { low: Some(0.5), high: Some(2.0), missing: false });
        assert_eq!(Value::Object(condition.filter().fields().clone()), json!({"x": [0.5, 2.0]}));
        condition.number("x", Bounds { high: Some(0.4), ..Bounds::default() });
        assert!(condition.is_never());
    }

    #[test]
    fn moments_are_written_to_the_millisecond_and_wider() {
        let moment = |text: &str| Some(text.parse::<Timestamp>().unwrap());
        let between = body(|condition| {
            condition.started(moment("2026-11-20T10:00:00.1239Z"), None);
            condition.started(None, moment("2026-11-21T10:00:00.5Z"));
        });
        assert_eq!(between, json!({"started": ["2026-11-20T10:00:00.123", "2026-11-21T10:00:00.501"]}));
        let until = body(|condition| {
            condition.started(None, moment("2026-11-21T10:00:00Z"));
        });
        assert_eq!(until, json!({"started": [BEGINNING, "2026-11-21T10:00:00.001"]}));
        assert_eq!(body(Condition::not_started), json!({"started": [null, BEGINNING]}));
    }

    #[test]
    fn patterns_take_the_places_that_there_are() {
        let patterns = body(|condition| {
            condition.name("n1".to_owned());
            condition.name("n2".to_owned());
            condition.matching(&["a", "b"], "p1".to_owned());
            condition.matching(&["c", "d"], "p2".to_owned());
            condition.matching(&["e", "f"], "one too many".to_owned());
            condition.text_at("g".to_owned());
        });
        assert_eq!(
            patterns,
            json!({
                "name": "n1",
                "_all_": {"fields": ["g"], "pattern": ""},
                "_any_": {"fields": ["a", "b"], "pattern": "p1"},
                "_or_": {"fields": ["c", "d"], "pattern": "p2"},
                "_and_": {"fields": ["name"], "pattern": "n2"},
            })
        );
    }
}
