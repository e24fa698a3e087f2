//! Which major version of a provider a module asks for: defaults differ between them.

use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;

use super::module::{Declaration, literal};
use crate::parse::terraform::ast::{Accessor, AccessorKind, Block, Body, Expression, ExpressionKind};

/// The highest major version of each provider that is allowed, by the provider's local name. A provider without
/// an upper bound is not in it.
pub type Majors = FxHashMap<EcoString, u32>;

/// The name by which resources and module calls refer to a provider configuration: `aws`, `aws.west`.
pub(super) fn key(block: &Block) -> EcoString {
    match block.body.attribute("alias").and_then(|attribute| literal(&attribute.value)) {
        Some(alias) => eco_format!("{}.{alias}", block.label(0)),
        None => block.label(0).into(),
    }
}

/// The name of a provider configuration that an expression refers to: `aws.west`, also in quotes or, in OpenTofu, with the
/// key of one of several: `aws.by_region["west"]`.
pub(super) fn named(expression: &Expression) -> Option<EcoString> {
    match &expression.kind {
        ExpressionKind::Name(name) | ExpressionKind::String(name) => Some(name.clone()),
        ExpressionKind::Access(root, accessors) => match (&root.kind, accessors.as_slice()) {
            (
                ExpressionKind::Name(name),
                [Accessor { kind: AccessorKind::Attribute(alias), .. }]
                | [Accessor { kind: AccessorKind::Attribute(alias), .. }, Accessor { kind: AccessorKind::Index(_), .. }],
            ) => Some(eco_format!("{name}.{alias}")),
            _ => None,
        },
        _ => None,
    }
}

/// The provider configuration that a resource belongs to: what it names, else the default of its type's provider.
pub(super) fn used(declaration: &Declaration) -> EcoString {
    let written = declaration.block.body.attribute("provider").and_then(|attribute| named(&attribute.value));
    written.unwrap_or_else(|| declaration.type_().split('_').next().unwrap_or_default().into())
}

/// Takes over what the `required_providers` of a `terraform` block allow.
pub(super) fn add_required(majors: &mut Majors, settings: &Block) {
    for block in settings.body.blocks("required_providers") {
        for attribute in &block.body.attributes {
            let constraint = match &attribute.value.kind {
                ExpressionKind::Object(fields) => fields.iter().find_map(|(key, value)| match &key.kind {
                    ExpressionKind::Name(name) | ExpressionKind::String(name) if name == "version" => literal(value),
                    _ => None,
                }),
                _ => literal(&attribute.value),
            };
            if let Some(major) = constraint.and_then(highest) {
                lower(majors, &attribute.name, major);
            }
        }
    }
}

/// What `terraform init` chose: the provider blocks of `.terraform.lock.hcl`.
pub(super) fn locked(lock: &Body) -> Majors {
    let mut majors = Majors::default();
    for block in lock.blocks("provider") {
        let name = block.label(0).rsplit('/').next().unwrap_or_default();
        let version = block.body.attribute("version").and_then(|attribute| literal(&attribute.value));
        if let Some(major) = version.and_then(major) {
            majors.insert(name.into(), major);
        }
    }
    majors
}

/// Keeps the lower of two bounds.
pub(super) fn lower(majors: &mut Majors, name: &EcoString, major: u32) {
    majors.entry(name.clone()).and_modify(|there| *there = major.min(*there)).or_insert(major);
}

/// The highest major version that a constraint allows, if it has an upper bound. Source: Terraform's page on
/// version constraints.
pub(super) fn highest(constraint: &str) -> Option<u32> {
    constraint
        .split(',')
        .filter_map(|part| {
            let part = part.trim();
            let version = part.trim_start_matches(['~', '>', '<', '=', '!', ' ']);
            match part.strip_suffix(version).unwrap_or("").trim() {
                "" | "=" | "~>" | "<=" => major(version),
                "<" => {
                    let is_whole = version.split('.').skip(1).all(|segment| segment == "0");
                    major(version).map(|major| if is_whole { major.saturating_sub(1) } else { major })
                }
                _ => None,
            }
        })
        .min()
}

/// Whether a constraint allows nothing from that major version on.
pub(super) fn is_before(constraint: &str, version: u32) -> bool {
    highest(constraint).is_some_and(|highest| highest < version)
}

fn major(version: &str) -> Option<u32> {
    version.trim().split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_bound_the_major_version() {
        for (constraint, expected) in [
            ("~> 4.0", Some(4)),
            ("4.1.0", Some(4)),
            ("= 3.2", Some(3)),
            (">= 3.0", None),
            (">= 3.0, < 5.0", Some(4)),
            (">= 3.0, < 4.5", Some(4)),
            ("<= 5.1, >= 4", Some(5)),
            ("!= 4.0.1", None),
        ] {
            assert_eq!(highest(constraint), expected, "{constraint}");
        }
    }
}
