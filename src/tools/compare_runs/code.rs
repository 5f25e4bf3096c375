//! The code of runs side by side.

use std::collections::{BTreeMap, BTreeSet};

use backends::model::Code;

use super::entries::Entry;
use super::sections::{CONTEXT, Section};
use super::texts::cells;
use crate::analysis::side_by_side;
use crate::render::Cell;
use crate::tools::uncommitted::come_to;

/// What differs in commit, branch, repository, entry point, uncommitted changes and packages.
pub(super) fn section(entries: &[Entry]) -> Section {
    let codes: Vec<&Code> = entries.iter().map(|entry| &entry.run.code).collect();
    let length = if beginnings_tell(&codes) { COMMIT } else { usize::MAX };
    let facts: Vec<BTreeMap<String, String>> = codes.into_iter().map(|code| facts(code, length)).collect();
    let all = side_by_side(&facts.iter().collect::<Vec<_>>(), |a, b| a == b);
    let differing: Vec<_> = all.iter().filter(|row| row.differs).collect();
    let rows = differing.iter().map(|row| {
        let texts: Vec<Option<&str>> = row.values.iter().map(|value| value.map(String::as_str)).collect();
        [Cell::key(row.key)].into_iter().chain(cells(row.key, &texts)).collect()
    });
    let equal = all.len() - differing.len();
    Section::of_keys(CONTEXT, "fact", ("fact on code", "facts on code"), entries, rows.collect(), equal)
}

/// Characters by which a commit is told, as `git` itself shortens them in large repositories.
const COMMIT: usize = 12;

/// Whether commits that differ begin differently.
fn beginnings_tell(codes: &[&Code]) -> bool {
    let commits: BTreeSet<&str> = codes.iter().filter_map(|code| code.commit.as_deref()).collect();
    let beginnings: BTreeSet<&str> = commits.iter().map(|commit| short(commit, COMMIT)).collect();
    beginnings.len() == commits.len()
}

fn facts(code: &Code, commit_length: usize) -> BTreeMap<String, String> {
    let Code { commit, branch, repository, entry_point, packages, diff } = code;
    let commit = commit.as_ref().map(|commit| short(commit, commit_length).to_owned());
    let named = [("commit", &commit), ("branch", branch), ("repository", repository), ("entry_point", entry_point)];
    let named = named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)));
    let uncommitted = diff.as_deref().map(|diff| ("uncommitted changes".to_owned(), come_to(diff)));
    let packages = packages.iter().map(|text| {
        let (name, version) = requirement(text);
        (format!("package {name}"), version.to_owned())
    });
    named.chain(uncommitted).chain(packages).collect()
}

/// A package and what is said of its version: `numpy`, `==1.26`.
pub(super) fn requirement(text: &str) -> (&str, &str) {
    let end = text.find([' ', '=', '<', '>', '~', '!', '@', '[', ';']).unwrap_or(text.len());
    let (name, version) = text.split_at(end);
    (name, version.trim())
}

/// The beginning of a commit's hash; what is none stays whole.
fn short(commit: &str, length: usize) -> &str {
    let is_hash = commit.len() >= 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    commit.get(..length).filter(|_| is_hash).unwrap_or(commit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_is_told_by_its_beginning() {
        assert_eq!(short("0123456789abcdef0123456789abcdef01234567", COMMIT), "0123456789ab");
        assert_eq!(short("release-2026-11", COMMIT), "release-2026-11");
    }

    #[test]
    fn commits_that_begin_alike_are_shown_whole() {
        let of = |commit: &str| Code { commit: Some(commit.to_owned()), ..Code::default() };
        let (a, b) = (of("0123456789abcdef0123456789abcdef01234560"), of("0123456789abcdef0123456789abcdef01234561"));
        assert!(!beginnings_tell(&[&a, &b]));
        assert!(beginnings_tell(&[&a, &a, &of("fedcba9876543210fedcba9876543210fedcba98"), &Code::default()]));
    }

    #[test]
    fn a_package_is_told_by_its_name_and_version() {
        let code = Code {
            commit: Some("abc".into()),
            packages: vec!["numpy==1.26".into(), "torch".into(), "pkg @ git+https://host/pkg".into()],
            ..Code::default()
        };
        let found = facts(&code, COMMIT);
        let found: Vec<(&str, &str)> = found.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(
            found,
            [
                ("commit", "abc"),
                ("package numpy", "==1.26"),
                ("package pkg", "@ git+https://host/pkg"),
                ("package torch", "")
            ]
        );
    }
}
