//! Companions: resources of their own that configure another. They are joined to their owner by reference and
//! by evaluated name; their values beat the owner's, and their lists are appended.

use std::collections::BTreeSet;

use ecow::{EcoString, eco_format};
use rustc_hash::{FxHashMap, FxHashSet};

use super::links::{self, are_of_one_module, owner_names, owners_of, points_at};
use super::rows::{Engine, Seen};
use super::{Attribute, Node, combine, meeting, scopes, selection, twins};
use crate::catalogue::model::{Combine, CompanionTable, OneOrMany, Row};
use crate::graph::NodeId;
use crate::value::{ListKind, Truth, Value};

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
    let mut strays: Vec<(NodeId, NodeId, &'c CompanionTable, EcoString)> = Vec::new();
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
                let doubt = (holds == Some(Truth::Unknown)).then(|| unknown_of(engine, *member));
                if companion.by_tags || !companion.meets.is_empty() {
                    for owner in owners {
                        let taken = match companion.by_tags {
                            true => selection::takes(engine, *member, *owner),
                            false => meeting::meet(engine, *owner, companion, *member),
                        };
                        match taken.and(holds.unwrap_or(Truth::True)) {
                            Truth::False => {}
                            taken => {
                                let doubt = (taken != Truth::True).then(|| unknown_of(engine, *member));
                                add(engine, (*owner, *member), &seen, companion, doubt.as_deref(), nodes);
                            }
                        }
                    }
                    continue;
                }
                if !companion.within.is_empty() {
                    let names = names.get_or_insert_with(|| owner_names(engine, owners, table.table));
                    let named = owners_of(engine, *member, companion, type_, names);
                    let scope = scopes::scope_of(engine, *member, companion);
                    for owner in owners {
                        let covers = match named.contains(owner) {
                            true => Truth::True,
                            false => scope.covers(engine, (*owner, *member), companion),
                        };
                        let doubt = match covers {
                            Truth::False => continue,
                            Truth::True => doubt.clone(),
                            Truth::Unknown => Some(eco_format!("whether {} covers it", address_of(engine, *member))),
                        };
                        add(engine, (*owner, *member), &seen, companion, doubt.as_deref(), nodes);
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
                for owner in &joined {
                    add(engine, (*owner, *member), &seen, companion, doubt.as_deref(), nodes);
                }
                if !joined.is_empty() || companion.by.is_empty() {
                    continue;
                }
                let near = owners.iter().filter(|owner| are_of_one_module(engine, **owner, *member));
                let address = address_of(engine, *member);
                if let Some(link) = links::missing(engine, *member, companion) {
                    let doubt = eco_format!("what {address} configures: it has no `{link}`");
                    strays.extend(near.map(|owner| (*owner, *member, companion, doubt.clone())));
                } else if let Some((link, value)) = links::open(engine, *member, companion) {
                    let reason = value.unknown_reason().unwrap_or_default();
                    let doubt = eco_format!("what {address} configures: its `{link}` is not known ({reason})");
                    let near = near.filter(|owner| links::may_name(engine, &value, **owner, table.table));
                    strays.extend(near.map(|owner| (*owner, *member, companion, doubt.clone())));
                }
            }
        }
    }
    for (owner, member, companion, doubt) in strays {
        let Some(seen) = engine.seen(member) else { continue };
        add_stray(engine, (owner, member), &seen, companion, &doubt, nodes);
    }
    twins::join(engine, index, nodes, &mut owned);
    for (member, companion, kind) in alone {
        if owned.insert(member) {
            judge_alone(engine, member, companion, kind, nodes);
        }
    }
}

/// Why it cannot be told whether a companion configures anything.
pub(super) fn unknown_of(engine: &Engine<'_, '_>, member: NodeId) -> EcoString {
    eco_format!("what is not known of {}", address_of(engine, member))
}

fn address_of<'g>(engine: &Engine<'g, '_>, member: NodeId) -> &'g str {
    engine.graph.resources.get(member).map_or("", |resource| resource.address.as_str())
}

/// Joins a companion to its owner. Where there is a doubt whether it configures anything, what it says hangs on that.
pub(super) fn add<'c>(
    engine: &Engine<'_, 'c>,
    (owner, member): (NodeId, NodeId),
    seen: &Seen<'_>,
    companion: &'c CompanionTable,
    doubt: Option<&str>,
    nodes: &mut [Node<'c>],
) {
    let Some(node) = nodes.get_mut(owner) else { return };
    if !node.companions.contains(&member) {
        node.companions.push(member);
    }
    for (name, rows) in &companion.attributes {
        let Some(mut added) = engine.attribute(rows.as_slice(), seen) else { continue };
        let combine = combination(rows);
        if combine == Some(Combine::Several)
            && let Some(address) = address_of_several(engine, member)
        {
            added.value = Value::unknown(eco_format!("how many {address} there are is not known"));
        }
        let joining = Joining { again: is_again(engine, node, name, companion), fallback: companion.fallback, combine };
        join_value(node, name, added, &joining, doubt);
    }
}

/// The address of a resource that stands for a number of them which is not known.
fn address_of_several<'g>(engine: &Engine<'g, '_>, member: NodeId) -> Option<&'g str> {
    let resource = engine.graph.resources.get(member)?;
    Some(resource.address.as_str()).filter(|address| address.contains("[*]"))
}

/// The same for a companion that names no owner, though it must: each of those near it may be meant.
fn add_stray<'c>(
    engine: &Engine<'_, 'c>,
    (owner, _): (NodeId, NodeId),
    seen: &Seen<'_>,
    companion: &'c CompanionTable,
    doubt: &str,
    nodes: &mut [Node<'c>],
) {
    let Some(node) = nodes.get_mut(owner) else { return };
    for (name, rows) in &companion.attributes {
        let Some(mut added) = engine.attribute(rows.as_slice(), seen) else { continue };
        if let Some(items) = added.value.as_list() {
            let may_be = items.iter().map(|item| combine::perhaps(doubt, item));
            added.value = Value::list(may_be.collect(), ListKind::List).with_origin(added.value.origin.clone());
        }
        let again = is_again(engine, node, name, companion);
        let joining = Joining { again, fallback: companion.fallback, combine: combination(rows) };
        join_value(node, name, added, &joining, Some(doubt));
    }
}

/// Whether an attribute is already that of a companion of the same type.
fn is_again(engine: &Engine<'_, '_>, node: &Node<'_>, name: &str, companion: &CompanionTable) -> bool {
    let Some(holder) = node.attributes.get(name).map(|there| there.holder) else { return false };
    let there = engine.graph.resources.get(holder).filter(|_| node.companions.contains(&holder));
    there.is_some_and(|there| engine.tables.spelled(&there.type_) == engine.tables.spelled(&companion.type_))
}

fn join_value<'c>(node: &mut Node<'c>, name: &'c str, added: Attribute<'c>, joining: &Joining, doubt: Option<&str>) {
    let before = node.attributes.remove(name);
    let doubt = doubt.filter(|_| !added.value.is_null() && added.value.as_list().is_none());
    let without = before.as_ref().filter(|_| doubt.is_some()).map_or_else(Value::null, |before| before.value.clone());
    let mut joined = match before {
        Some(before) => merge(before, added, joining),
        None => added,
    };
    if let Some(doubt) = doubt.filter(|_| !joined.value.is_unknown()) {
        joined.value = combine::either(doubt, &joined.value, &without);
    }
    node.attributes.insert(name, joined);
}

/// How a companion's value joins what is there.
struct Joining {
    /// What is there is that of a companion of the same type.
    again: bool,
    fallback: bool,
    combine: Option<Combine>,
}

fn combination(rows: &OneOrMany<Row>) -> Option<Combine> {
    rows.as_slice().first().and_then(|row| row.combine)
}

/// A companion's value beats the owner's; lists are appended. Of companions of different types that holds which the
/// table names later; of several of one type the first, unless the row says how to combine them.
fn merge<'c>(before: Attribute<'c>, added: Attribute<'c>, joining: &Joining) -> Attribute<'c> {
    if before.value.as_list().is_some() && added.value.as_list().is_some() {
        return combine::append(before, added);
    }
    if added.value.is_null() || (joining.fallback && before.written) {
        return before;
    }
    if !joining.again {
        return added;
    }
    let decisive = match joining.combine {
        Some(Combine::Any) => true,
        Some(Combine::All) => false,
        Some(combine @ (Combine::Min | Combine::Max)) => return extreme(before, added, combine),
        Some(Combine::Several) => return Attribute { value: Value::bool(true), ..added },
        Some(Combine::List) | None => return before,
    };
    let settles = |attribute: &Attribute<'_>| attribute.value.as_bool() == Some(decisive);
    match settles(&before) || (!settles(&added) && !added.value.is_unknown()) {
        true => before,
        false => added,
    }
}

/// The less or the larger of what two companions say, where it stands.
fn extreme<'c>(before: Attribute<'c>, added: Attribute<'c>, combine: Combine) -> Attribute<'c> {
    let values = [&before, &added].map(|one| (one.value.clone(), one.span, one.written));
    let Some((value, span, _)) = combine::extreme(values.to_vec(), combine) else { return before };
    let decides = if span == added.span && span != before.span { added } else { before };
    Attribute { value, ..decides }
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
