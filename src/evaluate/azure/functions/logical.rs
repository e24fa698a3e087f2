//! Logic and comparisons. What is not known stays not known unless the rest decides.

use std::cmp::Ordering;

use super::arguments::{argument, known_part, refusal, whole};
use super::{Answer, Function, OnUnknown, equal, less, unknown_like};
use crate::value::{Data, Truth, Value};

pub(super) static FUNCTIONS: &[Function] = &[
    Function::at_least("and", 1, OnUnknown::Handle, |arguments| fold(arguments, Truth::True, Truth::and)),
    Function::at_least("or", 1, OnUnknown::Handle, |arguments| fold(arguments, Truth::False, Truth::or)),
    Function::exactly("not", 1, OnUnknown::Whole, |arguments| {
        Ok(Value::bool(!super::arguments::boolean(arguments, 0)?))
    }),
    Function::exactly("bool", 1, OnUnknown::Whole, to_bool),
    Function::exactly("true", 0, OnUnknown::Whole, |_| Ok(Value::bool(true))),
    Function::exactly("false", 0, OnUnknown::Whole, |_| Ok(Value::bool(false))),
    Function::exactly("if", 3, OnUnknown::Handle, conditional),
    Function::at_least("coalesce", 1, OnUnknown::Handle, coalesce),
    Function::exactly("equals", 2, OnUnknown::Handle, |arguments| {
        match equal(argument(arguments, 0)?, argument(arguments, 1)?) {
            Some(equal) => Ok(Value::bool(equal)),
            None => Ok(unknown_like(arguments.iter().find_map(Value::first_unknown))),
        }
    }),
    Function::exactly("less", 2, OnUnknown::Whole, |arguments| compare(arguments, Ordering::is_lt)),
    Function::exactly("lessOrEquals", 2, OnUnknown::Whole, |arguments| compare(arguments, Ordering::is_le)),
    Function::exactly("greater", 2, OnUnknown::Whole, |arguments| compare(arguments, Ordering::is_gt)),
    Function::exactly("greaterOrEquals", 2, OnUnknown::Whole, |arguments| compare(arguments, Ordering::is_ge)),
    Function::exactly("any", 1, OnUnknown::Handle, |arguments| argument(arguments, 0).cloned()),
    Function::exactly("fail", 1, OnUnknown::Handle, |arguments| {
        Err(super::text_of(argument(arguments, 0)?).unwrap_or_else(|_| "fails on purpose".into()))
    }),
];

fn fold(arguments: &[Value], start: Truth, join: fn(Truth, Truth) -> Truth) -> Answer {
    let mut truth = start;
    for value in arguments {
        truth = join(
            truth,
            match &value.data {
                Data::Bool(value) => Truth::from(*value),
                Data::Unknown(_) | Data::Choice(_) => Truth::Unknown,
                _ => return Err(refusal(value, "bools")),
            },
        );
    }
    Ok(match truth {
        Truth::True => Value::bool(true),
        Truth::False => Value::bool(false),
        Truth::Unknown => unknown_like(arguments.iter().find(|argument| argument.is_unknown())),
    })
}

fn to_bool(arguments: &[Value]) -> Answer {
    let value = argument(arguments, 0)?;
    match &value.data {
        Data::Bool(_) => Ok(value.clone()),
        Data::Number(_) => Ok(Value::bool(whole(arguments, 0)? != 0)),
        Data::String(text) if text.eq_ignore_ascii_case("true") || text == "1" => Ok(Value::bool(true)),
        Data::String(text) if text.eq_ignore_ascii_case("false") || text == "0" => Ok(Value::bool(false)),
        _ => Err(refusal(value, "a bool, an integer, or a string that says true or false")),
    }
}

/// Only for callers that hold both values already: what is not chosen must not be an error.
fn conditional(arguments: &[Value]) -> Answer {
    let condition = argument(arguments, 0)?;
    match condition.as_bool() {
        Some(true) => argument(arguments, 1).cloned(),
        Some(false) => argument(arguments, 2).cloned(),
        None if condition.is_unknown() => Ok(unknown_like(Some(condition))),
        None => Err(refusal(condition, "a bool as condition")),
    }
}

fn coalesce(arguments: &[Value]) -> Answer {
    for value in arguments {
        match &value.data {
            Data::Null => {}
            // It may be null, and then the next would be the answer.
            Data::Unknown(_) if !known_part(value) => return Ok(unknown_like(Some(value))),
            _ => return Ok(value.clone()),
        }
    }
    Ok(Value::null())
}

fn compare(arguments: &[Value], holds: fn(Ordering) -> bool) -> Answer {
    let (left, right) = (argument(arguments, 0)?, argument(arguments, 1)?);
    match less(left, right) {
        Some(order) => Ok(Value::bool(holds(order))),
        None => Err(refusal(if left.as_number().is_some() { right } else { left }, "two numbers or two strings")),
    }
}
