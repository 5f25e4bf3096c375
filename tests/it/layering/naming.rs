//! Who names whom.

use std::collections::BTreeMap;

use super::{backends, files, holds_only_tests, none, read, standing};

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
