//! Values from JSON, and values as JSON with what is not known marked.

use serde_json::Value as Json;

use super::{Data, ListKind, Map, Number, Origin, Value};

/// The value of a JSON document; every part of it has the origin of the whole.
pub fn from_json(json: &Json, origin: Origin) -> Value {
    let data = match json {
        Json::Null => Data::Null,
        Json::Bool(value) => Data::Bool(*value),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Data::Number(Number::Int(whole)),
            None => Data::Number(number.as_f64().and_then(Number::from_f64).unwrap_or(Number::Float(f64::MAX))),
        },
        Json::String(text) => Data::String(text.as_str().into()),
        Json::Array(items) => {
            let items = items.iter().map(|item| from_json(item, origin.clone())).collect();
            return Value::list(items, ListKind::Tuple).with_origin(origin);
        }
        Json::Object(fields) => {
            let mut map = Map::new();
            for (key, field) in fields {
                map.insert(key.as_str(), from_json(field, origin.clone()));
            }
            return Value::map(map).with_origin(origin);
        }
    };
    Value::new(data).with_origin(origin)
}

/// The value as other tools read it: unknown, choice and sensitive values as marked objects.
pub fn to_json(value: &Value) -> Json {
    if value.sensitive {
        return serde_json::json!({"$sensitive": true});
    }
    match &value.data {
        Data::Null => Json::Null,
        Data::Bool(value) => Json::Bool(*value),
        Data::Number(Number::Int(value)) => Json::from(*value),
        Data::Number(Number::Float(value)) => Json::from(*value),
        Data::String(text) => Json::String(text.to_string()),
        Data::List(list) => Json::Array(list.items.iter().map(to_json).collect()),
        Data::Map(map) => {
            Json::Object(map.entries.iter().map(|(key, entry)| (key.to_string(), to_json(&entry.value))).collect())
        }
        Data::Unknown(unknown) => serde_json::json!({"$unknown": unknown.reason.as_str()}),
        Data::Choice(arms) => {
            let arms: Vec<Json> = arms
                .iter()
                .map(|arm| serde_json::json!({"when": arm.when.as_str(), "value": to_json(&arm.value)}))
                .collect();
            serde_json::json!({"$choice": arms})
        }
    }
}
