//! Terraform as it is evaluated: variables, modules, repetition, references, and what cannot be known.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by failing"
)]

mod common;

use std::path::PathBuf;

use common::{addresses, body, check, check_text, errors, project};
use phiguard::run::{Progress, Request, Until, VariableOption, run};
use serde_json::json;

#[test]
fn variables_take_the_last_of_default_files_and_options() {
    let files = [
        (
            "main.tf",
            r#"
variable "a" { default = "default" }
variable "b" { default = "default" }
variable "c" { default = "default" }
variable "d" { default = "default" }
variable "e" { default = "default" }
variable "f" { default = "default" }
resource "null_resource" "x" {
  triggers = { a = var.a, b = var.b, c = var.c, d = var.d, e = var.e, f = var.f }
}
"#,
        ),
        ("terraform.tfvars", "b = \"tfvars\"\nc = \"tfvars\"\nd = \"tfvars\"\ne = \"tfvars\"\nf = \"tfvars\"\n"),
        ("a.auto.tfvars", "c = \"a.auto\"\nd = \"a.auto\"\ne = \"a.auto\"\nf = \"a.auto\"\n"),
        ("b.auto.tfvars", "d = \"b.auto\"\ne = \"b.auto\"\nf = \"b.auto\"\n"),
        ("more.tfvars", "e = \"file\"\nf = \"file\"\n"),
    ];
    let folder = project(&files);
    let request = |variables| Request {
        paths: vec![PathBuf::from(".")],
        base: folder.path().to_path_buf(),
        variables,
        until: Until::Graph,
        ..Request::default()
    };
    let triggers = |variables| {
        body(&run(&request(variables), &Progress::default()).unwrap(), "null_resource.x")["triggers"].clone()
    };
    let file = || VariableOption::File("more.tfvars".into());
    let value = || VariableOption::Value("f=option".into());
    let expected = |f: &str| json!({"a": "default", "b": "tfvars", "c": "a.auto", "d": "b.auto", "e": "file", "f": f});
    assert_eq!(triggers(vec![file(), value()]), expected("option"));
    assert_eq!(triggers(vec![value(), file()]), expected("file"), "the later option wins");
}

#[test]
fn a_variable_without_a_value_is_unknown_and_says_why() {
    let report = check_text("variable \"v\" {}\nresource \"null_resource\" \"x\" { a = \"x-${var.v}\" }\n");
    let reason = body(&report, "null_resource.x")["a"]["$unknown"].as_str().unwrap().to_string();
    assert!(reason.contains("\"v\""), "{reason}");
    assert!(report.errors.is_empty());
}

#[test]
fn locals_that_need_each_other_are_reported() {
    let report =
        check_text("locals {\n  a = local.b\n  b = local.a\n}\nresource \"null_resource\" \"x\" { a = local.a }\n");
    let errors = errors(&report);
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].contains("cycle"), "{errors:?}");
}

#[test]
fn modules_are_evaluated_once_a_call_with_its_inputs() {
    let folder = project(&[
        (
            "main.tf",
            r#"
module "one" {
  source = "./store"
  name   = "one"
}
module "more" {
  source   = "./store"
  for_each = { a = "x", b = "y" }
  name     = "${each.key}-${each.value}"
}
output "names" { value = [module.one.name, module.more["b"].name] }
"#,
        ),
        (
            "store/main.tf",
            r#"
variable "name" {}
resource "aws_s3_bucket" "this" { bucket = "clinic-${var.name}" }
output "name" { value = aws_s3_bucket.this.bucket }
"#,
        ),
    ]);
    let report = check(folder.path());
    assert_eq!(
        addresses(&report),
        [
            "module.one.aws_s3_bucket.this",
            "module.more[\"a\"].aws_s3_bucket.this",
            "module.more[\"b\"].aws_s3_bucket.this"
        ]
    );
    assert_eq!(body(&report, "module.more[\"b\"].aws_s3_bucket.this")["bucket"], "clinic-b-y");
    let (_, name, value) = &report.outputs[0];
    assert_eq!(name, "names");
    assert_eq!(phiguard::value::to_json(value), json!(["clinic-one", "clinic-b-y"]));
    assert_eq!(report.projects.len(), 1, "a called folder is not a root of its own");
}

#[test]
fn two_module_calls_may_use_each_others_outputs() {
    let bucket = r#"
variable "name" {}
variable "partner" { default = "nobody" }
resource "null_resource" "bucket" {
  triggers = { name = var.name, partner = var.partner }
}
output "name" { value = "clinic-${var.name}" }
output "partner" { value = var.partner }
"#;
    let main = r#"
module "source" {
  source  = "./bucket"
  name    = "source"
  partner = module.target.name
}
module "target" {
  source  = "./bucket"
  name    = "target"
  partner = module.source.name
}
"#;
    let folder = project(&[("main.tf", main), ("bucket/main.tf", bucket)]);
    let report = check(folder.path());
    assert_eq!(errors(&report), Vec::<String>::new());
    let triggers = |address: &str| body(&report, address)["triggers"].clone();
    let expected = |name: &str, partner: &str| json!({"name": name, "partner": partner});
    assert_eq!(triggers("module.source.null_resource.bucket"), expected("source", "clinic-target"));
    assert_eq!(triggers("module.target.null_resource.bucket"), expected("target", "clinic-source"));

    let cycle = main.replace(".name\n}", ".partner\n}");
    let folder = project(&[("main.tf", &cycle), ("bucket/main.tf", bucket)]);
    let report = check(folder.path());
    let told = errors(&report);
    assert!(told.iter().any(|error| error.contains("cycle") || error.contains("refers to itself")), "{told:?}");
}

#[test]
fn a_module_that_is_not_there_is_named_and_its_outputs_are_unknown() {
    let report = check_text(
        "module \"db\" {\n  source  = \"acme/db/aws\"\n  version = \"1.0\"\n}\nresource \"null_resource\" \"x\" { a = module.db.arn }\n",
    );
    let errors = errors(&report);
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].contains("missing-module") && errors[0].contains("acme/db/aws") && errors[0].contains("init"));
    assert!(body(&report, "null_resource.x")["a"]["$unknown"].is_string());
}

#[test]
fn modules_that_init_brought_are_followed() {
    let folder = project(&[
        ("main.tf", "module \"db\" {\n  source = \"acme/db/aws\"\n  size = 3\n}\n"),
        (
            ".terraform/modules/modules.json",
            r#"{"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"db","Source":"acme/db/aws","Dir":".terraform/modules/db"}]}"#,
        ),
        (
            ".terraform/modules/db/main.tf",
            "variable \"size\" {}\nresource \"null_resource\" \"x\" { size = var.size }\n",
        ),
    ]);
    let report = check(folder.path());
    assert!(report.errors.is_empty(), "{:?}", errors(&report));
    assert_eq!(body(&report, "module.db.null_resource.x")["size"], 3);
}

#[test]
fn count_and_for_each_make_instances_with_their_keys() {
    let report = check_text(
        r#"
resource "null_resource" "n" {
  count = 2
  at    = count.index
}
resource "null_resource" "e" {
  for_each = toset(["b", "a"])
  key      = each.key
}
resource "null_resource" "none" {
  count = 0
}
"#,
    );
    assert_eq!(
        addresses(&report),
        ["null_resource.n[0]", "null_resource.n[1]", "null_resource.e[\"a\"]", "null_resource.e[\"b\"]"]
    );
    assert_eq!(body(&report, "null_resource.n[1]")["at"], 1);
}

#[test]
fn repetition_over_the_unknown_is_one_instance_never_none() {
    let report = check_text(
        r#"
variable "n" {}
variable "m" {}
resource "null_resource" "counted" { count = var.n }
resource "null_resource" "each" {
  for_each = var.m
  key      = each.key
}
resource "aws_security_group" "g" {
  dynamic "ingress" {
    for_each = var.m
    content {
      from_port = 22
      to_port   = ingress.value
    }
  }
}
"#,
    );
    assert_eq!(report.graph.resources.len(), 3, "{:?}", addresses(&report));
    assert_eq!(report.graph.resources[0].type_, "null_resource");
    let group = body(&report, "aws_security_group.g");
    assert_eq!(group["ingress"][0]["from_port"], 22, "{group}");
    assert!(group["ingress"][0]["to_port"]["$unknown"].is_string(), "{group}");
}

#[test]
fn dynamic_blocks_are_repeated_blocks() {
    let report = check_text(
        r#"
resource "aws_security_group" "g" {
  dynamic "ingress" {
    for_each = [22, 443]
    iterator = port
    content {
      from_port   = port.value
      cidr_blocks = ["10.0.0.0/8"]
    }
  }
}
"#,
    );
    let group = body(&report, "aws_security_group.g");
    assert_eq!(group["ingress"][1]["from_port"], 443);
    assert_eq!(group["ingress"].as_array().unwrap().len(), 2);
}

#[test]
fn references_become_edges_with_their_attribute() {
    let report = check_text(
        r#"
resource "aws_kms_key" "k" {}
resource "aws_s3_bucket" "b" { bucket = "b" }
resource "aws_s3_bucket_server_side_encryption_configuration" "c" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default { kms_master_key_id = aws_kms_key.k.arn }
  }
}
"#,
    );
    let named = |id: usize| report.graph.resources[id].address.to_string();
    let edges: Vec<(String, String, String)> =
        report.graph.edges.iter().map(|edge| (named(edge.from), named(edge.to), edge.via.to_string())).collect();
    let from = "aws_s3_bucket_server_side_encryption_configuration.c".to_string();
    assert!(edges.contains(&(from.clone(), "aws_s3_bucket.b".into(), "bucket".into())), "{edges:?}");
    let key = "rule.apply_server_side_encryption_by_default.kms_master_key_id";
    assert!(edges.contains(&(from, "aws_kms_key.k".into(), key.into())), "{edges:?}");
}

#[test]
fn an_unknown_condition_gives_a_choice() {
    let report = check_text("variable \"v\" {}\nresource \"null_resource\" \"x\" { a = var.v ? 1 : 2 }\n");
    let value = &body(&report, "null_resource.x")["a"];
    assert_eq!(value["$choice"][0]["value"], 1, "{value}");
    assert_eq!(value["$choice"][1]["value"], 2, "{value}");
}

#[test]
fn policy_documents_are_computed_as_the_provider_does() {
    let report = check_text(
        r#"
data "aws_iam_policy_document" "base" {
  statement {
    sid       = "Read"
    actions   = ["s3:GetObject", "s3:ListBucket"]
    resources = ["arn:aws:s3:::a", "arn:aws:s3:::a/*"]
  }
}
data "aws_iam_policy_document" "all" {
  source_policy_documents = [data.aws_iam_policy_document.base.json]
  statement {
    effect  = "Deny"
    actions = ["s3:*"]
    resources = ["*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}
resource "aws_s3_bucket_policy" "p" { policy = data.aws_iam_policy_document.all.json }
"#,
    );
    let text = body(&report, "aws_s3_bucket_policy.p")["policy"].as_str().unwrap().to_string();
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        document,
        json!({"Version": "2012-10-17", "Statement": [
            {"Sid": "Read", "Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetObject"], "Resource": ["arn:aws:s3:::a/*", "arn:aws:s3:::a"]},
            {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Principal": "*",
             "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
        ]})
    );
}

#[test]
fn sensitive_values_are_never_printed() {
    let report = check_text(
        "variable \"password\" {\n  sensitive = true\n  default = \"s3cr3t-word\"\n}\nresource \"aws_db_instance\" \"d\" { password = var.password }\n",
    );
    let style = phiguard::report::Style { show_unknown: true, colour: false, width: 100 };
    for format in phiguard::report::GRAPH_FORMATS {
        assert!(!(format.write)(&report, &style).contains("s3cr3t-word"), "{}", format.name);
    }
    assert_eq!(body(&report, "aws_db_instance.d")["password"], json!({"$sensitive": true}));
}

#[test]
fn a_key_that_comes_again_takes_the_place_of_the_first() {
    let report = check_text(
        "resource \"aws_s3_bucket\" \"a\" {\n  tags = {\n    Name = \"one\"\n    Name = \"two\"\n    \"a b\" = 1\n    \"a b\"    = 2\n  }\n}\n",
    );
    assert_eq!(errors(&report), Vec::<String>::new());
    let tags = report.graph.resources[0].body.get("tags").unwrap().value.clone();
    assert_eq!(phiguard::value::to_json(&tags), serde_json::json!({"Name": "two", "a b": 2}));
    assert_eq!(report.sources.text(tags.get("Name").unwrap().span), "\"two\"");
}

#[test]
fn stacks_that_call_one_module_by_the_same_name_have_findings_of_their_own() {
    let stack = "module \"store\" {\n  source = \"../store\"\n}\n";
    let folder = project(&[
        ("claims/main.tf", stack),
        ("imaging/main.tf", stack),
        ("store/main.tf", "resource \"aws_kms_key\" \"this\" {\n  deletion_window_in_days = 7\n}\n"),
    ]);
    let report = check(folder.path());
    let of = |policy: &str| report.findings.iter().filter(|finding| finding.policy == policy).collect::<Vec<_>>();
    let found = of("key-deletion-unprotected");
    assert_eq!(found.len(), 2);
    let calls: Vec<&str> = found
        .iter()
        .map(|finding| {
            let called = finding.evidence.iter().find(|evidence| evidence.label == "called as module.store");
            report.sources.name(called.unwrap().span)
        })
        .collect();
    assert_eq!(calls, ["claims/main.tf", "imaging/main.tf"]);
}

#[test]
fn a_null_that_is_written_is_shown_where_it_is() {
    let report = common::check_text(
        r#"
variable "encrypted" {
  type    = bool
  default = null
}
resource "aws_db_instance" "claims" {
  engine            = "postgres"
  instance_class    = "db.m6g.large"
  storage_encrypted = var.encrypted
}
"#,
    );
    let found = report.findings.iter().find(|finding| finding.policy == "encryption-at-rest-disabled").unwrap();
    let (start, _) = report.sources.range(found.span);
    assert_eq!(start.line, 9, "{found:?}");
    assert!(found.label.starts_with("storage_encrypted is null here"), "{}", found.label);
    let labels: Vec<&str> = found.evidence.iter().map(|evidence| evidence.label.as_str()).collect();
    assert!(labels.iter().any(|label| label.contains("default of variable \"encrypted\"")), "{labels:?}");
}

#[test]
fn a_rule_of_its_own_is_what_a_finding_names() {
    let report = common::check_text(
        r#"
resource "aws_network_acl" "public" {
  vpc_id = "vpc-1"
}
resource "aws_network_acl_rule" "in" {
  network_acl_id = aws_network_acl.public.id
  rule_action    = "allow"
  rule_number    = 1
  cidr_block     = "10.0.0.0/8"
  protocol       = "-1"
}
resource "aws_network_acl_rule" "out" {
  network_acl_id = aws_network_acl.public.id
  egress         = true
  rule_action    = "allow"
  rule_number    = 2
  cidr_block     = "0.0.0.0/0"
  protocol       = "-1"
}
"#,
    );
    let found = report.findings.iter().find(|finding| finding.policy == "unrestricted-egress").unwrap();
    let labels: Vec<&str> = found.evidence.iter().map(|evidence| evidence.label.as_str()).collect();
    assert!(labels.contains(&"set by aws_network_acl_rule.out"), "{labels:?}");
    assert!(!found.label.contains("ingress"), "{}", found.label);
}

#[test]
fn what_hangs_on_the_unknown_says_on_what() {
    let report = common::check_text(
        r#"
variable "on" {
  type = bool
}
resource "aws_cloudtrail" "audit" {
  name           = "audit"
  s3_bucket_name = "logs"
  enable_logging = var.on
}
"#,
    );
    let found = report.findings.iter().find(|finding| finding.policy == "audit-trail-disabled").unwrap();
    let expected = "cannot be told: depends on enable_logging, which is not known: variable \"on\" has no value";
    assert_eq!(found.message, expected);
}
