//! The order of `runs/search`: for each key first what is there, then NaN, then what is missing, in both directions;
//! at the end the start, the newest first, and the id.

use std::cmp::Ordering;

use super::Refusal;
use super::grammar::{Entity, OF_RUNS, parse_order};
use super::store::StoredRun;

/// The keys, each with whether it ascends.
pub(super) struct RunOrder(Vec<(Entity, String, bool)>);

/// A value with what comes before it in any direction: present, NaN, missing.
#[derive(PartialEq, PartialOrd)]
enum Column<'a> {
    Nothing,
    Number(f64),
    Text(&'a str),
}

impl RunOrder {
    pub(super) fn parse(texts: &[String]) -> Result<Self, Refusal> {
        let mut keys: Vec<(Entity, String, bool)> = Vec::new();
        for text in texts {
            let (entity, key, ascending) = parse_order(text, OF_RUNS)?;
            if keys.iter().any(|(other, known, _)| *other == entity && *known == key) {
                return Err(Refusal::invalid(format!("`order_by` contains duplicate fields: {texts:?}")));
            }
            keys.push((entity, key, ascending));
        }
        Ok(Self(keys))
    }

    /// How many tables it joins.
    pub(super) fn joins(&self) -> usize {
        self.0.iter().filter(|(entity, ..)| *entity != Entity::Attribute).count()
    }

    pub(super) fn compare(&self, a: &StoredRun, b: &StoredRun) -> Ordering {
        let by_keys = self.0.iter().map(|(entity, key, ascending)| {
            let ((case_a, a), (case_b, b)) = (column(a, *entity, key), column(b, *entity, key));
            let values = a.partial_cmp(&b).unwrap_or(Ordering::Equal);
            case_a.cmp(&case_b).then(if *ascending { values } else { values.reverse() })
        });
        by_keys.fold(Ordering::Equal, Ordering::then).then(b.start.cmp(&a.start)).then_with(|| a.id.cmp(&b.id))
    }
}

fn column<'a>(run: &'a StoredRun, entity: Entity, key: &str) -> (u8, Column<'a>) {
    let text = |text: Option<&'a str>| text.map_or((1, Column::Nothing), |text| (0, Column::Text(text)));
    let number = |number: Option<i64>| number.map_or((1, Column::Nothing), |number| (0, Column::Number(number as f64)));
    match (entity, key) {
        (Entity::Metric, key) => match run.metric_row(key) {
            Some((value, nan)) => (u8::from(nan), Column::Number(value)),
            None => (2, Column::Nothing),
        },
        (Entity::Param, key) => text(run.params.get(key).map(String::as_str)),
        (Entity::Tag, key) => text(run.tag_value(key)),
        (_, "start_time") => number(Some(run.start)),
        (_, "end_time") => number(run.end),
        (_, "run_id") => text(Some(&run.id)),
        (_, "run_name") => text(Some(&run.name)),
        (_, "status") => text(Some(run.status)),
        (_, "user_id") => text(Some(&run.user_id)),
        _ => (0, Column::Nothing),
    }
}
