//! Resources of the azapi provider, judged as what they are to Azure: in configurations and in plans, written as
//! objects and as JSON, with what configures them in either of Terraform's two ways to Azure.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by failing"
)]

mod common;

use common::{addresses, body, check, check_text, errors, project};
use phiguard::judge::Outcome;
use phiguard::report::Report;
use serde_json::json;

/// The findings as `policy address`, of the policies whose ids are given.
fn failing(report: &Report, policies: &[&str]) -> Vec<String> {
    let fails = report.findings.iter().filter(|finding| finding.outcome == Outcome::Fail);
    let mut all: Vec<String> = fails
        .filter(|finding| policies.contains(&finding.policy))
        .map(|finding| format!("{} {}", finding.policy, report.graph.resources[finding.resource].address))
        .collect();
    all.sort();
    all
}

const STORAGE: &[&str] = &["weak-tls", "bucket-versioning-disabled"];

/// An account whose body is an expression, with more arguments and blocks after it.
fn account(version: &str, body: &str, more: &str) -> String {
    format!(
        r#"
resource "azurerm_resource_group" "claims" {{
  name     = "claims"
  location = "westeurope"
}}
resource "azapi_resource" "claims" {{
  type      = "Microsoft.Storage/storageAccounts@{version}"
  parent_id = azurerm_resource_group.claims.id
  name      = "clinicclaims"
  location  = "westeurope"
  body      = {body}
}}
{more}
"#
    )
}

#[test]
fn a_body_is_the_resource_of_its_type_and_version() {
    let object =
        r#"{ kind = "StorageV2", sku = { name = "Standard_GRS" }, properties = { minimumTlsVersion = "TLS1_0" } }"#;
    let text = r#""{\"kind\": \"StorageV2\", \"sku\": {\"name\": \"Standard_GRS\"}, \"properties\": {\"minimumTlsVersion\": \"TLS1_0\"}}""#;
    for written in [object.to_string(), format!("jsonencode({object})"), text.to_string()] {
        let report = check_text(&account("2023-01-01", &written, ""));
        assert_eq!(errors(&report), Vec::<String>::new(), "{written}");
        let resource = &report.graph.resources[1];
        assert_eq!(resource.type_, "Microsoft.Storage/storageAccounts");
        assert_eq!(resource.api_version.as_deref(), Some("2023-01-01"));
        assert_eq!(resource.name.as_deref(), Some("clinicclaims"));
        assert_eq!(resource.address, "azapi_resource.claims");
        assert_eq!(body(&report, "azapi_resource.claims")["properties"], json!({"minimumTlsVersion": "TLS1_0"}));
        let found = failing(&report, STORAGE);
        assert!(found.contains(&"weak-tls azapi_resource.claims".to_string()), "{written}: {found:?}");
    }
}

#[test]
fn a_finding_points_at_the_property_in_the_configuration() {
    let body = "jsonencode({\n    properties = {\n      minimumTlsVersion = \"TLS1_0\"\n    }\n  })";
    let text = account("2023-01-01", body, "");
    let report = check_text(&text);
    let finding = report.findings.iter().find(|finding| finding.policy == "weak-tls").unwrap();
    let (start, _) = report.sources.range(finding.span);
    assert_eq!(text.lines().nth(start.line as usize - 1).unwrap().trim(), "minimumTlsVersion = \"TLS1_0\"");
}

#[test]
fn the_version_decides_what_absence_means() {
    let of = |version: &str| {
        failing(
            &check_text(&account(version, "{ properties = {} }", "")),
            &["bucket-public-access-not-blocked", "public-bucket"],
        )
    };
    assert_ne!(of("2021-04-01"), of("2023-01-01"));
}

#[test]
fn children_and_extensions_configure_what_contains_them_in_both_ways() {
    let service = |parent: &str| {
        format!(
            r#"
resource "azapi_resource" "blobs" {{
  type      = "Microsoft.Storage/storageAccounts/blobServices@2023-01-01"
  parent_id = {parent}
  name      = "default"
  body      = {{ properties = {{ isVersioningEnabled = true }} }}
}}
"#
        )
    };
    let azurerm = r#"
resource "azurerm_storage_account" "claims" {
  name                     = "clinicclaims"
  resource_group_name      = "claims"
  location                 = "westeurope"
  account_tier             = "Standard"
  account_replication_type = "GRS"
}
"#;
    let versions = |text: &str| failing(&check_text(text), &["bucket-versioning-disabled"]);
    assert_eq!(versions(&account("2023-01-01", "{}", "")).len(), 1);
    assert_eq!(versions(&account("2023-01-01", "{}", &service("azapi_resource.claims.id"))), Vec::<String>::new());
    assert_eq!(versions(azurerm).len(), 1);
    assert_eq!(versions(&format!("{azurerm}{}", service("azurerm_storage_account.claims.id"))), Vec::<String>::new());
    let lock = r#"
resource "azurerm_management_lock" "claims" {
  name       = "claims"
  scope      = azapi_resource.claims.id
  lock_level = "CanNotDelete"
}
"#;
    let locks = |text: &str| failing(&check_text(text), &["deletion-protection-disabled"]);
    assert_eq!(locks(&account("2023-01-01", "{}", "")).len(), 1);
    assert_eq!(locks(&account("2023-01-01", "{}", lock)), Vec::<String>::new());
}

#[test]
fn an_update_goes_over_what_it_changes() {
    let update = |target: &str| {
        format!(
            r#"
resource "azapi_update_resource" "claims" {{
  type = "Microsoft.Storage/storageAccounts@2023-01-01"
  {target}
  body = {{ properties = {{ minimumTlsVersion = "TLS1_0" }} }}
}}
"#
        )
    };
    let azurerm = "resource \"azurerm_storage_account\" \"claims\" {\n  name = \"clinicclaims\"\n}\n";
    let sound = "{ properties = { minimumTlsVersion = \"TLS1_2\" } }";
    let cases = [
        (account("2023-01-01", sound, &update("resource_id = azapi_resource.claims.id")), "azapi_resource.claims"),
        (
            account(
                "2023-01-01",
                sound,
                &update("parent_id = azurerm_resource_group.claims.id\n  name = \"clinicclaims\""),
            ),
            "azapi_resource.claims",
        ),
        (
            format!("{azurerm}{}", update("resource_id = azurerm_storage_account.claims.id")),
            "azurerm_storage_account.claims",
        ),
        // Without what it changes, it is judged by what it says, and by nothing else.
        (update("resource_id = \"/subscriptions/0/x\""), "azapi_update_resource.claims"),
    ];
    for (text, address) in cases {
        let report = check_text(&text);
        assert_eq!(failing(&report, &["weak-tls"]), [format!("weak-tls {address}")], "{text}");
        let of_update: Vec<&str> = report
            .findings
            .iter()
            .filter(|finding| report.graph.resources[finding.resource].address.starts_with("azapi_update"))
            .map(|finding| finding.policy)
            .collect();
        let expected: &[&str] = if address.starts_with("azapi_update") { &["weak-tls"] } else { &[] };
        assert_eq!(of_update, expected, "{text}");
    }
}

#[test]
fn what_is_not_known_is_unknown_and_said() {
    let unknown = check_text(&account("2023-01-01", "var.body", "variable \"body\" {}\n"));
    let of_tls = unknown.findings.iter().find(|finding| finding.policy == "weak-tls").unwrap();
    assert_eq!(of_tls.outcome, Outcome::Unknown);
    let chosen = check_text(&account(
        "2023-01-01",
        "var.old ? { properties = { minimumTlsVersion = \"TLS1_0\" } } : { properties = { minimumTlsVersion = \"TLS1_2\" } }",
        "variable \"old\" { type = bool }\n",
    ));
    let of_tls = chosen.findings.iter().find(|finding| finding.policy == "weak-tls").unwrap();
    assert_eq!(of_tls.outcome, Outcome::Unknown);
    let version = check_text(&account(
        "${var.version}",
        "{ properties = { minimumTlsVersion = \"TLS1_0\" } }",
        "variable \"version\" {}\n",
    ));
    assert_eq!(version.graph.resources[1].type_, "Microsoft.Storage/storageAccounts");
    assert_eq!(failing(&version, &["weak-tls"]).len(), 1);
    for (type_, why) in [("var.type", "is not known"), ("\"Microsoft.Storage\"", "a type and a version are expected")] {
        let text = format!("variable \"type\" {{}}\nresource \"azapi_resource\" \"x\" {{\n  type = {type_}\n}}\n");
        let errors = errors(&check_text(&text));
        assert!(
            errors.len() == 1 && errors[0].starts_with("main.tf:3 evaluation-error") && errors[0].contains(why),
            "{errors:?}"
        );
    }
}

#[test]
fn what_is_only_read_is_not_judged() {
    let report = check_text(
        "data \"azapi_resource\" \"claims\" {\n  type = \"Microsoft.Storage/storageAccounts@2021-01-01\"\n  name = \"claims\"\n}\n",
    );
    assert_eq!(addresses(&report), ["data.azapi_resource.claims"]);
    assert!(report.findings.is_empty());
}

#[test]
fn a_plan_is_read_the_same_way() {
    let plan = json!({
        "format_version": "1.2", "terraform_version": "1.11.4", "planned_values": {"root_module": {}},
        "resource_changes": [{
            "address": "azapi_resource.claims", "mode": "managed", "type": "azapi_resource", "name": "claims",
            "change": {"actions": ["create"], "before": null, "after": {
                "type": "Microsoft.Storage/storageAccounts@2023-01-01", "name": "clinicclaims", "location": "westeurope",
                "body": {"properties": {"minimumTlsVersion": "TLS1_0"}}
            }, "after_unknown": {"id": true, "parent_id": true}, "before_sensitive": false, "after_sensitive": {}}
        }],
        "configuration": {"root_module": {"resources": [{
            "address": "azapi_resource.claims", "mode": "managed", "type": "azapi_resource", "name": "claims",
            "expressions": {"type": {"constant_value": "Microsoft.Storage/storageAccounts@2023-01-01"},
                "name": {"constant_value": "clinicclaims"}, "body": {},
                "parent_id": {"references": ["azurerm_resource_group.claims.id", "azurerm_resource_group.claims"]}}
        }]}},
        "complete": true, "errored": false
    });
    let plan = serde_json::to_string_pretty(&plan).unwrap();
    let alone = project(&[("plan.json", &plan)]);
    let report = check(alone.path());
    assert_eq!(failing(&report, &["weak-tls"]), ["weak-tls azapi_resource.claims"]);
    let source = account("2023-01-01", "{\n    properties = {\n      minimumTlsVersion = \"TLS1_0\"\n    }\n  }", "");
    let beside = project(&[("plan.json", &plan), ("main.tf", &source)]);
    let report = check(beside.path());
    let places: Vec<String> = report
        .findings
        .iter()
        .filter(|finding| finding.policy == "weak-tls")
        .map(|finding| format!("{}:{}", report.sources.name(finding.span), report.sources.range(finding.span).0.line))
        .collect();
    let line = source.lines().position(|line| line.contains("minimumTlsVersion")).unwrap() + 1;
    assert!(places.iter().all(|place| *place == format!("main.tf:{line}")), "{places:?}");
    assert!(!places.is_empty());
}
