//! Charts from their data to the bytes of the PNG.

use divan::Bencher;
use tracker_mcp::chart::{Chart, Curve, Curves, Panel, draw};

/// Noise between −1 and 1, the same each time.
fn chance(number: u32) -> f64 {
    let mixed = number.wrapping_mul(0x9E37_79B9);
    f64::from((mixed ^ (mixed >> 15)).wrapping_mul(0x85EB_CA6B) >> 8) / f64::from(1 << 23) - 1.0
}

/// Losses of so many runs with so many points each.
fn losses(runs: u32, points: u32, noise: f64) -> Chart {
    let curve = |run: u32| Curve {
        name: format!("resnet50-seed{run}"),
        number: run as usize,
        points: (0..points)
            .map(|step| {
                let x = f64::from(step);
                (x, 0.2 + f64::from(run) * 0.05 + 2.0 / (1.0 + x / 50.0) + noise * chance(step * 31 + run))
            })
            .collect(),
        ..Curve::default()
    };
    let panel = Panel { title: "val_loss".to_owned(), curves: (0..runs).map(curve).collect() };
    Chart::Curves(Curves { title: "val_loss".to_owned(), panels: vec![panel], ..Curves::default() })
}

/// One run of 5,000 noisy points.
#[divan::bench]
fn one_run(bencher: Bencher<'_, '_>) {
    let chart = losses(1, 5_000, 0.1);
    bencher.bench_local(|| draw(&chart));
}

/// Ten runs of 5,000 noisy points with the values behind.
#[divan::bench]
fn ten_noisy_runs(bencher: Bencher<'_, '_>) {
    let chart = losses(10, 5_000, 0.1);
    bencher.bench_local(|| draw(&chart));
}

/// The most that a picture is asked to hold: 20 runs of 6,000 points, all noise.
#[divan::bench]
fn twenty_runs_of_noise(bencher: Bencher<'_, '_>) {
    let chart = losses(20, 6_000, 1.0);
    bencher.bench_local(|| draw(&chart));
}
