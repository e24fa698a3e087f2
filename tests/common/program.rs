//! The program itself, run in a folder with the same surroundings whatever those of the tests are.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value as Json;

/// Where the program is.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_phiguard");

/// The program with its arguments, not run yet.
pub fn command(folder: &Path, arguments: &[impl AsRef<OsStr>]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).current_dir(folder).env_remove("PHIGUARD_THREADS").env("NO_COLOR", "1");
    command
}

/// What the program says.
pub fn phiguard(folder: &Path, arguments: &[impl AsRef<OsStr>]) -> Output {
    command(folder, arguments).output().unwrap()
}

/// What `check` says as JSON, and the exit code.
pub fn checked(folder: &Path, arguments: &[&str]) -> (Json, i32) {
    let output = phiguard(folder, &[&["check", "--format", "json"], arguments].concat());
    (json(&output), code(&output))
}

/// The graph as JSON.
pub fn graph(folder: &Path, arguments: &[&str]) -> Json {
    json(&phiguard(folder, &[&["graph", "--format", "json"], arguments].concat()))
}

/// The exit code; a program that a signal ended has none, and fails the test.
pub fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| panic!("a signal ended it: {output:?}"))
}

/// The text on stdout.
pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The text on stderr.
pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The JSON on stdout.
pub fn json(output: &Output) -> Json {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

/// Splits a command line as a shell does, as far as single and double quotes go.
pub fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for character in line.chars() {
        match (quote, character) {
            (Some(open), close) if open == close => quote = None,
            (None, '\'' | '"') => quote = Some(character),
            (None, ' ') => words.push(String::new()),
            (_, other) => words.last_mut().unwrap().push(other),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
