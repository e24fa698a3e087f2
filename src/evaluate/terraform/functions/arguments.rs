//! Reading the arguments of functions: the conversions that Terraform makes for each parameter, and the limits
//! on what a call may make.

use ecow::{EcoString, eco_format};

use crate::evaluate::terraform::operators;
use crate::value::{Arm, Data, Known, List, Map, Number, Value};

/// More elements than this are not made by one call.
pub const MAX_ELEMENTS: usize = 1024 * 16;

/// A text longer than this is not made by one call.
pub const MAX_TEXT: usize = 4 * 1024 * 1024;

/// Alternatives that a call may have because its arguments have them.
const MAX_ARMS: usize = 6;

/// What a function answers.
pub type Answer = Result<Value, EcoString>;

/// The argument at that place.
pub fn argument(arguments: &[Value], at: usize) -> Result<&Value, EcoString> {
    arguments.get(at).ok_or_else(|| eco_format!("argument {} is missing", at + 1))
}

/// The argument as a text.
pub fn text(arguments: &[Value], at: usize) -> Result<EcoString, EcoString> {
    text_of(argument(arguments, at)?)
}

/// The argument as a number.
pub fn number(arguments: &[Value], at: usize) -> Result<Number, EcoString> {
    number_of(argument(arguments, at)?)
}

/// The argument as a whole number.
pub fn whole(arguments: &[Value], at: usize) -> Result<i64, EcoString> {
    let number = number(arguments, at)?;
    number.as_i64().ok_or_else(|| eco_format!("a whole number is needed, and this is {number}"))
}

/// The value as a text; neither null nor of another shape.
pub fn text_of(value: &Value) -> Result<EcoString, EcoString> {
    operators::to_text(value).ok_or_else(|| refusal(value, "a string"))
}

/// The value as a number.
pub fn number_of(value: &Value) -> Result<Number, EcoString> {
    operators::to_number(value).ok_or_else(|| refusal(value, "a number"))
}

/// The value as a bool.
pub fn bool_of(value: &Value) -> Result<bool, EcoString> {
    match value.as_str() {
        Some("1") => Ok(true),
        Some("0") => Ok(false),
        _ => operators::to_bool(value).ok_or_else(|| refusal(value, "a bool")),
    }
}

/// The argument as a list, tuple or set.
pub fn sequence(arguments: &[Value], at: usize) -> Result<&List, EcoString> {
    let value = argument(arguments, at)?;
    match &value.data {
        Data::List(list) => Ok(list),
        _ => Err(refusal(value, "a list")),
    }
}

/// The argument as a map or object.
pub fn mapping(arguments: &[Value], at: usize) -> Result<&Map, EcoString> {
    let value = argument(arguments, at)?;
    value.as_map().ok_or_else(|| refusal(value, "a map"))
}

/// Why the value cannot be what is needed.
pub fn refusal(value: &Value, needed: &str) -> EcoString {
    match &value.data {
        Data::Null => "argument must not be null".into(),
        Data::String(text) => {
            let shown: EcoString = text.chars().take(40).collect();
            if value.sensitive {
                eco_format!("{needed} is needed")
            } else {
                eco_format!("{needed} is needed, and this is the string \"{shown}\"")
            }
        }
        _ => eco_format!("{needed} is needed, and this is a {}", value.shape()),
    }
}

/// An unknown for the same reason as that value, of which nothing else is known.
pub fn unknown_like(value: &Value) -> Value {
    let reason = value.first_unknown().and_then(Value::unknown_reason);
    Value::unknown(reason.unwrap_or_else(|| "a part of it is not known".into())).with_origin(value.origin.clone())
}

/// An unknown because the resource's attributes are only known to its provider.
pub fn unknown_resource(address: &EcoString) -> Value {
    Value::unknown(eco_format!("only the provider knows all attributes of {address}"))
}

/// The keys, values or number of entries of a resource are known only to its provider.
pub fn resource_of(value: &Value) -> Option<&EcoString> {
    value.as_map().and_then(|map| map.resource.as_ref())
}

/// The value that an unknown text encodes as JSON.
pub fn encoded(value: &Value) -> Option<&Value> {
    match &value.data {
        Data::Unknown(unknown) => match &unknown.known {
            Known::Json(inner) => Some(inner),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a part of it, at any depth, must not be printed.
pub fn holds_sensitive(value: &Value) -> bool {
    value.sensitive
        || match &value.data {
            Data::List(list) => list.items.iter().any(holds_sensitive),
            Data::Map(map) => map.entries.values().any(|entry| holds_sensitive(&entry.value)),
            Data::Choice(arms) => arms.iter().any(|arm| holds_sensitive(&arm.value)),
            _ => false,
        }
}

/// Whether the number of elements may have too many.
pub fn check_count(count: usize) -> Result<(), EcoString> {
    if count > MAX_ELEMENTS {
        return Err(eco_format!("the result would have {count} elements; at most {MAX_ELEMENTS} are made"));
    }
    Ok(())
}

/// Whether a text has grown too long.
pub fn check_text(length: usize) -> Result<(), EcoString> {
    if length > MAX_TEXT {
        return Err(eco_format!("the result would have more than {MAX_TEXT} bytes"));
    }
    Ok(())
}

/// Runs a function for each alternative of an argument that is a choice, so that what the alternatives have in
/// common is not lost. An alternative for which the call fails cannot be the one that is meant.
pub fn each_alternative(arguments: &[Value], run: &dyn Fn(&[Value]) -> Answer) -> Answer {
    alternatives(arguments, MAX_ARMS, run)
}

fn alternatives(arguments: &[Value], budget: usize, run: &dyn Fn(&[Value]) -> Answer) -> Answer {
    let choice = arguments.iter().enumerate().find_map(|(at, argument)| match &argument.data {
        Data::Choice(arms) if arms.len() <= budget => Some((at, argument, arms)),
        _ => None,
    });
    let Some((place, argument, arms)) = choice else { return run(arguments) };
    let mut results: Vec<Arm> = Vec::with_capacity(arms.len());
    let mut failure = EcoString::from("no alternative has a value");
    for arm in arms.iter() {
        let mut chosen = arguments.to_vec();
        if let Some(slot) = chosen.get_mut(place) {
            *slot = arm.value.clone().with_sensitive(argument.sensitive);
        }
        match alternatives(&chosen, budget / arms.len().max(1), run) {
            Ok(Value { data: Data::Choice(inner), .. }) => {
                results.extend(inner.iter().map(|inner| Arm {
                    when: eco_format!("{} and {}", arm.when, inner.when),
                    value: inner.value.clone(),
                }))
            }
            Ok(value) => results.push(Arm { when: arm.when.clone(), value }),
            Err(message) => failure = message,
        }
    }
    match results.len() {
        0 => Err(failure),
        1 => results.pop().map(|arm| arm.value).ok_or(failure),
        _ => {
            let same = results.windows(2).all(|pair| match pair {
                [a, b] => a.value == b.value,
                _ => true,
            });
            if same && let Some(arm) = results.pop() {
                return Ok(arm.value);
            }
            let sensitive = results.iter().any(|arm| arm.value.sensitive);
            Ok(Value::new(Data::Choice(results.into())).with_sensitive(sensitive))
        }
    }
}
