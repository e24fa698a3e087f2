//! What a hook is given: changed files, of which the projects are checked that they belong to, and only these.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by failing"
)]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::program::{self, PROGRAM, phiguard, stdout};
use common::repository::committed;
use common::{project, store};
use serde_json::Value as Json;
use tempfile::TempDir;

fn template(name: &str, more: &str) -> String {
    format!("AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  {name}:\n    Type: AWS::SDB::Domain\n{more}")
}

/// A repository in which one thing leads to another.
fn repository() -> TempDir {
    let nested = "  Inner:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: ./nested.yaml\n";
    let bicep = "resource w 'Microsoft.Storage/storageAccounts@2023-01-01' = {\n  name: 'charts'\n  location: 'westeurope'\n  \
                 sku: { name: 'Standard_LRS' }\n  kind: 'StorageV2'\n}\n";
    let policy = "resource \"aws_iam_policy\" \"p\" {\n  policy = file(\"${path.module}/policies/wide.json\")\n}\n";
    let folder = project(&[
        ("clinic/main.tf", &format!("module \"m\" {{\n  source = \"../modules/records\"\n}}\n{}", store("clinic"))),
        ("modules/records/main.tf", "module \"s\" {\n  source = \"./store\"\n}\n"),
        ("modules/records/store/main.tf", &store("store")),
        ("imaging/main.tf", &store("imaging")),
        ("imaging/prod.tfvars", "x = 1\n"),
        ("staff/main.tf", policy),
        (
            "staff/policies/wide.json",
            "{\"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"}]}",
        ),
        ("stacks/outer.yaml", &template("Outer", nested)),
        ("stacks/nested.yaml", &template("Nested", "")),
        ("stacks/other.yaml", &template("Other", "")),
        ("azure/main.bicep", "module m './records.bicep' = {\n  name: 'm'\n}\n"),
        ("azure/records.bicep", bicep),
        ("azure/other.bicep", bicep),
        ("ignored/main.tf", &store("ignored")),
        (".phiguardignore", "ignored/\n"),
        ("phiguard.toml", ""),
        ("README.md", "../modules/records\n"),
    ]);
    fs::create_dir(folder.path().join(".git")).unwrap();
    folder
}

/// The cells of a row of comma-separated values.
fn cells(row: &str) -> impl Iterator<Item = String> {
    let mut quoted = false;
    let ends = move |character: char| {
        quoted ^= character == '"';
        character == ',' && !quoted
    };
    row.split(ends).map(|cell| cell.trim_matches('"').to_string()).collect::<Vec<_>>().into_iter()
}

/// The projects of what is found where some files changed.
fn checked(folder: &Path, changed: &[&str]) -> BTreeSet<String> {
    let output = phiguard(folder, &[&["check", "--changed", "--format", "csv"], changed].concat());
    let text = stdout(&output);
    let rows = text.lines().skip(1).map(|row| cells(row).nth(12).unwrap_or_default());
    assert!(matches!(output.status.code(), Some(0 | 1)), "{output:?}");
    rows.collect()
}

#[test]
fn changed_files_lead_to_their_projects_and_no_others() {
    let folder = repository();
    let cases: &[(&[&str], &[&str])] = &[
        (&["imaging/main.tf"], &["imaging"]),
        (&["imaging/prod.tfvars"], &["imaging"]),
        (&["imaging/gone.tf"], &["imaging"]),
        // A module is judged as its callers call it, also through others.
        (&["modules/records/store/main.tf"], &["clinic"]),
        (&["modules/records/main.tf", "imaging/main.tf"], &["clinic", "imaging"]),
        // What a configuration reads is part of it.
        (&["staff/policies/wide.json"], &["staff"]),
        (&["stacks/nested.yaml"], &["stacks/outer.yaml"]),
        (&["stacks/other.yaml"], &["stacks/other.yaml"]),
        (&["azure/records.bicep"], &["azure/main.bicep"]),
        (
            &["imaging/main.tf", "phiguard.toml"],
            &[
                "clinic",
                "imaging",
                "staff",
                "stacks/outer.yaml",
                "stacks/other.yaml",
                "azure/main.bicep",
                "azure/other.bicep",
            ],
        ),
        (&["ignored/main.tf"], &[]),
        (&["README.md"], &[]),
        (&["gone/entirely.tf"], &[]),
        (&[], &[]),
    ];
    for (changed, expected) in cases {
        let expected: BTreeSet<String> = expected.iter().map(|project| (*project).to_string()).collect();
        assert_eq!(checked(folder.path(), changed), expected, "{changed:?}");
    }
}

#[test]
fn findings_are_those_of_the_whole_repository() {
    let folder = repository();
    let findings = |arguments: &[&str]| -> Vec<Json> {
        let (report, _) = program::checked(folder.path(), &[&["--show-unknown"], arguments].concat());
        report["findings"].as_array().unwrap().clone()
    };
    let whole = findings(&["."]);
    let part = findings(&["--changed", "modules/records/store/main.tf"]);
    assert!(!part.is_empty());
    for finding in &part {
        assert!(whole.contains(finding), "{finding}");
    }
    let of_clinic = whole.iter().filter(|one| {
        let address = one["resource"]["address"].as_str().unwrap();
        address.starts_with("module.") || address.ends_with(".clinic")
    });
    assert_eq!(of_clinic.count(), part.len());
}

/// Where pre-commit is: on the path, or where PHIGUARD_PRE_COMMIT says.
fn pre_commit() -> Option<PathBuf> {
    let named = std::env::var_os("PHIGUARD_PRE_COMMIT").map(PathBuf::from);
    let program = named.unwrap_or_else(|| "pre-commit".into());
    let answer = Command::new(&program).arg("--version").output().ok()?;
    answer.status.success().then_some(program)
}

#[test]
fn pre_commit_runs_the_hook_on_changed_files() {
    let Some(program) = pre_commit() else {
        eprintln!(
            "pre-commit is not here, so the hook was not tried; pip install pre-commit, or set PHIGUARD_PRE_COMMIT"
        );
        return;
    };
    let hooks = fs::read_to_string(common::root().join(".pre-commit-hooks.yaml")).unwrap();
    let hooks = project(&[(".pre-commit-hooks.yaml", &hooks)]);
    committed(hooks.path());
    let folder = repository();
    fs::remove_dir(folder.path().join(".git")).unwrap();
    committed(folder.path());
    let home = tempfile::tempdir().unwrap();
    let binary = Path::new(PROGRAM).parent().unwrap().to_path_buf();
    let mut path = vec![binary];
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    let run = |files: &[&str]| {
        let mut command = Command::new(&program);
        command.args(["try-repo", hooks.path().to_str().unwrap(), "phiguard-system", "--files"]).args(files);
        command.current_dir(folder.path()).env("PATH", std::env::join_paths(&path).unwrap());
        command.env("PRE_COMMIT_HOME", home.path()).env("NO_COLOR", "1").output().unwrap()
    };
    let output = run(&["modules/records/store/main.tf", "README.md"]);
    let said = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(said.contains("aws_simpledb_domain.store") && !said.contains("imaging"), "{said}");
    let output = run(&["README.md"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let output = run(&["ignored/main.tf"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}
