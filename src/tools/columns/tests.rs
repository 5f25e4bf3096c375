//! Columns as they are asked for.

use super::wanted::Group;
use super::*;

#[test]
fn a_star_is_any_text() {
    for (pattern, name) in [("val*", "val/loss"), ("*", ""), ("*loss", "val/loss"), ("a*b*c", "aXbYbZc"), ("lr", "lr")]
    {
        assert!(glob(pattern, name), "{pattern} {name}");
    }
    for (pattern, name) in [("val*", "eval"), ("lr", "lrs"), ("a*b", "ab c"), ("aa*aa", "aaa")] {
        assert!(!glob(pattern, name), "{pattern} {name}");
    }
}

#[test]
fn a_column_is_read_as_filters_write_keys() {
    assert_eq!(Wanted::read("metrics.`val loss`"), Wanted::Named(Group::Metrics, "val loss".into()));
    assert_eq!(Wanted::read("run_id"), Wanted::Plain("run"));
    assert_eq!(Wanted::read("lr"), Wanted::Bare("lr".into()));
}
