//! Runs held against a revision, end to end: what is new, kept and mended, and nothing of the repository touched.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by failing"
)]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use common::program::{checked, phiguard, stderr, stdout};
use common::repository::{commit, committed};
use common::{project, store};
use git2::Repository;
use serde_json::Value as Json;
use tempfile::TempDir;

fn check(folder: &Path, arguments: &[&str]) -> Output {
    phiguard(folder, &[&["check"], arguments].concat())
}

/// The report, and the exit code.
fn since(folder: &Path, arguments: &[&str]) -> (Json, i32) {
    checked(folder, &[&["--since"], arguments].concat())
}

/// A repository with one commit of these files.
fn repository(files: &[(&str, &str)]) -> (TempDir, Repository) {
    let folder = project(files);
    let repository = committed(folder.path());
    (folder, repository)
}

/// The addresses of the findings with that change.
fn addresses<'r>(report: &'r Json, change: &str) -> Vec<&'r str> {
    let findings = report["findings"].as_array().unwrap().iter().filter(|one| one["change"] == change);
    let mut addresses: Vec<&str> = findings.map(|one| one["resource"]["address"].as_str().unwrap()).collect();
    addresses.dedup();
    addresses
}

/// Everything in a folder, the repository's own files included, with what it holds.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => open.push(path),
                false => drop(found.insert(path.clone(), fs::read(path).unwrap())),
            }
        }
    }
    found
}

#[test]
fn findings_are_new_kept_or_mended_and_nothing_is_touched() {
    let old = format!("{}{}", store("charts"), store("claims"));
    let (folder, _repository) = repository(&[("clinic/main.tf", &old), ("imaging/main.tf", &store("scans"))]);
    let folder = folder.path();
    // Not committed, as in a hook: the working tree is what is judged.
    fs::write(folder.join("clinic/main.tf"), format!("\n\n{}{}", store("charts"), store("visits"))).unwrap();
    let before = contents(folder);
    let (report, code) = since(folder, &["HEAD"]);
    assert_eq!(code, 1, "{report}");
    assert_eq!(addresses(&report, "new"), ["aws_simpledb_domain.visits"]);
    assert_eq!(addresses(&report, "kept"), ["aws_simpledb_domain.charts", "aws_simpledb_domain.scans"]);
    let mended = report["comparison"]["mended"].as_array().unwrap();
    assert!(!mended.is_empty() && mended.iter().all(|one| one["address"] == "aws_simpledb_domain.claims"), "{report}");
    assert!(mended.iter().all(|one| one["project"] == "clinic"), "{report}");
    assert!(report["comparison"]["with"].as_str().unwrap().starts_with("HEAD ("), "{report}");
    assert_eq!(contents(folder), before, "the repository is as it was");

    // From a folder within, files are named as they are without a comparison.
    let (report, _) = since(&folder.join("clinic"), &["HEAD"]);
    assert_eq!(addresses(&report, "new"), ["aws_simpledb_domain.visits"]);
    assert!(report["findings"].as_array().unwrap().iter().all(|one| one["file"] == "main.tf"), "{report}");

    let shown = check(folder, &["--since", "HEAD"]);
    let shown = stdout(&shown);
    for expected in ["(new)", "(kept)", "mended non-baa-service: aws_simpledb_domain.claims (clinic)", "; since HEAD ("]
    {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
}

#[test]
fn only_new_findings_fail_where_that_is_asked_for() {
    let (folder, repository) = repository(&[("main.tf", &store("charts"))]);
    let folder = folder.path();
    assert_eq!(since(folder, &["HEAD"]).1, 1);
    let (report, code) = since(folder, &["HEAD", "--only-new"]);
    assert_eq!((code, &report["summary"]["failed"]), (0, &Json::from(0)), "{report}");
    fs::write(folder.join("claims.tf"), store("claims")).unwrap();
    assert_eq!(since(folder, &["HEAD", "--only-new"]).1, 1);
    let first = repository.head().unwrap().target().unwrap().to_string();
    commit(&repository, "Add claims");
    assert_eq!(since(folder, &["HEAD", "--only-new"]).1, 0);
    assert_eq!(since(folder, &[&first, "--only-new"]).1, 1);
    // Two revisions: the working tree is of no account.
    fs::remove_file(folder.join("claims.tf")).unwrap();
    fs::write(folder.join("visits.tf"), store("visits")).unwrap();
    let (report, code) = since(folder, &[&format!("{first}..HEAD"), "--only-new"]);
    assert_eq!((code, addresses(&report, "new")), (1, vec!["aws_simpledb_domain.claims"]), "{report}");
    let new = report["findings"].as_array().unwrap().iter().find(|one| one["change"] == "new").unwrap();
    assert_eq!(new["file"], "claims.tf");
}

#[test]
fn a_branch_is_compared_with_where_it_left() {
    let (folder, repository) = repository(&[("main.tf", &store("charts"))]);
    let folder = folder.path();
    let start = repository.head().unwrap().peel_to_commit().unwrap();
    repository.branch("release", &start, false).unwrap();
    // What the other branch mends later is no news of this one.
    fs::write(folder.join("main.tf"), "resource \"aws_iam_group\" \"nurses\" { name = \"nurses\" }\n").unwrap();
    commit(&repository, "Mend");
    let mended = repository.head().unwrap().target().unwrap().to_string();
    repository.set_head("refs/heads/release").unwrap();
    fs::write(folder.join("main.tf"), store("charts")).unwrap();
    fs::write(folder.join("claims.tf"), store("claims")).unwrap();
    commit(&repository, "Add claims");
    let (report, _) = since(folder, &[&mended]);
    assert_eq!(addresses(&report, "new"), ["aws_simpledb_domain.claims"]);
    assert_eq!(addresses(&report, "kept"), ["aws_simpledb_domain.charts"]);
}

#[test]
fn modules_values_and_moved_projects_are_those_of_each_tree() {
    let call = "variable \"public\" { default = false }\nmodule \"records\" {\n  source = \"../modules/records\"\n  public = var.public\n}\n";
    let module =
        "variable \"public\" {}\nresource \"aws_db_instance\" \"this\" {\n  publicly_accessible = var.public\n}\n";
    let (folder, repository) = repository(&[
        ("clinic/main.tf", call),
        ("clinic/prod.tfvars", "public = false\n"),
        ("modules/records/main.tf", module),
        ("phiguard.toml", "exclude = [\"old/\"]\nselect = [\"public-database\", \"non-baa-service\"]\n"),
        ("old/main.tf", &store("charts")),
    ]);
    let folder = folder.path();
    fs::write(folder.join("clinic/prod.tfvars"), "public = true\n").unwrap();
    let (report, _) = since(folder, &["HEAD", "clinic", "--var-file", "clinic/prod.tfvars"]);
    assert_eq!(addresses(&report, "new"), ["module.records.aws_db_instance.this"], "{report}");
    assert_eq!(report["findings"].as_array().unwrap().len(), 1, "phiguard.toml is for both trees: {report}");
    commit(&repository, "Open it");
    fs::create_dir(folder.join("infra")).unwrap();
    fs::rename(folder.join("clinic"), folder.join("infra/clinic")).unwrap();
    let moved = fs::read_to_string(folder.join("infra/clinic/main.tf")).unwrap().replace("../modules", "../../modules");
    fs::write(folder.join("infra/clinic/main.tf"), moved).unwrap();
    fs::write(folder.join("infra/clinic/terraform.tfvars"), "public = true\n").unwrap();
    let (report, _) = since(folder, &["HEAD", ".", "--var", "public=true"]);
    assert_eq!(addresses(&report, "kept"), ["module.records.aws_db_instance.this"], "{report}");
    assert!(addresses(&report, "new").is_empty() && report["comparison"]["mended"].as_array().unwrap().is_empty());
}

#[cfg(unix)]
#[test]
fn what_terraform_init_downloaded_serves_both_trees() {
    let call = "module \"records\" {\n  source = \"example/records/aws\"\n}\n";
    let (folder, _repository) = repository(&[("clinic/main.tf", call), (".gitignore", ".terraform/\n")]);
    let folder = folder.path();
    let downloaded = folder.join("clinic/.terraform/modules/records");
    fs::create_dir_all(&downloaded).unwrap();
    fs::write(downloaded.join("main.tf"), store("charts")).unwrap();
    let index = "{\"Modules\":[{\"Key\":\"records\",\"Source\":\"registry.terraform.io/example/records/aws\",\"Version\":\"1.0.0\",\"Dir\":\".terraform/modules/records\"}]}";
    fs::write(folder.join("clinic/.terraform/modules/modules.json"), index).unwrap();
    let (report, _) = since(folder, &["HEAD"]);
    assert_eq!(addresses(&report, "kept"), ["module.records.aws_simpledb_domain.charts"], "{report}");
    assert!(addresses(&report, "new").is_empty(), "{report}");
}

#[test]
fn what_could_not_be_checked_before_is_said() {
    let (folder, _repository) = repository(&[("main.tf", "resource \"aws_iam_group\" \"a\" {\n  name = \n}\n")]);
    let folder = folder.path();
    fs::write(folder.join("main.tf"), store("charts")).unwrap();
    let output = check(folder, &["--since", "HEAD"]);
    let said = stderr(&output);
    assert!(said.contains("1 error in HEAD (") && said.contains("may look new"), "{said}");
    // And now: what cannot be read is not mended.
    fs::write(folder.join("main.tf"), "resource \"x\" \"y\" {").unwrap();
    let (report, code) = since(folder, &["HEAD"]);
    assert_eq!((code, report["comparison"]["mended"].as_array().unwrap().len()), (2, 0), "{report}");
}

#[test]
fn what_cannot_be_compared_is_refused_with_what_to_do() {
    let (folder, _repository) = repository(&[("main.tf", "")]);
    let elsewhere = project(&[("main.tf", "")]);
    let other = elsewhere.path().to_str().unwrap();
    let cases: &[(&Path, &[&str], &str)] = &[
        (folder.path(), &["--since", "no-such-branch"], "fetch-depth: 0"),
        (elsewhere.path(), &["--since", "HEAD"], "lies in no git repository"),
        (folder.path(), &["--since", "HEAD", ".", other], "lies outside the repository"),
        (folder.path(), &["--only-new"], "--since"),
        (folder.path(), &["--since", "HEAD", "--baseline", "x.json"], "cannot be used with"),
    ];
    for (folder, arguments, expected) in cases {
        let output = check(folder, arguments);
        let said = stderr(&output);
        assert!(output.status.code() == Some(2) && said.contains(expected), "{arguments:?}: {said}");
    }
}
