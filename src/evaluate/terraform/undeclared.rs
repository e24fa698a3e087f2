//! References that lead nowhere, and what is said of them.

use ecow::{EcoString, eco_format};

use super::module::{Declaration, Module};
use crate::parse::terraform::ast::{Accessor, AccessorKind, Body};

/// Which names a block may use beside those of the module.
#[derive(Clone, Copy, Default)]
pub(super) struct Around {
    pub(super) each: bool,
    pub(super) count: bool,
    pub(super) itself: bool,
}

impl Around {
    pub(super) fn of(body: &Body) -> Self {
        Around { each: body.attribute("for_each").is_some(), count: body.attribute("count").is_some(), itself: false }
    }
}

/// Whether a reference leads to that declaration.
pub(super) fn is_of(declaration: &Declaration, name: &str, accessors: &[Accessor]) -> bool {
    let names: Vec<&str> = accessors.iter().map_while(attribute).take(2).collect();
    match (declaration.data, name, names.as_slice()) {
        (true, "data", [type_, name]) | (false, "resource", [type_, name]) => {
            declaration.type_() == type_ && declaration.name() == name
        }
        (false, type_, [name, ..]) => declaration.type_() == type_ && declaration.name() == name,
        _ => false,
    }
}

fn attribute(accessor: &Accessor) -> Option<&str> {
    match &accessor.kind {
        AccessorKind::Attribute(name) => Some(name),
        _ => None,
    }
}

/// What to say of a reference to something that the module does not have.
pub(super) fn reference(
    module: &Module,
    name: &EcoString,
    accessors: &[Accessor],
    around: Around,
) -> Option<EcoString> {
    let mut names = accessors.iter().map_while(attribute);
    match name.as_str() {
        "var" => names.next().filter(|name| !module.variables.contains_key(*name)).map(variable),
        "local" => names.next().filter(|name| !module.locals.contains_key(*name)).map(local),
        "module" => names.next().filter(|name| module.call(name).is_none()).map(self::module),
        "each" if !around.each => Some(EACH.into()),
        "count" if !around.count => Some(COUNT.into()),
        "self" if !around.itself => Some("self exists only in provisioners, connections and postconditions".into()),
        "each" | "count" | "self" | "path" | "terraform" | "tofu" | "null" | "true" | "false" => None,
        "data" | "ephemeral" => {
            let (type_, name_) = (EcoString::from(names.next()?), EcoString::from(names.next()?));
            let kind = if name == "data" { "data" } else { "ephemeral" };
            let is_there = name == "data" && module.resource_index.contains_key(&(true, type_.clone(), name_.clone()))
                || module.passing.contains(&(kind, type_.clone(), name_.clone()));
            (!is_there).then(|| match kind {
                "data" => resource(true, &type_, &name_),
                _ => eco_format!("ephemeral resource {type_}.{name_} is not declared in this module"),
            })
        }
        "resource" => {
            let (type_, name) = (EcoString::from(names.next()?), EcoString::from(names.next()?));
            let key = (false, type_, name);
            (!module.resource_index.contains_key(&key)).then(|| resource(false, &key.1, &key.2))
        }
        // Without a name behind it, nothing is known of it.
        _ if accessors.is_empty() => Some(self::name(name)),
        _ => {
            let key = (false, name.clone(), EcoString::from(names.next()?));
            (!module.resource_index.contains_key(&key)).then(|| resource(false, &key.1, &key.2))
        }
    }
}

/// `each` where nothing is repeated by key.
pub(super) const EACH: &str = "each exists only in a block with for_each";
/// `count` where nothing is repeated by number.
pub(super) const COUNT: &str = "count exists only in a block with count";

pub(super) fn variable(name: &str) -> EcoString {
    eco_format!("variable \"{name}\" is not declared in this module")
}

pub(super) fn local(name: &str) -> EcoString {
    eco_format!("local.{name} is not declared in this module")
}

pub(super) fn module(name: &str) -> EcoString {
    eco_format!("there is no module \"{name}\" here")
}

pub(super) fn name(name: &str) -> EcoString {
    eco_format!("there is nothing named \"{name}\" here")
}

pub(super) fn resource(data: bool, type_: &str, name: &str) -> EcoString {
    match (data, type_.contains('_')) {
        (true, _) => eco_format!("data source {type_}.{name} is not declared in this module"),
        (false, true) => eco_format!("resource {type_}.{name} is not declared in this module"),
        (false, false) => self::name(type_),
    }
}
