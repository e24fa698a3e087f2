//! Terraform beyond expressions: the files a module is read from, the values its variables take, providers, data
//! sources, what a plan refuses, and the limits. What is expected here is what `terraform plan` (1.11) shows.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by failing"
)]

mod common;

use common::program::{checked, command, json};
use common::{addresses, body, check, check_with, errors, project};
use phiguard::report::Report;
use phiguard::run::VariableOption;
use phiguard::value::to_json;
use serde_json::{Value as Json, json};

/// The outputs of the only root module.
fn outputs(report: &Report) -> Json {
    let outputs = report.outputs.iter();
    Json::Object(outputs.map(|(_, name, value)| (name.to_string(), to_json(value))).collect())
}

/// The outputs of one configuration file that is sound.
fn worth(text: &str) -> Json {
    let report = check(project(&[("main.tf", text)]).path());
    assert_eq!(errors(&report), [""; 0], "{text}");
    outputs(&report)
}

#[test]
fn json_is_the_native_syntax_in_other_words() {
    let native = r#"
variable "n" {
  type    = number
  default = 2
}
locals {
  x   = "v-${var.n}"
  raw = "$${not}"
  obj = { a = ["${1 + 1}", true, null], "k-${var.n}" = 1.50 }
}
resource "aws_s3_bucket" "b" {
  count  = var.n
  bucket = "${local.x}-${count.index}\n\"q\""
  tags   = { Name = local.raw }
  lifecycle {
    ignore_changes = [tags]
  }
  versioning {
    enabled = true
  }
  dynamic "logging" {
    for_each = ["a", "b"]
    iterator = it
    content {
      target_bucket = it.value
    }
  }
  depends_on = [aws_s3_bucket.other]
}
resource "aws_s3_bucket" "other" {
  provider = aws.west
}
provider "aws" {
  region = "us-east-1"
}
provider "aws" {
  alias  = "west"
  region = "us-west-2"
}
output "o" {
  value = [local.obj, aws_s3_bucket.b[*].bucket]
}
"#;
    let json = r#"{
  "//": "a comment",
  "variable": { "n": { "type": "number", "default": 2 } },
  "locals": { "x": "v-${var.n}", "raw": "$${not}", "obj": { "a": ["${1 + 1}", true, null], "k-${var.n}": 1.50 } },
  "resource": [
    { "aws_s3_bucket": { "b": [{
      "//": "another",
      "count": "${var.n}",
      "bucket": "${local.x}-${count.index}\n\"q\"",
      "tags": { "Name": "${local.raw}" },
      "lifecycle": { "ignore_changes": ["tags"] },
      "versioning": { "enabled": true },
      "dynamic": { "logging": { "for_each": ["a", "b"], "iterator": "it", "content": { "target_bucket": "${it.value}" } } },
      "depends_on": ["aws_s3_bucket.other"]
    }] } },
    { "aws_s3_bucket": { "other": { "provider": "aws.west" } } }
  ],
  "provider": { "aws": [{ "region": "us-east-1" }, { "alias": "west", "region": "us-west-2" }] },
  "output": { "o": { "value": ["${local.obj}", "${aws_s3_bucket.b[*].bucket}"] } }
}"#;
    let shown = |name: &str, text: &str| {
        let report = check(project(&[(name, text)]).path());
        assert_eq!(errors(&report), [""; 0]);
        let bodies: Vec<Json> = addresses(&report).iter().map(|address| body(&report, address)).collect();
        (addresses(&report), bodies, outputs(&report))
    };
    assert_eq!(shown("main.tf", native), shown("main.tf.json", json));
    assert_eq!(shown("main.tf", native), shown("main.tofu", native));
    assert_eq!(shown("main.tf", native), shown("main.tofu.json", json));
}

#[test]
fn places_in_json_are_those_of_the_texts() {
    let text = "{\n  \"output\": {\n    \"o\": { \"value\": \"\\\"q\\\" ${local.nope}\" }\n  }\n}\n";
    let report = check(project(&[("main.tf.json", text)]).path());
    let error = report.errors.first().unwrap();
    let (start, end) = report.sources.range(error.span);
    assert_eq!(error.message, "local.nope is not declared in this module");
    assert_eq!((start.line, start.column, end.column), (3, 30, 35), "{:?}", report.sources.text(error.span));
    assert_eq!(report.sources.text(error.span), "local");
}

#[test]
fn damage_in_json_is_located_and_the_rest_is_read() {
    let text = "{\n  \"resource\": {\"aws_sns_topic\": {\"a\": {\"name\": \"a\"}}},\n  \"output\": {\"o\": {\"value\": ]}}\n}\n";
    let report = check(project(&[("main.tf.json", text), ("b.tf", "resource \"aws_sns_topic\" \"b\" {}\n")]).path());
    assert_eq!(errors(&report), ["main.tf.json:3 parse-error a value is expected here"]);
    assert_eq!(addresses(&report), ["aws_sns_topic.b", "aws_sns_topic.a"]);
    for (text, line) in [
        ("{\"output\": {\"o\": {\"value\": \"${\"}}}", 1),
        ("{\"resource\": {\"aws_sns_topic\": \"x\"}}", 1),
        ("[1]", 1),
        ("{\n\"resources\": {}}", 2),
    ] {
        let report = check(project(&[("main.tf.json", text)]).path());
        let found = errors(&report);
        assert!(found.len() == 1 && found[0].starts_with(&format!("main.tf.json:{line} parse-error")), "{found:?}");
    }
}

#[test]
fn what_opentofu_alone_has_is_understood() {
    let text = r#"
variable "on" {}
locals { regions = toset(["eu-west-1", "us-east-1"]) }
provider "aws" {
  alias    = "by_region"
  for_each = local.regions
  region   = each.value
  default_tags {
    tags = { team = "imaging", region = each.key }
  }
}
resource "aws_sns_topic" "each" {
  for_each = local.regions
  provider = aws.by_region[each.key]
}
resource "aws_sns_topic" "off" {
  name = "off"
  lifecycle {
    enabled = false
  }
}
resource "aws_sns_topic" "maybe" {
  lifecycle {
    enabled = var.on
  }
}
module "off" {
  source = "./m"
  lifecycle {
    enabled = length(local.regions) > 2
  }
}
output "off" { value = aws_sns_topic.off == null && module.off == null }
"#;
    let module = "resource \"aws_sns_topic\" \"inner\" {}\noutput \"o\" {\n  value = 1\n}\n";
    let folder = project(&[("main.tofu", text), ("m/main.tofu", module)]);
    let report = check(folder.path());
    assert_eq!(errors(&report), Vec::<String>::new());
    let each = "aws_sns_topic.each[\"eu-west-1\"]";
    assert_eq!(addresses(&report), [each, "aws_sns_topic.each[\"us-east-1\"]", "aws_sns_topic.maybe"]);
    let region = json!({"$unknown": "it differs between the configurations of this provider"});
    assert_eq!(body(&report, each)["tags"], json!({"team": "imaging", "region": region}));
    assert_eq!(report.graph.resources[2].condition.as_deref(), Some("enabled = var.on"));
    assert_eq!(outputs(&report), json!({"off": true}));
}

#[test]
fn a_tofu_file_takes_the_place_of_its_twin() {
    let folder = project(&[
        ("main.tf", "output \"o\" { value = \"tf\" }\n"),
        ("main.tofu", "output \"o\" { value = \"tofu\" }\n"),
        ("more.tf", "output \"p\" { value = 1 }\n"),
        ("unit.tftest.hcl", "run \"x\" {\n"),
    ]);
    let report = check(folder.path());
    assert_eq!(errors(&report), [""; 0]);
    assert_eq!(outputs(&report), json!({"o": "tofu", "p": 1}));
}

#[test]
fn variable_values_win_in_terraforms_order() {
    let variables = "variable \"a\" { default = \"default\" }\noutput \"a\" { value = var.a }\n";
    let files = [
        ("main.tf", variables),
        ("terraform.tfvars", "a = \"tfvars\"\n"),
        ("terraform.tfvars.json", "{\"a\": \"tfvars.json ${x}\"}"),
        ("a.auto.tfvars", "a = \"a.auto\"\n"),
        ("b.auto.tfvars.json", "{\"a\": \"b.auto\"}"),
    ];
    for (count, expected) in [(1, "default"), (2, "tfvars"), (3, "tfvars.json ${x}"), (4, "a.auto"), (5, "b.auto")] {
        let folder = project(&files[..count]);
        assert_eq!(outputs(&check(folder.path())), json!({"a": expected}));
    }
    let folder = project(&[&files[..], &[("x.tfvars.json", "{\"a\": [1]}")]].concat());
    let with = |options: &[VariableOption]| {
        let report = check_with(folder.path(), |request| request.variables = options.to_vec());
        outputs(&report)["a"].clone()
    };
    let (value, file) = (VariableOption::Value("a=given".into()), VariableOption::File("x.tfvars.json".into()));
    assert_eq!(with(std::slice::from_ref(&value)), json!("given"));
    assert_eq!(with(&[value.clone(), file.clone()]), json!([1]));
    assert_eq!(with(&[file, value]), json!("given"));
}

#[test]
fn values_of_the_command_line_are_expressions_where_the_type_asks_for_one() {
    let folder = project(&[(
        "main.tf",
        "variable \"plain\" {}\nvariable \"text\" { type = string }\nvariable \"list\" { type = list(string) }\n\
         variable \"any\" { type = any }\noutput \"o\" { value = [var.plain, var.text, var.list, var.any] }\n",
    )]);
    let report = check_with(folder.path(), |request| {
        for option in ["plain=[1]", "text=\"x\"", "list=[1, \"b\"]", "any={ a = 1 }"] {
            request.variables.push(VariableOption::Value(option.into()));
        }
    });
    assert_eq!(errors(&report), [""; 0]);
    assert_eq!(outputs(&report), json!({"o": ["[1]", "\"x\"", ["1", "b"], {"a": 1}]}));
}

#[test]
fn the_environment_is_asked_only_when_told() {
    let folder = project(&[
        (
            "main.tf",
            "variable \"a\" { default = \"d\" }\nvariable \"b\" { default = \"d\" }\noutput \"o\" { value = \"${var.a} ${var.b} ${terraform.workspace}\" }\n",
        ),
        ("terraform.tfvars", "b = \"file\"\n"),
    ]);
    let said = |arguments: &[&str]| {
        let mut command = command(folder.path(), &[&["graph", "--format", "json"], arguments].concat());
        command.envs([("TF_VAR_a", "env"), ("TF_VAR_b", "env"), ("TF_VAR_c", "env")]);
        json(&command.output().unwrap())["outputs"][0]["value"].clone()
    };
    assert_eq!(said(&[]), json!("d file default"));
    assert_eq!(said(&["--env-vars"]), json!("env file default"));
    assert_eq!(said(&["--env-vars", "--var", "a=x", "--workspace", "prod"]), json!("x file prod"));
}

#[test]
fn override_files_change_what_the_others_declare() {
    let folder = project(&[
        (
            "main.tf",
            "resource \"aws_s3_bucket\" \"a\" {\n  bucket = \"base\"\n  acl = \"private\"\n  count = 2\n  rule {\n    x = 1\n  }\n  rule {\n    x = 2\n  }\n  other {\n    y = 1\n  }\n}\n\
             variable \"v\" {\n  type = string\n  default = \"base\"\n}\nlocals {\n  l = \"base\"\n  k = \"kept\"\n}\n\
             module \"m\" {\n  source = \"./m\"\n  a = 1\n  b = 2\n}\noutput \"o\" { value = [var.v, local.l, local.k, module.m.o] }\n",
        ),
        ("m/main.tf", "variable \"a\" {}\nvariable \"b\" {}\noutput \"o\" { value = \"${var.a}${var.b}\" }\n"),
        (
            "a_override.tf",
            "resource \"aws_s3_bucket\" \"a\" {\n  bucket = \"a\"\n  for_each = { k = 1 }\n  dynamic \"rule\" {\n    for_each = [7]\n    content {\n      x = rule.value\n    }\n  }\n}\n",
        ),
        (
            "override.tf.json",
            "{\"variable\": {\"v\": {\"default\": 5}}, \"locals\": {\"l\": \"over\"}, \"module\": {\"m\": {\"b\": 20}}}",
        ),
    ]);
    let report = check(folder.path());
    assert_eq!(errors(&report), [""; 0]);
    assert_eq!(addresses(&report), ["aws_s3_bucket.a[\"k\"]"]);
    let expected = json!({"bucket": "a", "acl": "private", "rule": [{"x": 7}], "other": [{"y": 1}]});
    assert_eq!(body(&report, "aws_s3_bucket.a[\"k\"]"), expected);
    assert_eq!(outputs(&report), json!({"o": ["5", "over", "kept", "120"]}));
}

#[test]
fn providers_reach_the_modules_and_their_tags_the_resources() {
    let folder = project(&[
        (
            "main.tf",
            r#"
variable "team" { default = "care" }
provider "aws" {
  region = "eu-central-1"
  default_tags {
    tags = { Team = var.team, Data = "phi" }
  }
}
provider "aws" {
  alias  = "west"
  region = "us-gov-west-1"
  default_tags {
    tags = { Team = "west" }
  }
}
resource "aws_s3_bucket" "own" {
  tags = { Team = "own" }
}
resource "aws_s3_bucket" "bare" {}
resource "azurerm_storage_account" "other" {
  tags = { A = "b" }
}
module "inherits" {
  source = "./m"
}
module "passed" {
  source    = "./m"
  providers = { aws = aws.west }
}
output "o" {
  value = [module.inherits.o, module.passed.o, aws_s3_bucket.own.tags, aws_s3_bucket.own.tags_all]
}
"#,
        ),
        ("m/main.tf", "module \"inner\" {\n  source = \"../inner\"\n}\noutput \"o\" { value = module.inner.o }\n"),
        (
            "inner/main.tf",
            "data \"aws_region\" \"r\" {}\ndata \"aws_partition\" \"p\" {}\nresource \"aws_s3_bucket\" \"b\" {}\n\
             output \"o\" { value = \"${data.aws_region.r.name} ${data.aws_partition.p.partition}\" }\n",
        ),
    ]);
    let report = check(folder.path());
    assert_eq!(errors(&report), [""; 0]);
    let tags = |address: &str| body(&report, address)["tags"].clone();
    assert_eq!(tags("aws_s3_bucket.own"), json!({"Data": "phi", "Team": "own"}));
    assert_eq!(tags("aws_s3_bucket.bare"), json!({"Data": "phi", "Team": "care"}));
    assert_eq!(tags("azurerm_storage_account.other"), json!({"A": "b"}));
    assert_eq!(tags("module.inherits.module.inner.aws_s3_bucket.b"), json!({"Data": "phi", "Team": "care"}));
    assert_eq!(tags("module.passed.module.inner.aws_s3_bucket.b"), json!({"Team": "west"}));
    let expected = json!([
        "eu-central-1 aws",
        "us-gov-west-1 aws-us-gov",
        {"Team": "own"},
        {"Data": "phi", "Team": "own"}
    ]);
    assert_eq!(outputs(&report), json!({ "o": expected }));
}

#[test]
fn data_sources_answer_what_the_configuration_decides() {
    let worth = worth(
        r#"
data "template_file" "t" {
  template = "hello $${name}, $${upper(name)}"
  vars     = { name = "ward" }
}
data "aws_arn" "a" { arn = "arn:aws:s3:::bucket/key:x" }
data "aws_region" "r" {}
data "aws_caller_identity" "me" {}
data "azurerm_client_config" "me" {}
data "terraform_remote_state" "net" { backend = "local" }
data "aws_iam_policy_document" "d" {
  for_each = toset(["a"])
  statement {
    actions   = ["s3:Get*"]
    resources = ["arn:aws:s3:::${each.key}"]
  }
}
output "template" { value = data.template_file.t.rendered }
output "arn" { value = [data.aws_arn.a.service, data.aws_arn.a.resource, data.aws_arn.a.account] }
output "region" { value = data.aws_region.r.name }
output "caller" { value = data.aws_caller_identity.me.account_id }
output "client" { value = data.azurerm_client_config.me.tenant_id }
output "state" { value = data.terraform_remote_state.net.outputs.vpc }
output "documents" { value = [for d in data.aws_iam_policy_document.d : jsondecode(d.json).Statement[0].Resource] }
"#,
    );
    assert_eq!(worth["template"], json!("hello ward, WARD"));
    assert_eq!(worth["arn"], json!(["s3", "bucket/key:x", ""]));
    assert_eq!(worth["documents"], json!(["arn:aws:s3:::a"]));
    for (name, words) in [
        ("region", "no provider block says which region"),
        ("caller", "the account is known only to a run with credentials"),
        ("client", "tenant, subscription and caller are known only"),
        ("state", "the state of another configuration is not read"),
    ] {
        let reason = worth[name]["$unknown"].as_str().unwrap_or_default();
        assert!(reason.contains(words), "{name}: {}", worth[name]);
    }
}

#[test]
fn blocks_that_deploy_nothing_are_no_trouble() {
    let report = common::check_text(
        r#"
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      configuration_aliases = [aws.west]
    }
  }
  backend "s3" {}
}
resource "terraform_data" "a" {
  input            = { x = 1 }
  triggers_replace = ["t"]
  provisioner "local-exec" {
    when       = destroy
    on_failure = continue
    command    = "echo ${self.id}"
  }
}
resource "terraform_data" "empty" {}
ephemeral "aws_secretsmanager_secret_version" "s" {
  secret_id = "x"
}
resource "aws_db_instance" "d" {
  password_wo         = ephemeral.aws_secretsmanager_secret_version.s.secret_string
  password_wo_version = 1
  lifecycle {
    precondition {
      condition     = terraform_data.a.input.x == 1
      error_message = "no"
    }
    postcondition {
      condition     = self.arn != ""
      error_message = "no"
    }
  }
}
check "health" {
  data "http" "page" {
    url = "https://example.com"
  }
  assert {
    condition     = data.http.page.status_code == 200
    error_message = "down"
  }
}
import {
  to = aws_db_instance.d
  id = "d"
}
moved {
  from = aws_db_instance.old
  to   = aws_db_instance.d
}
removed {
  from = aws_db_instance.gone
  lifecycle {
    destroy = false
  }
}
output "known" { value = [terraform_data.a.input.x, terraform_data.a.triggers_replace[0], terraform_data.empty.output] }
output "later" { value = terraform_data.a.output }
"#,
    );
    assert_eq!(errors(&report), [""; 0]);
    assert_eq!(addresses(&report), ["terraform_data.a", "terraform_data.empty", "aws_db_instance.d"]);
    assert_eq!(outputs(&report)["known"], json!([1, "t", null]));
    assert!(outputs(&report)["later"]["$unknown"].is_string());
}

#[test]
fn what_a_plan_refuses_is_an_error_at_its_place() {
    const SOUND: &str = "resource \"aws_sns_topic\" \"t\" {}\n";
    for (text, line, words) in [
        ("resource \"aws_sns_topic\" \"t\" {}", 1, "is declared already"),
        ("variable \"a\" {}\nvariable \"a\" {}", 2, "is declared already"),
        ("locals {\n  a = 1\n}\nlocals {\n  a = 2\n}", 5, "is declared already"),
        ("output \"o\" { value = 1 }\noutput \"o\" { value = 2 }", 2, "is declared already"),
        ("module \"m\" { source = \"./m\" }\nmodule \"m\" { source = \"./m\" }", 2, "is called already"),
        ("provider \"aws\" {}\nprovider \"aws\" {}", 2, "is configured already"),
        ("output \"o\" {}", 1, "needs a value"),
        ("variable \"count\" {}", 1, "cannot be named"),
        ("variable \"a\" { default = upper(\"x\") }", 1, "no function may be called"),
        ("variable \"a\" { default = local.x }\nlocals { x = 1 }", 1, "nothing may be referred to"),
        ("variable \"a\" { type = strin }", 1, "no type"),
        ("variable \"a\" { type = \"string\" }", 1, "without quotes"),
        ("variable \"a\" { type = list(string, number) }", 1, "takes one argument"),
        ("variable \"a\" { typ = string }", 1, "has no argument"),
        ("resource \"aws_sns_topic\" \"1st\" {}", 1, "must start with a letter"),
        ("resource \"aws_sns_topic\" {}", 1, "takes 2 names"),
        ("resorce \"aws_sns_topic\" \"x\" {}", 1, "knows no block"),
        ("resource \"aws_sns_topic\" \"a\" { name = aws_sns_topic.a.arn }", 1, "cannot refer to itself"),
        ("resource \"aws_sns_topic\" \"a\" {\n  count = 1\n  for_each = {}\n}", 3, "exclude each other"),
        ("module \"m\" {\n  source = \"./m\"\n  nope = 1\n}", 3, "no variable \"nope\""),
        ("module \"m\" { source = \"./needs\" }", 1, "needs \"given\""),
        ("module \"m\" {}", 1, "needs a source"),
        ("output \"o\" { value = true ? [] : 1 }", 1, "must be of one type"),
        ("output \"o\" { value = true ? {} : { a = 1, b = [2] } }", 1, "must be of one type"),
        ("output \"o\" { value = { for x in [\"a\", \"a\"] : x => 1 } }", 1, "two elements have the key"),
        ("output \"o\" { value = [[{ a = 1 }]].*.b.*.c }", 1, "cannot follow another"),
        ("resource \"aws_sns_topic\" \"a\" { for_each = toset([1]) }", 1, "set of strings"),
        ("resource \"aws_sns_topic\" \"a\" { for_each = [\"a\"] }", 1, "toset(...)"),
        ("resource \"aws_sns_topic\" \"a\" { for_each = null }", 1, "this is null"),
        (
            "variable \"s\" {\n  default = { a = 1 }\n  sensitive = true\n}\nresource \"aws_sns_topic\" \"a\" {\n  for_each = var.s\n}",
            6,
            "sensitive",
        ),
        (
            "variable \"s\" {\n  default = 1\n  sensitive = true\n}\noutput \"o\" { value = [var.s] }",
            5,
            "sensitive = true",
        ),
        ("resource \"aws_sns_topic\" \"a\" { count = null }", 1, "count must be a number"),
        (
            "resource \"aws_sns_topic\" \"a\" { count = 1 }\noutput \"o\" { value = aws_sns_topic.a.name }",
            2,
            "[0].name",
        ),
        ("output \"o\" { value = try(nothing, 1) }", 1, "nothing named \"nothing\""),
        ("output \"o\" { value = each.key }", 1, "for_each"),
        ("locals { unused = local.nope }", 1, "is not declared"),
        ("locals { unused = [1][3] }", 1, "no number 3"),
        ("terraform { required_version = \"~> 0.12\" }", 1, "before 1.0"),
        (
            "resource \"aws_sns_topic\" \"a\" {\n  lifecycle {\n    precondition {\n      condition = 1 == 2\n      error_message = \"\"\n    }\n  }\n}",
            4,
            "must refer",
        ),
        (
            "locals { n = 1 }\nresource \"aws_sns_topic\" \"a\" {\n  lifecycle {\n    precondition {\n      condition = local.n == 2\n      error_message = \"two\"\n    }\n  }\n}",
            5,
            "does not hold: two",
        ),
        ("check \"c\" {\n  assert {\n    condition = true\n    error_message = \"\"\n  }\n}", 3, "must refer"),
        ("moved { from = aws_sns_topic.x }", 1, "needs \"to\""),
    ] {
        let folder = project(&[
            ("main.tf", text),
            ("sound.tf", SOUND),
            ("m/main.tf", "variable \"optional\" { default = 1 }\n"),
            ("needs/main.tf", "variable \"given\" {}\n"),
        ]);
        let report = check(folder.path());
        let found = errors(&report);
        let wanted = format!("main.tf:{line} evaluation-error ");
        let is_there = |error: &&String| {
            (error.starts_with(&wanted) || error.starts_with("sound.tf:1 evaluation-error")) && error.contains(words)
        };
        assert!(found.iter().any(|error| is_there(&error)), "{text}\n{found:?}");
        assert!(addresses(&report).contains(&"aws_sns_topic.t".to_string()), "{text}");
    }
}

#[test]
fn override_files_need_something_to_change() {
    let folder = project(&[
        ("main.tf", "resource \"aws_sns_topic\" \"t\" {}\n"),
        ("x_override.tf", "\nresource \"aws_sns_topic\" \"other\" {}\nlocals { a = 1 }\n"),
    ]);
    let found = errors(&check(folder.path()));
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("x_override.tf:2 evaluation-error there is no resource aws_sns_topic.other"));
    assert!(found[1].starts_with("x_override.tf:3 evaluation-error there is no local.a"));
}

#[test]
fn the_arms_of_a_conditional_share_a_type() {
    let worth = worth(
        r#"
resource "aws_sns_topic" "t" {}
output "string" { value = true ? 1 : "a" }
output "null" { value = true ? 1 : null }
output "map" { value = true ? { a = 1, b = "x" } : { c = true } }
output "object" { value = true ? { a = 1, b = 2 } : { a = "x", b = 3 } }
output "tuple" { value = true ? [1, "a"] : ["a", true] }
output "list" { value = true ? [1, 2] : ["a"] }
output "set" { value = true ? ["b", "a", "b"] : toset(["x"]) }
output "not_taken" { value = true ? "x" : [][3] }
output "unknown" { value = true ? 1 : aws_sns_topic.t.arn }
output "set_of_unknown" { value = false ? toset(aws_sns_topic.t.names) : ["b", "a", "b"] }
output "bool" { value = !"1" }
"#,
    );
    for (name, expected) in [
        ("string", json!("1")),
        ("null", json!(1)),
        ("map", json!({"a": "1", "b": "x"})),
        ("object", json!({"a": "1", "b": 2})),
        ("tuple", json!(["1", "a"])),
        ("list", json!(["1", "2"])),
        ("set", json!(["a", "b"])),
        ("not_taken", json!("x")),
        ("unknown", json!(1)),
        ("set_of_unknown", json!(["a", "b"])),
        ("bool", json!(false)),
    ] {
        assert_eq!(worth[name], expected, "{name}");
    }
}

#[test]
fn values_of_different_types_are_never_equal() {
    let worth = worth(
        r#"
variable "list" {
  type    = list(string)
  default = []
}
output "o" {
  value = [var.list == [], var.list == tolist([]), [1] == [1], { a = 1 } == tomap({ a = 1 }), "1" == 1, null == null]
}
"#,
    );
    assert_eq!(worth["o"], json!([false, true, true, false, false, true]));
}

#[test]
fn the_order_and_the_names_of_module_calls_change_nothing() {
    let call = |name: &str, value: &str| format!("module \"{name}\" {{\n  source = \"./m\"\n  v = {value}\n}}\n");
    let module =
        "variable \"v\" {}\nresource \"aws_sns_topic\" \"t\" { name = var.v }\noutput \"o\" { value = var.v }\n";
    let names = |calls: &[(&str, &str)]| {
        let text: String = calls.iter().map(|(name, value)| call(name, value)).collect();
        let report = check(project(&[("main.tf", &text), ("m/main.tf", module)]).path());
        assert_eq!(errors(&report), [""; 0]);
        let mut names: Vec<Json> =
            addresses(&report).iter().map(|address| body(&report, address)["name"].clone()).collect();
        names.sort_by_key(Json::to_string);
        names
    };
    let expected = names(&[("a", "\"x\""), ("b", "module.a.o"), ("c", "\"${module.b.o}-c\"")]);
    assert_eq!(expected, [json!("x"), json!("x"), json!("x-c")]);
    assert_eq!(names(&[("c", "\"${module.b.o}-c\""), ("b", "module.a.o"), ("a", "\"x\"")]), expected);
    assert_eq!(names(&[("z", "\"x\""), ("a", "module.z.o"), ("m", "\"${module.a.o}-c\"")]), expected);
}

#[test]
fn sets_are_in_order_and_any_is_one_type() {
    let worth = worth(
        r#"
variable "numbers" {
  type    = set(number)
  default = [10, "9", 1, 9]
}
variable "any" {
  type    = list(any)
  default = ["a", 1, true]
}
variable "map" {
  type    = map(any)
  default = { a = 1, b = "x" }
}
output "o" { value = [var.numbers, var.any, var.map, toset(["b", null, "a"])] }
"#,
    );
    assert_eq!(worth["o"], json!([[1, 9, 10], ["a", "1", "true"], {"a": "1", "b": "x"}, ["a", "b", null]]));
}

#[test]
fn splats_pick_from_each_element_or_from_the_result() {
    let worth = worth(
        r#"
locals { objs = [{ a = [1, 2], b = { c = "x" } }, { a = [3], b = { c = "y" } }] }
output "each" { value = local.objs[*].a[0] }
output "result" { value = local.objs.*.a[0] }
output "legacy" { value = local.objs.*.a.0 }
output "deep" { value = local.objs[*].b.c }
output "one" { value = local.objs[0][*].b.c }
output "null" { value = null[*] }
"#,
    );
    let expected = json!({
        "each": [1, 3], "result": [1, 2], "legacy": [1, 3], "deep": ["x", "y"], "one": ["x"], "null": []
    });
    assert_eq!(worth, expected);
}

#[test]
fn heredocs_are_dedented_line_by_line() {
    for (text, expected) in [
        (
            "<<-EOT\n    %{ for x in [\"a\", \"b\"] ~}\n    item ${x}\n    %{ endfor ~}\n    done\n    EOT",
            "    item a\n    item b\n    done\n",
        ),
        (
            "<<-EOT\n      a\n    ${\"b\"}\n      %{ if true }\n        c\n      %{ endif }\n  EOT",
            "  a\nb\n  \n    c\n  \n",
        ),
        ("<<-EOT\n      a\n\n        b\n   \n      c\n    EOT", "a\n\n  b\n   \nc\n"),
        ("<<-EOT\n\ttab\n\t  two\n\tEOT", "tab\n  two\n"),
        (
            "<<EOT\n  %{ for x in [1, 2] ~}\n    item ${x}\n  %{ endfor ~}\n  end\nEOT",
            "      item 1\n      item 2\n    end\n",
        ),
        ("<<EOT\na ${~ \"b\" ~}  \n   c\nEOT", "ab   c\n"),
        ("\"a %{ if true ~}   \\n   b %{~ endif } c\"", "a b c"),
        ("\"%{ if true }\\t\\\"q\\\"%{ endif }\"", "\t\"q\""),
    ] {
        assert_eq!(worth(&format!("output \"o\" {{\n  value = {text}\n}}\n"))["o"], json!(expected), "{text}");
    }
}

#[test]
fn blocks_of_resources_promise_what_their_provider_adds() {
    let report = common::check_text(
        "resource \"azurerm_app\" \"a\" {\n  identity {\n    type = \"SystemAssigned\"\n  }\n}\n\
         output \"o\" { value = [azurerm_app.a.identity[0].type, azurerm_app.a.identity[0].principal_id] }\n",
    );
    assert_eq!(errors(&report), [""; 0]);
    assert_eq!(outputs(&report)["o"][0], json!("SystemAssigned"));
    assert!(outputs(&report)["o"][1]["$unknown"].is_string());
}

#[test]
fn limits_end_in_an_error_and_the_rest_is_checked() {
    const SOUND: &str = "resource \"aws_sns_topic\" \"t\" {}\n";
    let doubling = |first: &str, next: &str| {
        let mut text = format!("locals {{\n  a0 = {first}\n");
        for at in 0..60 {
            text.push_str(&format!("  a{} = {}\n", at + 1, next.replace('@', &format!("local.a{at}"))));
        }
        text + "}\noutput \"o\" { value = local.a60 }\n"
    };
    for (text, words) in [
        ("resource \"aws_sns_topic\" \"many\" { count = 1000000 }\n".to_string(), "too many"),
        (doubling("\"0123456789abcdef\"", "\"${@}${@}\""), "longer than"),
        (doubling("[1, 2]", "[@, @]"), "parts"),
        (
            "output \"o\" { value = [for x in range(1000) : [for y in range(1000) : y]] }\n".to_string(),
            "expands to more than",
        ),
        (doubling("[1, 2]", "{ a = @, b = @ }"), "parts"),
        ("module \"m\" { source = \".\" }\n".to_string(), "levels deep"),
    ] {
        let folder = project(&[("main.tf", &text), ("sound.tf", SOUND)]);
        let started = std::time::Instant::now();
        // The stack of a test thread is small, so that the program itself is asked.
        let (report, _) = checked(folder.path(), &[]);
        let found = report["errors"].as_array().unwrap();
        let is_there = |error: &Json| {
            error["code"] == "budget-exceeded" && error["message"].as_str().unwrap_or_default().contains(words)
        };
        assert!(found.iter().any(is_there), "{words}: {found:?}");
        assert!(report["summary"]["resources"].as_u64().unwrap_or_default() >= 1, "{words}");
        assert!(started.elapsed().as_secs() < 20, "{words} took {:?}", started.elapsed());
    }
}
