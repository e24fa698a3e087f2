//! The last part of docs/coverage.md: what no table judges, and why, from policies/left-out.yaml.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;

use phiguard::catalogue::Catalogue;
use phiguard::catalogue::condition::Condition;
use phiguard::catalogue::coverage::{self, TypeOf};
use phiguard::catalogue::embedded;
use phiguard::catalogue::model::{CompanionTable, PolicyFile};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::common;
use crate::markdown::codes;

/// Settings that are left out for one reason.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// The heading.
    title: String,
    /// Why no table reads them.
    reason: String,
    /// What a test holds against it.
    #[serde(default)]
    holds: Holds,
    /// The settings, by policy and provider type.
    policies: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

/// What can be shown of a reason.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Holds {
    /// Nothing: it is for readers to judge.
    #[default]
    Reason,
    /// Each type says something of another that the policy reads.
    Companion,
    /// A secret that is written there is found.
    Secret,
    /// The policy may not be in the catalogue yet.
    Later,
}

/// Reads the file.
fn groups() -> Vec<Group> {
    let text = fs::read_to_string(common::root().join("policies/left-out.yaml")).unwrap();
    serde_saphyr::from_str(&text).unwrap()
}

/// The part of the page. What a table judges since is no longer shown.
pub fn page(catalogue: &Catalogue, types: &[TypeOf<'_>], out: &mut String) {
    out.push_str("\n## What is left out\n\n");
    out.push_str("Settings that bear on what a policy asks for and that no table reads for it, with the reason.\n");
    for group in groups() {
        let _ = write!(out, "\n#### {}\n\n{}\n\n", group.title, group.reason);
        for (id, left) in &group.policies {
            let policy = catalogue.policies.iter().find(|policy| policy.id == *id);
            let is_judged = |type_: &str| {
                let of_type = |one: &&TypeOf<'_>| one.type_.eq_ignore_ascii_case(type_);
                policy.is_some_and(|policy| types.iter().filter(of_type).any(|one| coverage::judges(policy, one)))
            };
            let named: Vec<String> = left
                .iter()
                .filter(|(type_, _)| group.holds == Holds::Secret || !is_judged(type_))
                .map(|(type_, settings)| format!("`{type_}` ({})", codes(settings.iter().map(String::as_str))))
                .collect();
            if !named.is_empty() {
                let _ = writeln!(out, "- {id}: {}", named.join(", "));
            }
        }
    }
}

#[test]
fn what_is_left_out_names_policies() {
    let catalogue = embedded::catalogue().unwrap();
    for group in groups().iter().filter(|group| group.holds != Holds::Later) {
        for id in group.policies.keys() {
            assert!(catalogue.policies.iter().any(|policy| policy.id == *id), "{}: there is no {id}", group.title);
        }
    }
}

#[test]
fn companions_that_are_left_out_say_what_the_policy_reads() {
    let catalogue = embedded::catalogue().unwrap();
    let types = coverage::types(catalogue);
    let mut wrong = Vec::new();
    for group in groups().iter().filter(|group| group.holds == Holds::Companion) {
        for (id, left) in &group.policies {
            let policy = catalogue.policies.iter().find(|policy| policy.id == *id).unwrap();
            let conditions = policy.applies.iter().chain([&policy.fails]).cloned().collect();
            let reads = PolicyFile { needs: Vec::new(), fails: Condition::Any(conditions), ..policy.clone() };
            for type_ in left.keys() {
                // An owner that the policy judges, and of which the companion says something that the policy reads.
                let mut companions = catalogue.kinds.iter().flat_map(|kind| &kind.types).flat_map(|(owner, table)| {
                    let of_type = |companion: &&CompanionTable| companion.type_.eq_ignore_ascii_case(type_);
                    table.companions.iter().filter(of_type).map(move |companion| (owner, companion))
                });
                let is_read = companions.any(|(owner, companion)| {
                    types.iter().filter(|one| one.type_ == *owner && coverage::judges(policy, one)).any(|one| {
                        let attributes = companion.attributes.keys().map(String::as_str).collect();
                        coverage::judges(&reads, &TypeOf { attributes, ..one.clone() })
                    })
                });
                if !is_read {
                    wrong.push(format!("{id}: {type_}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "these say nothing that the policy reads: {wrong:#?}");
}

/// The secret of the examples.
const SECRET: &str = "Wint3r-in-Davos";

/// What stands at a setting, by how its name ends in lower case; else it is the secret itself.
fn written_at(setting: &str) -> Value {
    let last = setting.rsplit('.').next().unwrap_or(setting).replace(['_', '[', ']'], "").to_lowercase();
    let script = json!(format!("#!/bin/sh\nexport DB_PASSWORD={SECRET}\n"));
    let environment = format!("[{{\"environment\":[{{\"name\":\"DB_PASSWORD\",\"value\":\"{SECRET}\"}}]}}]");
    let forms: &[(&[&str], Value)] = &[
        (&["userdata", "customdata", "oncreate", "content"], script),
        (&["containerdefinitions", "containerproperties"], json!(environment)),
        (&["data"], json!(format!("<users><user name=\"billing\" password=\"{SECRET}\"/></users>"))),
        (&["parameterscontent", "body"], json!(format!("{{\"adminPassword\":\"{SECRET}\"}}"))),
        (&["location"], json!(format!("https://billing:{SECRET}@git.clinic.example/claims.git"))),
        (&["connectionstring", "connectionstrings"], json!(format!("Server=claims;User ID=app;Password={SECRET};"))),
        (&["hostkey"], json!("-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----\n")),
        (&["passwords"], json!([SECRET])),
        (
            &[
                "appsettings",
                "advancedsecurityoptions",
                "configuration",
                "configurations",
                "connectioninput",
                "connectionproperties",
                "connectorprofilecredentials",
                "datasource",
                "defaultarguments",
                "definition",
                "environment",
                "environmentvariables",
                "parameters",
                "properties",
                "protectedsettings",
                "providerdetails",
                "runtimeenvironmentvariables",
                "settings",
                "variables",
            ],
            json!({"DB_PASSWORD": SECRET}),
        ),
    ];
    let found = forms.iter().find(|(names, _)| names.contains(&last.as_str()));
    found.map_or(json!(SECRET), |(_, form)| form.clone())
}

/// The body of a resource in which the secret stands at a setting. What stands beside a value names it, as providers want it.
fn body(type_: &str, setting: &str) -> Value {
    let mut value = written_at(setting);
    for (depth, name) in setting.split('.').rev().enumerate() {
        let (name, is_list) = (name.trim_end_matches("[]"), name.ends_with("[]"));
        let mut map = json!({ name: if is_list { json!([value]) } else { value } });
        if depth == 0 && name.eq_ignore_ascii_case("value") {
            let key = if type_.contains("::") { "Name" } else { "name" };
            map[key] = json!("DB_PASSWORD");
        }
        value = map;
    }
    match type_ {
        "aws_ssm_parameter" => value["type"] = json!("SecureString"),
        "azurerm_api_management_named_value" => value["secret"] = json!(true),
        "Microsoft.ApiManagement/service/namedValues" => value["properties"]["secret"] = json!(true),
        _ => {}
    }
    value
}

/// The file of an example, and its text.
fn example(type_: &str, setting: &str) -> (&'static str, String) {
    if type_.contains("::") {
        let mut resource = json!({"Type": type_});
        resource["Properties"] = body(type_, setting);
        let template = json!({"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Claims": resource}});
        return ("template.json", template.to_string());
    }
    if type_.contains('/') {
        let mut resource = body(type_, setting);
        resource["type"] = json!(type_);
        resource["apiVersion"] = json!("2024-01-01");
        resource["name"] = json!(format!("clinic{}", "/db-password".repeat(type_.matches('/').count() - 1)));
        let schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";
        let template = json!({"$schema": schema, "contentVersion": "1.0.0.0", "resources": [resource]});
        return ("azuredeploy.json", template.to_string());
    }
    // An expression of JSON is one of Terraform too.
    let fields = body(type_, setting);
    let fields: Vec<String> =
        fields.as_object().unwrap().iter().map(|(name, value)| format!("  {name} = {value}\n")).collect();
    ("main.tf", format!("resource \"{type_}\" \"claims\" {{\n{}}}\n", fields.concat()))
}

#[test]
fn secrets_are_found_wherever_a_table_leaves_them_to_their_names() {
    let mut files = Vec::new();
    for group in groups().iter().filter(|group| group.holds == Holds::Secret) {
        for (type_, settings) in group.policies.values().flatten() {
            for setting in settings {
                let (file, text) = example(type_, setting);
                files.push((format!("{}/{file}", files.len()), text, format!("{type_} {setting}")));
            }
        }
    }
    assert!(files.len() > 100, "only {} examples", files.len());
    let folder =
        common::project(&files.iter().map(|(name, text, _)| (name.as_str(), text.as_str())).collect::<Vec<_>>());
    let report = common::check(folder.path());
    let found: BTreeSet<String> = report
        .findings
        .iter()
        .filter(|finding| finding.policy == "hardcoded-secret")
        .map(|finding| report.sources.name(finding.span).to_string())
        .collect();
    let missed: Vec<&String> =
        files.iter().filter(|(name, ..)| !found.contains(name)).map(|(_, _, setting)| setting).collect();
    assert!(missed.is_empty(), "not found at {missed:#?}");
}
