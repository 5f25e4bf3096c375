//! The rules of the house, read off the source tree. Each rule is a function of a path and a text, and each is shown a
//! text that breaks it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Lines that a file may have before its tests.
const LONGEST: usize = 400;

/// The files below these folders of the repository that end so, by their path from its root with `/`.
fn files(folders: &[&str], endings: &[&str]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    folders.iter().for_each(|folder| walk(&root().join(folder), endings, &mut found));
    assert!(!found.is_empty(), "there are no files in {folders:?}");
    found
}

fn walk(folder: &Path, endings: &[&str], found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            if !matches!(name, "target" | ".git" | "__pycache__") {
                walk(&path, endings, found);
            }
        } else if endings.iter().any(|ending| name.ends_with(ending)) {
            let from_root = path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
            found.insert(
                from_root,
                fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())),
            );
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Fails with all files and lines that a rule finds fault with.
fn none(rule: &str, faults: impl IntoIterator<Item = String>) {
    let faults: Vec<String> = faults.into_iter().collect();
    assert!(faults.is_empty(), "{rule}:\n  {}", faults.join("\n  "));
}

/// The places where a word stands, in files that the rule is for.
fn standing(word: &str, files: &BTreeMap<String, String>, may: impl Fn(&str) -> bool) -> Vec<String> {
    let lines = files.iter().filter(|(path, _)| !may(path)).flat_map(|(path, text)| {
        let lines = text.lines().enumerate().filter(|(_, line)| line.contains(word));
        lines.map(move |(at, line)| format!("{path}:{}: {}", at + 1, line.trim()))
    });
    lines.collect()
}

// --- who names whom ----------------------------------------------------------------------------------------------

#[test]
fn the_side_of_mcp_never_names_the_http_library() {
    none("src/ names reqwest", standing("reqwest", &files(&["src"], &[".rs"]), |_| false));
    none(
        "src/ depends on it",
        standing("reqwest", &BTreeMap::from([("Cargo.toml".to_owned(), read("Cargo.toml"))]), |_| false),
    );
}

#[test]
fn the_side_of_trackers_never_names_mcp() {
    none("backends/ names rmcp", standing("rmcp", &files(&["backends"], &[".rs", ".toml"]), |_| false));
}

#[test]
fn only_the_server_speaks_mcp() {
    let sources = files(&["src"], &[".rs"]);
    for word in ["rmcp::", "use rmcp", "extern crate rmcp"] {
        none(
            &format!("`{word}` stands outside src/server.rs"),
            standing(word, &sources, |path| path == "src/server.rs"),
        );
    }
    assert!(sources["src/server.rs"].contains("impl ServerHandler for"));
}

#[test]
fn only_the_http_folder_sends_requests() {
    let sources = files(&["backends"], &[".rs"]);
    for word in ["reqwest", "hyper::", "TcpStream", "UdpSocket"] {
        none(
            &format!("`{word}` stands outside backends/http/"),
            standing(word, &sources, |path| path.starts_with("backends/http/") || holds_only_tests(path)),
        );
    }
    let sources = files(&["src"], &[".rs"]);
    for word in ["TcpStream", "UdpSocket", "std::net", "tokio::net"] {
        none(&format!("`{word}` stands in src/"), standing(word, &sources, |_| false));
    }
}

/// The folders that the registry lists as kinds.
fn backends() -> Vec<String> {
    let registry = read("backends/registry.rs");
    let named: Vec<String> = registry
        .split("crate::")
        .skip(1)
        .filter_map(|rest| rest.split_once("::KIND").map(|(name, _)| name.to_owned()))
        .collect();
    let named: Vec<String> =
        named.into_iter().filter(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')).collect();
    assert!(named.contains(&"mlflow".to_owned()), "the registry is not understood: {named:?}");
    named
}

/// Where a file names a backend that it does not belong to. The registry may name all.
fn foreign_backends(backends: &[String], path: &str, text: &str) -> Vec<String> {
    let strangers = backends.iter().filter(|name| !path.starts_with(&format!("backends/{name}/")));
    let mut faults = Vec::new();
    for name in strangers {
        let words = [format!("crate::{name}::"), format!("backends::{name}"), format!("super::{name}::")];
        for (at, line) in text.lines().enumerate() {
            if path != "backends/registry.rs" && words.iter().any(|word| line.contains(word.as_str())) {
                faults.push(format!("{path}:{} names the backend {name}: {}", at + 1, line.trim()));
            }
        }
    }
    faults
}

#[test]
fn a_backend_is_named_by_nobody_but_the_registry() {
    let backends = backends();
    let sources = files(&["backends", "src"], &[".rs"]);
    none("", sources.iter().flat_map(|(path, text)| foreign_backends(&backends, path, text)));
}

#[test]
fn a_backend_that_names_another_is_found() {
    let backends = ["mlflow".to_owned(), "clearml".to_owned()];
    let fault = |path, text| foreign_backends(&backends, path, text).len();
    assert_eq!(fault("backends/clearml/mod.rs", "use crate::mlflow::wire;"), 1);
    assert_eq!(fault("src/tools/get_runs.rs", "use backends::mlflow;"), 1);
    assert_eq!(fault("backends/mlflow/mod.rs", "use crate::mlflow::wire; use crate::mlflow_model;"), 0);
    assert_eq!(fault("backends/registry.rs", "&[crate::mlflow::KIND, crate::clearml::KIND]"), 0);
}

// --- who knows a server's field names ----------------------------------------------------------------------------

/// Whether a file of a backend may know the names of a server's fields: answers are read by `wire*`, questions are
/// written by `api*`, refusals are read by `error.rs`; what a kind of store has in common is `*_model.rs`.
fn knows_fields(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.starts_with("wire") || name.starts_with("api") || name == "error.rs" || name.ends_with("_model.rs")
}

/// Where a file reads JSON by the names of fields: a type with named fields that is deserialised, or a loose value.
/// What is cut to a cursor of ours has no names.
fn fields_known(path: &str, text: &str) -> Vec<String> {
    let text = before_tests(text);
    let mut faults = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if line.contains("serde_json::Value") || line.contains("json!") || line.contains("serde_json::{") {
            faults.push(format!("{path}:{}: {}", at + 1, line.trim()));
        }
    }
    for derived in text.split("#[derive(").skip(1) {
        let (derives, item) = derived.split_once(")]").unwrap_or_default();
        let item = item_of(item);
        if derives.contains("Deserialize") && item.lines().skip(1).any(is_named_field) {
            faults.push(format!("{path}: a type with named fields is read from JSON: {item}"));
        }
    }
    faults
}

/// The struct or enum with which a text begins, its attributes left out.
fn item_of(text: &str) -> &str {
    let at = text.find("struct ").into_iter().chain(text.find("enum ")).min().unwrap_or_default();
    let text = text.get(at..).unwrap_or_default();
    let head = text.lines().next().unwrap_or_default();
    if head.ends_with('{') { text.split("\n}").next().unwrap_or_default() } else { head }
}

/// `name: Type,` with or without visibility.
fn is_named_field(line: &str) -> bool {
    let line = line.trim_start();
    let line = line
        .strip_prefix("pub(super) ")
        .or_else(|| line.strip_prefix("pub(crate) "))
        .or_else(|| line.strip_prefix("pub "))
        .unwrap_or(line);
    line.split_once(':').is_some_and(|(name, rest)| {
        !rest.starts_with(':')
            && !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    })
}

#[test]
fn only_the_wire_knows_the_names_of_a_servers_fields() {
    for backend in backends() {
        let sources = files(&[&format!("backends/{backend}")], &[".rs"]);
        let others = sources.iter().filter(|(path, _)| !knows_fields(path) && !holds_only_tests(path));
        none(
            "fields of a server's JSON are known outside wire*, api*, error.rs and *_model.rs",
            others.flat_map(|(path, text)| fields_known(path, text)),
        );
    }
}

#[test]
fn a_file_that_reads_fields_by_name_is_found() {
    let faults = |text| fields_known("backends/mlflow/search.rs", text).len();
    assert_eq!(faults("#[derive(Debug, Deserialize)]\nstruct Page {\n    run_id: String,\n}\n"), 1);
    assert_eq!(
        faults("#[derive(Deserialize)]\nenum Page {\n    A {\n        pub(super) run_id: String,\n    },\n}\n"),
        1
    );
    assert_eq!(faults("use serde_json::Value;\n"), 1);
    assert_eq!(faults("let body = json!({\"run_id\": 1});\n"), 1);
    assert_eq!(
        faults("#[derive(Deserialize)]\nstruct Cursor(Option<String>, usize);\nstruct Plan {\n    text: String,\n}\n"),
        0
    );
    assert_eq!(faults("#[derive(Deserialize)]\nenum Cursor {\n    #[serde(rename = \"s\")]\n    Streams(u8),\n}\n"), 0);
    assert_eq!(faults("#[derive(Debug)]\nstruct Plan {\n    text: String,\n}\n"), 0);
}

// --- files -------------------------------------------------------------------------------------------------------

/// Whether a whole file is tests.
fn holds_only_tests(path: &str) -> bool {
    path.starts_with("tests/") || path.contains("/tests/") || path.ends_with("/tests.rs")
}

/// A file without the tests at its end.
fn before_tests(text: &str) -> &str {
    text.split("\n#[cfg(test)]\nmod ").next().unwrap_or_default()
}

#[test]
fn no_file_is_long() {
    let sources = files(&["src", "backends", "tests/it"], &[".rs"]);
    let lengths = sources
        .iter()
        .filter(|(path, _)| !holds_only_tests(path))
        .map(|(path, text)| (path, before_tests(text).lines().count()));
    none(
        &format!("longer than {LONGEST} lines without tests"),
        lengths.filter(|(_, lines)| *lines > LONGEST).map(|(path, lines)| format!("{path}: {lines}")),
    );
}

#[test]
fn lines_are_counted_up_to_the_tests() {
    assert_eq!(before_tests("a\nb\n#[cfg(test)]\nmod tests {\n}\n").lines().count(), 2);
    assert_eq!(before_tests("a\n#[cfg(test)]\nfn only_for_tests() {}\nb\n").lines().count(), 4);
}

/// The files that a file of Rust brings in with `mod`, seen from `tests/it/`.
fn modules(path: &str, text: &str) -> Vec<String> {
    let parent = path.strip_suffix("main.rs").map(str::to_owned).unwrap_or_else(|| {
        format!("{}/", path.strip_suffix("/mod.rs").or_else(|| path.strip_suffix(".rs")).unwrap_or_default())
    });
    let names = text.lines().filter_map(|line| {
        let line = line.strip_prefix("pub(crate) ").unwrap_or(line);
        line.strip_prefix("mod ")?.strip_suffix(';')
    });
    names.flat_map(|name| [format!("{parent}{name}.rs"), format!("{parent}{name}/mod.rs")]).collect()
}

#[test]
fn every_file_of_tests_is_part_of_the_one_test_binary() {
    let sources = files(&["tests/it"], &[".rs"]);
    let named: BTreeSet<String> = sources.iter().flat_map(|(path, text)| modules(path, text)).collect();
    let forgotten = sources.keys().filter(|path| *path != "tests/it/main.rs" && !named.contains(*path));
    none("no module of tests/it/main.rs: it is never compiled", forgotten.cloned());
    let manifest = read("Cargo.toml");
    assert_eq!(manifest.matches("[[test]]").count(), 1, "there is one binary of integration tests");
    let beside =
        fs::read_dir(root().join("tests")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    none("cargo makes a second binary of it", beside.filter(|name| name.ends_with(".rs")));
}

#[test]
fn modules_of_a_file_are_found_below_it() {
    assert!(modules("tests/it/main.rs", "mod a;\n").contains(&"tests/it/a.rs".to_owned()));
    assert!(modules("tests/it/a.rs", "mod b;\n").contains(&"tests/it/a/b.rs".to_owned()));
    assert!(modules("tests/it/a/mod.rs", "pub(crate) mod b;\n").contains(&"tests/it/a/b.rs".to_owned()));
}

// --- words -------------------------------------------------------------------------------------------------------

#[test]
fn nothing_is_left_undone() {
    let everything =
        files(&["src", "backends", "tests", "guides", "docs", ".ci"], &[".rs", ".py", ".md", ".sh", ".toml", "run"]);
    // Put together, so that this file does not find itself.
    for word in
        [["to", "do!("], ["unimple", "mented!("], ["FIX", "ME"], ["TO", "DO"], ["XX", "X"]].map(|parts| parts.concat())
    {
        none(&format!("{word} stands in"), standing(&word, &everything, |_| false));
    }
}

#[test]
fn only_the_command_line_and_the_transport_write_to_standard_output() {
    let sources = files(&["src", "backends"], &[".rs"]);
    for word in ["io::stdout", "stdout()", "print!(", "println!("] {
        none(
            &format!("`{word}` stands outside src/cli/"),
            // Tests print for whoever runs them.
            standing(word, &sources, |path| path.starts_with("src/cli/") || path.contains("/tests/")),
        );
    }
    none("stdio outside the server", standing("transport::stdio", &sources, |path| path == "src/server.rs"));
    let workspace = read("Cargo.toml");
    for lint in ["print_stdout", "print_stderr", "unwrap_used", "expect_used", "panic", "indexing_slicing", "dbg_macro"]
    {
        assert!(workspace.contains(&format!("\n{lint} = \"deny\"")), "the lint {lint} is not denied");
    }
    assert!(workspace.contains("\nunsafe_code = \"forbid\""));
    for manifest in ["Cargo.toml", "backends/Cargo.toml"] {
        assert!(read(manifest).contains("\n[lints]\nworkspace = true"), "{manifest} does not take the lints");
    }
}

#[test]
fn no_file_tells_of_the_machine_that_it_was_written_on() {
    let endings = [".rs", ".py", ".md", ".sh", ".toml", ".json", ".txt", "run"];
    let mut everything = files(&["src", "backends", "tests", "guides", "docs", ".ci"], &endings);
    for name in ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "Cargo.toml", "deny.toml", "clippy.toml"] {
        everything.insert(name.to_owned(), read(name));
    }
    let home = std::env::home_dir().map(|home| format!("{}/", home.display())).filter(|home| home.len() > 2);
    for path in home.into_iter().chain([root().display().to_string()]) {
        none(&format!("{path} stands in"), standing(&path, &everything, |_| false));
    }
}

#[test]
fn every_tool_has_a_guide_and_every_guide_of_a_tool_a_tool() {
    let guides: BTreeSet<String> = files(&["guides/tools"], &[""]).into_keys().collect();
    let tools: BTreeSet<String> =
        tracker_mcp::catalogue::CATALOGUE.iter().map(|entry| format!("guides/tools/{}.md", entry.name)).collect();
    assert_eq!(guides, tools);
    for guide in tracker_mcp::catalogue::guides().unwrap() {
        let text = read(&format!("guides/tools/{}.md", guide.name)).replace("\r\n", "\n");
        assert!(
            text.contains(guide.body) && text.contains(guide.summary),
            "{} is not the guide of its file",
            guide.name
        );
    }
}

// --- dependencies ------------------------------------------------------------------------------------------------

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
