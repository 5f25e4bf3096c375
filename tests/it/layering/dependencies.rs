//! The page of dependencies against the manifests.

use std::collections::BTreeSet;

use super::read;

/// The names of the dependencies in a manifest: those of the program, those of tests only.
fn direct(manifest: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut of_program, mut of_tests) = (BTreeSet::new(), BTreeSet::new());
    let mut section = "";
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            section = line.trim_matches(['[', ']']);
            // [dependencies.name] is a section of its own.
            if let Some((kind, name)) = section.split_once("dependencies.") {
                if kind.ends_with("dev-") {
                    of_tests.insert(name.to_owned())
                } else {
                    of_program.insert(name.to_owned())
                };
            }
            continue;
        }
        let Some((name, _)) = line.split_once('=').filter(|_| !line.starts_with('#')) else { continue };
        let name = name.trim().split('.').next().unwrap_or_default().to_owned();
        if section.ends_with("dev-dependencies") {
            of_tests.insert(name);
        } else if section.ends_with("dependencies") && section != "workspace.dependencies" {
            of_program.insert(name);
        }
    }
    (of_program, of_tests)
}

/// The crates that the tables below a heading name: what stands in back quotes in the first column, outside brackets.
fn documented(page: &str, heading: &str) -> BTreeSet<String> {
    let section = page
        .split("\n## ")
        .find(|section| section.starts_with(heading))
        .unwrap_or_else(|| panic!("no section {heading}"));
    let cells = section.lines().filter_map(|line| line.strip_prefix("| `")).filter_map(|line| line.split(" | ").next());
    let names = cells.flat_map(|cell| {
        let outside = format!("`{cell}")
            .split('(')
            .enumerate()
            .map(|(at, part)| {
                if at == 0 {
                    part.to_owned()
                } else {
                    part.split_once(')').map_or(String::new(), |(_, rest)| rest.to_owned())
                }
            })
            .collect::<String>();
        outside.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()
    });
    names.collect()
}

#[test]
fn the_page_of_dependencies_names_exactly_those_there_are() {
    let page = read("docs/dependencies.md");
    let (server, server_tests) = direct(&read("Cargo.toml"));
    let (trackers, tracker_tests) = direct(&read("backends/Cargo.toml"));

    assert_eq!(documented(&page, "`tracker-mcp`"), server, "Cargo.toml");
    assert_eq!(documented(&page, "`tracker-backends`"), trackers, "backends/Cargo.toml");
    assert_eq!(documented(&page, "Tests only"), server_tests.union(&tracker_tests).cloned().collect(), "tests only");
}

#[test]
fn dependencies_are_read_from_every_section_of_a_manifest() {
    let manifest = "[workspace.dependencies]\nz = \"1\"\n[dependencies]\na.workspace = true\nb = { version = \"1\" }\n# c = \"1\"\n\
        [target.'cfg(unix)'.dependencies]\nd = \"1\"\n[dependencies.e]\nversion = \"1\"\n[dev-dependencies]\nf = \"1\"\n[features]\ng = []\n";
    let names = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();

    let (program, tests) = direct(manifest);

    assert_eq!((program, tests), (names(&["a", "b", "d", "e"]), names(&["f"])));
    let page = "# P\n\n## One\n\n| crate | why |\n|---|---|\n| `a` (`b`, here) | `x` |\n| `c`, `d` | y |\n";
    assert_eq!(documented(page, "One"), names(&["a", "c", "d"]));
}
