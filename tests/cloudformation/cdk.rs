//! The output folder of the CDK: templates, manifest, assets.

use super::{Folder, errors, texts};

const MANIFEST: &str = r#"{
  "version": "36.0.0",
  "artifacts": {
    "Clinic.assets": {"type": "cdk:asset-manifest", "properties": {"file": "Clinic.assets.json"}},
    "Clinic": {
      "type": "aws:cloudformation:stack",
      "environment": "aws://111122223333/eu-west-1",
      "properties": {"templateFile": "Clinic.template.json", "parameters": {"Stage": "prod"}, "stackName": "clinic-live"},
      "metadata": {
        "/Clinic/Records/Resource": [{"type": "aws:cdk:logicalId", "data": "Records1A2B"}],
        "/Clinic/Queue/Resource": [{"type": "aws:cdk:logicalId", "data": "Queue3C4D"}]
      }
    },
    "Tree": {"type": "cdk:tree", "properties": {"file": "tree.json"}}
  }
}"#;

const TEMPLATE: &str = r#"{
 "Parameters": {"Stage": {"Type": "String"}},
 "Resources": {
  "Records1A2B": {
   "Type": "AWS::KMS::Key",
   "Properties": {"Description": {"Fn::Join": ["-", [{"Ref": "Stage"}, {"Ref": "AWS::Region"}, {"Ref": "AWS::StackName"}]]}},
   "Metadata": {"aws:cdk:path": "Clinic/Records/FromTemplate"}
  },
  "Queue3C4D": {"Type": "AWS::SQS::Queue"},
  "Part5E6F": {
   "Type": "AWS::CloudFormation::Stack",
   "Properties": {"TemplateURL": {"Fn::Sub": "https://s3.${AWS::Region}.${AWS::URLSuffix}/assets/0a1b.json"}},
   "Metadata": {"aws:asset:path": "ClinicPart.nested.template.json", "aws:asset:property": "TemplateURL"}
  }
 }
}"#;

const NESTED: &str = r#"{"Resources": {"Inner": {"Type": "AWS::SNS::Topic",
 "Properties": {"TopicName": {"Ref": "AWS::StackName"}}, "Metadata": {"aws:cdk:path": "Clinic/Part/Inner"}}}}"#;

fn folder() -> Folder {
    Folder::of(&[
        ("cdk.out/manifest.json", MANIFEST),
        ("cdk.out/Clinic.template.json", TEMPLATE),
        ("cdk.out/ClinicPart.nested.template.json", NESTED),
        ("cdk.out/tree.json", r#"{"version": "tree-0.1", "tree": {"id": "App"}}"#),
        (".gitignore", "cdk.out\n"),
    ])
}

#[test]
fn the_manifest_says_what_templates_are_deployed_with() {
    let report = folder().graph(&["cdk.out"]);
    assert_eq!(errors(&report), [""; 0]);
    assert_eq!(texts(&report["projects"], "root"), ["cdk.out/Clinic.template.json"]);
    assert_eq!(texts(&report["resources"], "address"), ["Records1A2B", "Queue3C4D", "Part5E6F", "Part5E6F/Inner"]);
    assert_eq!(report["resources"][0]["body"]["Description"], "prod-eu-west-1-clinic-live");
    // A nested stack has a name of its own.
    assert!(report["resources"][3]["body"]["TopicName"]["$unknown"].is_string());
    // What the caller gives wins.
    let report = folder().graph(&["cdk.out", "--var", "Stage=dev", "--var", "AWS::Region=us-east-1"]);
    assert_eq!(report["resources"][0]["body"]["Description"], "dev-us-east-1-clinic-live");
}

#[test]
fn resources_name_the_construct_that_made_them() {
    let report = folder().graph(&["cdk.out"]);
    let constructs: Vec<&str> = [0, 1, 3].map(|at| report["resources"][at]["construct"].as_str().unwrap()).to_vec();
    assert_eq!(constructs, ["Clinic/Records/FromTemplate", "Clinic/Queue/Resource", "Clinic/Part/Inner"]);
}

#[test]
fn findings_name_the_construct() {
    let folder = Folder::of(&[
        (
            "own/kinds/lamp.yaml",
            "kind: lamp\ntitle: Lamp\ndescription: Shines.\nattributes:\n  lit: {type: bool, description: Whether it is on.}\n\
             types:\n  T::T::Lamp:\n    attributes:\n      lit: {from: Lit, absent: false, source: AWS}\n",
        ),
        (
            "own/encryption/dark-lamp.yaml",
            "id: dark-lamp\ntitle: A lamp is dark\nfamily: encryption\nseverity: low\nsafeguards: [164.312(a)(2)(iv)]\n\
             remediate_within_days: 30\nkinds: [lamp]\nneeds: [lit]\nfails: {attribute: lit, equals: false}\nmessage: is dark\n\
             why: It is dark.\nremedy: {summary: Light it.}\nexamples:\n  \
             - {dialect: cloudformation, provider: aws, expect: fail, title: Dark, code: \"Resources: {A: {Type: 'T::T::Lamp'}}\"}\n  \
             - {dialect: cloudformation, provider: aws, expect: pass, title: Lit, code: \"Resources: {A: {Type: 'T::T::Lamp', Properties: {Lit: true}}}\"}\n",
        ),
        (
            "t.template.json",
            r#"{"Resources": {"Lamp1A2B": {"Type": "T::T::Lamp", "Metadata": {"aws:cdk:path": "App/Lamp/Resource"}}}}"#,
        ),
    ]);
    let (report, _) = folder.json("check", &["t.template.json", "--policies", "own"]);
    assert_eq!(report["findings"][0]["resource"]["construct"], "App/Lamp/Resource", "{report:#}");
    let (out, error, _) = folder.run(&["check", "t.template.json", "--policies", "own"]);
    assert!(out.contains("Lamp1A2B (App/Lamp/Resource): is dark"), "{out}{error}");
}
