//! The code of runs side by side.

use std::collections::BTreeMap;

use backends::model::Code;

use super::entries::{Entry, columns};
use super::sections::Section;
use super::texts::cells;
use crate::analysis::side_by_side;
use crate::render::{Cell, Column};

/// What differs in commit, branch, repository, entry point, uncommitted changes and packages.
pub(super) fn section(entries: &[Entry]) -> Section {
    let facts: Vec<BTreeMap<String, String>> = entries.iter().map(|entry| facts(&entry.run.code)).collect();
    let all = side_by_side(&facts.iter().collect::<Vec<_>>(), |a, b| a == b);
    let differing: Vec<_> = all.iter().filter(|row| row.differs).collect();
    let rows = differing.iter().map(|row| {
        let texts: Vec<Option<&str>> = row.values.iter().map(|value| value.map(String::as_str)).collect();
        [Cell::key(row.key)].into_iter().chain(cells(row.key, &texts)).collect()
    });
    Section {
        name: "code",
        nouns: ("fact on code", "facts on code"),
        columns: [Column::new("code")].into_iter().chain(columns(entries)).collect(),
        rows: rows.collect(),
        equal: all.len() - differing.len(),
    }
}

fn facts(code: &Code) -> BTreeMap<String, String> {
    let Code { commit, branch, repository, entry_point, packages, diff_length } = code;
    let named = [("commit", commit), ("branch", branch), ("repository", repository), ("entry_point", entry_point)];
    let named = named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)));
    let uncommitted = diff_length.map(|length| ("uncommitted_characters".to_owned(), length.to_string()));
    let packages = packages.iter().map(|requirement| {
        let (name, version) = requirement
            .split_at(requirement.find([' ', '=', '<', '>', '~', '!', '@', '[', ';']).unwrap_or(requirement.len()));
        (format!("package {name}"), version.trim().to_owned())
    });
    named.chain(uncommitted).chain(packages).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_told_by_its_name_and_version() {
        let code = Code {
            commit: Some("abc".into()),
            packages: vec!["numpy==1.26".into(), "torch".into(), "pkg @ git+https://host/pkg".into()],
            ..Code::default()
        };
        let found = facts(&code);
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
