//! Arrays, and what arrays share with strings and objects.

use ecow::eco_format;

use super::arguments::{MAX_ELEMENTS, argument, array, items, known_part, object, refusal, string, text, whole};
use super::{Answer, Function, OnUnknown, equal, property, unknown_like};
use crate::value::{Data, Map, Truth, Value};

pub(super) static FUNCTIONS: &[Function] = &[
    Function::exactly("array", 1, OnUnknown::Top, |arguments| {
        let value = argument(arguments, 0)?;
        if value.as_list().is_some() { Ok(value.clone()) } else { array(vec![value.clone()]) }
    }),
    Function::at_least("createArray", 0, OnUnknown::Handle, |arguments| array(arguments.to_vec())),
    Function::exactly("contains", 2, OnUnknown::Handle, contains),
    Function::exactly("empty", 1, OnUnknown::Handle, empty),
    Function::exactly("first", 1, OnUnknown::Top, |arguments| end(arguments, |items| items.first())),
    Function::exactly("last", 1, OnUnknown::Top, |arguments| end(arguments, |items| items.last())),
    Function::exactly("flatten", 1, OnUnknown::Top, flatten),
    Function::exactly("indexFromEnd", 2, OnUnknown::Top, |arguments| {
        from_end(arguments)?.ok_or_else(|| eco_format!("the array has no such element"))
    }),
    Function::exactly("tryIndexFromEnd", 2, OnUnknown::Top, |arguments| {
        Ok(from_end(arguments)?.unwrap_or_else(Value::null))
    }),
    Function::at_least("intersection", 2, OnUnknown::Whole, intersection),
    Function::exactly("length", 1, OnUnknown::Top, length),
    Function::exactly("range", 2, OnUnknown::Whole, range),
    Function::exactly("skip", 2, OnUnknown::Top, |arguments| part(arguments, |length, count| (count, length))),
    Function::exactly("take", 2, OnUnknown::Top, |arguments| part(arguments, |_, count| (0, count))),
    Function::at_least("tryGet", 2, OnUnknown::Top, try_get),
    Function::at_least("union", 1, OnUnknown::Top, union),
];

fn contains(arguments: &[Value]) -> Answer {
    let (container, wanted) = (argument(arguments, 0)?, argument(arguments, 1)?);
    if let Some(items) = container.as_list() {
        let any = |truth: Truth, item| truth.or(equal(item, wanted).map_or(Truth::Unknown, Truth::from));
        return Ok(match items.iter().fold(Truth::False, any) {
            Truth::True => Value::bool(true),
            Truth::False => Value::bool(false),
            Truth::Unknown => unknown_like(arguments.iter().find_map(Value::first_unknown)),
        });
    }
    if let Some(unknown) = arguments.iter().find(|argument| argument.is_unknown()) {
        return Ok(unknown_like(Some(unknown)));
    }
    match &container.data {
        Data::String(container) => Ok(Value::bool(container.contains(super::text_of(wanted)?.as_str()))),
        Data::Map(map) => Ok(Value::bool(property(map, &super::text_of(wanted)?).is_some())),
        _ => Err(refusal(container, "an array, a string or an object")),
    }
}

fn empty(arguments: &[Value]) -> Answer {
    let value = argument(arguments, 0)?;
    match &value.data {
        Data::Null => Ok(Value::bool(true)),
        Data::String(text) => Ok(Value::bool(text.is_empty())),
        Data::List(list) => Ok(Value::bool(list.items.is_empty())),
        Data::Map(map) => Ok(Value::bool(map.entries.is_empty())),
        Data::Unknown(_) if known_part(value) => Ok(Value::bool(false)),
        Data::Unknown(_) | Data::Choice(_) => Ok(unknown_like(Some(value))),
        Data::Bool(_) | Data::Number(_) => Err(refusal(value, "an array, a string or an object")),
    }
}

/// The first or last element or character.
fn end(arguments: &[Value], pick: fn(&[Value]) -> Option<&Value>) -> Answer {
    let value = argument(arguments, 0)?;
    match &value.data {
        Data::List(list) => Ok(pick(&list.items).cloned().unwrap_or_else(Value::null)),
        Data::String(text) => {
            let characters: Vec<Value> = text.chars().map(|c| Value::string(eco_format!("{c}"))).collect();
            Ok(pick(&characters).cloned().unwrap_or_else(|| Value::string("")))
        }
        _ => Err(refusal(value, "an array or a string")),
    }
}

fn flatten(arguments: &[Value]) -> Answer {
    let mut flat = Vec::new();
    for item in items(arguments, 0)? {
        match &item.data {
            Data::List(list) => flat.extend(list.items.iter().cloned()),
            Data::Unknown(_) | Data::Choice(_) => return Ok(unknown_like(Some(item))),
            _ => return Err(refusal(item, "an array of arrays")),
        }
    }
    array(flat)
}

/// The element at a place that counts from the end, the last being 1.
fn from_end(arguments: &[Value]) -> Result<Option<Value>, ecow::EcoString> {
    let (items, place) = (items(arguments, 0)?, whole(arguments, 1)?);
    let back = usize::try_from(place).ok().filter(|place| *place > 0);
    Ok(back.and_then(|back| items.len().checked_sub(back)).and_then(|at| items.get(at)).cloned())
}

fn intersection(arguments: &[Value]) -> Answer {
    let first = argument(arguments, 0)?;
    if let Some(list) = first.as_list() {
        let mut kept: Vec<Value> = Vec::new();
        for item in list {
            let mut everywhere = !kept.contains(item);
            for at in 1..arguments.len() {
                everywhere &= items(arguments, at)?.contains(item);
            }
            if everywhere {
                kept.push(item.clone());
            }
        }
        return array(kept);
    }
    let mut kept = object(arguments, 0)?.clone();
    for at in 1..arguments.len() {
        let other = object(arguments, at)?;
        kept.entries.retain(|key, entry| property(other, key).is_some_and(|there| there.value == entry.value));
    }
    Ok(Value::map(kept))
}

fn length(arguments: &[Value]) -> Answer {
    let value = argument(arguments, 0)?;
    let length = match &value.data {
        Data::List(list) => list.items.len(),
        Data::Map(map) => map.entries.len(),
        Data::String(text) => text.encode_utf16().count(),
        _ => return Err(refusal(value, "an array, a string or an object")),
    };
    Ok(Value::number(length as i64))
}

fn range(arguments: &[Value]) -> Answer {
    let (start, count) = (whole(arguments, 0)?, whole(arguments, 1)?);
    if !(0..=10_000).contains(&count) {
        return Err("the count must lie between 0 and 10000".into());
    }
    let end = start.checked_add(count).filter(|end| *end <= i64::from(i32::MAX) + 1);
    let end = end.ok_or("the range ends above 2147483647")?;
    array((start..end).map(Value::number).collect())
}

/// The elements or characters between two places, worked out from the length and the count that was given.
fn part(arguments: &[Value], bounds: fn(usize, usize) -> (usize, usize)) -> Answer {
    let value = argument(arguments, 0)?;
    let count = usize::try_from(whole(arguments, 1)?.max(0)).unwrap_or(usize::MAX);
    match &value.data {
        Data::List(list) => {
            let (start, end) = bounds(list.items.len(), count);
            array(list.items.iter().take(end).skip(start).cloned().collect())
        }
        Data::String(_) => {
            let text = text(arguments, 0)?;
            let (start, end) = bounds(text.chars().count(), count);
            string(text.chars().take(end).skip(start).collect::<ecow::EcoString>())
        }
        _ => Err(refusal(value, "an array or a string")),
    }
}

fn try_get(arguments: &[Value]) -> Answer {
    let mut value = argument(arguments, 0)?.clone();
    for step in arguments.iter().skip(1) {
        let next = match (&value.data, &step.data) {
            (Data::Map(map), Data::String(name)) => match property(map, name) {
                Some(entry) => Some(entry.value.clone()),
                None if map.resource.is_some() => {
                    return Ok(Value::unknown(eco_format!("{name} is only known to its provider")));
                }
                None => None,
            },
            (Data::List(list), Data::Number(at)) => {
                let at = at.as_i64().and_then(|at| usize::try_from(at).ok());
                at.and_then(|at| list.items.get(at)).cloned()
            }
            (Data::Unknown(_) | Data::Choice(_), _) => return Ok(unknown_like(Some(&value))),
            _ => None,
        };
        match next {
            Some(next) => value = next,
            None => return Ok(Value::null()),
        }
    }
    Ok(value)
}

fn union(arguments: &[Value]) -> Answer {
    if argument(arguments, 0)?.as_list().is_none() {
        let mut merged = object(arguments, 0)?.clone();
        for at in 1..arguments.len() {
            merge(&mut merged, object(arguments, at)?);
        }
        return Ok(Value::map(merged));
    }
    let mut all: Vec<Value> = Vec::new();
    for at in 0..arguments.len() {
        for item in items(arguments, at)? {
            // Which elements are the same is not known where one of them is not.
            if let Some(unknown) = item.first_unknown() {
                return Ok(unknown_like(Some(unknown)));
            }
            if all.len() > MAX_ELEMENTS {
                return array(all);
            }
            if !all.contains(item) {
                all.push(item.clone());
            }
        }
    }
    array(all)
}

/// Puts the properties of one object over those of another; objects under the same name are merged too.
fn merge(under: &mut Map, over: &Map) {
    for (key, entry) in &over.entries {
        let place = under.entries.keys().find(|there| there.eq_ignore_ascii_case(key)).cloned();
        let key = place.unwrap_or_else(|| key.clone());
        let mut merged = entry.clone();
        if let (Some(Data::Map(below)), Data::Map(above)) =
            (under.get(&key).map(|there| there.value.data.clone()), &entry.value.data)
        {
            let mut inner = (*below).clone();
            merge(&mut inner, above);
            merged.value.data = Data::Map(inner.into());
        }
        under.entries.insert(key, merged);
    }
}
