//! What templates are worth: expressions in a scope, resources and their conditions, loops, nested stacks.

use std::path::PathBuf;

use super::load::Workspace;
use super::*;
use crate::parse::{documents, json};
use crate::source::SourceMap;
use crate::value::{Known, Part, to_json};

const SCOPE: &str = "
Parameters:
  Str: {Type: String, Default: hello}
  Num: {Type: Number, Default: 42}
  List: {Type: CommaDelimitedList, Default: 'a, b ,c'}
  Open: {Type: String}
  Stage: {Type: String, AllowedValues: [dev, prod]}
  Only: {Type: String, AllowedValues: [one]}
  Secret: {Type: String, Default: x, NoEcho: true}
  Ami: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /ami}
Mappings:
  Sizes:
    dev: {Size: 1, Same: x}
    prod: {Size: 2, Same: x}
Conditions:
  Always: !Equals [a, a]
  Never: !Not [!Condition Always]
  Maybe: !Equals [!Ref Open, x]
  Round: !Not [{Condition: Round}]
Resources:
  Bucket: {Type: 'AWS::S3::Bucket'}
";

fn parse(
    source: crate::source::SourceId,
    text: &str,
    only_json: bool,
) -> (Option<Node>, Vec<crate::parse::SyntaxError>) {
    let read = documents::parse(source, text, only_json, json::Options::STRICT);
    (read.trees.into_iter().next(), read.errors)
}

fn workspace(files: &[(&str, &str)]) -> Workspace {
    let mut sources = SourceMap::new();
    let mut workspace = Workspace::default();
    for (name, text) in files {
        let path = PathBuf::from("/t").join(name);
        let (root, errors) = parse(sources.next_id(), text, false);
        assert_eq!(errors, [], "{name}");
        sources.add(path.clone(), (*name).into(), (*text).into());
        workspace.add(Template::new(path, 0, root.unwrap()));
    }
    workspace
}

fn input<'w>(workspace: &'w Workspace) -> Input<'w> {
    let region = (EcoString::from("AWS::Region"), Value::string("eu-west-1"));
    Input {
        workspace,
        template: workspace.get(Path::new("/t/main.yaml")),
        inputs: FxHashMap::default(),
        pseudo: FxHashMap::from_iter([region]),
        exports: Box::leak(Box::default()),
        project: 0,
    }
}

/// What an expression is worth, as JSON; "removed" or "error: ..." otherwise.
fn worth(workspace: &Workspace, expression: &str) -> String {
    let id = SourceMap::new().id_ahead(9);
    let (node, _) = parse(id, expression, false);
    match evaluate_expression(input(workspace), &node.unwrap()) {
        Ok(Some(value)) => to_json(&value).to_string(),
        Ok(None) => "removed".into(),
        Err(message) => format!("error: {message}"),
    }
}

#[test]
fn expressions_are_worth_what_cloudformation_makes_of_them() {
    let workspace = workspace(&[("main.yaml", SCOPE)]);
    for (expression, expected) in [
        // Names
        ("!Ref Str", r#""hello""#),
        ("{Ref: Num}", r#""42""#),
        ("!Ref List", r#"["a","b","c"]"#),
        ("!Ref Only", r#""one""#),
        ("!Ref Secret", r#"{"$sensitive":true}"#),
        ("!Sub 'a${Secret}'", r#"{"$sensitive":true}"#),
        ("!Ref AWS::NoValue", "removed"),
        ("!Ref AWS::Region", r#""eu-west-1""#),
        ("!Ref AWS::AccountId", r#"{"$unknown":"the account is known only at deployment"}"#),
        ("!Ref Ami", r#"{"$unknown":"parameter Ami is read from the parameter store /ami at deployment"}"#),
        ("!Ref Nope", "error: there is no parameter or resource Nope in this template"),
        ("!GetAtt Bucket.Arn", r#"{"$unknown":"Bucket.Arn is known only after deployment"}"#),
        ("!GetAtt [Bucket, Arn]", r#"{"$unknown":"Bucket.Arn is known only after deployment"}"#),
        ("!GetAtt Bucket", "error: Fn::GetAtt takes a resource and its attribute"),
        // Choices
        (
            "!Ref Stage",
            r#"{"$choice":[{"when":"Stage is \"dev\"","value":"dev"},{"when":"Stage is \"prod\"","value":"prod"}]}"#,
        ),
        (
            "!FindInMap [Sizes, !Ref Stage, Size]",
            r#"{"$choice":[{"when":"Stage is \"dev\"","value":1},{"when":"Stage is \"prod\"","value":2}]}"#,
        ),
        ("!FindInMap [Sizes, !Ref Stage, Same]", r#""x""#),
        ("!FindInMap [Sizes, !Ref Open, Same]", r#""x""#),
        ("!Equals [!Ref Stage, test]", "false"),
        (
            "!Join ['', [!Ref Stage, !Ref Stage]]",
            concat!(
                r#"{"$choice":[{"when":"Stage is \"dev\"","value":"devdev"},"#,
                r#"{"when":"Stage is \"prod\"","value":"prodprod"}]}"#
            ),
        ),
        // Texts and lists
        ("!Base64\n  Fn::Sub: 'x${Str}'", r#""eGhlbGxv""#),
        ("!Sub ['${A}-${Str}', {A: !Ref Num}]", r#""42-hello""#),
        ("!Sub '${!Str}'", r#""${Str}""#),
        ("!Join ['-', [a, !If [Never, b, !Ref AWS::NoValue], c]]", r#""a-c""#),
        ("!Select ['1', !Split [',', 'x,y']]", r#""y""#),
        ("!Select [2, [a]]", "error: Fn::Select: a list of 1 has no index 2"),
        ("Fn::Length: !Ref List", "3"),
        ("Fn::ToJsonString: {b: [1, !Ref Str], a: null}", r#""{\"b\":[1,\"hello\"],\"a\":null}""#),
        ("!Cidr [10.0.0.0/22, 3, 8]", r#"["10.0.0.0/24","10.0.1.0/24","10.0.2.0/24"]"#),
        ("!Cidr ['2001:db8::/56', 2, 64]", r#"["2001:db8::/64","2001:db8:0:1::/64"]"#),
        ("!Cidr [10.0.0.0/24, 3, 8]", "error: Fn::Cidr: 10.0.0.0/24 has no room for 3 blocks whose hosts have 8 bits"),
        ("!Cidr ['::/0', 1, 128]", r#"["::/0"]"#),
        // Conditions
        ("!If [Always, 1, 2]", "1"),
        ("!If [Maybe, 1, 1]", "1"),
        (
            "!If [Maybe, 1, !Ref AWS::NoValue]",
            r#"{"$choice":[{"when":"Maybe","value":1},{"when":"not Maybe","value":null}]}"#,
        ),
        ("!Or [!Condition Maybe, !Condition Always]", "true"),
        ("!And [!Condition Maybe, !Condition Never]", "false"),
        ("!And [!Condition Maybe, !Condition Always]", r#"{"$unknown":"parameter Open has no default"}"#),
        ("!If [Round, 1, 2]", "error: condition Round refers to itself"),
        ("!If [Nope, 1, 2]", "error: condition Nope is not declared; add it to Conditions"),
        // What is no function
        ("{Condition: {StringEquals: {a: b}}}", r#"{"Condition":{"StringEquals":{"a":"b"}}}"#),
        ("{a: !Ref AWS::NoValue, b: [!Ref AWS::NoValue, 1]}", r#"{"b":[1]}"#),
        ("!Nope x", "error: there is no function Fn::Nope"),
    ] {
        assert_eq!(worth(&workspace, expression), expected, "{expression}");
    }
}

#[test]
fn what_is_known_of_a_text_is_kept_with_its_references() {
    let workspace = workspace(&[("main.yaml", SCOPE)]);
    let (node, _) = parse(SourceMap::new().next_id(), "!Sub 'arn:${Bucket.Arn}/${Str}/*'", false);
    let value = evaluate_expression(input(&workspace), &node.unwrap()).unwrap().unwrap();
    let Data::Unknown(unknown) = &value.data else { panic!("{value:?}") };
    let Known::Template(parts) = &unknown.known else { panic!("{unknown:?}") };
    let texts: Vec<&str> = parts
        .iter()
        .map(|part| match part {
            Part::Text(text) => text.as_str(),
            Part::Hole(_) => "?",
        })
        .collect();
    assert_eq!(texts, ["arn:", "?", "/hello/*"]);
    assert_eq!(value.origin.references(), [Reference { address: "Bucket".into(), attribute: "Arn".into() }]);
}

/// Addresses with conditions and bodies.
fn resources(evaluated: &Evaluated) -> Vec<String> {
    let body = |resource: &crate::evaluate::Resource| to_json(&Value::map((*resource.body).clone())).to_string();
    let condition = |resource: &crate::evaluate::Resource| {
        resource.condition.as_ref().map(|condition| format!(" if {condition}")).unwrap_or_default()
    };
    evaluated
        .resources
        .iter()
        .map(|resource| format!("{}{} {}", resource.address, condition(resource), body(resource)))
        .collect()
}

#[test]
fn resources_hang_on_their_conditions() {
    let text = "
Parameters: {Open: {Type: String}}
Conditions:
  Never: !Equals [a, b]
  Maybe: !Equals [!Ref Open, x]
Resources:
  Gone: {Type: 'A::B::C', Condition: Never}
  Hangs:
    Type: A::B::C
    Condition: Maybe
    Properties: {P: !If [Maybe, 1, 2]}
  Stays:
    Type: A::B::C
    Properties: {P: !If [Maybe, 1, 2], Q: !If [Never, 1, !Ref AWS::NoValue]}
  Broken: {Properties: {}}
Outputs:
  O: {Value: !Ref Stays}
  Not: {Condition: Never, Value: 1}
";
    let workspace = workspace(&[("main.yaml", text)]);
    let evaluated = evaluate(input(&workspace));
    assert_eq!(
        resources(&evaluated),
        [
            r#"Hangs if Maybe {"P":1}"#,
            r#"Stays {"P":{"$choice":[{"when":"Maybe","value":1},{"when":"not Maybe","value":2}]}}"#,
        ]
    );
    assert_eq!(evaluated.outputs.len(), 1);
    assert_eq!(evaluated.errors.len(), 1);
    assert_eq!(evaluated.errors[0].code, Code::InvalidTemplate);
}

#[test]
fn loops_make_entries() {
    let text = "
Transform: AWS::LanguageExtensions
Parameters: {Names: {Type: CommaDelimitedList, Default: 'a-1,b'}, Open: {Type: CommaDelimitedList}}
Resources:
  'Fn::ForEach::Outer':
    - X
    - !Ref Names
    - 'Fn::ForEach::Inner':
        - Y
        - [p, q]
        - 'R&{X}${Y}':
            Type: A::B::C
            Properties:
              N: !Sub '${X}/${Y}'
              R: !Ref X
              'Fn::ForEach::Keys': [K, [k1, k2], {'${K}': !Ref K}]
  'Fn::ForEach::Unknown':
    - Z
    - !Ref Open
    - 'U${Z}': {Type: 'A::B::C', Properties: {P: '${Z}-x', Q: !Sub '${Z}', S: !Ref Z, T: 1}}
      'V&{Z}': {Type: 'A::B::C', Properties: {P: !GetAtt 'U${Z}.Arn'}}
";
    let workspace = workspace(&[("main.yaml", text)]);
    let evaluated = evaluate(input(&workspace));
    assert_eq!(
        resources(&evaluated),
        [
            r#"Ra1p {"N":"a-1/p","R":"a-1","k1":"k1","k2":"k2"}"#,
            r#"Ra1q {"N":"a-1/q","R":"a-1","k1":"k1","k2":"k2"}"#,
            r#"Rbp {"N":"b/p","R":"b","k1":"k1","k2":"k2"}"#,
            r#"Rbq {"N":"b/q","R":"b","k1":"k1","k2":"k2"}"#,
            // One stands for all whose number is not known.
            concat!(
                r#"U${Z} {"P":{"$unknown":"what the loop goes through is not known: parameter Open has no default"},"#,
                r#""Q":{"$unknown":"what the loop goes through is not known: parameter Open has no default"},"#,
                r#""S":{"$unknown":"what the loop goes through is not known: parameter Open has no default"},"T":1}"#
            ),
            r#"V${Z} {"P":{"$unknown":"U${Z}.Arn is known only after deployment"}}"#,
        ]
    );
    assert_eq!(evaluated.errors, []);
}

#[test]
fn nested_stacks_are_evaluated_with_their_parameters() {
    let main = "
Resources:
  Key: {Type: 'AWS::KMS::Key'}
  Child:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: ./sub/child.yaml
      Parameters: {Name: x, Key: !GetAtt Key.Arn}
  Uses:
    Type: A::B::C
    Properties: {P: !GetAtt Child.Outputs.Name, Q: !GetAtt Child.Outputs.Id}
  Far:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: 'https://example.com/t.yaml'}
";
    let child = "
Parameters: {Name: {Type: String}, Key: {Type: String}}
Resources:
  B: {Type: 'AWS::S3::Bucket', Properties: {BucketName: !Ref Name, K: !Ref Key}}
Outputs:
  Name: {Value: !Ref Name}
  Id: {Value: !Ref B}
";
    let workspace = workspace(&[("main.yaml", main), ("sub/child.yaml", child)]);
    let evaluated = evaluate(input(&workspace));
    let addresses: Vec<&str> = evaluated.resources.iter().map(|resource| resource.address.as_str()).collect();
    assert_eq!(addresses, ["Key", "Child", "Child/B", "Uses", "Far"]);
    assert_eq!(evaluated.resources[2].calls[0].address, "Child");
    assert_eq!(
        resources(&evaluated)[3],
        r#"Uses {"P":"x","Q":{"$unknown":"the id of B is known only after deployment"}}"#
    );
    let references = |at: usize| {
        let mut found: Vec<String> = Vec::new();
        Value::map((*evaluated.resources[at].body).clone())
            .each_reference(&mut |reference| found.push(format!("{}.{}", reference.address, reference.attribute)));
        found
    };
    assert_eq!(references(2), ["Key.Arn"]);
    assert_eq!(references(3), ["Child.Outputs.Name", "Child/B.", "Child.Outputs.Id"]);
    assert_eq!(evaluated.errors.iter().map(|error| error.code).collect::<Vec<_>>(), [Code::MissingModule]);
}

#[test]
fn loops_within_a_budget() {
    let mut body = String::from("{'x${A}${B}${C}${D}': {Type: 'A::B::C'}}");
    let items: Vec<String> = (0..40).map(|n| n.to_string()).collect();
    for name in ["D", "C", "B", "A"] {
        body = format!("{{'Fn::ForEach::{name}': [{name}, [{}], {body}]}}", items.join(","));
    }
    let workspace = workspace(&[("main.yaml", &format!("Resources: {body}"))]);
    let evaluated = evaluate(input(&workspace));
    assert_eq!(evaluated.errors.first().map(|error| error.code), Some(Code::BudgetExceeded));
}

#[test]
fn templates_are_told_by_their_content() {
    for (text, expected) in [
        ("AWSTemplateFormatVersion: 2010-09-09", true),
        ("Resources: {A: {Type: 'AWS::S3::Bucket'}}", true),
        ("Resources: {A: {Type: 'Custom::Thing'}}", true),
        ("{\"Resources\": {\"Fn::ForEach::X\": [\"A\", [], {\"${A}\": {\"Type\": \"A::B::C\"}}]}}", true),
        ("Resources: {A: {Type: plain}}", false),
        ("kind: Deployment", false),
        ("[1]", false),
    ] {
        let (root, _) = parse(SourceMap::new().next_id(), text, false);
        assert_eq!(is_template(&root.unwrap()), expected, "{text}");
    }
}
