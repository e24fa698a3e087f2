//! What several values come to: rows of one attribute, elements of a list, companions, and two outcomes of a condition
//! that is not known.

use ecow::eco_format;

use super::{Attribute, convert};
use crate::catalogue::model::Combine;
use crate::source::Span;
use crate::value::{Arm, Data, Known, ListKind, Value};

/// Lists are appended; of two scalars the first that is written holds, and the second in those arms of it in which nothing
/// is.
pub(super) fn append<'c>(before: Attribute<'c>, after: Attribute<'c>) -> Attribute<'c> {
    match (before.value.as_list(), after.value.as_list()) {
        (Some(a), Some(b)) => {
            let items = a.iter().chain(b).cloned().collect();
            let (span, holder) = match before.written || !after.written {
                true => (before.span, before.holder),
                false => (after.span, after.holder),
            };
            let written = before.written || after.written;
            Attribute { value: Value::list(items, ListKind::List), written, span, holder, ..before }
        }
        _ if matches!(before.value.data, Data::Choice(_)) => {
            let value = filled(&before.value, &after.value);
            Attribute { value, ..before }
        }
        _ if before.written || !before.value.is_null() => before,
        _ => after,
    }
}

/// A choice with another value in its arms that are null.
fn filled(value: &Value, other: &Value) -> Value {
    match &value.data {
        Data::Null => other.clone(),
        Data::Choice(arms) if !other.is_null() => {
            let arm = |arm: &Arm| Arm { when: arm.when.clone(), value: filled(&arm.value, other) };
            convert::joined(arms.iter().map(arm).collect(), value.clone())
        }
        _ => value.clone(),
    }
}

/// A value that hangs on what is not known: the same either way, a choice, or not known where one side is not.
pub(super) fn either(when: &str, holds: &Value, otherwise: &Value) -> Value {
    let is_open = |value: &Value| matches!(value.data, Data::Unknown(_) | Data::List(_) | Data::Map(_));
    if holds == otherwise {
        return holds.clone();
    }
    if is_open(holds) || is_open(otherwise) {
        return Value::unknown(eco_format!("depends on {when}"));
    }
    let arms =
        [Arm { when: when.into(), value: holds.clone() }, Arm { when: "otherwise".into(), value: otherwise.clone() }];
    let origin = if holds.origin.span.is_none() { &otherwise.origin } else { &holds.origin };
    Value::new(Data::Choice(arms.into())).with_origin(origin.clone())
}

/// An element of a list that hangs on what is not known: it is there or not.
pub(super) fn perhaps(when: &str, item: &Value) -> Value {
    let arms = [Arm { when: when.into(), value: item.clone() }, Arm { when: "otherwise".into(), value: Value::null() }];
    Value::new(Data::Choice(arms.into())).with_origin(item.origin.clone())
}

/// The least or the largest of numbers. Beside others that are not known, it is a bound: no more than the least of those
/// that are known, or no less than the largest. The place is that of the number which decides.
pub(super) fn extreme(values: Vec<(Value, Span, bool)>, combine: Combine) -> Option<(Value, Span, bool)> {
    let numbers = values.iter().filter(|(value, _, _)| value.as_number().is_some());
    let key = |item: &&(Value, Span, bool)| item.0.as_number();
    let found = if combine == Combine::Min { numbers.min_by_key(key) } else { numbers.max_by_key(key) };
    let unknown = values.iter().find(|(value, _, _)| value.is_unknown());
    let bound = |value: &Value| match &value.data {
        Data::Unknown(unknown) => match (&unknown.known, combine) {
            (Known::AtMost(bound), Combine::Min) | (Known::AtLeast(bound), Combine::Max) => Some(*bound),
            _ => None,
        },
        _ => value.as_number(),
    };
    let Some((open, _, _)) = unknown else { return found.or(values.first()).cloned() };
    let bounds = values.iter().filter_map(|item| Some((bound(&item.0)?, item)));
    let tightest = match combine {
        Combine::Min => bounds.min_by_key(|(number, _)| *number),
        _ => bounds.max_by_key(|(number, _)| *number),
    };
    let Some((number, (telling, span, written))) = tightest else { return unknown.cloned() };
    let known = if combine == Combine::Min { Known::AtMost(number) } else { Known::AtLeast(number) };
    let value = Value::partly_known(open.unknown_reason().unwrap_or_default(), known);
    Some((value.with_origin(telling.origin.clone()), *span, *written))
}

/// The elements of lists combined, as a row says: the value, its place, and whether it is written.
pub(super) fn combine_values(values: Vec<(Value, Span, bool)>, combine: Combine) -> Option<(Value, Span, bool)> {
    match combine {
        Combine::List => {
            let (_, span, _) = values.first().cloned()?;
            let mut items = Vec::new();
            let mut written = false;
            for (value, _, is_written) in values {
                written |= is_written;
                match value.as_list() {
                    Some(list) => items.extend(list.iter().cloned()),
                    None if value.is_null() => {}
                    None => items.push(value),
                }
            }
            Some((Value::list(items, ListKind::List), span, written))
        }
        Combine::All | Combine::Any => {
            // The element that decides is the one a finding points at.
            let decides = |value: &Value| match (combine, value.as_bool(), value.as_str()) {
                (Combine::Any, Some(on), _) => on,
                (_, Some(on), _) => !on,
                // Of keys, one that is not the customer's spoils all, and one that is suffices for any.
                (Combine::Any, None, Some(key)) => key == "customer",
                (_, None, Some(key)) => matches!(key, "provider" | "none"),
                _ => false,
            };
            let decided = values.iter().find(|(value, _, _)| decides(value)).cloned();
            let unknown = || values.iter().find(|(value, _, _)| value.is_unknown()).cloned();
            decided.or_else(unknown).or_else(|| values.first().cloned())
        }
        Combine::Min | Combine::Max => extreme(values, combine),
        Combine::Several => {
            let is_several = values.len() > 1;
            let (value, span, written) = values.into_iter().next()?;
            Some(if is_several { (Value::bool(true), span, written) } else { (value, span, written) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Number;

    #[test]
    fn a_later_row_fills_the_arms_in_which_an_earlier_one_says_nothing() {
        let arms = [("C", Value::bool(true)), ("otherwise", Value::null())];
        let arms = arms.map(|(when, value)| Arm { when: when.into(), value });
        let choice = Value::new(Data::Choice(arms.into()));
        let found = |after: Value| crate::value::to_json(&filled(&choice, &after)).to_string();
        assert_eq!(
            found(Value::bool(false)),
            r#"{"$choice":[{"when":"C","value":true},{"when":"otherwise","value":false}]}"#
        );
        assert_eq!(found(Value::bool(true)), "true");
        assert_eq!(
            found(Value::null()),
            r#"{"$choice":[{"when":"C","value":true},{"when":"otherwise","value":null}]}"#
        );
    }

    #[test]
    fn what_is_known_of_several_numbers_bounds_the_rest() {
        let item = |value: Value| (value, Span::NONE, true);
        let open = || Value::unknown("var.days");
        let bounded = |known: Known| Value::partly_known("var.days", known);
        let number = |number: i64| Value::number(number);
        for (values, combine, expected) in [
            (vec![number(10), number(30)], Combine::Min, Ok(10)),
            (vec![number(10), number(30)], Combine::Max, Ok(30)),
            (vec![number(10), open(), number(30)], Combine::Min, Err(Some(10))),
            (vec![number(10), open(), number(30)], Combine::Max, Err(Some(30))),
            (vec![bounded(Known::AtMost(Number::Int(5))), number(10)], Combine::Min, Err(Some(5))),
            (vec![bounded(Known::AtLeast(Number::Int(5))), number(10)], Combine::Min, Err(Some(10))),
            (vec![open(), Value::null()], Combine::Min, Err(None)),
        ] {
            let (value, _, _) = extreme(values.into_iter().map(item).collect(), combine).unwrap();
            let found = match &value.data {
                Data::Number(Number::Int(number)) => Ok(*number),
                Data::Unknown(unknown) => Err(match &unknown.known {
                    Known::AtMost(Number::Int(bound)) | Known::AtLeast(Number::Int(bound)) => Some(*bound),
                    _ => None,
                }),
                _ => Err(None),
            };
            assert_eq!(found, expected, "{value:?}");
        }
    }

    #[test]
    fn what_is_so_either_way_is_so() {
        let (on, off) = (Value::bool(true), Value::bool(false));
        assert_eq!(either("it", &on, &on), on);
        assert!(matches!(either("it", &on, &off).data, Data::Choice(_)));
        let open = either("it", &on, &Value::unknown("var.on"));
        assert_eq!(open.unknown_reason().as_deref(), Some("depends on it"));
    }
}
