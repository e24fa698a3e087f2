//! Companions: resources of their own that configure another. They are joined to their owner by reference and
//! by evaluated name; their values beat the owner's, and their lists are appended.

use std::collections::BTreeSet;

use ecow::EcoString;
use rustc_hash::{FxHashMap, FxHashSet};

use super::paths::{Names, gather, lookup};
use super::rows::{self, Engine, Seen};
use super::selection;
use super::{Attribute, Node, twins};
use crate::catalogue::model::{Combine, CompanionTable, OneOrMany, Row, TypeTable};
use crate::graph::NodeId;
use crate::source::Span;
use crate::value::{Data, Truth, Value};

pub(super) type Index<'g> = FxHashMap<(usize, &'g str), Vec<NodeId>>;

/// Joins the companions of all nodes.
pub(super) fn join<'c>(engine: &Engine<'_, 'c>, index: &Index<'_>, nodes: &mut [Node<'c>]) {
    // Types that own something in the scan are visited even where they are not in it themselves, so that what
    // they would own can be judged alone.
    let mut present: Vec<(usize, &str)> = index.keys().copied().collect();
    present.sort_unstable();
    let mut groups: BTreeSet<(usize, &str)> = BTreeSet::new();
    for (project, type_) in &present {
        groups.insert((*project, type_));
        groups.extend(engine.tables.owners(type_).iter().map(|owner| (*project, *owner)));
    }
    let mut owned: FxHashSet<NodeId> = FxHashSet::default();
    let mut alone: Vec<(NodeId, &'c CompanionTable, &'c str)> = Vec::new();
    for (project, type_) in groups {
        let Some(table) = engine.tables.get(type_) else { continue };
        if table.table.companions.is_empty() {
            continue;
        }
        let owners = index.get(&(project, type_)).map(Vec::as_slice).unwrap_or_default();
        let mut names: Option<FxHashMap<EcoString, Vec<NodeId>>> = None;
        for companion in &table.table.companions {
            let members =
                index.get(&(project, engine.tables.spelled(&companion.type_))).map(Vec::as_slice).unwrap_or_default();
            if members.is_empty() {
                continue;
            }
            for member in members {
                let Some(seen) = engine.seen(*member) else { continue };
                let holds = companion.when.as_ref().map(|when| engine.holds(when, &seen));
                if holds == Some(Truth::False) {
                    continue;
                }
                let certain = holds != Some(Truth::Unknown);
                if companion.by_tags {
                    for owner in owners {
                        match selection::takes(engine, *member, *owner) {
                            Truth::False => {}
                            taken => add(engine, (*owner, *member), &seen, companion, taken == Truth::True, nodes),
                        }
                    }
                    continue;
                }
                let joined = if companion.anywhere {
                    owners.to_vec()
                } else if !companion.by.is_empty() {
                    let names = names.get_or_insert_with(|| owner_names(engine, owners, table.table));
                    owners_of(engine, *member, companion, type_, names)
                } else {
                    owners.iter().copied().filter(|owner| points_at(engine, *owner, companion, *member)).collect()
                };
                if joined.is_empty() && companion.alone {
                    alone.push((*member, companion, table.kind));
                }
                if !joined.is_empty() && !companion.anywhere {
                    owned.insert(*member);
                }
                joined.iter().for_each(|owner| add(engine, (*owner, *member), &seen, companion, certain, nodes));
            }
        }
    }
    twins::join(engine, index, nodes, &mut owned);
    for (member, companion, kind) in alone {
        if owned.insert(member) {
            judge_alone(engine, member, companion, kind, nodes);
        }
    }
}

/// The owners by every name under which others may refer to them.
fn owner_names(engine: &Engine<'_, '_>, owners: &[NodeId], table: &TypeTable) -> FxHashMap<EcoString, Vec<NodeId>> {
    let mut names: FxHashMap<EcoString, Vec<NodeId>> = FxHashMap::default();
    let default = ["id", "arn", "name"];
    for owner in owners {
        let Some(resource) = engine.graph.resources.get(*owner) else { continue };
        let whole = Value::new(Data::Map(std::sync::Arc::clone(&resource.body)));
        let identity: Vec<&str> = match table.identity.is_empty() {
            true => default.into_iter().chain(table.name.as_deref()).collect(),
            false => table.identity.iter().map(String::as_str).chain(table.name.as_deref()).collect(),
        };
        for attribute in identity {
            let written = lookup(&whole, attribute, Names::of(&resource.type_));
            if let Some(text) = written.as_ref().and_then(|(value, _)| value.as_str()) {
                let list = names.entry(text.into()).or_default();
                if !list.contains(owner) {
                    list.push(*owner);
                }
            }
        }
    }
    names
}

/// The owners that a companion names: by reference first, else by evaluated name.
fn owners_of(
    engine: &Engine<'_, '_>,
    member: NodeId,
    companion: &CompanionTable,
    owner_type: &str,
    names: &FxHashMap<EcoString, Vec<NodeId>>,
) -> Vec<NodeId> {
    let Some(resource) = engine.graph.resources.get(member) else { return Vec::new() };
    let whole = Value::new(Data::Map(std::sync::Arc::clone(&resource.body)));
    let mut found: Vec<NodeId> = Vec::new();
    for path in companion.by.as_slice() {
        if let Some(way) = path.strip_prefix('$') {
            found.extend(ancestor(engine, member, owner_type, way));
            continue;
        }
        for value in written(&whole, path, Names::of(&resource.type_)) {
            let referenced: Vec<NodeId> = engine
                .graph
                .targets(resource.project, &value)
                .into_iter()
                .filter(|id| {
                    engine
                        .graph
                        .resources
                        .get(*id)
                        .is_some_and(|owner| engine.tables.spelled(&owner.type_) == owner_type && !owner.existing)
                })
                .collect();
            let named = match (referenced.is_empty(), value.as_str()) {
                (true, Some(text)) => names.get(text).or_else(|| names.get(last_segment(text))).cloned(),
                _ => None,
            };
            for owner in named.unwrap_or(referenced) {
                if !found.contains(&owner) {
                    found.push(owner);
                }
            }
        }
    }
    found
}

/// What is written at a path, the elements of a list one by one.
fn written(whole: &Value, path: &str, names: Names) -> Vec<Value> {
    let mut hits = Vec::new();
    gather(whole, path, names, Span::NONE, &mut hits);
    let mut values = Vec::new();
    for hit in hits.into_iter().filter(|hit| hit.written) {
        match hit.value.as_list() {
            Some(items) => values.extend(items.iter().cloned()),
            None => values.push(hit.value),
        }
    }
    values
}

/// The name at the end of an address, in that of everything below it (`arn:aws:s3:::scans/*`) too.
fn last_segment(text: &str) -> &str {
    let text = text.trim_end_matches(['/', '*']);
    text.rsplit([':', '/']).next().unwrap_or(text)
}

/// How far up a resource's owner is looked for.
const MAX_LEVELS: usize = 8;

/// The nearest resource of a type that contains another (`$parent`), or that it extends (`$scope`). Azure's dialects
/// put the reference to it into the body under that word.
fn ancestor(engine: &Engine<'_, '_>, member: NodeId, type_: &str, way: &str) -> Option<NodeId> {
    let mut at = member;
    for _ in 0..MAX_LEVELS {
        let resource = engine.graph.resources.get(at)?;
        let entry = [way, "parent"].iter().find_map(|word| Names::AnyCase.find(&resource.body, word))?;
        at = engine.graph.targets(resource.project, &entry.value).first().copied()?;
        let owner = engine.graph.resources.get(at)?;
        if engine.tables.spelled(&owner.type_) == type_ {
            return (!owner.existing).then_some(at);
        }
    }
    None
}

/// Whether the owner's attribute names the companion.
fn points_at(engine: &Engine<'_, '_>, owner_id: NodeId, companion: &CompanionTable, member: NodeId) -> bool {
    let (Some(owner), Some(member_resource)) =
        (engine.graph.resources.get(owner_id), engine.graph.resources.get(member))
    else {
        return false;
    };
    let whole = Value::new(Data::Map(std::sync::Arc::clone(&owner.body)));
    companion.to.as_slice().iter().any(|path| {
        if let Some(way) = path.strip_prefix('$') {
            return ancestor(engine, owner_id, engine.tables.spelled(&companion.type_), way) == Some(member);
        }
        let Some((value, _)) = lookup(&whole, path, Names::of(&owner.type_)) else { return false };
        let targets = engine.graph.targets(owner.project, &value);
        if !targets.is_empty() {
            return targets.contains(&member);
        }
        let by_name = |name: &str| value.as_str() == Some(name);
        let items = value.as_list().unwrap_or_default();
        ["name", "id", "arn"].iter().any(|attribute| {
            Names::of(&member_resource.type_)
                .find(&member_resource.body, attribute)
                .and_then(|entry| entry.value.as_str())
                .is_some_and(|name| by_name(name) || items.iter().any(|item| item.as_str() == Some(name)))
        })
    })
}

/// Joins a companion to its owner.
pub(super) fn add<'c>(
    engine: &Engine<'_, 'c>,
    (owner, member): (NodeId, NodeId),
    seen: &Seen<'_>,
    companion: &'c CompanionTable,
    certain: bool,
    nodes: &mut [Node<'c>],
) {
    let Some(node) = nodes.get_mut(owner) else { return };
    let first =
        !node.companions.iter().any(|there| {
            engine.graph.resources.get(*there).is_some_and(|resource| {
                engine.tables.spelled(&resource.type_) == engine.tables.spelled(&companion.type_)
            })
        });
    if !node.companions.contains(&member) {
        node.companions.push(member);
    }
    for (name, rows) in &companion.attributes {
        let Some(mut added) = engine.attribute(rows.as_slice(), seen) else { continue };
        // Whether it configures anything hangs on what is not known of it: so does what it says.
        if !certain && !added.value.is_null() && added.value.as_list().is_none() {
            let address = engine.graph.resources.get(member).map(|resource| resource.address.clone());
            let reason = ecow::eco_format!("depends on what is not known of {}", address.unwrap_or_default());
            added.value = Value::unknown(reason).with_origin(added.value.origin.clone());
        }
        match node.attributes.remove(name.as_str()) {
            Some(before) => {
                node.attributes.insert(
                    name,
                    merge(
                        before,
                        added,
                        &Joining { owner, first, fallback: companion.fallback, combine: combine(rows) },
                    ),
                );
            }
            None => {
                node.attributes.insert(name, added);
            }
        }
    }
}

/// How a companion's value joins what is there.
struct Joining {
    owner: NodeId,
    /// No companion of its type came before.
    first: bool,
    fallback: bool,
    combine: Option<Combine>,
}

fn combine(rows: &OneOrMany<Row>) -> Option<Combine> {
    rows.as_slice().first().and_then(|row| row.combine)
}

/// A companion's value beats the owner's; lists are appended. Of two companions the earlier one's value holds,
/// unless the row says how to combine them.
fn merge<'c>(before: Attribute<'c>, added: Attribute<'c>, joining: &Joining) -> Attribute<'c> {
    if before.value.as_list().is_some() && added.value.as_list().is_some() {
        return rows::append(before, added);
    }
    if added.value.is_null() || (joining.fallback && before.written) {
        return before;
    }
    let of_companion = before.holder != joining.owner;
    if joining.first || !(before.written || of_companion) {
        return added;
    }
    let decisive = match joining.combine {
        Some(Combine::Any) => true,
        Some(Combine::All) => false,
        _ => return before,
    };
    let settles = |attribute: &Attribute<'_>| attribute.value.as_bool() == Some(decisive);
    match settles(&before) || (!settles(&added) && !added.value.is_unknown()) {
        true => before,
        false => added,
    }
}

/// Judges a companion by itself, since its owner is not in the scan.
fn judge_alone<'c>(
    engine: &Engine<'_, 'c>,
    member: NodeId,
    companion: &'c CompanionTable,
    kind: &'c str,
    nodes: &mut [Node<'c>],
) {
    let (Some(node), Some(seen)) = (nodes.get_mut(member), engine.seen(member)) else { return };
    if node.kind.is_some_and(|there| there != kind) {
        return;
    }
    node.kind = Some(kind);
    for (name, rows) in &companion.attributes {
        if let Some(attribute) = engine.attribute(rows.as_slice(), &seen) {
            node.attributes.insert(name, attribute);
        }
    }
}
