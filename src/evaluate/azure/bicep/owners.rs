//! What resources belong to or extend where only names say so: a child that is named after its parent, and what hangs
//! on an `existing` resource that the same deployment declares.

use std::sync::Arc;

use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;

use super::resource::{Identity, reference_to};
use crate::evaluate::Resource;
use crate::value::Entry;

/// Ties resources to the declarations of their owners.
pub(super) fn tie(resources: &mut [Resource], identities: &FxHashMap<EcoString, Identity>) {
    let key = |type_: &str, name: &str| eco_format!("{type_} {name}").to_ascii_lowercase();
    let mut declared: FxHashMap<EcoString, EcoString> = FxHashMap::default();
    let mut existing: FxHashMap<EcoString, EcoString> = FxHashMap::default();
    for resource in resources.iter() {
        let Some(identity) = identities.get(&resource.address) else { continue };
        let key = key(&identity.type_, &identity.name);
        if !resource.existing {
            declared.entry(key).or_insert_with(|| resource.address.clone());
        } else if !resource.body.entries.contains_key("scope") {
            // One in another scope is another one.
            existing.insert(resource.address.clone(), key);
        }
    }
    for resource in resources {
        let Some(identity) = identities.get(&resource.address) else { continue };
        for word in ["parent", "scope"] {
            let Some(entry) = resource.body.get(word) else { continue };
            let owner = entry.value.origin.references().first().and_then(|there| existing.get(&there.address));
            if let Some(address) = owner.and_then(|key| declared.get(key)).cloned() {
                let (value, span) = (reference_to(address, entry.value.origin.span), entry.span);
                Arc::make_mut(&mut resource.body).entries.insert(word.into(), Entry { value, span });
            }
        }
        if resource.body.entries.contains_key("parent") {
            continue;
        }
        let mut levels = above(&identity.type_, &identity.name);
        let nearest = levels.find_map(|(type_, name)| declared.get(&key(type_, name)));
        if let Some(address) = nearest.filter(|address| **address != resource.address) {
            let span = resource.header;
            let value = reference_to(address.clone(), span);
            Arc::make_mut(&mut resource.body).entries.insert("parent".into(), Entry { value, span });
        }
    }
}

/// The types and names of what contains a resource, the nearest first. Levels that Azure makes by itself, such as the
/// blob service of an account, are seldom declared.
fn above<'t>(type_: &'t str, name: &'t str) -> impl Iterator<Item = (&'t str, &'t str)> {
    let up = |(type_, name): (&'t str, &'t str)| Some((type_.rsplit_once('/')?.0, name.rsplit_once('/')?.0));
    std::iter::successors(up((type_, name)), move |level| up(*level))
}
