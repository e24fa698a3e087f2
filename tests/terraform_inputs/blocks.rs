//! Blocks: providers, data sources, what deploys nothing, what a plan refuses.

use super::*;

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
fn blocks_of_resources_promise_what_their_provider_adds() {
    let report = common::check_text(
        "resource \"azurerm_app\" \"a\" {\n  identity {\n    type = \"SystemAssigned\"\n  }\n}\n\
         output \"o\" { value = [azurerm_app.a.identity[0].type, azurerm_app.a.identity[0].principal_id] }\n",
    );
    assert_eq!(errors(&report), [""; 0]);
    assert_eq!(outputs(&report)["o"][0], json!("SystemAssigned"));
    assert!(outputs(&report)["o"][1]["$unknown"].is_string());
}
