//! Which policies judge which provider types, by the tables alone: a policy judges a type of its kinds that has
//! what it needs and takes part in its condition.

use std::collections::{BTreeMap, BTreeSet};

use super::Catalogue;
use super::condition::{Condition, Subject};
use super::model::{AttributeType, KindFile, PolicyFile};
use super::provider::provider;
use super::services::Lookup;
use super::untagged::UNTAGGED;

/// The dialects in which provider types are written: those of one group share their types.
pub const DIALECTS: &[&[&str]] = &[&["terraform"], &["cloudformation"], &["arm", "bicep"]];

/// The dialects in which a type is written.
pub fn dialects(type_: &str) -> &'static [&'static str] {
    match (type_.contains("::"), type_.contains('/')) {
        (true, _) => &["cloudformation"],
        (_, true) => &["arm", "bicep"],
        _ => &["terraform"],
    }
}

/// A provider type and what policies can read of it.
#[derive(Clone, Debug, Default)]
pub struct TypeOf<'c> {
    /// Its name.
    pub type_: &'c str,
    /// Its kind.
    pub kind: &'c str,
    /// The attributes of the kind that it has, its companions' included.
    pub attributes: BTreeSet<&'c str>,
    /// The facts that analyses can add.
    pub facts: BTreeSet<&'static str>,
    /// Whether it only configures others, and is judged where they are not in the scan.
    pub alone: bool,
}

/// Every type that a table names, in the order of kinds and types.
pub fn types(catalogue: &Catalogue) -> Vec<TypeOf<'_>> {
    let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
    for kind in &catalogue.kinds {
        owners.extend(kind.types.keys().map(|type_| (type_.as_str(), kind.kind.as_str())));
    }
    let mut all: BTreeMap<(&str, &str), TypeOf<'_>> = BTreeMap::new();
    for kind in &catalogue.kinds {
        for (type_, table) in &kind.types {
            let own = table.attributes.keys();
            let added = table.companions.iter().flat_map(|companion| companion.attributes.keys());
            let entry = all.entry((&kind.kind, type_)).or_default();
            entry.attributes.extend(own.chain(added).map(String::as_str));
            for companion in table.companions.iter().filter(|companion| companion.alone) {
                let owner = owners.get(companion.type_.as_str());
                if owner.is_some_and(|owner| *owner != kind.kind) {
                    continue;
                }
                let entry = all.entry((&kind.kind, &companion.type_)).or_default();
                entry.alone = owner.is_none();
                entry.attributes.extend(companion.attributes.keys().map(String::as_str));
            }
        }
    }
    let services = catalogue.services.lookup();
    let documented: BTreeMap<&str, &KindFile> = catalogue.kinds.iter().map(|kind| (kind.kind.as_str(), kind)).collect();
    all.into_iter()
        .map(|((kind, type_), mut found)| {
            found.kind = kind;
            found.type_ = type_;
            found.facts = facts(&services, documented.get(kind).copied(), type_, &found.attributes);
            found
        })
        .collect()
}

/// The facts that analyses can add to a type with these attributes; `tests/generated.rs` compares this with what
/// they do.
fn facts(
    services: &Lookup<'_>,
    kind: Option<&KindFile>,
    type_: &str,
    attributes: &BTreeSet<&str>,
) -> BTreeSet<&'static str> {
    let mut facts = BTreeSet::from(["preview", "secrets", "classification"]);
    if !UNTAGGED.contains(&type_) {
        facts.insert("classification_tag");
    }
    if attributes.contains("retention_days") && !attributes.contains("log_class") {
        facts.insert("log_class");
    }
    if let Some((_, _, covered)) = services.find(type_) {
        facts.insert("service");
        if covered != "unknown" {
            facts.extend(["baa", "agreement"]);
        }
    }
    if attributes.contains("rules") {
        facts.extend(["open_ingress", "open_egress"]);
    }
    let Some(kind) = kind else { return facts };
    let is_document = |name: &&str| {
        **name != *"trust" && kind.attributes.get(*name).is_some_and(|doc| doc.type_ == AttributeType::Policy)
    };
    if attributes.contains("trust") {
        facts.insert("open_trust");
    }
    if kind.kind == "identity_policy" || attributes.contains("documents") {
        facts.extend(["allows_admin", "wildcard_actions", "escalations", "unrestricted_key_use"]);
    } else if attributes.iter().any(is_document) {
        facts.extend(["grants_everyone", "requires_tls", "wildcard_actions"]);
    }
    facts
}

/// Whether a policy judges a type.
pub fn judges(policy: &PolicyFile, type_: &TypeOf<'_>) -> bool {
    if !policy.requires.is_empty() {
        let cloud = provider(type_.type_);
        return policy.requires.iter().any(|one| cloud == Some(&one.provider) && looks_at(&one.met, type_));
    }
    let of_kind = policy.kinds.iter().any(|kind| kind == "any" || kind == type_.kind);
    let has = |name: &str| type_.attributes.contains(name) || type_.facts.contains(name);
    of_kind && policy.needs.iter().all(|name| has(name)) && takes_part(&policy.fails, type_)
}

/// Whether a policy reads nothing that a table says, so that it judges types that no table names.
pub fn judges_any_type(policy: &PolicyFile) -> bool {
    let nothing_else = TypeOf { facts: BTreeSet::from(["service", "baa", "preview", "secrets"]), ..TypeOf::default() };
    policy.kinds.iter().any(|kind| kind == "any") && judges(policy, &nothing_else)
}

/// Whether a requirement of accounts looks at a type.
fn looks_at(condition: &Condition, type_: &TypeOf<'_>) -> bool {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().any(|part| looks_at(part, type_)),
        Condition::Not(part) => looks_at(part, type_),
        Condition::Anywhere { kind, condition } => {
            kind == type_.kind && condition.as_ref().is_none_or(|condition| takes_part(condition, type_))
        }
        _ => false,
    }
}

/// Whether something of a condition exists for a type.
fn takes_part(condition: &Condition, type_: &TypeOf<'_>) -> bool {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().any(|part| takes_part(part, type_)),
        Condition::Not(part) => takes_part(part, type_),
        Condition::Quantified { list, .. } => {
            type_.attributes.contains(list.as_str()) || type_.facts.contains(list.as_str())
        }
        Condition::Related { .. } | Condition::Anywhere { .. } => true,
        Condition::Test { subject: Subject::Attribute(name), .. } => type_.attributes.contains(name.as_str()),
        Condition::Test { subject: Subject::Fact(name), .. } => type_.facts.contains(name.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue() -> Catalogue {
        serde_json::from_value(serde_json::json!({
            "policies": [],
            "safeguards": [],
            "services": {"exact": {"aws_store": {"service": "Store", "covered": "yes"}}},
            "kinds": [{
                "kind": "store",
                "title": "Store",
                "attributes": {"a": {"type": "bool"}, "b": {"type": "bool"}, "p": {"type": "policy"}},
                "types": {
                    "aws_store": {
                        "attributes": {"a": {"from": "a"}},
                        "companions": [
                            {"type": "aws_store_b", "by": "store", "attributes": {"b": {"from": "b"}}},
                            {"type": "aws_store_p", "by": "store", "alone": true, "attributes": {"p": {"from": "p"}}},
                        ],
                    },
                    "aws_shelf": {"attributes": {"a": {"from": "a"}}},
                },
            }],
        }))
        .unwrap()
    }

    fn policy(needs: &[&str], fails: serde_json::Value) -> PolicyFile {
        serde_json::from_value(serde_json::json!({
            "id": "x", "title": "x", "severity": "low", "safeguards": [], "remediate_within_days": 1,
            "kinds": ["store"], "needs": needs, "fails": fails, "message": "", "remedy": {"summary": ""},
        }))
        .unwrap()
    }

    #[test]
    fn a_policy_judges_the_types_that_take_part() {
        let catalogue = catalogue();
        let types = types(&catalogue);
        let attribute = |name: &str| serde_json::json!({"attribute": name, "equals": true});
        let cases = [
            (policy(&[], attribute("a")), vec!["aws_shelf", "aws_store"]),
            (policy(&[], attribute("b")), vec!["aws_store"]),
            (
                policy(&["a"], serde_json::json!({"any": [attribute("a"), attribute("b")]})),
                vec!["aws_shelf", "aws_store"],
            ),
            (policy(&["b"], serde_json::json!({"not": attribute("a")})), vec!["aws_store"]),
            (
                policy(&[], serde_json::json!({"fact": "grants_everyone", "equals": true})),
                vec!["aws_store", "aws_store_p"],
            ),
            (policy(&[], serde_json::json!({"fact": "baa", "equals": "covered"})), vec!["aws_store"]),
            (policy(&[], attribute("nothing")), vec![]),
        ];
        for (policy, expected) in cases {
            let judged: Vec<&str> =
                types.iter().filter(|type_| judges(&policy, type_)).map(|type_| type_.type_).collect();
            assert_eq!(judged, expected, "{:?}", policy.fails);
        }
        let alone: Vec<&str> = types.iter().filter(|type_| type_.alone).map(|type_| type_.type_).collect();
        assert_eq!(alone, ["aws_store_p"]);
    }
}
