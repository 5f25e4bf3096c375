//! Charts as runs make them, and worse.

use super::super::*;

/// Numbers between −1 and 1 that look like chance, the same each time.
fn chance(seed: u32) -> impl Iterator<Item = f64> {
    (0_u32..).map(move |at| {
        let mixed = (at.wrapping_mul(0x9E37_79B9) ^ seed.wrapping_mul(0x85EB_CA6B)).wrapping_mul(0xC2B2_AE35);
        f64::from((mixed ^ (mixed >> 15)).wrapping_mul(0x27D4_EB2F) >> 8) / f64::from(1 << 23) - 1.0
    })
}

/// A loss that falls, with so much noise.
pub(super) fn loss(number: usize, points: u32, noise: f64) -> Curve {
    let rate = 0.02 * (1.0 + number as f64 / 4.0);
    let value = |(at, chance): (u32, f64)| {
        let place = f64::from(at) * 400.0 / f64::from(points);
        (f64::from(at), 0.3 + number as f64 * 0.06 + 2.2 * (-rate * place).exp() + noise * chance)
    };
    Curve {
        name: format!("resnet50-lr{}", number::short(0.1 / (number + 1) as f64, 2)),
        mark: format!("4f1c{number:02}"),
        number,
        points: (0..points).zip(chance(number as u32)).map(value).collect(),
        ..Curve::default()
    }
}

pub(super) fn with_best(mut curve: Curve) -> Curve {
    curve.best = curve.points.iter().copied().filter(|point| point.1.is_finite()).min_by(|a, b| a.1.total_cmp(&b.1));
    curve
}

pub(super) fn one_panel(title: &str, curves: Vec<Curve>) -> Curves {
    Curves { title: title.to_owned(), panels: vec![Panel { title: title.to_owned(), curves }], ..Curves::default() }
}

pub(super) fn all() -> Vec<(&'static str, Chart)> {
    let one = one_panel("val_loss · resnet50-lr0.1", vec![with_best(loss(0, 1200, 0.12))]);
    let ten = one_panel("val_loss of 10 runs", (0..10).map(|n| with_best(loss(n, 400, 0.05))).collect());
    let mut nan = loss(0, 300, 0.05);
    nan.points.iter_mut().filter(|(x, _)| (150.0..160.0).contains(x) || *x > 260.0).for_each(|(_, y)| *y = f64::NAN);
    nan.points[90].1 = f64::INFINITY;
    let mut other = loss(1, 300, 0.0);
    other.points.truncate(200);
    other.points[120].1 = f64::NAN;
    let broken = one_panel("train_loss of 2 runs", vec![with_best(nan), with_best(other)]);
    let mut logarithmic = one_panel(
        "grad_norm of 3 runs",
        (0..3)
            .map(|n| {
                let mut curve = loss(n, 500, 0.0);
                curve
                    .points
                    .iter_mut()
                    .zip(chance(n as u32 + 7))
                    .for_each(|((x, y), c)| *y = (10.0_f64).powf(3.0 - *x / 90.0 + c * 0.25 + n as f64 * 0.4));
                curve.points[200].1 = 0.0;
                with_best(curve)
            })
            .collect(),
    );
    logarithmic.log_y = true;
    let long = one_panel(
        "validation/imagenet/top5/accuracy of 4 runs",
        (0..4)
            .map(|n| Curve {
                name: format!(
                    "team-vision/resnet50-imagenet21k-finetune-warmup500-cosine-lr{}-wd0.05-seed{n}",
                    [0.1, 0.03, 0.01, 0.003][n]
                ),
                ..loss(n, 200, 0.02)
            })
            .collect(),
    );
    let mut long = long;
    long.title = "team-vision/validation/imagenet/top5/accuracy_averaged_over_the_last_five_checkpoints_of_a_very_long_name of 4 runs".into();
    let names = ["Évaluation – früh", "модель-большая λ=0.1", "模型 甲", "模型 乙", "🚀 launch", "naïve Ωmega ≤ 3"];
    let unicode = one_panel(
        "précision · потери of 6 runs",
        names.iter().enumerate().map(|(n, name)| Curve { name: (*name).into(), ..loss(n, 120, 0.0) }).collect(),
    );
    let panels = Curves {
        title: "resnet50-lr0.1 and 3 more runs".into(),
        panels: ["val_accuracy", "val_loss", "learning_rate", "grad_norm"]
            .iter()
            .enumerate()
            .map(|(p, title)| Panel {
                title: (*title).into(),
                curves: (0..4)
                    .map(|n| {
                        let mut c = loss(n, 150, 0.03);
                        c.points.iter_mut().for_each(|point| point.1 *= 10_f64.powi(p as i32 * 2 - 3));
                        with_best(c)
                    })
                    .collect(),
            })
            .collect(),
        ..Curves::default()
    };
    let six = Curves {
        title: "all metrics of resnet50-lr0.1".into(),
        panels: (0..5)
            .map(|p| Panel {
                title: format!("metric_{p}"),
                curves: vec![with_best(Curve { number: 0, ..loss(p, 90, 0.03) })],
            })
            .collect(),
        axis: Axis::Elapsed,
        ..Curves::default()
    };
    let mut timed = one_panel(
        "loss of 3 runs",
        (0..3)
            .map(|n| {
                let mut c = loss(n, 20, 0.1);
                c.points.iter_mut().for_each(|p| p.0 = 1_795_212_600.0 + p.0 * 900.0 + n as f64 * 2000.0);
                c
            })
            .collect(),
    );
    timed.axis = Axis::Time;
    let bar = |n: usize, spread: f64| Bar {
        name: format!("model = vit, lr = {}", number::short(0.1 / (n + 1) as f64, 2)),
        mark: String::new(),
        value: 0.92 - 0.013 * n as f64,
        interval: Some((0.92 - 0.013 * n as f64 - spread, 0.92 - 0.013 * n as f64 + spread)),
        words: format!("{} ± 0.01  n = 5", number::short(0.92 - 0.013 * n as f64, 3)),
    };
    let bars = Bars {
        title: "val_f1, mean over seed".into(),
        bars: (0..8).map(|n| bar(n, 0.008 + 0.002 * n as f64)).collect(),
        log: false,
        foot: "whiskers: 95 % confidence interval of the mean".into(),
    };
    let zero = Bars {
        title: "latency_ms, the lowest first".into(),
        bars: (0..14)
            .map(|n| Bar {
                name: format!("run-{n}"),
                value: 3.0 + 4.0 * n as f64,
                words: format!("{}", 3 + 4 * n),
                ..Bar::default()
            })
            .collect(),
        ..Bars::default()
    };
    let dots = (0..60).zip(chance(3)).map(|(n, c)| {
        let x = 10_f64.powf(-5.0 + 4.0 * f64::from(n) / 60.0);
        Dot { x, y: 0.9 - (x.log10() + 3.0).powi(2) * 0.05 + 0.03 * c, name: String::new() }
    });
    let mut dots: Vec<Dot> = dots.collect();
    dots.sort_by(|a, b| b.y.total_cmp(&a.y));
    dots[0].name = "sweep-034".into();
    dots[1].name = "sweep-027".into();
    let scatter = Scatter {
        title: "val_f1 against params.lr, 60 runs".into(),
        x_name: "params.lr".into(),
        places: Places::Numbers { log: true },
        log_y: false,
        dots: dots.clone(),
        foot: "orange: the best".into(),
    };
    let words = Scatter {
        places: Places::Words(vec!["adam".into(), "adamw".into(), "sgd with nesterov momentum 0.9".into()]),
        x_name: "params.optimizer".into(),
        dots: dots.iter().enumerate().map(|(n, d)| Dot { x: (n % 3) as f64, ..d.clone() }).collect(),
        ..scatter.clone()
    };
    let sweep = Parallel {
        title: "val_f1 of 200 runs and what they were made with".into(),
        axes: vec![
            ParallelAxis { name: "lr".into(), places: Places::Numbers { log: true } },
            ParallelAxis {
                name: "optimizer".into(),
                places: Places::Words(vec!["adam".into(), "adamw".into(), "sgd".into()]),
            },
            ParallelAxis { name: "batch_size".into(), places: Places::Numbers { log: true } },
            ParallelAxis { name: "dropout".into(), places: Places::Numbers { log: false } },
            ParallelAxis { name: "val_f1".into(), places: Places::Numbers { log: false } },
        ],
        lines: dots
            .iter()
            .cycle()
            .take(200)
            .enumerate()
            .map(|(n, d)| ParallelLine {
                places: vec![
                    Some(d.x),
                    Some((n * 7 % 3) as f64),
                    Some([32.0, 64.0, 128.0, 256.0][n * 5 % 4]),
                    Some((n * 11 % 6) as f64 / 10.0),
                    Some(d.y),
                ],
            })
            .collect(),
        foot: "dark: better, light: worse   ·   thick: the best, sweep-034".into(),
    };
    let worst = one_panel("train_loss of 20 runs", (0..20).map(|n| with_best(loss(n, 4000, 1.0))).collect());
    vec![
        ("one", Chart::Curves(one)),
        ("ten", Chart::Curves(ten)),
        ("nan", Chart::Curves(broken)),
        ("log", Chart::Curves(logarithmic)),
        ("long", Chart::Curves(long)),
        ("unicode", Chart::Curves(unicode)),
        ("panels", Chart::Curves(panels)),
        ("six", Chart::Curves(six)),
        ("time", Chart::Curves(timed)),
        ("bars", Chart::Bars(bars)),
        ("bars0", Chart::Bars(zero)),
        ("scatter", Chart::Scatter(scatter)),
        ("words", Chart::Scatter(words)),
        ("sweep", Chart::Parallel(sweep)),
        ("worst", Chart::Curves(worst)),
    ]
}
