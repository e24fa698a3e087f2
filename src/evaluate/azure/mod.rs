//! What ARM templates and Bicep share: their functions, and the evaluator of the expression tree that both
//! are parsed into. What names mean is each dialect's own: `Names`.

mod access;
pub mod arm;
pub mod bicep;
mod call;
mod choice;
pub mod expression;
pub mod functions;
pub mod inputs;
pub mod names;
mod pieces;
mod runtime;
#[cfg(test)]
mod tests;

use ecow::EcoString;

use crate::value::{Known, Part, StepKind, Value};

pub use super::failure::Failure;
pub use expression::Evaluator;
pub use names::{Frame, Invocation, Names, Plain};

/// The value of an expression, or why there is none.
pub type Outcome = Result<Value, Failure>;

/// A text for people and for comparing, in which what is not known is the expression that gives it, in braces.
/// None for what is no text.
pub fn shown(value: &Value, names: &dyn Names) -> Option<EcoString> {
    use crate::value::Data;
    match &value.data {
        Data::String(text) => Some(text.clone()),
        Data::Number(number) => Some(ecow::eco_format!("{number}")),
        Data::Unknown(unknown) => match &unknown.known {
            Known::Template(parts) => {
                let parts = parts.iter().map(|part| match part {
                    Part::Text(text) => text.clone(),
                    Part::Hole(hole) => in_braces(hole, names),
                });
                Some(parts.collect())
            }
            _ => Some(in_braces(value, names)),
        },
        Data::Choice(_) => Some(in_braces(value, names)),
        _ => None,
    }
}

/// How many values a value is made of, as far as `limit`: one that is shared in many places counts in each.
pub fn size(value: &Value, limit: usize) -> usize {
    use crate::value::Data;
    let mut size = 1;
    let mut add = |inner: &Value| {
        if size < limit {
            size += self::size(inner, limit - size);
        }
    };
    match &value.data {
        Data::List(list) => list.items.iter().for_each(&mut add),
        Data::Map(map) => map.entries.values().for_each(|entry| add(&entry.value)),
        Data::Choice(arms) => arms.iter().for_each(|arm| add(&arm.value)),
        _ => {}
    }
    size
}

fn in_braces(hole: &Value, names: &dyn Names) -> EcoString {
    // A variable of Terraform that nobody sets is written nowhere as a value.
    if let Some(unset) = hole.origin.steps().iter().find(|step| step.kind == StepKind::Unset) {
        return ecow::eco_format!("{{var.{}}}", unset.name);
    }
    let text = names.text(hole.origin.span);
    // In a template that is put together, the place of an expression is its line.
    let text = match (text.find("\"["), text.rfind("]\"")) {
        (Some(start), Some(end)) => text.get(start + 1..=end).unwrap_or(&text),
        _ => text.trim_matches('"'),
    };
    let text = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text).trim();
    match text.is_empty() {
        true => ecow::eco_format!("{{{}}}", hole.unknown_reason().unwrap_or_default()),
        false => ecow::eco_format!("{{{text}}}"),
    }
}
