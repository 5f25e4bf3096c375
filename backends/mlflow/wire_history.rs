//! Answers of `metrics/get-history`: read point by point, none of which is kept.

use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::wire_numbers::{Number, Whole};
use crate::model::Point;

/// Reads one answer; each point goes to this sink as it comes.
pub(super) struct HistoryPage<S>(pub(super) S);

/// What an answer of `metrics/get-history` held.
#[derive(Debug, PartialEq)]
pub(super) struct PageRead<S> {
    /// The sink, back again.
    pub(super) sink: S,
    /// How many points came.
    pub(super) points: u64,
    /// Where the next page begins.
    pub(super) next_page_token: Option<String>,
}

impl<'de, S: Extend<Point>> DeserializeSeed<'de> for HistoryPage<S> {
    type Value = PageRead<S>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, S: Extend<Point>> Visitor<'de> for HistoryPage<S> {
    type Value = PageRead<S>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object with metrics")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut fields: A) -> Result<Self::Value, A::Error> {
        let (mut points, mut next_page_token) = (0, None);
        while let Some(field) = fields.next_key()? {
            match field {
                Field::Metrics => points += fields.next_value_seed(Metrics(&mut self.0))?,
                Field::NextPageToken => next_page_token = fields.next_value::<Option<String>>()?,
                Field::Other => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        Ok(PageRead { sink: self.0, points, next_page_token: next_page_token.filter(|token| !token.is_empty()) })
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Field {
    Metrics,
    NextPageToken,
    #[serde(other)]
    Other,
}

/// The array of points; its value is their number.
struct Metrics<'a, S>(&'a mut S);

impl<'de, S: Extend<Point>> DeserializeSeed<'de> for Metrics<'_, S> {
    type Value = u64;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<u64, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, S: Extend<Point>> Visitor<'de> for Metrics<'_, S> {
    type Value = u64;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array of points")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut points: A) -> Result<u64, A::Error> {
        let mut count = 0;
        while let Some(point) = points.next_element::<WirePoint>()? {
            self.0.extend([point.into_point()]);
            count += 1;
        }
        Ok(count)
    }
}

/// One point. What is 0 may be left out; its key and, since 3.x, its run are not looked at.
#[derive(Deserialize)]
struct WirePoint {
    #[serde(default)]
    value: Number,
    #[serde(default)]
    timestamp: Option<Whole>,
    #[serde(default)]
    step: Option<Whole>,
}

impl WirePoint {
    fn into_point(self) -> Point {
        let whole = |number: Option<Whole>| number.map_or(0, |Whole(number)| number);
        let milliseconds = whole(self.timestamp);
        // Since 1970; a time beyond all calendars stays beyond the others.
        let beyond = if milliseconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
        let time = Timestamp::from_millisecond(milliseconds).unwrap_or(beyond);
        Point { step: Some(whole(self.step)), time: Some(time), value: self.value.0 }
    }
}

#[cfg(test)]
mod tests {
    use serde::de::DeserializeSeed;

    use super::{HistoryPage, Point};
    use jiff::Timestamp;

    /// The points of an answer, how many it says there were, and the token.
    fn read(json: &str) -> (Vec<Point>, u64, Option<String>) {
        let mut parser = serde_json::Deserializer::from_reader(json.as_bytes());
        let read = HistoryPage(Vec::new()).deserialize(&mut parser).unwrap();
        (read.sink, read.points, read.next_page_token)
    }

    #[test]
    fn an_unknown_run_or_metric_has_no_points() {
        assert_eq!(read("{}"), (vec![], 0, None));
        assert_eq!(read(r#"{"metrics": [], "next_page_token": ""}"#), (vec![], 0, None));
        assert_eq!(read(r#"{"next_page_token": null}"#), (vec![], 0, None));
    }

    #[test]
    fn a_point_is_read_whatever_the_order_of_its_fields() {
        let (points, count, token) = read(
            r#"{"metrics": [
                {"key": "loss", "value": 0.5, "timestamp": 1780300800123, "step": 7},
                {"step": 9007199254740993, "run_id": "x", "timestamp": "1780300800124", "value": "NaN", "more": [{}]},
                {"value": 1.7976931348623157e+308}
            ], "next_page_token": "abc", "unheard": {"of": 1}}"#,
        );
        let time = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(points[0], Point { step: Some(7), time: Some(time("2026-06-01T08:00:00.123Z")), value: 0.5 });
        assert_eq!((points[1].step, points[1].value.is_nan()), (Some(9_007_199_254_740_993), true));
        assert_eq!(points[2], Point { step: Some(0), time: Some(Timestamp::UNIX_EPOCH), value: f64::INFINITY });
        assert_eq!((count, token.as_deref()), (3, Some("abc")));
    }

    #[test]
    fn a_time_beyond_the_calendar_is_its_end() {
        let (points, ..) =
            read(r#"{"metrics": [{"timestamp": 1780300800123456789}, {"timestamp": -1780300800123456789}]}"#);
        assert_eq!((points[0].time, points[1].time), (Some(Timestamp::MAX), Some(Timestamp::MIN)));
    }
}
