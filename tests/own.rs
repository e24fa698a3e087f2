//! Policies of a folder, by `--policies`: they judge, are tested and shown beside the program's own.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by failing"
)]

mod common;

use common::program::{checked, code, json, phiguard, stderr, stdout};
use common::project;
use serde_json::Value as Json;

const OWN_KIND: &str = "kind: intake\ntitle: Intake\nattributes:\n  sealed: {type: bool, description: Nobody reads it on the way.}\ntypes:\n  clinic_intake:\n    attributes:\n      sealed: {from: sealed, absent: false, source: \"clinic_intake: open unless sealed\"}\n";

fn own_policy(expect: &str) -> String {
    format!(
        "id: intake-open\ntitle: An intake is open\nseverity: high\nsafeguards: [164.312(e)(1)]\nremediate_within_days: 7\nkinds: [intake]\nfails: {{attribute: sealed, equals: false}}\nmessage: \"sealed is {{sealed}}\"\nremedy: {{summary: Seal it.}}\nexamples:\n  - dialect: terraform\n    expect: fail\n    title: Open\n    code: |\n      resource \"clinic_intake\" \"forms\" {{ # expect: intake-open\n      }}\n  - dialect: terraform\n    expect: {expect}\n    title: Sealed\n    code: |\n      resource \"clinic_intake\" \"forms\" {{\n        sealed = true\n      }}\n"
    )
}

#[test]
fn policies_of_a_folder_judge_beside_the_programs_own() {
    let policy = own_policy("pass");
    let folder = project(&[
        ("main.tf", "resource \"clinic_intake\" \"forms\" {}\n"),
        ("own/kinds/intake.yaml", OWN_KIND),
        ("own/clinic/intake-open.yaml", &policy),
    ]);
    let checked = phiguard(folder.path(), &["check", "--policies", "own", "--format", "compact", "main.tf"]);
    assert_eq!(code(&checked), 1, "{checked:?}");
    let found = stdout(&checked);
    assert!(found.starts_with("main.tf:1:1: high intake-open clinic_intake.forms: sealed is false"), "{found}");
    let tested = phiguard(folder.path(), &["policies", "test", "own"]);
    assert_eq!(code(&tested), 0, "{tested:?}");
    assert_eq!(stdout(&tested), "2 examples, 0 not as they expect\n");
}

#[test]
fn an_example_that_is_not_as_it_expects_is_named() {
    let policy = own_policy("unknown");
    let folder = project(&[("own/kinds/intake.yaml", OWN_KIND), ("own/clinic/intake-open.yaml", &policy)]);
    let tested = phiguard(folder.path(), &["policies", "test", "own"]);
    assert_eq!(code(&tested), 2, "a policy needs an example that passes: {tested:?}");
    let without = policy.replace("sealed = true", "sealed = false");
    let passing = without.replace("expect: unknown", "expect: pass");
    let folder = project(&[("own/kinds/intake.yaml", OWN_KIND), ("own/clinic/intake-open.yaml", &passing)]);
    let tested = phiguard(folder.path(), &["policies", "test", "own"]);
    assert_eq!(code(&tested), 1, "{tested:?}");
    let said = stdout(&tested);
    assert!(said.contains("intake-open (terraform, Pass, Sealed): it fails at lines {2}"), "{said}");
}

#[test]
fn a_wrong_policy_file_is_named_with_its_line() {
    let policy = own_policy("pass").replace("attribute: sealed,", "attribute: sealt,");
    let folder = project(&[("own/kinds/intake.yaml", OWN_KIND), ("own/clinic/intake-open.yaml", &policy)]);
    let checked = phiguard(folder.path(), &["check", "--policies", "own", "own"]);
    assert_eq!(code(&checked), 2, "{checked:?}");
    let said = stderr(&checked);
    assert!(said.contains("intake-open.yaml:7: none of its kinds has `sealt`"), "{said}");
}

#[test]
fn a_pattern_that_cannot_be_read_is_no_policy_that_never_fails() {
    let pattern = "{attribute: sealed, matches: \"(open\"}";
    let policy = own_policy("pass").replace("{attribute: sealed, equals: false}", pattern);
    let kind = OWN_KIND.replace("from: sealed,", "from: sealed, as: {matches: \"[a-\"},");
    for (kind, policy, place) in
        [(OWN_KIND, &policy, "intake-open.yaml:7"), (&kind, &own_policy("pass"), "intake.yaml:8")]
    {
        let folder = project(&[("own/kinds/intake.yaml", kind), ("own/clinic/intake-open.yaml", policy)]);
        let checked = phiguard(folder.path(), &["check", "--policies", "own", "own"]);
        assert_eq!(code(&checked), 2, "{checked:?}");
        let said = stderr(&checked);
        assert!(said.contains(place) && said.contains("cannot be read"), "{said}");
    }
}

#[test]
fn policies_of_a_folder_are_listed_and_explained() {
    let folder = project(&[
        ("own/kinds/intake.yaml", OWN_KIND),
        ("own/clinic/intake-open.yaml", &(own_policy("pass") + "crosswalk: {checkov: [CLINIC_7]}\n")),
    ]);
    let rows = json(&phiguard(folder.path(), &["policies", "--policies", "own", "--format", "json"]));
    let all = json(&phiguard(folder.path(), &["policies", "--format", "json"]));
    assert_eq!(rows.as_array().unwrap().len(), all.as_array().unwrap().len() + 1);
    let row = rows.as_array().unwrap().iter().find(|row| row["id"] == "intake-open").unwrap();
    assert_eq!((&row["family"], &row["crosswalk"]["checkov"][0]), (&Json::from("clinic"), &Json::from("CLINIC_7")));
    let others = rows.as_array().unwrap().iter().filter(|row| row["id"] != "intake-open");
    assert!(others.eq(all.as_array().unwrap()), "the program's own are listed as ever");
    let coverage = stdout(&phiguard(folder.path(), &["policies", "--policies", "own", "--coverage"]));
    assert!(coverage.lines().any(|line| line.contains("intake-open") && line.contains("clinic_intake")), "{coverage}");
    let page = stdout(&phiguard(folder.path(), &["explain", "intake-open", "--policies", "own"]));
    assert!(page.contains("intake-open: An intake is open") && page.contains("CLINIC_7"), "{page}");
    assert_eq!(code(&phiguard(folder.path(), &["explain", "intake-open"])), 2);
}

#[test]
fn the_crosswalk_of_a_policy_of_a_folder_counts() {
    let forms = "resource \"clinic_intake\" \"forms\" {\n  # checkov:skip=CLINIC_7:sealed by hand\n}\n";
    for (crosswalk, expected) in [("crosswalk: {checkov: [CLINIC_7]}\n", 0), ("", 1)] {
        let folder = project(&[
            ("main.tf", forms),
            ("own/kinds/intake.yaml", OWN_KIND),
            ("own/clinic/intake-open.yaml", &(own_policy("pass") + crosswalk)),
        ]);
        let arguments = ["main.tf", "--policies", "own", "--foreign-ignores", "--select", "intake-open"];
        let (report, code) = checked(folder.path(), &arguments);
        assert_eq!(code, expected, "{crosswalk}: {report}");
    }
}

#[test]
fn a_folder_says_how_its_secrets_are_told() {
    let main = "resource \"aws_lambda_function\" \"intake\" {\n  environment {\n    variables = {\n      CHART = \"clinicpass-4f9a1c77\"\n    }\n  }\n}\n";
    let secrets = "formats:\n  - {name: clinic pass, pattern: 'clinicpass-[0-9a-f]{8}'}\n";
    let arguments = ["main.tf", "--policies", "own", "--select", "hardcoded-secret"];
    let folder = project(&[("main.tf", main), ("own/notes.md", "")]);
    let (report, code) = checked(folder.path(), &arguments);
    assert_eq!(code, 0, "{report}");
    let folder = project(&[("main.tf", main), ("own/secrets.yaml", secrets)]);
    let (report, code) = checked(folder.path(), &arguments);
    assert_eq!((code, report["findings"].as_array().unwrap().len()), (1, 1), "{report}");
    for (text, expected) in [
        ("settings: ['(chart']\n", "own/secrets.yaml:1: this pattern cannot be read"),
        ("setings: []\n", "own/secrets.yaml"),
        ("assignment: chart=\n", "own/secrets.yaml:1: this pattern needs two groups: the name, and the value"),
    ] {
        let folder = project(&[("main.tf", main), ("own/secrets.yaml", text)]);
        let output = phiguard(folder.path(), &[&["check"], &arguments[..]].concat());
        assert!(common::program::code(&output) == 2 && stderr(&output).contains(expected), "{output:?}");
    }
}

/// A kind whose one type is sealed by companions of two types.
const SEALED: &str = "kind: intake\ntitle: Intake\nattributes:\n  sealed: {type: bool, description: Nobody reads it on the way.}\ntypes:\n  clinic_intake:\n    attributes:\n      sealed: {from: sealed, absent: false, source: \"clinic_intake: open unless sealed\"}\n    companions:\n      - {type: clinic_seal, by: intake, when: {attribute: broken, absent: true}, attributes: {sealed: {from: holds, as: bool}}}\n      - {type: clinic_seal, by: intake, when: {attribute: broken, absent: false}, attributes: {sealed: {from: broken, as: not}}}\n      - {type: clinic_lock, by: intake, attributes: {sealed: {from: closed, as: bool}}}\n";

#[test]
fn of_companions_of_different_types_the_one_that_the_table_names_later_holds() {
    let resource = |type_: &str, name: &str, set: &str| {
        format!("resource \"clinic_{type_}\" \"{name}\" {{\n  intake = clinic_intake.forms.id\n  {set}\n}}\n")
    };
    let (holds, broken) = (resource("seal", "a", "holds = true"), resource("seal", "b", "broken = true"));
    let (closed, ajar) = (resource("lock", "c", "closed = true"), resource("lock", "d", "closed = false"));
    for (sealed, companions, fails) in [
        ("", vec![&holds], false),
        // One companion beats what the owner says, whichever entry of the table it is.
        ("sealed = true", vec![&broken], true),
        ("sealed = false", vec![&holds], false),
        // Of one type the first holds, of several the last.
        ("", vec![&holds, &broken], false),
        ("", vec![&holds, &ajar], true),
        ("", vec![&ajar, &holds], true),
        ("", vec![&broken, &closed], false),
    ] {
        let owner = format!("resource \"clinic_intake\" \"forms\" {{\n  {sealed}\n}}\n");
        let main: String = std::iter::once(&owner).chain(companions).map(String::as_str).collect();
        let folder = project(&[
            ("main.tf", &main),
            ("own/kinds/intake.yaml", SEALED),
            ("own/clinic/intake-open.yaml", &own_policy("pass")),
        ]);
        let arguments = ["main.tf", "--policies", "own", "--select", "intake-open"];
        let (report, code) = checked(folder.path(), &arguments);
        assert_eq!(code, i32::from(fails), "{main}: {report}");
    }
}

#[test]
fn sarif_has_the_texts_of_policies_of_a_folder() {
    let policy = own_policy("pass") + "why: Whoever carries it reads it.\n";
    let folder = project(&[
        ("main.tf", "resource \"clinic_intake\" \"forms\" {}\n"),
        ("own/kinds/intake.yaml", OWN_KIND),
        ("own/clinic/intake-open.yaml", &policy),
    ]);
    let arguments = ["check", "main.tf", "--policies", "own", "--select", "intake-open", "--format", "sarif"];
    let log: Json = serde_json::from_str(&stdout(&phiguard(folder.path(), &arguments))).unwrap();
    let rule = &log["runs"][0]["tool"]["driver"]["rules"][0];
    assert_eq!(rule["fullDescription"]["text"], "Whoever carries it reads it.", "{rule}");
    assert!(rule["help"]["text"].as_str().unwrap().starts_with("Whoever carries it reads it."), "{rule}");
}
