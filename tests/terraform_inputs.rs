//! Terraform beyond expressions: the files a module is read from, the values its variables take, providers, data
//! sources, what a plan refuses, and the limits. What is expected here is what `terraform plan` (1.11) shows.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by failing"
)]

mod common;

#[path = "terraform_inputs/blocks.rs"]
mod blocks;
#[path = "terraform_inputs/expressions.rs"]
mod expressions;
#[path = "terraform_inputs/json_syntax.rs"]
mod json_syntax;

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
