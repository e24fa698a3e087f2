//! Suppressions for other tools: which of them are understood, what they are for, and that they count on request only.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by failing"
)]

mod common;

use std::path::Path;

use common::program::checked;
use common::project;
use serde_json::Value as Json;

const POLICY: &str = "public-database";

/// The report, and the reasons for which findings of [`POLICY`] are suppressed; an empty text where one is not.
fn reasons(folder: &Path, arguments: &[&str]) -> (Json, Vec<String>) {
    let (report, _) = checked(folder, arguments);
    let findings = report["findings"].as_array().unwrap().iter().filter(|one| one["policy"] == POLICY);
    let reasons = findings.map(|one| one["suppressed"]["reason"].as_str().unwrap_or_default().to_string()).collect();
    (report, reasons)
}

/// A database that anybody reaches, with a comment above, within and at the end of the deciding line.
fn database(above: &str, within: &str, beside: &str) -> String {
    format!(
        "{above}\nresource \"aws_db_instance\" \"records\" {{\n  {within}\n  engine = \"postgres\"\n  publicly_accessible = true {beside}\n}}\n"
    )
}

#[test]
fn comments_for_other_tools_suppress_what_the_crosswalk_says() {
    let cases: &[(&str, &str, &str, &str)] = &[
        ("", "#checkov:skip=CKV_AWS_17:reached by the partner only", "", "reached by the partner only"),
        ("", "# checkov:skip=CKV_AWS_1,CKV_AWS_17: reached by the partner only", "", "reached by the partner only"),
        ("", "/* checkov:skip=CKV_AWS_17 */", "", "checkov:skip=CKV_AWS_17 gives no reason"),
        // Checkov itself takes no comment above a resource.
        ("# checkov:skip=CKV_AWS_17:x", "", "", ""),
        ("", "# checkov:skip=CKV_AWS_999:another", "", ""),
        ("# trivy:ignore:AVD-AZU-0022", "", "", "trivy:ignore:AVD-AZU-0022 gives no reason"),
        ("", "", "# trivy:ignore:AZU-0022", "trivy:ignore:AZU-0022 gives no reason"),
        (
            "# tfsec:ignore:aws-other-thing tfsec:ignore:AVD-AZU-0022",
            "",
            "",
            "tfsec:ignore:AVD-AZU-0022 gives no reason",
        ),
        ("# trivy:ignore:AZU-0022:exp:2999-01-01", "", "", "trivy:ignore:AZU-0022 gives no reason"),
        ("# trivy:ignore:AZU-0022:exp:2001-01-01", "", "", ""),
        ("# trivy:ignore:AZU-0022[name=x]", "", "", ""),
        ("# trivy:ignore:AZU-9999", "", "", ""),
        ("x = \"trivy:ignore:AZU-0022\"", "", "", ""),
    ];
    for (above, within, beside, expected) in cases {
        let above = if above.starts_with('x') { &format!("locals {{ {above} }}") } else { *above };
        let folder = project(&[("main.tf", &database(above, within, beside))]);
        let (_, found) = reasons(folder.path(), &["--foreign-ignores"]);
        assert_eq!(found, [*expected], "{above} {within} {beside}");
        let (_, found) = reasons(folder.path(), &[]);
        assert_eq!(found, [""], "only where it is asked for: {above} {within} {beside}");
    }
}

#[test]
fn metadata_for_checkov_suppresses_in_templates() {
    let template = "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  Records:\n    Type: AWS::RDS::DBInstance\n    Metadata:\n      checkov:\n        skip:\n          - id: CKV_AWS_17\n            comment: reached by the partner only\n    Properties:\n      Engine: postgres\n      PubliclyAccessible: true\n";
    let folder = project(&[("template.yaml", template)]);
    assert_eq!(reasons(folder.path(), &["--foreign-ignores"]).1, ["reached by the partner only"]);
    let inside = "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  Records:\n    Type: AWS::RDS::DBInstance\n    Properties:\n      # checkov:skip=CKV_AWS_17:the partner\n      Engine: postgres\n      PubliclyAccessible: true\n";
    let folder = project(&[("template.yaml", inside)]);
    assert_eq!(reasons(folder.path(), &["--foreign-ignores"]).1, ["the partner"]);
}

#[test]
fn what_is_locked_stays_and_what_meets_nothing_is_not_told() {
    let comment = "# checkov:skip=CKV_AWS_17:reached by the partner only";
    let folder =
        project(&[("main.tf", &database("", comment, "")), ("phiguard.toml", "locked = [\"public-database\"]\n")]);
    assert_eq!(reasons(folder.path(), &["--foreign-ignores"]).1, [""]);
    let folder = project(&[(
        "main.tf",
        &format!("resource \"aws_iam_group\" \"nurses\" {{\n  {comment}\n  name = \"nurses\"\n}}\n"),
    )]);
    let (report, _) = reasons(folder.path(), &["--foreign-ignores"]);
    assert_eq!(report["errors"], Json::Array(vec![]));
}
