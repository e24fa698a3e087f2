//! Texts made of values: what is known of a text with unknown holes is kept, and choices are carried through.

use ecow::{EcoString, eco_format};

use crate::parse::tree::{Node, NodeKind};
use crate::source::Span;
use crate::value::{Arm, Data, Known, Origin, Part, Value};

/// Alternatives that an expression may have because its arguments have them.
const MAX_ARMS: usize = 8;

/// The text of a plain node.
pub(super) fn of_node(node: &Node) -> Option<EcoString> {
    match &node.kind {
        NodeKind::String(text) if node.tag.is_none() => Some(text.clone()),
        NodeKind::Number(number) => Some(eco_format!("{number}")),
        NodeKind::Bool(value) => Some(eco_format!("{value}")),
        _ => None,
    }
}

/// The text of a value that is known and no collection.
pub(super) fn of(value: &Value) -> Option<EcoString> {
    match &value.data {
        Data::String(text) => Some(text.clone()),
        Data::Number(number) => Some(eco_format!("{number}")),
        Data::Bool(value) => Some(eco_format!("{value}")),
        _ => None,
    }
}

/// A place and the history of the values that something is made of.
pub(super) fn origin<'v>(span: Span, values: impl IntoIterator<Item = &'v Value>) -> Origin {
    let mut origin = Origin::at(span);
    for value in values {
        origin.absorb(&value.origin);
    }
    origin.span = span;
    origin
}

/// An unknown that stands for something made of values of which at least one is not known.
pub(super) fn unknown_from(span: Span, values: &[Value]) -> Value {
    let open = values.iter().find_map(Value::first_unknown).and_then(Value::unknown_reason);
    let mut value = Value::unknown(open.unwrap_or_else(|| "a part of it is not known".into()));
    value.origin = origin(span, values);
    for inner in values {
        inner.each_reference(&mut |reference| value.origin.push_reference(reference.clone()));
    }
    value.with_sensitive(values.iter().any(is_sensitive))
}

/// Whether anything in a value is sensitive.
pub(super) fn is_sensitive(value: &Value) -> bool {
    value.sensitive
        || match &value.data {
            Data::List(list) => list.items.iter().any(is_sensitive),
            Data::Map(map) => map.entries.values().any(|entry| is_sensitive(&entry.value)),
            Data::Choice(arms) => arms.iter().any(|arm| is_sensitive(&arm.value)),
            _ => false,
        }
}

/// The pieces joined to one text; an error for a piece that is no text.
pub(super) fn joined(pieces: &[Value], span: Span) -> Result<Value, EcoString> {
    let mut parts: Vec<Part> = Vec::new();
    for piece in pieces {
        match (of(piece), &piece.data) {
            (Some(text), _) => push(&mut parts, text),
            (None, Data::Unknown(unknown)) => match &unknown.known {
                Known::Template(inner) => {
                    for part in inner.iter() {
                        match part {
                            Part::Text(text) => push(&mut parts, text.clone()),
                            hole => parts.push(hole.clone()),
                        }
                    }
                }
                _ => parts.push(Part::Hole(piece.clone())),
            },
            (None, Data::Choice(_)) => parts.push(Part::Hole(piece.clone())),
            _ => return Err(eco_format!("a text was expected, not a {}", piece.shape())),
        }
    }
    let hole = parts.iter().find_map(|part| match part {
        Part::Hole(hole) => Some(hole.unknown_reason().unwrap_or_default()),
        Part::Text(_) => None,
    });
    let value = match (hole, parts.as_slice()) {
        (None, []) => Value::string(""),
        (None, [Part::Text(text), ..]) => Value::string(text.clone()),
        (reason, _) => Value::partly_known(reason.unwrap_or_default(), Known::Template(parts.into())),
    };
    Ok(value.with_origin(origin(span, pieces)).with_sensitive(pieces.iter().any(is_sensitive)))
}

fn push(parts: &mut Vec<Part>, text: EcoString) {
    match parts.last_mut() {
        Some(Part::Text(last)) => last.push_str(&text),
        _ => parts.push(Part::Text(text)),
    }
}

/// Applies `make` to values, once for every alternative where some are choices. Alternatives of one condition
/// are taken together.
pub(super) fn over_choices(
    values: &[Value],
    span: Span,
    make: &dyn Fn(&[Value]) -> Result<Value, EcoString>,
) -> Result<Value, EcoString> {
    over(values, span, make, MAX_ARMS)
}

fn over(
    values: &[Value],
    span: Span,
    make: &dyn Fn(&[Value]) -> Result<Value, EcoString>,
    allowed: usize,
) -> Result<Value, EcoString> {
    let Some(arms) = values.iter().find_map(|value| match &value.data {
        Data::Choice(arms) => Some(arms),
        _ => None,
    }) else {
        return make(values);
    };
    if arms.len() > allowed {
        return Ok(unknown_from(span, values));
    }
    let mut made: Vec<Arm> = Vec::new();
    for arm in arms.iter() {
        let picked: Vec<Value> = values.iter().map(|value| pick(value, &arm.when)).collect();
        let value = over(&picked, span, make, allowed / arms.len().max(1))?;
        made.push(Arm { when: arm.when.clone(), value });
    }
    let origin = origin(span, values);
    let same =
        made.first().filter(|first| made.iter().all(|arm| arm.value == first.value)).map(|arm| arm.value.clone());
    Ok(same.unwrap_or_else(|| Value::new(Data::Choice(made.into()))).with_origin(origin))
}

/// The alternative of a value under a condition.
fn pick(value: &Value, when: &EcoString) -> Value {
    let Data::Choice(arms) = &value.data else { return value.clone() };
    match arms.iter().find(|arm| arm.when == *when) {
        Some(arm) => {
            let mut picked = arm.value.clone().with_sensitive(value.sensitive);
            picked.origin.absorb(&value.origin);
            picked
        }
        None => value.clone(),
    }
}
