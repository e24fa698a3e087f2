//! Conditionals: the arm that is taken, in the type that both arms share, or a choice between them.

use ecow::{EcoString, eco_format};

use super::scope::Scope;
use super::types::Type;
use super::{Evaluator, operators, unify};
use crate::evaluate::failure::Failure;
use crate::parse::terraform::ast::{Expression, ExpressionKind};
use crate::source::Span;
use crate::value::{Arm, Data, ListKind, Origin, Value};

/// A choice with more alternatives than this is simply unknown.
const MAX_ARMS: usize = 6;

type Outcome = Result<Value, Failure>;

impl<'m> Evaluator<'m> {
    pub(super) fn conditional(
        &self,
        condition: &Expression,
        then: &Expression,
        otherwise: &Expression,
        scope: Scope<'_, 'm>,
    ) -> Outcome {
        let test = self.evaluate(condition, scope)?;
        let text = || EcoString::from(self.sources.text(condition.span));
        match operators::to_bool(&test) {
            Some(holds) => {
                let (taken, other) = if holds { (then, otherwise) } else { (otherwise, then) };
                let taken = self.evaluate(taken, scope)?;
                // The arm that is not taken only has a say in the type, and need not have a value at all.
                let value = match self.quietly(|| self.evaluate(other, scope)) {
                    Ok(value) if matches!(value.data, Data::Unknown(_)) => converted_by(other, taken),
                    Ok(other) => self.alike([taken, other], then.span.to(otherwise.span))?.0,
                    Err(_) => taken,
                };
                Ok(value.with_sensitive(test.sensitive))
            }
            None if test.is_unknown() => {
                // The arm that is not taken may not have a value at all.
                let first = self.quietly(|| self.evaluate(then, scope));
                let second = self.quietly(|| self.evaluate(otherwise, scope));
                let (first, second) = match (first, second) {
                    (Ok(first), Ok(second)) => (first, second),
                    (Ok(only), Err(_)) | (Err(_), Ok(only)) => return Ok(only),
                    (Err(failure), Err(_)) => return Err(failure),
                };
                let is_unknown = |value: &Value| matches!(value.data, Data::Unknown(_));
                let (first, second) = match (is_unknown(&first), is_unknown(&second)) {
                    (true, false) => (first, converted_by(then, second)),
                    (false, true) => (converted_by(otherwise, first), second),
                    _ => self.alike([first, second], then.span.to(otherwise.span))?,
                };
                Ok(choose(text(), first, second, &test.origin).with_sensitive(test.sensitive))
            }
            None => Err(Failure::at(condition.span, "the condition must be a bool")),
        }
    }

    /// The arms of a conditional as values of one type.
    fn alike(&self, arms: [Value; 2], span: Span) -> Result<(Value, Value), Failure> {
        let [first, second] = arms;
        // Most arms are of one simple type, or null.
        let is_simple = |value: &Value| matches!(value.data, Data::Null | Data::Unknown(_));
        if std::mem::discriminant(&first.data) == std::mem::discriminant(&second.data)
            && !matches!(first.data, Data::List(_) | Data::Map(_) | Data::Choice(_))
            || is_simple(&first)
            || is_simple(&second)
        {
            return Ok((first, second));
        }
        let types = [unify::type_of(&first), unify::type_of(&second)];
        if types.first() == types.last() {
            return Ok((first, second));
        }
        let converted = match unify::unify(&types) {
            Some(type_) => type_.convert(first.clone()).and_then(|one| Ok((one, type_.convert(second.clone())?))).ok(),
            None => None,
        };
        match converted {
            Some(pair) => Ok(pair),
            None => {
                let (a, b) = (first.shape(), second.shape());
                let message = match a == b {
                    true => eco_format!(
                        "the two results of a condition must be of one type; these {a}s hold different ones"
                    ),
                    false => eco_format!("the two results of a condition must be of one type, not {a} and {b}"),
                };
                self.object(Failure::at(span, message), (first, second))
            }
        }
    }

    /// Evaluates without noting what is wrong: the outcome alone counts.
    pub(super) fn quietly(&self, work: impl FnOnce() -> Outcome) -> Outcome {
        self.trying.set(self.trying.get() + 1);
        let outcome = work();
        self.trying.set(self.trying.get() - 1);
        outcome
    }
}

/// One arm of a conditional as the type that the other is sure to have, though its value is not known.
fn converted_by(other: &Expression, value: Value) -> Value {
    let ExpressionKind::Call(call) = &other.kind else { return value };
    let type_ = match call.name.as_str() {
        "toset" | "setunion" | "setintersection" | "setsubtract" => Type::Sequence(ListKind::Set, Box::new(Type::Any)),
        "tolist" | "keys" | "sort" | "split" => Type::Sequence(ListKind::List, Box::new(Type::Any)),
        "tomap" => Type::Map(Box::new(Type::Any)),
        "tostring" | "format" | "join" | "replace" | "lower" | "upper" => Type::String,
        _ => return value,
    };
    type_.convert(value.clone()).unwrap_or(value)
}

/// The value of a conditional whose condition is not known.
fn choose(when: EcoString, then: Value, otherwise: Value, test: &Origin) -> Value {
    if !then.is_unknown() && then == otherwise {
        return then;
    }
    let not = eco_format!("not ({when})");
    let mut arms: Vec<Arm> = Vec::new();
    for (when, value) in [(when, then), (not, otherwise)] {
        match &value.data {
            Data::Choice(inner) => arms.extend(
                inner.iter().map(|arm| Arm { when: eco_format!("{when} and {}", arm.when), value: arm.value.clone() }),
            ),
            _ => arms.push(Arm { when, value }),
        }
    }
    let mut origin = test.clone();
    for arm in &arms {
        for step in arm.value.origin.steps() {
            origin.push_step(step.clone());
        }
        for reference in arm.value.origin.references() {
            origin.push_reference(reference.clone());
        }
    }
    if arms.len() > MAX_ARMS {
        let reason = arms.first().map(|arm| eco_format!("depends on {}", arm.when)).unwrap_or_default();
        return Value::unknown(reason).with_origin(origin);
    }
    Value::new(Data::Choice(arms.into())).with_origin(origin)
}
