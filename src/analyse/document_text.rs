//! Policy documents, whatever wrote them: JSON text, a text with holes, or a structure. How their statements are read.

use crate::value::{Data, Known, Map, Part, Value, from_json};

/// The statements of a document; none for null, None when it cannot be read.
pub(super) fn statements(document: &Value) -> Option<Vec<Value>> {
    let structure = match &document.data {
        Data::Null => return Some(Vec::new()),
        Data::String(text) if text.trim().is_empty() => return Some(Vec::new()),
        Data::String(text) => {
            let json = read(text)?;
            from_json(&json, document.origin.clone())
        }
        Data::Map(_) => document.clone(),
        Data::Unknown(unknown) => match &unknown.known {
            Known::Json(inner) => (**inner).clone(),
            Known::Template(parts) => template(parts)?,
            Known::Base64(_) | Known::Nothing => return None,
        },
        _ => return None,
    };
    match structure.get("Statement").map(|entry| &entry.value) {
        Some(Value { data: Data::List(list), .. }) => Some(list.items.to_vec()),
        Some(one) if one.as_map().is_some() || one.is_unknown() => Some(vec![one.clone()]),
        None if structure.is_unknown() => None,
        _ => Some(Vec::new()),
    }
}

/// Reads JSON text with holes: each hole is a mark while reading, and an unknown afterwards.
fn template(parts: &[Part]) -> Option<Value> {
    const MARK: char = '\u{f8ff}';
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Text(known) => text.push_str(known),
            Part::Hole(_) => text.push(MARK),
        }
    }
    // A hole may stand for a whole value, outside quotes.
    let json = read(&text).or_else(|| read(&quote_bare_marks(&text, MARK)))?;
    Some(unmark(from_json(&json, crate::value::Origin::none()), MARK))
}

fn quote_bare_marks(text: &str, mark: char) -> String {
    let mut quoted = String::with_capacity(text.len());
    let mut inside = false;
    let mut escaped = false;
    for character in text.chars() {
        match character {
            '"' if !escaped => inside = !inside,
            character if character == mark && !inside => {
                quoted.push('"');
                quoted.push(mark);
                quoted.push('"');
                continue;
            }
            _ => {}
        }
        escaped = character == '\\' && !escaped;
        quoted.push(character);
    }
    quoted
}

fn unmark(value: Value, mark: char) -> Value {
    match &value.data {
        Data::String(text) if text.contains(mark) => {
            let mut parts: Vec<Part> = Vec::new();
            for (at, known) in text.split(mark).enumerate() {
                if at > 0 {
                    parts.push(Part::Hole(Value::unknown("a part of the policy document is not known")));
                }
                if !known.is_empty() {
                    parts.push(Part::Text(known.into()));
                }
            }
            Value::partly_known("a part of the policy document is not known", Known::Template(parts.into()))
        }
        Data::List(list) => Value::list(list.items.iter().map(|item| unmark(item.clone(), mark)).collect(), list.kind),
        Data::Map(map) => {
            let mut out = Map::new();
            for (key, entry) in &map.entries {
                out.insert(key.clone(), unmark(entry.value.clone(), mark));
            }
            Value::map(out)
        }
        _ => value,
    }
}

/// Reads JSON text, with or without commas after the last element. AWS refuses those, and what the rest says is judged
/// all the same.
fn read(text: &str) -> Option<serde_json::Value> {
    serde_json::from_str(text).ok().or_else(|| serde_json::from_str(&without_last_commas(text)).ok())
}

fn without_last_commas(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut inside = false;
    let mut escaped = false;
    for character in text.chars() {
        match character {
            '"' if !escaped => inside = !inside,
            ']' | '}' if !inside => {
                let end = kept.trim_end().len();
                if kept.trim_end().ends_with(',') {
                    kept.truncate(end.saturating_sub(1));
                }
            }
            _ => {}
        }
        escaped = character == '\\' && !escaped;
        kept.push(character);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::{read, without_last_commas};

    #[test]
    fn a_comma_after_the_last_element_is_no_obstacle() {
        let cases = [
            (r#"{"a": [1, 2, ], }"#, Some(r#"{"a":[1,2]}"#)),
            (r#"{"a": "1,]", "b": "\",}"}"#, Some(r#"{"a":"1,]","b":"\",}"}"#)),
            (r#"{"a": [,]}"#, Some(r#"{"a":[]}"#)),
            (r#"{"a": 'b'}"#, None),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text).map(|json| json.to_string()).as_deref(), expected, "{text}");
        }
        assert_eq!(without_last_commas("[1 ,\n]"), "[1 ]");
    }
}
