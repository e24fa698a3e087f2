//! Which service a provider type belongs to, and whether the provider's business associate agreement covers it.
//! Source: policies/services, whose files say where their lists come from and of which day they are.

use ecow::EcoString;
use rustc_hash::FxHashMap;

use crate::catalogue::services::Lookup;
use crate::evaluate::Resource;
use crate::graph::Graph;
use crate::normalize::{Attribute, Node, Spelling};
use crate::value::Value;

/// What is said of a type: its service, and whether that is covered.
type Said = (Value, Option<Value>);

/// The services of the types of a graph, each looked up once.
pub(super) fn known<'g>(services: &Lookup<'_>, graph: &'g Graph) -> FxHashMap<&'g EcoString, Option<Said>> {
    let mut known: FxHashMap<&EcoString, Option<Said>> = FxHashMap::default();
    for resource in &graph.resources {
        known.entry(&resource.type_).or_insert_with(|| say(services, &resource.type_));
    }
    known
}

fn say(services: &Lookup<'_>, type_: &str) -> Option<Said> {
    let (_, service, covered) = services.find(type_)?;
    let covered = match covered {
        "yes" => Some(Value::string("covered")),
        "no" => Some(Value::string("not-covered")),
        "not-a-data-service" => Some(Value::string("not-a-data-service")),
        "partial" => {
            let why = ecow::eco_format!("the agreement covers {service} only in part; see the provider's list");
            Some(Value::unknown(why))
        }
        _ => None,
    };
    Some((Value::string(service), covered))
}

/// Adds what is said of a resource's type, and whether its version is a preview.
pub(super) fn add(services: &FxHashMap<&EcoString, Option<Said>>, resource: &Resource, id: usize, node: &mut Node<'_>) {
    let at = |value: Value| Attribute {
        value,
        span: resource.header,
        holder: id,
        path: "",
        written: true,
        source: None,
        spelling: Spelling::default(),
    };
    if let Some(version) = &resource.api_version {
        node.facts.insert("preview", at(Value::bool(is_preview(version))));
    }
    // What extends a resource may be written as if it were its child; it is plumbing, whatever it extends.
    if resource.type_.to_ascii_lowercase().contains("/providers/") {
        node.facts.insert("baa", at(Value::string("not-a-data-service")));
        return;
    }
    let Some(Some((service, covered))) = services.get(&resource.type_) else { return };
    node.facts.insert("service", at(service.clone()));
    if let Some(covered) = covered {
        node.facts.insert("baa", at(covered.clone()));
    }
}

/// Whether a version of Azure's interface is a preview, which the agreement leaves out. Source: Microsoft's terms of
/// previews; versions are dates with `-preview`, or with another word where they are still less.
fn is_preview(version: &str) -> bool {
    let lower = version.to_ascii_lowercase();
    ["preview", "alpha", "beta", "privatepreview"].iter().any(|word| lower.contains(word))
}
