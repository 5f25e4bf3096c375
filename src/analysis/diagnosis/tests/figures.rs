//! False alarms, misses and errors of the step, for every rule, length and noise level.

use backends::query::Direction;
use jiff::{SignedDuration, Timestamp};

use super::super::truth::curve::{Curve, Effect};
use super::super::truth::pace::Pace;
use super::super::truth::pair::{Pair, Together};
use super::super::truth::rate::Rate;
use super::super::truth::{Cell, FINAL, TUNING, Truth, points};
use super::super::{Diagnosis, Evidence, Rule, Series, diagnose};

/// Cases of each kind for every cell; more where this is set, for the table of docs/analysis.md.
const CASES: &str = "TRACKER_MCP_DIAGNOSIS_CASES";
const STRIDE: i64 = 10;

/// What came of all cases of a rule in a cell.
#[derive(Clone, Debug, Default)]
struct Tally {
    clean: usize,
    alarms: usize,
    present: usize,
    missed: usize,
    /// Errors of the step in shares of the length.
    errors: Vec<f64>,
    alarmed_by: Vec<String>,
}

impl Tally {
    fn count(&mut self, length: usize, truth: Truth, found: Option<usize>, what: impl Fn() -> String) {
        match (truth, found) {
            (Truth::Untold, _) => {}
            (Truth::Absent, found) => {
                self.clean += 1;
                if found.is_some() {
                    self.alarms += 1;
                    self.alarmed_by.push(what());
                }
            }
            (Truth::Present(..), None) => {
                self.present += 1;
                self.missed += 1;
                self.alarmed_by.push(format!("missed {}", what()));
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

/// The place of what a rule found.
fn place(diagnosis: &Diagnosis, rule: Rule) -> Option<usize> {
    let finding = diagnosis.findings.iter().find(|finding| finding.rule() == rule)?;
    Some((finding.at.step.unwrap() / STRIDE) as usize)
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
        let what = || format!("{:?} {:?} {:?} {:.1}", drawn.shape, drawn.noise, drawn.effect, drawn.size);
        let points = points(&drawn.values, STRIDE);
        let found = diagnose(&[series("m", &points, drawn.higher_is_better)], None);
        let mut count = |tally: &mut Tally, truth, rule| tally.count(cell.length, truth, place(&found, rule), what);
        count(&mut self.non_finite, drawn.non_finite, Rule::NonFinite);
        count(&mut self.divergence, drawn.divergence, Rule::Divergence);
        // A bump before the end of a plateau: whether it began before or behind is a matter of taste.
        let plateau = if effect == Effect::Transient { Truth::Untold } else { drawn.plateau };
        count(&mut self.plateau, plateau, Rule::Plateau);
        let outliers: Vec<usize> = found.findings.iter().filter_map(|finding| match &finding.evidence {
            Evidence::Spike { outliers, .. } => Some(outliers.iter().map(|o| (o.point.step.unwrap() / STRIDE) as usize)),
            _ => None,
        }).flatten().collect();
        match &drawn.spikes {
            None => {}
            Some(places) if places.is_empty() => {
                self.spike.count(cell.length, Truth::Absent, outliers.first().copied(), what);
            }
            Some(places) => {
                for place in places {
                    // Each has to be found; up to three points wide.
                    let nearest = outliers.iter().copied().min_by_key(|at| at.abs_diff(*place));
                    let near = nearest.filter(|at| at.abs_diff(*place) <= cell.length / 20);
                    self.spike.count(cell.length, Truth::Present(*place, place + 2), near, what);
                }
            }
        }
    }

    fn others(&mut self, cell: Cell, case: u64, random: &mut super::super::truth::random::Random) {
        for together in Together::ALL {
            // As many with as without.
            for _ in 0..if together == Together::Overfits { 3 } else { 1 } {
                let pair = Pair::draw(cell, together, random);
                let every = pair.every as i64;
                let (train, validation) = (points(&pair.train, STRIDE), points(&pair.validation, STRIDE * every));
                let both = [
                    series("train_m", &train, pair.higher_is_better),
                    series("val_m", &validation, pair.higher_is_better),
                ];
                let at = place(&diagnose(&both, None), Rule::Overfitting).map(|at| at / pair.every);
                self.overfitting.count(cell.length, pair.overfitting, at, || format!("{together:?} {:.1}", pair.size));
            }
        }
        let start = Timestamp::from_second(1_780_300_800).unwrap();
        let after = |seconds: f64| start + SignedDuration::from_secs_f64(seconds);
        let pace = Pace::draw(cell, case % 2 == 0, random);
        let mut reports = points(&vec![1.0; cell.length], STRIDE);
        reports.iter_mut().zip(&pace.times).for_each(|(point, time)| point.time = Some(after(*time)));
        let found = place(&diagnose(&[series("m", &reports, false)], Some(after(pace.now))), Rule::Stalled);
        let truth = if pace.stalled { Truth::Present(cell.length - 1, cell.length - 1) } else { Truth::Absent };
        self.stalled.count(cell.length, truth, found, || format!("{:?}", pace.now));

        let rate = Rate::draw(cell, case % 2 == 0, random);
        let (rates, metric) = (points(&rate.values, STRIDE), points(&rate.metric, STRIDE));
        let found = diagnose(&[Series::new("lr", &rates), series("m", &metric, false)], None);
        let first = rate.cliffs.first().map_or(Truth::Absent, |at| Truth::Present(*at, *at));
        let what = || format!("{:?}", rate.schedule);
        self.cliff.count(cell.length, first, place(&found, Rule::RateCliff), what);
        let answered = found.findings.iter().find_map(|finding| match &finding.evidence {
            Evidence::RateCliff { responses, .. } => {
                (!responses.is_empty()).then(|| (finding.at.step.unwrap() / STRIDE) as usize)
            }
            _ => None,
        });
        if !rate.cliffs.is_empty() {
            self.response.count(cell.length, rate.response, answered, what);
        }
    }
}

/// The tallies of all cells.
fn tallies(seeds: u64, curves: u64, others: u64) -> Vec<(Cell, Tallies)> {
    let tally = |cell: Cell| {
        let mut tallies = Tallies::default();
        for case in 0..curves {
            for effect in Effect::ALL {
                tallies.curve(cell, effect, &mut cell.random(seeds, case * 16 + effect as u64));
            }
        }
        for case in 0..others {
            tallies.others(cell, case, &mut cell.random(seeds + 500_000_000, case));
        }
        (cell, tallies)
    };
    Cell::all().map(tally).collect()
}

#[test]
fn tuning() {
    let cases = std::env::var(CASES).ok().and_then(|text| text.parse().ok()).unwrap_or(200);
    for (cell, mut tallies) in tallies(TUNING, cases, cases) {
        for (name, tally) in tallies.named() {
            let [alarms, misses, error, near] = tally.shares().map(|share| share * 100.0);
            println!("{:5} {:4} {name:20} n {:5} fa {alarms:5.1} n {:5} miss {misses:5.1} err {error:5.2} near {near:5.1}", cell.length, cell.noise, tally.clean, tally.present);
            let mut by = std::collections::BTreeMap::<String, usize>::new();
            for what in &tally.alarmed_by { *by.entry(what.rsplit_once(' ').map_or(what.clone(), |a| a.0.to_owned())).or_default() += 1; }
            let mut by: Vec<_> = by.into_iter().collect(); by.sort_by_key(|b| std::cmp::Reverse(b.1));
            if alarms > 1.5 || misses > 4.0 { println!("      {:?}", &by[..by.len().min(6)]); }
        }
    }
    let _ = FINAL;
}
