//! The parts of the JSON Schemas of docs/ that do not follow from the models' fields: conditions and conversions,
//! from the tables of operators, facts and conversions. Compiled for tests only.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value as Json, json};

use super::condition::{Argument, Operator};
use super::validate::{CONVERSIONS, CONVERSIONS_WITH_ARGUMENT, FACTS};

/// A condition of a policy, over attributes and facts.
pub struct PolicyCondition;

/// A condition of a kind table, over provider paths.
pub struct PathCondition;

impl JsonSchema for PolicyCondition {
    fn schema_name() -> Cow<'static, str> {
        "Condition".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let condition = json!(generator.subschema_for::<PolicyCondition>());
        let name = json!({"type": "string"});
        let mut forms = logic(&condition);
        forms.extend([
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
            test("attribute", "A test of an attribute of the kind.", name, in_policy),
            test("fact", "A test of a fact.", json!({"enum": FACTS}), in_policy),
        ]);
        json_schema!({"description": "A condition over attributes and facts.", "oneOf": forms})
    }
}

impl JsonSchema for PathCondition {
    fn schema_name() -> Cow<'static, str> {
        "Condition".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut forms = logic(&json!(generator.subschema_for::<PathCondition>()));
        forms.push(test("attribute", "A test of a provider path.", json!({"type": "string"}), in_table));
        json_schema!({"description": "A condition over provider paths.", "oneOf": forms})
    }
}

/// The forms that join conditions, and those over lists.
fn logic(condition: &Json) -> Vec<Json> {
    let conditions = json!({"type": "array", "items": condition});
    let name = json!({"type": "string"});
    vec![
        form("Every one holds.", &["all"], json!({"all": conditions})),
        form("At least one holds.", &["any"], json!({"any": conditions})),
        form("It does not hold.", &["not"], json!({"not": condition})),
        form("It holds for one element of a list.", &["some", "where"], json!({"some": name, "where": condition})),
        form("It holds for each element of a list.", &["every", "where"], json!({"every": name, "where": condition})),
    ]
}

/// The schema of one form of a condition.
fn form(description: &str, required: &[&str], properties: Json) -> Json {
    json!({
        "type": "object",
        "description": description,
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// The schema of a test: its subject and at least one operator.
fn test(subject: &str, description: &str, name: Json, takes: fn(Argument) -> Json) -> Json {
    let mut properties = Map::new();
    properties.insert(subject.to_string(), name);
    for (operator, word, doc) in Operator::ALL {
        let mut schema = takes(operator.argument());
        if let Some(schema) = schema.as_object_mut() {
            schema.insert("description".to_string(), json!(doc));
        }
        properties.insert(word.to_string(), schema);
    }
    let mut schema = form(description, &[subject], Json::Object(properties));
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("minProperties".to_string(), json!(2));
    }
    schema
}

/// What an operator takes when it is written out.
fn own(argument: Argument) -> Json {
    match argument {
        Argument::Plain => json!({"type": ["string", "number", "boolean"]}),
        Argument::List => json!({"type": "array"}),
        Argument::Ports => json!({"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 65535}}),
        Argument::Number => json!({"type": "number"}),
        Argument::Regex => json!({"type": "string"}),
        Argument::Bool => json!({"type": "boolean"}),
    }
}

/// What an operator takes in a policy: the argument itself, or a parameter that holds it.
fn in_policy(argument: Argument) -> Json {
    let parameter = json!({"type": "string", "description": "A parameter of the policy, whose value is the argument."});
    let by = json!({
        "type": "string",
        "description": "An attribute or fact; a parameter that has its value before its name comes first.",
    });
    let held = form("What a parameter holds.", &["parameter"], json!({"parameter": parameter, "by": by}));
    json!({"anyOf": [own(argument), held]})
}

/// What an operator takes in a kind table: the argument itself or, for a list, a path that holds it.
fn in_table(argument: Argument) -> Json {
    if argument != Argument::List {
        return own(argument);
    }
    let path = json!({"type": "string", "description": "A path of the whole resource; what stands there is the list."});
    json!({"anyOf": [own(argument), form("What stands at a path.", &["path"], json!({"path": path}))]})
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
