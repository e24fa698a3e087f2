//! What the tests share: projects written to temporary folders, and runs over them.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test says what went wrong by failing")]
#![allow(dead_code, reason = "each test file uses its part")]

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
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// Checks a folder.
pub fn check(folder: &Path) -> Report {
    let request = Request {
        paths: vec![PathBuf::from(".")],
        base: folder.canonicalize().unwrap(),
        variables: Vec::new(),
        until: Until::Judge,
    };
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
