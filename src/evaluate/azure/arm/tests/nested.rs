//! Templates inside and beside others.

use super::{deploy, shown};
use crate::value::to_json;

#[test]
fn nested_deployments_have_their_own_scope_or_the_one_around() {
    let content = r#""parameters": {"p": {"type": "string", "defaultValue": "outer"}},
        "resources": [
            {"type": "Microsoft.Resources/deployments", "apiVersion": "1", "name": "inner", "properties": {
                "expressionEvaluationOptions": {"scope": "Inner"},
                "parameters": {"p": {"value": "[concat(parameters('p'), '!')]"}},
                "template": {"parameters": {"p": {"type": "string"}},
                    "resources": [{"type": "N.S/t", "apiVersion": "1", "name": "[parameters('p')]"}],
                    "outputs": {"o": {"type": "string", "value": "[parameters('p')]"}}}}},
            {"type": "Microsoft.Resources/deployments", "apiVersion": "1", "name": "shared",
             "resourceGroup": "other", "copy": {"name": "loop", "count": 2}, "properties": {
                "template": {"parameters": {"p": {"type": "string"}}, "resources": [
                    {"type": "N.S/t", "apiVersion": "1", "name": "[concat(parameters('p'), copyIndex())]",
                     "properties": {"group": "[resourceGroup().name]"}}]}}},
            {"type": "N.S/u", "apiVersion": "1", "name": "u", "properties": {
                "o": "[reference('inner').outputs.o.value]"}}]"#;
    let (evaluated, _) = deploy(&[("main.json", content)]);
    assert_eq!(evaluated.errors, []);
    let found: Vec<String> = evaluated
        .resources
        .iter()
        .filter(|resource| resource.type_ != "Microsoft.Resources/deployments")
        .map(|resource| format!("{} in {}", shown(resource), resource.calls.len()))
        .collect();
    assert_eq!(
        found,
        [
            "N.S/t/outer! in 1",
            r#"N.S/t/outer0 {"properties":{"group":"other"}} in 1"#,
            r#"N.S/t/outer1 {"properties":{"group":"other"}} in 1"#,
            r#"N.S/u/u {"properties":{"o":"outer!"}} -> Microsoft.Resources/deployments/inner in 0"#,
        ]
    );
}

#[test]
fn parameters_of_nested_deployments_may_be_given_as_expressions() {
    let with = |parameters: &str| {
        format!(
            r##""parameters": {{"o": {{"type": "object", "defaultValue": {{"kept": 1}}}}, "c": {{"type": "bool"}}}},
            "resources": [{{"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "n",
            "properties": {{"expressionEvaluationOptions": {{"scope": "inner"}}, "parameters": {parameters}, "template": {{
            "parameters": {{"r": {{"type": "int", "defaultValue": 7}}}},
            "resources": [{{"type": "A.B/c", "apiVersion": "1", "name": "x", "r": "[parameters('r')]"}}]}}}}}}]"##
        )
    };
    let value = |parameters: &str| {
        let (evaluated, _) = deploy(&[("main.json", &with(parameters))]);
        assert_eq!(evaluated.errors, [], "{parameters}");
        to_json(&evaluated.resources[1].body.get("r").unwrap().value)
    };
    let condition =
        r##""[if(contains(parameters('o'), 'gone'), createObject('value', 1), createObject('value', 2))]""##;
    assert_eq!(value(&format!(r##"{{"r": {condition}}}"##)), 2);
    assert_eq!(value(r##""[createObject('r', createObject('value', 3))]""##), 3);
    assert_eq!(value(r##""[createObject('other', createObject('value', 3))]""##), 7, "its default holds");
    let open = value(r##"{"r": "[if(parameters('c'), createObject('value', 1), createObject('value', 2))]"}"##);
    let arms: Vec<_> = open["$choice"].as_array().unwrap().iter().map(|arm| &arm["value"]).collect();
    assert_eq!(arms, [1, 2]);
    let vault = value(r##"{"r": "[createObject('reference', createObject('secretName', 's'))]"}"##);
    assert!(vault["$unknown"].as_str().unwrap().contains("key vault"), "{vault}");
}

#[test]
fn linked_templates_are_found_by_the_path_that_is_written() {
    let linked = r#""parameters": {"p": {"type": "string"}},
        "resources": [{"type": "N.S/t", "apiVersion": "1", "name": "[parameters('p')]"}]"#;
    let links = [
        r#"{"relativePath": "nested/a.json"}"#,
        r#"{"uri": "[uri(deployment().properties.templateLink.uri, 'nested/a.json')]"}"#,
        r#"{"uri": "[concat(parameters('base'), variables('path'), parameters('token'))]"}"#,
        r#"{"uri": "https://example.com/master/nested/a.json?x"}"#,
    ];
    for link in links {
        let content = format!(
            r#""parameters": {{"base": {{"type": "string"}}, "token": {{"type": "string"}}}},
            "variables": {{"path": "[concat('/', 'nested/a.json')]"}},
            "resources": [{{"type": "Microsoft.Resources/deployments", "apiVersion": "1", "name": "d",
                "properties": {{"templateLink": {link}, "parameters": {{"p": {{"value": "x"}}}}}}}}]"#
        );
        let (evaluated, _) = deploy(&[("main.json", &content), ("nested/a.json", linked)]);
        assert_eq!(evaluated.resources.last().map(|it| it.address.as_str()), Some("N.S/t/x"), "{link}");
        let (evaluated, _) = deploy(&[("main.json", &content)]);
        assert_eq!(evaluated.errors.len(), 1, "{link}");
        assert!(evaluated.errors[0].message.contains("is not on this disk"), "{:?}", evaluated.errors);
    }
}
