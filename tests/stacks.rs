//! What Terraform deploys as CloudFormation: the templates of its stacks, and the types of the Cloud Control provider.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by failing"
)]

mod common;

#[path = "stacks/azure.rs"]
mod azure;

use common::{addresses, body, check, check_text, check_with, errors, project};
use phiguard::catalogue::Catalogue;
use phiguard::evaluate::Dialect;
use phiguard::report::Report;
use serde_json::json;

/// The text at which a resource's declaration starts.
fn header<'r>(report: &'r Report, address: &str) -> &'r str {
    let resource = report.graph.resources.iter().find(|one| one.address == address).unwrap();
    report.sources.text(resource.header)
}

#[test]
fn a_template_made_by_jsonencode_has_the_places_and_ways_of_its_values() {
    let report = check_text(
        r#"
variable "name" {}
variable "password" {
  sensitive = true
  default   = "hush"
}
resource "aws_kms_key" "k" {}
resource "aws_cloudformation_stack" "s" {
  count = 1
  name  = "data"
  parameters = { Versions = "Enabled" }
  template_body = jsonencode({
    Parameters = { Versions = { Type = "String" } }
    Conditions = { On = { "Fn::Equals" = [{ Ref = "Versions" }, "Enabled"] }, Off = { "Fn::Not" = [{ Condition = "On" }] } }
    Resources = {
      Bucket = {
        Type = "AWS::S3::Bucket"
        Properties = {
          BucketName = var.name
          Secret     = var.password
          Versions   = { Status = { Ref = "Versions" } }
          Key        = aws_kms_key.k.arn
          Joined     = { "Fn::Join" = ["-", ["a", { Ref = "AWS::Region" }]] }
        }
      }
      Gone = { Type = "AWS::S3::Bucket", Condition = "Off" }
    }
  })
}
"#,
    );
    assert_eq!(errors(&report), Vec::<String>::new());
    let address = "aws_cloudformation_stack.s[0]/Bucket";
    assert_eq!(addresses(&report), ["aws_kms_key.k", "aws_cloudformation_stack.s[0]", address]);
    let inner = &report.graph.resources[2];
    assert_eq!((inner.type_.as_str(), inner.dialect), ("AWS::S3::Bucket", Dialect::CloudFormation));
    assert_eq!(inner.calls[0].address, "aws_cloudformation_stack.s[0]");
    let found = body(&report, address);
    assert_eq!(found["BucketName"], json!({"$unknown": "variable \"name\" has no value"}));
    assert_eq!(found["Secret"], json!({"$sensitive": true}));
    assert_eq!(found["Versions"], json!({"Status": "Enabled"}));
    // What the key is, the graph says: the reference leads out of the template.
    let edges: Vec<String> = report
        .graph
        .edges
        .iter()
        .map(|edge| format!("{} {}", report.graph.resources[edge.from].address, edge.via))
        .collect();
    assert!(edges.contains(&format!("{address} Key")), "{edges:?}");
    assert_eq!(report.sources.text(inner.body.get("BucketName").unwrap().span), "var.name");
    assert_eq!(header(&report, address), "Bucket = {");
}

#[test]
fn a_template_in_a_heredoc_has_the_places_of_its_lines() {
    let text = r#"
variable "region" {}
resource "aws_cloudformation_stack" "plain" {
  name          = "a"
  template_body = <<EOT
Resources:
  Store:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: first
EOT
}
module "m" {
  source = "./m"
  region = var.region
}
"#;
    let module = r#"
variable "region" {}
resource "aws_cloudformation_stack" "indented" {
  name          = "b"
  template_body = <<-EOT
    {
      "Resources": {
        "Queue": {
          "Type": "AWS::SQS::Queue",
          "Properties": {
            "QueueName": "in-${var.region}-out",
            "Url": {"Fn::Sub": "https://${var.region}.example.org/$${AWS::Region}"},
            "Visible": 30
          }
        }
      }
    }
  EOT
}
"#;
    let folder = project(&[("main.tf", text), ("m/main.tf", module)]);
    let report = check(folder.path());
    assert_eq!(errors(&report), Vec::<String>::new());
    let address = "module.m.aws_cloudformation_stack.indented/Queue";
    assert_eq!(header(&report, "aws_cloudformation_stack.plain/Store"), "Store");
    assert_eq!(header(&report, address), "\"Queue\"");
    let queue = report.graph.resources.iter().find(|one| one.address == address).unwrap();
    assert_eq!(report.sources.text(queue.body.get("Visible").unwrap().span), "30");
    let line = report.sources.text(queue.body.get("QueueName").unwrap().span);
    assert_eq!(line, "\"QueueName\": \"in-${var.region}-out\",");
    let found = body(&report, address);
    assert_eq!(found["QueueName"], json!({"$unknown": "variable \"region\" has no value"}));
    assert_eq!(found["Url"], json!({"$unknown": "variable \"region\" has no value"}));
    assert_eq!(queue.calls.len(), 2);
}

#[test]
fn a_template_from_a_file_is_that_file_with_the_parameters_of_the_stack() {
    let folder = project(&[
        (
            "main.tf",
            "resource \"aws_cloudformation_stack\" \"s\" {\n  name = \"s\"\n  template_body = file(\"${path.module}/stacks/t.yaml\")\n  \
             parameters = {\n    Name = \"given\"\n    Days = 7\n  }\n}\n",
        ),
        (
            "stacks/t.yaml",
            "Parameters:\n  Name: {Type: String, Default: other}\n  Days: {Type: Number}\nResources:\n  Store:\n    Type: AWS::S3::Bucket\n    \
             Properties:\n      BucketName: !Ref Name\n      Days: !Ref Days\n",
        ),
        ("stacks/alone.yaml", "Resources:\n  Store:\n    Type: AWS::S3::Bucket\n"),
    ]);
    let report = check(folder.path());
    assert_eq!(errors(&report), Vec::<String>::new());
    assert_eq!(addresses(&report), ["aws_cloudformation_stack.s", "aws_cloudformation_stack.s/Store", "Store"]);
    let roots: Vec<&str> = report.projects.iter().map(|project| project.root.as_str()).collect();
    assert_eq!(roots, [".", "stacks/alone.yaml"]);
    assert_eq!(report.sources.name(report.graph.resources[1].header), "stacks/t.yaml");
    assert_eq!(body(&report, "aws_cloudformation_stack.s/Store"), json!({"BucketName": "given", "Days": "7"}));
}

#[test]
fn templates_that_cannot_be_seen_are_told() {
    let cases = [
        (
            "template_url = \"https://x.example.org/t\"",
            "missing-module the template of aws_cloudformation_stack.s is not known (https://x.example.org/t is not fetched",
        ),
        (
            "template_body = var.t",
            "missing-module the template of aws_cloudformation_stack.s is not known (variable \"t\" has no value)",
        ),
        (
            "template_body = \"just words\"",
            "invalid-template the template of aws_cloudformation_stack.s is no CloudFormation template",
        ),
        ("template_body = \"{\\\"Resources\\\": {\"", "parse-error"),
        ("name = \"s\"", "missing-module the template of aws_cloudformation_stack.s is not known (nothing names it)"),
    ];
    for (written, expected) in cases {
        let report = check_text(&format!(
            "variable \"t\" {{}}\nresource \"aws_cloudformation_stack\" \"s\" {{\n  {written}\n}}\n"
        ));
        let said = errors(&report);
        assert!(said.len() == 1 && said[0].contains(expected), "{written}: {said:?}");
    }
    let hidden = check_text(
        "variable \"t\" {\n  sensitive = true\n  default = \"Resources: {A: {Type: 'AWS::S3::Bucket', Properties: {B: [x]}}}\"\n}\n\
         resource \"aws_cloudformation_stack\" \"s\" {\n  template_body = var.t\n}\n",
    );
    assert_eq!(body(&hidden, "aws_cloudformation_stack.s/A")["B"], json!([{"$sensitive": true}]));
}

#[test]
fn stacks_in_plans_are_evaluated_too() {
    let plan = json!({
        "format_version": "1.2", "terraform_version": "1.11.4",
        "resource_changes": [{
            "address": "aws_cloudformation_stack.s", "mode": "managed", "type": "aws_cloudformation_stack", "name": "s",
            "change": {"actions": ["create"], "after": {
                "parameters": {"N": "x"},
                "template_body": "{\"Parameters\": {\"N\": {\"Type\": \"String\"}}, \"Resources\": {\"A\": {\"Type\": \
                    \"AWS::S3::Bucket\", \"Properties\": {\"BucketName\": {\"Ref\": \"N\"}}}}}"},
                "after_unknown": {"id": true}, "after_sensitive": {}},
        }],
    });
    let folder = project(&[("plan.json", &plan.to_string())]);
    let report = check(folder.path());
    assert_eq!(errors(&report), Vec::<String>::new());
    assert_eq!(body(&report, "aws_cloudformation_stack.s/A"), json!({"BucketName": "x"}));
}

#[test]
fn cloud_control_types_are_judged_as_those_of_cloudformation() {
    let catalogue: Catalogue = serde_json::from_value(json!({
        "kinds": [{
            "kind": "object_store", "title": "Store",
            "attributes": {"key": {"type": "string"}, "versioned": {"type": "bool"}, "rules": {"type": "list"},
                "logged": {"type": "bool"}},
            "types": {"AWS::S3::Bucket": {
                "name": "BucketName", "identity": ["Ref"],
                "attributes": {
                    "key": {"from": "BucketEncryption.ServerSideEncryptionConfiguration.ServerSideEncryptionByDefault.KMSMasterKeyID"},
                    "versioned": {"from": "VersioningConfiguration.Status", "as": [{"equals": "Enabled"}], "absent": false},
                    "rules": {"each": "LifecycleConfiguration.Rules", "fields": {"days": {"from": "ExpirationInDays"}}},
                    "logged": {"absent": false},
                },
                "companions": [{"type": "AWS::S3::LogTarget", "by": "BucketName",
                    "attributes": {"logged": {"value": true}}}],
            }},
        }],
        "policies": [], "safeguards": [],
        "services": {"exact": {}, "prefix": {
            "AWS::S3::": {"service": "Amazon S3", "covered": "yes"},
            "awscc_": {"service": "(generic)", "covered": "unknown"},
        }},
    }))
    .unwrap();
    let folder = project(&[(
        "main.tf",
        r#"
resource "awscc_s3_bucket" "b" {
  bucket_name = "phi"
  bucket_encryption = {
    server_side_encryption_configuration = [{
      server_side_encryption_by_default = { sse_algorithm = "aws:kms", kms_master_key_id = "alias/phi" }
    }]
  }
  versioning_configuration = { status = "Enabled" }
  lifecycle_configuration  = { rules = [{ expiration_in_days = 30 }] }
}
resource "awscc_s3_bucket" "other" {}
resource "awscc_s3_log_target" "l" {
  bucket_name = awscc_s3_bucket.other.id
}
resource "awscc_dynamodb_table" "t" {}
"#,
    )]);
    let report = check_with(folder.path(), |request| request.catalogue = Some(Box::leak(Box::new(catalogue))));
    let node = &report.nodes[0];
    assert_eq!((node.kind, node.name.as_deref()), (Some("object_store"), Some("phi")));
    let text = |name: &str| phiguard::value::to_json(&node.attributes.get(name).unwrap().value);
    assert_eq!(text("key"), json!("alias/phi"));
    assert_eq!(text("versioned"), json!(true));
    assert_eq!(text("rules"), json!([{"days": 30}]));
    assert_eq!(text("logged"), json!(false));
    assert_eq!(report.sources.text(node.attributes.get("key").unwrap().span), "\"alias/phi\"");
    assert_eq!(node.facts.get("service").unwrap().value.as_str(), Some("Amazon S3"));
    let other = &report.nodes[1];
    assert_eq!(phiguard::value::to_json(&other.attributes.get("logged").unwrap().value), json!(true));
    // The type that is told stays the provider's.
    assert_eq!(report.graph.resources[0].type_, "awscc_s3_bucket");
    assert_eq!(report.nodes[3].kind, None);
}
