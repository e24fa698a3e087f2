//! The type that several values share, and what makes sequences of one type: lists, and sets in their order.

use std::cmp::Ordering;

use ecow::EcoString;

use crate::evaluate::terraform::operators;
use crate::evaluate::terraform::types::{ObjectField, Type};
use crate::value::{Data, ListKind, Map, Value};

/// The type of a value; `any` for null, unknown values and resources.
pub fn type_for(value: &Value) -> Type {
    match &value.data {
        Data::Null | Data::Unknown(_) | Data::Choice(_) => Type::Any,
        Data::Bool(_) => Type::Bool,
        Data::Number(_) => Type::Number,
        Data::String(_) => Type::String,
        Data::List(list) if list.kind == ListKind::Tuple => Type::Tuple(list.items.iter().map(type_for).collect()),
        Data::List(list) => Type::Sequence(list.kind, Box::new(common(list.items.iter()))),
        Data::Map(map) if map.resource.is_some() => Type::Any,
        Data::Map(map) if map.homogeneous => {
            Type::Map(Box::new(common(map.entries.values().map(|entry| &entry.value))))
        }
        Data::Map(map) => Type::Object(
            map.entries
                .iter()
                .map(|(name, entry)| ObjectField {
                    name: name.clone(),
                    type_: type_for(&entry.value),
                    optional: false,
                    default: None,
                })
                .collect(),
        ),
    }
}

fn common<'v>(values: impl Iterator<Item = &'v Value>) -> Type {
    unify(&values.map(type_for).collect::<Vec<_>>()).unwrap_or(Type::Any)
}

/// The type to which all of these convert; None if there is none.
pub fn unify(types: &[Type]) -> Option<Type> {
    let mut types = types.iter().filter(|type_| !matches!(type_, Type::Any));
    let Some(first) = types.next() else { return Some(Type::Any) };
    types.try_fold(first.clone(), |found, next| pair(&found, next))
}

fn pair(a: &Type, b: &Type) -> Option<Type> {
    Some(match (a, b) {
        (Type::Any, other) | (other, Type::Any) => other.clone(),
        (Type::String, Type::String | Type::Number | Type::Bool) | (Type::Number | Type::Bool, Type::String) => {
            Type::String
        }
        (Type::Number, Type::Number) => Type::Number,
        (Type::Bool, Type::Bool) => Type::Bool,
        (Type::Sequence(one, x), Type::Sequence(other, y)) => {
            let kind = if one == other { *one } else { ListKind::List };
            Type::Sequence(kind, Box::new(pair(x, y)?))
        }
        (Type::Sequence(kind, element), Type::Tuple(items)) | (Type::Tuple(items), Type::Sequence(kind, element)) => {
            Type::Sequence(*kind, Box::new(pair(element, &unify(items)?)?))
        }
        (Type::Tuple(x), Type::Tuple(y)) if x.len() == y.len() => {
            Type::Tuple(x.iter().zip(y).map(|(x, y)| pair(x, y)).collect::<Option<_>>()?)
        }
        (Type::Tuple(x), Type::Tuple(y)) => Type::Sequence(ListKind::List, Box::new(pair(&unify(x)?, &unify(y)?)?)),
        (Type::Map(x), Type::Map(y)) => Type::Map(Box::new(pair(x, y)?)),
        (Type::Map(element), Type::Object(fields)) | (Type::Object(fields), Type::Map(element)) => {
            Type::Map(Box::new(pair(element, &of_fields(fields)?)?))
        }
        (Type::Object(x), Type::Object(y)) => match same_fields(x, y) {
            Some(fields) => Type::Object(fields),
            None => Type::Map(Box::new(pair(&of_fields(x)?, &of_fields(y)?)?)),
        },
        _ => return None,
    })
}

fn same_fields(x: &[ObjectField], y: &[ObjectField]) -> Option<Vec<ObjectField>> {
    if x.len() != y.len() {
        return None;
    }
    x.iter()
        .map(|field| {
            let other = y.iter().find(|other| other.name == field.name)?;
            let type_ = pair(&field.type_, &other.type_)?;
            Some(ObjectField { name: field.name.clone(), type_, optional: false, default: None })
        })
        .collect()
}

fn of_fields(fields: &[ObjectField]) -> Option<Type> {
    unify(&fields.iter().map(|field| field.type_.clone()).collect::<Vec<_>>())
}

/// The values, converted to the type they share; None if they share none.
pub fn converted(items: Vec<Value>) -> Option<Vec<Value>> {
    let type_ = unify(&items.iter().map(type_for).collect::<Vec<_>>())?;
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
    items.sort_by(order);
    items.dedup_by(|a, b| operators::equal(a, b) == Some(true));
    Value::list(items, ListKind::Set)
}

/// A map of the entries, converted to the type they share.
pub fn map(entries: Map) -> Result<Value, EcoString> {
    let types: Vec<Type> = entries.entries.values().map(|entry| type_for(&entry.value)).collect();
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
