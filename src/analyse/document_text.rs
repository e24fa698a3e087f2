//! Policy documents, whatever wrote them: JSON text, a text with holes, or a structure. How their statements are read.

use ecow::eco_format;

use crate::value::{Arm, Data, Known, ListKind, Origin, Truth, Value, json_template, json_text};

/// The statements of a document; none for null, None when it cannot be read. One may be a choice, between statements or
/// lists of them: `holds_in` and `found_in` look into it.
pub(super) fn statements(document: &Value) -> Option<Vec<Value>> {
    let structure = match &document.data {
        Data::Null => return Some(Vec::new()),
        Data::String(text) if text.trim().is_empty() => return Some(Vec::new()),
        Data::String(text) => json_text(text, document.origin.clone())?,
        Data::Map(_) => document.clone(),
        Data::Unknown(unknown) => match &unknown.known {
            Known::Json(inner) => (**inner).clone(),
            Known::Template(parts) => json_template(parts, Origin::none())?,
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

#[cfg(test)]
mod tests {
    use super::statements;
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
}
