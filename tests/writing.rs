//! docs/writing-policies.md as a reader follows it: its files are written, its commands run, and print what it shows.

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

use common::program::{self, words};

/// The file that a paragraph names for the block that follows: `In `path`:` at its end.
fn named(before: &str) -> Option<&str> {
    let before = before.trim_end().strip_suffix("`:")?;
    Some(before.rsplit_once('`')?.1)
}

#[test]
fn the_page_runs_as_written() {
    let path = common::root().join("docs/writing-policies.md");
    let page = fs::read_to_string(&path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (mut files, mut sessions, mut mended) = (0, 0, page.clone());
    let mut parts = page.split("```");
    let mut before = parts.next().unwrap();
    while let (Some(block), Some(after)) = (parts.next(), parts.next()) {
        let (language, text) = block.split_once('\n').unwrap();
        match (language, named(before)) {
            ("console", _) => {
                let (command, expected) = text.split_once('\n').unwrap();
                let arguments = command.strip_prefix("$ phiguard ").unwrap();
                let output = program::command(folder.path(), &words(arguments)).env("COLUMNS", "100").output().unwrap();
                let said = [output.stdout, output.stderr].concat();
                let printed = String::from_utf8(said).unwrap();
                assert!(!printed.is_empty(), "{command} prints nothing");
                if std::env::var_os("UPDATE_DOCS").is_none() {
                    assert_eq!(printed, expected, "{command}");
                }
                mended = mended.replacen(text, &format!("{command}\n{printed}"), 1);
                sessions += 1;
            }
            (_, Some(name)) => {
                common::write(folder.path(), name, text);
                files += 1;
            }
            _ => panic!("a block of {language} that no file or command is told for"),
        }
        before = after;
    }
    assert_eq!((files, sessions), (3, 3), "this test no longer reads the page");
    if mended != page {
        fs::write(path, mended).unwrap();
    }
}
