//! Operators, attribute access, indexing and the conversions between primitive types, on values alone.

use ecow::{EcoString, eco_format};

use crate::parse::terraform::ast::{BinaryOperator, UnaryOperator};
use crate::source::Span;
use crate::value::{Arm, Data, Known, Number, Origin, Reference, Value, differs};

/// The value of `!a` or `-a`.
pub fn unary(operator: UnaryOperator, operand: Value) -> Result<Value, EcoString> {
    if let Data::Choice(arms) = &operand.data {
        let arms = arms
            .iter()
            .map(|arm| Ok(Arm { when: arm.when.clone(), value: unary(operator, arm.value.clone())? }))
            .collect::<Result<Vec<_>, EcoString>>()?;
        return Ok(Value::new(Data::Choice(arms.into())).with_origin(operand.origin));
    }
    if operand.is_unknown() {
        return Ok(forget(operand));
    }
    let data = match operator {
        UnaryOperator::Not => to_bool(&operand).map(|value| Data::Bool(!value)).ok_or("! needs a bool")?,
        UnaryOperator::Negate => match to_number(&operand).ok_or("- needs a number")? {
            Number::Int(value) if value != i64::MIN => Data::Number(Number::Int(-value)),
            other => Data::Number(Number::from_f64(-other.as_f64()).unwrap_or(other)),
        },
    };
    Ok(Value { data, ..operand })
}

/// Whether the left side of `&&` or `||` decides alone.
pub fn decides(operator: BinaryOperator, left: &Value) -> bool {
    match operator {
        BinaryOperator::And => to_bool(left) == Some(false),
        BinaryOperator::Or => to_bool(left) == Some(true),
        _ => false,
    }
}

/// The value of `a operator b`.
pub fn binary(operator: BinaryOperator, left: Value, right: Value, span: Span) -> Result<Value, EcoString> {
    let mut origin = Origin::at(span);
    for side in [&left, &right] {
        for step in side.origin.steps() {
            origin.push_step(step.clone());
        }
        for reference in side.origin.references() {
            origin.push_reference(reference.clone());
        }
    }
    let sensitive = left.sensitive || right.sensitive;
    let finish = |data: Data| Ok(Value { data, origin: origin.clone(), sensitive });
    let unknown = || {
        let reason = [&left, &right].iter().find_map(|side| side.first_unknown()?.unknown_reason()).unwrap_or_default();
        Ok(Value::unknown(reason).with_origin(origin.clone()).with_sensitive(sensitive))
    };
    match operator {
        BinaryOperator::And | BinaryOperator::Or => {
            let decisive = operator == BinaryOperator::Or;
            let is_bool = |side: &Value| to_bool(side).is_some() || side.is_unknown();
            if !is_bool(&left) || !is_bool(&right) {
                return Err("&& and || need bools".into());
            }
            let sides = (to_bool(&left), to_bool(&right));
            if sides.0 == Some(decisive) || sides.1 == Some(decisive) {
                return finish(Data::Bool(decisive));
            }
            match sides {
                (Some(_), Some(_)) => finish(Data::Bool(!decisive)),
                _ => unknown(),
            }
        }
        BinaryOperator::Equal | BinaryOperator::NotEqual => match equal(&left, &right) {
            Some(equal) => finish(Data::Bool(equal == (operator == BinaryOperator::Equal))),
            None => unknown(),
        },
        _ => {
            if left.is_unknown() || right.is_unknown() {
                return bounded(operator, &left, &right).map_or_else(unknown, |test| finish(Data::Bool(test)));
            }
            let (Some(a), Some(b)) = (to_number(&left), to_number(&right)) else {
                return Err(eco_format!("arithmetic needs numbers, not {} and {}", left.shape(), right.shape()));
            };
            if operator == BinaryOperator::Divide && b.as_f64() == 0.0 && a.as_f64() != 0.0 {
                let infinite = Value::unknown(INFINITE).with_origin(origin.clone());
                return Ok(infinite.with_sensitive(sensitive));
            }
            match arithmetic(operator, a, b)? {
                Ok(number) => finish(Data::Number(number)),
                Err(test) => finish(Data::Bool(test)),
            }
        }
    }
}

/// What a comparison comes to with a number of which only the least is known.
fn bounded(operator: BinaryOperator, left: &Value, right: &Value) -> Option<bool> {
    use BinaryOperator::{Greater, GreaterOrEqual, Less, LessOrEqual};
    let least = |side: &Value| match &side.data {
        Data::Unknown(unknown) => match unknown.known {
            Known::AtLeast(least) => Some(least),
            _ => None,
        },
        _ => None,
    };
    let (least, other, operator) = match (least(left), least(right)) {
        (Some(least), None) => (least, to_number(right)?, operator),
        (None, Some(least)) => {
            let mirrored = match operator {
                Less => Greater,
                LessOrEqual => GreaterOrEqual,
                Greater => Less,
                GreaterOrEqual => LessOrEqual,
                other => other,
            };
            (least, to_number(left)?, mirrored)
        }
        _ => return None,
    };
    match operator {
        Greater if least > other => Some(true),
        GreaterOrEqual if least >= other => Some(true),
        Less if least >= other => Some(false),
        LessOrEqual if least > other => Some(false),
        _ => None,
    }
}

/// Why a number is unknown which Terraform has and no provider takes.
pub const INFINITE: &str = "the number is infinite";

/// The sum or product of two numbers, exact over the decimals that are written.
pub fn counted(operator: BinaryOperator, a: Number, b: Number) -> Result<Number, EcoString> {
    arithmetic(operator, a, b)?.map_err(|_| "a comparison is no number".into())
}

fn arithmetic(operator: BinaryOperator, a: Number, b: Number) -> Result<Result<Number, bool>, EcoString> {
    let whole = match (a, b) {
        (Number::Int(a), Number::Int(b)) => match operator {
            BinaryOperator::Add => a.checked_add(b),
            BinaryOperator::Subtract => a.checked_sub(b),
            BinaryOperator::Multiply => a.checked_mul(b),
            _ => None,
        },
        _ => None,
    };
    if let Some(whole) = whole {
        return Ok(Ok(Number::Int(whole)));
    }
    let (x, y) = (a.as_f64(), b.as_f64());
    let result = match operator {
        BinaryOperator::Less => return Ok(Err(a < b)),
        BinaryOperator::LessOrEqual => return Ok(Err(a <= b)),
        BinaryOperator::Greater => return Ok(Err(a > b)),
        BinaryOperator::GreaterOrEqual => return Ok(Err(a >= b)),
        BinaryOperator::Add | BinaryOperator::Subtract | BinaryOperator::Multiply => {
            exact(operator, a, b).unwrap_or(match operator {
                BinaryOperator::Add => x + y,
                BinaryOperator::Subtract => x - y,
                _ => x * y,
            })
        }
        BinaryOperator::Divide if y == 0.0 => return Err("zero cannot be divided by zero".into()),
        // Terraform leaves what is divided by zero as it is.
        BinaryOperator::Modulo if y == 0.0 => x,
        BinaryOperator::Divide => x / y,
        BinaryOperator::Modulo => x % y,
        BinaryOperator::Equal | BinaryOperator::NotEqual | BinaryOperator::And | BinaryOperator::Or => {
            return Err("this operator takes no numbers".into());
        }
    };
    Number::from_f64(result).map(Ok).ok_or_else(|| "the result is not a number".into())
}

/// The float nearest to the exact result over the decimals that are written: 0.1 + 0.2 is 0.3. Terraform counts with
/// so many digits that no more is seen of them. None where it has more digits than are held here.
fn exact(operator: BinaryOperator, a: Number, b: Number) -> Option<f64> {
    let ((x, places_x), (y, places_y)) = (decimal(a)?, decimal(b)?);
    let (digits, places) = match operator {
        BinaryOperator::Multiply => (x.checked_mul(y)?, places_x + places_y),
        _ => {
            let places = places_x.max(places_y);
            let widen = |digits: i128, from: u32| digits.checked_mul(10i128.checked_pow(places - from)?);
            let (x, y) = (widen(x, places_x)?, widen(y, places_y)?);
            let sum = if operator == BinaryOperator::Add { x.checked_add(y) } else { x.checked_sub(y) };
            (sum?, places)
        }
    };
    format!("{digits}e-{places}").parse().ok()
}

/// The digits of a number, and how many of them stand after the point.
fn decimal(number: Number) -> Option<(i128, u32)> {
    let text = number.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let digits = format!("{whole}{fraction}");
    Some((digits.parse().ok()?, fraction.len() as u32))
}

/// Whether two values are equal; None when that hangs on what is not known.
pub fn equal(left: &Value, right: &Value) -> Option<bool> {
    match (&left.data, &right.data) {
        (Data::Unknown(unknown), Data::Null) | (Data::Null, Data::Unknown(unknown)) => {
            // A text with holes is a text, so it is not null.
            (!matches!(unknown.known, Known::Nothing)).then_some(false)
        }
        (Data::Unknown(unknown), Data::String(text)) | (Data::String(text), Data::Unknown(unknown)) => {
            differs(&unknown.known, text).then_some(false)
        }
        (Data::Unknown(unknown), Data::Number(number)) | (Data::Number(number), Data::Unknown(unknown)) => {
            matches!(unknown.known, Known::AtLeast(least) if least > *number).then_some(false)
        }
        (Data::Unknown(_) | Data::Choice(_), _) | (_, Data::Unknown(_) | Data::Choice(_)) => None,
        // Values of different types are never equal: a literal list is a tuple, and no list.
        (Data::List(a), Data::List(b)) => {
            if a.kind != b.kind || a.items.len() != b.items.len() {
                return Some(false);
            }
            all_equal(a.items.iter().zip(b.items.iter()))
        }
        (Data::Map(a), Data::Map(b)) => {
            if a.resource.is_some() || b.resource.is_some() {
                return None;
            }
            if a.homogeneous != b.homogeneous {
                return Some(false);
            }
            if a.entries.len() != b.entries.len() || a.entries.keys().any(|key| !b.entries.contains_key(key)) {
                return Some(false);
            }
            all_equal(a.entries.iter().filter_map(|(key, entry)| Some((&entry.value, &b.entries.get(key)?.value))))
        }
        _ => Some(left == right),
    }
}

fn all_equal<'a>(pairs: impl Iterator<Item = (&'a Value, &'a Value)>) -> Option<bool> {
    let mut known = true;
    for (a, b) in pairs {
        match equal(a, b) {
            Some(true) => {}
            Some(false) => return Some(false),
            None => known = false,
        }
    }
    known.then_some(true)
}

/// `value.name`.
pub fn attribute(value: &Value, name: &str, span: Span) -> Result<Value, EcoString> {
    match &value.data {
        Data::Map(map) => match map.entries.get(name) {
            Some(entry) => {
                let mut found = entry.value.clone().with_sensitive(value.sensitive);
                hand_on(&mut found.origin, &value.origin);
                if let Some(address) = &map.resource {
                    found.origin.push_reference(Reference { address: address.clone(), attribute: name.into() });
                }
                Ok(found)
            }
            None => match &map.resource {
                Some(address) => Ok(computed(address, name, span)),
                None => Err(eco_format!("this object has no attribute \"{name}\"")),
            },
        },
        Data::Unknown(unknown) => {
            let mut origin = value.origin.clone();
            if origin.span.is_none() {
                origin.span = span;
            }
            Ok(Value::unknown(unknown.reason.clone()).with_origin(origin).with_sensitive(value.sensitive))
        }
        Data::Choice(arms) => each_arm(value, arms, |arm| attribute(arm, name, span)),
        Data::List(list) if list.items.len() == 1 => match name.parse::<usize>() {
            Ok(0) => list.items.first().cloned().ok_or_else(|| "the list is empty".into()),
            _ => Err(eco_format!("a list has no attribute \"{name}\"")),
        },
        _ => Err(eco_format!("a {} has no attribute \"{name}\"", value.shape())),
    }
}

/// `value[index]`.
pub fn index(value: &Value, index: &Value) -> Result<Value, EcoString> {
    if let Data::Choice(arms) = &value.data {
        return each_arm(value, arms, |arm| self::index(arm, index));
    }
    if value.is_unknown() {
        return Ok(forget(value.clone()));
    }
    if index.is_unknown() {
        let reason = index.unknown_reason().unwrap_or_default();
        let mut origin = index.origin.clone();
        value.each_reference(&mut |reference| origin.push_reference(reference.clone()));
        return Ok(Value::unknown(reason).with_origin(origin).with_sensitive(value.sensitive));
    }
    match &value.data {
        Data::List(list) => {
            if list.kind == crate::value::ListKind::Set {
                return Err("a set has no order, so its elements cannot be picked by number".into());
            }
            let number = to_number(index).ok_or("the index of a list must be a number")?;
            let at = number.as_i64().and_then(|at| usize::try_from(at).ok());
            let item = at.and_then(|at| list.items.get(at));
            let item =
                item.ok_or_else(|| eco_format!("the list has {} elements, and no number {number}", list.items.len()))?;
            let mut found = item.clone().with_sensitive(value.sensitive);
            hand_on(&mut found.origin, &value.origin);
            Ok(found)
        }
        Data::Map(_) => {
            let key = to_text(index).ok_or("the key of a map must be a string")?;
            attribute(value, &key, index.origin.span)
        }
        _ => Err(eco_format!("a {} cannot be indexed", value.shape())),
    }
}

fn each_arm(
    value: &Value,
    arms: &[Arm],
    pick: impl Fn(&Value) -> Result<Value, EcoString>,
) -> Result<Value, EcoString> {
    let mut picked = Vec::with_capacity(arms.len());
    let mut failure = None;
    for arm in arms {
        match pick(&arm.value) {
            Ok(value) => picked.push(Arm { when: arm.when.clone(), value }),
            // An arm that has no such part cannot be the one that is meant.
            Err(message) => failure = Some(message),
        }
    }
    match (picked.len(), failure) {
        (0, Some(message)) => Err(message),
        (1, _) => picked.pop().map(|arm| arm.value).ok_or_else(|| "no alternative has a value".into()),
        _ => Ok(Value::new(Data::Choice(picked.into())).with_origin(value.origin.clone())),
    }
}

/// What only a provider knows of a resource: its attribute is unknown, and refers to it.
pub fn computed(address: &EcoString, name: &str, span: Span) -> Value {
    let mut value = Value::unknown(eco_format!("{address}.{name} is known only after apply"));
    value.origin.span = span;
    value.origin.push_reference(Reference { address: address.clone(), attribute: name.into() });
    value
}

/// The same unknown without what was known of it.
fn forget(value: Value) -> Value {
    let reason = value.unknown_reason().unwrap_or_default();
    Value::unknown(reason).with_origin(value.origin).with_sensitive(value.sensitive)
}

/// A part of a value has come the way of the whole.
fn hand_on(part: &mut Origin, whole: &Origin) {
    for step in whole.steps() {
        part.push_step(step.clone());
    }
    for reference in whole.references() {
        part.push_reference(reference.clone());
    }
}

/// The elements of a list or set (numbered) or of a map, with their keys.
pub fn elements(value: &Value) -> Option<Vec<(Value, Value)>> {
    match &value.data {
        Data::List(list) if list.kind == crate::value::ListKind::Set => {
            Some(list.items.iter().map(|item| (item.clone(), item.clone())).collect())
        }
        Data::List(list) => Some(
            list.items
                .iter()
                .enumerate()
                .map(|(at, item)| {
                    let mut item = item.clone();
                    hand_on(&mut item.origin, &value.origin);
                    (Value::number(at as i64), item)
                })
                .collect(),
        ),
        Data::Map(map) => Some(
            map.entries
                .iter()
                .map(|(key, entry)| {
                    let mut item = entry.value.clone();
                    hand_on(&mut item.origin, &value.origin);
                    (Value::string(key.clone()), item)
                })
                .collect(),
        ),
        _ => None,
    }
}

/// The value as a bool, if it is known and can be one.
pub fn to_bool(value: &Value) -> Option<bool> {
    match &value.data {
        Data::Bool(value) => Some(*value),
        Data::String(text) if text == "true" || text == "1" => Some(true),
        Data::String(text) if text == "false" || text == "0" => Some(false),
        _ => None,
    }
}

/// The value as a number, if it is known and can be one.
pub fn to_number(value: &Value) -> Option<Number> {
    match &value.data {
        Data::Number(number) => Some(*number),
        Data::String(text) => Number::parse(text),
        _ => None,
    }
}

/// The value as a text, if it is known and can be one.
pub fn to_text(value: &Value) -> Option<EcoString> {
    match &value.data {
        Data::String(text) => Some(text.clone()),
        Data::Number(number) => Some(eco_format!("{number}")),
        Data::Bool(true) => Some("true".into()),
        Data::Bool(false) => Some("false".into()),
        _ => None,
    }
}
