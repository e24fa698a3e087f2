//! How companions and their owners name each other: by reference, by evaluated name, by containment, or through a
//! resource between them.

use std::sync::Arc;

use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;

use super::paths::{Names, gather, lookup};
use super::rows::Engine;
use crate::catalogue::model::{CompanionTable, TypeTable};
use crate::evaluate::Resource;
use crate::graph::NodeId;
use crate::source::Span;
use crate::value::{Data, Known, Part, StepKind, Value};

/// The owners by every name under which others may refer to them.
pub(super) fn owner_names(
    engine: &Engine<'_, '_>,
    owners: &[NodeId],
    table: &TypeTable,
) -> FxHashMap<EcoString, Vec<NodeId>> {
    let mut names: FxHashMap<EcoString, Vec<NodeId>> = FxHashMap::default();
    let default = ["id", "arn", "name"];
    for owner in owners {
        let Some(resource) = engine.graph.resources.get(*owner) else { continue };
        let whole = Value::new(Data::Map(Arc::clone(&resource.body)));
        let identity: Vec<&str> = match table.identity.is_empty() {
            true => default.into_iter().chain(table.name.as_deref()).collect(),
            false => table.identity.iter().map(String::as_str).chain(table.name.as_deref()).collect(),
        };
        for attribute in identity {
            let written = lookup(&whole, attribute, Names::of(&resource.type_));
            let text =
                written.as_ref().and_then(|(value, _)| value.as_str().map(EcoString::from).or_else(|| unseen(value)));
            if let Some(text) = text {
                let list = names.entry(text).or_default();
                if !list.contains(owner) {
                    list.push(*owner);
                }
            }
        }
    }
    names
}

/// The owners that a companion names: by reference first, else by evaluated name.
pub(super) fn owners_of(
    engine: &Engine<'_, '_>,
    member: NodeId,
    companion: &CompanionTable,
    owner_type: &str,
    names: &FxHashMap<EcoString, Vec<NodeId>>,
) -> Vec<NodeId> {
    let Some(resource) = engine.graph.resources.get(member) else { return Vec::new() };
    let whole = Value::new(Data::Map(Arc::clone(&resource.body)));
    let mut found: Vec<NodeId> = Vec::new();
    for path in companion.by.as_slice() {
        if let Some(way) = path.strip_prefix('$') {
            found.extend(ancestor(engine, member, owner_type, way));
            continue;
        }
        for value in at_end(engine, resource, &whole, path) {
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
                (false, _) => None,
                (true, Some(text)) => names.get(text).or_else(|| names.get(last_segment(text))).cloned(),
                // Two owners cannot have one name: what looks alike is then only made of the same input.
                (true, None) => {
                    unseen(&value).and_then(|key| names.get(&key)).filter(|found| found.len() == 1).cloned()
                }
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

/// What tells a name that is not known from others: the same inputs and attributes, with the same text around them.
fn unseen(value: &Value) -> Option<EcoString> {
    let Data::Unknown(unknown) = &value.data else { return None };
    let (origin, reason) = (&value.origin, &unknown.reason);
    let unset = origin.steps().iter().find(|step| step.kind == StepKind::Unset);
    match (&unknown.known, origin.references(), unset) {
        (Known::Template(parts), _, _) => {
            let mut text = EcoString::new();
            for part in parts.iter() {
                match part {
                    Part::Text(known) => text.push_str(known),
                    Part::Hole(hole) => text.push_str(&unseen(hole)?),
                }
            }
            Some(text)
        }
        (Known::Nothing | Known::Given { .. }, [one], _) => {
            Some(eco_format!("\u{1}{} {}\u{1}", one.address, one.attribute))
        }
        (Known::Given { .. }, [], _) => Some(eco_format!("\u{1}{reason}\u{1}")),
        (Known::Nothing, [], Some(step)) => Some(eco_format!("\u{1}{} {:?} {reason}\u{1}", step.name, step.span)),
        _ => None,
    }
}

/// What is written at a path; `A->B` goes on at B of the resource that A refers to.
pub(super) fn at_end(engine: &Engine<'_, '_>, resource: &Resource, whole: &Value, path: &str) -> Vec<Value> {
    let names = Names::of(&resource.type_);
    let Some((first, rest)) = path.split_once("->") else { return written(whole, path, names) };
    let between = written(whole, first, names);
    let targets = between.iter().flat_map(|value| engine.graph.targets(resource.project, value));
    let found = targets.filter_map(|id| engine.graph.resources.get(id));
    found
        .flat_map(|next| written(&Value::new(Data::Map(Arc::clone(&next.body))), rest, Names::of(&next.type_)))
        .collect()
}

/// What a companion's link is called, where the companion has none though its provider asks for one: it is misspelt or
/// forgotten, and may be that of any owner in the same module.
pub(super) fn missing<'t>(engine: &Engine<'_, '_>, member: NodeId, companion: &'t CompanionTable) -> Option<&'t str> {
    let links = companion.by.as_slice();
    let is_plain = |path: &String| !path.contains(['$', '.', '[', '>']);
    if companion.optional || !links.iter().all(is_plain) {
        return None;
    }
    let resource = engine.graph.resources.get(member)?;
    let is_there = |path: &String| {
        let entry = Names::of(&resource.type_).find(&resource.body, path);
        entry.is_some_and(|entry| !entry.value.is_null())
    };
    if links.iter().any(is_there) { None } else { links.first().map(String::as_str) }
}

/// The link of a companion that hangs on an input which nobody gives: what it is called, and its value. It may be that
/// of any owner in the same module. What refers to another resource, or comes out of a module, is not.
pub(super) fn open<'t>(
    engine: &Engine<'_, '_>,
    member: NodeId,
    companion: &'t CompanionTable,
) -> Option<(&'t str, Value)> {
    let resource = engine.graph.resources.get(member)?;
    let whole = Value::new(Data::Map(Arc::clone(&resource.body)));
    let links = companion.by.as_slice().iter().filter(|path| !path.starts_with('$'));
    let found =
        links.flat_map(|path| at_end(engine, resource, &whole, path).into_iter().map(move |value| (path, value)));
    let mut open = found.filter(|(_, value)| value.is_unknown());
    let (path, value) = open.next()?;
    (is_given(&value) && value.origin.references().is_empty()).then_some((path.as_str(), value))
}

/// Whether a value that is not known is what somebody will give: an input, or a text with one in it.
fn is_given(value: &Value) -> bool {
    let Data::Unknown(unknown) = &value.data else { return false };
    match &unknown.known {
        Known::Given { .. } => true,
        Known::Template(parts) => parts.iter().all(|part| match part {
            Part::Text(_) => true,
            Part::Hole(hole) => hole.origin.references().is_empty() && is_given(hole),
        }),
        _ => value.origin.steps().iter().any(|step| step.kind == StepKind::Unset),
    }
}

/// Whether a link that is not wholly known may name an owner: what is known of both does not differ.
pub(super) fn may_name(engine: &Engine<'_, '_>, link: &Value, owner: NodeId, table: &TypeTable) -> bool {
    let Some(resource) = engine.graph.resources.get(owner) else { return false };
    let path = table.name.as_deref().unwrap_or("name");
    let Some(name) = Names::of(&resource.type_).find(&resource.body, path) else { return true };
    let ((start, end), (own_start, own_end)) = (ends(link), ends(&name.value));
    // An address or id holds the name at its end only.
    let is_id = |text: &str| text.contains([':', '/']);
    let starts = is_id(start) || start.starts_with(own_start) || own_start.starts_with(start);
    starts && (is_id(end) || end.ends_with(own_end) || own_end.ends_with(end))
}

/// What is known of the start and of the end of a text.
fn ends(value: &Value) -> (&str, &str) {
    fn text(part: Option<&Part>) -> &str {
        match part {
            Some(Part::Text(text)) => text,
            _ => "",
        }
    }
    match &value.data {
        Data::String(text) => (text, text),
        Data::Unknown(unknown) => match &unknown.known {
            Known::Template(parts) => (text(parts.first()), text(parts.last())),
            _ => ("", ""),
        },
        _ => ("", ""),
    }
}

/// Whether two resources are declared by one module.
pub(super) fn are_of_one_module(engine: &Engine<'_, '_>, one: NodeId, other: NodeId) -> bool {
    let calls = |id: NodeId| engine.graph.resources.get(id).map(|resource| (resource.project, &resource.calls));
    calls(one) == calls(other)
}

/// What is written at a path, the elements of a list one by one.
pub(super) fn written(whole: &Value, path: &str, names: Names) -> Vec<Value> {
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
pub(super) fn points_at(engine: &Engine<'_, '_>, owner_id: NodeId, companion: &CompanionTable, member: NodeId) -> bool {
    let (Some(owner), Some(member_resource)) =
        (engine.graph.resources.get(owner_id), engine.graph.resources.get(member))
    else {
        return false;
    };
    let whole = Value::new(Data::Map(Arc::clone(&owner.body)));
    companion.to.as_slice().iter().any(|path| {
        if let Some(way) = path.strip_prefix('$') {
            return ancestor(engine, owner_id, engine.tables.spelled(&companion.type_), way) == Some(member);
        }
        written(&whole, path, Names::of(&owner.type_)).iter().any(|value| {
            let targets = engine.graph.targets(owner.project, value);
            if !targets.is_empty() {
                return targets.contains(&member);
            }
            ["name", "id", "arn"].iter().any(|attribute| {
                let named = Names::of(&member_resource.type_).find(&member_resource.body, attribute);
                named.and_then(|entry| entry.value.as_str()).is_some_and(|name| value.as_str() == Some(name))
            })
        })
    })
}
