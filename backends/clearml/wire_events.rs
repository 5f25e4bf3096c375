//! Answers about scalars: histograms of many tasks, and pages of single points.
//!
//! What is in a histogram was stored in single precision; what is in a page is as it was reported.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::wire_values::Number;

/// Answer of `events.multi_task_scalar_metrics_iter_histogram`: by title, series and task.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Histograms {
    #[serde(default)]
    metrics: BTreeMap<String, BTreeMap<String, BTreeMap<String, Points>>>,
}

impl Histograms {
    /// Takes out a series of a task, if it has any point.
    pub(super) fn take(&mut self, (title, series): (&str, &str), task: &str) -> Option<Points> {
        self.metrics.get_mut(title)?.get_mut(series)?.remove(task)
    }
}

/// Points of one series in the order of its x axis: iterations, or milliseconds since 1970.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Points {
    #[serde(alias = "iter", alias = "timestamp")]
    x: Vec<i64>,
    /// `null` where something was reported without a value.
    y: Vec<Option<Number>>,
}

impl Points {
    /// Those that have a value.
    pub(super) fn into_values(self) -> impl Iterator<Item = (i64, f64)> {
        self.x.into_iter().zip(self.y).filter_map(|(x, y)| Some((x, y?.0)))
    }
}

/// Answer of `events.scalar_metrics_iter_raw`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawPage {
    /// How many points came.
    pub(super) returned: u64,
    /// Where the next page begins; given after the last one too.
    pub(super) scroll_id: Option<String>,
    variants: BTreeMap<String, Points>,
}

impl RawPage {
    /// Takes out the points of a series.
    pub(super) fn take(&mut self, series: &str) -> Points {
        self.variants.remove(series).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_without_a_value_is_none_and_nan_is_a_value() {
        let points: Points = serde_json::from_str(r#"{"name": "x", "x": [0, 1, 2], "y": [1.0, null, "NaN"]}"#).unwrap();
        let values: Vec<(i64, f64)> = points.into_values().collect();
        assert_eq!((values.len(), values[0], values[1].0), (2, (0, 1.0), 2));
        assert!(values[1].1.is_nan());
    }

    #[test]
    fn a_page_has_its_x_under_the_name_of_the_key() {
        for key in ["iter", "timestamp"] {
            let page = format!(
                r#"{{"returned": 1, "total": null, "scroll_id": "s", "variants": {{"loss": {{"y": [0.5], "{key}": [7]}}}}}}"#
            );
            let mut page: RawPage = serde_json::from_str(&page).unwrap();
            assert_eq!((page.returned, page.scroll_id.as_deref()), (1, Some("s")));
            assert_eq!(page.take("loss").into_values().collect::<Vec<_>>(), [(7, 0.5)]);
            assert_eq!(page.take("loss").into_values().count(), 0);
        }
    }

    #[test]
    fn a_series_that_no_task_has_is_none() {
        let mut none: Histograms = serde_json::from_str(r#"{"metrics": {}}"#).unwrap();
        assert!(none.take(("train", "loss"), "t").is_none());
    }
}
