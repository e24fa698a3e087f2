//! The catalogue of a run with policies of its user: what the program brings, and over it what a folder holds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use regex::bytes::RegexBuilder;

use super::embedded;
use super::folder::{self, Folder};
use super::model::{Catalogue, KindFile, PolicyFile};
use super::secrets::Secrets;
use super::validate::{self, Sourced};

/// The catalogue of such a run, and what of it is the user's.
#[derive(Clone, Debug, Default)]
pub struct Own {
    /// All of it; other than the program's own, its policies have their texts, crosswalks and examples.
    pub catalogue: Catalogue,
    /// The ids of the policies that the folder brings.
    pub ids: BTreeSet<String>,
}

impl Own {
    /// The policies that the folder brings.
    pub fn policies(&self) -> impl Iterator<Item = &PolicyFile> {
        self.catalogue.policies.iter().filter(|policy| self.ids.contains(&policy.id))
    }
}

/// The program's catalogue with the files of a folder: a policy replaces the one of its id, a kind's types and
/// attributes are added to those of the kind, or replace them, and so are services and how secrets are told. Fails with
/// all that is wrong with the files.
pub fn with_folder(path: &Path) -> Result<Own, Vec<String>> {
    let (found, mut problems) = folder::read(path);
    let broken = |why: &str| vec![format!("the embedded catalogue cannot be read ({why})")];
    let base = embedded::catalogue().map_err(broken)?;
    let policies = embedded::policies().map_err(broken)?;
    let ids: BTreeSet<String> = found.policies.iter().map(|policy| policy.value.id.clone()).collect();
    let kinds = kinds(base, &found);
    let mut all: Vec<Sourced<PolicyFile>> = found.policies;
    for (id, policy) in policies.iter().filter(|(id, _)| !ids.contains(id.as_str())) {
        let path = format!("policies/{}/{id}.yaml", policy.family);
        all.push(Sourced { path, text: String::new(), value: policy.clone() });
    }
    validate::kinds(&kinds, &mut problems);
    validate::policies(&all, &kinds, &base.safeguards, &mut problems);
    let mut secrets = base.secrets.clone();
    if let Some(own) = found.secrets {
        secret_problems(&own, &mut problems);
        secrets.extend(own.value);
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut services = base.services.clone();
    services.exact.extend(found.services.exact);
    services.prefix.extend(found.services.prefix);
    let mut policies: Vec<PolicyFile> = all.into_iter().map(|policy| policy.value).collect();
    policies.sort_by(|one, other| one.id.cmp(&other.id));
    let catalogue = Catalogue {
        kinds: kinds.into_iter().map(|kind| kind.value).collect(),
        policies,
        safeguards: base.safeguards.clone(),
        services,
        secrets,
    };
    Ok(Own { catalogue, ids })
}

/// Checks the patterns of secrets.
fn secret_problems(file: &Sourced<Secrets>, problems: &mut Vec<String>) {
    let read = |pattern: &str| RegexBuilder::new(pattern).unicode(false).build();
    for pattern in file.value.patterns() {
        if let Err(error) = read(pattern) {
            problems.push(file.complain(&[pattern], format!("this pattern cannot be read: {error}")));
        }
    }
    let assignment = &file.value.assignment;
    if !assignment.is_empty() && read(assignment).is_ok_and(|pattern| pattern.captures_len() < 3) {
        let message = "this pattern needs two groups: the name, and the value that it is given";
        problems.push(file.complain(&["assignment:"], message));
    }
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
