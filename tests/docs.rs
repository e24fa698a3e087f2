//! What the pages say is true: the paths they name exist, and what is generated is up to date.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test says what went wrong by failing")]

mod common;

use std::fs;

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
        let links = text.split("](").skip(1).filter_map(|part| part.split([')', '#']).next());
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
