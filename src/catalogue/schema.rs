//! The parts of the JSON Schemas of docs/ that do not follow from the models' fields: conditions and conversions,
//! from the tables of operators, facts and conversions. Compiled for tests only.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value as Json, json};

use super::condition::{Argument, Condition, Operator};
use super::validate::{CONVERSIONS, CONVERSIONS_WITH_ARGUMENT, FACTS};

impl JsonSchema for Condition {
    fn schema_name() -> Cow<'static, str> {
        "Condition".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let condition = generator.subschema_for::<Condition>();
        let conditions = json!({"type": "array", "items": condition});
        let form = |description: &str, required: &[&str], properties: Json| {
            json!({
                "type": "object",
                "description": description,
                "properties": properties,
                "required": required,
                "additionalProperties": false,
            })
        };
        let name = json!({"type": "string"});
        json_schema!({
            "description": "A condition over attributes and facts (in a policy) or provider paths (in a kind table).",
            "oneOf": [
                form("Every one holds.", &["all"], json!({"all": conditions})),
                form("At least one holds.", &["any"], json!({"any": conditions})),
                form("It does not hold.", &["not"], json!({"not": condition})),
                form(
                    "It holds for one element of a list.",
                    &["some", "where"],
                    json!({"some": name, "where": condition}),
                ),
                form(
                    "It holds for each element of a list.",
                    &["every", "where"],
                    json!({"every": name, "where": condition}),
                ),
                form(
                    "A resource of that kind is one edge away, for which the condition holds.",
                    &["related"],
                    json!({"related": name, "where": condition}),
                ),
                form(
                    "A resource of that kind is somewhere in the same provider's part of the scan, for which the condition holds.",
                    &["anywhere"],
                    json!({"anywhere": name, "where": condition}),
                ),
                test("attribute", "A test of an attribute of the kind, or of a provider path.", name),
                test("fact", "A test of a fact.", json!({"enum": FACTS})),
            ],
        })
    }
}

/// The schema of a test: its subject and at least one operator.
fn test(subject: &str, description: &str, name: Json) -> Json {
    let mut properties = Map::new();
    properties.insert(subject.to_string(), name);
    for (operator, word, doc) in Operator::ALL {
        let mut schema = argument(operator.argument());
        if let Some(schema) = schema.as_object_mut() {
            schema.insert("description".to_string(), json!(doc));
        }
        properties.insert(word.to_string(), schema);
    }
    json!({
        "type": "object",
        "description": description,
        "properties": properties,
        "required": [subject],
        "minProperties": 2,
        "additionalProperties": false,
    })
}

/// The schema of what an operator takes: the argument itself, or a parameter or, in kind tables, a path that holds it.
fn argument(argument: Argument) -> Json {
    let own = match argument {
        Argument::Plain => json!({"type": ["string", "number", "boolean", "null"]}),
        Argument::List => json!({"type": "array"}),
        Argument::Ports => json!({"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 65535}}),
        Argument::Number => json!({"type": "number"}),
        Argument::Regex => json!({"type": "string"}),
        Argument::Bool => json!({"type": "boolean"}),
    };
    let held = |place: &str, description: &str| {
        json!({
            "type": "object",
            "properties": {place: {"type": "string", "description": description}},
            "required": [place],
            "additionalProperties": false,
        })
    };
    let parameter = json!({
        "type": "object",
        "properties": {
            "parameter": {
                "type": "string",
                "description": "In policies: a parameter of the policy, whose value is the argument.",
            },
            "by": {
                "type": "string",
                "description": "An attribute or fact; a parameter that has its value before its name comes first.",
            },
        },
        "required": ["parameter"],
        "additionalProperties": false,
    });
    match argument {
        Argument::List => {
            let path = held("path", "In kind tables: a path of the whole resource; what stands there is the list.");
            json!({"anyOf": [own, parameter, path]})
        }
        _ => json!({"anyOf": [own, parameter]}),
    }
}

/// A conversion of a written value, which the models keep as it is written.
pub struct Conversion;

impl JsonSchema for Conversion {
    fn schema_name() -> Cow<'static, str> {
        "Conversion".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let properties: Map<String, Json> =
            CONVERSIONS_WITH_ARGUMENT.iter().map(|name| (name.to_string(), Json::Bool(true))).collect();
        json_schema!({
            "description": "A conversion of a written value.",
            "anyOf": [
                {"enum": CONVERSIONS},
                {"type": "object", "properties": properties, "minProperties": 1, "additionalProperties": false},
            ],
        })
    }
}
