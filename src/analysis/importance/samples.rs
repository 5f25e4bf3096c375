//! Functions of which it is known how much each of their arguments matters: the usual ones of sensitivity analysis.

use std::f64::consts::PI;

use super::random::Random;

/// A function of independent arguments that are uniform on 0 to 1, with the total effects of its arguments.
pub(super) struct Sample {
    pub(super) name: &'static str,
    pub(super) function: fn(&[f64]) -> f64,
    /// The total effects (Sobol' indices of all orders) that are known in closed form.
    pub(super) totals: Vec<f64>,
    /// Arguments that it does not depend on.
    pub(super) idle: usize,
}

/// Ishigami and Homma 1990, with a = 7 and b = 0.1, on −π to π.
fn ishigami(x: &[f64]) -> f64 {
    let [x, y, z] = [0, 1, 2].map(|at| PI * (2.0 * x[at] - 1.0));
    x.sin() + 7.0 * y.sin().powi(2) + 0.1 * z.powi(4) * x.sin()
}

fn ishigami_totals() -> Vec<f64> {
    let (a, b) = (7.0_f64, 0.1_f64);
    let first = 0.5 * (1.0 + b * PI.powi(4) / 5.0).powi(2);
    let second = a * a / 8.0;
    let both = b * b * PI.powi(8) * (1.0 / 18.0 - 1.0 / 50.0);
    let all = first + second + both;
    vec![(first + both) / all, second / all, both / all]
}

/// The coefficients of Sobol's g: the smaller, the more an argument matters.
const G: [f64; 5] = [0.0, 1.0, 4.5, 9.0, 99.0];

/// Sobol' 1998: Π (|4x − 2| + a) / (1 + a).
fn g(x: &[f64]) -> f64 {
    G.iter().zip(x).map(|(a, x)| ((4.0 * x - 2.0).abs() + a) / (1.0 + a)).product()
}

fn g_totals() -> Vec<f64> {
    let own = G.map(|a| 1.0 / 3.0 / (1.0 + a).powi(2));
    let all: f64 = own.iter().map(|own| 1.0 + own).product::<f64>() - 1.0;
    let others = |at: usize| own.iter().enumerate().filter(move |(other, _)| *other != at).map(|(_, own)| 1.0 + own);
    own.iter().enumerate().map(|(at, own)| own * others(at).product::<f64>() / all).collect()
}

/// Friedman 1991: 10 sin(π x₁ x₂) + 20 (x₃ − ½)² + 10 x₄ + 5 x₅.
fn friedman(x: &[f64]) -> f64 {
    10.0 * (PI * x[0] * x[1]).sin() + 20.0 * (x[2] - 0.5).powi(2) + 10.0 * x[3] + 5.0 * x[4]
}

/// Variances of the parts: 100/12 of x₄, 25/12 of x₅, 400/180 of x₃; of the sine by quadrature.
fn friedman_totals() -> Vec<f64> {
    const POINTS: u32 = 1_000;
    let middle = |at: u32| (f64::from(at) + 0.5) / f64::from(POINTS);
    let (mut sum, mut squares, mut of_first) = (0.0, 0.0, 0.0);
    for a in 0..POINTS {
        let mut mean = 0.0;
        for b in 0..POINTS {
            let value = 10.0 * (PI * middle(a) * middle(b)).sin() / f64::from(POINTS);
            mean += value;
            squares += value * value;
        }
        sum += mean / f64::from(POINTS);
        of_first += mean * mean / f64::from(POINTS);
    }
    let both = squares - sum * sum;
    // The sine is alike in both: the total of one is all of it but what the other does alone.
    let one = both - (of_first - sum * sum);
    let parts = [one, one, 400.0 / 180.0, 100.0 / 12.0, 25.0 / 12.0];
    let all = both + parts.iter().skip(2).sum::<f64>();
    parts.iter().map(|part| part / all).collect()
}

/// Morris 1991, with coefficients of (−1)ⁱ and (−1)ⁱ⁺ʲ where he draws them.
fn morris(x: &[f64]) -> f64 {
    let sign = |order: usize| if order.is_multiple_of(2) { 1.0 } else { -1.0 };
    let bent = |at: usize| [2, 4, 6].contains(&at);
    let w: Vec<f64> =
        x.iter().enumerate().map(|(at, x)| 2.0 * (if bent(at) { 1.1 * x / (x + 0.1) } else { *x } - 0.5)).collect();
    let mut sum = 0.0;
    for a in 0..w.len() {
        sum += w[a] * if a < 10 { 20.0 } else { sign(a + 1) };
        for b in a + 1..w.len() {
            sum += w[a] * w[b] * if b < 6 { -15.0 } else { sign(a + b) };
            for c in (b + 1..5).filter(|_| b < 5) {
                sum -= 10.0 * w[a] * w[b] * w[c];
            }
        }
    }
    sum + 5.0 * w[..4].iter().product::<f64>()
}

/// By `fixtures/make_morris.py`.
fn morris_totals() -> Vec<f64> {
    let known: serde_json::Value = serde_json::from_str(include_str!("../fixtures/morris.json")).unwrap();
    known["totals"].as_array().unwrap().iter().map(|total| total.as_f64().unwrap()).collect()
}

/// A plain sum with falling weights: no interactions.
fn linear(x: &[f64]) -> f64 {
    8.0 * x[0] + 4.0 * x[1] + 2.0 * x[2] + x[3]
}

/// Hutter and others 2014 take functions with one strong pair: here a chessboard, of which neither side tells alone.
fn chessboard(x: &[f64]) -> f64 {
    let side = |x: f64| if x < 0.5 { -1.0 } else { 1.0 };
    2.0 * side(x[0]) * side(x[1]) + x[2]
}

/// All of them.
pub(super) fn all() -> Vec<Sample> {
    let sample = |name, function, totals, idle| Sample { name, function, totals, idle };
    vec![
        sample("ishigami", ishigami as fn(&[f64]) -> f64, ishigami_totals(), 3),
        sample("g", g, g_totals(), 3),
        sample("friedman", friedman, friedman_totals(), 5),
        sample("morris", morris, morris_totals(), 0),
        sample("linear", linear, vec![64.0 / 85.0, 16.0 / 85.0, 4.0 / 85.0, 1.0 / 85.0], 4),
        sample("chessboard", chessboard, vec![48.0 / 49.0, 48.0 / 49.0, 1.0 / 49.0], 4),
    ]
}

/// Numbers between 0 and 1.
pub(super) fn uniform(random: &mut Random) -> f64 {
    const STEPS: u32 = 1 << 30;
    f64::from(u32::try_from(random.below(STEPS as usize)).unwrap()) / f64::from(STEPS)
}

/// Numbers of the standard normal distribution.
pub(super) fn normal(random: &mut Random) -> f64 {
    let (a, b) = (1.0 - uniform(random), uniform(random));
    (-2.0 * a.ln()).sqrt() * (2.0 * PI * b).cos()
}
