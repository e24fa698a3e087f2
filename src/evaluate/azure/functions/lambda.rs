//! Functions that take functions.

use std::cell::Cell;
use std::slice;

use ecow::EcoString;
use indexmap::IndexMap;

use super::arguments::{argument, array, items, object, refusal};
use super::{Answer, Callback, LambdaFunction, unknown_like};
use crate::value::{Map, Value};

pub(super) static FUNCTIONS: &[LambdaFunction] = &[
    LambdaFunction { name: "filter", values: 1, lambdas: (1, 1), run: filter },
    LambdaFunction { name: "groupBy", values: 1, lambdas: (1, 2), run: group_by },
    LambdaFunction { name: "map", values: 1, lambdas: (1, 1), run: map },
    LambdaFunction { name: "mapValues", values: 1, lambdas: (1, 1), run: map_values },
    LambdaFunction { name: "reduce", values: 2, lambdas: (1, 1), run: reduce },
    LambdaFunction { name: "sort", values: 1, lambdas: (1, 1), run: sort },
    LambdaFunction { name: "toObject", values: 1, lambdas: (1, 2), run: to_object },
];

/// The lambda at that place.
fn lambda<'l, 'c>(lambdas: &[&'l Callback<'c>], at: usize) -> Result<&'l Callback<'c>, EcoString> {
    lambdas.get(at).copied().ok_or_else(|| "a lambda is missing".into())
}

/// The elements, or the unknown that hides them.
fn elements(values: &[Value]) -> Result<Result<&[Value], Value>, EcoString> {
    let value = argument(values, 0)?;
    if value.is_unknown() {
        return Ok(Err(unknown_like(Some(value))));
    }
    items(values, 0).map(Ok)
}

fn map(values: &[Value], lambdas: &[&Callback<'_>]) -> Answer {
    let change = lambda(lambdas, 0)?;
    let elements = match elements(values)? {
        Ok(elements) => elements,
        Err(unknown) => return Ok(unknown),
    };
    let changed = (0i64..).zip(elements).map(|(at, item)| change(&[item.clone(), Value::number(at)]));
    array(changed.collect::<Result<_, _>>()?)
}

fn filter(values: &[Value], lambdas: &[&Callback<'_>]) -> Answer {
    let test = lambda(lambdas, 0)?;
    let elements = match elements(values)? {
        Ok(elements) => elements,
        Err(unknown) => return Ok(unknown),
    };
    let mut kept = Vec::new();
    for (at, item) in (0i64..).zip(elements) {
        let truth = test(&[item.clone(), Value::number(at)])?;
        match truth.as_bool() {
            Some(true) => kept.push(item.clone()),
            Some(false) => {}
            None if truth.is_unknown() => return Ok(unknown_like(Some(&truth))),
            None => return Err(refusal(&truth, "a lambda that answers with a bool")),
        }
    }
    array(kept)
}

fn map_values(values: &[Value], lambdas: &[&Callback<'_>]) -> Answer {
    let change = lambda(lambdas, 0)?;
    let value = argument(values, 0)?;
    if value.is_unknown() {
        return Ok(unknown_like(Some(value)));
    }
    let mut map = object(values, 0)?.clone();
    for entry in map.entries.values_mut() {
        entry.value = change(slice::from_ref(&entry.value))?;
    }
    Ok(Value::map(map))
}

fn reduce(values: &[Value], lambdas: &[&Callback<'_>]) -> Answer {
    let join = lambda(lambdas, 0)?;
    let elements = match elements(values)? {
        Ok(elements) => elements,
        Err(unknown) => return Ok(unknown),
    };
    let mut result = argument(values, 1)?.clone();
    for (at, item) in (0i64..).zip(elements) {
        result = join(&[result, item.clone(), Value::number(at)])?;
    }
    Ok(result)
}

/// Sorts by a lambda that says whether its first argument comes before its second. What is equal keeps its order.
fn sort(values: &[Value], lambdas: &[&Callback<'_>]) -> Answer {
    let before = lambda(lambdas, 0)?;
    let elements = match elements(values)? {
        Ok(elements) => elements,
        Err(unknown) => return Ok(unknown),
    };
    let unknown: Cell<Option<Value>> = Cell::new(None);
    let precedes = |a: &Value, b: &Value| {
        let truth = before(&[a.clone(), b.clone()])?;
        match truth.as_bool() {
            Some(truth) => Ok(truth),
            None if truth.is_unknown() => {
                unknown.set(Some(unknown_like(Some(&truth))));
                Ok(false)
            }
            None => Err(refusal(&truth, "a lambda that answers with a bool")),
        }
    };
    let sorted = merge_sort(elements.to_vec(), &precedes)?;
    match unknown.take() {
        Some(unknown) => Ok(unknown),
        None => array(sorted),
    }
}

/// The standard library's sort panics on orders that contradict themselves, which a lambda may do.
fn merge_sort(
    mut items: Vec<Value>,
    precedes: &dyn Fn(&Value, &Value) -> Result<bool, EcoString>,
) -> Result<Vec<Value>, EcoString> {
    if items.len() < 2 {
        return Ok(items);
    }
    let right = merge_sort(items.split_off(items.len() / 2), precedes)?;
    let left = merge_sort(items, precedes)?;
    let mut sorted = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        let next = if precedes(b, a)? { right.next() } else { left.next() };
        sorted.extend(next);
    }
    sorted.extend(left);
    sorted.extend(right);
    Ok(sorted)
}

fn to_object(values: &[Value], lambdas: &[&Callback<'_>]) -> Answer {
    let keyed = match keyed(values, lambdas)? {
        Ok(keyed) => keyed,
        Err(unknown) => return Ok(unknown),
    };
    let mut map = Map::new();
    for (key, value) in keyed {
        map.insert(key, value);
    }
    Ok(Value::map(map))
}

fn group_by(values: &[Value], lambdas: &[&Callback<'_>]) -> Answer {
    let keyed = match keyed(values, lambdas)? {
        Ok(keyed) => keyed,
        Err(unknown) => return Ok(unknown),
    };
    let mut groups: IndexMap<EcoString, Vec<Value>> = IndexMap::new();
    for (key, value) in keyed {
        groups.entry(key).or_default().push(value);
    }
    let mut map = Map::new();
    for (key, group) in groups {
        map.insert(key, array(group)?);
    }
    Ok(Value::map(map))
}

/// A key for each element, with the element or what the second lambda makes of it; or the unknown that hides them.
fn keyed(values: &[Value], lambdas: &[&Callback<'_>]) -> Result<Result<Vec<(EcoString, Value)>, Value>, EcoString> {
    let key_of = lambda(lambdas, 0)?;
    let elements = match elements(values)? {
        Ok(elements) => elements,
        Err(unknown) => return Ok(Err(unknown)),
    };
    let mut keyed = Vec::with_capacity(elements.len());
    for item in elements {
        let key = key_of(slice::from_ref(item))?;
        if key.is_unknown() {
            return Ok(Err(unknown_like(Some(&key))));
        }
        let key = EcoString::from(key.as_str().ok_or_else(|| refusal(&key, "a lambda that answers with a string"))?);
        let value = match lambdas.get(1) {
            Some(value_of) => value_of(slice::from_ref(item))?,
            None => item.clone(),
        };
        keyed.push((key, value));
    }
    Ok(Ok(keyed))
}
