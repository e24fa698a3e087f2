//! Which major version of a provider a module asks for: defaults differ between them.

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::module::literal;
use crate::parse::terraform::ast::{Block, Body, ExpressionKind};

/// The highest major version of each provider that is allowed, by the provider's local name. A provider without
/// an upper bound is not in it.
pub type Majors = FxHashMap<EcoString, u32>;

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
fn highest(constraint: &str) -> Option<u32> {
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
