//! The program itself, end to end: arguments, exit codes, what goes to stdout and to stderr.

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
use std::io::Write;
use std::process::Stdio;

use common::program::{code, command, json, phiguard, stderr, stdout};
use common::project;
use serde_json::Value as Json;

const CLEAN: &str = "resource \"aws_iam_group\" \"nurses\" { name = \"nurses\" }\n";
const FAILS_HIGH: &str = "resource \"aws_simpledb_domain\" \"charts\" { name = \"charts\" }\n";
const UNKNOWN: &str = "resource \"aws_pinpoint_app\" \"reminders\" { name = \"reminders\" }\n";
const BROKEN: &str = "resource \"aws_iam_group\" \"broken\" {\n  name = \n}\n";

#[test]
fn exit_codes_tell_clean_findings_and_trouble_apart() {
    let cases: &[(&str, &[&str], i32)] = &[
        (CLEAN, &[], 0),
        (FAILS_HIGH, &[], 1),
        (FAILS_HIGH, &["--fail-on", "high"], 1),
        (FAILS_HIGH, &["--fail-on", "critical"], 0),
        (FAILS_HIGH, &["--exit-zero"], 0),
        (UNKNOWN, &[], 0),
        (UNKNOWN, &["--strict"], 1),
        (BROKEN, &[], 2),
        (BROKEN, &["--exit-zero"], 2),
        (BROKEN, &["--allow-errors"], 0),
        (CLEAN, &["--no-config"], 0),
        (CLEAN, &["--format", "no-such-format"], 2),
        (CLEAN, &["no-such-folder"], 2),
        (CLEAN, &["--var", "no-equals-sign"], 2),
        (CLEAN, &["--var-file", "no-such-file.tfvars"], 2),
    ];
    for (text, arguments, expected) in cases {
        let folder = project(&[("main.tf", text)]);
        let output = phiguard(folder.path(), &[&["check"], *arguments].concat());
        assert_eq!(code(&output), *expected, "check {arguments:?} of {text}: {output:?}");
    }
}

#[test]
fn a_broken_block_costs_that_block_only() {
    let folder = project(&[("main.tf", &format!("{BROKEN}\n{FAILS_HIGH}"))]);
    let output = phiguard(folder.path(), &["check", "--format", "json"]);
    let report = json(&output);
    assert_eq!(code(&output), 2);
    assert_eq!(report["findings"][0]["resource"]["address"], "aws_simpledb_domain.charts");
    let error = &report["errors"][0];
    assert_eq!((error["code"].as_str(), error["file"].as_str()), (Some("parse-error"), Some("main.tf")));
    let line = error["range"]["start"]["line"].as_u64().unwrap();
    assert!((2..=3).contains(&line), "{error}");
}

#[test]
fn the_json_object_has_the_fields_that_tools_rely_on() {
    let folder = project(&[("main.tf", FAILS_HIGH)]);
    let report = json(&phiguard(folder.path(), &["check", "--format", "json"]));
    assert_eq!(report["version"], 1);
    assert_eq!(report["tool"]["name"], "phiguard");
    let keys = |value: &Json| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        keys(&report["summary"]),
        ["files", "resources", "policies", "failed", "unknown", "suppressed", "errors", "by_severity"]
    );
    let finding = &report["findings"][0];
    let expected = [
        "policy",
        "title",
        "severity",
        "severity_note",
        "outcome",
        "message",
        "family",
        "safeguards",
        "remediate_within_days",
        "remedy",
        "resource",
        "file",
        "range",
        "evidence",
        "fingerprint",
        "default",
        "fix",
        "suppressed",
    ];
    assert_eq!(keys(finding), expected);
    assert_eq!(keys(&finding["resource"]), ["address", "type", "name", "kind", "dialect", "classification"]);
    assert_eq!(finding["range"]["start"], serde_json::json!({"line": 1, "column": 1}));
    assert_eq!(finding["fingerprint"].as_str().unwrap().len(), 16);
}

#[test]
fn unknown_outcomes_are_counted_and_listed_on_request() {
    let folder = project(&[("main.tf", UNKNOWN)]);
    let silent = json(&phiguard(folder.path(), &["check", "--format", "json"]));
    assert_eq!(silent["summary"]["unknown"], 1);
    assert_eq!(silent["findings"], serde_json::json!([]));
    let listed = json(&phiguard(folder.path(), &["check", "--format", "json", "--show-unknown"]));
    assert_eq!(listed["findings"][0]["outcome"], "unknown");
}

#[test]
fn compact_is_one_line_a_finding() {
    let folder = project(&[("main.tf", FAILS_HIGH)]);
    let output = phiguard(folder.path(), &["check", "--format", "compact"]);
    let text = stdout(&output);
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.starts_with("main.tf:1:1: high non-baa-service aws_simpledb_domain.charts: "), "{text}");
}

#[test]
fn a_fingerprint_survives_moved_lines_and_no_other_change() {
    let fingerprint = |text: &str| {
        let folder = project(&[("main.tf", text)]);
        json(&phiguard(folder.path(), &["check", "--format", "json"]))["findings"][0]["fingerprint"].clone()
    };
    let plain = fingerprint(FAILS_HIGH);
    assert_eq!(plain, fingerprint(&format!("# a comment\n\n{FAILS_HIGH}")));
    assert_ne!(plain, fingerprint(&FAILS_HIGH.replace("charts", "maps")));
}

#[test]
fn explain_says_everything_of_a_policy_and_helps_with_its_name() {
    let folder = project(&[]);
    let output = phiguard(folder.path(), &["explain", "non-baa-service"]);
    let text = stdout(&output);
    assert_eq!(code(&output), 0);
    for part in
        ["severity high", "164.308(b)(1)", "How to mend it", "Fails (terraform, aws)", "Passes (terraform, aws)"]
    {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    let wrong = phiguard(folder.path(), &["explain", "non-baa-services"]);
    assert_eq!(code(&wrong), 2);
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("is it non-baa-service?"), "{wrong:?}");
    let two = phiguard(folder.path(), &["explain", "public-bucket", "Logging"]);
    let text = String::from_utf8(two.stdout).unwrap();
    assert!(text.starts_with("public-bucket: ") && text.contains("\nshort-log-retention "), "{text}");
    let wrong = phiguard(folder.path(), &["explain", "loging"]);
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("is it logging?"), "{wrong:?}");
}

#[test]
fn explanations_keep_within_the_terminal() {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_phiguard"));
    let output = command.args(["explain", "public-bucket"]).env("COLUMNS", "72").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    // Examples are code, and stay as they are.
    let prose = text.split("\nFails ").next().unwrap();
    assert!(prose.lines().all(|line| line.chars().count() <= 72), "{prose}");
}

#[test]
fn a_value_that_nothing_takes_is_told() {
    let terraform =
        "variable \"acl\" { default = \"private\" }\nresource \"aws_s3_bucket\" \"scans\" {\n  acl = var.acl\n}\n";
    let template = "Parameters:\n  Access: {Type: String}\nResources:\n  Scans:\n    Type: AWS::S3::Bucket\n    Properties: {AccessControl: !Ref Access}\n";
    let bicep = "param access string = 'None'\n";
    let folder = project(&[("main.tf", terraform), ("stack.yaml", template), ("main.bicep", bicep)]);
    for (arguments, expected) in [
        (&["--var", "alc=public-read"][..], Some("--var alc: nothing that is checked declares")),
        (&["--var", "Acl=public-read"], Some("is it acl?")),
        (&["--var", "acl=private", "--var", "Access=Private", "--var", "ACCESS=Blob"], None),
        // Which projects are checked is not the caller's choice here.
        (&["--var", "alc=public-read", "--changed", "main.tf"], None),
    ] {
        for command in ["check", "graph"] {
            if command == "graph" && arguments.contains(&"--changed") {
                continue;
            }
            let output = phiguard(folder.path(), &[&[command], arguments].concat());
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert_eq!(code(&output) == 2, expected.is_some(), "{command} {arguments:?}: {output:?}");
            assert!(stderr.contains(expected.unwrap_or_default()), "{command} {arguments:?}: {stderr}");
        }
    }
    let baseline = phiguard(folder.path(), &["check", "--write-baseline", "--var", "alc=public-read"]);
    assert!(code(&baseline) == 2 && !folder.path().join("phiguard-baseline.json").exists(), "{baseline:?}");
}

#[test]
fn policies_are_listed_as_text_and_as_json() {
    let folder = project(&[]);
    let text = stdout(&phiguard(folder.path(), &["policies"]));
    let rows = json(&phiguard(folder.path(), &["policies", "--format", "json"]));
    let rows = rows.as_array().unwrap();
    assert_eq!(text.lines().count(), rows.len());
    for row in rows {
        assert!(text.contains(row["id"].as_str().unwrap()));
        assert!(!row["safeguards"].as_array().unwrap().is_empty(), "{row}");
    }
}

#[test]
fn the_graph_is_printed_in_three_formats() {
    let folder = project(&[(
        "main.tf",
        "resource \"aws_kms_key\" \"k\" {}\nresource \"aws_sqs_queue\" \"q\" { kms_master_key_id = aws_kms_key.k.id }\n",
    )]);
    let graph = json(&phiguard(folder.path(), &["graph"]));
    assert_eq!(graph["version"], 1);
    assert_eq!(
        graph["edges"],
        serde_json::json!([{"from": "aws_sqs_queue.q", "to": "aws_kms_key.k", "via": "kms_master_key_id", "relation": "references"}])
    );
    let unknown = &graph["resources"][1]["body"]["kms_master_key_id"]["$unknown"];
    assert!(unknown.is_string(), "{graph}");
    let dot = stdout(&phiguard(folder.path(), &["graph", "--format", "dot"]));
    assert!(dot.starts_with("digraph") && dot.contains("n1 -> n0 [label=\"kms_master_key_id\"]"), "{dot}");
    let mermaid = stdout(&phiguard(folder.path(), &["graph", "--format", "mermaid"]));
    assert!(mermaid.starts_with("flowchart") && mermaid.contains("n1 -->|\"kms_master_key_id\"| n0"), "{mermaid}");
}

#[test]
fn eval_answers_expressions_and_lines() {
    let folder =
        project(&[("main.tf", "variable \"a\" { default = 3 }\nvariable \"b\" {}\nlocals { c = var.a + 1 }\n")]);
    let output = phiguard(folder.path(), &["eval", ".", "local.c"]);
    let text = stdout(&output);
    assert!(text.starts_with("4\n") && text.contains("default of variable \"a\": main.tf:1:26"), "{text}");
    assert_eq!(code(&phiguard(folder.path(), &["eval", ".", "local.nothing"])), 1);
    assert_eq!(code(&phiguard(folder.path(), &["eval"])), 2);

    let mut child =
        command(folder.path(), &["eval", ".", "--jsonl"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let lines =
        "{\"expr\": \"var.a * 2\"}\n{\"expr\": \"var.b\"}\n{\"expr\": \"1 +\"}\n{\"expr\": \"[1, true]\"}\nnot json\n";
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let answers: Vec<Json> = stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers[0], serde_json::json!({"value": 6, "type": "number"}));
    assert!(answers[1]["unknown"].as_str().unwrap().contains("\"b\""), "{answers:?}");
    assert!(answers[2]["error"].is_string() && answers[4]["error"].is_string(), "{answers:?}");
    assert_eq!(answers[3], serde_json::json!({"value": [1, true], "type": "tuple([number, bool])"}));
}

#[test]
fn a_reader_that_goes_away_ends_the_program_quietly() {
    let folder = project(&[("main.tf", FAILS_HIGH)]);
    for at in 0..400 {
        fs::write(
            folder.path().join(format!("more_{at}.tf")),
            FAILS_HIGH.replace("charts\" {", &format!("c{at}\" {{")),
        )
        .unwrap();
    }
    let mut child = command(folder.path(), &["check", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(output.status.code().is_some_and(|code| code < 2), "{output:?}");
}

#[test]
fn nothing_to_check_is_said() {
    let folder = project(&[]);
    let output = phiguard(folder.path(), &["check"]);
    assert_eq!(code(&output), 0);
    assert!(String::from_utf8_lossy(&output.stderr).contains("nothing was checked"), "{output:?}");
    let folder = project(&[("infra/main.tf", CLEAN), ("infra/notes.txt", ""), ("notes.txt", "")]);
    let output = phiguard(folder.path(), &["check", "infra/notes.txt", "notes.txt"]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    // The first stands for its folder.
    assert!(code(&output) == 0 && stderr.lines().count() == 1, "{output:?}");
    assert!(stderr.starts_with("phiguard: notes.txt is not Terraform"), "{output:?}");
    let folder = project(&[("main.tf", CLEAN), ("data.json", "{\"a\": 1}"), ("broken.json", "{\"a\": ")]);
    let output = phiguard(folder.path(), &["check", "main.tf", "data.json", "broken.json"]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(code(&output) == 0 && stderr.lines().count() == 2, "{output:?}");
    assert!(stderr.contains("phiguard: data.json is not Terraform"), "{output:?}");
    let output = phiguard(folder.path(), &["check", "--changed", "main.tf", "data.json"]);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let folder = project(&[]);
    let output = phiguard(folder.path(), &["graph"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("nothing was checked"), "{output:?}");
    let output = phiguard(folder.path(), &["policies", "test", "."]);
    assert!(code(&output) == 2 && String::from_utf8_lossy(&output.stderr).contains("has no policy"), "{output:?}");
}

#[test]
fn policies_and_families_are_selected_and_left_out() {
    let folder =
        project(&[("main.tf", "resource \"aws_db_instance\" \"claims\" {\n  publicly_accessible = true\n}\n")]);
    let policies = |arguments: &[&str]| {
        let output = phiguard(folder.path(), &[&["check", "--format", "json"], arguments].concat());
        let found = json(&output)["findings"].as_array().unwrap().clone();
        found.iter().map(|finding| finding["policy"].as_str().unwrap().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(policies(&["--select", "public-database"]), ["public-database"]);
    assert_eq!(policies(&["--select", "encryption", "--ignore", "cmk-missing"]), ["encryption-at-rest-disabled"]);
    assert!(!policies(&["--ignore", "network,encryption"]).contains(&"public-database".to_string()));
    let wrong = phiguard(folder.path(), &["check", "--select", "public-databases"]);
    assert_eq!(code(&wrong), 2);
    let said = stderr(&wrong);
    assert!(said.contains("there is no policy and no family \"public-databases\"; is it public-database?"), "{said}");
}

#[test]
fn the_matrix_of_coverage_has_every_policy_and_dialect() {
    let folder = project(&[]);
    let rows = json(&phiguard(folder.path(), &["policies", "--coverage", "--format", "json"]));
    let has = |policy: &str, dialect: &str, type_: &str| {
        rows.as_array().unwrap().iter().any(|row| {
            row["policy"] == policy
                && row["type"] == type_
                && row["dialects"].as_array().unwrap().contains(&Json::from(dialect))
        })
    };
    for (policy, dialect, type_) in [
        ("bucket-versioning-disabled", "terraform", "aws_s3_bucket"),
        ("bucket-versioning-disabled", "cloudformation", "AWS::S3::Bucket"),
        ("storage-network-open", "bicep", "Microsoft.Storage/storageAccounts"),
        ("account-baseline-missing", "terraform", "aws_guardduty_detector"),
        ("hardcoded-secret", "arm", "*"),
    ] {
        assert!(has(policy, dialect, type_), "{policy} {dialect} {type_}");
    }
    let text = stdout(&phiguard(folder.path(), &["policies", "--coverage"]));
    assert_eq!(text.lines().count(), rows.as_array().unwrap().len() + 1);
}

#[test]
fn the_share_of_types_of_unknown_services_is_told() {
    let folder = project(&[("types.txt", "aws_sqs_queue\naws_cloudsearch_domain\naws_iam_role\nacme_thing\n")]);
    let listed =
        json(&phiguard(folder.path(), &["policies", "--services", "--types", "types.txt", "--format", "json"]));
    assert_eq!(listed["unknown_percent"], 25.0);
    assert_eq!(listed["counts"], serde_json::json!({"no": 1, "not-a-data-service": 1, "unknown": 1, "yes": 1}));
    let text = stdout(&phiguard(folder.path(), &["policies", "--services"]));
    assert!(text.lines().last().unwrap().ends_with("% unknown"), "{text}");
}
