//! The series are what they are said to be.

use super::curve::{Curve, Effect, plateau};
use super::noise::Noise;
use super::pace::Pace;
use super::pair::{Pair, Together};
use super::random::Random;
use super::rate::Rate;
use super::shape::Shape;
use super::{Cell, FINAL, TUNING, Truth};

#[test]
fn a_seed_draws_the_same_wherever_and_whenever() {
    // SplitMix64 of seed 7: 7191089600892374487, 309689372594955804, 16616101746815609346.
    let mut random = Random::seeded(7);
    let drawn: Vec<f64> = (0..3).map(|_| random.unit()).collect();
    assert_eq!(drawn, [0.389_829_748_391_271_5, 0.016_788_294_528_156_11, 0.900_760_680_606_883_4]);
}

#[test]
fn noise_has_a_deviation_of_one() {
    for noise in [Noise::White, Noise::Shrinking, Noise::Autocorrelated, Noise::HeavyTailed] {
        let values = noise.values(200_000, &mut Random::seeded(1));
        let square = values.iter().map(|value| value * value).sum::<f64>() / values.len() as f64;
        assert!((square.sqrt() - 1.0).abs() < 0.02, "{noise:?}: {square}");
    }
}

#[test]
fn the_truth_of_a_plateau_is_read_off_the_course_without_noise() {
    let flat_after = |kink: usize| (0..100).map(|at| (1.0 - at as f64 / kink as f64).max(0.0)).collect::<Vec<_>>();
    assert_eq!(plateau(&flat_after(50), 0.1), Truth::Present(45, 50));
    assert_eq!(plateau(&flat_after(100), 0.01), Truth::Absent);
    assert_eq!(plateau(&flat_after(100), 0.5), Truth::Untold);
    assert_eq!(plateau(&[0.0; 100], 0.1), Truth::Present(0, 0));
}

#[test]
fn effects_are_of_the_least_size_and_last_long_enough() {
    for cell in Cell::all().filter(|cell| cell.length < 5_000) {
        for case in 0..200 {
            let mut random = cell.random(TUNING, case);
            for effect in [Effect::Jump, Effect::Ramp, Effect::Explosion] {
                let curve = Curve::draw(cell, effect, &mut random);
                let Truth::Present(from, to) = curve.divergence else { panic!("{curve:?}") };
                assert!(from <= to && to <= cell.length * 4 / 5 && from >= cell.length / 5, "{curve:?}");
                assert!(curve.size >= 3.0);
            }
            assert!(matches!(Pair::draw(cell, Together::Overfits, &mut random).overfitting, Truth::Present(..)));
            assert!(!Rate::draw(cell, true, &mut random).cliffs.is_empty());
            assert!(Rate::draw(cell, false, &mut random).cliffs.is_empty());
            let pace = Pace::draw(cell, true, &mut random);
            assert!(pace.now - pace.times[cell.length - 1] >= 1_800.0);
        }
    }
}

#[test]
fn plateaus_and_courses_still_under_way_are_both_frequent() {
    for cell in Cell::all().filter(|cell| cell.length < 5_000) {
        let mut seen = [0; 3];
        for case in 0..500 {
            let curve = Curve::draw(cell, Effect::None, &mut cell.random(FINAL, case));
            seen[match curve.plateau {
                Truth::Absent => 0,
                Truth::Present(..) => 1,
                Truth::Untold => 2,
            }] += 1;
        }
        assert!(seen[0] >= 50 && seen[1] >= 100, "{cell:?}: absent, present, untold {seen:?}");
    }
    assert_eq!(Shape::ALL.len(), 10);
}
