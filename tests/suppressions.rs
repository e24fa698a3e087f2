//! Suppressions: which comments and metadata are understood in which dialect, what they are for, and what is told of
//! those that are wrong, past their day or of no use.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by failing"
)]

mod common;

use common::program::{checked, phiguard, stdout};
use common::{check, check_paths, errors, project};
use phiguard::report::Report;

const POLICY: &str = "bucket-public-access-not-blocked";

/// The reasons for which findings of [`POLICY`] are suppressed; an empty text where one is not.
fn reasons(report: &Report) -> Vec<String> {
    let of_policy = report.findings.iter().filter(|finding| finding.policy == POLICY);
    of_policy.map(|finding| finding.suppressed.as_ref().map_or(String::new(), |one| one.reason.to_string())).collect()
}

/// What is wrong with suppressions, as `line code`.
fn told(report: &Report) -> Vec<String> {
    errors(report)
        .into_iter()
        .filter(|error| error.contains("-suppression "))
        .map(|error| {
            let (place, rest) = error.split_once(' ').unwrap();
            let line = place.rsplit(':').next().unwrap();
            format!("{line} {}", rest.split(' ').next().unwrap())
        })
        .collect()
}

#[test]
fn comments_of_every_dialect_suppress_on_and_above_what_they_are_for() {
    let open = "block_public_acls = false";
    let cases: &[(&str, &str)] = &[
        ("main.tf", "IGNORE#\nresource \"aws_s3_bucket\" \"b\" {}\n"),
        ("main.tf", "IGNORE//\nresource \"aws_s3_bucket\" \"b\" {}\n"),
        ("main.tf", "IGNORE/*\nresource \"aws_s3_bucket\" \"b\" {}\n"),
        ("main.tf", "resource \"aws_s3_bucket\" \"b\" { IGNORE#\n}\n"),
        ("main.tf", "IGNORE#\n# why it is so\n/* and\n more */\nresource \"aws_s3_bucket\" \"b\" {\r\n}\n"),
        (
            "main.tf",
            &format!(
                "resource \"aws_s3_bucket\" \"b\" {{}}\nresource \"aws_s3_bucket_public_access_block\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  {open} IGNORE#\n}}\n"
            ),
        ),
        (
            "main.tf",
            &format!(
                "resource \"aws_s3_bucket\" \"b\" {{}}\nresource \"aws_s3_bucket_public_access_block\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  IGNORE#\n  {open}\n}}\n"
            ),
        ),
        (
            "main.tf",
            &format!(
                "resource \"aws_s3_bucket\" \"b\" {{}}\nIGNORE#\nresource \"aws_s3_bucket_public_access_block\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  {open}\n}}\n"
            ),
        ),
        ("stack.yaml", "Resources:\n  IGNORE#\n  Bucket:\n    Type: AWS::S3::Bucket\n"),
        ("stack.yaml", "Resources:\n  Bucket: IGNORE#\n    Type: AWS::S3::Bucket\n"),
        ("stack.json", "{\"Resources\": {\n IGNORE//\n \"Bucket\": {\"Type\": \"AWS::S3::Bucket\"}}}"),
        (
            "stack.json",
            "{\"Resources\": {\n \"Bucket\": {\"Type\": \"AWS::S3::Bucket\", \"Metadata\": {\"phiguard\": {\"ignore\": [{\"policy\": \"POLICY\", \"reason\": \"a site\"}]}}}}}",
        ),
        (
            "stack.yaml",
            "Resources:\n  Bucket:\n    Type: AWS::S3::Bucket\n    Metadata:\n      phiguard:\n        ignore:\n          - policy: POLICY\n            reason: a site\n            until: 9999-12-31\n",
        ),
    ];
    for (file, text) in cases {
        let text = written(text);
        let report = check(project(&[(file, &text)]).path());
        assert_eq!(reasons(&report), ["a site"], "{file}:\n{text}\n{:?}", errors(&report));
        assert_eq!(told(&report), [""; 0], "{file}:\n{text}");
    }
}

/// Puts the suppression in, in the syntax of the mark that stands behind the word.
fn written(text: &str) -> String {
    let said = "phiguard: ignore[POLICY] reason=\"a site\"";
    text.replace("IGNORE//", &format!("// {said}"))
        .replace("IGNORE/*", &format!("/* {said} */"))
        .replace("IGNORE#", &format!("# {said} until=9999-12-31"))
        .replace("POLICY", POLICY)
}

#[test]
fn comments_suppress_in_arm_and_bicep() {
    let bicep = "var l = '// phiguard: ignore[no]'\n// phiguard: ignore[bucket-plaintext-allowed] reason='a site'\n@description('site')\nresource s 'Microsoft.Storage/storageAccounts@2023-05-01' = {\n  name: 's'\n  location: l\n  properties: { supportsHttpsTrafficOnly: false }\n}\n";
    let arm = "{\"$schema\": \"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#\", \"contentVersion\": \"1.0.0.0\", \"resources\": [{\"type\": \"Microsoft.Storage/storageAccounts\", \"apiVersion\": \"2023-05-01\", \"name\": \"s\", \"location\": \"x\", \"properties\": {\n/* phiguard: ignore[bucket-plaintext-allowed] reason='a site' */\n\"supportsHttpsTrafficOnly\": false}}]}";
    for (file, text) in [("main.bicep", bicep), ("main.json", arm)] {
        let report = check(project(&[(file, text)]).path());
        let found: Vec<bool> = report
            .findings
            .iter()
            .filter(|finding| finding.policy == "bucket-plaintext-allowed")
            .map(|finding| finding.suppressed.is_some())
            .collect();
        assert_eq!(found, [true], "{file}: {:?}", errors(&report));
        assert_eq!(told(&report), [""; 0], "{file}");
    }
}

#[test]
fn what_is_wrong_with_a_suppression_is_told_and_the_finding_stays() {
    let cases: &[(&str, &[&str])] = &[
        ("# phiguard: ignore[POLICY]", &["1 invalid-suppression"]),
        ("# phiguard: ignore[POLICY] reason=\" \"", &["1 invalid-suppression"]),
        ("# phiguard: ignore[POLICY] reason=\"open", &["1 invalid-suppression"]),
        ("# phiguard: ignore[POLICY] because=\"x\"", &["1 invalid-suppression"]),
        ("# phiguard: ignore[POLICY] reason=\"x\" until=soon", &["1 invalid-suppression"]),
        ("# phiguard: ignore[POLICY] reason=\"x\" until=2030-02-30", &["1 invalid-suppression"]),
        ("# phiguard: ignore reason=\"x\"", &["1 invalid-suppression"]),
        ("# phiguard: ignore[] reason=\"x\"", &["1 invalid-suppression"]),
        ("# phiguard: skip[POLICY] reason=\"x\"", &["1 invalid-suppression"]),
        ("# phiguard: ignore[bucket-public-acces] reason=\"x\"", &["1 invalid-suppression"]),
        ("# phiguard: ignore[POLICY] reason=\"x\" until=2020-01-01", &["1 expired-suppression"]),
        ("# phiguard: ignore[weak-tls] reason=\"x\"", &["1 unused-suppression"]),
        ("# phiguard: ignore[POLICY] reason=\"x\"\n", &["1 unused-suppression"]),
        ("# about phiguard: ignore[POLICY] reason=\"x\"", &[]),
        ("# see phiguard: it ignores nothing", &[]),
    ];
    for (comment, expected) in cases {
        let text = format!("{comment}\nresource \"aws_s3_bucket\" \"b\" {{}}\n").replace("POLICY", POLICY);
        let report = check(project(&[("main.tf", &text)]).path());
        assert_eq!(reasons(&report), [""], "{text}");
        assert_eq!(told(&report), *expected, "{text}: {:?}", errors(&report));
        assert!(!report.has_unchecked());
    }
}

#[test]
fn messages_say_what_to_do_at_the_place() {
    let cases = [
        (
            "# phiguard: ignore[bucket-public-acces] reason=\"x\"",
            "is it bucket-public-access-not-blocked?",
            "bucket-public-acces",
        ),
        ("# phiguard: ignore[POLICY]", "add reason=", "phiguard: ignore[POLICY]"),
        (
            "# phiguard: ignore[POLICY] reason=\"x\" until=2020-01-01",
            "held until 2020-01-01",
            "phiguard: ignore[POLICY] reason=\"x\" until=2020-01-01",
        ),
        ("# phiguard: ignore[POLICY] reason=\"x\" untill=2020-01-01", "is expected here", "untill=2020-01-01"),
        ("# phiguard: ignore[POLICY, weak-tls] reason=\"x\"", "finds nothing here", "weak-tls"),
    ];
    for (comment, words, at) in cases {
        let text = format!("{comment}\nresource \"aws_s3_bucket\" \"b\" {{}}\n").replace("POLICY", POLICY);
        let report = check(project(&[("main.tf", &text)]).path());
        let [error] = report.errors.as_slice() else { panic!("{:?}", errors(&report)) };
        assert!(error.message.contains(words), "{}", error.message);
        assert_eq!(report.sources.text(error.span), at.replace("POLICY", POLICY));
    }
}

#[test]
fn texts_that_look_like_comments_suppress_nothing() {
    let said = "# phiguard: ignore[bucket-public-access-not-blocked] reason='x'";
    let cases = [
        (
            "main.tf",
            format!("locals {{ a = \"{said}\" }}\nresource \"aws_s3_bucket\" \"b\" {{ bucket = \"{said}\" }}\n"),
        ),
        ("main.tf", format!("locals {{ a = <<E\n{said}\nE\n}}\nresource \"aws_s3_bucket\" \"b\" {{}}\n")),
        ("a.yaml", format!("Resources:\n  Bucket:\n    Type: AWS::S3::Bucket\nDescription: |\n  {said}\n")),
    ];
    for (file, text) in cases {
        let report = check(project(&[(file, &text)]).path());
        assert_eq!(reasons(&report), [""], "{text}");
        assert_eq!(told(&report), [""; 0], "{text}");
    }
}

#[test]
fn all_instances_of_a_block_are_suppressed_and_modules_are_too() {
    let module = written("IGNORE#\nresource \"aws_s3_bucket\" \"b\" {\n  count = 2\n}\n");
    let files = [
        ("main.tf", "module \"a\" {\n  source = \"./m\"\n}\nmodule \"b\" {\n  source = \"./m\"\n}\n"),
        ("m/main.tf", &module),
    ];
    let report = check(project(&files).path());
    assert_eq!(reasons(&report), ["a site"; 4]);
    assert_eq!(told(&report), [""; 0]);
    // From beside, the module lies outside of what is checked; its findings stand at the call.
    let folder = project(&[("env/main.tf", "module \"a\" {\n  source = \"../m\"\n}\n"), ("m/main.tf", &module)]);
    assert_eq!(reasons(&check_paths(folder.path(), &["env"])), ["a site"; 2]);
}

#[test]
fn what_was_downloaded_suppresses_nothing() {
    let module = written("IGNORE#\nresource \"aws_s3_bucket\" \"b\" {}\n");
    let manifest = "{\"Modules\": [{\"Key\": \"a\", \"Source\": \"registry.terraform.io/x/y/z\", \"Dir\": \".terraform/modules/a\"}]}";
    let files = [
        ("main.tf", "module \"a\" {\n  source = \"x/y/z\"\n}\n"),
        (".terraform/modules/modules.json", manifest),
        (".terraform/modules/a/main.tf", &module),
    ];
    assert_eq!(reasons(&check(project(&files).path())), [""]);
}

#[test]
fn suppressed_findings_stay_in_json_and_count_for_nothing_else() {
    let text = written("IGNORE#\nresource \"aws_s3_bucket\" \"b\" {}\n");
    let folder = project(&[("main.tf", &text)]);
    let (json, code) = checked(folder.path(), &["--select", POLICY]);
    assert_eq!(code, 0, "{json}");
    assert_eq!(json["summary"]["suppressed"], 1);
    assert_eq!(json["summary"]["failed"], 0);
    let suppressed = serde_json::json!({"reason": "a site", "until": "9999-12-31", "file": "main.tf", "line": 1});
    assert_eq!(json["findings"][0]["suppressed"], suppressed);

    let shown = |arguments: &[&str]| {
        let output = phiguard(folder.path(), &[&["check", "--select", POLICY], arguments].concat());
        (output.status.code(), stdout(&output))
    };
    let (code, text) = shown(&["--format", "compact"]);
    assert_eq!((code, text.as_str()), (Some(0), ""));
    let (code, text) = shown(&[]);
    assert!(code == Some(0) && !text.contains("public_acls") && text.contains("1 suppressed"), "{text}");
    let (code, text) = shown(&["--no-ignores"]);
    assert!(code == Some(1) && text.contains(POLICY) && !text.contains("suppressed"), "{text}");
    // What no policy of this run could find is not said to be of no use.
    let (json, _) = checked(folder.path(), &["--select", "weak-tls"]);
    assert_eq!(json["errors"], serde_json::json!([]));
}

#[test]
fn an_expired_suppression_is_part_of_the_evidence() {
    let text = written("IGNORE#\nresource \"aws_s3_bucket\" \"b\" {}\n").replace("9999", "2019");
    let report = check(project(&[("main.tf", &text)]).path());
    let finding = report.findings.iter().find(|finding| finding.policy == POLICY).unwrap();
    assert!(finding.evidence.iter().any(|evidence| evidence.label == "suppressed until 2019-12-31"));
}
