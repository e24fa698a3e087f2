//! The stacks of examples/: what the program prints for them, as snapshots beside this file, and that each place
//! it reports is the text that is meant.

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

use common::program::{command, stdout};
use serde_json::Value as Json;

fn stacks() -> Vec<String> {
    let entries = fs::read_dir(common::root().join("examples")).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn check(stack: &str, format: &str) -> String {
    let path = format!("examples/{stack}");
    let arguments = ["check", &path, "--format", format, "--show-unknown", "--allow-errors", "--no-config"];
    let output = command(common::root(), &arguments).env("COLUMNS", "100").output().unwrap();
    let text = stdout(&output);
    // The time is the one thing that differs between runs.
    let lines = text.lines().map(|line| match (line.starts_with("Checked "), line.rsplit_once(" in ")) {
        (true, Some((before, _))) => format!("{before} in TIME."),
        _ => line.to_string(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn output_is_as_reviewed() {
    for stack in stacks() {
        insta::assert_snapshot!(format!("{stack}.terminal"), check(&stack, "terminal"));
        insta::assert_snapshot!(format!("{stack}.json"), check(&stack, "json"));
    }
}

#[test]
fn clean_stacks_have_no_finding_and_leaky_ones_do() {
    for stack in stacks() {
        let report: Json = serde_json::from_str(&check(&stack, "json")).unwrap();
        let failed = report["summary"]["failed"].as_u64().unwrap();
        assert_eq!(report["errors"], serde_json::json!([]), "{stack}");
        match stack.ends_with("-clean") {
            true => assert_eq!(failed, 0, "{stack}: {}", report["findings"]),
            false => assert!(failed >= 8, "{stack} has only {failed} findings"),
        }
    }
}

/// The text of a range in a file, by lines and columns counted from 1 in characters.
fn text_at(file: &str, range: &Json) -> String {
    let text = fs::read_to_string(common::root().join(file)).unwrap();
    let number = |end: &str, what: &str| range[end][what].as_u64().unwrap() as usize;
    let (first, last) = (number("start", "line"), number("end", "line"));
    let mut out = String::new();
    for (at, line) in (1..).zip(text.lines()).filter(|(at, _)| (first..=last).contains(at)) {
        let characters: Vec<char> = line.chars().collect();
        let from = if at == first { number("start", "column") - 1 } else { 0 };
        let to = if at == last { number("end", "column") - 1 } else { characters.len() };
        out.extend(&characters[from..to]);
        if at != last {
            out.push('\n');
        }
    }
    out
}

#[test]
fn the_text_at_each_reported_place_is_the_text_that_is_meant() {
    let report: Json = serde_json::from_str(&check("terraform-aws-leaky", "json")).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let of = |policy: &str, address: &str| {
        let found = findings.iter().find(|one| one["policy"] == policy && one["resource"]["address"] == address);
        found.unwrap_or_else(|| panic!("{policy} does not fail for {address}"))
    };
    let place = |finding: &Json| text_at(finding["file"].as_str().unwrap(), &finding["range"]);
    let evidence = |finding: &Json, label: &str| {
        let all = finding["evidence"].as_array().unwrap();
        let found = all.iter().find(|one| one["label"].as_str().unwrap().contains(label));
        let found = found.unwrap_or_else(|| panic!("no evidence says {label:?}: {all:?}"));
        format!("{}: {}", found["file"].as_str().unwrap(), text_at(found["file"].as_str().unwrap(), &found["range"]))
    };
    let public = of("public-bucket", "aws_s3_bucket.scans");
    assert_eq!(place(public), "var.scans_acl");
    assert_eq!(
        evidence(public, "in a variable file"),
        "examples/terraform-aws-leaky/terraform.tfvars: \"public-read\""
    );
    let billing = of("public-database", "module.records[\"billing\"].aws_db_instance.this");
    assert_eq!(place(billing), "var.public");
    assert_eq!(
        evidence(billing, "argument module.records[\"billing\"].public"),
        "examples/terraform-aws-leaky/main.tf: each.key == \"billing\""
    );
    let plain = of("encryption-at-rest-disabled", "module.records[\"clinical\"].aws_db_instance.this");
    assert_eq!(place(plain), "resource \"aws_db_instance\" \"this\"");
    assert_eq!(
        evidence(plain, "called as module.records[\"clinical\"]"),
        "examples/terraform-aws-leaky/main.tf: module \"records\""
    );
    assert_eq!(place(of("short-log-retention", "aws_cloudwatch_log_group.portal")), "90");
    // Nothing is reported at a place that does not exist.
    for finding in findings {
        assert!(!place(finding).is_empty(), "{finding}");
    }
}
