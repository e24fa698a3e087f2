//! Resources that only change another one: what they say goes over what that one says, and the rest of it stays.

use super::companions::Index;
use super::rows::Engine;
use super::{Attribute, Node};
use crate::evaluate::UPDATES;
use crate::graph::NodeId;
use crate::value::{Map, Value};

/// Lays what updates say over what they change. One whose resource is not in the scan is judged by what it says alone.
pub(super) fn lay_over<'c>(engine: &Engine<'_, 'c>, index: &Index<'_>, nodes: &mut [Node<'c>]) {
    for (id, resource) in engine.graph.resources.iter().enumerate() {
        let Some(target) = resource.settings.get(UPDATES).filter(|_| !resource.existing) else { continue };
        let Some(table) = engine.tables.get(&resource.type_) else { continue };
        let (Some(whole), Some(bare)) = (engine.seen(id), engine.seen(id)) else { continue };
        let bare = bare.with_body(Map::new());
        let said: Vec<(&'c str, Attribute<'c>)> = table
            .table
            .attributes
            .iter()
            .filter_map(|(name, rows)| {
                let with = engine.attribute(rows.as_slice(), &whole)?;
                let without = engine.attribute(rows.as_slice(), &bare);
                let is_said = with.written || without.is_none_or(|without| differ(&with.value, &without.value));
                is_said.then_some((name.as_str(), with))
            })
            .collect();
        match changed(engine, index, id, &target.value, table.kind) {
            Some(owner) => {
                if let Some(node) = nodes.get_mut(id) {
                    node.judged = false;
                }
                if let Some(node) = nodes.get_mut(owner) {
                    said.into_iter().for_each(|(name, attribute)| node.attributes.insert(name, attribute));
                }
            }
            None => {
                if let Some(node) = nodes.get_mut(id) {
                    node.attributes = super::Attributes::default();
                    said.into_iter().for_each(|(name, attribute)| node.attributes.insert(name, attribute));
                }
            }
        }
    }
}

/// Whether two values are not the same; two that are not known are no two.
fn differ(one: &Value, other: &Value) -> bool {
    one != other && !(one.is_unknown() && other.is_unknown())
}

/// The resource that an update changes: the one that its id refers to, or the one of that name in the same place.
fn changed(engine: &Engine<'_, '_>, index: &Index<'_>, id: NodeId, target: &Value, kind: &str) -> Option<NodeId> {
    let resource = engine.graph.resources.get(id)?;
    let of_kind = |owner: &NodeId| {
        let found = engine.graph.resources.get(*owner);
        *owner != id && found.is_some_and(|found| !found.existing && engine.tables.is_kind(&found.type_, kind))
    };
    let Some(parts) = target.as_map() else {
        return engine.graph.targets(resource.project, target).into_iter().find(of_kind);
    };
    let name = parts.get("name")?.value.as_str()?;
    let place = |id: NodeId| {
        let parent = engine.graph.resources.get(id)?.body.get("parent")?;
        Some((engine.graph.targets(resource.project, &parent.value), parent.value.as_str().map(str::to_string)))
    };
    let twins = index.get(&(resource.project, engine.tables.spelled(&resource.type_)))?;
    twins.iter().copied().filter(of_kind).find(|owner| {
        let named = engine.graph.resources.get(*owner).and_then(|found| found.name.as_deref());
        named == Some(name) && place(*owner) == place(id)
    })
}
