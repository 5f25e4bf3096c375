//! Where a series and a hyper-parameter lie inside a task's document, as the server's filters, orders and fields name it.

use md5::{Digest, Md5};

/// `last_metrics.<hash>.<hash>` of a series.
pub(super) fn series(title: &str, series: &str) -> String {
    hashed(&hash(title), &hash(series))
}

/// The same, of hashes that the server told.
pub(super) fn hashed(title: &str, series: &str) -> String {
    format!("last_metrics.{title}.{series}")
}

/// The series of a name `title/series` with one slash: with more, where the title ends is open.
pub(super) fn of_metric(name: &str) -> Option<String> {
    let (title, rest) = name.split_once('/')?;
    (!rest.contains('/')).then(|| series(title, rest))
}

/// The hyper-parameter of a name `Section/name` with one slash.
pub(super) fn of_param(name: &str) -> Option<String> {
    let (section, rest) = name.split_once('/')?;
    if rest.contains('/') { None } else { param(section, rest) }
}

/// `hyperparams.<Section>.<name>`, unless the server would read other names out of it than these.
pub(super) fn param(section: &str, name: &str) -> Option<String> {
    Some(format!("hyperparams.{}.{}", escaped(section)?, escaped(name)?))
}

fn hash(name: &str) -> String {
    Md5::digest(name).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A name as a step of a path: dots, dollars and underscores that mean something there in the server's own writing.
fn escaped(name: &str) -> Option<String> {
    // It trims, undoes its escape character, and takes `___` apart in its own way.
    if name.is_empty() || name.trim() != name || name.contains(['%', '\0']) || name.contains("___") {
        return None;
    }
    let escaped = name.replace('.', "%2E").replace('$', "%24").replace("__", "%_%_");
    Some(match escaped.strip_prefix('_') {
        Some(rest) => format!("%_{rest}"),
        None => escaped,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_is_named_by_hashes() {
        let train = "last_metrics.81513effdf5790b79549208838404407.61b3a8faa9c1091806675c230a9abe64";
        assert_eq!(of_metric("loss/train").as_deref(), Some(train));
        assert_eq!((of_metric("loss"), of_metric("val/loss/x")), (None, None));
    }

    #[test]
    fn a_parameter_is_named_as_the_server_escapes_it() {
        for (name, path) in [
            ("General/batch size", "hyperparams.General.batch size"),
            ("Args/a.b", "hyperparams.Args.a%2Eb"),
            ("Args/$x", "hyperparams.Args.%24x"),
            ("Args/__x__", "hyperparams.Args.%_%_x%_%_"),
            ("Args/_x_", "hyperparams.Args.%_x_"),
        ] {
            assert_eq!(of_param(name).as_deref(), Some(path), "{name}");
        }
    }

    #[test]
    fn a_name_that_the_server_would_misread_has_no_path() {
        for name in ["lr", "a/b/c", "Args/", "Args/ x", "Args/a___b", "Args/100%", "Args/a\0b"] {
            assert_eq!(of_param(name), None, "{name}");
        }
    }
}
