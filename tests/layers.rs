//! The stages of the pipeline import from stages before them, never from later ones.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by failing"
)]

mod common;

use std::fs;

/// The modules in order: what all share, then the stages.
const ORDER: &[&str] = &[
    "source",
    "value",
    "catalogue",
    "condition",
    "config",
    "discover",
    "parse",
    "evaluate",
    "graph",
    "normalize",
    "analyse",
    "judge",
    "suppress",
    "compare",
    "fix",
    "report",
    "run",
    "lsp",
    "cli",
];

/// What comes after the `crate::` of a line: the modules it names, also in a group.
fn named(line: &str) -> Vec<&str> {
    let Some((_, rest)) = line.split_once("crate::") else { return Vec::new() };
    match rest.strip_prefix('{') {
        Some(group) => group.split(',').filter_map(|part| part.trim().split(['{', '}', ':', ';']).next()).collect(),
        None => rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().into_iter().collect(),
    }
}

#[test]
fn no_stage_imports_from_a_later_one() {
    let place = |name: &str| ORDER.iter().position(|one| *one == name);
    let mut backwards = Vec::new();
    let mut seen = 0;
    for file in common::files_below(&common::root().join("src"), &["rs"]) {
        let relative = file.strip_prefix(common::root().join("src")).unwrap();
        let stage = relative.components().next().unwrap().as_os_str().to_str().unwrap().trim_end_matches(".rs");
        let Some(at) = place(stage) else {
            assert!(matches!(stage, "lib" | "main"), "src/{stage} has no place in the order of the stages");
            continue;
        };
        for (line, text) in (1..).zip(fs::read_to_string(&file).unwrap().lines()) {
            for name in named(text) {
                seen += 1;
                if place(name).is_some_and(|other| other > at) {
                    backwards.push(format!("{}:{line}: {stage} imports {name}", file.display()));
                }
            }
        }
    }
    assert!(seen > 100, "only {seen} imports were seen, so this test no longer reads them");
    assert!(backwards.is_empty(), "{}", backwards.join("\n"));
}

#[test]
fn every_stage_is_a_module_of_the_library() {
    let library = fs::read_to_string(common::root().join("src/lib.rs")).unwrap();
    let modules: Vec<&str> =
        library.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert_eq!(modules, ORDER);
}
