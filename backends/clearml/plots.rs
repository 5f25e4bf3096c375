//! Plots as files: `plots/<title>/<series>.json` is the last one of a series, as JSON for Plotly (tables and confusion
//! matrices too); `plots/<title>/<series>/<iteration>.json` one of an earlier iteration.

use bytes::Bytes;

use crate::model::{Artifact, RunId};
use crate::{Call, Result};

use super::api::Api;
use super::tree::{Entry, Source, path, tell_apart};
use super::wire_media::{PLOT, Plot, Title};

/// The folder of plots.
pub(super) const FOLDER: &str = "plots";
/// What a plot is, in the words of a listing.
const KIND: &str = "plot";

/// What is in a plot.
pub(super) struct Drawn {
    pub(super) json: Bytes,
    pub(super) iteration: i64,
}

/// The last plot of each series that has any, without what is in it.
pub(super) async fn list(api: &Api, call: &Call, run: &RunId) -> Result<Vec<Entry>> {
    let mut entries: Vec<Entry> = api.titles(call, run, PLOT).await?.iter().flat_map(entries).collect();
    tell_apart(&mut entries);
    Ok(entries)
}

fn entries(title: &Title) -> impl Iterator<Item = Entry> {
    title.variants.iter().map(|series| {
        let artifact = Artifact {
            kind: Some(KIND.to_owned()),
            ..Artifact::file(format!("{}.json", stem(&title.metric, series)), None)
        };
        let source = Source::Plot { title: title.metric.clone(), series: series.clone(), iteration: None };
        Entry { artifact, source }
    })
}

fn stem(title: &str, series: &str) -> String {
    let series = if series.is_empty() { String::new() } else { format!("/{}", path(series)) };
    format!("{FOLDER}/{}{series}", path(title))
}

/// The plot that a path names and no listing shows: one of an earlier iteration.
pub(super) fn earlier(listed: &[Entry], wanted: &str) -> Option<Source> {
    let (folder, name) = wanted.rsplit_once('/')?;
    let number: i64 = name.strip_suffix(".json")?.parse().ok()?;
    let last = format!("{folder}.json");
    match &listed.iter().find(|entry| entry.artifact.path == last)?.source {
        Source::Plot { title, series, .. } => {
            Some(Source::Plot { title: title.clone(), series: series.clone(), iteration: Some(number) })
        }
        _ => None,
    }
}

/// What is in the plot of a series, of an iteration or the last one; `None` if there is none.
pub(super) async fn draw(
    api: &Api,
    call: &Call,
    run: &RunId,
    title: &str,
    series: &str,
    iteration: Option<i64>,
) -> Result<Option<Drawn>> {
    let plots = match iteration {
        None => api.last_plots(call, run, title, series).await?,
        Some(iteration) => api.plots_at(call, run, title, iteration).await?,
    };
    let is_wanted = |plot: &Plot| {
        plot.metric == title && plot.variant == series && iteration.is_none_or(|iteration| plot.iter == iteration)
    };
    let plot = plots.into_iter().filter(is_wanted).max_by_key(|plot| plot.iter);
    Ok(plot.and_then(|plot| Some(Drawn { json: Bytes::from(plot.plot_str?), iteration: plot.iter })))
}

#[cfg(test)]
mod tests {
    use super::{earlier, entries};
    use crate::clearml::tree::{Entry, Source};
    use crate::clearml::wire_media::Title;

    fn listed(title: &str, series: &[&str]) -> Vec<Entry> {
        let variants = series.iter().map(|series| (*series).to_owned()).collect();
        entries(&Title { metric: title.to_owned(), variants }).collect()
    }

    #[test]
    fn a_plot_lies_in_the_folder_of_its_title() {
        let found = listed("val/confusion", &["per class", "", "../x"]);
        let paths: Vec<&str> = found.iter().map(|entry| entry.artifact.path.as_str()).collect();
        assert_eq!(
            paths,
            ["plots/val/confusion/per class.json", "plots/val/confusion.json", "plots/val/confusion/%2E%2E/x.json"]
        );
    }

    #[test]
    fn an_iteration_names_an_earlier_plot_of_a_series_that_has_any() {
        let listed = listed("confusion", &["val", ""]);
        let plot = |series: &str, iteration| {
            let (title, series) = ("confusion".to_owned(), series.to_owned());
            Some(Source::Plot { title, series, iteration: Some(iteration) })
        };
        assert_eq!(earlier(&listed, "plots/confusion/val/12.json"), plot("val", 12));
        assert_eq!(earlier(&listed, "plots/confusion/7.json"), plot("", 7));
        for path in
            ["plots/confusion/val/x.json", "plots/confusion/other/1.json", "plots/confusion/val/1.png", "1.json"]
        {
            assert_eq!(earlier(&listed, path), None, "{path}");
        }
    }
}
