//! Sequences and maps whose elements share a type: made of values that are converted to it, and sets in their order.

use std::cmp::Ordering;

use ecow::EcoString;

use super::operators;
use super::types::Type;
use super::unify::{type_of, unify};
use crate::value::{Data, ListKind, Map, Value};

/// The values, converted to the type they share; None if they share none.
pub fn converted(items: Vec<Value>) -> Option<Vec<Value>> {
    let type_ = unify(&items.iter().map(type_of).collect::<Vec<_>>())?;
    items.into_iter().map(|item| type_.convert(item).ok()).collect()
}

/// A list of these values.
pub fn list(items: Vec<Value>) -> Result<Value, EcoString> {
    let items = converted(items).ok_or("the elements have no type in common")?;
    Ok(Value::list(items, ListKind::List))
}

/// A set of these values.
pub fn set(items: Vec<Value>) -> Result<Value, EcoString> {
    let items = converted(items).ok_or("the elements have no type in common")?;
    Ok(set_of_one_type(items))
}

/// A set of values that already share a type. Unknown elements stay: they may differ from the others.
pub fn set_of_one_type(mut items: Vec<Value>) -> Value {
    order_set(&mut items);
    Value::list(items, ListKind::Set)
}

/// Puts the elements of a set into its order and drops what repeats.
pub fn order_set(items: &mut Vec<Value>) {
    items.sort_by(order);
    items.dedup_by(|a, b| operators::equal(a, b) == Some(true));
}

/// A map of the entries, converted to the type they share.
pub fn map(entries: Map) -> Result<Value, EcoString> {
    let types: Vec<Type> = entries.entries.values().map(|entry| type_of(&entry.value)).collect();
    let type_ = unify(&types).ok_or("the values have no type in common")?;
    let mut made = Map { homogeneous: true, ..Map::new() };
    for (key, mut entry) in entries.entries {
        entry.value = type_.convert(entry.value)?;
        made.entries.insert(key, entry);
    }
    made.sort();
    Ok(Value::map(made))
}

/// The order of the elements of a set: primitives by value, others by the text that stands for them, then null,
/// then what is not known.
fn order(a: &Value, b: &Value) -> Ordering {
    let rank = |value: &Value| match &value.data {
        Data::Unknown(_) | Data::Choice(_) => 2,
        Data::Null => 1,
        _ => 0,
    };
    rank(a).cmp(&rank(b)).then_with(|| match (&a.data, &b.data) {
        (Data::String(a), Data::String(b)) => a.cmp(b),
        (Data::Number(a), Data::Number(b)) => a.cmp(b),
        (Data::Bool(a), Data::Bool(b)) => a.cmp(b),
        (Data::List(_) | Data::Map(_), _) | (_, Data::List(_) | Data::Map(_)) => {
            let (mut x, mut y) = (EcoString::new(), EcoString::new());
            stand_in(a, &mut x);
            stand_in(b, &mut y);
            x.cmp(&y)
        }
        _ => Ordering::Equal,
    })
}

fn stand_in(value: &Value, out: &mut EcoString) {
    match &value.data {
        Data::Null => out.push('~'),
        Data::Bool(true) => out.push('T'),
        Data::Bool(false) => out.push('F'),
        Data::Number(number) => out.push_str(&ecow::eco_format!("{number}")),
        Data::String(text) => out.push_str(&ecow::eco_format!("{text:?}")),
        Data::Unknown(_) | Data::Choice(_) => out.push('?'),
        Data::List(list) => {
            let (open, close) = if list.kind == ListKind::Tuple { ('<', '>') } else { ('[', ']') };
            out.push(open);
            for item in list.items.iter() {
                stand_in(item, out);
                out.push(';');
            }
            out.push(close);
        }
        Data::Map(map) => {
            out.push(if map.homogeneous { '{' } else { '<' });
            for (key, entry) in &map.entries {
                if map.homogeneous {
                    out.push_str(&ecow::eco_format!("{key:?}:"));
                }
                stand_in(&entry.value, out);
                out.push(';');
            }
            out.push(if map.homogeneous { '}' } else { '>' });
        }
    }
}
