//! False alarms, misses and errors of the step, for every rule, length and noise level.

use backends::query::Direction;
use jiff::{SignedDuration, Timestamp};

use super::super::truth::curve::{Curve, Effect};
use super::super::truth::pace::Pace;
use super::super::truth::pair::{Pair, Together};
use super::super::truth::rate::Rate;
use super::super::truth::{Cell, FINAL, Truth, points};
use super::super::{Check, Diagnosis, Evidence, Outcome, Rule, Series, diagnose};

/// So many times as many cases, for the table of docs/analysis.md: `TRACKER_MCP_DIAGNOSIS_TIMES=10 cargo test --release`.
const TIMES: &str = "TRACKER_MCP_DIAGNOSIS_TIMES";
const STRIDE: i64 = 10;

/// What came of all cases of a rule in a cell.
#[derive(Clone, Debug, Default)]
struct Tally {
    clean: usize,
    alarms: usize,
    present: usize,
    missed: usize,
    /// Cases without and with the effect of which the rule says that it takes more points to tell.
    untold: [usize; 2],
    /// Errors of the step in shares of the length.
    errors: Vec<f64>,
}

impl Tally {
    fn count(&mut self, length: usize, truth: Truth, found: Result<Option<usize>, TooFewPoints>) {
        let found = match (truth, found) {
            (Truth::Untold, _) => return,
            (_, Err(TooFewPoints)) => {
                self.untold[usize::from(truth != Truth::Absent)] += 1;
                return;
            }
            (_, Ok(found)) => found,
        };
        match (truth, found) {
            (Truth::Untold, _) => {}
            (Truth::Absent, found) => {
                self.clean += 1;
                if found.is_some() {
                    self.alarms += 1;
                }
            }
            (Truth::Present(..), None) => {
                self.present += 1;
                self.missed += 1;
            }
            (Truth::Present(from, to), Some(at)) => {
                self.present += 1;
                let off = from.saturating_sub(at).max(at.saturating_sub(to));
                self.errors.push(off as f64 / length as f64);
            }
        }
    }

    /// Shares of false alarms and misses, the median error of the step, and the share of steps within 2 %.
    fn shares(&mut self) -> [f64; 4] {
        self.errors.sort_unstable_by(f64::total_cmp);
        let share = |part: usize, all: usize| part as f64 / all.max(1) as f64;
        let near = self.errors.iter().filter(|error| **error <= 0.02).count();
        let middle = self.errors.get(self.errors.len() / 2).copied().unwrap_or_default();
        [share(self.alarms, self.clean), share(self.missed, self.present), middle, share(near, self.errors.len())]
    }
}

/// The answer of a rule that it takes more points to tell.
struct TooFewPoints;

/// The place of what a rule found.
fn place(diagnosis: &Diagnosis, rule: Rule) -> Result<Option<usize>, TooFewPoints> {
    let is_unchecked = |check: &Check| check.rule == rule && matches!(check.outcome, Outcome::Unchecked(_));
    if diagnosis.checks.iter().any(is_unchecked) {
        return Err(TooFewPoints);
    }
    let finding = diagnosis.findings.iter().find(|finding| finding.rule() == rule);
    Ok(finding.map(|finding| (finding.at.step.unwrap() / STRIDE) as usize))
}

fn series<'a>(metric: &'a str, points: &'a [backends::model::Point], higher: bool) -> Series<'a> {
    let better = Some(if higher { Direction::Descending } else { Direction::Ascending });
    Series { better, ..Series::new(metric, points) }
}

#[derive(Default)]
struct Tallies {
    non_finite: Tally,
    divergence: Tally,
    spike: Tally,
    plateau: Tally,
    overfitting: Tally,
    stalled: Tally,
    cliff: Tally,
    response: Tally,
}

impl Tallies {
    fn named(&mut self) -> [(&'static str, &mut Tally); 8] {
        [
            ("not finite", &mut self.non_finite),
            ("divergence", &mut self.divergence),
            ("spike", &mut self.spike),
            ("plateau", &mut self.plateau),
            ("overfitting", &mut self.overfitting),
            ("stalled", &mut self.stalled),
            ("rate cliff", &mut self.cliff),
            ("response to a cliff", &mut self.response),
        ]
    }

    fn curve(&mut self, cell: Cell, effect: Effect, random: &mut super::super::truth::random::Random) {
        let drawn = Curve::draw(cell, effect, random);
        let points = points(&drawn.values, STRIDE);
        let found = diagnose(&[series("m", &points, drawn.higher_is_better)], None);
        let count = |tally: &mut Tally, truth, rule| tally.count(cell.length, truth, place(&found, rule));
        count(&mut self.non_finite, drawn.non_finite, Rule::NonFinite);
        count(&mut self.divergence, drawn.divergence, Rule::Divergence);
        // A bump before the end of a plateau: whether it began before or behind is a matter of taste.
        let plateau = if effect == Effect::Transient { Truth::Untold } else { drawn.plateau };
        count(&mut self.plateau, plateau, Rule::Plateau);
        let outliers: Vec<usize> = found
            .findings
            .iter()
            .filter_map(|finding| match &finding.evidence {
                Evidence::Spike { outliers, .. } => {
                    Some(outliers.iter().map(|o| (o.point.step.unwrap() / STRIDE) as usize))
                }
                _ => None,
            })
            .flatten()
            .collect();
        let told = || place(&found, Rule::Spike);
        match &drawn.spikes {
            None => {}
            Some(places) if places.is_empty() => {
                self.spike.count(cell.length, Truth::Absent, told().map(|_| outliers.first().copied()));
            }
            Some(places) => {
                for place in places {
                    // Each has to be found; up to three points wide.
                    let nearest = outliers.iter().copied().min_by_key(|at| at.abs_diff(*place));
                    let near = nearest.filter(|at| at.abs_diff(*place) <= cell.length / 20);
                    self.spike.count(cell.length, Truth::Present(*place, place + 2), told().map(|_| near));
                }
            }
        }
    }

    fn others(&mut self, cell: Cell, case: u64, random: &mut super::super::truth::random::Random) {
        for together in Together::ALL.into_iter().filter(|_| case.is_multiple_of(6)) {
            // As many with as without.
            for _ in 0..if together == Together::Overfits { 3 } else { 1 } {
                let pair = Pair::draw(cell, together, random);
                let every = pair.every as i64;
                let (train, validation) = (points(&pair.train, STRIDE), points(&pair.validation, STRIDE * every));
                let both = [
                    series("train_m", &train, pair.higher_is_better),
                    series("val_m", &validation, pair.higher_is_better),
                ];
                let found = place(&diagnose(&both, None), Rule::Overfitting);
                let at = found.map(|at| at.map(|at| at / pair.every));
                self.overfitting.count(cell.length, pair.overfitting, at);
            }
        }
        let start = Timestamp::from_second(1_780_300_800).unwrap();
        let after = |seconds: f64| start + SignedDuration::from_secs_f64(seconds);
        let pace = Pace::draw(cell, case.is_multiple_of(2), random);
        let mut reports = points(&vec![1.0; cell.length], STRIDE);
        reports.iter_mut().zip(&pace.times).for_each(|(point, time)| point.time = Some(after(*time)));
        let found = place(&diagnose(&[series("m", &reports, false)], Some(after(pace.now))), Rule::Stalled);
        let truth = if pace.stalled { Truth::Present(cell.length - 1, cell.length - 1) } else { Truth::Absent };
        self.stalled.count(cell.length, truth, found);

        let rate = Rate::draw(cell, case.is_multiple_of(2), random);
        let (rates, metric) = (points(&rate.values, STRIDE), points(&rate.metric, STRIDE));
        let found = diagnose(&[Series::new("lr", &rates), series("m", &metric, false)], None);
        let first = rate.cliffs.first().map_or(Truth::Absent, |at| Truth::Present(*at, *at));
        self.cliff.count(cell.length, first, place(&found, Rule::RateCliff));
        let answered = found.findings.iter().find_map(|finding| match &finding.evidence {
            Evidence::RateCliff { responses, .. } => {
                (!responses.is_empty()).then(|| (finding.at.step.unwrap() / STRIDE) as usize)
            }
            _ => None,
        });
        if !rate.cliffs.is_empty() {
            self.response.count(cell.length, rate.response, Ok(answered));
        }
    }
}

/// The tallies of all cells: enough of each rule in all, or so many times enough of each length.
fn tallies(seeds: u64, times: Option<u64>) -> Vec<(Cell, Tallies)> {
    let tally = move |cell: Cell| {
        let mut tallies = Tallies::default();
        // Hundreds of each kind in a few seconds; 2,000 and more for the table.
        let (curves, others) = match (cell.length, times) {
            (50, None) => (160, 800),
            (500, None) => (60, 80),
            (_, None) => (8, 4),
            (50, Some(_)) => (400, 1_200),
            (500, Some(_)) => (160, 240),
            (_, Some(_)) => (24, 16),
        };
        let times = times.unwrap_or(1);
        for case in 0..curves * times {
            for effect in Effect::ALL {
                tallies.curve(cell, effect, &mut cell.random(seeds, case * 16 + effect as u64));
            }
        }
        for case in 0..others * times {
            tallies.others(cell, case, &mut cell.random(seeds + 500_000_000, case));
        }
        (cell, tallies)
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = Cell::all().map(|cell| scope.spawn(move || tally(cell))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// The most false alarms, misses and median error of the step, in shares: what was asked for.
const LIMITS: [f64; 3] = [0.02, 0.05, 0.02];

/// The largest share of cases with the effect of which a rule may ask for more points, so that it does not shirk.
fn most_untold(rule: &str, cell: Cell) -> f64 {
    match (rule, cell.length) {
        ("plateau", 50) if cell.noise < 0.02 => 0.015,
        ("plateau", 50) if cell.noise < 0.1 => 0.03,
        ("plateau", 50) => 0.07,
        ("plateau", 500) => 0.006,
        ("divergence", 50) => 0.006,
        (_, 50) => 0.025,
        _ => 0.0,
    }
}

#[test]
fn alarms_misses_and_steps_are_within_their_limits() {
    let times = std::env::var(TIMES).ok().and_then(|text| text.parse().ok());
    let mut beyond: Vec<String> = Vec::new();
    let mut counts: std::collections::BTreeMap<&str, (usize, usize)> = std::collections::BTreeMap::new();
    for (cell, mut tallies) in tallies(FINAL, times) {
        for (name, tally) in tallies.named() {
            let [alarms, misses, error, near] = tally.shares();
            let (clean, present) = (tally.clean, tally.present);
            let untold = [(tally.untold[0], clean), (tally.untold[1], present)]
                .map(|(untold, told)| untold as f64 / (untold + told).max(1) as f64);
            let percent = |share: f64| format!("{:.1}", share * 100.0);
            println!(
                "| {name} | {} | {} % | {} of {clean} | {} of {present} | {} | {} | {} | {} |",
                cell.length,
                cell.noise * 100.0,
                percent(alarms),
                percent(misses),
                percent(error),
                percent(near),
                percent(untold[0]),
                percent(untold[1])
            );
            let [most_alarms, most_missed, most_error] = LIMITS;
            // A share of few cases scatters: three of its deviations.
            let slack = |share: f64, of: usize| share + 3.0 * (share * (1.0 - share) / of.max(1) as f64).sqrt();
            let is_within = alarms <= slack(most_alarms, clean) && misses <= slack(most_missed, present);
            let shirks = untold[1] > slack(most_untold(name, cell), present + tally.untold[1]);
            if !is_within || error > most_error || shirks {
                beyond.push(format!("{name} {cell:?}: {alarms} {misses} {error} {untold:?}"));
            }
            let count = counts.entry(name).or_default();
            *count = (count.0 + clean + tally.untold[0], count.1 + present + tally.untold[1]);
        }
    }
    assert!(beyond.is_empty(), "false alarms, misses, median errors: {beyond:#?}");
    counts.remove("response to a cliff");
    let least = if times.is_some() { 2_000 } else { 400 };
    assert!(counts.values().all(|(clean, present)| clean.min(present) >= &least), "{counts:?}");
}
