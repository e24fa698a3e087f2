//! Checks the files under policies/ and embeds them. A mistake in one stops the build with its file and line.

#![allow(clippy::print_stdout, reason = "that is how a build script speaks to cargo")]
#![allow(clippy::disallowed_methods, reason = "a build reads its own files")]

#[path = "src/catalogue"]
#[allow(dead_code, reason = "the program uses what the build does not")]
mod catalogue {
    pub mod condition;
    pub mod model;
    pub mod services;
    pub mod validate;
}

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use catalogue::model::{Catalogue, KindFile, PolicyFile, Safeguard};
use catalogue::services::Services;
use catalogue::validate::{self, Sourced};

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=policies");
    println!("cargo::rerun-if-changed=src/catalogue");
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problems) => {
            for problem in problems {
                println!("cargo::error={}", problem.replace('\n', " "));
            }
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), Vec<String>> {
    let one = |problem: String| vec![problem];
    let mut problems = Vec::new();
    let mut kinds: Vec<Sourced<KindFile>> = Vec::new();
    let mut policies: Vec<Sourced<PolicyFile>> = Vec::new();
    for path in yaml_files(Path::new("policies/kinds")).map_err(one)? {
        match read::<KindFile>(&path) {
            Ok(kind) => kinds.push(kind),
            Err(problem) => problems.push(problem),
        }
    }
    for folder in folders(Path::new("policies")).map_err(one)? {
        let family = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_string();
        if family == "kinds" {
            continue;
        }
        for path in yaml_files(&folder).map_err(one)?.into_iter().filter(|path| !is_service_table(path)) {
            match read::<PolicyFile>(&path) {
                Ok(mut policy) => {
                    policy.value.family = family.clone();
                    policies.push(policy);
                }
                Err(problem) => problems.push(problem),
            }
        }
    }
    let safeguards = match read::<Vec<Safeguard>>(Path::new("policies/safeguards.yaml")) {
        Ok(safeguards) => safeguards.value,
        Err(problem) => {
            problems.push(problem);
            Vec::new()
        }
    };
    let mut services = Services::default();
    for path in yaml_files(Path::new("policies/services")).map_err(one)?.iter().filter(|path| is_service_table(path)) {
        match read::<Services>(path) {
            Ok(table) => {
                services.exact.extend(table.value.exact);
                services.prefix.extend(table.value.prefix);
            }
            Err(problem) => problems.push(problem),
        }
    }
    validate::kinds(&kinds, &mut problems);
    validate::policies(&policies, &kinds, &safeguards, &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    policies.sort_by(|a, b| a.value.id.cmp(&b.value.id));
    let full: BTreeMap<String, PolicyFile> =
        policies.iter().map(|policy| (policy.value.id.clone(), policy.value.clone())).collect();
    let brief = policies
        .into_iter()
        .map(|policy| {
            let mut policy = policy.value;
            policy.examples.clear();
            policy.why.clear();
            policy.remedy.dialects.clear();
            policy.crosswalk.clear();
            policy
        })
        .collect();
    let kinds = kinds.into_iter().map(|kind| kind.value).collect();
    let catalogue = Catalogue { kinds, policies: brief, safeguards, services };
    let out = PathBuf::from(std::env::var("OUT_DIR").map_err(|error| one(error.to_string()))?);
    write(&out.join("catalogue.json"), &catalogue).map_err(one)?;
    write(&out.join("policies.json"), &full).map_err(one)
}

fn write(path: &Path, value: &impl serde::Serialize) -> Result<(), String> {
    let text = serde_json::to_string(value).map_err(|error| error.to_string())?;
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Sourced<T>, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let value = serde_saphyr::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(Sourced { path: path.display().to_string(), text, value })
}

/// Whether a file says which service a type belongs to: `types-*.yaml`, which lie beside the policies of their family.
fn is_service_table(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("types-"))
}

fn entries(folder: &Path) -> Result<BTreeSet<PathBuf>, String> {
    fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
        .map_err(|error| format!("{}: {error}", folder.display()))
}

fn yaml_files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let all = entries(folder)?;
    Ok(all.into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "yaml")).collect())
}

fn folders(folder: &Path) -> Result<Vec<PathBuf>, String> {
    Ok(entries(folder)?.into_iter().filter(|path| path.is_dir()).collect())
}
