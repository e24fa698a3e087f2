//! Which service a provider type belongs to, and whether the provider's business associate agreement covers it.
//! Source: policies/services, whose files say where their lists come from and of which day they are.

use crate::catalogue::Services;
use crate::evaluate::Resource;
use crate::normalize::{Attribute, Node};
use crate::value::Value;

pub(super) fn add(services: &Services, resource: &Resource, id: usize, node: &mut Node<'_>) {
    let at =
        |value: Value| Attribute { value, span: resource.header, holder: id, path: "", written: true, source: None };
    if let Some(version) = &resource.api_version {
        node.facts.insert("preview", at(Value::bool(is_preview(version))));
    }
    // What extends a resource may be written as if it were its child; it is plumbing, whatever it extends.
    if resource.type_.to_ascii_lowercase().contains("/providers/") {
        node.facts.insert("baa", at(Value::string("not-a-data-service")));
        return;
    }
    let Some(service) = services.find(&resource.type_) else { return };
    node.facts.insert("service", at(Value::string(service.service.as_str())));
    let covered = match service.covered.as_str() {
        "yes" => Value::string("covered"),
        "no" => Value::string("not-covered"),
        "not-a-data-service" => Value::string("not-a-data-service"),
        "partial" => Value::unknown(ecow::eco_format!(
            "the agreement covers {} only in part; see the provider's list",
            service.service
        )),
        _ => return,
    };
    node.facts.insert("baa", at(covered));
}

/// Whether a version of Azure's interface is a preview, which the agreement leaves out. Source: Microsoft's terms of
/// previews; versions are dates with `-preview`, or with another word where they are still less.
fn is_preview(version: &str) -> bool {
    let lower = version.to_ascii_lowercase();
    ["preview", "alpha", "beta", "privatepreview"].iter().any(|word| lower.contains(word))
}
