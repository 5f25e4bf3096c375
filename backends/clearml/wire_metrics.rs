//! What a task's document keeps of each series (`last_metrics`): exact values with their iterations.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::model::Metric;

use super::wire_values::{Number, iteration};

/// Series that begin so are made by the machine's monitor.
const MONITOR: &str = ":monitor:";

/// The exact facts that the server keeps of a series.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct WireMetric {
    metric: String,
    variant: String,
    value: Option<Number>,
    min_value: Option<Number>,
    min_value_iteration: Option<i64>,
    max_value: Option<Number>,
    max_value_iteration: Option<i64>,
    first_value: Option<Number>,
    first_value_iteration: Option<i64>,
    count: Option<u64>,
}

impl WireMetric {
    /// Title and series, as the server has them.
    pub(super) fn names(&self) -> (&str, &str) {
        (&self.metric, &self.variant)
    }

    /// `title/series`, and what is known of it; `None` as long as it has no value.
    pub(super) fn into_metric(self) -> Option<(String, Metric)> {
        let at = |value: Option<Number>, step| value.map(|Number(value)| (value, iteration(step)));
        let metric = Metric {
            value: self.value?.0,
            // The server keeps the iteration of the first value, not that of the last.
            step: iteration(self.first_value_iteration).filter(|_| self.count == Some(1)),
            min: at(self.min_value, self.min_value_iteration),
            max: at(self.max_value, self.max_value_iteration),
            first: at(self.first_value, self.first_value_iteration),
            count: self.count,
            machine: is_monitor(&self.metric),
        };
        Some((metric_name(&self.metric, &self.variant), metric))
    }
}

/// How we call a series.
pub(super) fn metric_name(title: &str, series: &str) -> String {
    format!("{title}/{series}")
}

/// Whether a series was made by the machine's monitor, not by the training.
pub(super) fn is_monitor(metric: &str) -> bool {
    metric.starts_with(MONITOR)
}

/// The series of a task that have a value, by our names.
pub(super) fn metrics(titles: BTreeMap<String, BTreeMap<String, WireMetric>>) -> BTreeMap<String, Metric> {
    titles.into_values().flat_map(BTreeMap::into_values).filter_map(WireMetric::into_metric).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(titles: Value) -> BTreeMap<String, Metric> {
        metrics(serde_json::from_value(titles).unwrap())
    }

    #[test]
    fn a_series_has_its_exact_extremes_with_their_iterations() {
        let answer: Value = serde_json::from_str(include_str!("fixtures/tasks.get_by_id_ex.json")).unwrap();
        let metrics = read(answer["data"]["tasks"][0]["last_metrics"].clone());
        let loss = &metrics["validation/loss"];
        assert_eq!((loss.value, loss.step, loss.count), (0.252_529_124_689_039_26, None, Some(40)));
        assert_eq!((loss.min, loss.max), (Some((0.252_529_124_689_039_26, Some(195))), Some((2.33, Some(0)))));
        assert_eq!(loss.first, Some((2.33, Some(0))));
        let single = &metrics["Summary/best_accuracy"];
        assert_eq!((single.value, single.step, single.max), (0.92, None, Some((0.92, None))));
    }

    #[test]
    fn a_metric_that_was_reported_once_has_its_step() {
        let metric = json!({"metric": "a", "variant": "b", "value": 1, "first_value_iteration": 7, "count": 1});
        assert_eq!(read(json!({"x": {"y": metric}}))["a/b"].step, Some(7));
    }

    #[test]
    fn numbers_that_json_has_none_for_are_what_they_are() {
        let of = |value: &str| json!({"metric": "m", "variant": value, "value": value, "min_value": value});
        let metrics = read(json!({"x": {"1": of("NaN"), "2": of("Infinity"), "3": of("-Infinity")}}));
        assert!(metrics["m/NaN"].value.is_nan());
        assert_eq!(metrics["m/Infinity"].value, f64::INFINITY);
        assert_eq!(metrics["m/-Infinity"].min, Some((f64::NEG_INFINITY, None)));
    }

    #[test]
    fn a_series_of_the_monitor_is_about_the_machine() {
        let metric = json!({"metric": ":monitor:gpu", "variant": "gpu_0_utilization", "value": 3.0});
        assert!(read(json!({"x": {"y": metric}}))[":monitor:gpu/gpu_0_utilization"].machine);
    }
}
