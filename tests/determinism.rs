//! The same input gives the same bytes, whatever the number of threads and however often it is run.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by failing"
)]

mod common;

#[path = "../benches/generate/mod.rs"]
mod generate;

use std::path::Path;

use common::program::phiguard;

fn output(folder: &Path, arguments: &[&str], threads: &str) -> Vec<u8> {
    let output = phiguard(folder, &[arguments, &["--threads", threads]].concat());
    assert!(output.status.code().is_some_and(|code| code < 2), "{output:?}");
    assert!(!output.stdout.is_empty());
    output.stdout
}

#[test]
fn one_thread_and_many_print_the_same_twenty_times() {
    let folder = tempfile::tempdir().unwrap();
    generate::project(folder.path(), 400);
    for arguments in [
        &["check", ".", "--format", "json", "--show-unknown"][..],
        &["check", ".", "--format", "compact", "--show-unknown"],
        &["graph", ".", "--format", "json"],
    ] {
        let expected = output(folder.path(), arguments, "1");
        for run in 0..20 {
            let threads = ["1", "2", "4", "8"][run % 4];
            assert!(output(folder.path(), arguments, threads) == expected, "run {run} of {arguments:?} differs");
        }
    }
}
