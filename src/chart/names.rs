//! Names short enough for a picture, that are still told apart.

use super::font;

/// What stands for characters that were left out.
const CUT: char = '…';
/// Characters that all names begin with are left out from so many on.
const COMMON: usize = 6;

/// Names with a mark each (part of an id) that fit into so many pixels. What all have in common at their beginning goes
/// first, then the middle. Those that would look the same get their mark, and so do those that the font hardly has.
pub(super) fn fitting(names: &[(&str, &str)], size: f32, most: f32) -> Vec<String> {
    let all_fit = names.iter().all(|(name, _)| font::width(name, size) <= most);
    let begin = if all_fit { 0 } else { common(names) };
    let cut = |name: &str| -> String {
        let rest: String = name.chars().skip(begin).collect();
        if begin > 0 { format!("{CUT}{rest}") } else { rest }
    };
    let mut shown: Vec<String> = names.iter().map(|(name, _)| middle_cut(&cut(name), size, most)).collect();
    let alike: Vec<bool> = shown.iter().map(|one| shown.iter().filter(|other| *other == one).count() > 1).collect();
    for ((short, alike), (name, mark)) in shown.iter_mut().zip(alike).zip(names) {
        if (alike || is_foreign(name)) && !mark.is_empty() {
            let tail = format!(" {mark}");
            let room = most - font::width(&tail, size);
            let head = if room < 2.0 * size { String::new() } else { middle_cut(&cut(name), size, room) };
            *short = format!("{head}{tail}").trim().to_owned();
        }
    }
    shown
}

/// One text that fits into so many pixels.
pub(super) fn fitted(text: &str, size: f32, most: f32) -> String {
    middle_cut(text, size, most)
}

/// Whether a third or more of it would be boxes.
fn is_foreign(name: &str) -> bool {
    let boxes = name.chars().filter(|character| !font::has(*character)).count();
    boxes * 3 >= name.chars().count().max(1)
}

/// How many characters all names begin with that can be left out: up to the last joint, and only where it is worth it.
fn common(names: &[(&str, &str)]) -> usize {
    let [(first, _), rest @ ..] = names else { return 0 };
    if rest.is_empty() {
        return 0;
    }
    let shared = |other: &str| first.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    let count = rest.iter().map(|(other, _)| shared(other)).min().unwrap_or_default();
    let joint = |character: char| matches!(character, '-' | '_' | '/' | ' ' | ':' | '=');
    let ends = first.chars().take(count).enumerate().filter(|(_, character)| joint(*character)).map(|(at, _)| at + 1);
    let count = ends.last().unwrap_or_default();
    let leaves_something = names.iter().all(|(name, _)| name.chars().count() > count);
    if count >= COMMON && leaves_something { count } else { 0 }
}

fn middle_cut(text: &str, size: f32, most: f32) -> String {
    if font::width(text, size) <= most {
        return text.to_owned();
    }
    let characters: Vec<char> = text.chars().collect();
    let with = |kept: usize| -> String {
        // A little more of the end, which tells runs apart more often.
        let tail = kept.div_ceil(2);
        let head = characters.iter().take(kept - tail);
        head.chain(std::iter::once(&CUT)).chain(characters.iter().skip(characters.len() - tail)).collect()
    };
    let fits = |kept: &usize| font::width(&with(*kept), size) <= most;
    let kept = (0..characters.len()).collect::<Vec<usize>>().partition_point(fits).saturating_sub(1);
    with(kept).replace("……", "…")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn short_names_stay_as_they_are() {
        assert_eq!(fitting(&[("resnet", "4f1c"), ("resnet-2", "9a")], 16.0, 200.0), ["resnet", "resnet-2"]);
    }

    #[test]
    fn what_all_begin_with_is_left_out_first() {
        let names = [("bench/resnet50-imagenet-lr0.1-seed1", ""), ("bench/resnet50-imagenet-lr0.03-seed1", "")];
        assert_eq!(fitting(&names, 16.0, 120.0), ["…lr0.1-seed1", "…lr0.03-seed1"]);
    }

    #[test]
    fn equal_names_and_names_that_the_font_lacks_have_their_marks() {
        assert_eq!(fitting(&[("a", "4f1c"), ("a", "9abc"), ("b", "1")], 16.0, 200.0), ["a 4f1c", "a 9abc", "b"]);
        assert_eq!(fitting(&[("模型", "4f1c")], 16.0, 200.0), ["模型 4f1c"]);
    }

    proptest! {
        #[test]
        fn whatever_it_is_it_fits(name in ".{0,60}", most in 40.0_f32..200.0) {
            let short = fitting(&[(&name, "4f1c")], 16.0, most);
            prop_assert!(font::width(&short[0], 16.0) <= most + 0.5, "{short:?}");
        }
    }
}
