//! Links of the pages lead to headings that exist; tests/docs.rs sees to the files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::common;

/// The anchors of a page, as GitHub makes them of its headings.
fn anchors(page: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(page).unwrap();
    let mut fenced = false;
    let mut found = BTreeSet::new();
    for line in text.lines() {
        fenced ^= line.starts_with("```");
        let Some(heading) = line.strip_prefix('#').filter(|_| !fenced) else { continue };
        let heading = heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
        found.insert(heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect());
    }
    found
}

#[test]
fn links_to_headings_lead_to_one() {
    if std::env::var_os("UPDATE_DOCS").is_some() {
        // The pages are being written.
        return;
    }
    let mut known: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
    let mut missing = BTreeSet::new();
    let mut seen = 0;
    for page in common::files_below(&common::root().join("docs"), &["md"]) {
        let text = fs::read_to_string(&page).unwrap();
        for link in text.split("](").skip(1).filter_map(|part| part.split(')').next()) {
            let Some((file, anchor)) = link.split_once('#').filter(|_| !link.contains("://")) else { continue };
            let target = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            seen += 1;
            if !known.entry(target).or_insert_with_key(|target| anchors(target)).contains(anchor) {
                missing.insert(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(seen > 0, "no link was seen, so this test no longer reads them");
    assert!(missing.is_empty(), "{missing:#?}");
}
