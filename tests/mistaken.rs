//! Configurations that linters are known to get wrong: each is judged by the values that would be deployed.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by failing"
)]

mod common;

use common::{addresses, check, errors, project};
use phiguard::judge::Outcome;
use phiguard::report::Report;

/// The addresses that fail a policy, or of which it cannot be told, in order.
fn of(report: &Report, policy: &str, outcome: Outcome) -> Vec<String> {
    let found = report.findings.iter().filter(|finding| finding.policy == policy && finding.outcome == outcome);
    let mut found: Vec<String> =
        found.map(|finding| report.graph.resources[finding.resource].address.to_string()).collect();
    found.sort();
    found
}

/// Checks files, and says what fails a policy; nothing may be unknown or in error.
fn failing(files: &[(&str, &str)], policy: &str) -> Vec<String> {
    let report = check(project(files).path());
    assert_eq!(errors(&report), Vec::<String>::new());
    assert_eq!(of(&report, policy, Outcome::Unknown), Vec::<String>::new());
    of(&report, policy, Outcome::Fail)
}

#[test]
fn operators_and_merges_over_variables_are_evaluated() {
    let text = r#"
variable "lax" { default = false }
variable "strict" { default = true }
variable "settings" { default = { rotate = true, days = 30 } }
resource "aws_kms_key" "not" { enable_key_rotation = !var.lax }
resource "aws_kms_key" "and" { enable_key_rotation = var.strict && !var.lax }
resource "aws_kms_key" "or" { enable_key_rotation = var.lax || var.strict }
resource "aws_kms_key" "merged" { enable_key_rotation = merge({ rotate = false }, var.settings).rotate }
resource "aws_kms_key" "bad_not" { enable_key_rotation = !var.strict }
resource "aws_kms_key" "bad_and" { enable_key_rotation = var.strict && var.lax }
resource "aws_kms_key" "bad_or" { enable_key_rotation = var.lax || !var.strict }
resource "aws_kms_key" "bad_merged" { enable_key_rotation = merge(var.settings, { rotate = false }).rotate }
"#;
    let bad = ["bad_and", "bad_merged", "bad_not", "bad_or"].map(|name| format!("aws_kms_key.{name}"));
    assert_eq!(failing(&[("main.tf", text)], "key-rotation-disabled"), bad);
}

#[test]
fn a_module_without_instances_deploys_nothing() {
    let call = "variable \"on\" { default = false }\nmodule \"m\" {\n  source = \"./m\"\n  count = var.on ? 1 : 0\n}\n\
                module \"n\" {\n  source = \"./m\"\n  for_each = {}\n}\n";
    let files = [("main.tf", call), ("m/main.tf", "resource \"aws_kms_key\" \"k\" { enable_key_rotation = false }\n")];
    let report = check(project(&files).path());
    assert_eq!(addresses(&report), Vec::<String>::new());
    assert!(report.findings.is_empty());
    assert_eq!(errors(&report), Vec::<String>::new());
}

#[test]
fn dynamic_blocks_walk_over_numbers_and_maps() {
    let group = |name: &str, over: &str, port: &str, cidr: &str| {
        format!(
            "resource \"aws_security_group\" \"{name}\" {{\n  dynamic \"ingress\" {{\n    for_each = {over}\n    content {{\n      \
             protocol = \"tcp\"\n      from_port = {port}\n      to_port = {port}\n      cidr_blocks = [{cidr}]\n    }}\n  }}\n}}\n"
        )
    };
    let text = [
        group("numbers", "[443, 22]", "ingress.value", "\"0.0.0.0/0\""),
        group("map", "{ 22 = \"0.0.0.0/0\", 443 = \"10.0.0.0/8\" }", "ingress.key", "ingress.value"),
        group("private", "{ 22 = \"10.0.0.0/8\", 3389 = \"192.168.0.0/16\" }", "ingress.key", "ingress.value"),
        group("none", "[]", "ingress.value", "\"0.0.0.0/0\""),
        group("web", "[443]", "ingress.value", "\"0.0.0.0/0\""),
    ]
    .concat();
    assert_eq!(
        failing(&[("main.tf", &text)], "open-admin-port"),
        ["aws_security_group.map", "aws_security_group.numbers"]
    );
}

#[test]
fn equal_values_under_different_keys_are_different_instances() {
    let text = "resource \"aws_kms_key\" \"k\" {\n  for_each = { a = false, b = false, c = true }\n  enable_key_rotation = each.value\n}\n";
    assert_eq!(
        failing(&[("main.tf", text)], "key-rotation-disabled"),
        ["aws_kms_key.k[\"a\"]", "aws_kms_key.k[\"b\"]"]
    );
}

#[test]
fn split_resources_belong_to_the_instance_with_their_key() {
    let text = r#"
locals { stores = { a = true, b = false, c = true } }
resource "aws_s3_bucket" "s" {
  for_each = local.stores
  bucket   = "phi-${each.key}"
}
resource "aws_s3_bucket_public_access_block" "s" {
  for_each                = { for key, shut in local.stores : key => shut }
  bucket                  = aws_s3_bucket.s[each.key].id
  block_public_acls       = each.value
  block_public_policy     = each.value
  ignore_public_acls      = each.value
  restrict_public_buckets = each.value
}
"#;
    assert_eq!(failing(&[("main.tf", text)], "bucket-public-access-not-blocked"), ["aws_s3_bucket.s[\"b\"]"]);
}

#[test]
fn a_private_address_from_a_variable_file_is_private() {
    let rule = "variable \"admin\" { type = string }\nresource \"aws_security_group_rule\" \"ssh\" {\n  type = \"ingress\"\n  protocol = \"tcp\"\n  \
                from_port = 22\n  to_port = 22\n  security_group_id = \"sg-1\"\n  cidr_blocks = [var.admin]\n}\n";
    for (written, expected) in [("10.1.2.3/32", 0), ("203.0.113.7/32", 0), ("0.0.0.0/0", 1)] {
        let values = format!("admin = \"{written}\"\n");
        let found = failing(&[("main.tf", rule), ("terraform.tfvars", &values)], "open-admin-port");
        assert_eq!(found.len(), expected, "{written}");
    }
}

#[test]
fn a_module_is_judged_by_the_arguments_of_its_example_not_by_its_defaults() {
    let module = "variable \"rotate\" { default = false }\nresource \"aws_kms_key\" \"k\" { enable_key_rotation = var.rotate }\n";
    let example = "module \"key\" {\n  source = \"../..\"\n  rotate = true\n}\n";
    assert!(failing(&[("main.tf", module), ("examples/a/main.tf", example)], "key-rotation-disabled").is_empty());
    let lax = "module \"key\" {\n  source = \"../..\"\n}\n";
    assert_eq!(
        failing(
            &[("main.tf", module), ("examples/a/main.tf", example), ("examples/b/main.tf", lax)],
            "key-rotation-disabled"
        ),
        ["module.key.aws_kms_key.k"]
    );
}
