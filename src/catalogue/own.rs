//! The catalogue of a run with policies of its user: what the program brings, and over it what a folder holds.

use std::collections::BTreeMap;
use std::path::Path;

use super::embedded;
use super::folder::{self, Folder};
use super::model::{Catalogue, KindFile, PolicyFile};
use super::validate::{self, Sourced};

/// A catalogue, and its policies with all their texts and examples.
#[derive(Clone, Debug, Default)]
pub struct Own {
    /// The kinds, policies, safeguards and services.
    pub catalogue: Catalogue,
    /// The policies in full, by id.
    pub policies: BTreeMap<String, PolicyFile>,
    /// The ids of the policies that the folder brings.
    pub ids: Vec<String>,
}

/// The program's catalogue with the files of a folder: a policy replaces the one of its id, a kind's types and
/// attributes are added to those of the kind, or replace them. Fails with all that is wrong with the files.
pub fn with_folder(path: &Path) -> Result<Own, Vec<String>> {
    let (found, mut problems) = folder::read(path);
    let broken = |why: &str| vec![format!("the embedded catalogue cannot be read ({why})")];
    let base = embedded::catalogue().map_err(broken)?;
    let policies = embedded::policies().map_err(broken)?;
    let ids: Vec<String> = found.policies.iter().map(|policy| policy.value.id.clone()).collect();
    let kinds = kinds(base, &found);
    let mut all: Vec<Sourced<PolicyFile>> = found.policies;
    for (id, policy) in policies.iter().filter(|(id, _)| !ids.contains(id)) {
        let path = format!("policies/{}/{id}.yaml", policy.family);
        all.push(Sourced { path, text: String::new(), value: policy.clone() });
    }
    validate::kinds(&kinds, &mut problems);
    validate::policies(&all, &kinds, &base.safeguards, &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut services = base.services.clone();
    services.exact.extend(found.services.exact);
    services.prefix.extend(found.services.prefix);
    let policies: BTreeMap<String, PolicyFile> =
        all.into_iter().map(|policy| (policy.value.id.clone(), policy.value)).collect();
    let catalogue = Catalogue {
        kinds: kinds.into_iter().map(|kind| kind.value).collect(),
        policies: policies.values().map(PolicyFile::without_texts).collect(),
        safeguards: base.safeguards.clone(),
        services,
        secrets: base.secrets.clone(),
    };
    Ok(Own { catalogue, policies, ids })
}

/// The kinds of both, each type in the kind in which the folder has it.
fn kinds(base: &Catalogue, found: &Folder) -> Vec<Sourced<KindFile>> {
    let mut kinds: BTreeMap<String, Sourced<KindFile>> = BTreeMap::new();
    let taken = |type_: &str| found.kinds.iter().any(|file| file.value.types.contains_key(type_));
    for kind in &base.kinds {
        let mut kind = kind.clone();
        kind.types.retain(|type_, _| !taken(type_));
        let path = format!("policies/kinds/{}.yaml", kind.kind);
        kinds.insert(kind.kind.clone(), Sourced { path, text: String::new(), value: kind });
    }
    for file in &found.kinds {
        let name = &file.value.kind;
        let merged = match kinds.remove(name) {
            Some(mut built_in) => {
                built_in.value.attributes.extend(file.value.attributes.clone());
                built_in.value.types.extend(file.value.types.clone());
                Sourced { path: file.path.clone(), text: file.text.clone(), value: built_in.value }
            }
            None => Sourced { path: file.path.clone(), text: file.text.clone(), value: file.value.clone() },
        };
        kinds.insert(name.clone(), merged);
    }
    kinds.into_values().collect()
}
