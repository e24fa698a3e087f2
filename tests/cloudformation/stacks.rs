//! What ties resources and stacks: arguments and outputs of nested stacks, bodies of stack sets, exports, order.

use super::{Folder, bodies, edges, errors, texts};

#[test]
fn arguments_of_nested_stacks_decide_what_they_deploy() {
    let folder = Folder::of(&[
        (
            "main.yaml",
            "Resources:\n  One:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: child.yaml, Parameters: {Public: 'yes'}}\n  \
             Two:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: ./child.yaml}\n  \
             Uses:\n    Type: AWS::SSM::Parameter\n    Properties: {Value: !GetAtt One.Outputs.Mode}\n",
        ),
        (
            "child.yaml",
            "Parameters: {Public: {Type: String, Default: 'no'}}\nConditions: {Is: !Equals [!Ref Public, 'yes']}\n\
             Resources:\n  B: {Type: 'AWS::S3::Bucket', Properties: {AccessControl: !If [Is, PublicRead, Private]}}\n  \
             P: {Type: 'AWS::S3::BucketPolicy', Condition: Is, Properties: {Bucket: !Ref B}}\n\
             Outputs: {Mode: {Value: !If [Is, open, closed]}}\n",
        ),
    ]);
    let report = folder.graph(&["."]);
    let bodies = bodies(&report);
    assert_eq!(bodies[1], r#"One/B {"AccessControl":"PublicRead"}"#);
    assert!(bodies[2].starts_with("One/P "), "{bodies:?}");
    assert_eq!(bodies[4], r#"Two/B {"AccessControl":"Private"}"#);
    assert_eq!(bodies[5], r#"Uses {"Value":"open"}"#);
}

#[test]
fn templates_in_stack_sets_are_evaluated_at_their_places() {
    let folder = Folder::of(&[
        (
            "set.yaml",
            "Resources:\n  Set:\n    Type: AWS::CloudFormation::StackSet\n    Properties:\n      StackSetName: s\n      \
             Parameters: [{ParameterKey: Name, ParameterValue: logs}]\n      TemplateBody: |\n        \
             Parameters: {Name: {Type: String}}\n        Resources:\n          B:\n            Type: AWS::S3::Bucket\n            \
             Properties:\n              BucketName: !Ref Name\n",
        ),
        (
            "set.json",
            r#"{"Resources": {"Set": {"Type": "AWS::CloudFormation::StackSet", "Properties": {
               "TemplateBody": "{\"Resources\": {\"Q\": {\"Type\": \"AWS::SQS::Queue\"}}}"}}}}"#,
        ),
    ]);
    let report = folder.graph(&["set.yaml", "set.json"]);
    assert_eq!(errors(&report), [""; 0]);
    assert_eq!(texts(&report["resources"], "address"), ["Set", "Set/Q", "Set", "Set/B"]);
    let bucket = &report["resources"][3];
    assert_eq!(bucket["body"]["BucketName"], "logs");
    assert_eq!((&bucket["file"], &bucket["range"]["start"]["line"]), (&"set.yaml".into(), &10.into()));
    assert_eq!(report["resources"][1]["range"]["start"]["line"], 2);
}

#[test]
fn imports_are_what_other_templates_export() {
    let folder = Folder::of(&[
        (
            "a.yaml",
            "Parameters: {Key: {Type: String}}\nResources:\n  Known: {Type: 'T::T::T', Properties: {P: !ImportValue size, Q: !ImportValue key}}\n  \
             Likely: {Type: 'T::T::T', Properties: {P: !ImportValue 'shared-TopicArn'}}\n  \
             Two: {Type: 'T::T::T', Properties: {P: !ImportValue twice}}\n  \
             None: {Type: 'T::T::T', Properties: {P: !ImportValue gone}}\n",
        ),
        (
            "b.yaml",
            "Resources: {Key: {Type: 'AWS::KMS::Key'}, Topic: {Type: 'AWS::SNS::Topic'}}\nOutputs:\n  \
             Size: {Value: 7, Export: {Name: size}}\n  Key: {Value: !GetAtt Key.Arn, Export: {Name: !Join ['', [k, ey]]}}\n  \
             Topic: {Value: !Ref Topic, Export: {Name: !Sub '${AWS::StackName}-TopicArn'}}\n  \
             Twice: {Value: 1, Export: {Name: twice}}\n",
        ),
        ("c.yaml", "Resources: {X: {Type: 'T::T::T'}}\nOutputs:\n  Twice: {Value: 2, Export: {Name: twice}}\n"),
    ]);
    let report = folder.graph(&["."]);
    let unknown = |at: usize, name: &str| report["resources"][at]["body"][name]["$unknown"].as_str().unwrap();
    assert_eq!(report["resources"][0]["body"]["P"], 7);
    assert_eq!(unknown(0, "Q"), "Key.Arn is known only after deployment");
    assert_eq!(unknown(1, "P"), "export shared-TopicArn is that of a stack whose name is not known");
    assert_eq!(unknown(2, "P"), "export twice is that of one of 2 stacks");
    assert_eq!(unknown(3, "P"), "export gone is that of another stack");
    assert_eq!(edges(&report), ["Known Q -> Key", "Likely P -> Topic"]);
}

#[test]
fn what_is_made_first_is_an_edge_but_configures_nothing() {
    let folder = Folder::of(&[(
        "t.yaml",
        "Resources:\n  A: {Type: 'AWS::S3::Bucket', DeletionPolicy: Retain, UpdateReplacePolicy: Snapshot, DependsOn: B}\n  \
         B: {Type: 'AWS::S3::Bucket', DependsOn: [C, Gone]}\n  C: {Type: 'AWS::SQS::Queue'}\n",
    )]);
    let report = folder.graph(&["."]);
    assert_eq!(edges(&report), ["A DependsOn => B", "B DependsOn => C"]);
    let settings = &report["resources"][0]["settings"];
    assert_eq!(settings["DeletionPolicy"], "Retain");
    assert_eq!(settings["UpdateReplacePolicy"], "Snapshot");
    assert_eq!(
        errors(&report),
        ["t.yaml:3 invalid-template there is no resource Gone in this template, so nothing can depend on it"]
    );
}

#[test]
fn tables_read_what_stands_beside_the_properties() {
    let folder = Folder::of(&[
        (
            "own/kinds/keepsake.yaml",
            "kind: keepsake\ntitle: Keepsake\ndescription: Holds data.\nattributes:\n  \
             kept: {type: bool, description: Whether it stays when its stack goes.}\ntypes:\n  T::T::Store:\n    attributes:\n      \
             kept: {from: $DeletionPolicy, as: {one_of: [Retain, Snapshot]}, absent: false, source: AWS}\n",
        ),
        ("t.yaml", "Resources:\n  A: {Type: 'T::T::Store', DeletionPolicy: Retain}\n  B: {Type: 'T::T::Store'}\n"),
    ]);
    let report = folder.graph(&["t.yaml", "--policies", "own"]);
    assert_eq!(report["resources"][0]["attributes"]["kept"], true, "{report:#}");
    assert_eq!(report["resources"][1]["attributes"]["kept"], false);
}
