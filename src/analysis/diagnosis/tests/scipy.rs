//! The estimates are those of SciPy: the fixture is made by `src/analysis/fixtures/make_curves.py`.

use super::super::robust::{median_absolute_deviation, slope};

fn equal(ours: f64, theirs: f64) -> bool {
    (ours - theirs).abs() <= 1e-9 * theirs.abs().max(1.0)
}

#[test]
fn slopes_their_intervals_and_deviations_are_those_of_scipy() {
    let cases: serde_json::Value = serde_json::from_str(include_str!("../../fixtures/curves.json")).unwrap();
    let cases = cases.as_array().unwrap();
    assert!(cases.len() >= 30);
    for case in cases {
        let numbers = |key: &str| case[key].as_array().unwrap().iter().map(|n| n.as_f64().unwrap()).collect::<Vec<_>>();
        let (x, mut y) = (numbers("x"), numbers("y"));
        let found = slope(&x, &y, 1.0).unwrap();
        for (ours, key) in [
            (found.estimate, "slope"),
            (found.low, "low"),
            (found.high, "high"),
            (median_absolute_deviation(&mut y), "median_absolute_deviation"),
        ] {
            assert!(equal(ours, case[key].as_f64().unwrap()), "{} {key}: {ours}, not {}", case["name"], case[key]);
        }
    }
}
