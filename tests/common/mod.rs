//! What the tests share: projects written to temporary folders, and runs over them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by failing"
)]
#![allow(dead_code, reason = "each test file uses its part")]

pub mod program;
pub mod repository;
pub mod tree;

use std::fs;
use std::path::{Path, PathBuf};

use phiguard::report::Report;
use phiguard::run::{Progress, Request, Until, run};
use tempfile::TempDir;

/// The repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Writes files, by relative path, into a new folder.
pub fn project(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        write(folder.path(), name, text);
    }
    folder
}

/// Writes a file below a folder.
pub fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A store that fails `non-baa-service` whatever is said of it.
pub fn store(name: &str) -> String {
    format!("resource \"aws_simpledb_domain\" \"{name}\" {{ name = \"{name}\" }}\n")
}

/// Checks a folder.
pub fn check(folder: &Path) -> Report {
    check_with(folder, |_| {})
}

/// Checks paths below a folder.
pub fn check_paths(folder: &Path, paths: &[&str]) -> Report {
    check_with(folder, |request| request.paths = paths.iter().map(PathBuf::from).collect())
}

/// Checks a folder as a changed request asks.
pub fn check_with(folder: &Path, change: impl FnOnce(&mut Request)) -> Report {
    let base = folder.canonicalize().unwrap();
    let mut request = Request { paths: vec![PathBuf::from(".")], base, until: Until::Judge, ..Request::default() };
    change(&mut request);
    run(&request, &Progress::default()).unwrap()
}

/// Checks one configuration file.
pub fn check_text(text: &str) -> Report {
    let folder = project(&[("main.tf", text)]);
    check(folder.path())
}

/// The files below a folder with one of some endings, sorted.
pub fn files_below(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| endings.iter().any(|one| ending == *one)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The evaluated body of a resource, as `phiguard graph` prints it.
pub fn body(report: &Report, address: &str) -> serde_json::Value {
    let resource = report.graph.resources.iter().find(|resource| resource.address == address);
    let resource = resource.unwrap_or_else(|| panic!("there is no {address}; there are {:?}", addresses(report)));
    let fields = resource.body.entries.iter();
    serde_json::Value::Object(
        fields.map(|(name, entry)| (name.to_string(), phiguard::value::to_json(&entry.value))).collect(),
    )
}

/// The addresses of all resources, in order.
pub fn addresses(report: &Report) -> Vec<String> {
    report.graph.resources.iter().map(|resource| resource.address.to_string()).collect()
}

/// The errors as `file:line code message`.
pub fn errors(report: &Report) -> Vec<String> {
    report
        .errors
        .iter()
        .map(|error| {
            let (start, _) = report.sources.range(error.span);
            let file = error.path.clone().unwrap_or_else(|| report.sources.name(error.span).to_string());
            format!("{file}:{} {} {}", start.line, error.code.as_str(), error.message)
        })
        .collect()
}
