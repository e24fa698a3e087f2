//! What the pages say is true: the paths they name exist, and what is generated is up to date.

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

use common::program::{self, phiguard, stdout, words};

/// The parts of a text between back quotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Whether a word is meant as a path of the repository.
fn is_path(word: &str) -> bool {
    let starts = ["src/", "policies/", "docs/", "tests/", "examples/", "benches/", ".ci/", ".github/", "build.rs"];
    let placeholder = word.contains(['<', '*', ' ', '{']);
    starts.iter().any(|start| word.starts_with(start)) && !placeholder
}

#[test]
fn paths_named_in_pages_exist() {
    let mut pages = common::files_below(&common::root().join("docs"), &["md"]);
    pages.extend(["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|page| common::root().join(page)));
    let mut missing = Vec::new();
    let mut seen = 0;
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        // What stands between back quotes is no link: a pattern may hold `](`.
        let prose: String = text.split('`').step_by(2).collect();
        let links = prose.split("](").skip(1).filter_map(|part| part.split([')', '#']).next());
        let folder = page.parent().unwrap();
        for link in links.filter(|link| !link.is_empty() && !link.contains("://")) {
            seen += 1;
            if !folder.join(link).exists() {
                missing.push(format!("{}: link to {link}", page.display()));
            }
        }
        for path in quoted(&text).filter(|word| is_path(word)) {
            seen += 1;
            if !common::root().join(path).exists() {
                missing.push(format!("{}: {path}", page.display()));
            }
        }
    }
    assert!(seen > 30, "only {seen} paths were seen, so this test no longer reads them");
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// The lines of the fenced blocks of shell commands.
fn commands(text: &str) -> Vec<&str> {
    text.split("```sh\n").skip(1).filter_map(|part| part.split("```").next()).flat_map(str::lines).collect()
}

#[test]
fn commands_in_pages_run_as_written() {
    let ci = fs::read_to_string(common::root().join(".ci/run")).unwrap();
    let mut pages = common::files_below(&common::root().join("docs"), &["md"]);
    pages.extend(["README.md", "CONTRIBUTING.md"].map(|page| common::root().join(page)));
    let mut ran = 0;
    for page in pages {
        for line in commands(&fs::read_to_string(&page).unwrap()) {
            if line.starts_with("cargo test") || line.starts_with("cargo bench") {
                assert!(line.starts_with("cargo bench") || ci.contains(line), "{line} is not what .ci/run calls");
                continue;
            }
            let build = "cargo run --release --locked -- ";
            let arguments = line.strip_prefix("phiguard ").or_else(|| line.strip_prefix(build));
            let arguments = arguments.unwrap_or_else(|| panic!("{}: do not know how to run {line}", page.display()));
            let output = phiguard(common::root(), &words(arguments));
            assert_eq!(output.status.code(), Some(0), "{}: {line}: {output:?}", page.display());
            assert!(!output.stdout.is_empty(), "{}: {line} prints nothing", page.display());
            ran += 1;
        }
    }
    assert!(ran >= 10, "only {ran} commands were run, so this test no longer reads them");
}

#[test]
fn the_readme_sets_up_with_two_commands() {
    let readme = fs::read_to_string(common::root().join("README.md")).unwrap();
    let set_up = readme.split("## Build it").nth(1).unwrap().split("\n## ").next().unwrap();
    assert_eq!(commands(set_up).len(), 2, "{set_up}");
}

#[test]
fn sessions_in_pages_show_what_is_printed() {
    let path = common::root().join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let mut mended = readme.clone();
    let mut seen = 0;
    for session in readme.split("```console\n").skip(1).filter_map(|part| part.split("```").next()) {
        let (command, expected) = session.split_once('\n').unwrap();
        let arguments = command.strip_prefix("$ phiguard ").unwrap();
        let output = program::command(common::root(), &words(arguments)).env("COLUMNS", "100").output().unwrap();
        let printed = stdout(&output);
        mended = mended.replace(session, &format!("{command}\n{printed}"));
        // The time differs from run to run; a page may show the beginning only, up to a line of dots.
        let without_time = |text: &str| -> Vec<String> {
            let time = |line: &str| {
                line.split_once(" in ").filter(|_| line.starts_with("Checked ")).map(|(a, _)| a.to_string())
            };
            text.lines().map(|line| time(line).unwrap_or_else(|| line.trim_end().to_string())).collect()
        };
        let (printed, expected) = (without_time(&printed), without_time(expected));
        if std::env::var_os("UPDATE_DOCS").is_some() {
            seen += 1;
            continue;
        }
        for (at, (expected, printed)) in expected.iter().zip(&printed).enumerate() {
            assert_eq!(expected, printed, "line {} of {command}", at + 1);
        }
        assert_eq!(expected.len(), printed.len(), "{command}");
        seen += 1;
    }
    assert!(seen > 0, "README.md shows no session");
    if mended != readme && std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(path, mended).unwrap();
    }
}
