//! The resource graph: resources as nodes, the references found while evaluating as edges. Knows no dialect
//! and no policy.

mod account;

use ecow::{EcoString, eco_format};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::evaluate::Resource;
use crate::value::{Data, Known, Map, Part, Reference, Value};

pub use account::{accounts, is_account};

/// The place of a resource in its graph.
pub type NodeId = usize;

/// All resources of a run and what ties them.
#[derive(Debug, Default)]
pub struct Graph {
    /// The resources, in the order of their projects and files.
    pub resources: Vec<Resource>,
    /// The references between them, in order.
    pub edges: Vec<Edge>,
    /// The resources that each refers to or is referred to by; what is only made before or after it is none.
    neighbours: Vec<Vec<NodeId>>,
    /// The resources by address, for each project.
    by_address: Vec<FxHashMap<EcoString, NodeId>>,
}

/// A reference from one resource to another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// The resource that refers.
    pub from: NodeId,
    /// The resource referred to.
    pub to: NodeId,
    /// The attribute that holds the reference, dotted.
    pub via: EcoString,
    /// Whether it only says what is made first.
    pub is_order: bool,
}

impl Graph {
    /// Ties resources together.
    pub fn new(resources: Vec<Resource>) -> Self {
        let mut graph = Graph { resources, ..Graph::default() };
        for (id, resource) in graph.resources.iter().enumerate() {
            if graph.by_address.len() <= resource.project {
                graph.by_address.resize_with(resource.project + 1, FxHashMap::default);
            }
            if let Some(addresses) = graph.by_address.get_mut(resource.project) {
                addresses.entry(resource.address.clone()).or_insert(id);
            }
        }
        let edges: Vec<Edge> =
            (0..graph.resources.len()).into_par_iter().flat_map_iter(|id| graph.edges_of(id)).collect();
        graph.neighbours = vec![Vec::new(); graph.resources.len()];
        for edge in edges.iter().filter(|edge| !edge.is_order) {
            for (one, other) in [(edge.from, edge.to), (edge.to, edge.from)] {
                if let Some(list) = graph.neighbours.get_mut(one)
                    && !list.contains(&other)
                {
                    list.push(other);
                }
            }
        }
        graph.edges = edges;
        graph
    }

    /// What a resource refers to, in the order of edges.
    fn edges_of(&self, id: NodeId) -> Vec<Edge> {
        let mut edges: Vec<Edge> = Vec::new();
        let Some(resource) = self.resources.get(id) else { return edges };
        for (map, is_order) in [(&resource.body, false), (&resource.settings, true)] {
            each_reference(map, "", &mut |via, reference| {
                if let Some(to) = self.find(resource.project, &reference.address)
                    && to != id
                {
                    edges.push(Edge { from: id, to, via: via.into(), is_order });
                }
            });
        }
        edges.sort();
        edges.dedup();
        edges
    }

    /// The resource at an address of a project.
    pub fn find(&self, project: usize, address: &EcoString) -> Option<NodeId> {
        let (project, address) = match Reference::abroad(address) {
            Some((project, address)) => (project, address),
            None => (project, address.as_str()),
        };
        self.by_address.get(project)?.get(address).copied()
    }

    /// The resources that a value refers to, in order of mention.
    pub fn targets(&self, project: usize, value: &Value) -> Vec<NodeId> {
        let mut targets = Vec::new();
        value.each_reference(&mut |reference| {
            if let Some(id) = self.find(project, &reference.address)
                && !targets.contains(&id)
            {
                targets.push(id);
            }
        });
        targets
    }

    /// The resources one edge away, in either direction.
    pub fn neighbours(&self, id: NodeId) -> &[NodeId] {
        self.neighbours.get(id).map(Vec::as_slice).unwrap_or_default()
    }
}

/// Tells of every reference in a body and the attribute that holds it.
fn each_reference(body: &Map, prefix: &str, visit: &mut dyn FnMut(&str, &Reference)) {
    for (name, entry) in &body.entries {
        let simple = entry.value.origin.references().is_empty()
            && matches!(entry.value.data, Data::Null | Data::Bool(_) | Data::Number(_) | Data::String(_));
        if simple {
            continue;
        }
        let path = if prefix.is_empty() { name.clone() } else { eco_format!("{prefix}.{name}") };
        value_references(&entry.value, &path, visit);
    }
}

fn value_references(value: &Value, path: &str, visit: &mut dyn FnMut(&str, &Reference)) {
    for reference in value.origin.references() {
        visit(path, reference);
    }
    match &value.data {
        Data::Map(map) => each_reference(map, path, visit),
        Data::List(list) => list.items.iter().for_each(|item| value_references(item, path, visit)),
        Data::Choice(arms) => arms.iter().for_each(|arm| value_references(&arm.value, path, visit)),
        Data::Unknown(unknown) => match &unknown.known {
            Known::Json(inner) | Known::Base64(inner) => value_references(inner, path, visit),
            Known::Template(parts) => {
                for part in parts.iter() {
                    if let Part::Hole(hole) = part {
                        value_references(hole, path, visit);
                    }
                }
            }
            Known::Nothing | Known::Given { .. } | Known::AtMost(_) | Known::AtLeast(_) => {}
        },
        _ => {}
    }
}
