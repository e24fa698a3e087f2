//! Passes that add facts to nodes: what a policy document allows, what the internet can reach, which service a
//! type belongs to. A policy reads attributes and facts, nothing else.

mod document_text;
mod documents;
mod escalation;
mod grants;
mod network;
mod secret_values;
mod secrets;
mod services;
mod trust;

use std::collections::BTreeSet;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::catalogue::Needed;
use crate::catalogue::model::AttributeType;
use crate::graph::Graph;
use crate::normalize::{Attribute, Node, Tables};
use crate::source::Span;
use crate::value::Value;

/// Adds the facts of every node, and answers with the places of secrets that are written out.
pub fn analyse(catalogue: &Needed<'_>, graph: &Graph, tables: &Tables<'_>, nodes: &mut [Node<'_>]) -> BTreeSet<Span> {
    let services = services::known(&catalogue.services, graph);
    let documents = documents_of(tables, nodes);
    nodes.par_iter_mut().enumerate().for_each(|(id, node)| {
        let Some(resource) = graph.resources.get(id) else { return };
        if !node.judged {
            return;
        }
        services::add(&services, resource, id, node);
        network::add(node);
        trust::add(node);
        let Some(kind) = node.kind else { return };
        let names = documents.get(kind).map(Vec::as_slice).unwrap_or_default();
        let policies: Vec<Attribute<'_>> = names.iter().filter_map(|name| node.attributes.get(name).cloned()).collect();
        if kind == "identity_policy" || node.attributes.contains_key("documents") {
            grants::add(&policies, node);
        } else if !policies.is_empty() {
            documents::add(&policies, node);
        }
    });
    secrets::add(catalogue.secrets, graph, nodes)
}

/// The attributes that hold policy documents, by the kinds of a run.
fn documents_of<'c>(tables: &Tables<'c>, nodes: &[Node<'c>]) -> FxHashMap<&'c str, Vec<&'c str>> {
    let mut documents: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
    for kind in nodes.iter().filter_map(|node| node.kind) {
        documents.entry(kind).or_insert_with(|| {
            let all = tables.kind(kind).into_iter().flatten();
            all.filter(|(name, doc)| doc.type_ == AttributeType::Policy && *name != trust::TRUST)
                .map(|(name, _)| name.as_str())
                .collect()
        });
    }
    documents
}

/// A fact that rests on an attribute.
fn fact<'c>(value: Value, basis: &Attribute<'c>) -> Attribute<'c> {
    Attribute { value, source: None, ..basis.clone() }
}
