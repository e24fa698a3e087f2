//! Conditions: true, false, or not known, each evaluated once.

use ecow::{EcoString, eco_format};

use super::{Evaluator, Failure};
use crate::source::Span;
use crate::value::{Data, Origin, Truth, Value};

/// How far the evaluation of a condition has come.
#[derive(Clone, Debug)]
pub(super) enum State {
    /// It is being evaluated.
    Running,
    /// It has this value.
    Done(Value),
}

impl Evaluator<'_, '_> {
    /// The value of a condition: a bool or an unknown.
    pub(super) fn condition_value(&self, name: &str, span: Span) -> Result<Value, Failure> {
        if self.assumed.borrow().as_deref() == Some(name) {
            return Ok(Value::bool(true).with_origin(Origin::at(span)));
        }
        match self.conditions.borrow().get(name) {
            Some(State::Done(value)) => return Ok(value.clone()),
            Some(State::Running) => {
                return Err(Failure::at(span, eco_format!("condition {name} refers to itself")));
            }
            None => {}
        }
        let Some(entry) = self.sections.conditions.get(name) else {
            return Err(Failure::at(span, eco_format!("condition {name} is not declared; add it to Conditions")));
        };
        // What another resource's condition lets assume does not hold for all.
        let assumed = self.assumed.borrow_mut().take();
        self.conditions.borrow_mut().insert(name.into(), State::Running);
        let value = self.worth_or_null(&entry.value);
        let value = match truth(&value) {
            Some(Truth::True) => Value { data: Data::Bool(true), ..value },
            Some(Truth::False) => Value { data: Data::Bool(false), ..value },
            Some(Truth::Unknown) => value,
            None => {
                let message = eco_format!("condition {name} must be true or false, not a {}", value.shape());
                self.unknown_for(Failure::at(entry.value.span, message))
            }
        };
        self.conditions.borrow_mut().insert(name.into(), State::Done(value.clone()));
        *self.assumed.borrow_mut() = assumed;
        Ok(value)
    }

    /// Whether a condition holds; one that cannot be evaluated is recorded, and not known.
    pub(super) fn holds(&self, name: &str, span: Span) -> Truth {
        match self.condition_value(name, span) {
            Ok(value) => truth(&value).unwrap_or(Truth::Unknown),
            Err(failure) => {
                self.shared.fail(failure);
                Truth::Unknown
            }
        }
    }
}

/// A value as a truth; none where it is neither a bool nor unknown.
pub(super) fn truth(value: &Value) -> Option<Truth> {
    match &value.data {
        Data::Bool(value) => Some((*value).into()),
        Data::String(text) if text == "true" => Some(Truth::True),
        Data::String(text) if text == "false" => Some(Truth::False),
        Data::Unknown(_) => Some(Truth::Unknown),
        Data::Choice(arms) => {
            let mut truths = arms.iter().map(|arm| truth(&arm.value));
            let first = truths.next()??;
            Some(if truths.all(|other| other == Some(first)) { first } else { Truth::Unknown })
        }
        _ => None,
    }
}

/// Two conditions of which either may be missing.
pub(super) fn both(outer: Option<&EcoString>, inner: Option<&EcoString>) -> Option<EcoString> {
    match (outer, inner) {
        (Some(outer), Some(inner)) => Some(eco_format!("{outer} and {inner}")),
        (one, other) => one.or(other).cloned(),
    }
}
