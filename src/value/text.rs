//! Text that encodes JSON, with or without holes: what it holds, as values.

use super::{Data, Known, Map, Origin, Part, Value, from_json};

/// Whether a text of which only parts are known is certainly neither null nor empty.
pub fn has_text(known: &Known) -> bool {
    match known {
        Known::Json(_) | Known::Base64(_) | Known::Given { filled: true } => true,
        Known::Template(parts) => parts.iter().any(|part| matches!(part, Part::Text(text) if !text.is_empty())),
        Known::Nothing | Known::Given { filled: false } | Known::AtMost(_) | Known::AtLeast(_) => false,
    }
}

/// Whether a text of which only parts are known is certainly another one: it starts or ends in another way.
pub fn differs(known: &Known, text: &str) -> bool {
    if text.is_empty() && has_text(known) {
        return true;
    }
    let Known::Template(parts) = known else { return false };
    let is_no = |part: Option<&Part>, fits: fn(&str, &str) -> bool| match part {
        Some(Part::Text(part)) => !fits(text, part),
        _ => false,
    };
    is_no(parts.first(), |text, start| text.starts_with(start)) || is_no(parts.last(), |text, end| text.ends_with(end))
}

/// The value of JSON text; None where it is none. Every part of it has the origin of the whole.
pub fn json_text(text: &str, origin: Origin) -> Option<Value> {
    read(text).map(|json| from_json(&json, origin))
}

/// The value of JSON text with holes, which are unknown in it; None where it is none. What is written has the origin of
/// the whole, and a hole its own.
pub fn json_template(parts: &[Part], origin: Origin) -> Option<Value> {
    let mut text = String::new();
    let mut holes: Vec<&Value> = Vec::new();
    for part in parts {
        match part {
            Part::Text(known) => text.push_str(known),
            Part::Hole(hole) => {
                text.push_str(&format!("{START}{}{END}", holes.len()));
                holes.push(hole);
            }
        }
    }
    // Each hole is a mark while the text is read. It may stand for a whole value, outside quotes.
    let json = read(&text).or_else(|| read(&quote_bare_marks(&text)))?;
    Some(unmark(from_json(&json, origin), &holes))
}

/// What stands around the number of a hole while the text is read.
const START: char = '\u{f8ff}';
const END: char = '\u{f8fe}';

fn quote_bare_marks(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    let mut inside = false;
    let mut escaped = false;
    for character in text.chars() {
        match character {
            '"' if !escaped => inside = !inside,
            START if !inside => quoted.push('"'),
            END if !inside => {
                quoted.push(END);
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

fn unmark(value: Value, holes: &[&Value]) -> Value {
    let unseen = || Value::unknown("a part of this text is not known");
    match &value.data {
        Data::String(text) if text.contains(START) => {
            let mut parts: Vec<Part> = Vec::new();
            for (at, piece) in text.split(START).enumerate() {
                let (hole, known) = piece.split_once(END).filter(|_| at > 0).unwrap_or(("", piece));
                if at > 0 {
                    let hole = hole.parse::<usize>().ok().and_then(|at| holes.get(at));
                    parts.push(Part::Hole(hole.map_or_else(unseen, |hole| (*hole).clone())));
                }
                if !known.is_empty() {
                    parts.push(Part::Text(known.into()));
                }
            }
            match parts.as_slice() {
                [Part::Hole(hole)] => hole.clone(),
                _ => {
                    let holes =
                        parts.iter().filter_map(|part| if let Part::Hole(hole) = part { Some(hole) } else { None });
                    let reason = holes.filter_map(Value::unknown_reason).next();
                    let reason = reason.unwrap_or_else(|| "a part of this text is not known".into());
                    Value::partly_known(reason, Known::Template(parts.into())).with_origin(value.origin)
                }
            }
        }
        Data::List(list) => {
            let items = list.items.iter().map(|item| unmark(item.clone(), holes)).collect();
            Value::list(items, list.kind).with_origin(value.origin)
        }
        Data::Map(map) => {
            let mut out = Map::new();
            for (key, entry) in &map.entries {
                out.insert(key.clone(), unmark(entry.value.clone(), holes));
            }
            Value::map(out).with_origin(value.origin)
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
