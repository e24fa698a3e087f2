//! Which service a provider type belongs to, and whether the provider's business associate agreement covers it.
//! Source: policies/services, whose files say where their lists come from and of which day they are.

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::own_fact;
use crate::catalogue::provider;
use crate::catalogue::services::Lookup;
use crate::config::{Agreement, Date};
use crate::evaluate::Resource;
use crate::graph::Graph;
use crate::normalize::Node;
use crate::value::Value;

/// What is said of a type: its service, whether that is covered, and what the agreement says of it.
type Said = (Value, Option<Value>, &'static str);

/// The services of the types of a graph, each looked up once.
pub(super) fn known<'g>(
    services: &Lookup<'_>,
    agreements: Option<&[Agreement]>,
    today: Date,
    graph: &'g Graph,
) -> FxHashMap<&'g EcoString, Option<Said>> {
    let mut known: FxHashMap<&EcoString, Option<Said>> = FxHashMap::default();
    for resource in &graph.resources {
        known.entry(&resource.type_).or_insert_with(|| {
            let said = say(services, &resource.type_)?;
            Some(match agreements {
                Some(agreements) => agreed(said, agreements, today, &resource.type_),
                None => said,
            })
        });
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
    Some((Value::string(service), covered, "is not covered by the provider's business associate agreement"))
}

/// What the project's own agreements make of what is said of a type that holds or processes data.
fn agreed((service, covered, words): Said, agreements: &[Agreement], today: Date, type_: &str) -> Said {
    let is_plumbing = covered.as_ref().and_then(Value::as_str) == Some("not-a-data-service");
    let (Some(provider), Some(name), false) = (provider(type_), service.as_str(), is_plumbing) else {
        return (service, covered, words);
    };
    let said = |value: &str, words| (Some(Value::string(value)), words);
    let (covered, words) = match agreements.iter().find(|one| one.provider == provider) {
        Some(one) if !one.is_signed(today) => {
            said("no-agreement", "has no agreement: the one in phiguard.toml is not signed")
        }
        Some(one) if one.excludes(name) => said("not-covered", "is left out of the agreement, as phiguard.toml says"),
        Some(one) if one.adds(name) => said("covered", "is covered, as phiguard.toml says"),
        Some(_) => (covered, words),
        None => said("no-agreement", "has no agreement: phiguard.toml records none with its provider"),
    };
    (service, covered, words)
}

/// Adds what is said of a resource's type, and whether its version is a preview.
pub(super) fn add(services: &FxHashMap<&EcoString, Option<Said>>, resource: &Resource, id: usize, node: &mut Node<'_>) {
    let at = |value: Value| own_fact(value, resource.header, id);
    if let Some(version) = &resource.api_version {
        node.facts.insert("preview", at(Value::bool(is_preview(version))));
    }
    // What extends a resource may be written as if it were its child; it is plumbing, whatever it extends.
    if resource.type_.contains('/') && resource.type_.to_ascii_lowercase().contains("/providers/") {
        node.facts.insert("baa", at(Value::string("not-a-data-service")));
        return;
    }
    let Some(Some((service, covered, words))) = services.get(&resource.type_) else { return };
    node.facts.insert("service", at(service.clone()));
    if let Some(covered) = covered {
        node.facts.insert("baa", at(covered.clone()));
        node.facts.insert("agreement", at(Value::string(*words)));
    }
}

/// Whether a version of Azure's interface is a preview, which the agreement leaves out. Source: Microsoft's terms of
/// previews; versions are dates with `-preview`, or with another word where they are still less.
fn is_preview(version: &str) -> bool {
    let lower = version.to_ascii_lowercase();
    ["preview", "alpha", "beta", "privatepreview"].iter().any(|word| lower.contains(word))
}
