//! The questions about what a task left besides values.

use serde_json::{Value, json};

use crate::model::RunId;
use crate::{Call, Result};

use super::api::Api;
use super::wire_media::{
    DebugImageSample, DebugImages, Document, Documents, FIELDS, Plot, PlotSample, Plots, Sample, Title, Titles,
};

impl Api {
    /// `tasks.get_by_id_ex`: a task, as far as it is about files; `None` if there is no such task.
    pub(super) async fn task_with_files(&self, call: &Call, run: &RunId) -> Result<Option<Document>> {
        let body = json!({"id": [run.as_str()], "only_fields": FIELDS});
        let Documents { tasks } = self.ask(call, "tasks.get_by_id_ex", &body).await?;
        Ok(tasks.into_iter().next())
    }

    /// `events.get_multi_task_metrics`: titles and series of a task's events of a type (server 1.14 and newer).
    pub(super) async fn titles(&self, call: &Call, run: &RunId, of: &str) -> Result<Vec<Title>> {
        let body = json!({"tasks": [run.as_str()], "event_type": of});
        let Titles { metrics } = self.ask(call, "events.get_multi_task_metrics", &body).await?;
        Ok(metrics)
    }

    /// `events.get_task_plots`: the last plot of a series.
    pub(super) async fn last_plots(&self, call: &Call, run: &RunId, title: &str, series: &str) -> Result<Vec<Plot>> {
        let metrics = json!([{"metric": title, "variants": [series]}]);
        let body = json!({"task": run.as_str(), "iters": 1, "no_scroll": true, "metrics": metrics});
        let Plots { plots } = self.ask(call, "events.get_task_plots", &body).await?;
        Ok(plots)
    }

    /// `events.get_plot_sample`: the plots of a title and an iteration.
    pub(super) async fn plots_at(&self, call: &Call, run: &RunId, title: &str, iteration: i64) -> Result<Vec<Plot>> {
        let body = json!({"task": run.as_str(), "metric": title, "iteration": iteration});
        let PlotSample { events } = self.ask(call, "events.get_plot_sample", &body).await?;
        Ok(events)
    }

    /// `events.debug_images`: the samples of the newest iterations of a task, or of these series of it.
    pub(super) async fn samples(
        &self,
        call: &Call,
        run: &RunId,
        of: Option<&[Title]>,
        iterations: usize,
    ) -> Result<Vec<Sample>> {
        let task = run.as_str();
        let named = |title: &Title| json!({"task": task, "metric": title.metric, "variants": title.variants});
        let metrics: Vec<Value> =
            of.map_or_else(|| vec![json!({"task": task})], |titles| titles.iter().map(named).collect());
        let body = json!({"metrics": metrics, "iters": iterations});
        let images: DebugImages = self.ask(call, "events.debug_images", &body).await?;
        Ok(images.samples().collect())
    }

    /// `events.get_debug_image_sample`: the sample of a series and an iteration, or of the next earlier iteration.
    pub(super) async fn sample_at(
        &self,
        call: &Call,
        run: &RunId,
        (title, series): (&str, &str),
        iteration: i64,
    ) -> Result<Option<Sample>> {
        let body = json!({"task": run.as_str(), "metric": title, "variant": series, "iteration": iteration});
        let DebugImageSample { event } = self.ask(call, "events.get_debug_image_sample", &body).await?;
        Ok(event)
    }
}
