//! The environments of phiguard.toml: each judged by itself, its findings told apart.

use super::*;

const ENVIRONMENTS: &str = r#"
select = ["weak-tls", "bucket-versioning-disabled"]

[[environment]]
name = "production"
root = "stacks"
var_files = ["production.tfvars"]
variables = {versioning = true}

[[environment]]
name = "staging"
root = "stacks"
workspace = "staging"
variables = {tls = "TLS1_0", versioning = false}
"#;

const STACK: &str = r#"
variable "tls" {}
variable "versioning" { type = bool }
resource "azurerm_storage_account" "claims" {
  name            = "claims${terraform.workspace}"
  min_tls_version = var.tls
  blob_properties {
    versioning_enabled = var.versioning
  }
}
"#;

/// The findings as `address policy outcome environments`, in order.
fn in_environments(json: &Json) -> Vec<String> {
    let text = |value: &Json| value.as_str().unwrap().to_string();
    let names = |finding: &Json| match finding["environments"].as_array() {
        Some(names) => names.iter().map(text).collect::<Vec<_>>().join("+"),
        None => "-".into(),
    };
    let all = json["findings"].as_array().unwrap().iter();
    let mut all: Vec<String> = all
        .map(|finding| {
            let address = text(&finding["resource"]["address"]);
            format!("{address} {} {} {}", text(&finding["policy"]), text(&finding["outcome"]), names(finding))
        })
        .collect();
    all.sort();
    all
}

#[test]
fn every_environment_is_judged_and_a_finding_says_in_which_it_is() {
    let bucket = "resource \"azurerm_storage_account\" \"lab\" {\n  min_tls_version = \"TLS1_0\"\n}\n";
    let files = [("stacks/main.tf", STACK), ("lab/main.tf", bucket), ("production.tfvars", "tls = \"TLS1_0\"\n")];
    let (code, json) = checked(ENVIRONMENTS, &files, &[]);
    let claims = "azurerm_storage_account.claims";
    let lab = [
        "azurerm_storage_account.lab bucket-versioning-disabled fail -",
        "azurerm_storage_account.lab weak-tls fail -",
    ];
    let expected = [
        format!("{claims} bucket-versioning-disabled fail staging"),
        format!("{claims} weak-tls fail production+staging"),
    ];
    assert_eq!(code, 1);
    assert_eq!(in_environments(&json), [expected.as_slice(), &lab.map(String::from)].concat());
    // What decides stands in another file in each.
    let tls = json["findings"].as_array().unwrap().iter();
    let tls = tls.filter(|finding| finding["policy"] == "weak-tls" && finding["resource"]["address"] == claims);
    let evidence: Vec<String> = tls
        .flat_map(|finding| finding["evidence"].as_array().unwrap())
        .map(|evidence| evidence["file"].as_str().unwrap().to_string())
        .collect();
    assert!(
        evidence.contains(&"production.tfvars".into()) && evidence.contains(&"phiguard.toml".into()),
        "{evidence:?}"
    );

    let (_, json) = checked(ENVIRONMENTS, &files, &["--environment", "production"]);
    assert_eq!(
        in_environments(&json),
        [&[format!("{claims} weak-tls fail production")], &lab.map(String::from)[..]].concat()
    );
    // The command line wins, and what it decides is the same everywhere.
    let (_, json) = checked(ENVIRONMENTS, &files, &["--var", "tls=TLS1_2"]);
    assert_eq!(in_environments(&json)[0], expected[0]);
    assert_eq!(in_environments(&json).len(), 3);
}

#[test]
fn environments_have_their_workspace_and_are_told_apart_in_text_and_graph() {
    let files =
        [("stacks/main.tf", STACK), ("production.tfvars", "tls = \"TLS1_0\"\n"), ("phiguard.toml", ENVIRONMENTS)];
    let folder = project(&files);
    let graph = graph(folder.path(), &[]);
    let names: Vec<&Json> = graph["resources"].as_array().unwrap().iter().map(|one| &one["body"]["name"]).collect();
    assert_eq!(names, ["claimsdefault", "claimsstaging"]);
    let named: Vec<&Json> = graph["projects"].as_array().unwrap().iter().map(|one| &one["environment"]).collect();
    assert_eq!(named, ["production", "staging"]);
    let text = stdout(&phiguard(folder.path(), &["check", "--format", "compact"]));
    assert!(text.contains("(in production, staging)") && text.contains("(in staging)"), "{text}");
    let asked = ["eval", ".", "var.tls", "--environment", "staging"];
    let folder = project(&[("main.tf", STACK), ("phiguard.toml", &ENVIRONMENTS.replace("root = \"stacks\"", ""))]);
    write(folder.path(), "production.tfvars", "tls = \"TLS1_2\"\n");
    let text = stdout(&phiguard(folder.path(), &asked));
    assert!(text.contains("TLS1_0") && text.contains("phiguard.toml:14:"), "{text}");
}

#[test]
fn templates_of_one_environment_import_from_each_other() {
    let exporter = "AWSTemplateFormatVersion: 2010-09-09\nParameters:\n  Tls: {Type: String}\nResources:\n  Topic: {Type: AWS::SNS::Topic}\nOutputs:\n  Tls: {Value: !Ref Tls, Export: {Name: tls}}\n";
    let importer = "AWSTemplateFormatVersion: 2010-09-09\nResources:\n  Listener:\n    Type: AWS::ElasticLoadBalancingV2::Listener\n    Properties: {Protocol: !ImportValue tls}\n";
    let config = "[[environment]]\nname = \"a\"\nvariables = {Tls = \"HTTP\"}\n[[environment]]\nname = \"b\"\nparameters = [\"b.json\"]\n";
    let b = "[{\"ParameterKey\": \"Tls\", \"ParameterValue\": \"HTTPS\"}]";
    let folder = project(&[("x.yaml", exporter), ("y.yaml", importer), ("b.json", b), ("phiguard.toml", config)]);
    let graph = graph(folder.path(), &[]);
    let resources = graph["resources"].as_array().unwrap().iter();
    let protocols: Vec<&Json> =
        resources.filter(|one| one["address"] == "Listener").map(|one| &one["body"]["Protocol"]).collect();
    assert_eq!(protocols, ["HTTP", "HTTPS"]);
}

#[test]
fn mistakes_in_environments_are_told_at_their_places() {
    for (config, place, message) in [
        ("[[environment]]\nroot = \"x\"\n", "1:1", "has no name"),
        ("environment = 3\n", "1:15", "tables are expected"),
        ("[[environment]]\nname = \"a\"\nvar_file = []\n", "3:1", "is it var_files?"),
        ("[[environment]]\nname = \"a\"\n[[environment]]\nname = \"a\"\n", "4:8", "another environment"),
        ("[[environment]]\nname = \"a\"\nprofile = \"acount\"\n", "3:11", "is it account?"),
        ("[[environment]]\nname = \"a\"\nvariables = {day = 2030-01-01}\n", "3:20", "as a text"),
    ] {
        let folder = project(&[("main.tf", BUCKET), ("phiguard.toml", config)]);
        let output = phiguard(folder.path(), &["check"]);
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(2));
        assert!(text.contains(&format!("phiguard.toml:{place}: ")) && text.contains(message), "{config}\n{text}");
    }
    let config = "[[environment]]\nname = \"production\"\nvar_files = [\"gone.tfvars\"]\n";
    let folder = project(&[("main.tf", BUCKET), ("phiguard.toml", config)]);
    for (arguments, message) in [
        (&["check", "--environment", "prodution"][..], "is it production?"),
        (&["check", "--environment", "x", "--no-config"], "there is no phiguard.toml"),
        (&["check"], "gone.tfvars"),
    ] {
        let output = phiguard(folder.path(), arguments);
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.contains(message), "{text}");
    }
}

#[test]
fn an_environment_that_asks_for_a_profile_has_an_account_of_its_own() {
    let text = "variable \"trail\" {}\nresource \"aws_cloudtrail\" \"t\" {\n  count = var.trail ? 1 : 0\n  name = \"t\"\n}\n\
                resource \"aws_sns_topic\" \"orders\" {}\n";
    let config = |asked: &[&str]| {
        let environment = |name: &str, trail: bool| {
            let profile = if asked.contains(&name) { "profile = \"account\"\n" } else { "" };
            format!("[[environment]]\nname = \"{name}\"\n{profile}variables = {{trail = {trail}}}\n")
        };
        let pieces = "[parameters.account-baseline-missing]\npieces = [\"trail\"]\n";
        format!("{pieces}{}{}", environment("production", true), environment("laboratory", false))
    };
    let accounts = |config: &str, arguments: &[&str]| {
        let (_, json) = checked(config, &[("main.tf", text)], arguments);
        in_environments(&json)
            .into_iter()
            .filter(|found| found.contains("account-baseline-missing"))
            .collect::<Vec<_>>()
    };
    let missing = |environment: &str| vec![format!("account.aws account-baseline-missing fail {environment}")];
    assert_eq!(accounts(&config(&[]), &[]), Vec::<String>::new());
    assert_eq!(accounts(&config(&["production"]), &[]), Vec::<String>::new());
    assert_eq!(accounts(&config(&["laboratory"]), &[]), missing("laboratory"));
    assert_eq!(accounts(&config(&["production", "laboratory"]), &[]), missing("laboratory"));
    assert_eq!(accounts(&config(&["laboratory"]), &["--environment", "production"]), Vec::<String>::new());
    // One account for all of the scan has the trail of either.
    assert_eq!(accounts(&config(&["laboratory"]), &["--profile", "account"]), Vec::<String>::new());
    let selected = ["--select", "account-baseline-missing"];
    assert_eq!(accounts(&config(&["laboratory"]), &selected), missing("laboratory"));
}
