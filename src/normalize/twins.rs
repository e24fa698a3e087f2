//! Companions across Terraform's two ways to Azure. What azurerm declares may be configured by a resource of Azure
//! Resource Manager, and the other way round; the tables of the types that are of the same kind say how.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;

use super::Node;
use super::companions::{self, Index};
use super::paths::{Names, lookup};
use super::rows::Engine;
use crate::catalogue::model::CompanionTable;
use crate::evaluate::Resource;
use crate::graph::NodeId;
use crate::value::{Data, Truth, Value};

/// Joins what the two ways declare of one resource, and adds what has an owner so.
pub(super) fn join<'c>(
    engine: &Engine<'_, 'c>,
    index: &Index<'_>,
    nodes: &mut [Node<'c>],
    owned: &mut FxHashSet<NodeId>,
) {
    let having = |is: fn(&str) -> bool| -> BTreeSet<usize> {
        index.keys().filter(|(_, type_)| is(type_)).map(|(project, _)| *project).collect()
    };
    let projects = &having(is_azurerm) & &having(is_arm);
    if projects.is_empty() {
        return;
    }
    let mut present: Vec<(usize, &str)> = index.keys().copied().collect();
    present.sort_unstable();
    for (project, type_) in present.into_iter().filter(|(project, _)| projects.contains(project)) {
        let mut owners: Vec<&'c str> = engine.tables.owners(type_).to_vec();
        // A table of what contains the type itself says more of it than one of what it may only extend.
        owners.sort_by_key(|owner| (!type_.starts_with(owner), *owner));
        owners.dedup();
        for member in index.get(&(project, type_)).into_iter().flatten() {
            if join_one(engine, *member, type_, &owners, nodes) {
                owned.insert(*member);
            }
        }
    }
}

/// Joins one companion to the twins of its owners that it names; whether there are any.
fn join_one<'c>(
    engine: &Engine<'_, 'c>,
    member: NodeId,
    type_: &str,
    owners: &[&'c str],
    nodes: &mut [Node<'c>],
) -> bool {
    let (Some(resource), Some(seen)) = (engine.graph.resources.get(member), engine.seen(member)) else { return false };
    let mut joined: Vec<NodeId> = Vec::new();
    for owner_type in owners {
        let Some(table) = engine.tables.get(owner_type) else { continue };
        let names_owner = |one: &&CompanionTable| engine.tables.spelled(&one.type_) == type_ && one.meets.is_empty();
        for companion in table.table.companions.iter().filter(names_owner) {
            let holds = companion.when.as_ref().map(|when| engine.holds(when, &seen));
            if holds == Some(Truth::False) {
                continue;
            }
            for owner in named(engine, resource, companion.by.as_slice()) {
                let Some(found) = engine.graph.resources.get(owner).filter(|found| !found.existing) else { continue };
                let is_twin = are_twins(&found.type_, owner_type) && engine.tables.is_kind(&found.type_, table.kind);
                if is_twin && !joined.contains(&owner) {
                    joined.push(owner);
                    let doubt = (holds == Some(Truth::Unknown)).then(|| companions::unknown_of(engine, member));
                    companions::add(engine, (owner, member), &seen, companion, doubt.as_deref(), nodes);
                }
            }
        }
    }
    !joined.is_empty()
}

/// Whether one of two types is that of one way and the other that of the other.
fn are_twins(one: &str, other: &str) -> bool {
    (is_arm(one) && is_azurerm(other)) || (is_arm(other) && is_azurerm(one))
}

/// Whether a type is one of Terraform's provider for Azure.
fn is_azurerm(type_: &str) -> bool {
    type_.starts_with("azurerm_")
}

/// Whether a type is one of Azure Resource Manager: of azapi, or of a template that Terraform deploys.
fn is_arm(type_: &str) -> bool {
    type_.contains('/')
}

/// What a companion's attributes refer to.
fn named(engine: &Engine<'_, '_>, resource: &Resource, by: &[String]) -> Vec<NodeId> {
    let whole = Value::new(Data::Map(std::sync::Arc::clone(&resource.body)));
    let names = Names::of(&resource.type_);
    let paths = by.iter().map(|path| path.trim_start_matches('$'));
    paths
        .filter_map(|path| lookup(&whole, path, names))
        .flat_map(|(value, _)| engine.graph.targets(resource.project, &value))
        .collect()
}
