//! Which files are templates, and files that templates put in.

use super::{Folder, bodies, errors, texts};

#[test]
fn templates_are_found_by_content_and_nested_ones_follow() {
    let folder = Folder::of(&[
        (
            "main.yaml",
            "Resources:\n  Key: {Type: 'AWS::KMS::Key'}\n  Data:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      \
             TemplateURL: parts/data.template\n      Parameters: {Key: !GetAtt Key.Arn}\n",
        ),
        (
            "parts/data.template",
            "{\"Parameters\": {\"Key\": {\"Type\": \"String\"}}, \"Resources\": {\"Store\": {\"Type\": \"AWS::S3::Bucket\",\
             \n \"Properties\": {\"K\": {\"Ref\": \"Key\"}}}}}",
        ),
        ("values.yaml", "Resources: {limits: {cpu: 1}}\n# a::b\n"),
        ("package.json", "{\"name\": \"Resources::\"}"),
    ]);
    let (report, code) = folder.json("graph", &["."]);
    assert_eq!(code, Some(0), "{report:#}");
    assert_eq!(texts(&report["projects"], "root"), ["main.yaml"]);
    assert_eq!(texts(&report["resources"], "address"), ["Key", "Data", "Data/Store"]);
    assert_eq!(texts(&report["resources"], "dialect"), ["cloudformation"; 3]);
    assert_eq!(report["resources"][2]["file"], "parts/data.template");
    assert!(super::edges(&report).contains(&"Data/Store K -> Key".to_string()), "{report:#}");
    // A template that is named stands alone; what it nests is read.
    let alone = folder.graph(&["parts/data.template"]);
    assert_eq!(texts(&alone["resources"], "address"), ["Store"]);
}

#[test]
fn every_document_of_a_file_is_a_template_of_its_own() {
    let folder = Folder::of(&[(
        "both.yaml",
        "Resources: {A: {Type: 'AWS::S3::Bucket'}}\n---\nkind: Other\n---\nResources:\n  A: {Type: 'AWS::SQS::Queue'}\n",
    )]);
    let report = folder.graph(&["."]);
    assert_eq!(texts(&report["projects"], "root"), ["both.yaml", "both.yaml#3"]);
    assert_eq!(texts(&report["resources"], "type"), ["AWS::S3::Bucket", "AWS::SQS::Queue"]);
    assert_eq!(report["resources"][1]["range"]["start"]["line"], 6);
    let (check, _) = folder.json("check", &["."]);
    assert_eq!(check["summary"]["files"], 1);
}

#[test]
fn included_files_take_the_place_of_the_macro() {
    let folder = Folder::of(&[
        (
            "t.yaml",
            "Transform:\n  Name: AWS::Include\n  Parameters: {Location: parts/mappings.yaml}\n\
             Resources:\n  Fn::Transform:\n    Name: AWS::Include\n    Parameters: {Location: ./parts/more.json}\n  \
             A:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: !FindInMap [M, a, b]\n      \
             Fn::Transform: {Name: AWS::Include, Parameters: {Location: parts/properties.yaml}}\n",
        ),
        ("parts/mappings.yaml", "Mappings: {M: {a: {b: name}}}\n"),
        ("parts/more.json", "{\"B\": {\"Type\": \"AWS::SQS::Queue\"}}"),
        ("parts/properties.yaml", "BucketName: other\nTags: [{Key: k, Value: !Ref AWS::NoValue}]\n"),
    ]);
    let report = folder.graph(&["t.yaml"]);
    assert_eq!(errors(&report), [""; 0]);
    // What the template says itself holds.
    assert_eq!(bodies(&report), [r#"A {"BucketName":"name","Tags":[{"Key":"k"}]}"#, "B {}"]);
    assert_eq!(report["resources"][1]["file"], "parts/more.json");
}

#[test]
fn files_to_include_that_are_not_here_are_named() {
    let folder = Folder::of(&[(
        "t.yaml",
        "Resources:\n  Fn::Transform: {Name: AWS::Include, Parameters: {Location: 's3://b/x.yaml'}}\n  \
         A:\n    Type: AWS::S3::Bucket\n    Properties:\n      \
         Fn::Transform: {Name: AWS::Include, Parameters: {Location: gone.yaml}}\n",
    )]);
    let report = folder.graph(&["."]);
    let found = errors(&report);
    assert_eq!(texts(&report["errors"], "code")[..2], ["missing-module"; 2], "{found:?}");
    assert!(found.iter().any(|error| error.contains("(s3://b/x.yaml) is not on this disk")), "{found:?}");
    assert!(found.iter().any(|error| error.starts_with("t.yaml:6 missing-module") && error.contains("(gone.yaml)")));
    assert_eq!(texts(&report["resources"], "address"), ["A"]);
}
