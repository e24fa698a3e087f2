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

use common::program::{code, phiguard, stderr, stdout};
use common::project;

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
