//! Resources of the azapi provider. They are those of Azure Resource Manager: their arguments say of which type, at
//! which version of its interface, and with which body. What comes after evaluation sees them as such, under their
//! addresses and at their places in Terraform.

use std::sync::Arc;

use ecow::{EcoString, eco_format};
use indexmap::IndexSet;

use super::known_text;
use crate::evaluate::{Code, Diagnostic, Evaluated, Resource, UPDATES};
use crate::value::{Arm, Data, Entry, Known, Map, Origin, Value, from_json};

/// What changes a resource that is there, and says nothing of the rest of it.
const UPDATE: &str = "azapi_update_resource";

/// The types that declare a resource of Azure Resource Manager, as resources and as data sources.
const TYPES: &[&str] = &["azapi_resource", UPDATE];

/// The arguments that hold the body or, before version 2 of the provider, the JSON of it; of what both have the later
/// holds.
const BODIES: &[&str] = &["body", "sensitive_body"];

/// The arguments that are parts of the resource beside its body.
const PARTS: &[&str] = &["name", "location", "tags"];

/// What a body may hold at its top. Source: the page on the syntax of templates, its section on resources.
const ENVELOPE: &[&str] =
    &["properties", "sku", "kind", "identity", "plan", "zones", "extendedLocation", "managedBy", "tags"];

/// The arguments with the value that the text of a body encodes in the place of that text. `encoded` answers with it
/// where it is written as a call that encodes it, so that its parts keep their places.
pub(super) fn opened(type_: &str, mut body: Arc<Map>, encoded: impl Fn(&str) -> Option<Value>) -> Arc<Map> {
    if TYPES.contains(&type_) {
        for name in BODIES {
            if let Some(value) = encoded(name)
                && let Some(entry) = Arc::make_mut(&mut body).entries.get_mut(*name)
            {
                entry.value = value.with_sensitive(entry.value.sensitive);
            }
        }
    }
    body
}

/// Makes the resources of the provider what they are to Azure.
pub(super) fn resolve(evaluated: &mut Evaluated) {
    for resource in evaluated.resources.iter_mut().filter(|resource| TYPES.contains(&resource.type_.as_str())) {
        let (type_, version) = match declared(resource) {
            Ok(declared) => declared,
            Err(error) => {
                // What is only referred to is not judged, whatever it is.
                evaluated.errors.extend((!resource.existing).then_some(error));
                continue;
            }
        };
        let arguments = Arc::clone(&resource.body);
        if resource.type_ == UPDATE {
            let mut settings = Map::new();
            settings.insert(UPDATES, target(&arguments));
            resource.settings = Arc::new(settings);
        }
        resource.body = Arc::new(body(&arguments));
        resource.name = arguments.get("name").and_then(|entry| entry.value.as_str()).map(EcoString::from);
        (resource.type_, resource.api_version) = (type_, version);
    }
}

/// The type of a resource and the version of its interface, as far as that is known.
fn declared(resource: &Resource) -> Result<(EcoString, Option<EcoString>), Diagnostic> {
    const EXPECTED: &str = "a type and a version are expected, such as \
                            \"Microsoft.Storage/storageAccounts@2023-01-01\"";
    let wrong = |span, message| Err(Diagnostic::at(Code::EvaluationError, span, message));
    let Some(entry) = resource.body.get("type") else {
        return wrong(
            resource.header,
            eco_format!("{} has no type, so it is not checked; {EXPECTED}", resource.address),
        );
    };
    let text = known_text(&entry.value);
    let (type_, version) = match text.as_deref().and_then(|text| text.split_once('@')) {
        Some((type_, version)) => (type_, Some(version).filter(|version| !version.contains(super::HOLE))),
        None => (text.as_deref().unwrap_or_default(), None),
    };
    match (entry.value.unknown_reason(), type_.contains('/') && !type_.contains(super::HOLE)) {
        (Some(_), true) => Ok((type_.into(), version.map(EcoString::from))),
        (None, true) if version.is_some() => Ok((type_.into(), version.map(EcoString::from))),
        (Some(reason), false) => wrong(
            entry.span,
            eco_format!("the type of {} is not known ({reason}), so it is not checked", resource.address),
        ),
        (None, _) => wrong(entry.span, eco_format!("{} is not checked: {EXPECTED} here", resource.address)),
    }
}

/// The type of a deployment of a template.
const DEPLOYMENT: &str = "Microsoft.Resources/deployments";

/// The properties of a resource that deploys a template; none for others.
pub(super) fn deployment(resource: &Resource) -> Option<Value> {
    let text = known_text(&resource.body.get("type").filter(|_| TYPES.contains(&resource.type_.as_str()))?.value)?;
    let type_ = text.split('@').next().unwrap_or_default();
    type_.eq_ignore_ascii_case(DEPLOYMENT).then(|| {
        let properties = body(&resource.body).get("properties").map(|entry| entry.value.clone());
        properties.unwrap_or_else(Value::null)
    })
}

/// What an update says of which resource it changes: its id, or its name and what contains it.
fn target(arguments: &Map) -> Value {
    match arguments.get("resource_id").filter(|entry| !entry.value.is_null()) {
        Some(entry) => entry.value.clone(),
        None => {
            let mut target = Map::new();
            for name in ["parent_id", "name"] {
                target.entries.extend(arguments.get(name).map(|entry| (EcoString::from(name), entry.clone())));
            }
            Value::map(target)
        }
    }
}

/// The body that Azure Resource Manager gets.
fn body(arguments: &Map) -> Map {
    let written = |name: &str| arguments.get(name).filter(|entry| !entry.value.is_null());
    let mut body = Map::new();
    for entry in BODIES.iter().filter_map(|name| written(name)) {
        lay_over(&mut body, &entries(&entry.value));
    }
    for name in PARTS {
        body.entries.extend(written(name).map(|entry| (EcoString::from(*name), entry.clone())));
    }
    if let Some(entry) = written("identity") {
        body.entries.insert("identity".into(), Entry { value: identity(&entry.value), span: entry.span });
    }
    // What extends a resource names it in the same argument as what is contained in one.
    if let Some(entry) = written("parent_id").or_else(|| written("resource_id")) {
        for word in ["parent", "scope"] {
            body.entries.insert(word.into(), entry.clone());
        }
    }
    body
}

/// The entries of a body, whichever way it is written. Those of one that is not known are not known each.
fn entries(value: &Value) -> Map {
    match &value.data {
        Data::Map(map) => (**map).clone(),
        Data::String(text) => match serde_json::from_str(text) {
            Ok(json) => entries(&from_json(&json, value.origin.clone()).with_sensitive(value.sensitive)),
            Err(_) => unknown("its body is not JSON", &value.origin),
        },
        Data::Unknown(hidden) => match &hidden.known {
            Known::Json(inner) => entries(inner),
            _ => unknown(&hidden.reason, &value.origin),
        },
        Data::Choice(arms) => chosen(arms, &value.origin),
        _ => unknown("its body is no object", &value.origin),
    }
}

/// Every entry that a body may have, not known.
fn unknown(reason: &str, origin: &Origin) -> Map {
    let mut map = Map::new();
    for name in ENVELOPE {
        map.insert(*name, Value::unknown(reason).with_origin(origin.clone()));
    }
    map
}

/// The entries of alternatives: each is a choice of what it is in them.
fn chosen(arms: &[Arm], origin: &Origin) -> Map {
    let arms: Vec<(&EcoString, Map)> = arms.iter().map(|arm| (&arm.when, entries(&arm.value))).collect();
    let names: IndexSet<&EcoString> = arms.iter().flat_map(|(_, map)| map.entries.keys()).collect();
    let mut map = Map::new();
    for name in names {
        let of = |(when, map): &(&EcoString, Map)| Arm {
            when: (*when).clone(),
            value: map.get(name).map_or_else(Value::null, |entry| entry.value.clone()),
        };
        let choice = Data::Choice(arms.iter().map(of).collect::<Vec<_>>().into());
        map.insert(name.clone(), Value::new(choice).with_origin(origin.clone()));
    }
    map
}

/// Puts entries into a body; objects are merged.
fn lay_over(body: &mut Map, over: &Map) {
    for (name, entry) in &over.entries {
        let merged = match (body.get(name).map(|there| &there.value), entry.value.as_map()) {
            (Some(Value { data: Data::Map(there), origin, sensitive }), Some(inner)) => {
                let mut merged = (**there).clone();
                lay_over(&mut merged, inner);
                Value { data: Data::Map(merged.into()), origin: origin.clone(), sensitive: *sensitive }
            }
            _ => entry.value.clone(),
        };
        body.entries.insert(name.clone(), Entry { value: merged, span: entry.span });
    }
}

/// The identity block as Azure Resource Manager has it.
fn identity(blocks: &Value) -> Value {
    let block = blocks.as_list().and_then(<[Value]>::first).unwrap_or(blocks);
    let Some(map) = block.as_map() else { return block.clone() };
    let mut renamed = Map::new();
    for (name, entry) in &map.entries {
        let name = if name == "identity_ids" { "userAssignedIdentities".into() } else { name.clone() };
        renamed.entries.insert(name, entry.clone());
    }
    Value::map(renamed).with_origin(block.origin.clone())
}
