//! Whole numbers.

use super::arguments::{argument, items, refusal, whole};
use super::{Answer, Function, OnUnknown};
use crate::value::{Data, Number, Value};

pub(super) static FUNCTIONS: &[Function] = &[
    Function::exactly("add", 2, OnUnknown::Whole, |arguments| arithmetic(arguments, i64::checked_add)),
    Function::exactly("sub", 2, OnUnknown::Whole, |arguments| arithmetic(arguments, i64::checked_sub)),
    Function::exactly("mul", 2, OnUnknown::Whole, |arguments| arithmetic(arguments, i64::checked_mul)),
    Function::exactly("div", 2, OnUnknown::Whole, |arguments| arithmetic(arguments, i64::checked_div)),
    Function::exactly("mod", 2, OnUnknown::Whole, |arguments| arithmetic(arguments, i64::checked_rem)),
    Function::exactly("int", 1, OnUnknown::Whole, int),
    Function::exactly("float", 1, OnUnknown::Whole, float),
    Function::at_least("min", 1, OnUnknown::Whole, |arguments| extreme(arguments, |all| all.min())),
    Function::at_least("max", 1, OnUnknown::Whole, |arguments| extreme(arguments, |all| all.max())),
    Function::between("copyIndex", (0, 2), OnUnknown::Whole, |_| {
        Err("has a value in the properties of a copy only".into())
    }),
];

fn arithmetic(arguments: &[Value], compute: fn(i64, i64) -> Option<i64>) -> Answer {
    let (left, right) = (whole(arguments, 0)?, whole(arguments, 1)?);
    compute(left, right).map(Value::number).ok_or_else(|| match right {
        0 => "a number cannot be divided by zero".into(),
        _ => "the result has more than 64 bits".into(),
    })
}

fn int(arguments: &[Value]) -> Answer {
    let value = argument(arguments, 0)?;
    match &value.data {
        Data::Number(Number::Int(_)) => Ok(value.clone()),
        Data::Number(Number::Float(number)) => Ok(Value::number(number.trunc() as i64)),
        Data::String(text) => match text.trim().parse::<i64>() {
            Ok(number) => Ok(Value::number(number)),
            Err(_) => Err(ecow::eco_format!("\"{text}\" is not an integer")),
        },
        _ => Err(refusal(value, "a number or a string that is one")),
    }
}

fn float(arguments: &[Value]) -> Answer {
    let value = argument(arguments, 0)?;
    match &value.data {
        Data::Number(_) => Ok(value.clone()),
        Data::String(text) => match Number::parse(text.trim()) {
            Some(number) => Ok(Value::number(number)),
            None => Err(ecow::eco_format!("\"{text}\" is not a number")),
        },
        _ => Err(refusal(value, "a number or a string that is one")),
    }
}

/// The least or greatest of the arguments, or of the one argument's elements.
fn extreme(arguments: &[Value], pick: fn(&mut dyn Iterator<Item = i64>) -> Option<i64>) -> Answer {
    let values = if argument(arguments, 0)?.as_list().is_some() { items(arguments, 0)? } else { arguments };
    let numbers = (0..values.len()).map(|at| whole(values, at)).collect::<Result<Vec<i64>, _>>()?;
    pick(&mut numbers.into_iter()).map(Value::number).ok_or_else(|| "needs at least one integer".into())
}
