//! Choices: what is computed from alternatives is computed for each; alternatives of one condition are taken
//! together.

use ecow::{EcoString, eco_format};

use crate::value::{Arm, Data, Value};

/// More alternatives than this are not told apart.
const MAX_ALTERNATIVES: usize = 16;

/// Applies `make` to values, once for every alternative where some are choices. An alternative without a value
/// is none that can be deployed.
pub(super) fn over<E>(values: &[Value], make: &dyn Fn(&[Value]) -> Result<Value, E>) -> Result<Value, E> {
    within(values, make, MAX_ALTERNATIVES)
}

fn within<E>(values: &[Value], make: &dyn Fn(&[Value]) -> Result<Value, E>, allowed: usize) -> Result<Value, E> {
    let found = values.iter().find_map(|value| match &value.data {
        Data::Choice(arms) => Some((value, arms)),
        _ => None,
    });
    let Some((choice, arms)) = found else { return make(values) };
    if arms.len() > allowed {
        return Ok(from_unknown(choice));
    }
    let mut made = Vec::with_capacity(arms.len());
    let mut failure = None;
    for arm in arms.iter() {
        let picked: Vec<Value> = values.iter().map(|value| pick(value, &arm.when)).collect();
        match within(&picked, make, allowed / arms.len()) {
            Ok(value) => made.push(Arm { when: arm.when.clone(), value: pick(&value, &arm.when) }),
            Err(error) => failure = Some(error),
        }
    }
    match (failure, made.is_empty()) {
        (Some(error), true) => Err(error),
        _ => Ok(merge(made, choice)),
    }
}

/// The choice between alternatives, or the value that they share.
fn merge(arms: Vec<Arm>, from: &Value) -> Value {
    let shared = arms.first().filter(|first| arms.iter().all(|arm| arm.value == first.value));
    let mut value = match shared {
        Some(arm) => arm.value.clone(),
        None => {
            let mut value = Value::new(Data::Choice(arms.into()));
            value.origin.span = from.origin.span;
            value
        }
    };
    value.origin.absorb(&from.origin);
    value.with_sensitive(from.sensitive)
}

/// What a value is under a condition.
pub(super) fn pick(value: &Value, when: &EcoString) -> Value {
    let Data::Choice(arms) = &value.data else { return value.clone() };
    if let Some(arm) = arms.iter().find(|arm| arm.when == *when) {
        let mut picked = arm.value.clone().with_sensitive(value.sensitive);
        picked.origin.absorb(&value.origin);
        return picked;
    }
    let arms: Vec<Arm> = arms.iter().map(|arm| Arm { when: arm.when.clone(), value: pick(&arm.value, when) }).collect();
    Value { data: Data::Choice(arms.into()), ..value.clone() }
}

/// One of two values, by a condition that is not known.
pub(super) fn choose(condition: &Value, text: EcoString, then: &Value, otherwise: &Value) -> Value {
    let not = eco_format!("not ({text})");
    let arms = vec![Arm { value: pick(then, &text), when: text }, Arm { value: pick(otherwise, &not), when: not }];
    merge(arms, condition)
}

/// An unknown for the reason and with the history of another.
pub(super) fn from_unknown(value: &Value) -> Value {
    let mut unknown = Value::unknown(value.unknown_reason().unwrap_or_default()).with_origin(value.origin.clone());
    value.each_reference(&mut |reference| unknown.origin.push_reference(reference.clone()));
    unknown.with_sensitive(value.sensitive)
}
