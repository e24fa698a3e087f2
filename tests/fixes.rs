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

use std::collections::{BTreeMap, BTreeSet};

use common::program::{self, stderr, stdout};
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
        selection: Selection { only: vec![policy.into()], ..Selection::default() },
        ..Request::default()
    };
    mend(&request, &Progress::default(), true).unwrap()
}

fn text_after(mended: &Mended, before: &str) -> String {
    mended.files.first().map_or_else(|| before.to_string(), |file| file.after.to_string())
}

/// What all policies find in a text: policy and address.
fn found(name: &str, text: &str) -> BTreeSet<(String, String)> {
    let report = common::check(common::project(&[(name, text)]).path());
    let one = |finding: &phiguard::judge::Finding<'_>| {
        let address = report.graph.resources[finding.resource].address.to_string();
        (finding.policy.to_string(), address)
    };
    report.findings.iter().map(one).collect()
}

/// What is taken back, since more than one place decides or another finding would come: policy and address.
const TAKEN_BACK: &[(&str, &str)] = &[
    // No template adds a management policy.
    ("bucket-versioning-disabled", "Microsoft.Storage/storageAccounts/clinicimaging"),
    ("bucket-versioning-disabled", "clinicimaging"),
    // A machine that says how it is signed in to is then asked how it is patched.
    ("local-authentication-enabled", "Microsoft.Compute/virtualMachines/imaging"),
    // With the certificate of CloudFront itself the version that is written counts for nothing.
    ("weak-tls", "aws_cloudfront_distribution.portal"),
    // A plan that is paid for is then asked for its scans of uploads.
    ("threat-detection-disabled", "azurerm_security_center_subscription_pricing.storage"),
    ("audit-trail-disabled", "Clinic"),
    ("backups-disabled", "aws_dynamodb_table.visits"),
    ("plaintext-listener", "aws_cloudfront_distribution.portal"),
];

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
                if told.words.contains("taken back")
                    && !TAKEN_BACK.contains(&(policy.id.as_str(), told.address.as_str()))
                {
                    wrong.push(format!("{title}: {}", told.words));
                }
            }
            if !done.mended.is_empty() {
                shown.push_str(&after);
                // What was mended stays as it is.
                let again = mended(&policy.id, name, &after);
                assert!(again.mended.is_empty() && again.files.is_empty(), "{title}: mended again:\n{after}");
            }
            if !done.mended.is_empty() {
                let new: Vec<_> = found(name, &after).difference(&found(name, &example.code)).cloned().collect();
                let unread = common::check(common::project(&[(name, &after)]).path()).errors;
                let known = common::check(common::project(&[(name, &example.code)]).path()).errors;
                if !new.is_empty() || unread.len() > known.len() {
                    wrong.push(format!("{title}: new are {new:?}, {unread:?}"));
                }
                let left = found(name, &after).iter().filter(|(id, _)| *id == policy.id).count();
                let was = found(name, &example.code).iter().filter(|(id, _)| *id == policy.id).count();
                if left + done.mended.len() != was {
                    wrong.push(format!("{title}: of {was} findings {} are mended, and {left} left", done.mended.len()));
                }
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

/// The program, in a folder.
fn phiguard(folder: &std::path::Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    selected(folder, "encryption,storage,backup,transit", arguments)
}

fn selected(folder: &std::path::Path, names: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = program::phiguard(folder, &[&["check", ".", "--select", names], arguments].concat());
    (output.status.code(), stdout(&output), stderr(&output))
}

const CLAIMS: &str = r#"# The claims database.
resource "aws_db_instance" "claims" {
  identifier        = "claims" # never renamed
  engine            = "postgres"
  kms_key_id        = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  storage_encrypted = true
  multi_az          = true
  # keep in step with the portal
  backup_retention_period = 3
  deletion_protection = false

  tags = { team = "claims" }
}
"#;

#[test]
fn fixes_are_shown_then_written_and_keep_what_is_around_them() {
    let folder = common::project(&[("main.tf", CLAIMS)]);
    let path = folder.path().join("main.tf");
    let (code, diff, told) = phiguard(folder.path(), &["--diff"]);
    assert_eq!(code, Some(1), "{told}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), CLAIMS, "--diff writes nothing");
    let expected = r#"--- a/main.tf
+++ b/main.tf
@@ -6,8 +6,8 @@
   storage_encrypted = true
   multi_az          = true
   # keep in step with the portal
-  backup_retention_period = 3
-  deletion_protection = false
+  backup_retention_period = 7
+  deletion_protection = true
 
   tags = { team = "claims" }
 }
"#;
    assert_eq!(diff, expected, "{told}");
    assert!(told.contains("would mend 2 findings in 1 file"), "{told}");
    let (_, report, told) = phiguard(folder.path(), &["--fix", "--format", "compact"]);
    let after = std::fs::read_to_string(&path).unwrap();
    assert!(after.contains("backup_retention_period = 7\n  deletion_protection = true\n"), "{after}");
    assert!(after.contains("\"claims\" # never renamed") && after.contains("# keep in step"), "{after}");
    assert!(told.contains("mended main.tf:") && told.contains("mended 2 findings in 1 file"), "{told}");
    assert!(!report.contains("short-backup-retention") && !report.contains("deletion-protection-disabled"), "{report}");
    let (_, diff, told) = phiguard(folder.path(), &["--diff"]);
    assert_eq!(diff, "", "{told}");
}

#[cfg(unix)]
#[test]
fn a_file_keeps_its_mode_and_its_byte_order_mark() {
    use std::os::unix::fs::PermissionsExt;
    let folder = common::project(&[("main.tf", &format!("\u{feff}{}", CLAIMS.replace('\n', "\r\n")))]);
    let path = folder.path().join("main.tf");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    let (_, _, told) = phiguard(folder.path(), &["--fix"]);
    let after = std::fs::read_to_string(&path).unwrap();
    assert!(after.starts_with('\u{feff}') && after.contains("deletion_protection = true\r\n"), "{told}{after}");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn what_is_not_safe_waits_until_it_is_asked_for() {
    let text = "resource \"aws_ebs_volume\" \"scans\" {\n  availability_zone = \"us-east-1a\"\n  size = 1\n}\n";
    let folder = common::project(&[("main.tf", text)]);
    let path = folder.path().join("main.tf");
    let (_, _, told) = phiguard(folder.path(), &["--fix"]);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    assert!(told.contains("1 more with --unsafe-fixes"), "{told}");
    let (_, _, told) = phiguard(folder.path(), &["--unsafe-fixes"]);
    let after = std::fs::read_to_string(&path).unwrap();
    assert!(after.contains("  encrypted = true\n"), "{told}{after}");
}

/// Text, what is said of it, and whether it stays as it is.
#[test]
fn what_is_not_its_own_is_left_alone_with_the_reason() {
    let cases = [
        (
            "a variable",
            "variable \"on\" {\n  default = false\n}\nresource \"aws_efs_file_system\" \"scans\" {\n  encrypted = var.on\n}\n",
            "its value comes from `var.on`; change it there",
        ),
        (
            "a syntax error elsewhere in the file",
            "resource \"aws_efs_file_system\" \"scans\" {\n  encrypted = false\n}\nresource \"aws_sns_topic\" {{\n",
            "its file has a syntax error",
        ),
        (
            "a subnet that another machine shares",
            "resource \"aws_subnet\" \"open\" {\n  vpc_id                  = \"vpc-1\"\n  map_public_ip_on_launch = true\n}\nresource \"aws_instance\" \"viewer\" {\n  subnet_id = aws_subnet.open.id\n}\n# phiguard: ignore[public-compute] reason=\"a demonstration\"\nresource \"aws_instance\" \"portal\" {\n  subnet_id = aws_subnet.open.id\n}\n",
            "it is shared with aws_instance.portal, which does not fail",
        ),
        (
            "a bucket for each name",
            "resource \"aws_s3_bucket\" \"scans\" {\n  for_each = toset([\"a\", \"b\"])\n  bucket   = each.key\n}\n",
            "each instance needs its own aws_s3_bucket",
        ),
        (
            "a block of which one instance is suppressed",
            "resource \"aws_efs_file_system\" \"scans\" {\n  count = 2\n  # phiguard: ignore[encryption-at-rest-disabled] reason=\"test\"\n  encrypted = count.index == 0\n}\n",
            "",
        ),
        (
            "a value that differs from instance to instance",
            "resource \"aws_efs_file_system\" \"scans\" {\n  count     = 2\n  encrypted = count.index == 0\n}\n",
            "its value comes from `count.index == 0`; change it there",
        ),
    ];
    for (what, text, reason) in cases {
        let folder = common::project(&[("main.tf", text)]);
        let names = if text.contains("aws_subnet") { "public-compute" } else { "encryption,storage" };
        let (_, _, told) = selected(folder.path(), names, &["--unsafe-fixes", "--allow-errors"]);
        let after = std::fs::read_to_string(folder.path().join("main.tf")).unwrap();
        assert_eq!(after, text, "{what}: {told}");
        assert!(told.contains(reason), "{what}: {told}");
    }
}

/// A fix for each finding is offered to other tools as edits, and the text at each is what the edit says.
#[test]
fn json_and_sarif_carry_the_edits() {
    let folder = common::project(&[("main.tf", CLAIMS)]);
    let (_, json, _) = phiguard(folder.path(), &["--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let finding = json["findings"].as_array().unwrap().iter().find(|one| one["policy"] == "short-backup-retention");
    let fix = &finding.unwrap()["fix"];
    assert_eq!((&fix["title"], &fix["safe"]), (&"set backup_retention_period to 7".into(), &true.into()), "{fix}");
    let edit = &fix["edits"][0];
    assert_eq!(
        (&edit["text"], &edit["range"]["start"]["line"], &edit["range"]["start"]["column"]),
        (&"7".into(), &9.into(), &29.into())
    );
    let (_, sarif, _) = phiguard(folder.path(), &["--format", "sarif"]);
    let sarif: serde_json::Value = serde_json::from_str(&sarif).unwrap();
    let result =
        sarif["runs"][0]["results"].as_array().unwrap().iter().find(|one| one["ruleId"] == "short-backup-retention");
    let replaced = &result.unwrap()["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(replaced["insertedContent"]["text"], "7");
    assert_eq!(replaced["deletedRegion"]["startColumn"], 29);
}
