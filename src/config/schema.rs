//! The JSON Schema of phiguard.toml, by which editors complete and check it: from the table of keys and the catalogue.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

use super::keys::{KEYS, RULE};
use crate::catalogue::Catalogue;
use crate::catalogue::model::{PolicyFile, Severity};

/// The schema, as draft 7, which editors of TOML read.
pub fn schema(catalogue: &Catalogue) -> Json {
    let policies = &catalogue.policies;
    let mut properties = Map::new();
    for key in KEYS {
        let mut property = shape(key.name, policies);
        if let Json::Object(fields) = &mut property {
            fields.insert("description".into(), json!(key.about));
        }
        properties.insert(key.name.into(), property);
    }
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "phiguard.toml: what a project asks of phiguard",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    })
}

/// What a key takes. One that is not told here takes anything.
fn shape(key: &str, policies: &[PolicyFile]) -> Json {
    let severities: Vec<&str> = Severity::ALL.iter().map(|severity| severity.as_str()).collect();
    let list = |items: Json| json!({"type": "array", "items": items});
    match key {
        "select" => list(names(policies, true)),
        "locked" => list(names(policies, false)),
        "fail_on" => json!({"enum": severities}),
        "baseline" => json!({"type": "string"}),
        "foreign_ignores" => json!({"type": "boolean"}),
        "exclude" => list(json!({"type": "string"})),
        "severity" => {
            let own =
                |policy: &PolicyFile| (policy.id.clone(), json!({"enum": severities, "description": policy.title}));
            let properties: Map<String, Json> = policies.iter().map(own).collect();
            json!({"type": "object", "properties": properties, "additionalProperties": {"enum": severities}})
        }
        "parameters" => {
            let with = policies.iter().filter(|policy| !policy.parameters.is_empty());
            let properties: Map<String, Json> = with.map(|policy| (policy.id.clone(), parameters(policy))).collect();
            json!({"type": "object", "properties": properties, "additionalProperties": {"type": "object"}})
        }
        "ignore" => list(json!({"anyOf": [names(policies, true), rule(policies)]})),
        _ => json!({}),
    }
}

/// Names of policies, and of families where these may stand. Editors offer those that there are; a folder of
/// `--policies` may have more.
fn names(policies: &[PolicyFile], with_families: bool) -> Json {
    let families: BTreeSet<&str> = policies.iter().map(|policy| policy.family.as_str()).collect();
    let ids = policies.iter().map(|policy| policy.id.as_str());
    let all: Vec<&str> = families.into_iter().filter(|_| with_families).chain(ids).collect();
    json!({"anyOf": [{"enum": all}, {"type": "string", "pattern": "^[a-z0-9-]+$"}]})
}

/// A suppression.
fn rule(policies: &[PolicyFile]) -> Json {
    let text = |about: &str| json!({"type": "string", "description": about});
    let one = |name: &&str| {
        let shape = match *name {
            "policy" => names(policies, true),
            "address" => text("The addresses; * stands for any characters, ? for one."),
            "path" => text("The files, by a pattern as in .gitignore."),
            "reason" => json!({"type": "string", "minLength": 1, "description": "Why it is safe to live with this."}),
            "until" => text("The last day on which it holds, as YYYY-MM-DD."),
            _ => json!({}),
        };
        ((*name).to_string(), shape)
    };
    let properties: Map<String, Json> = RULE.iter().map(one).collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": ["policy", "reason"],
        "additionalProperties": false,
    })
}

/// The parameters of a policy, each with the value that it has otherwise.
fn parameters(policy: &PolicyFile) -> Json {
    let of = |value: &Json| match value {
        Json::Bool(_) => json!({"type": "boolean", "default": value}),
        Json::Number(_) => json!({"type": "number", "default": value}),
        Json::String(_) => json!({"type": "string", "default": value}),
        Json::Array(_) => json!({"type": "array", "default": value}),
        _ => json!({"default": value}),
    };
    let properties: Map<String, Json> =
        policy.parameters.iter().map(|(name, value)| (name.clone(), of(value))).collect();
    json!({"type": "object", "description": policy.title, "properties": properties, "additionalProperties": false})
}
