//! Bicep as a user writes it: parameters, loops, conditions, modules, imports and types, read without a compiler.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by failing"
)]

mod common;

use common::{addresses, body, check, errors, project};
use phiguard::report::Report;
use serde_json::json;

fn one(text: &str) -> Report {
    let folder = project(&[("main.bicep", text)]);
    check(folder.path())
}

fn names(report: &Report) -> Vec<Option<String>> {
    report.graph.resources.iter().map(|resource| resource.name.as_ref().map(ToString::to_string)).collect()
}

const STORE: &str = "resource store 'Microsoft.Storage/storageAccounts@2023-01-01' = {\n  name: 'scans'\n  location: 'westeurope'\n  kind: 'StorageV2'\n  sku: { name: 'Standard_ZRS' }\n";

#[test]
fn parameters_and_variables_reach_the_properties() {
    let report = one(&format!(
        "param open bool = false\nvar tls = open ? 'TLS1_0' : 'TLS1_2'\n{STORE}  properties: {{\n    allowBlobPublicAccess: open\n    minimumTlsVersion: tls\n  }}\n}}\n"
    ));
    assert_eq!(errors(&report), [""; 0]);
    let properties = &body(&report, "store")["properties"];
    assert_eq!(properties, &json!({"allowBlobPublicAccess": false, "minimumTlsVersion": "TLS1_2"}));
    assert_eq!(report.graph.resources[0].api_version.as_deref(), Some("2023-01-01"));
}

#[test]
fn loops_make_one_resource_a_turn_and_an_unknown_number_makes_one() {
    let text = |items: &str| {
        format!(
            "param wards array{items}\nresource store 'Microsoft.Storage/storageAccounts@2023-01-01' = [for (ward, at) in wards: {{\n  name: 'scans${{at}}${{ward}}'\n}}]\n"
        )
    };
    let known = one(&text(" = ['a', 'b']"));
    assert_eq!(addresses(&known), ["store[0]", "store[1]"]);
    assert_eq!(names(&known), [Some("scans0a".to_string()), Some("scans1b".to_string())]);
    let open = one(&text(""));
    assert_eq!(addresses(&open), ["store[*]"]);
    assert_eq!(names(&open), [None]);
}

#[test]
fn conditions_leave_out_what_is_not_deployed_and_name_what_may_be() {
    let text = |value: &str| {
        format!(
            "param wanted bool{value}\nresource store 'Microsoft.Storage/storageAccounts@2023-01-01' = if (wanted) {{\n  name: 'scans'\n}}\n"
        )
    };
    assert_eq!(addresses(&one(&text(" = false"))), [""; 0]);
    let open = one(&text(""));
    assert_eq!(open.graph.resources[0].condition.as_deref(), Some("wanted"));
}

#[test]
fn children_have_the_names_of_their_parents_however_they_are_written() {
    let report = one(&format!(
        "{STORE}\n  resource blobs 'blobServices' = {{\n    name: 'default'\n    resource scans 'containers' = {{ name: 'scans' }}\n  }}\n}}\nresource files 'Microsoft.Storage/storageAccounts/fileServices@2023-01-01' = {{\n  parent: store\n  name: 'default'\n}}\n"
    ));
    assert_eq!(errors(&report), [""; 0]);
    assert_eq!(addresses(&report), ["store", "store::blobs", "store::blobs::scans", "files"]);
    let types: Vec<&str> = report.graph.resources.iter().map(|resource| resource.type_.as_str()).collect();
    assert_eq!(types[2], "Microsoft.Storage/storageAccounts/blobServices/containers");
    let names: Vec<String> = names(&report).into_iter().flatten().collect();
    assert_eq!(names, ["scans", "scans/default", "scans/default/scans", "scans/default"]);
    let ties: Vec<(usize, usize)> = report.graph.edges.iter().map(|edge| (edge.from, edge.to)).collect();
    assert_eq!(ties, [(1, 0), (2, 1), (3, 0)]);
}

#[test]
fn modules_are_evaluated_with_what_they_are_given_and_give_back() {
    let folder = project(&[
        (
            "main.bicep",
            "param wards array = ['a', 'b']\nmodule stores 'parts/store.bicep' = [for ward in wards: {\n  name: 'store-${ward}'\n  params: { ward: ward, open: ward == 'b' }\n}]\noutput first string = stores[0].outputs.account\n",
        ),
        (
            "parts/store.bicep",
            "param ward string\nparam open bool\nresource store 'Microsoft.Storage/storageAccounts@2023-01-01' = {\n  name: 'scans${ward}'\n  properties: { allowBlobPublicAccess: open }\n}\noutput account string = store.name\n",
        ),
    ]);
    let report = check(folder.path());
    assert_eq!(errors(&report), [""; 0]);
    assert_eq!(report.projects.len(), 1, "a module is no project of its own");
    assert_eq!(addresses(&report), ["stores[0]/store", "stores[1]/store"]);
    assert_eq!(body(&report, "stores[0]/store")["properties"], json!({"allowBlobPublicAccess": false}));
    assert_eq!(body(&report, "stores[1]/store")["properties"], json!({"allowBlobPublicAccess": true}));
    assert_eq!(report.outputs[0].2.as_str(), Some("scansa"));
    assert_eq!(report.graph.resources[1].calls[0].address, "stores[1]");
}

#[test]
fn what_is_not_on_the_disk_is_named_with_the_way_to_bring_it() {
    let report = one(
        "module net 'br/public:avm/res/network/virtual-network:0.1.0' = {\n  name: 'net'\n}\nmodule gone 'gone.bicep' = { name: 'gone' }\n",
    );
    let said = errors(&report);
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].starts_with("main.bicep:1 missing-module module net (br/public:avm/res/network"), "{}", said[0]);
    assert!(said[0].contains("`bicep restore` brings it"), "{}", said[0]);
    assert!(said[1].contains("module gone (gone.bicep) is not on this disk"), "{}", said[1]);
}

#[test]
fn imports_bring_variables_functions_and_types() {
    let folder = project(&[
        (
            "main.bicep",
            "import { prefix, named as call, tier } from 'shared.bicep'\nimport * as shared from 'shared.bicep'\nparam level tier\nresource store 'Microsoft.Storage/storageAccounts@2023-01-01' = {\n  name: call('scans')\n  tags: { a: prefix, b: shared.prefix, c: shared.named('x'), d: level }\n}\n",
        ),
        (
            "shared.bicep",
            "@export()\nvar prefix = 'clinic'\n@export()\nfunc named(it string) string => '${prefix}${it}'\n@export()\ntype tier = 'hot' | 'cool'\n",
        ),
    ]);
    let report = check(folder.path());
    assert_eq!(errors(&report), [""; 0]);
    assert_eq!(names(&report), [Some("clinicscans".to_string())]);
    let tags = &body(&report, "store")["tags"];
    assert_eq!((&tags["a"], &tags["b"], &tags["c"]), (&json!("clinic"), &json!("clinic"), &json!("clinicx")));
    assert_eq!(tags["d"]["$choice"][0]["value"], "hot");
    assert_eq!(tags["d"]["$choice"][1]["when"], "level is \"cool\"");
}

#[test]
fn types_say_what_a_parameter_without_a_value_may_be() {
    let report = one(
        "param maybe string?\n@allowed(['TLS1_0', 'TLS1_2'])\nparam tls string\n@secure()\nparam word string = 'x'\nparam names string[]\nresource store 'Microsoft.Storage/storageAccounts@2023-01-01' = {\n  name: 'scans'\n  tags: { maybe: maybe ?? 'none', tls: tls, word: word, names: names }\n}\n",
    );
    let tags = &body(&report, "store")["tags"];
    assert_eq!(tags["maybe"], "none");
    assert_eq!(tags["tls"]["$choice"][0]["value"], "TLS1_0");
    assert_eq!(tags["word"], json!({"$sensitive": true}));
    assert_eq!(tags["names"], json!({"$unknown": "parameter names has no default"}));
}

#[test]
fn a_parameter_file_gives_its_values_to_the_template_it_is_for() {
    let folder = project(&[
        (
            "main.bicep",
            "param open bool\nresource store 'Microsoft.Storage/storageAccounts@2023-01-01' = {\n  name: 'scans'\n  properties: { allowBlobPublicAccess: open }\n}\n",
        ),
        ("prod.bicepparam", "using 'main.bicep'\nextends 'base.bicepparam'\n"),
        ("base.bicepparam", "using none\nvar closed = false\nparam open = closed\n"),
    ]);
    let report = check(folder.path());
    assert_eq!(errors(&report), [""; 0]);
    assert_eq!(report.projects[0].root, "prod.bicepparam");
    assert_eq!(body(&report, "store")["properties"], json!({"allowBlobPublicAccess": false}));
}

#[test]
fn files_are_taken_in_from_below_the_checked_folders_only() {
    let folder = project(&[
        (
            "app/main.bicep",
            "var rules = loadJsonContent('rules.json')\nresource store 'Microsoft.Storage/storageAccounts@2023-01-01' = {\n  name: rules.name\n  tags: { text: loadTextContent('note.txt'), part: loadYamlContent('list.yaml', '$.a[1]'), far: loadTextContent('../secret.txt') }\n}\n",
        ),
        ("app/rules.json", "{\"name\": \"scans\" /* of the clinic */}"),
        ("app/note.txt", "intake"),
        ("app/list.yaml", "a: [x, y]\n"),
        ("secret.txt", "not for phiguard"),
    ]);
    let report = check(&folder.path().join("app"));
    assert_eq!(errors(&report), [""; 0]);
    assert_eq!(names(&report), [Some("scans".to_string())]);
    let tags = &body(&report, "store")["tags"];
    assert_eq!((&tags["text"], &tags["part"]), (&json!("intake"), &json!("y")));
    assert!(tags["far"]["$unknown"].as_str().unwrap().contains("lies outside"), "{tags}");
}

#[test]
fn errors_have_their_place_and_the_rest_is_checked() {
    let report = one(&format!("var wrong = nowhere\nparam = 3\nvar round = round\n{STORE}}}\n"));
    let said = errors(&report);
    assert!(said.iter().any(|it| it.starts_with("main.bicep:1 evaluation-error there is nothing named")), "{said:?}");
    assert!(said.iter().any(|it| it.starts_with("main.bicep:2 parse-error")), "{said:?}");
    assert!(said.iter().any(|it| it.starts_with("main.bicep:3 evaluation-error round refers to itself")), "{said:?}");
    assert_eq!(addresses(&report), ["store"]);
}

#[test]
fn limits_end_in_an_error() {
    let report = one(
        "resource s 'Microsoft.Storage/storageAccounts@2023-01-01' = [for i in range(0, 1000000): {\n  name: 'a${i}'\n}]\n",
    );
    let said = errors(&report);
    assert_eq!(said.len(), 1, "{said:?}");
    let folder = project(&[("main.bicep", "module again 'main.bicep' = { name: 'again' }\n")]);
    let said = errors(&check(folder.path()));
    assert!(said[0].contains("modules call each other"), "{said:?}");
}

#[test]
fn a_finding_in_a_module_points_into_its_file_with_the_call_as_evidence() {
    let folder = project(&[
        ("main.bicep", "module store 'store.bicep' = {\n  name: 'store'\n  params: { open: true }\n}\n"),
        (
            "store.bicep",
            "param open bool\nresource store 'Microsoft.Storage/storageAccounts@2023-01-01' = {\n  name: 'scans'\n  properties: {\n    supportsHttpsTrafficOnly: !open\n  }\n}\n",
        ),
    ]);
    let report = check(folder.path());
    let finding = report.findings.iter().find(|finding| finding.policy == "bucket-plaintext-allowed").unwrap();
    assert_eq!(report.sources.name(finding.span), "store.bicep");
    assert_eq!(report.sources.text(finding.span), "!open");
    let calls: Vec<&str> = finding.evidence.iter().map(|it| report.sources.name(it.span)).collect();
    assert!(calls.contains(&"main.bicep"), "{calls:?}");
}

const ACCOUNT: &str = "resource claims 'Microsoft.Storage/storageAccounts@2023-01-01' = {\n  name: 'clinicclaims'\n  location: 'westeurope'\n  properties: { minimumTlsVersion: 'TLS1_0' }\n}\n";

/// What the compiler makes of [`ACCOUNT`], with other values for its version and its generator.
fn compiled(tls: &str, generator: &str) -> String {
    format!(
        r#"{{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0",
  "metadata": {{"_generator": {{"name": "{generator}", "version": "0.30.3.12046", "templateHash": "1"}}}},
  "resources": [
    {{
      "type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "clinicclaims",
      "location": "westeurope", "properties": {{"minimumTlsVersion": "{tls}"}}
    }}
  ]
}}
"#
    )
}

#[test]
fn a_template_compiled_from_a_source_beside_it_is_told_once() {
    let files_of = |files: &[(&str, &str)]| {
        let folder = project(files);
        let report = check(folder.path());
        let of_tls: Vec<(String, Vec<String>)> = report
            .findings
            .iter()
            .filter(|finding| finding.policy == "weak-tls")
            .map(|finding| {
                let labels = finding.evidence.iter().map(|evidence| evidence.label.to_string()).collect();
                (report.sources.name(finding.span).to_string(), labels)
            })
            .collect();
        let names = report.findings.iter().map(|finding| report.sources.name(finding.span));
        (of_tls, names.filter(|name| name.ends_with(".json")).count())
    };
    let same = compiled("TLS1_0", "bicep");
    for name in ["main.json", "azuredeploy.json"] {
        let (of_tls, in_json) = files_of(&[("main.bicep", ACCOUNT), (name, &same)]);
        assert_eq!((of_tls.len(), in_json), (1, 0));
        assert_eq!(of_tls[0].0, "main.bicep");
        assert!(of_tls[0].1.contains(&format!("the same in {name}, which is compiled from this")), "{of_tls:?}");
    }
    // What it was compiled from since it may have changed, and what nobody compiled has nothing to do with it.
    let sound = ACCOUNT.replace("TLS1_0", "TLS1_2");
    let (of_tls, in_json) = files_of(&[("main.bicep", &sound), ("main.json", &same)]);
    assert_eq!((of_tls.len(), in_json), (1, 1));
    let (of_tls, _) = files_of(&[("main.bicep", ACCOUNT), ("main.json", &compiled("TLS1_0", "hand"))]);
    assert_eq!(of_tls.len(), 2);
    // A module is judged where it is called.
    let caller = "module claims 'parts/claims.bicep' = { name: 'claims' }\n";
    let (of_tls, in_json) =
        files_of(&[("main.bicep", caller), ("parts/claims.bicep", ACCOUNT), ("parts/claims.json", &same)]);
    assert_eq!((of_tls.len(), in_json), (1, 0));
}

#[test]
fn a_parameter_file_takes_over_what_it_extends() {
    let folder = project(&[
        (
            "main.bicep",
            "param one string\nparam two string\nresource a 'Microsoft.Storage/storageAccounts@2023-01-01' = {\n  name: one\n  location: two\n}\n",
        ),
        ("shared.bicepparam", "using none\n\nparam two = 'westeurope'\n"),
        ("main.bicepparam", "using 'main.bicep'\nextends 'shared.bicepparam'\n\nparam one = 'claims${base.two}'\n"),
    ]);
    let report = check(folder.path());
    assert_eq!(errors(&report), Vec::<String>::new());
    assert_eq!(names(&report), [Some("claimswesteurope".to_string())]);
}

#[test]
fn owners_are_found_by_name() {
    let folder = project(&[
        (
            "main.bicep",
            "param server string\nresource sql 'Microsoft.Sql/servers@2023-08-01' = {\n  name: server\n}\nresource rule 'Microsoft.Sql/servers/firewallRules@2023-08-01' = {\n  name: '${sql.name}/all'\n}\nmodule locks 'locks.bicep' = {\n  name: 'locks'\n  params: { server: server }\n}\n",
        ),
        (
            "locks.bicep",
            "param server string\nresource sql 'Microsoft.Sql/servers@2023-08-01' existing = {\n  name: server\n}\nresource other 'Microsoft.Sql/servers@2023-08-01' existing = {\n  name: server\n  scope: resourceGroup('other')\n}\nresource lock 'Microsoft.Authorization/locks@2020-05-01' = {\n  name: 'kept'\n  scope: sql\n}\nresource elsewhere 'Microsoft.Authorization/locks@2020-05-01' = {\n  name: 'kept'\n  scope: other\n}\n",
        ),
    ]);
    let report = check(folder.path());
    let owner = |address: &str, word: &str| body(&report, address)[word].clone();
    assert_eq!(owner("rule", "parent"), json!("sql"));
    assert_eq!(owner("locks/lock", "scope"), json!("sql"));
    assert_eq!(owner("locks/elsewhere", "scope"), json!("locks/other"));
}

#[test]
fn what_a_module_in_json_declares_is_tied_together_and_hangs_on_the_condition_of_the_call() {
    let template = json!({
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "resources": [
            {"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "scans"},
            {"type": "Microsoft.Storage/storageAccounts/blobServices", "apiVersion": "2023-01-01", "name": "scans/default"},
            {"type": "Microsoft.Insights/diagnosticSettings", "apiVersion": "2021-05-01-preview", "name": "log",
             "scope": "[resourceId('Microsoft.Storage/storageAccounts', 'scans')]"},
        ],
    });
    let main = "param wanted bool\nmodule store 'store.json' = if (wanted) {\n  name: 'store'\n}\n";
    let folder = project(&[("main.bicep", main), ("store.json", &template.to_string())]);
    let report = check(folder.path());
    let account = "store/Microsoft.Storage/storageAccounts/scans";
    let inner: Vec<&str> = report.graph.resources.iter().map(|one| one.address.as_str()).collect();
    assert!(inner.contains(&account), "{inner:?}");
    let to_account: Vec<&str> = report
        .graph
        .edges
        .iter()
        .filter(|edge| report.graph.resources[edge.to].address == account)
        .map(|edge| report.graph.resources[edge.from].address.as_str())
        .collect();
    let child = "store/Microsoft.Storage/storageAccounts/blobServices/scans/default";
    assert_eq!(to_account, [child, "store/Microsoft.Insights/diagnosticSettings/log"]);
    let found = report.graph.resources.iter().find(|one| one.address == account).unwrap();
    assert_eq!(found.condition.as_deref(), Some("wanted"));
    assert_eq!(found.calls[0].address, "store");
}
