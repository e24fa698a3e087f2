//! What a type says of a parameter that nobody gives a value.

use ecow::{EcoString, eco_format};

use super::scope::Here;
use crate::evaluate::azure::Evaluator;
use crate::parse::bicep::ast::{Declaration, ExpressionKind, Parameter, TypeExpression, TypeKind};
use crate::value::{Arm, Data, Origin, Value, to_json};

/// Alternatives that a parameter may be without being simply unknown.
const MAX_ALTERNATIVES: usize = 12;
/// Types that refer to types: more steps than anyone takes.
const MAX_TYPES: usize = 16;

impl<'w> Here<'_, 'w> {
    /// A parameter that nobody gives a value: null if it may be, a choice of what it may be, or unknown.
    pub(super) fn open_parameter(&self, declaration: &'w Declaration, parameter: &'w Parameter) -> Value {
        let name = &parameter.name.name;
        let origin = Origin::at(parameter.name.span);
        let unknown = || Value::unknown(eco_format!("parameter {name} has no default")).with_origin(origin.clone());
        let Some(type_) = &parameter.type_ else { return unknown() };
        if self.is_nullable(type_, 0) {
            return Value::null().with_origin(origin);
        }
        let mut alternatives = Vec::new();
        let is_array =
            matches!(type_.kind, TypeKind::Array(_)) || matches!(&type_.kind, TypeKind::Name(name) if name == "array");
        match declaration.decorator("allowed").and_then(|decorator| decorator.arguments.first()) {
            Some(allowed) if !is_array => {
                if let Ok(value) = Evaluator::new(self).evaluate(allowed) {
                    alternatives.extend(value.as_list().unwrap_or_default().iter().cloned());
                }
            }
            _ => {
                if !self.alternatives(type_, 0, &mut alternatives) {
                    return unknown();
                }
            }
        }
        if alternatives.is_empty() || alternatives.len() > MAX_ALTERNATIVES {
            return unknown();
        }
        match alternatives.as_slice() {
            [only] => only.clone(),
            _ => {
                let when = |value: &Value| -> EcoString { eco_format!("{name} is {}", to_json(value)) };
                let arms: Vec<Arm> = alternatives.into_iter().map(|value| Arm { when: when(&value), value }).collect();
                Value::new(Data::Choice(arms.into())).with_origin(origin)
            }
        }
    }

    fn is_nullable(&self, type_: &'w TypeExpression, steps: usize) -> bool {
        match &type_.kind {
            TypeKind::Nullable(_) => true,
            TypeKind::Name(name) if steps < MAX_TYPES => match self.type_named(name) {
                Some((level, type_)) => Here::new(self.shared, &level).is_nullable(type_, steps + 1),
                None => false,
            },
            _ => false,
        }
    }

    /// Adds the literals that a type consists of; false where it is more than literals.
    fn alternatives(&self, type_: &'w TypeExpression, steps: usize, found: &mut Vec<Value>) -> bool {
        if steps > MAX_TYPES {
            return false;
        }
        match &type_.kind {
            TypeKind::Literal(literal) if !matches!(literal.kind, ExpressionKind::Template(_)) => {
                match Evaluator::new(self).evaluate(literal) {
                    Ok(value) => found.push(value),
                    Err(_) => return false,
                }
                true
            }
            TypeKind::Union(parts) => parts.iter().all(|part| self.alternatives(part, steps + 1, found)),
            TypeKind::NonNullable(inner) => self.alternatives(inner, steps + 1, found),
            TypeKind::Name(name) => match self.type_named(name) {
                Some((level, type_)) => Here::new(self.shared, &level).alternatives(type_, steps + 1, found),
                None => false,
            },
            _ => false,
        }
    }
}
