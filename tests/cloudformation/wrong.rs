//! Damage, and cases that readers of templates often get wrong.

use super::{Folder, bodies, errors, texts};

#[test]
fn what_is_around_damage_is_evaluated() {
    let text = "Resources:\n  A:\n    Type: AWS::S3::Bucket\n  B:\n    Type: [AWS::S3::Bucket\n  C:\n    Type: AWS::S3::Bucket\n";
    let folder = Folder::of(&[("t.yml", text)]);
    let (report, code) = folder.json("graph", &["t.yml"]);
    assert_eq!(code, Some(2));
    assert_eq!(texts(&report["resources"], "address"), ["A", "C"]);
    assert_eq!(texts(&report["errors"], "code"), ["parse-error"]);
}

#[test]
fn a_type_that_is_no_text_costs_its_resource_alone() {
    let text = "Resources:\n  A:\n    Type: {Rain::Constant: Kind}\n  B:\n    Type:\n      - AWS::S3::Bucket\n  C:\n    Type: AWS::S3::Bucket\n";
    let folder = Folder::of(&[("t.yaml", text)]);
    let (report, code) = folder.json("graph", &["."]);
    assert_eq!(code, Some(0));
    assert_eq!(texts(&report["resources"], "address"), ["C"]);
    assert_eq!(
        errors(&report),
        [
            "t.yaml:3 invalid-template the Type of A is a mapping, so it is not checked; give it a type such as AWS::S3::Bucket",
            "t.yaml:6 invalid-template the Type of B is a list, so it is not checked; give it a type such as AWS::S3::Bucket",
        ]
    );
}

#[test]
fn a_choice_keeps_both_arms() {
    let text = "Parameters: {Open: {Type: String}}\nConditions: {Maybe: !Equals [!Ref Open, 'yes'], Always: !Equals [a, a]}\n\
                Resources:\n  A:\n    Type: T::T::T\n    Properties:\n      P: !If [Maybe, x, y]\n      Q: !If [Always, x, !GetAtt Gone.Arn]\n      \
                R: !If [Maybe, !If [Always, 1, 2], !Ref 'AWS::NoValue']\n";
    let report = Folder::of(&[("t.yaml", text)]).graph(&["."]);
    assert_eq!(
        bodies(&report),
        [concat!(
            r#"A {"P":{"$choice":[{"when":"Maybe","value":"x"},{"when":"not Maybe","value":"y"}]},"Q":"x","#,
            r#""R":{"$choice":[{"when":"Maybe","value":1},{"when":"not Maybe","value":null}]}}"#
        )]
    );
    // The arm that cannot be taken is not evaluated.
    assert_eq!(errors(&report), [""; 0]);
}

#[test]
fn loops_make_resources_also_over_what_is_not_known() {
    let text = "Transform: AWS::LanguageExtensions\nParameters: {Names: {Type: CommaDelimitedList}}\nResources:\n  \
                Fn::ForEach::Known:\n    - Name\n    - [Logs, Data]\n    - '${Name}Bucket': {Type: 'AWS::S3::Bucket', Properties: {BucketName: !Ref Name}}\n  \
                Fn::ForEach::Open:\n    - Each\n    - !Ref Names\n    - '${Each}Queue': {Type: 'AWS::SQS::Queue', Properties: {QueueName: !Sub '${Each}-q', DelaySeconds: 5}}\n";
    let report = Folder::of(&[("t.yaml", text)]).graph(&["."]);
    assert_eq!(texts(&report["resources"], "address"), ["LogsBucket", "DataBucket", "${Each}Queue"]);
    let queue = &report["resources"][2]["body"];
    assert_eq!(queue["DelaySeconds"], 5);
    assert!(queue["QueueName"]["$unknown"].as_str().unwrap().contains("parameter Names has no default"), "{queue}");
}

#[test]
fn equal_keys_name_both_places() {
    for (name, text, first, second) in [
        ("t.yaml", "Resources:\n  A: {Type: 'AWS::S3::Bucket'}\n  A: {Type: 'AWS::SQS::Queue'}\n", 2, 3),
        (
            "t.json",
            "{\"Resources\": {\n\"A\": {\"Type\": \"AWS::S3::Bucket\"},\n\"A\": {\"Type\": \"AWS::SQS::Queue\"}}}",
            2,
            3,
        ),
    ] {
        let (report, code) = Folder::of(&[(name, text)]).json("graph", &["."]);
        assert_eq!(code, Some(2), "{name}");
        let found = errors(&report);
        assert!(found[0].starts_with(&format!("{name}:{first} parse-error the key \"A\" is also in line {second}")));
        assert!(found[1].starts_with(&format!("{name}:{second} parse-error the key \"A\" is also in line {first}")));
        assert_eq!(texts(&report["resources"], "type"), ["AWS::SQS::Queue"], "{name}");
    }
}

#[test]
fn aliases_and_merges_are_followed_within_limits() {
    let text = "Resources:\n  A: &a\n    Type: T::T::T\n    Properties: &p {X: 1, Y: 2}\n  B:\n    <<: *a\n    Properties: {<<: *p, Y: 3}\n";
    let report = Folder::of(&[("t.yaml", text)]).graph(&["."]);
    assert_eq!(bodies(&report), [r#"A {"X":1,"Y":2}"#, r#"B {"Y":3,"X":1}"#]);
    let mut bomb =
        String::from("Resources:\n  A: {Type: 'T::T::T'}\nMetadata:\n  l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..9 {
        let item = format!("*l{}", level - 1);
        bomb.push_str(&format!("  l{level}: &l{level} [{}]\n", vec![item; 10].join(", ")));
    }
    let (report, code) = Folder::of(&[("t.yaml", bomb.as_str())]).json("graph", &["."]);
    assert_eq!(code, Some(2));
    assert!(errors(&report)[0].contains("aliases"), "{report:#}");
    assert_eq!(texts(&report["resources"], "address"), ["A"]);
}
