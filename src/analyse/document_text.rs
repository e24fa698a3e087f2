//! Policy documents, whatever wrote them: JSON text, a text with holes, or a structure. How their statements are read.

use ecow::eco_format;

use crate::value::{Arm, Data, Known, ListKind, Map, Part, Truth, Value, from_json};

/// The statements of a document; none for null, None when it cannot be read. One may be a choice, between statements or
/// lists of them: `holds_in` and `found_in` look into it.
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
            Known::Base64(_) | Known::Nothing | Known::Given { .. } | Known::AtMost(_) | Known::AtLeast(_) => {
                return None;
            }
        },
        Data::Choice(arms) => {
            let read = |arm: &Arm| {
                let inner = statements(&arm.value).map(|inner| Value::list(inner, ListKind::List));
                let value = inner.unwrap_or_else(|| Value::unknown("the policy document is not known"));
                Arm { when: arm.when.clone(), value }
            };
            let choice = Value::new(Data::Choice(arms.iter().map(read).collect()));
            return Some(vec![choice.with_origin(document.origin.clone())]);
        }
        _ => return None,
    };
    match structure.get("Statement").map(|entry| &entry.value) {
        Some(Value { data: Data::List(list), .. }) => Some(list.items.to_vec()),
        Some(one) if one.as_map().is_some() || one.is_unknown() => Some(vec![one.clone()]),
        None if structure.is_unknown() => None,
        _ => Some(Vec::new()),
    }
}

/// Whether a test holds for a value, in every arm where it is a choice.
pub(super) fn in_every_arm(value: &Value, test: &dyn Fn(&Value) -> Truth) -> Truth {
    let Data::Choice(arms) = &value.data else { return test(value) };
    let mut truths = arms.iter().map(|arm| in_every_arm(&arm.value, test));
    let first = truths.next().unwrap_or(Truth::Unknown);
    if truths.all(|truth| truth == first) { first } else { Truth::Unknown }
}

/// Whether a test holds for a statement, or for one of several.
pub(super) fn holds_in(statement: &Value, test: &dyn Fn(&Value) -> Truth) -> Truth {
    in_every_arm(statement, &|statement| match &statement.data {
        Data::Null => Truth::False,
        Data::Unknown(_) => Truth::Unknown,
        Data::List(list) => list.items.iter().fold(Truth::False, |truth, item| truth.or(holds_in(item, test))),
        _ => test(statement),
    })
}

/// What is found in a statement, or in several. Of a choice that is what its arms have, where all have something, and
/// otherwise not known.
pub(super) fn found_in(statement: &Value, find: &dyn Fn(&Value) -> Vec<Value>) -> Vec<Value> {
    match &statement.data {
        Data::Null => Vec::new(),
        Data::Unknown(_) => vec![statement.clone()],
        Data::List(list) => list.items.iter().flat_map(|item| found_in(item, find)).collect(),
        Data::Choice(arms) => {
            let found: Vec<Vec<Value>> = arms.iter().map(|arm| found_in(&arm.value, find)).collect();
            let is_certain = |items: &Vec<Value>| items.iter().any(|item| !item.is_unknown());
            if found.iter().all(Vec::is_empty) {
                Vec::new()
            } else if found.iter().all(is_certain) {
                let mut distinct: Vec<Value> = Vec::new();
                for item in found.into_iter().flatten() {
                    if !distinct.contains(&item) {
                        distinct.push(item);
                    }
                }
                distinct
            } else {
                let when = arms.first().map(|arm| arm.when.as_str()).unwrap_or("a condition");
                vec![Value::unknown(eco_format!("depends on {when}")).with_origin(statement.origin.clone())]
            }
        }
        _ => find(statement),
    }
}

/// Reads JSON text with holes: each hole is a mark while reading, and an unknown afterwards.
fn template(parts: &[Part]) -> Option<Value> {
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
    // A hole may stand for a whole value, outside quotes.
    let json = read(&text).or_else(|| read(&quote_bare_marks(&text)))?;
    Some(unmark(from_json(&json, crate::value::Origin::none()), &holes))
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
    let unseen = || Value::unknown("a part of the policy document is not known");
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
                _ => Value::partly_known("a part of the policy document is not known", Known::Template(parts.into())),
            }
        }
        Data::List(list) => Value::list(list.items.iter().map(|item| unmark(item.clone(), holes)).collect(), list.kind),
        Data::Map(map) => {
            let mut out = Map::new();
            for (key, entry) in &map.entries {
                out.insert(key.clone(), unmark(entry.value.clone(), holes));
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
    use super::{read, statements, without_last_commas};
    use crate::value::{Data, Known, Part, Reference, Value};

    #[test]
    fn a_hole_of_a_text_keeps_what_it_is() {
        let mut queue = Value::unknown("known after deployment");
        queue.origin.push_reference(Reference { address: "aws_sqs_queue.results".into(), attribute: "arn".into() });
        let parts = [
            Part::Text(r#"{"Statement": [{"Resource": ""#.into()),
            Part::Hole(queue.clone()),
            Part::Text(r#"", "Action": "#.into()),
            Part::Hole(Value::unknown("var.actions")),
            Part::Text(r#", "Sid": "x-"#.into()),
            Part::Hole(queue),
            Part::Text(r#""}]}"#.into()),
        ];
        let document = Value::partly_known("var.actions", Known::Template(parts.to_vec().into()));
        let statements = statements(&document).unwrap();
        let field = |name: &str| statements[0].get(name).unwrap().value.clone();
        assert_eq!(field("Resource").origin.references().len(), 1);
        assert_eq!(field("Action").unknown_reason().as_deref(), Some("var.actions"));
        assert!(matches!(field("Sid").data, Data::Unknown(_)));
    }

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
