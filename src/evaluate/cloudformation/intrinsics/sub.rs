//! `Fn::Sub`: a text with names in it.

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::super::text;
use super::{Call, Evaluator, Failure, Intrinsic, Outcome};
use crate::parse::tree::{Node, NodeKind};
use crate::source::Span;
use crate::value::Value;

/// The functions of this subject.
pub(super) static INTRINSICS: &[Intrinsic] = &[Intrinsic {
    name: "Fn::Sub",
    takes: "a text, or a list of a text and a mapping of its names",
    arguments: None,
    run: sub,
}];

fn sub(evaluator: &Evaluator<'_, '_>, call: &Call<'_>) -> Outcome {
    let mut own: FxHashMap<EcoString, Value> = FxHashMap::default();
    let template = match (call.literal(), call.argument.as_sequence()) {
        (Some(text), _) => text,
        (None, Some([text, names])) => {
            let NodeKind::Mapping(names) = &names.kind else { return Err(call.wrong()) };
            for entry in names {
                own.insert(entry.key.clone(), evaluator.worth_or_null(&entry.value));
            }
            literal(text).ok_or_else(|| call.wrong())?
        }
        _ => return Err(call.wrong()),
    };
    let mut pieces = Vec::new();
    for piece in split(&template) {
        pieces.push(match piece {
            Piece::Text(text) => Value::string(text),
            Piece::Name(name) => named(evaluator, &own, name, call.span)?,
        });
    }
    text::over_choices(&pieces, call.span, &|pieces| text::joined(pieces, call.span))
        .map(Some)
        .map_err(|message| call.failed(message))
}

fn literal(node: &Node) -> Option<EcoString> {
    match &node.kind {
        NodeKind::String(text) if node.tag.is_none() => Some(text.clone()),
        _ => None,
    }
}

/// The value of a name in the text: its own, a parameter, a resource, or a resource's attribute.
fn named(
    evaluator: &Evaluator<'_, '_>,
    own: &FxHashMap<EcoString, Value>,
    name: &str,
    span: Span,
) -> Result<Value, Failure> {
    if let Some(value) = own.get(name) {
        return Ok(value.clone());
    }
    match name.split_once('.') {
        Some((id, attribute)) => evaluator.attribute(id, attribute, span),
        None => evaluator.named(name, span),
    }
}

#[derive(Debug, PartialEq)]
enum Piece<'t> {
    Text(String),
    Name(&'t str),
}

/// Cuts a text at its names. `${!x}` is the text `${x}`.
fn split(template: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("${") {
        text.push_str(before);
        let Some((inside, behind)) = after.split_once('}') else {
            text.push_str("${");
            rest = after;
            continue;
        };
        match inside.strip_prefix('!') {
            Some(plain) => {
                text.push_str("${");
                text.push_str(plain);
                text.push('}');
            }
            None => {
                if !text.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                }
                pieces.push(Piece::Name(inside.trim()));
            }
        }
        rest = behind;
    }
    text.push_str(rest);
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_out() {
        let text = |text: &str| Piece::Text(text.into());
        for (template, expected) in [
            ("", vec![]),
            ("plain", vec![text("plain")]),
            ("${A}", vec![Piece::Name("A")]),
            ("a${ A.B }c${!D}", vec![text("a"), Piece::Name("A.B"), text("c${D}")]),
            ("$ {x} ${y", vec![text("$ {x} ${y")]),
        ] {
            assert_eq!(split(template), expected, "{template}");
        }
    }
}
