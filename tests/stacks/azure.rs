//! Templates of Azure that Terraform deploys.

use super::*;

const SCHEMA: &str = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";

#[test]
fn a_template_of_azure_has_the_places_and_ways_of_its_values() {
    let report = check_text(&format!(
        r#"
variable "region" {{}}
variable "versions" {{ default = ["TLS1_0"] }}
resource "azurerm_resource_group" "claims" {{
  name     = "claims"
  location = "westeurope"
}}
resource "azurerm_storage_account" "audit" {{ name = "audit" }}
resource "azurerm_resource_group_template_deployment" "claims" {{
  name                = "claims"
  resource_group_name = azurerm_resource_group.claims.name
  deployment_mode     = "Incremental"
  parameters_content = jsonencode({{
    tls    = {{ value = var.versions[0] }}
    secret = {{ reference = {{ keyVault = {{ id = "x" }}, secretName = "y" }} }}
  }})
  template_content = jsonencode({{
    "$schema"      = "{SCHEMA}"
    contentVersion = "1.0.0.0"
    parameters     = {{ tls = {{ type = "string" }}, secret = {{ type = "securestring" }}, days = {{ type = "int", defaultValue = 7 }} }}
    resources = [
      {{
        type       = "Microsoft.Storage/storageAccounts"
        apiVersion = "2023-01-01"
        name       = "claimsdata"
        location   = var.region
        properties = {{
          minimumTlsVersion = "[parameters('tls')]"
          secret            = "[parameters('secret')]"
          days              = "[parameters('days')]"
          group             = "[resourceGroup().name]"
          first             = var.versions[0]
          logs              = azurerm_storage_account.audit.id
          either            = var.region == "a" ? "[toUpper('b')]" : "c"
          open              = "[concat('${{var.region}}', 'x')]"
        }}
      }},
      {{
        type       = "Microsoft.Storage/storageAccounts/blobServices"
        apiVersion = "2023-01-01"
        name       = "claimsdata/default"
      }},
      {{
        type       = "Microsoft.Storage/storageAccounts"
        apiVersion = "2023-01-01"
        condition  = false
        name       = "gone"
      }},
    ]
  }})
}}
"#
    ));
    assert_eq!(errors(&report), Vec::<String>::new());
    let deployment = "azurerm_resource_group_template_deployment.claims";
    let address = format!("{deployment}/Microsoft.Storage/storageAccounts/claimsdata");
    let child = format!("{deployment}/Microsoft.Storage/storageAccounts/blobServices/claimsdata/default");
    assert_eq!(addresses(&report)[2..], [deployment, &address, &child]);
    let account = &report.graph.resources[3];
    assert_eq!((account.type_.as_str(), account.dialect), ("Microsoft.Storage/storageAccounts", Dialect::Arm));
    assert_eq!(account.calls[0].address, deployment);
    assert_eq!((account.name.as_deref(), account.api_version.as_deref()), (Some("claimsdata"), Some("2023-01-01")));
    let body = body(&report, &address);
    assert_eq!(body["location"], json!({"$unknown": "variable \"region\" has no value"}));
    let properties = &body["properties"];
    assert_eq!(properties["minimumTlsVersion"], "TLS1_0");
    assert_eq!(properties["secret"], json!({"$sensitive": true}));
    assert_eq!((&properties["days"], &properties["group"]), (&json!(7), &json!("claims")));
    assert_eq!(properties["first"], "TLS1_0");
    assert_eq!(properties["open"], json!({"$unknown": "variable \"region\" has no value"}));
    let arms: Vec<_> = properties["either"]["$choice"].as_array().unwrap().iter().map(|arm| &arm["value"]).collect();
    assert_eq!(arms, ["B", "c"]);
    let edge = |from: &str, to: &str| {
        let address = |id: usize| report.graph.resources[id].address.as_str();
        report.graph.edges.iter().any(|edge| address(edge.from) == from && address(edge.to) == to)
    };
    assert!(edge(&child, &address), "a child belongs to its parent");
    assert!(edge(&address, "azurerm_storage_account.audit"), "references lead out of the template");
    let inner = account.body.get("properties").unwrap().value.get("minimumTlsVersion").unwrap();
    assert_eq!(report.sources.text(inner.span), "\"[parameters('tls')]\"");
    let steps: Vec<_> = inner.value.origin.steps().iter().map(|step| step.label()).collect();
    assert_eq!(steps, ["default of variable \"versions\"", "argument tls"]);
    let first = account.body.get("properties").unwrap().value.get("first").unwrap();
    assert_eq!(first.value.origin.steps()[0].label(), "default of variable \"versions\"");
    assert_eq!(header(&report, &address), "type       = \"Microsoft.Storage/storageAccounts\"");
}

#[test]
fn a_template_of_azure_from_a_file_is_that_file_and_judged_once() {
    let template = json!({
        "$schema": SCHEMA, "contentVersion": "1.0.0.0",
        "parameters": {"name": {"type": "string"}, "tls": {"type": "string", "defaultValue": "TLS1_2"}},
        "resources": [{
            "type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "[parameters('name')]",
            "properties": {"minimumTlsVersion": "[parameters('tls')]"},
        }],
    });
    let template = serde_json::to_string_pretty(&template).unwrap();
    let parameters = json!({"$schema": "x", "contentVersion": "1.0.0.0", "parameters": {"name": {"value": "claims"}}});
    let deployment = |name: &str, parameters: &str| {
        format!(
            "resource \"azurerm_resource_group_template_deployment\" \"{name}\" {{\n  name = \"{name}\"\n  \
             template_content = file(\"${{path.module}}/arm/claims.json\")\n  parameters_content = {parameters}\n}}\n"
        )
    };
    let text = [
        "variable \"open\" {}\n".to_string(),
        deployment("named", "file(\"arm/values.json\")"),
        deployment("heredoc", "<<JSON\n{\n  \"name\": {\"value\": \"x${var.open}\"},\n  \"tls\": {\"value\": \"TLS1_0\"}\n}\nJSON"),
        deployment("unknown", "var.open"),
        "resource \"azurerm_template_deployment\" \"old\" {\n  name = \"old\"\n  template_body = file(\"arm/claims.json\")\n  \
         parameters = { name = \"old\" }\n  parameters_body = jsonencode({ tls = { value = \"TLS1_1\" } })\n}\n"
            .to_string(),
    ];
    let folder = project(&[
        ("main.tf", &text.join("")),
        ("arm/claims.json", &template),
        ("arm/values.json", &parameters.to_string()),
    ]);
    let report = check(folder.path());
    assert_eq!(errors(&report), Vec::<String>::new());
    let roots: Vec<&str> = report.projects.iter().map(|project| project.root.as_str()).collect();
    assert_eq!(roots, ["."]);
    let inner: Vec<(String, &str, String)> = report
        .graph
        .resources
        .iter()
        .filter(|resource| resource.dialect == Dialect::Arm)
        .map(|one| {
            (
                one.address.to_string(),
                report.sources.name(one.header),
                body(&report, &one.address)["properties"].to_string(),
            )
        })
        .collect();
    let found = |name: &str, account: &str, tls: &str| {
        let type_ =
            if name == "old" { "azurerm_template_deployment" } else { "azurerm_resource_group_template_deployment" };
        let address = format!("{type_}.{name}/Microsoft.Storage/storageAccounts/{account}");
        (address, "arm/claims.json", format!("{{\"minimumTlsVersion\":{tls}}}"))
    };
    let open = |name: &str| {
        format!(
            "{{\"$unknown\":\"the parameters of azurerm_resource_group_template_deployment.{name} are not known: variable \\\"open\\\" has no value\"}}"
        )
    };
    assert_eq!(
        inner,
        [
            found("named", "claims", "\"TLS1_2\""),
            found("heredoc", "x{var.open}", "\"TLS1_0\""),
            found("unknown", "{var.open}", &open("unknown")),
            found("old", "old", "\"TLS1_1\""),
        ]
    );
}

#[test]
fn a_template_of_azure_in_a_heredoc_has_the_places_of_its_lines() {
    let report = check_text(&format!(
        r#"
variable "prefix" {{}}
resource "azurerm_resource_group_template_deployment" "h" {{
  template_content = <<JSON
{{
  "$schema": "{SCHEMA}",
  "contentVersion": "1.0.0.0",
  "resources": [
    {{
      "type": "Microsoft.Storage/storageAccounts",
      "apiVersion": "2023-01-01",
      "name": "[concat('${{var.prefix}}', copyIndex())]",
      "copy": {{ "name": "c", "count": 2 }},
      "properties": {{ "minimumTlsVersion": "[nope('a')]" }}
    }},
    {{ "type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "${{var.prefix}}x" }}
  ]
}}
JSON
}}
"#
    ));
    let type_ = "azurerm_resource_group_template_deployment.h/Microsoft.Storage/storageAccounts";
    let of_copy = |turn: usize| format!("{type_}/{{concat('${{var.prefix}}', {turn})}}");
    assert_eq!(addresses(&report)[1..], [of_copy(0), of_copy(1), format!("{type_}/{{var.prefix}}x")]);
    assert_eq!(header(&report, &of_copy(0)), "\"type\": \"Microsoft.Storage/storageAccounts\"");
    let said = errors(&report);
    assert!(said.len() == 1 && said[0].starts_with("main.tf:14 ") && said[0].contains("no function nope"), "{said:?}");
}

#[test]
fn a_template_of_azure_in_a_plan_is_the_file_that_says_the_same() {
    let template = json!({
        "resources": [{"name": "a", "type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01"}],
        "contentVersion": "1.0.0.0", "$schema": SCHEMA,
    });
    let plan = json!({
        "format_version": "1.2", "terraform_version": "1.11.4",
        "resource_changes": [{
            "address": "azurerm_resource_group_template_deployment.s", "mode": "managed",
            "type": "azurerm_resource_group_template_deployment", "name": "s",
            "change": {"actions": ["create"], "after": {"template_content": template.to_string()},
                "after_unknown": {"id": true, "parameters_content": true}, "after_sensitive": {}},
        }],
    });
    let pretty = format!(
        "{{\n  \"$schema\": \"{SCHEMA}\",\n  \"contentVersion\": \"1.0.0.0\",\n  \"resources\": [\n    {{\"type\": \
         \"Microsoft.Storage/storageAccounts\", \"apiVersion\": \"2023-01-01\", \"name\": \"a\"}}\n  ]\n}}\n"
    );
    let source = "resource \"azurerm_resource_group_template_deployment\" \"s\" {\n  template_content = file(\"${path.module}/claims.json\")\n}\n";
    let folder = project(&[("plan.json", &plan.to_string()), ("claims.json", &pretty), ("main.tf", source)]);
    let report = check(folder.path());
    let places: Vec<(&str, &str)> = report
        .graph
        .resources
        .iter()
        .filter(|one| one.dialect == Dialect::Arm)
        .map(|one| (one.address.as_str(), report.sources.name(one.header)))
        .collect();
    let address = "azurerm_resource_group_template_deployment.s/Microsoft.Storage/storageAccounts/a";
    assert_eq!(places, [(address, "claims.json"), (address, "claims.json")], "{:?}", errors(&report));
}

#[test]
fn templates_of_azure_that_cannot_be_seen_are_told() {
    let address = "azurerm_subscription_template_deployment.s";
    let cases = [
        (
            "template_spec_version_id = \"/subscriptions/x\"",
            "is not known (/subscriptions/x is not fetched".to_string(),
        ),
        ("template_spec_version_id = var.t", "is not known (what names it is known only after apply".into()),
        ("template_content = var.t", "is not known (variable \"t\" has no value)".into()),
        ("template_content = \"{\\\"a\\\": 1}\"", "is no ARM template".into()),
        ("template_content = \"{\\\"resources\\\": [\"", "parse-error".into()),
        ("name = \"s\"", "is not known (nothing names it)".into()),
        (
            &format!(
                "template_content = jsonencode({{ \"$schema\" = \"{SCHEMA}\", resources = [for x in var.t : {{}}] }})"
            ),
            "what this deploys is not known (".into(),
        ),
        (
            &format!("template_content = jsonencode({{ \"$schema\" = \"{SCHEMA}\", resources = [var.t] }})"),
            "what this deploys is not known (variable \"t\" has no value)".into(),
        ),
    ];
    for (written, expected) in cases {
        let report = check_text(&format!(
            "variable \"t\" {{}}\nresource \"azurerm_subscription_template_deployment\" \"s\" {{\n  {written}\n}}\n"
        ));
        let said = errors(&report);
        assert!(said.len() == 1 && said[0].contains(&expected), "{address} {written}: {said:?}");
    }
}

#[test]
fn parameters_that_are_not_known_are_no_defaults() {
    let report = check_text(
        "variable \"open\" {}\nresource \"aws_cloudformation_stack\" \"s\" {\n  parameters = var.open\n  template_body = \
         jsonencode({ Parameters = { P = { Type = \"String\", Default = \"d\" } }, Resources = { B = { Type = \"AWS::S3::Bucket\", \
         Properties = { BucketName = { Ref = \"P\" } } } } })\n}\n",
    );
    let reason = "the parameters of aws_cloudformation_stack.s are not known: variable \"open\" has no value";
    assert_eq!(body(&report, "aws_cloudformation_stack.s/B"), json!({"BucketName": {"$unknown": reason}}));
}

#[test]
fn a_deployment_of_azapi_is_the_template_in_its_body() {
    let template = json!({
        "$schema": SCHEMA, "contentVersion": "1.0.0.0", "parameters": {"tls": {"type": "string"}},
        "resources": [{
            "type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "claims",
            "properties": {"minimumTlsVersion": "[parameters('tls')]"},
        }],
    });
    let deployment = |properties: &str| {
        let text = format!(
            "variable \"open\" {{}}\nresource \"azapi_resource\" \"d\" {{\n  type = \"Microsoft.Resources/deployments@2022-09-01\"\n  \
             name = \"d\"\n  body = {{\n    properties = {properties}\n  }}\n}}\n"
        );
        let folder = project(&[("main.tf", &text), ("claims.json", &template.to_string())]);
        check(folder.path())
    };
    let parameters = "parameters = { tls = { value = \"TLS1_0\" } }";
    let report = deployment(&format!("{{\n template = jsondecode(file(\"claims.json\"))\n {parameters}\n }}"));
    assert_eq!(errors(&report), Vec::<String>::new());
    let address = "azapi_resource.d/Microsoft.Storage/storageAccounts/claims";
    assert_eq!(addresses(&report), ["azapi_resource.d", address]);
    assert_eq!(body(&report, address)["properties"], json!({"minimumTlsVersion": "TLS1_0"}));
    assert_eq!(report.sources.name(report.graph.resources[1].header), "claims.json");
    for (properties, why) in [
        ("{ templateLink = { id = \"/x\" } }", "(/x is not fetched"),
        ("{ template = var.open }", "(variable \"open\" has no value)"),
        ("var.open", "(variable \"open\" has no value)"),
    ] {
        let said = errors(&deployment(properties));
        assert!(said.len() == 1 && said[0].contains(why), "{properties}: {said:?}");
    }
}
