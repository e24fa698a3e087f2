//! Templates as users write them, and the resources that they deploy.

mod nested;

use std::path::PathBuf;

use super::load::{Workspace, parse};
use super::{Deployment, Input, Template, evaluate};
use crate::evaluate::{Evaluated, Resource};
use crate::source::SourceMap;
use crate::value::{Data, Value, to_json};

/// Evaluates the first of some templates, each a file name and what stands between its outer braces.
fn deploy(files: &[(&str, &str)]) -> (Evaluated, SourceMap) {
    let mut sources = SourceMap::new();
    let mut workspace = Workspace::default();
    for (name, content) in files {
        let text = format!(
            r##"{{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", {content}}}"##
        );
        let path = PathBuf::from("/t").join(name);
        let id = sources.add(path.clone(), (*name).into(), text.as_str().into());
        let parsed = parse(id, &text);
        assert_eq!(parsed.errors, [], "{text}");
        workspace.templates.insert(path.clone(), Template { path, root: parsed.root.unwrap() });
    }
    let input = Input {
        workspace: &workspace,
        sources: &sources,
        path: PathBuf::from("/t").join(files[0].0),
        inputs: Default::default(),
        deployment: Deployment { group: Value::string("rg"), ..Deployment::default() },
        project: 0,
        within: Default::default(),
    };
    (evaluate(input), sources)
}

/// A resource in one line: address, `?condition`, body, and `-> address` for what it refers to.
fn shown(resource: &Resource) -> String {
    let body = Value::new(Data::Map(resource.body.clone()));
    let mut line = resource.address.to_string();
    if let Some(condition) = &resource.condition {
        line.push_str(&format!(" ?{condition}"));
    }
    if resource.existing {
        line.push_str(" existing");
    }
    if !resource.body.entries.is_empty() {
        line.push_str(&format!(" {}", to_json(&body)));
    }
    let mut targets = Vec::new();
    body.each_reference(&mut |reference| {
        if !targets.contains(&reference.address) {
            targets.push(reference.address.clone());
        }
    });
    for target in targets {
        line.push_str(&format!(" -> {target}"));
    }
    line
}

/// Checks what the first of some templates deploys, and the messages of what is wrong.
fn check(files: &[(&str, &str)], resources: &[&str], errors: &[&str]) {
    let (evaluated, _) = deploy(files);
    let found: Vec<String> = evaluated.resources.iter().map(shown).collect();
    assert_eq!(found, resources, "{files:?}");
    let found: Vec<&str> = evaluated.errors.iter().map(|error| error.message.as_str()).collect();
    assert_eq!(found.len(), errors.len(), "{found:?}");
    for (found, expected) in found.iter().zip(errors) {
        assert!(found.starts_with(expected), "{found}\n{expected}");
    }
}

fn one(content: &str, resources: &[&str]) {
    check(&[("main.json", content)], resources, &[]);
}

#[test]
fn parameters_are_defaults_choices_secrets_or_unknown() {
    one(
        r##""languageVersion": "2.0",
        "definitions": {"tier": {"type": "string", "allowedValues": ["low", "high"]}},
        "parameters": {
            "Default": {"type": "string", "defaultValue": "[concat('a', 'b')]"},
            "choice": {"type": "string", "allowedValues": ["x", "y"]},
            "typed": {"$ref": "#/definitions/tier"},
            "secret": {"type": "secureString", "defaultValue": "hush"},
            "maybe": {"type": "string", "nullable": true},
            "open": {"type": "int"}},
        "variables": {"v": {"inner": "[parameters('DEFAULT')]"}},
        "resources": [{"type": "N.S/t", "apiVersion": "1", "name": "a", "properties": {
            "default": "[variables('v').inner]", "choice": "[parameters('choice')]",
            "typed": "[equals(parameters('typed'), 'low')]", "secret": "[parameters('secret')]",
            "maybe": "[parameters('maybe')]", "open": "[parameters('open')]", "literal": "[[x]"}}]"##,
        &[concat!(
            r#"N.S/t/a {"properties":{"default":"ab","#,
            r#""choice":{"$choice":[{"when":"choice is \"x\"","value":"x"},{"when":"choice is \"y\"","value":"y"}]},"#,
            r#""typed":{"$choice":[{"when":"typed is \"low\"","value":true},{"when":"typed is \"high\"","value":false}]},"#,
            r#""secret":{"$sensitive":true},"maybe":null,"open":{"$unknown":"parameter open has no default"},"#,
            r#""literal":"[x]"}}"#
        )],
    );
}

#[test]
fn copies_repeat_resources_properties_and_variables() {
    one(
        r#""variables": {"copy": [{"name": "names", "count": 2, "input": "[concat('n', copyIndex('names'))]"}]},
        "resources": [{"type": "N.S/t", "apiVersion": "1", "name": "[concat('a', copyIndex(1))]",
            "copy": {"name": "loop", "count": "[length(variables('names'))]"},
            "properties": {"copy": [{"name": "list", "count": 2, "input": {
                "outer": "[variables('names')[copyIndex()]]", "inner": "[copyIndex('list')]"}}]}}]"#,
        &[
            r#"N.S/t/a1 {"properties":{"list":[{"outer":"n0","inner":0},{"outer":"n0","inner":1}]}}"#,
            r#"N.S/t/a2 {"properties":{"list":[{"outer":"n1","inner":0},{"outer":"n1","inner":1}]}}"#,
        ],
    );
    // A number of turns that is not known is one turn that stands for all; none is none.
    one(
        r#""parameters": {"n": {"type": "int"}},
        "resources": [
            {"type": "N.S/t", "apiVersion": "1", "name": "[concat('a', copyIndex())]",
             "copy": {"name": "loop", "count": "[parameters('n')]"}},
            {"type": "N.S/t", "apiVersion": "1", "name": "b", "copy": {"name": "never", "count": 0}}]"#,
        &["N.S/t/a{parameters('n')}"],
    );
    // Names that are not known still tell the turns apart.
    one(
        r#""parameters": {"p": {"type": "string"}},
        "resources": [{"type": "N.S/t", "apiVersion": "1", "name": "[trim(concat(parameters('p'), copyIndex()))]",
            "copy": {"name": "loop", "count": 2}}]"#,
        &["N.S/t/{trim(concat(parameters('p'), 0))}", "N.S/t/{trim(concat(parameters('p'), 1))}"],
    );
}

#[test]
fn conditions_remove_keep_or_stay() {
    one(
        r#""parameters": {"on": {"type": "bool"}},
        "resources": [
            {"type": "N.S/t", "apiVersion": "1", "name": "no", "condition": "[equals(1, 2)]"},
            {"type": "N.S/t", "apiVersion": "1", "name": "yes", "condition": true},
            {"type": "N.S/t", "apiVersion": "1", "name": "may", "condition": "[parameters('on')]",
             "properties": {"inside": "[if(parameters('on'), 1, 2)]"},
             "resources": [{"type": "c", "apiVersion": "1", "name": "d"}]}]"#,
        &[
            "N.S/t/yes",
            r#"N.S/t/may ?parameters('on') {"properties":{"inside":1}}"#,
            r#"N.S/t/c/may/d ?parameters('on') {"parent":"N.S/t/may"} -> N.S/t/may"#,
        ],
    );
}

#[test]
fn what_azure_makes_by_itself_between_two_levels_need_not_be_declared() {
    one(
        r#""resources": [
            {"type": "N.S/t", "apiVersion": "1", "name": "a"},
            {"type": "N.S/t/u/v", "apiVersion": "1", "name": "a/default/x"},
            {"type": "N.S/t/u/v", "apiVersion": "1", "name": "b/default/x"}]"#,
        &["N.S/t/a", r#"N.S/t/u/v/a/default/x {"parent":"N.S/t/a"} -> N.S/t/a"#, "N.S/t/u/v/b/default/x"],
    );
}

#[test]
fn levels_of_a_split_name_mean_the_resource_of_the_whole_name() {
    one(
        r#""parameters": {"p": {"type": "string"}, "id": {"type": "string"}},
        "resources": [
            {"type": "N.S/t/c", "apiVersion": "1", "name": "[format('{0}/records', parameters('p'))]"},
            {"type": "E.X/e", "apiVersion": "1", "name": "e", "scope": "[resourceId('N.S/t/c',
                split(format('{0}/records', parameters('p')), '/')[0], split(format('{0}/records', parameters('p')), '/')[1])]",
             "properties": {
                "known": "[split(format('{0}/records-{1}/x', parameters('p'), parameters('p')), '/')[2]]",
                "beyond": "[split(format('{0}/records', parameters('p')), '/')[7]]",
                "whole": "[split(parameters('id'), '/')[0]]",
                "of_id": "[split(concat(resourceId('N.S/t', 'x'), '/c'), '/')[2]]"}}]"#,
        &[
            r#"N.S/t/c/{p}/records"#,
            concat!(
                r#"E.X/e/e {"scope":{"$unknown":"the subscription is known at deployment"},"properties":{"known":"x","#,
                r#""beyond":{"$unknown":"parameter p has no default"},"whole":{"$unknown":"parameter id has no default"},"#,
                r#""of_id":{"$unknown":"the subscription is known at deployment"}}} -> N.S/t/c/{p}/records"#
            ),
        ],
    );
}

#[test]
fn ids_and_names_that_mean_a_resource_refer_to_it() {
    one(
        r#""parameters": {"p": {"type": "string"}},
        "variables": {"name": "[concat('x', uniqueString(resourceGroup().id))]"},
        "resources": [
            {"type": "N.S/t", "apiVersion": "1", "name": "[variables('name')]"},
            {"type": "n.s/T/child", "apiVersion": "1", "name": "[concat(variables('name'), '/c')]"},
            {"type": "N.S/u", "apiVersion": "1", "name": "[parameters('p')]", "properties": {
                "id": "[resourceId('n.s/t', variables('name'))]"}},
            {"type": "E.X/e", "apiVersion": "1", "name": "e", "scope": "[format('N.S/u/{0}', parameters('p'))]",
             "dependsOn": ["[concat('N.S/t/', variables('name'))]"],
             "properties": {"state": "[reference(parameters('p')).x]"}},
            {"type": "N.S/t/providers/e", "apiVersion": "1", "name": "[concat(variables('name'), '/E.X/own')]"}]"#,
        &[
            "N.S/t/x{uniqueString(resourceGroup().id)}",
            concat!(
                r#"n.s/T/child/x{uniqueString(resourceGroup().id)}/c {"parent":"N.S/t/x{uniqueString(resourceGroup().id)}"}"#,
                " -> N.S/t/x{uniqueString(resourceGroup().id)}"
            ),
            concat!(
                r#"N.S/u/{p} {"properties":{"id":{"$unknown":"the subscription is known at deployment"}}}"#,
                " -> N.S/t/x{uniqueString(resourceGroup().id)}"
            ),
            concat!(
                r#"E.X/e/e {"scope":{"$unknown":"parameter p has no default"},"#,
                r#""dependsOn":[{"$unknown":"the subscription is known at deployment"}],"#,
                r#""properties":{"state":{"$unknown":"the state of a resource is known only at deployment"}}}"#,
                " -> N.S/u/{p} -> N.S/t/x{uniqueString(resourceGroup().id)}"
            ),
            concat!(
                r#"N.S/t/providers/e/x{uniqueString(resourceGroup().id)}/E.X/own "#,
                r#"{"scope":"N.S/t/x{uniqueString(resourceGroup().id)}"} -> N.S/t/x{uniqueString(resourceGroup().id)}"#
            ),
        ],
    );
}

#[test]
fn symbolic_names_and_functions_of_the_template() {
    one(
        r#""languageVersion": "2.0",
        "functions": [{"namespace": "my", "members": {"join": {
            "parameters": [{"name": "a", "type": "string"}],
            "output": {"type": "string", "value": "[concat(parameters('a'), '-', parameters('A'))]"}}}}],
        "resources": {
            "vault": {"existing": true, "type": "N.S/v", "apiVersion": "1", "name": "v"},
            "thing": {"type": "N.S/t", "apiVersion": "1", "name": "[my.join('x')]", "dependsOn": ["vault"],
                "properties": {"uri": "[reference('vault').uri]"}}}"#,
        &[
            "N.S/v/v existing",
            concat!(
                r#"N.S/t/x-x {"dependsOn":["vault"],"properties":"#,
                r#"{"uri":{"$unknown":"the state of a resource is known only at deployment"}}} -> N.S/v/v"#
            ),
        ],
    );
}

#[test]
fn what_is_wrong_costs_as_little_as_possible() {
    check(
        &[(
            "main.json",
            r#""variables": {"loop": "[variables('loop')]"},
            "resources": [
                "no resource",
                {"apiVersion": "1", "name": "untyped"},
                {"type": "N.S/t", "apiVersion": "1", "name": "a", "properties": {
                    "bad": "[concat('x']", "none": "[parameters('none')]", "ring": "[variables('loop')]", "good": 1}},
                {"type": "N.S/t", "apiVersion": "1", "name": "b", "copy": {"name": "c", "count": 801}}]"#,
        )],
        &[concat!(
            r#"N.S/t/a {"properties":{"#,
            r#""bad":{"$unknown":"its expression has an error: expected \",\" or \")\" after an argument, but found the end of the expression"},"#,
            r#""none":{"$unknown":"its expression has an error: there is no parameter none in this template"},"#,
            r#""ring":{"$unknown":"its expression has an error: loop refers to itself"},"good":1}}"#
        )],
        &[
            "a resource is an object, not a string",
            "this resource has no type",
            "the count of a copy is a number from 0 to 800, not 801",
            "expected \",\" or \")\"",
            "there is no parameter none",
            "loop refers to itself",
        ],
    );
}

#[test]
fn what_grows_without_end_is_refused() {
    let nest = |inner: &str| {
        let calls = "createArray(".repeat(100) + inner + &")".repeat(100);
        format!("{}\"[{calls}]\"{}", "[".repeat(90), "]".repeat(90))
    };
    let deep: Vec<String> =
        (0..400).map(|at| format!("\"v{at}\": {}", nest(&format!("variables('v{}')", at + 1)))).collect();
    let wide: Vec<String> = (0..60)
        .map(|at| format!("\"v{at}\": \"[createArray(variables('v{0}'), variables('v{0}'))]\"", at + 1))
        .collect();
    for (variables, last) in [(deep.join(", "), 400), (wide.join(", "), 60)] {
        let content = format!(
            r#""variables": {{{variables}, "v{last}": 1}},
            "resources": [{{"type": "N.S/t", "apiVersion": "1", "name": "a", "p": "[variables('v0')]", "q": 1}}]"#
        );
        let run = move || {
            let (evaluated, _) = deploy(&[("main.json", &content)]);
            assert!(evaluated.errors.iter().all(|error| error.code == crate::evaluate::Code::BudgetExceeded));
            assert!(!evaluated.errors.is_empty());
            evaluated.resources[0].body.get("q").is_some()
        };
        // Runs have threads with stacks of this size.
        let thread = std::thread::Builder::new().stack_size(64 * 1024 * 1024).spawn(run).unwrap();
        assert!(thread.join().unwrap());
    }
}

#[test]
fn values_and_errors_point_at_what_is_written() {
    let content = r#""parameters": {"p": {"type": "bool", "defaultValue": false}},
        "resources": [{"type": "N.S/t", "apiVersion": "1", "name": "a", "properties": {
            "on": "[parameters('p')]", "esc": "[concat('\u0041', nope())]"}}]"#;
    let (evaluated, sources) = deploy(&[("main.json", content)]);
    let properties = &evaluated.resources[0].body.get("properties").unwrap().value;
    let on = properties.get("on").unwrap();
    assert_eq!(sources.text(on.span), r#""[parameters('p')]""#);
    assert_eq!(sources.text(on.value.origin.span), "false");
    assert_eq!(on.value.origin.steps().iter().map(|step| step.name.as_str()).collect::<Vec<_>>(), ["p"]);
    assert_eq!(sources.text(evaluated.resources[0].header), r#""type": "N.S/t""#);
    assert_eq!(sources.text(evaluated.errors[0].span), "nope()");
}

#[test]
fn templates_are_told_from_what_looks_like_them() {
    let schema = |name: &str| {
        format!(r##"{{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/{name}#", "resources": []}}"##)
    };
    let cases = [
        (schema("deploymentTemplate.json"), true),
        (schema("subscriptionDeploymentTemplate.json"), true),
        (schema("managementGroupDeploymentTemplate.json"), true),
        (schema("tenantDeploymentTemplate.json"), true),
        (schema("deploymentParameters.json"), false),
        (r##"{"$schema": "https://schema.management.azure.com/schemas/0.1.2-preview/CreateUIDefinition.MultiVm.json#"}"##.into(), false),
        (r#"{"resources": [{"type": "Microsoft.Web/sites", "apiVersion": "2020-01-01", "name": "x"}]}"#.into(), true),
        (r#"{"resources": [{"type": "other", "apiVersion": "v1"}]}"#.into(), false),
        (r#"{"policyRule": {"then": {"details": {"deployment": {}}}}}"#.into(), false),
        ("[]".into(), false),
    ];
    for (text, expected) in cases {
        let root = parse(SourceMap::new().next_id(), &text).root.unwrap();
        assert_eq!(super::is_template(&root), expected, "{text}");
        assert!(!expected || super::template::may_be(&text), "{text}");
    }
}

#[test]
fn azure_s_own_json_is_read() {
    let text = "{ // a comment\n \"a\": \"two\nlines\", /* b */ \"b\": [1,], }";
    assert_eq!(parse(SourceMap::new().next_id(), text).errors, []);
    let damaged = parse(SourceMap::new().next_id(), "{\n \"a\": \"x,\n \"b\": 1\n}");
    assert!(damaged.errors[0].message.contains("not closed on its line"));
}
