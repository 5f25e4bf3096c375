//! Debug samples (pictures, sounds, pages) as files: `debug/<title>/<series>/<iteration>.<extension>`.
//!
//! The server finds samples by the newest iterations of a task, whatever their title: what was reported only earlier has
//! to be asked for by its name.

use std::collections::BTreeSet;

use crate::model::{Artifact, RunId};
use crate::{Call, Result};

use super::api::Api;
use super::files;
use super::tree::{Entry, Source, path, tell_apart};
use super::wire_media::{Sample, Title};

/// The folder of debug samples.
pub(super) const FOLDER: &str = "debug";
/// What a sample is, in the words of a listing.
const KIND: &str = "debug sample";
/// Iterations that are listed.
const ITERATIONS: usize = 10;
/// How often is asked for what was not among the newest.
const ROUNDS: usize = 3;

/// Samples of the newest iterations.
#[derive(Debug, Default)]
pub(super) struct Samples {
    pub(super) entries: Vec<Entry>,
    /// The series of each entry, in the same order.
    of: Vec<(String, String)>,
    pub(super) notes: Vec<String>,
}

/// The samples of the newest iterations below these titles: as a rule one request.
pub(super) async fn list(api: &Api, call: &Call, run: &RunId, titles: &[Title]) -> Result<Samples> {
    let mut wanted: Vec<Title> = titles.iter().filter(|title| !title.variants.is_empty()).cloned().collect();
    let (mut samples, mut rounds) = (Vec::new(), 0);
    while !wanted.is_empty() && rounds < ROUNDS {
        let of = (rounds > 0).then_some(wanted.as_slice());
        let mut found = api.samples(call, run, of, ITERATIONS).await?;
        found.retain(|sample| !sample.url.is_empty());
        for title in &mut wanted {
            title
                .variants
                .retain(|series| !found.iter().any(|one| one.metric == title.metric && one.variant == *series));
        }
        wanted.retain(|title| !title.variants.is_empty());
        if found.is_empty() {
            break;
        }
        samples.extend(found);
        rounds += 1;
    }
    let mut notes = Vec::new();
    let iterations: BTreeSet<i64> = samples.iter().map(|sample| sample.iter).collect();
    if iterations.len() >= ITERATIONS {
        notes.push(format!(
            "of debug samples the newest {ITERATIONS} iterations are listed; earlier ones can be read by their number"
        ));
    }
    if let Some(first) = wanted.first() {
        let left = wanted.iter().map(|title| title.variants.len()).sum::<usize>();
        notes.push(format!("{left} series of debug samples are not listed, such as of '{}'", path(&first.metric)));
    }
    samples.sort_by(|a, b| (&a.metric, &a.variant, a.iter).cmp(&(&b.metric, &b.variant, b.iter)));
    let mut entries: Vec<Entry> = samples.iter().map(entry).collect();
    tell_apart(&mut entries);
    Ok(Samples { entries, of: samples.into_iter().map(|sample| (sample.metric, sample.variant)).collect(), notes })
}

fn entry(sample: &Sample) -> Entry {
    let series = if sample.variant.is_empty() { String::new() } else { format!("/{}", path(&sample.variant)) };
    let extension = extension(&sample.url).map(|extension| format!(".{extension}")).unwrap_or_default();
    let path = format!("{FOLDER}/{}{series}/{}{extension}", path(&sample.metric), sample.iter);
    let artifact = Artifact {
        kind: Some(KIND.to_owned()),
        location: Some(files::location(&sample.url)),
        ..Artifact::file(path, None)
    };
    Entry { artifact, source: Source::Stored(Some(sample.url.clone())) }
}

/// What follows the last dot of an address's path.
fn extension(url: &str) -> Option<String> {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let (_, extension) = path.rsplit('/').next()?.rsplit_once('.')?;
    let is_plain = (1..=8).contains(&extension.len()) && extension.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_plain.then(|| extension.to_ascii_lowercase())
}

/// The sample that a path names and no listing shows: one of an earlier iteration.
pub(super) async fn earlier(
    api: &Api,
    call: &Call,
    run: &RunId,
    listed: &Samples,
    wanted: &str,
) -> Result<Option<Entry>> {
    let Some((folder, name)) = wanted.rsplit_once('/') else { return Ok(None) };
    let Ok(number) = name.split('.').next().unwrap_or_default().parse::<i64>() else { return Ok(None) };
    let beside = |entry: &Entry| entry.artifact.path.rsplit_once('/').is_some_and(|(beside, _)| beside == folder);
    let series = listed.entries.iter().zip(&listed.of).find(|(entry, _)| beside(entry));
    let Some((_, (title, series))) = series else { return Ok(None) };
    let event = api.sample_at(call, run, (title, series), number).await?;
    // Where there is none of this iteration, the server gives the next earlier one.
    let found = event.filter(|sample| sample.iter == number && !sample.url.is_empty()).map(|sample| entry(&sample));
    Ok(found.filter(|entry| entry.artifact.path == wanted))
}

#[cfg(test)]
mod tests {
    use super::{entry, extension};
    use crate::clearml::wire_media::Sample;

    #[test]
    fn a_sample_is_named_by_title_series_and_iteration() {
        let path = |metric: &str, variant: &str, url: &str| {
            let (metric, variant, url) = (metric.to_owned(), variant.to_owned(), url.to_owned());
            entry(&Sample { iter: 199, metric, variant, url }).artifact.path
        };
        let url = "http://127.0.0.1:8081/vision/samples_input_00000002.jpeg";
        assert_eq!(path("samples", "input", url), "debug/samples/input/199.jpeg");
        assert_eq!(path("val/samples", "", url), "debug/val/samples/199.jpeg");
        assert_eq!(path("..", "a\\b", "s3://bucket/no extension"), "debug/%2E%2E/a%5Cb/199");
    }

    #[test]
    fn only_a_plain_extension_is_one() {
        for (url, expected) in [
            ("http://h/a.PNG", Some("png")),
            ("http://h/a.jpeg?x=1.gif", Some("jpeg")),
            ("http://h.org/a", None),
            ("http://h/a.b c", None),
            ("http://h/a.", None),
        ] {
            assert_eq!(extension(url).as_deref(), expected, "{url}");
        }
    }
}
