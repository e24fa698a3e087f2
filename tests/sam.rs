//! The serverless transform from templates to the graph: what its resources become, and where that stands.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by failing"
)]

mod common;

#[path = "sam/cases.rs"]
mod cases;

use cases::CASES;
use serde_json::{Value as Json, json};

fn graph(text: &str) -> Json {
    let folder = common::project(&[("template.yaml", text)]);
    common::program::graph(folder.path(), &["template.yaml"])
}

/// The resources as `address type line`, sorted by address.
fn resources(report: &Json) -> Vec<String> {
    let one = |resource: &Json| {
        let text = |field: &str| resource[field].as_str().unwrap().to_string();
        format!(
            "{} {} {}",
            text("address"),
            text("type").trim_start_matches("AWS::"),
            resource["range"]["start"]["line"]
        )
    };
    let mut all: Vec<String> = report["resources"].as_array().unwrap().iter().map(one).collect();
    all.sort();
    all
}

/// A value in the body of a resource.
fn at<'r>(report: &'r Json, address: &str, pointer: &str) -> &'r Json {
    let all = report["resources"].as_array().unwrap();
    let resource = all.iter().find(|resource| resource["address"] == address);
    resource.unwrap_or_else(|| panic!("there is no {address}"))["body"].pointer(pointer).unwrap_or(&Json::Null)
}

/// A template, the resources that it becomes, and values in their bodies.
struct Case {
    name: &'static str,
    text: &'static str,
    resources: &'static [&'static str],
    values: &'static [(&'static str, &'static str, &'static str)],
}

#[test]
fn resources_become_what_the_transform_makes_of_them() {
    for case in CASES {
        let report = graph(case.text);
        assert_eq!(resources(&report), case.resources, "{}", case.name);
        for (address, pointer, expected) in case.values {
            let expected: Json = serde_json::from_str(expected).unwrap();
            assert_eq!(at(&report, address, pointer), &expected, "{}: {address} {pointer}", case.name);
        }
    }
}

#[test]
fn what_is_made_hangs_on_the_conditions_of_its_source() {
    let text = "Parameters: {Open: {Type: String}}
Conditions:
  Never: !Equals [a, b]
  Here: !Equals [!Ref Open, here]
  There: !Equals [!Ref Open, there]
Resources:
  Gone:
    Type: AWS::Serverless::Function
    Condition: Never
    Properties: {Handler: a.b, Runtime: python3.12, InlineCode: pass, Events: {A: {Type: Schedule, Properties: {Schedule: rate(1 day)}}}}
  One:
    Type: AWS::Serverless::Function
    Condition: Here
    Properties: {Handler: a.b, Runtime: python3.12, InlineCode: pass, Events: {A: {Type: Api, Properties: {Path: /a, Method: get}}}}
  Other:
    Type: AWS::Serverless::Function
    Condition: There
    Properties: {Handler: a.b, Runtime: python3.12, InlineCode: pass, Events: {A: {Type: Api, Properties: {Path: /b, Method: get}}}}
";
    let report = graph(text);
    let all = report["resources"].as_array().unwrap();
    let hangs: Vec<(&str, &str)> = all
        .iter()
        .map(|one| (one["address"].as_str().unwrap(), one["condition"].as_str().unwrap_or_default()))
        .collect();
    assert_eq!(
        hangs,
        [
            ("One", "Here"),
            ("OneRole", "Here"),
            ("OneAPermissionProd", "Here"),
            ("Other", "There"),
            ("OtherRole", "There"),
            ("OtherAPermissionProd", "There"),
            ("ServerlessRestApi", "ServerlessRestApiCondition"),
            ("ServerlessRestApiDeployment", "ServerlessRestApiCondition"),
            ("ServerlessRestApiProdStage", "ServerlessRestApiCondition"),
        ]
    );
    assert_eq!(report["errors"], json!([]));
}

#[test]
fn what_cannot_be_expanded_is_told_and_the_rest_is_there() {
    let text = "Resources:
  Odd: {Type: AWS::Serverless::Thing}
  Job:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Runtime: python3.12
      CodeUri: ./src
      Policies: [{Nonsense: {}}]
      Events:
        Bucket: {Type: S3, Properties: {Bucket: elsewhere, Events: 's3:*'}}
        Strange: {Type: Telegram}
  Link:
    Type: AWS::Serverless::Connector
    Properties: {Source: {Id: Job}, Destination: {Id: Nobody}, Permissions: [Read]}
";
    let report = graph(text);
    let errors = report["errors"].as_array().unwrap();
    let lines: Vec<i64> = errors.iter().map(|error| error["range"]["start"]["line"].as_i64().unwrap()).collect();
    assert_eq!(lines, [2, 9, 11, 12, 15], "{errors:#?}");
    assert!(errors.iter().all(|error| error["code"] == "invalid-template"), "{errors:#?}");
    let addresses: Vec<String> = resources(&report);
    assert_eq!(
        addresses,
        [
            "Job Lambda::Function 3",
            "JobBucketPermission Lambda::Permission 11",
            "JobRole IAM::Role 3",
            "Odd Serverless::Thing 2",
        ]
    );
}
