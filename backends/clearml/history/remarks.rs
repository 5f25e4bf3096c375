//! What is to be said of curves, gathered so that each thing is said once.

use crate::model::{Point, Series};

/// Series by what is to be said of them.
#[derive(Default)]
pub(super) struct Remarks {
    /// Came as means.
    pub(super) averaged: Vec<Series>,
    /// Came as means, and only a part was asked for.
    pub(super) parts_averaged: Vec<Series>,
    /// Came as means of what was reported within a millisecond.
    pub(super) simultaneous: Vec<Series>,
    /// Have no step.
    pub(super) single_values: Vec<Series>,
    /// Have numbers that are too large for single precision.
    pub(super) rounded: Vec<Series>,
    /// Had an extreme that is no longer in the history.
    pub(super) replaced: Vec<(Series, Point)>,
    /// Have a zero that may stand for something else, and what was before it.
    pub(super) zeros: Vec<(Series, Point, f64)>,
}

impl Remarks {
    pub(super) fn add(&mut self, more: Remarks) {
        self.averaged.extend(more.averaged);
        self.parts_averaged.extend(more.parts_averaged);
        self.simultaneous.extend(more.simultaneous);
        self.single_values.extend(more.single_values);
        self.rounded.extend(more.rounded);
        self.replaced.extend(more.replaced);
        self.zeros.extend(more.zeros);
    }

    /// As sentences for the reader.
    pub(super) fn sentences(&self) -> Vec<String> {
        let of =
            |series: &[Series], what: &str| (!series.is_empty()).then(|| format!("{}: {what}", Series::named(series)));
        let mut sentences: Vec<String> = [
            of(
                &self.averaged,
                "too long to come point by point with the others, so each sample is the mean of a stretch and lies where \
                 that begins; n, first, last, min and max are exact, and the step of last is not known",
            ),
            of(
                &self.parts_averaged,
                "too long to come point by point with the others, so that in this range n, first and last are of means, each \
                 of a stretch that begins at its place, and min and max too unless those of the whole lie in it; ask for \
                 fewer series for the points themselves",
            ),
            of(
                &self.simultaneous,
                "several points were reported within a millisecond, or a step anew, so each sample is the mean of what came at a \
                 moment; along the steps every point stands for itself",
            ),
            of(&self.single_values, "a single value, reported without a step"),
            of(
                &self.rounded,
                "ClearML gives samples with seven digits, so that large numbers are rounded; first, last, min and max are exact",
            ),
        ]
        .into_iter()
        .flatten()
        .collect();
        let replaced = self.replaced.iter().map(|(series, point)| {
            let step = point.step.map(|step| format!(" at step {step}")).unwrap_or_default();
            format!(
                "{}: a value of {}{step} was reported once and is not in the history, where a step that is reported again \
                 replaces what it had",
                Series::named([series]),
                point.value
            )
        });
        sentences.extend(replaced.take(MOST));
        if let Some((series, point, before)) = self.zeros.first() {
            let step = point.step.map(|step| format!(" at step {step}")).unwrap_or_default();
            let more = match self.zeros.len() - 1 {
                0 => String::new(),
                more => format!(" (and {more} more series alike)"),
            };
            sentences.push(format!(
                "{} goes from {before} to exactly 0{step}{more}: ClearML's client replaces NaN and infinity by 0, so a 0 that \
                 was not approached may be one of them",
                Series::named([series])
            ));
        }
        sentences
    }
}

/// Sentences of one kind at most.
const MOST: usize = 5;
