//! Where the values stand that the transform makes.

use std::path::PathBuf;

use super::super::load::Workspace;
use super::super::{Exports, Input, Template, evaluate};
use crate::parse::yaml;
use crate::source::SourceMap;
use crate::value::Value;

const TEXT: &str = "
Globals:
  Function:
    MemorySize: 512
Resources:
  Job:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: s3://bucket/key
      Handler: a.b
      Tracing: Active
      Tags: {owner: x}
      Policies:
        - S3ReadPolicy: {BucketName: records}
      Events:
        Read:
          Type: Api
          Properties: {Path: /a, Method: get}
";

#[test]
fn every_value_stands_at_what_it_is_made_from() {
    let mut sources = SourceMap::new();
    let path = PathBuf::from("/t/main.yaml");
    let mut parsed = yaml::parse(sources.next_id(), TEXT);
    assert_eq!(parsed.errors, []);
    sources.add(path.clone(), "main.yaml".into(), TEXT.into());
    let mut workspace = Workspace::default();
    workspace.add(Template::new(path.clone(), 0, parsed.documents.remove(0)));
    let exports = Exports::default();
    let input = Input {
        workspace: &workspace,
        template: workspace.get(&path),
        inputs: Default::default(),
        pseudo: Default::default(),
        exports: &exports,
        project: 0,
    };
    let evaluated = evaluate(input);
    assert_eq!(evaluated.errors, []);
    for (address, steps, expected) in [
        ("Job", &[][..], "Job"),
        ("Job", &["Handler"], "a.b"),
        ("Job", &["MemorySize"], "512"),
        ("Job", &["Code", "S3Bucket"], "s3://bucket/key"),
        ("Job", &["TracingConfig"], "Tracing"),
        ("Job", &["TracingConfig", "Mode"], "Active"),
        ("Job", &["Tags", "1", "Value"], "x"),
        ("JobRole", &[], "Job"),
        ("JobRole", &["AssumeRolePolicyDocument"], "Job"),
        ("JobRole", &["ManagedPolicyArns", "1"], "Tracing"),
        ("JobRole", &["Policies", "0", "PolicyName"], "S3ReadPolicy: {BucketName: records}"),
        ("JobReadPermissionProd", &[], "Read"),
        ("JobReadPermissionProd", &["Principal"], "Read"),
        ("ServerlessRestApi", &["Body", "paths", "/a", "get"], "Read"),
        ("ServerlessRestApiProdStage", &["StageName"], "Read"),
    ] {
        let resource = evaluated.resources.iter().find(|resource| resource.address == address).unwrap();
        let mut span = resource.header;
        let mut value = Value::map((*resource.body).clone());
        for step in steps {
            value = match step.parse::<usize>() {
                Ok(at) => value.as_list().unwrap()[at].clone(),
                Err(_) => value.get(step).unwrap_or_else(|| panic!("{address} {steps:?}")).value.clone(),
            };
            span = value.origin.span;
        }
        assert_eq!(TEXT.get(span.start as usize..span.end as usize), Some(expected), "{address} {steps:?}");
        assert!(resource.span.start <= resource.header.start && resource.header.end <= resource.span.end);
    }
}
