//! Checks the files under policies/ and embeds them. A mistake in one stops the build with its file and line.

#![allow(clippy::print_stdout, reason = "that is how a build script speaks to cargo")]
#![allow(clippy::disallowed_methods, reason = "a build reads its own files")]

#[path = "src/catalogue"]
#[allow(dead_code, unused_imports, reason = "the program uses what the build does not")]
mod catalogue {
    pub mod classified;
    pub mod condition;
    pub mod fix;
    pub mod folder;
    pub mod kind_file;
    pub mod model;
    pub mod needed;
    pub mod provider;
    pub mod requirement;
    pub mod secrets;
    pub mod services;
    pub mod validate;
}

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use catalogue::folder;
use catalogue::model::{KindFile, PolicyFile, Safeguard};
use catalogue::needed;
use catalogue::secrets::Secrets;
use catalogue::services::{self, Services};
use catalogue::validate;

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
    let (folder, mut problems) = folder::read(Path::new("policies"));
    let safeguards = match folder::read_file::<Vec<Safeguard>>(Path::new("policies/safeguards.yaml")) {
        Ok(safeguards) => safeguards.value,
        Err(problem) => {
            problems.push(problem);
            Vec::new()
        }
    };
    let secrets = folder.secrets.map(|secrets| secrets.value).unwrap_or_else(|| {
        problems.push("policies/secrets.yaml is not there".to_string());
        Secrets::default()
    });
    validate::kinds(&folder.kinds, &mut problems);
    validate::policies(&folder.policies, &folder.kinds, &safeguards, &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    let policies: BTreeMap<String, PolicyFile> =
        folder.policies.into_iter().map(|policy| (policy.value.id.clone(), policy.value)).collect();
    let brief: Vec<PolicyFile> = policies.values().map(PolicyFile::without_texts).collect();
    let kinds: Vec<KindFile> = folder.kinds.into_iter().map(|kind| kind.value).collect();
    let out = PathBuf::from(std::env::var("OUT_DIR").map_err(|error| one(error.to_string()))?);
    write(&out.join("brief.json"), &json(&brief).map_err(one)?).map_err(one)?;
    write(&out.join("policies.json"), &json(&policies).map_err(one)?).map_err(one)?;
    write(&out.join("safeguards.json"), &json(&safeguards).map_err(one)?).map_err(one)?;
    write(&out.join("secrets.json"), &json(&secrets).map_err(one)?).map_err(one)?;
    write(&out.join("tables.rs"), &tables(&kinds, &folder.services).map_err(one)?).map_err(one)
}

/// What the program looks up without reading it first, as constants.
fn tables(kinds: &[KindFile], services: &Services) -> Result<String, String> {
    let texts = kinds.iter().map(json).collect::<Result<Vec<String>, String>>()?;
    let types = needed::index(kinds.iter());
    let types: Vec<String> =
        types.iter().map(|(key, kinds)| format!("({key:?}, &{:?})", Vec::from_iter(kinds))).collect();
    let rows = |table| Services::rows(table).collect::<Vec<services::Row<'_>>>();
    let mut text = String::new();
    let mut constant =
        |name: &str, of: &str, rows: &str| text.push_str(&format!("pub static {name}: &[{of}] = &{rows};\n"));
    constant("KINDS", "&str", &format!("{texts:?}"));
    constant("TYPES", "(&str, &[usize])", &format!("[{}]", types.join(", ")));
    constant("SERVICES_EXACT", "(&str, &str, &str)", &format!("{:?}", rows(&services.exact)));
    constant("SERVICES_PREFIX", "(&str, &str, &str)", &format!("{:?}", rows(&services.prefix)));
    Ok(text)
}

fn json(value: &impl serde::Serialize) -> Result<String, String> {
    serde_json::to_string(value).map_err(|error| error.to_string())
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}
