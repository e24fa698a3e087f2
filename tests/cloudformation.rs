//! CloudFormation from files to the graph: which files are templates, nested stacks, references, damage.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test says what went wrong by failing")]

use std::fs;
use std::path::Path;

use serde_json::Value as Json;

fn graph(folder: &Path, paths: &[&str]) -> (Json, Option<i32>) {
    let mut command = assert_cmd::Command::cargo_bin("phiguard").unwrap();
    let output = command.current_dir(folder).arg("graph").args(paths).args(["--format", "json"]).output().unwrap();
    (serde_json::from_slice(&output.stdout).unwrap(), output.status.code())
}

fn texts<'j>(list: &'j Json, field: &str) -> Vec<&'j str> {
    list.as_array().unwrap().iter().map(|one| one[field].as_str().unwrap()).collect()
}

#[test]
fn templates_are_found_by_content_and_nested_ones_follow() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(
        "main.yaml",
        "Resources:\n  Key: {Type: 'AWS::KMS::Key'}\n  Data:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      \
         TemplateURL: parts/data.template\n      Parameters: {Key: !GetAtt Key.Arn}\n",
    );
    write(
        "parts/data.template",
        "{\"Parameters\": {\"Key\": {\"Type\": \"String\"}}, \"Resources\": {\"Store\": {\"Type\": \"AWS::S3::Bucket\",\
         \n \"Properties\": {\"K\": {\"Ref\": \"Key\"}}}}}",
    );
    write("values.yaml", "Resources: {limits: {cpu: 1}}\n# a::b\n");
    write("package.json", "{\"name\": \"Resources::\"");
    let (report, code) = graph(folder.path(), &["."]);
    assert_eq!(code, Some(0), "{report:#}");
    assert_eq!(texts(&report["projects"], "root"), ["main.yaml"]);
    assert_eq!(texts(&report["resources"], "address"), ["Key", "Data", "Data/Store"]);
    assert_eq!(texts(&report["resources"], "dialect"), ["cloudformation"; 3]);
    assert_eq!(report["resources"][2]["file"], "parts/data.template");
    let edges: Vec<String> = report["edges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|edge| format!("{} {} {}", edge["from"], edge["via"], edge["to"]))
        .collect();
    assert!(edges.contains(&"\"Data/Store\" \"K\" \"Key\"".to_string()), "{edges:?}");
    // A template that is named stands alone; what it nests is read.
    let (alone, _) = graph(folder.path(), &["parts/data.template"]);
    assert_eq!(texts(&alone["resources"], "address"), ["Store"]);
}

#[test]
fn what_is_around_damage_is_evaluated() {
    let folder = tempfile::tempdir().unwrap();
    let text = "Resources:\n  A:\n    Type: AWS::S3::Bucket\n  B:\n    Type: [AWS::S3::Bucket\n  C:\n    Type: AWS::S3::Bucket\n";
    fs::write(folder.path().join("t.yml"), text).unwrap();
    let (report, code) = graph(folder.path(), &["t.yml"]);
    assert_eq!(code, Some(2));
    assert_eq!(texts(&report["resources"], "address"), ["A", "C"]);
    assert_eq!(texts(&report["errors"], "code"), ["parse-error"]);
}
