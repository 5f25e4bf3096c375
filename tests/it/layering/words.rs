//! Words that stand nowhere, or in one place only.

use super::{files, holds_only_tests, none, read, root, standing};

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
            standing(word, &sources, |path| path.starts_with("src/cli/") || holds_only_tests(path)),
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
