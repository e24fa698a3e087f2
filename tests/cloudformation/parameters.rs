//! Parameter files in the forms of the AWS command line, and values that parameters refuse.

use super::{Folder, errors};

const TEMPLATE: &str = "Parameters:\n  Size: {Type: Number, MaxValue: 9, Default: 1}\n  Stage: {Type: String, AllowedValues: [dev, prod]}\n  \
                        Zones: {Type: CommaDelimitedList, Default: ''}\n  Name: {Type: String, AllowedPattern: '[a-z]+', Default: ''}\n\
                        Resources:\n  A:\n    Type: T::T::T\n    Properties: {Size: !Ref Size, Stage: !Ref Stage, Zones: !Ref Zones, Name: !Ref Name}\n";

#[test]
fn the_three_forms_say_the_same() {
    let folder = Folder::of(&[
        ("t.yaml", TEMPLATE),
        (
            "p/list.json",
            r#"[{"ParameterKey": "Size", "ParameterValue": "3"}, {"ParameterKey": "Stage", "ParameterValue": "prod"},
                {"ParameterKey": "Zones", "ParameterValue": "a,b"}, {"ParameterKey": "Name", "ParameterValue": "x"}]"#,
        ),
        ("p/map.json", r#"{"Parameters": {"Size": 3, "Stage": "prod", "Zones": ["a", "b"], "Name": "x"}, "Tags": {}}"#),
        ("p/texts.json", r#"["Size=3", "Stage=prod", "Zones=a,b", "Name=x"]"#),
    ]);
    for form in ["p/list.json", "p/map.json", "p/texts.json"] {
        let report = folder.graph(&["t.yaml", "--parameters", form]);
        assert_eq!(errors(&report), [""; 0], "{form}");
        let expected = r#"{"Size":"3","Stage":"prod","Zones":["a","b"],"Name":"x"}"#;
        assert_eq!(report["resources"][0]["body"].to_string(), expected, "{form}");
    }
}

#[test]
fn later_files_win_and_previous_values_are_not_known() {
    let folder = Folder::of(&[
        ("t.yaml", TEMPLATE),
        ("a.json", r#"["Size=3", "Name=a"]"#),
        ("b.json", r#"[{"ParameterKey": "Stage", "UsePreviousValue": true}, "Size=4"]"#),
    ]);
    let report = folder.graph(&["t.yaml", "--parameters", "a.json", "--parameters", "b.json", "--var", "Name=v"]);
    let body = &report["resources"][0]["body"];
    assert_eq!((&body["Size"], &body["Name"]), (&"4".into(), &"v".into()));
    assert_eq!(body["Stage"]["$unknown"], "parameter Stage keeps the value of the last deployment");
}

#[test]
fn values_that_are_not_allowed_are_errors_at_their_places() {
    let folder =
        Folder::of(&[("t.yaml", TEMPLATE), ("p.json", "[\"Size=10\",\n \"Stage=test\",\n \"Name=X\",\n \"Other=1\"]")]);
    let report = folder.graph(&["t.yaml", "--parameters", "p.json"]);
    assert_eq!(
        errors(&report),
        [
            "p.json:1 evaluation-error parameter Size cannot be \"10\": it is at most 9",
            "p.json:2 evaluation-error parameter Stage cannot be \"test\": it allows dev, prod",
            "p.json:3 evaluation-error parameter Name cannot be \"X\": it must match [a-z]+",
            "p.json:4 evaluation-error no template here has a parameter Other; correct the name, or remove it",
        ]
    );
    assert!(report["resources"][0]["body"]["Size"]["$unknown"].is_string());
    // A default that is not allowed asks for a value.
    let report = folder.graph(&["t.yaml"]);
    assert_eq!(errors(&report), [""; 0]);
    assert_eq!(report["resources"][0]["body"]["Name"]["$unknown"], "parameter Name has no default");
}

#[test]
fn parameter_files_of_azure_are_taken_too() {
    let folder = Folder::of(&[
        (
            "main.json",
            r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0",
                "parameters": {"name": {"type": "string"}}, "resources": [{"type": "Microsoft.Storage/storageAccounts",
                "apiVersion": "2023-01-01", "name": "[parameters('name')]", "location": "x", "tags": {"n": "[parameters('name')]"}}]}"#,
        ),
        (
            "values.json",
            r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
                "contentVersion": "1.0.0.0", "parameters": {"name": {"value": "records"}}}"#,
        ),
    ]);
    let report = folder.graph(&["main.json", "--parameters", "values.json"]);
    assert_eq!(report["resources"][0]["body"]["tags"]["n"], "records", "{report:#}");
}

#[test]
fn files_that_are_no_parameter_files_are_wrong_use() {
    let folder = Folder::of(&[
        ("t.yaml", TEMPLATE),
        ("flat.json", r#"{"Size": "3"}"#),
        ("bad.json", "[\n  {\"ParameterKey\": \"Size\"}\n]"),
        ("broken.json", "[\"a=b\""),
    ]);
    for (file, expected) in [
        ("flat.json", "parameter file flat.json line 1, column 1: a parameter file is [{"),
        ("bad.json", "parameter file bad.json line 2, column 3: Size has no ParameterValue"),
        ("broken.json", "parameter file broken.json line 1"),
        ("gone.json", "parameter file gone.json cannot be read"),
    ] {
        let (_, error, code) = folder.run(&["check", "t.yaml", "--parameters", file]);
        assert_eq!(code, Some(2), "{file}");
        assert!(error.contains(expected), "{file}: {error}");
    }
}

#[test]
fn pseudo_parameters_may_be_given() {
    let folder = Folder::of(&[("t.yaml", "Resources: {A: {Type: 'T::T::T', Properties: {R: !Ref 'AWS::Region'}}}\n")]);
    let report = folder.graph(&["t.yaml", "--var", "AWS::Region=eu-west-1"]);
    assert_eq!(report["resources"][0]["body"]["R"], "eu-west-1");
}
