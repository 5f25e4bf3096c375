//! Pictures as a whole: their marks, their colours in their places, and what they weigh.

mod samples;

use super::palette::series;
use super::picture::{Detail, scene};
use super::scene::{Mark, Scene, Words};
use super::*;
use samples::{loss, one_panel, with_best};

fn marks(chart: Chart) -> Scene {
    scene(&chart, Detail::ALL).0
}

/// The colours of the pixels of a file, row by row.
fn pixels(file: &[u8]) -> Vec<[u8; 3]> {
    let mut reader = ::png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
    let palette = reader.info().palette.as_ref().unwrap().to_vec();
    let mut numbers = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut numbers).unwrap();
    assert_eq!((frame.width as usize, frame.height as usize), (WIDTH, HEIGHT));
    let colour = |number: &u8| palette[usize::from(*number) * 3..][..3].try_into().unwrap();
    numbers.iter().map(colour).collect()
}

fn words(scene: &Scene) -> Vec<&Words> {
    scene.marks.iter().filter_map(|mark| if let Mark::Words(words) = mark { Some(words) } else { None }).collect()
}

fn curve(points: &[(f64, f64)]) -> Curve {
    Curve { name: "a".into(), points: points.to_vec(), ..Curve::default() }
}

#[test]
fn every_picture_can_be_decoded_and_is_small_enough() {
    for (name, chart) in samples::all() {
        let picture = draw(&chart);
        assert!(picture.png.len() <= LARGEST, "{name}: {} bytes", picture.png.len());
        let pixels = pixels(&picture.png);
        let inked = pixels.iter().filter(|pixel| **pixel != [255, 255, 255]).count();
        assert!(inked > 5_000, "{name}: {inked} pixels are not white");
    }
}

#[test]
fn words_stay_in_the_picture_and_never_overlap() {
    for (name, chart) in samples::all() {
        let scene = marks(chart);
        let words = words(&scene);
        assert!(words.len() > 5, "{name}");
        for (at, one) in words.iter().enumerate() {
            let (left, top, right, bottom) = one.bounds();
            let inside = left >= 0.0 && top >= 0.0 && right <= WIDTH as f32 && bottom <= HEIGHT as f32;
            assert!(inside, "{name}: '{}' {:?}", one.text, one.bounds());
            for other in &words[..at] {
                let (l, t, r, b) = other.bounds();
                // The room below the line, for g and y, may be shared.
                let apart = left >= r || l >= right || top >= b - 5.0 || t >= bottom - 5.0;
                assert!(apart, "{name}: '{}' and '{}'", one.text, other.text);
            }
        }
    }
}

#[test]
fn twenty_noisy_curves_are_drawn_without_the_noise_and_a_note_says_so() {
    let noisy = |count: usize| (0..count).map(|number| loss(number, 2_000, 1.0)).collect();
    let picture = draw(&Chart::Curves(one_panel("loss", noisy(20))));
    assert!(picture.png.len() <= LARGEST && picture.notes[0].contains("too many: name fewer"), "{:?}", picture.notes);
    let picture = draw(&Chart::Curves(one_panel("loss", noisy(2))));
    assert!(picture.notes[0].ends_with("points, with the values pale behind"), "{:?}", picture.notes);
}

#[test]
fn a_sweep_of_many_runs_shows_a_part_from_the_best_to_the_worst() {
    let (_, chart) = samples::all().into_iter().find(|(name, _)| *name == "sweep").unwrap();
    let notes = draw(&chart).notes;
    assert!(notes[0].ends_with("of 200 runs, evenly from the best to the worst"), "{notes:?}");
}

#[test]
fn the_marks_of_a_small_chart_are_these() {
    let line = Curve { best: Some((2.0, 0.5)), ..curve(&[(0.0, 1.0), (1.0, f64::NAN), (2.0, 0.5), (4.0, 0.75)]) };
    let scene = marks(Chart::Curves(one_panel("loss · a", vec![line])));
    assert_eq!(
        scene.described(),
        include_str!("tests/small.txt").replace("\r\n", "\n").trim_end(),
        "after a look at the picture, tests/small.txt may become:\n{}",
        scene.described()
    );
}

#[test]
fn the_colour_of_a_nan_stands_at_its_step() {
    let nan = |step: usize| {
        let points: Vec<(f64, f64)> = (0..=100).map(|at| (f64::from(at), 1.0)).collect();
        let mut line = curve(&points);
        line.points[step].1 = f64::NAN;
        marks(Chart::Curves(one_panel("loss", vec![line])))
    };
    for step in [10, 50, 90] {
        let scene = nan(step);
        let cross =
            scene.marks.iter().find_map(|mark| if let Mark::Cross { at, .. } = mark { Some(*at) } else { None });
        let (x, y) = cross.expect("a cross");
        let rows = pixels(&png::encode(&scene.painted(WIDTH, HEIGHT), &scene.colours(), 96).unwrap());
        assert_eq!(rows[y as usize * WIDTH + x as usize], series(0).0, "step {step}");
    }
}

#[test]
fn the_spike_of_a_hundred_thousand_points_is_drawn() {
    let points: Vec<(f64, f64)> =
        (0..100_000).map(|at| (f64::from(at), if at == 61_803 { 9.0 } else { 1.0 })).collect();
    let scene = marks(Chart::Curves(one_panel("loss", vec![curve(&points)])));
    let line = scene.marks.iter().find_map(|mark| match mark {
        Mark::Line { pieces, width, .. } if *width > 2.0 => Some(pieces[0].clone()),
        _ => None,
    });
    let line = line.unwrap();
    let top = line.iter().map(|(_, y)| *y).fold(f32::MAX, f32::min);
    let bottom = line.iter().map(|(_, y)| *y).fold(f32::MIN, f32::max);
    assert!(bottom - top > 300.0 && line.len() < 2_000, "{top} {bottom} {}", line.len());
}

#[test]
fn a_run_has_one_colour_in_all_panels() {
    let panel =
        |title: &str| Panel { title: title.into(), curves: (0..3).map(|number| loss(number, 50, 0.0)).collect() };
    let chart = Curves { panels: vec![panel("a"), panel("b")], ..Curves::default() };
    let scene = marks(Chart::Curves(chart));
    for number in 0..3 {
        let name = loss(number, 1, 0.0).name;
        let inks: Vec<_> = words(&scene)
            .into_iter()
            .filter(|words| name.ends_with(words.text.trim_start_matches('…')) && words.text.len() > 3)
            .map(|words| words.colour)
            .collect();
        assert_eq!(inks, [series(number).as_ink(); 2], "{name}");
    }
}

#[test]
fn values_that_a_logarithmic_axis_cannot_show_are_counted() {
    let mut chart = one_panel("loss", vec![curve(&[(0.0, 1.0), (1.0, 0.0), (2.0, -3.0), (3.0, 0.1)])]);
    chart.log_y = true;
    let notes = draw(&Chart::Curves(chart.clone())).notes;
    assert_eq!(notes, ["2 values of 0 or less have no place on a logarithmic axis and are not drawn"]);
    chart.panels[0].curves[0].points.retain(|point| point.1 <= 0.0);
    assert!(words(&marks(Chart::Curves(chart))).iter().any(|words| words.text == "no value above 0"));
}

#[test]
fn numbers_at_the_ends_of_their_range_are_drawn_all_the_same() {
    for values in [[f64::MAX, f64::MIN], [1e-308, 1e-307], [f64::NAN, f64::INFINITY], [0.0, 0.0], [1e300, 1e-300]] {
        let points = [(0.0, values[0]), (1e18, values[1])];
        for log_y in [false, true] {
            let chart = Curves { log_y, ..one_panel("loss", vec![with_best(curve(&points))]) };
            assert!(!draw(&Chart::Curves(chart)).png.is_empty());
        }
    }
}

#[test]
fn more_panels_than_have_room_are_left_out() {
    let panel = |number: usize| Panel { title: format!("m{number}"), curves: vec![loss(0, 30, 0.0)] };
    let chart = Curves { panels: (0..9).map(panel).collect(), ..Curves::default() };
    let shown: Vec<usize> = (0..9)
        .filter(|number| {
            words(&marks(Chart::Curves(chart.clone()))).iter().any(|words| words.text == format!("m{number}"))
        })
        .collect();
    assert_eq!(shown.len(), Curves::most_panels(1));
}
