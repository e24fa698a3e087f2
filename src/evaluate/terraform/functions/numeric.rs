//! Functions on numbers.

use ecow::{EcoString, eco_format};

use super::arguments::{Answer, argument, number, number_of, refusal, sequence, text, whole};
use super::{Context, Function, OnUnknown};
use crate::evaluate::terraform::operators::{INFINITE, counted};
use crate::parse::terraform::ast::BinaryOperator;
use crate::value::{Data, ListKind, Number, Value};

/// The functions of this subject.
pub static FUNCTIONS: &[Function] = &[
    Function::exactly("abs", 1, OnUnknown::Whole, abs),
    Function::exactly("ceil", 1, OnUnknown::Whole, ceil),
    Function::exactly("floor", 1, OnUnknown::Whole, floor),
    Function::exactly("log", 2, OnUnknown::Whole, log),
    Function::at_least("max", 1, OnUnknown::Whole, max),
    Function::at_least("min", 1, OnUnknown::Whole, min),
    Function::exactly("parseint", 2, OnUnknown::Whole, parseint),
    Function::exactly("pow", 2, OnUnknown::Whole, pow),
    Function::between("range", 1, 3, OnUnknown::Whole, range),
    Function::exactly("signum", 1, OnUnknown::Whole, signum),
    Function::exactly("sum", 1, OnUnknown::Whole, sum),
];

/// Terraform makes no longer ranges.
const MAX_RANGE: usize = 1024;

/// The number, or an unknown where it is infinite, which Terraform has a value for.
fn finite(result: f64) -> Answer {
    if result.is_nan() {
        return Err("the result is not a number".into());
    }
    Ok(match Number::from_f64(result) {
        Some(number) => Value::number(number),
        None => Value::unknown(INFINITE),
    })
}

fn abs(_: &Context<'_>, arguments: &[Value]) -> Answer {
    match number(arguments, 0)? {
        Number::Int(value) if value != i64::MIN => Ok(Value::number(value.abs())),
        other => finite(other.as_f64().abs()),
    }
}

fn ceil(_: &Context<'_>, arguments: &[Value]) -> Answer {
    match number(arguments, 0)? {
        Number::Float(value) => finite(value.ceil()),
        whole => Ok(Value::number(whole)),
    }
}

fn floor(_: &Context<'_>, arguments: &[Value]) -> Answer {
    match number(arguments, 0)? {
        Number::Float(value) => finite(value.floor()),
        whole => Ok(Value::number(whole)),
    }
}

fn log(_: &Context<'_>, arguments: &[Value]) -> Answer {
    finite(number(arguments, 0)?.as_f64().ln() / number(arguments, 1)?.as_f64().ln())
}

fn numbers(arguments: &[Value]) -> Result<Vec<Number>, EcoString> {
    arguments.iter().map(number_of).collect()
}

fn max(_: &Context<'_>, arguments: &[Value]) -> Answer {
    numbers(arguments)?.into_iter().max().map(Value::number).ok_or_else(|| "at least one number is needed".into())
}

fn min(_: &Context<'_>, arguments: &[Value]) -> Answer {
    numbers(arguments)?.into_iter().min().map(Value::number).ok_or_else(|| "at least one number is needed".into())
}

fn parseint(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let given = argument(arguments, 0)?;
    if given.as_str().is_none() {
        return Err(refusal(given, "a string"));
    }
    let text = text(arguments, 0)?;
    let base = whole(arguments, 1)?;
    if !(2..=62).contains(&base) {
        return Err("the base must be from 2 to 62".into());
    }
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(&text)),
    };
    let sign = if negative { -1 } else { 1 };
    let (mut exact, mut rough) = (Some(0_i64), 0.0_f64);
    for digit in digits.chars() {
        let value = digit_value(digit, base).ok_or_else(|| eco_format!("this is no whole number of base {base}"))?;
        exact = exact.and_then(|exact| exact.checked_mul(base)?.checked_add(sign * value));
        rough = rough * base as f64 + (sign * value) as f64;
    }
    if digits.is_empty() {
        return Err(eco_format!("this is no whole number of base {base}"));
    }
    exact.map_or_else(|| finite(rough), |exact| Ok(Value::number(exact)))
}

fn digit_value(digit: char, base: i64) -> Option<i64> {
    let value = match digit {
        '0'..='9' | 'a'..='z' => digit.to_digit(36)?,
        // Capitals are digits of their own only where the small letters do not suffice.
        'A'..='Z' if base > 36 => digit.to_digit(36)? + 26,
        'A'..='Z' => digit.to_digit(36)?,
        _ => return None,
    };
    Some(i64::from(value)).filter(|&value| value < base)
}

fn pow(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let (base, power) = (number(arguments, 0)?, number(arguments, 1)?);
    let exact = match (base, power) {
        (Number::Int(base), Number::Int(power)) => u32::try_from(power).ok().and_then(|power| base.checked_pow(power)),
        _ => None,
    };
    exact.map_or_else(|| finite(base.as_f64().powf(power.as_f64())), |exact| Ok(Value::number(exact)))
}

fn range(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let zero = Number::Int(0);
    let numbers = arguments.iter().map(number_of).collect::<Result<Vec<_>, _>>()?;
    let direction = |down: bool| Number::Int(if down { -1 } else { 1 });
    let (start, end, step) = match numbers.as_slice() {
        [end] => (zero, *end, direction(*end < zero)),
        [start, end] => (*start, *end, direction(end < start)),
        [start, end, step] => (*start, *end, *step),
        _ => return Err("one to three numbers are needed".into()),
    };
    let down = step < zero;
    if step == zero {
        return Err("the step must not be zero".into());
    }
    if down && end > start {
        return Err("the end must be less than the start when the step is negative".into());
    }
    if !down && end < start {
        return Err("the end must be greater than the start when the step is positive".into());
    }
    let mut items: Vec<Value> = Vec::new();
    // Each number is counted from the start, so that the errors of fractions do not add up.
    for count in 0..=MAX_RANGE as i64 {
        let way = counted(BinaryOperator::Multiply, step, Number::Int(count));
        let number = way
            .and_then(|way| counted(BinaryOperator::Add, start, way))
            .map_err(|_| "the numbers grow beyond what a number can be")?;
        if (down && number <= end) || (!down && number >= end) {
            return Ok(Value::list(items, ListKind::List));
        }
        items.push(Value::number(number));
    }
    Err(eco_format!("the range has more than {MAX_RANGE} numbers"))
}

fn signum(_: &Context<'_>, arguments: &[Value]) -> Answer {
    Ok(Value::number(whole(arguments, 0)?.signum()))
}

fn sum(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let given = argument(arguments, 0)?;
    if matches!(&given.data, Data::Map(map) if map.entries.is_empty()) {
        return Err("an empty list has no sum".into());
    }
    let numbers = numbers(&sequence(arguments, 0)?.items)?;
    if numbers.is_empty() {
        return Err("an empty list has no sum".into());
    }
    let sum = numbers.iter().try_fold(Number::Int(0), |sum, number| counted(BinaryOperator::Add, sum, *number));
    Ok(sum.map_or_else(|_| Value::unknown(INFINITE), Value::number))
}

#[cfg(test)]
mod tests {
    use crate::evaluate::terraform::functions::testing::check;

    #[test]
    fn numbers_are_computed() {
        check(&[
            ("abs(-2.5)", "2.5"),
            ("ceil(1.2)", "2"),
            ("floor(-1.2)", "-2"),
            ("log(100, 10)", "2"),
            ("log(0, 2)", "?"),
            ("max(3, \"12\")", "12"),
            ("min(3, -1.5)", "-1.5"),
            ("max()", "error: does not take 0"),
            ("parseint(\"-7f\", 16)", "-127"),
            ("parseint(\"a\", 10)", "error: base 10"),
            ("parseint(10, 10)", "error: a string"),
            ("pow(3, 4)", "81"),
            ("pow(2, -2)", "0.25"),
            ("range(2, -1)", "[2,1,0]"),
            ("range(0, 1, 0.25)", "[0,0.25,0.5,0.75]"),
            ("range(1025)", "error: more than 1024"),
            ("signum(-9)", "-1"),
            ("range(0, 0.4, 0.1)", "[0,0.1,0.2,0.3]"),
            ("sum([1, 2.5])", "3.5"),
            ("sum([0.1, 0.2])", "0.3"),
            ("1 / 0", "?"),
            ("try(1 / 0, 5)", "?"),
            ("0 / 0", "error: divided by zero"),
            ("sum([])", "error: no sum"),
        ]);
    }
}
