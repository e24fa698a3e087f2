//! Passes that add facts to nodes: what a policy document allows, what the internet can reach, which service a
//! type belongs to. A policy reads attributes and facts, nothing else.

mod document_text;
mod document_words;
mod documents;
mod escalation;
mod grants;
mod logs;
mod narrowing;
mod network;
mod phi;
mod roles;
mod secrets;
mod services;
mod trust;

use std::collections::BTreeSet;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::catalogue::Needed;
use crate::catalogue::model::AttributeType;
use crate::config::{Config, Date};
use crate::graph::{Graph, NodeId};
use crate::normalize::{Attribute, Node, Spelling, Tables};
use crate::source::{SourceMap, Span};
use crate::value::Value;

pub use phi::{BASIS, CLASSIFICATION};

/// What analyses look at.
pub struct Seen<'a, 'c> {
    /// The services, and how secrets are told.
    pub catalogue: &'a Needed<'c>,
    /// The resources and what ties them.
    pub graph: &'a Graph,
    /// The tables of kinds.
    pub tables: &'a Tables<'c>,
    /// The texts.
    pub sources: &'a SourceMap,
    /// What the project asks for and declares.
    pub config: Option<&'a Config>,
    /// The day it is.
    pub today: Date,
}

/// Adds the facts of every node, and answers with the places of secrets that are written out.
pub fn analyse(seen: &Seen<'_, '_>, nodes: &mut [Node<'_>]) -> BTreeSet<Span> {
    let Seen { catalogue, graph, tables, sources, config, today } = seen;
    let agreements = config.and_then(|config| config.agreements.as_deref());
    let phi = config.and_then(|config| config.phi.as_ref());
    let services = services::known(&catalogue.services, agreements, *today, graph);
    let logs = logs::classes(graph, nodes);
    let documents = documents_of(tables, nodes);
    nodes.par_iter_mut().enumerate().for_each(|(id, node)| {
        let Some(resource) = graph.resources.get(id) else { return };
        if !node.judged {
            return;
        }
        services::add(&services, resource, id, node);
        logs::add(logs.get(id).copied().flatten(), resource.header, id, node);
        if let Some(phi) = phi {
            phi::add(phi, sources, resource, id, node);
        }
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
    secrets::add(catalogue.secrets, graph, sources, nodes)
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

/// A fact of a resource that rests on none of its attributes, and where it is shown.
fn own_fact(value: Value, span: Span, holder: NodeId) -> Attribute<'static> {
    Attribute { value, span, holder, path: "", written: true, source: None, spelling: Spelling::default() }
}
