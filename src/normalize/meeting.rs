//! Companions that meet their owner: both name the same thing, which need not be in the scan.

use std::sync::Arc;

use ecow::EcoString;

use super::links::written;
use super::paths::Names;
use super::rows::Engine;
use crate::catalogue::model::CompanionTable;
use crate::graph::NodeId;
use crate::value::{Data, Truth, Value};

/// Whether what an owner names is what a companion names: one resource to which both refer, or one name.
pub(super) fn meet(engine: &Engine<'_, '_>, owner: NodeId, companion: &CompanionTable, member: NodeId) -> Truth {
    let owners = named(engine, owner, companion.meets.as_slice());
    let members = named(engine, member, companion.by.as_slice());
    let pairs = owners.iter().flat_map(|one| members.iter().map(move |other| (one, other)));
    pairs.fold(Truth::False, |truth, (one, other)| truth.or(one.is(other)))
}

/// What a value names.
struct Named {
    resources: Vec<NodeId>,
    /// Each of them is deployed from here, so that no other one is the same.
    is_declared: bool,
    /// The names that are known: its own, or those of the resources.
    names: Vec<EcoString>,
}

impl Named {
    fn is(&self, other: &Named) -> Truth {
        if self.resources.iter().any(|one| other.resources.contains(one)) {
            return Truth::True;
        }
        match self.names.is_empty() || other.names.is_empty() {
            true if self.is_declared && other.is_declared => Truth::False,
            true => Truth::Unknown,
            false => self.names.iter().any(|one| other.names.contains(one)).into(),
        }
    }
}

fn named(engine: &Engine<'_, '_>, id: NodeId, paths: &[String]) -> Vec<Named> {
    let Some(resource) = engine.graph.resources.get(id) else { return Vec::new() };
    let whole = Value::new(Data::Map(Arc::clone(&resource.body)));
    let values = paths.iter().flat_map(|path| written(&whole, path, Names::of(&resource.type_)));
    let named = values.map(|value| {
        let resources = engine.graph.targets(resource.project, &value);
        let own = value.as_str().map(|text| name_in(text).into());
        let names = match own {
            Some(own) => vec![own],
            None => resources.iter().filter_map(|id| name_of(engine, *id)).collect(),
        };
        let is_here = |id: &NodeId| engine.graph.resources.get(*id).is_some_and(|resource| !resource.existing);
        let is_declared = !resources.is_empty() && resources.iter().all(is_here);
        Named { resources, is_declared, names }
    });
    named.collect()
}

fn name_of(engine: &Engine<'_, '_>, id: NodeId) -> Option<EcoString> {
    let resource = engine.graph.resources.get(id)?;
    let table = engine.tables.get(&resource.type_)?;
    engine.name(id, table.table)
}

/// The name in an address of AWS, as `clinic-trail` in `arn:aws:logs:us-east-1:111122223333:log-group:clinic-trail:*`.
/// Source: the page of CloudWatch Logs on its identifiers.
fn name_in(text: &str) -> &str {
    let Some(own) = text.strip_prefix("arn:").and_then(|rest| rest.splitn(5, ':').nth(4)) else { return text };
    let own = own.strip_suffix(":*").unwrap_or(own);
    own.split_once(':').map_or(own, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::name_in;

    #[test]
    fn a_name_is_found_in_its_address() {
        for (text, name) in [
            ("clinic-trail", "clinic-trail"),
            ("/aws/trail/clinic", "/aws/trail/clinic"),
            ("arn:aws:logs:us-east-1:111122223333:log-group:clinic-trail:*", "clinic-trail"),
            ("arn:aws:logs:us-east-1:111122223333:log-group:/aws/trail/clinic", "/aws/trail/clinic"),
            ("arn:aws:s3:::scans", "scans"),
        ] {
            assert_eq!(name_in(text), name, "{text}");
        }
    }
}
