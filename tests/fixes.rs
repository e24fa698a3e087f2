//! Fixes: every failing example of every policy that has a fix is mended, and then the file parses, the finding is gone
//! and nothing new is found. What is refused says why.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by failing"
)]

mod common;

use std::collections::BTreeMap;

use phiguard::catalogue::embedded;
use phiguard::catalogue::model::{Example, Expect};
use phiguard::judge::Selection;
use phiguard::run::examples;
use phiguard::run::mend::{Mended, mend};
use phiguard::run::{Progress, Request, Until};

/// Mends the findings of one policy in one text.
fn mended(policy: &str, name: &str, text: &str) -> Mended {
    let folder = common::project(&[(name, text)]);
    let request = Request {
        paths: vec![".".into()],
        base: folder.path().canonicalize().unwrap(),
        until: Until::Judge,
        selection: Selection { only: vec![policy.into()], without: Vec::new() },
        ..Request::default()
    };
    mend(&request, &Progress::default(), true).unwrap()
}

fn text_after(mended: &Mended, before: &str) -> String {
    mended.files.first().map_or_else(|| before.to_string(), |file| file.after.to_string())
}

#[test]
fn every_example_that_a_fix_covers_is_mended() {
    let (mut wrong, mut figures) = (Vec::new(), BTreeMap::<&str, (usize, usize)>::new());
    let mut shown = String::new();
    for policy in embedded::policies().unwrap().values().filter(|policy| policy.fix.is_some()) {
        let fails = |example: &&Example| example.expect == Expect::Fail;
        for example in policy.examples.iter().filter(fails) {
            let name = examples::file_name(example);
            let done = mended(&policy.id, name, &example.code);
            let after = text_after(&done, &example.code);
            let counts = figures.entry(&policy.id).or_default();
            counts.1 += 1;
            counts.0 += usize::from(!done.mended.is_empty());
            let title = format!("{} ({}, {})", policy.id, example.dialect, example.title);
            shown.push_str(&format!("=== {title}\n"));
            for told in &done.left {
                shown.push_str(&format!("left {}: {}\n", told.address, told.words));
                if told.words.contains("taken back") {
                    wrong.push(format!("{title}: {}", told.words));
                }
            }
            if !done.mended.is_empty() {
                shown.push_str(&after);
                // What was mended stays as it is.
                let again = mended(&policy.id, name, &after);
                assert!(again.mended.is_empty() && again.files.is_empty(), "{title}: mended again:\n{after}");
            }
            let known = done.before.findings.iter().filter(|one| one.policy == policy.id).count();
            let now = done.after.as_ref().map_or(known, |report| report.findings.len());
            if done.before.findings.len() - done.mended.len() != now {
                wrong.push(format!("{title}: {} findings were {known}, {now} are left", done.mended.len()));
            }
        }
    }
    if let Some(path) = std::env::var_os("SHOW_FIXES") {
        std::fs::write(path, &shown).unwrap();
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
    let never: Vec<_> = figures.iter().filter(|(_, (made, _))| *made == 0).collect();
    assert!(never.is_empty(), "no example of these is ever mended: {never:?}");
}
