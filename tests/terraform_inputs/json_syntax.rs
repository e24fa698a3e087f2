//! The JSON syntax of Terraform, its places, and its damage.

use super::common::{addresses, body, check, errors, project};
use super::{Json, outputs};

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
