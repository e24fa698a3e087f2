//! Baselines, end to end: what is known does not block, what is new does, what is mended is told, and what moves stays.

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
use std::path::Path;
use std::process::Output;

use common::program::{checked, code, phiguard, stderr, stdout};
use common::{project, store};
use serde_json::Value as Json;

fn check(folder: &Path, arguments: &[&str]) -> Output {
    phiguard(folder, &[&["check"], arguments].concat())
}

/// The report by the baseline, and the exit code.
fn held(folder: &Path, arguments: &[&str]) -> (Json, i32) {
    checked(folder, &[&["--baseline", "phiguard-baseline.json"], arguments].concat())
}

const UNKNOWN: &str = "resource \"aws_pinpoint_app\" \"reminders\" { name = \"reminders\" }\n";

fn lines(folder: &Path) -> Vec<Json> {
    let text = fs::read_to_string(folder.join("phiguard-baseline.json")).unwrap();
    let parsed: Json = serde_json::from_str(&text).unwrap();
    let findings = parsed["findings"].as_array().unwrap().clone();
    assert_eq!(
        text.lines().count(),
        findings.len() + 4 + usize::from(!findings.is_empty()),
        "a line for each finding: {text}"
    );
    findings
}

#[test]
fn what_is_known_does_not_block_and_what_is_new_does() {
    let folder = project(&[("clinic/main.tf", &store("charts"))]);
    let folder = folder.path();
    let output = check(folder, &["--write-baseline"]);
    assert_eq!(code(&output), 0, "{output:?}");
    let listed = lines(folder);
    let said = stdout(&output);
    assert_eq!(
        said,
        format!("phiguard-baseline.json lists {} finding{}\n", listed.len(), if listed.len() == 1 { "" } else { "s" })
    );
    assert!(listed.iter().all(|one| one["project"] == "clinic" && one.get("line").is_none()), "{listed:?}");

    // Lines move, and files within the module: the same findings.
    fs::write(folder.join("clinic/stores.tf"), format!("# moved\n\n{}", store("charts"))).unwrap();
    fs::remove_file(folder.join("clinic/main.tf")).unwrap();
    let (report, ended) = held(folder, &[]);
    assert_eq!((ended, &report["summary"]["failed"]), (0, &Json::from(0)), "{report}");
    assert_eq!(report["summary"]["kept"].as_u64().unwrap(), listed.len() as u64);
    assert!(report["findings"].as_array().unwrap().iter().all(|one| one["change"] == "kept"));
    assert_eq!(report["errors"], Json::Array(vec![]));

    fs::write(folder.join("clinic/more.tf"), store("claims")).unwrap();
    let (report, ended) = held(folder, &[]);
    let new: Vec<&Json> = report["findings"].as_array().unwrap().iter().filter(|one| one["change"] == "new").collect();
    assert!(ended == 1 && !new.is_empty(), "{report}");
    assert!(new.iter().all(|one| one["resource"]["address"] == "aws_simpledb_domain.claims"), "{new:?}");
    let shown = check(folder, &["--baseline", "phiguard-baseline.json", "--format", "compact"]);
    let shown = stdout(&shown);
    assert!(shown.contains("claims") && !shown.contains("charts"), "{shown}");
}

#[test]
fn a_project_that_moves_keeps_its_entries_and_a_copy_does_not_get_them() {
    let template = "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  Charts:\n    Type: AWS::SDB::Domain\n";
    let folder = project(&[("clinic/main.tf", &store("charts")), ("imaging.yaml", template)]);
    let folder = folder.path();
    assert_eq!(code(&check(folder, &["--write-baseline"])), 0);
    fs::create_dir(folder.join("infra")).unwrap();
    fs::rename(folder.join("clinic"), folder.join("infra/clinic")).unwrap();
    fs::rename(folder.join("imaging.yaml"), folder.join("infra/imaging.yaml")).unwrap();
    let (report, ended) = held(folder, &[]);
    assert_eq!((ended, report["errors"].as_array().unwrap().len()), (0, 0), "{report}");

    let folder = project(&[("clinic/main.tf", &store("charts"))]);
    let folder = folder.path();
    assert_eq!(code(&check(folder, &["--write-baseline"])), 0);
    fs::create_dir(folder.join("claims")).unwrap();
    fs::write(folder.join("claims/main.tf"), store("charts")).unwrap();
    let (report, ended) = held(folder, &[]);
    let new: Vec<&Json> = report["findings"].as_array().unwrap().iter().filter(|one| one["change"] == "new").collect();
    assert!(ended == 1 && new.iter().all(|one| one["file"] == "claims/main.tf"), "{report}");
}

#[test]
fn what_is_mended_is_told_at_its_line() {
    let folder = project(&[("clinic/main.tf", &store("charts")), ("claims/main.tf", &store("claims"))]);
    let folder = folder.path();
    assert_eq!(code(&check(folder, &["--write-baseline"])), 0);
    fs::write(folder.join("clinic/main.tf"), "resource \"aws_iam_group\" \"nurses\" { name = \"nurses\" }\n").unwrap();
    let stale = |report: &Json| -> Vec<Json> {
        let errors = report["errors"].as_array().unwrap().iter();
        errors.filter(|error| error["code"] == "stale-baseline").cloned().collect()
    };
    let (report, ended) = held(folder, &[]);
    let told = stale(&report);
    assert!(ended == 0 && !told.is_empty(), "{report}");
    let text = fs::read_to_string(folder.join("phiguard-baseline.json")).unwrap();
    for error in &told {
        assert_eq!(error["file"], "phiguard-baseline.json");
        let line = error["range"]["start"]["line"].as_u64().unwrap() as usize;
        assert!(text.lines().nth(line - 1).unwrap().contains("aws_simpledb_domain.charts"), "{error}");
    }
    assert_eq!(report["summary"]["mended"].as_u64().unwrap(), told.len() as u64);
    // Where nobody looks, and where something cannot be read, nothing is said to be mended.
    assert!(stale(&held(folder, &["claims"]).0).is_empty());
    fs::write(folder.join("claims/broken.tf"), "resource \"a\" \"b\" {\n  name = \n}\n").unwrap();
    let (report, ended) = held(folder, &[]);
    assert!(ended == 2 && stale(&report).is_empty(), "{report}");
    fs::remove_file(folder.join("claims/broken.tf")).unwrap();
    // A policy that did not judge may have found it.
    assert!(stale(&held(folder, &["--ignore", "services"]).0).len() < told.len());

    // To write it anew for one project leaves the others in it.
    assert_eq!(code(&check(folder, &["--write-baseline", "clinic"])), 0);
    assert!(lines(folder).iter().all(|one| one["project"] == "claims"), "{:?}", lines(folder));
    assert!(!lines(folder).is_empty());
    assert_eq!(held(folder, &[]).1, 0);
}

#[test]
fn what_is_not_known_is_listed_where_it_counts() {
    let folder = project(&[("main.tf", UNKNOWN)]);
    let folder = folder.path();
    assert_eq!(code(&check(folder, &["--write-baseline"])), 0);
    assert!(lines(folder).iter().all(|one| one.get("outcome").is_none()));
    assert_eq!(held(folder, &["--strict"]).1, 1);
    assert_eq!(code(&check(folder, &["--strict", "--write-baseline"])), 0);
    assert!(lines(folder).iter().any(|one| one["outcome"] == "unknown"));
    assert_eq!(held(folder, &["--strict"]).1, 0);
}

#[test]
fn a_baseline_elsewhere_counts_its_paths_from_itself() {
    let folder = project(&[("clinic/main.tf", &store("charts")), ("ci/readme.txt", "")]);
    let folder = folder.path();
    assert_eq!(code(&check(folder, &["--write-baseline=ci/known.json", "clinic"])), 0);
    let text = fs::read_to_string(folder.join("ci/known.json")).unwrap();
    assert!(text.contains("\"project\":\"../clinic\""), "{text}");
    for (from, paths) in [(".", ["--baseline", "ci/known.json"]), ("clinic", ["--baseline", "../ci/known.json"])] {
        assert_eq!(code(&check(&folder.join(from), &paths)), 0, "{from}");
    }
}

#[test]
fn a_baseline_that_cannot_be_used_says_where_and_what_to_do() {
    let cases = [
        ("{", "known.json:1:"),
        ("{\"findings\": []}", "\"version\" is missing"),
        ("{\"version\": 2, \"findings\": []}", "known.json:1:13: this phiguard reads baselines of version 1"),
        ("{\"version\": 1}", "\"findings\" is missing"),
        ("{\"version\": 1, \"findings\": [{\"policy\": 3}]}", "has no \"fingerprint\""),
        ("{\"version\": 1, \"findings\": {}}", "a list of findings is expected"),
    ];
    for (text, expected) in cases {
        let folder = project(&[("main.tf", ""), ("known.json", text)]);
        let output = check(folder.path(), &["--baseline", "known.json"]);
        assert_eq!(code(&output), 2, "{text}");
        let said = stderr(&output);
        assert!(said.contains(expected) && said.contains("--write-baseline=known.json"), "{text}: {said}");
    }
    let folder = project(&[("main.tf", "")]);
    let output = check(folder.path(), &["--baseline", "known.json"]);
    assert!(code(&output) == 2 && stderr(&output).contains("known.json cannot be read"), "{output:?}");
}
