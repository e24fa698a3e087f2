//! The resource graph as JSON, for Graphviz and for Mermaid.

use std::fmt::Write;

use serde::Serialize;
use serde_json::{Map as JsonMap, Value as Json};

use super::json::{ErrorJson, errors, pretty};
use super::place::{self, Range};
use super::{Project, Report, Style, masked};
use crate::evaluate::Resource;
use crate::graph::NodeId;
use crate::normalize::{Attribute, Node};
use crate::value::{Map, to_json};

#[derive(Serialize)]
struct Document<'r> {
    version: u32,
    projects: &'r [Project],
    resources: Vec<ResourceJson<'r>>,
    edges: Vec<EdgeJson<'r>>,
    outputs: Vec<OutputJson<'r>>,
    errors: Vec<ErrorJson<'r>>,
}

#[derive(Serialize)]
struct ResourceJson<'r> {
    address: &'r str,
    #[serde(rename = "type")]
    type_: &'r str,
    name: Option<&'r str>,
    kind: Option<&'r str>,
    dialect: &'static str,
    project: usize,
    file: String,
    range: Range,
    api_version: Option<&'r str>,
    existing: bool,
    condition: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    construct: Option<&'r str>,
    body: Json,
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<Json>,
    attributes: Json,
    facts: Json,
}

#[derive(Serialize)]
struct EdgeJson<'r> {
    from: &'r str,
    to: &'r str,
    via: &'r str,
    relation: &'static str,
}

#[derive(Serialize)]
struct OutputJson<'r> {
    project: usize,
    name: &'r str,
    value: Json,
}

/// Prints everything that was evaluated.
pub(super) fn json(report: &Report, _: &Style) -> String {
    let resources = report.graph.resources.iter().zip(&report.nodes);
    pretty(&Document {
        version: 1,
        projects: &report.projects,
        resources: resources.map(|(resource, node)| resource_json(report, resource, node)).collect(),
        edges: edges(report)
            .map(|(from, to, via, relation)| EdgeJson { from: &from.address, to: &to.address, via, relation })
            .collect(),
        outputs: report
            .outputs
            .iter()
            .map(|(project, name, value)| OutputJson { project: *project, name, value: masked::json(report, value) })
            .collect(),
        errors: errors(report),
    })
}

fn resource_json<'r>(report: &Report, resource: &'r Resource, node: &'r Node<'static>) -> ResourceJson<'r> {
    let place = place::of(&report.sources, resource.header);
    ResourceJson {
        address: &resource.address,
        type_: &resource.type_,
        name: node.name.as_deref(),
        kind: node.kind,
        dialect: resource.dialect.as_str(),
        project: resource.project,
        file: place.file,
        range: place.range,
        api_version: resource.api_version.as_deref(),
        existing: resource.existing,
        condition: resource.condition.as_deref(),
        construct: resource.construct(),
        body: map_json(report, &resource.body),
        settings: (!resource.settings.entries.is_empty()).then(|| map_json(report, &resource.settings)),
        attributes: attributes_json(report, node.attributes.iter()),
        // What was found to be a secret is told by name, not by text.
        facts: facts_json(node.facts.iter()),
    }
}

fn map_json(report: &Report, map: &Map) -> Json {
    let fields: JsonMap<String, Json> =
        map.entries.iter().map(|(key, entry)| (key.to_string(), masked::json(report, &entry.value))).collect();
    Json::Object(fields)
}

fn attributes_json<'n>(report: &Report, attributes: impl Iterator<Item = (&'n str, &'n Attribute<'n>)>) -> Json {
    let fields: JsonMap<String, Json> =
        attributes.map(|(name, attribute)| (name.to_string(), masked::json(report, &attribute.value))).collect();
    Json::Object(fields)
}

fn facts_json<'n>(facts: impl Iterator<Item = (&'n str, &'n Attribute<'n>)>) -> Json {
    let fields: JsonMap<String, Json> = facts.map(|(name, fact)| (name.to_string(), to_json(&fact.value))).collect();
    Json::Object(fields)
}

/// The edges: who refers to whom, through which attribute, and whether one configures the other.
fn edges(report: &Report) -> impl Iterator<Item = (&Resource, &Resource, &str, &'static str)> {
    report.graph.edges.iter().filter_map(|edge| {
        let from = report.graph.resources.get(edge.from)?;
        let to = report.graph.resources.get(edge.to)?;
        let relation = match edge.is_order {
            true => "follows",
            false if is_companion(report, edge.to, edge.from) => "configures",
            false => "references",
        };
        Some((from, to, edge.via.as_str(), relation))
    })
}

fn is_companion(report: &Report, owner: NodeId, companion: NodeId) -> bool {
    report.nodes.get(owner).is_some_and(|node| node.companions.contains(&companion))
}

/// Prints the graph for Graphviz.
pub(super) fn dot(report: &Report, _: &Style) -> String {
    let mut out = String::from("digraph phiguard {\n  rankdir=LR;\n  node [shape=box, fontname=\"monospace\"];\n");
    for (id, resource) in report.graph.resources.iter().enumerate() {
        let shape = if resource.existing { ", style=dashed" } else { "" };
        let _ = writeln!(out, "  n{id} [label=\"{}\"{shape}];", escape(&label(report, id, resource)));
    }
    for edge in &report.graph.edges {
        let _ = writeln!(out, "  n{} -> n{} [label=\"{}\"];", edge.from, edge.to, escape(&edge.via));
    }
    out.push_str("}\n");
    out
}

/// Prints the graph for Mermaid.
pub(super) fn mermaid(report: &Report, _: &Style) -> String {
    let mut out = String::from("flowchart LR\n");
    for (id, resource) in report.graph.resources.iter().enumerate() {
        let _ = writeln!(out, "  n{id}[\"{}\"]", quote(&label(report, id, resource)));
    }
    for edge in &report.graph.edges {
        let _ = writeln!(out, "  n{} -->|\"{}\"| n{}", edge.from, quote(&edge.via), edge.to);
    }
    out
}

fn label(report: &Report, id: NodeId, resource: &Resource) -> String {
    match report.nodes.get(id).and_then(|node| node.kind) {
        Some(kind) => format!("{} ({kind})", resource.address),
        None => resource.address.to_string(),
    }
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

fn quote(text: &str) -> String {
    text.replace('"', "#quot;")
}
