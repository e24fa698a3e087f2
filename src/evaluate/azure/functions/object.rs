//! Objects: made, merged, listed, and read from JSON.

use super::arguments::{array, items, object, refusal, text};
use super::{Answer, Function, OnUnknown, unknown_like};
use crate::value::{Entry, Map, Number, Origin, Value, from_json};

pub(super) static FUNCTIONS: &[Function] = &[
    Function::at_least("createObject", 0, OnUnknown::Handle, create_object),
    Function::exactly("items", 1, OnUnknown::Top, list),
    Function::exactly("json", 1, OnUnknown::Whole, |arguments| json(text(arguments, 0)?)),
    Function::exactly("null", 0, OnUnknown::Whole, |_| Ok(Value::null())),
    Function::exactly("objectKeys", 1, OnUnknown::Top, |arguments| {
        array(object(arguments, 0)?.entries.keys().map(|key| Value::string(key.clone())).collect())
    }),
    Function::exactly("shallowMerge", 1, OnUnknown::Top, shallow_merge),
];

fn create_object(arguments: &[Value]) -> Answer {
    if !arguments.len().is_multiple_of(2) {
        return Err("needs a value for each key".into());
    }
    let mut map = Map::new();
    for pair in arguments.chunks_exact(2) {
        let [key, value] = pair else { continue };
        match key.as_str() {
            Some(key) => map.insert(key, value.clone()),
            None if key.is_unknown() => return Ok(unknown_like(Some(key))),
            None => return Err(refusal(key, "a string as key")),
        }
    }
    Ok(Value::map(map))
}

/// The properties as objects with `key` and `value`, by key.
fn list(arguments: &[Value]) -> Answer {
    let mut entries: Vec<(&ecow::EcoString, &Entry)> = object(arguments, 0)?.entries.iter().collect();
    entries.sort_by_key(|(key, _)| key.to_lowercase());
    let item = |(key, entry): (&ecow::EcoString, &Entry)| {
        let mut map = Map::new();
        map.insert("key", Value::string(key.clone()));
        map.entries.insert("value".into(), entry.clone());
        Value::map(map)
    };
    array(entries.into_iter().map(item).collect())
}

/// The value of a JSON text.
pub(super) fn json(text: &str) -> Answer {
    match serde_json::from_str(text) {
        Ok(json) => Ok(from_json(&json, Origin::none())),
        // Azure takes numbers without the nought before the point.
        Err(_) if text.trim().starts_with('.') && Number::parse(&format!("0{}", text.trim())).is_some() => {
            Ok(Number::parse(&format!("0{}", text.trim())).map_or_else(Value::null, Value::number))
        }
        Err(error) => Err(ecow::eco_format!("the text is not JSON ({error})")),
    }
}

fn shallow_merge(arguments: &[Value]) -> Answer {
    let mut merged = Map::new();
    for item in items(arguments, 0)? {
        let Some(map) = item.as_map() else {
            if item.is_unknown() {
                return Ok(unknown_like(Some(item)));
            }
            return Err(refusal(item, "an array of objects"));
        };
        merged.entries.extend(map.entries.iter().map(|(key, entry)| (key.clone(), entry.clone())));
    }
    Ok(Value::map(merged))
}
