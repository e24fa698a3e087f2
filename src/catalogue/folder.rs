//! Reading a folder of kinds and policies: `kinds/*.yaml`, `<family>/*.yaml` and `secrets.yaml`. The build reads
//! policies/ so, and a run the folder of `--policies`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::model::{KindFile, PolicyFile};
use super::secrets::Secrets;
use super::services::Services;
use super::validate::Sourced;

/// The subfolder of the kinds.
const KINDS: &str = "kinds";

/// The family of the files that lie directly in the folder.
const OWN: &str = "own";

/// What a folder holds.
#[derive(Default)]
pub struct Folder {
    /// The kinds, by file name.
    pub kinds: Vec<Sourced<KindFile>>,
    /// The policies, by family and file name. A file directly in the folder is of the family `own`.
    pub policies: Vec<Sourced<PolicyFile>>,
    /// What the files `types-*.yaml` say of services.
    pub services: Services,
    /// How secrets are told, where the folder itself has a `secrets.yaml`.
    pub secrets: Option<Sourced<Secrets>>,
}

/// Reads a folder, and says what is wrong with which of its files.
pub fn read(folder: &Path) -> (Folder, Vec<String>) {
    let mut found = Folder::default();
    let mut problems = Vec::new();
    let sub = match entries(folder) {
        Ok(entries) => entries.into_iter().filter(|path| path.is_dir()).collect::<Vec<_>>(),
        Err(problem) => return (found, vec![problem]),
    };
    for path in std::iter::once(folder.to_path_buf()).chain(sub) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let family = if path == folder { OWN.to_string() } else { name };
        match yaml_files(&path) {
            Ok(files) => files.iter().for_each(|file| found.add(&family, file, &mut problems)),
            Err(problem) => problems.push(problem),
        }
    }
    (found, problems)
}

impl Folder {
    fn add(&mut self, family: &str, path: &Path, problems: &mut Vec<String>) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let added = if family == KINDS {
            read_file(path).map(|kind| self.kinds.push(kind))
        } else if name.starts_with("types-") {
            read_file::<Services>(path).map(|table| {
                self.services.exact.extend(table.value.exact);
                self.services.prefix.extend(table.value.prefix);
            })
        } else if family == OWN && name == "secrets.yaml" {
            read_file(path).map(|secrets| self.secrets = Some(secrets))
        } else if family == OWN && matches!(name.as_str(), "safeguards.yaml" | "crosswalk.yaml" | "left-out.yaml") {
            // Lists of phiguard's own, which its build and its tests read.
            Ok(())
        } else {
            read_file::<PolicyFile>(path).map(|mut policy| {
                policy.value.family = family.to_string();
                self.policies.push(policy);
            })
        };
        problems.extend(added.err());
    }
}

/// Reads one YAML file.
#[allow(
    clippy::disallowed_methods,
    reason = "the files of a catalogue are the user's own, and the build reads them too"
)]
pub fn read_file<T: DeserializeOwned>(path: &Path) -> Result<Sourced<T>, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let value = serde_saphyr::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(Sourced { path: path.display().to_string(), text, value })
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
