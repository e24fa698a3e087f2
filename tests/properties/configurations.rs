//! Whole configurations: what is found does not depend on which file holds a block, on the order of blocks and files,
//! or on the names of files.

use std::collections::BTreeSet;

use phiguard::judge::Finding;
use phiguard::report::Report;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::cases;
use crate::common::{addresses, check, errors, project};

/// Blocks of one module, which refer to each other in every direction. A resource has one companion of a sort at
/// most: of two that contradict each other the earlier one holds, whatever the cloud would do.
const BLOCKS: &[&str] = &[
    "variable \"environment\" {\n  default = \"prod\"\n}\n",
    "variable \"key\" {}\n",
    "locals {\n  prefix = \"clinic-${var.environment}\"\n}\n",
    "locals {\n  open = [\"0.0.0.0/0\"]\n  sizes = { charts = 100, scans = 200 }\n}\n",
    "output \"bucket\" {\n  value = aws_s3_bucket.exports.arn\n}\n",
    "resource \"aws_s3_bucket\" \"exports\" {\n  bucket = \"${local.prefix}-exports\"\n}\n",
    "resource \"aws_s3_bucket_acl\" \"exports\" {\n  bucket = aws_s3_bucket.exports.id\n  acl    = \"public-read\"\n}\n",
    "resource \"aws_s3_bucket_versioning\" \"exports\" {\n  bucket = aws_s3_bucket.exports.id\n  versioning_configuration {\n    status = \"Suspended\"\n  }\n}\n",
    "resource \"aws_s3_bucket\" \"images\" {\n  bucket = \"images\"\n}\n",
    "resource \"aws_s3_bucket_public_access_block\" \"images\" {\n  bucket = \"images\"\n  block_public_acls = var.environment == \"prod\"\n}\n",
    "data \"aws_iam_policy_document\" \"images\" {\n  statement {\n    actions = [\"s3:*\"]\n    resources = [\"*\"]\n    principals {\n      type = \"*\"\n      identifiers = [\"*\"]\n    }\n  }\n}\n",
    "resource \"aws_s3_bucket_policy\" \"images\" {\n  bucket = aws_s3_bucket.images.id\n  policy = data.aws_iam_policy_document.images.json\n}\n",
    "resource \"aws_ebs_volume\" \"all\" {\n  for_each = local.sizes\n  availability_zone = \"us-east-1a\"\n  size = each.value\n  encrypted = each.key == \"charts\"\n}\n",
    "resource \"aws_db_instance\" \"records\" {\n  count = 2\n  identifier = \"records-${count.index}\"\n  storage_encrypted = false\n  kms_key_id = var.key\n  publicly_accessible = true\n}\n",
    "resource \"aws_security_group\" \"web\" {\n  ingress {\n    from_port = 22\n    to_port = 22\n    protocol = \"tcp\"\n    cidr_blocks = local.open\n  }\n}\n",
    "resource \"aws_sqs_queue\" \"claims\" {\n  name = \"claims\"\n  kms_master_key_id = aws_kms_key.claims.id\n}\n",
    "resource \"aws_kms_key\" \"claims\" {\n  enable_key_rotation = var.environment != \"prod\"\n}\n",
    "resource \"aws_cloudsearch_domain\" \"charts\" {\n  name = \"charts\"\n}\n",
    "resource \"aws_pinpoint_app\" \"reminders\" {\n  name = \"${local.prefix}-reminders\"\n}\n",
    "resource \"aws_cloudtrail\" \"trail\" {\n  name = \"trail\"\n  s3_bucket_name = aws_s3_bucket.exports.id\n}\n",
    "resource \"azurerm_storage_account\" \"scans\" {\n  name = \"scans\"\n  min_tls_version = \"TLS1_0\"\n  https_traffic_only_enabled = false\n}\n",
    "resource \"azurerm_storage_container\" \"scans\" {\n  name = \"scans\"\n  storage_account_id = azurerm_storage_account.scans.id\n  container_access_type = \"blob\"\n}\n",
];

/// What a finding is, wherever its block stands.
fn identity(report: &Report, finding: &Finding) -> String {
    let address = report.graph.resources.get(finding.resource).map(|resource| resource.address.as_str());
    let (outcome, severity) = (finding.outcome, finding.severity.as_str());
    format!("{} {address:?} {outcome:?} {severity} {}", finding.policy, finding.fingerprint)
}

fn found(report: &Report) -> Vec<String> {
    let mut found: Vec<String> = report.findings.iter().map(|finding| identity(report, finding)).collect();
    found.sort();
    found
}

/// Writes blocks to files and checks them: the findings without their places, and the addresses.
fn outcome(files: &[(String, String)]) -> (Vec<String>, BTreeSet<String>) {
    let borrowed: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let report = check(project(&borrowed).path());
    assert_eq!(errors(&report), [""; 0], "{files:?}");
    (found(&report), addresses(&report).into_iter().collect())
}

fn one_file(text: String) -> Vec<(String, String)> {
    vec![("main.tf".to_string(), text)]
}

/// Names of files that Terraform reads one after the other; those that override others mean something else.
fn name() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9_-]{0,8}"
        .prop_filter("overrides others", |name| !name.ends_with("override"))
        .prop_map(|name| name + ".tf")
}

/// A configuration is written in one file in the order of the table: what is found in it.
fn expected() -> (Vec<String>, BTreeSet<String>) {
    outcome(&one_file(BLOCKS.concat()))
}

#[test]
fn the_configuration_has_findings_that_could_be_lost() {
    let (findings, addresses) = expected();
    assert!(findings.iter().any(|finding| finding.contains("Fail")), "{findings:?}");
    assert!(findings.iter().any(|finding| finding.contains("Unknown")), "{findings:?}");
    assert!(addresses.len() > BLOCKS.len() / 2, "{addresses:?}");
}

proptest! {
    #![proptest_config(cases(8))]

    #[test]
    fn findings_do_not_depend_on_the_order_of_blocks(blocks in Just(BLOCKS.to_vec()).prop_shuffle()) {
        prop_assert_eq!(outcome(&one_file(blocks.concat())), expected());
    }

    #[test]
    fn findings_do_not_depend_on_files_and_their_order(
        names in prop::collection::btree_set(name(), 1..6),
        blocks in Just(BLOCKS.to_vec()).prop_shuffle(),
        places in prop::collection::vec(any::<Index>(), BLOCKS.len()),
    ) {
        let mut files: Vec<(String, String)> = names.into_iter().map(|name| (name, String::new())).collect();
        let count = files.len();
        for (block, place) in blocks.iter().zip(places) {
            files[place.index(count)].1.push_str(block);
        }
        prop_assert_eq!(outcome(&files), expected());
    }

    #[test]
    fn renaming_files_changes_no_fingerprint(names in prop::collection::btree_set(name(), 3)) {
        let third = BLOCKS.len() / 3;
        let texts = [&BLOCKS[..third], &BLOCKS[third..2 * third], &BLOCKS[2 * third..]];
        let files: Vec<(String, String)> = names.into_iter().zip(texts.map(|blocks| blocks.concat())).collect();
        prop_assert_eq!(outcome(&files), expected());
    }

    /// Comments, blank lines and indentation are no part of what is found.
    #[test]
    fn white_space_and_comments_change_no_fingerprint(gaps in prop::collection::vec("(# [a-zä]{0,9}\n|\n|  |\t){0,3}", BLOCKS.len())) {
        let text: String = gaps.iter().zip(BLOCKS).map(|(gap, block)| format!("{gap}{block}")).collect();
        prop_assert_eq!(outcome(&one_file(text)), expected());
    }
}
