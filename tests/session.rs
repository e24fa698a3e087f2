//! A workspace that stays open: what an edit is found to change is what a run over everything finds, and no more is
//! parsed for it than was edited.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by failing"
)]

mod common;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use common::project;
use phiguard::report::Report;
use phiguard::run::{Progress, Request, Session, run};
use phiguard::source::Files;

const FILES: &[(&str, &str)] = &[
    ("one/main.tf", "module \"store\" {\n  source = \"../modules/store\"\n  open   = local.open\n}\n"),
    ("one/locals.tf", "locals {\n  open = true\n}\n"),
    ("two/main.tf", "module \"store\" {\n  source = \"../modules/store\"\n  open   = false\n}\nvariable \"size\" {}\n"),
    ("two/terraform.tfvars", "size = 7\n"),
    (
        "modules/store/main.tf",
        "variable \"open\" {}\nresource \"aws_db_instance\" \"claims\" {\n  publicly_accessible = var.open\n  # phiguard: \
         ignore[single-zone] reason=\"demo\"\n  multi_az = false\n}\n",
    ),
    ("three/main.tf", "resource \"aws_s3_bucket\" \"imaging\" {\n  bucket = \"imaging\"\n}\n"),
    (
        "stacks/network.yaml",
        "AWSTemplateFormatVersion: '2010-09-09'\nResources: {}\nOutputs:\n  Open:\n    Value: 'true'\n    Export: {Name: clinic-open}\n",
    ),
    (
        "stacks/claims.yaml",
        "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  Claims:\n    Type: AWS::RDS::DBInstance\n    Properties:\n      \
         PubliclyAccessible: !ImportValue clinic-open\n",
    ),
    ("azure/main.bicep", "module claims 'claims.bicep' = {\n  name: 'claims'\n  params: { https: false }\n}\n"),
    (
        "azure/claims.bicep",
        "param https bool\nresource claims 'Microsoft.Storage/storageAccounts@2023-01-01' = {\n  name: 'clinicclaims'\n  location: \
         'westeurope'\n  kind: 'StorageV2'\n  sku: { name: 'Standard_GRS' }\n  properties: { supportsHttpsTrafficOnly: https }\n}\n",
    ),
];

/// What is said of every file: findings and errors, as sorted lines.
type Said = BTreeSet<String>;

fn finding(report: &Report, finding: &phiguard::judge::Finding<'static>) -> String {
    let (start, end) = report.sources.range(finding.span);
    let resource = &report.graph.resources[finding.resource];
    let evidence: Vec<String> =
        finding.evidence.iter().map(|one| format!("{}@{:?}", one.label, report.sources.range(one.span))).collect();
    let (policy, message, suppressed) = (finding.policy, &finding.message, finding.suppressed.is_some());
    let file = report.sources.name(finding.span);
    format!("{file} {start:?} {end:?} {policy} {} {message} {suppressed} {evidence:?}", resource.address)
}

fn error(report: &Report, error: &phiguard::evaluate::Diagnostic) -> String {
    let file = error.path.clone().unwrap_or_else(|| report.sources.name(error.span).to_string());
    format!("{file} {:?} {} {}", report.sources.range(error.span), error.code.as_str(), error.message)
}

fn of_report(report: &Report) -> Said {
    let findings = report.findings.iter().map(|one| finding(report, one));
    findings.chain(report.errors.iter().map(|one| error(report, one))).collect()
}

fn of_session(session: &Session) -> Said {
    let files: Vec<PathBuf> = session.files().into_iter().cloned().collect();
    let findings = files.iter().flat_map(|path| session.findings(path).map(|(report, one)| finding(report, one)));
    let errors = files.iter().flat_map(|path| session.errors(path).map(|(report, one)| error(report, one)));
    findings.chain(errors).collect()
}

fn request(root: &Path, files: Files) -> Request {
    Request { paths: vec![root.to_path_buf()], base: root.to_path_buf(), files, ..Request::default() }
}

fn opened(root: &Path) -> Session {
    let mut session = Session::new(request(root, Files::default()));
    let pass = session.whole(Files::default(), Vec::new())(&Progress::default()).unwrap();
    session.take(pass);
    session
}

#[test]
fn an_edit_changes_what_a_run_over_everything_would_say() {
    let folder = project(FILES);
    let root = folder.path().canonicalize().unwrap();
    let mut session = opened(&root);
    let first = of_report(&run(&request(&root, Files::default()), &Progress::default()).unwrap());
    assert_eq!(of_session(&session), first);
    assert!(first.len() > 20, "{first:#?}");
    let mut files = Files::default();
    let edits = [
        ("one/locals.tf", "open = true", "open = false"),
        ("two/main.tf", "open   = false", "open   = true"),
        ("two/terraform.tfvars", "size = 7", "size = 8\nlost = 1"),
        ("modules/store/main.tf", "var.open\n", "!var.open\n"),
        ("modules/store/main.tf", "ignore[single-zone]", "ignore[single-zon]"),
        ("three/main.tf", "bucket = \"imaging\"", "bucket = "),
        ("three/main.tf", "bucket = \"imaging\"", "bucket = \"imaging-2\""),
        ("stacks/network.yaml", "'true'", "'false'"),
        ("stacks/claims.yaml", "!ImportValue clinic-open", "true"),
        ("azure/main.bicep", "false", "true"),
        ("azure/claims.bicep", "'westeurope'", "'northeurope'\n  tags: { owner: 'clinic' }"),
    ];
    for (name, from, to) in edits {
        let path = root.join(name);
        let text = FILES.iter().find(|(one, _)| *one == name).unwrap().1.replace(from, to);
        files.open(path.clone(), text.into());
        let before = of_session(&session);
        let pass = session.part(&BTreeSet::from([path]), files.clone()).expect(name).unwrap();
        let taken = session.take(pass);
        // A stack that imports from none any more is a project without them.
        assert_eq!(taken.is_restructured, name == "stacks/claims.yaml", "{name}: the same files as before");
        let whole = of_report(&run(&request(&root, files.clone()), &Progress::default()).unwrap());
        let now = of_session(&session);
        let lost: Vec<&String> = whole.difference(&now).collect();
        let more: Vec<&String> = now.difference(&whole).collect();
        assert!(lost.is_empty() && more.is_empty(), "{name}: {from} -> {to}\nlost {lost:#?}\nmore {more:#?}");
        assert!(before != now || name.ends_with("tfvars"), "{name}: {from} -> {to} changes nothing");
    }
}

#[test]
fn only_what_was_edited_is_parsed_again() {
    let folder = project(FILES);
    let root = folder.path().canonicalize().unwrap();
    let mut session = opened(&root);
    let path = root.join("one/locals.tf");
    let mut files = Files::default();
    let mut parsed = Vec::new();
    for text in ["locals {\n  open = false\n}\n", "locals {\n  open = true\n}\n", "locals {\n  open = 1 == 1\n}\n"] {
        let before = session.parsed();
        files.open(path.clone(), text.into());
        let pass = session.part(&BTreeSet::from([path.clone()]), files.clone()).unwrap().unwrap();
        session.take(pass);
        parsed.push(session.parsed() - before);
    }
    assert_eq!(parsed, [3, 1, 1], "the project's three files at first, then the one that was edited");
}

#[test]
fn an_edit_that_gives_a_project_other_files_is_told() {
    let folder = project(FILES);
    let root = folder.path().canonicalize().unwrap();
    let mut session = opened(&root);
    let path = root.join("three/main.tf");
    let mut files = Files::default();
    let call = "module \"store\" {\n  source = \"../modules/store\"\n  open   = true\n}\n";
    files.open(path.clone(), format!("{}{call}", FILES[5].1).into());
    let pass = session.part(&BTreeSet::from([path]), files.clone()).unwrap().unwrap();
    assert!(session.take(pass).is_restructured);
    assert!(session.part(&BTreeSet::from([root.join("new.tf")]), files).is_none(), "no project has it");
}
