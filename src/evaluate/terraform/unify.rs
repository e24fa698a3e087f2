//! The type of a value, and the one type that several values can share: what the arms of a conditional and the
//! elements of a list or map become. Source: Terraform's pages on types and on conditional expressions, checked
//! against what `terraform console` answers.

use ecow::EcoString;

use super::types::{ObjectField, Type};
use crate::value::{Data, Known, ListKind, Value};

/// The type of a value; `Any` where it is not known, as for null and for most unknown values.
pub fn type_of(value: &Value) -> Type {
    match &value.data {
        Data::Null => Type::Any,
        Data::Unknown(unknown) => match unknown.known {
            Known::Template(_) | Known::Json(_) | Known::Base64(_) => Type::String,
            Known::AtMost(_) | Known::AtLeast(_) => Type::Number,
            Known::Nothing | Known::Given { .. } => Type::Any,
        },
        Data::Bool(_) => Type::Bool,
        Data::Number(_) => Type::Number,
        Data::String(_) => Type::String,
        Data::List(list) => match list.kind {
            ListKind::Tuple => Type::Tuple(list.items.iter().map(type_of).collect()),
            kind => Type::Sequence(kind, Box::new(shared(list.items.iter()))),
        },
        // What a provider adds to a resource is not known, nor is its type.
        Data::Map(map) if map.resource.is_some() => Type::Any,
        Data::Map(map) if map.homogeneous => {
            Type::Map(Box::new(shared(map.entries.values().map(|entry| &entry.value))))
        }
        Data::Map(map) => {
            let fields = map.entries.iter().map(|(name, entry)| field(name.clone(), type_of(&entry.value)));
            Type::Object(fields.collect())
        }
        Data::Choice(arms) => shared(arms.iter().map(|arm| &arm.value)),
    }
}

/// The type that elements share which are of one type already.
fn shared<'v>(values: impl Iterator<Item = &'v Value>) -> Type {
    let types: Vec<Type> = values.map(type_of).collect();
    unify(&types).unwrap_or(Type::Any)
}

fn field(name: EcoString, type_: Type) -> ObjectField {
    ObjectField { name, type_, optional: false, default: None }
}

/// The type to which values of all these types can be converted; None where there is none.
pub fn unify(types: &[Type]) -> Option<Type> {
    let mut known = types.iter().filter(|type_| !matches!(type_, Type::Any));
    let Some(first) = known.next() else { return Some(Type::Any) };
    let known: Vec<&Type> = std::iter::once(first).chain(known).collect();
    let every = |test: fn(&Type) -> bool| known.iter().all(|type_| test(type_));
    let some = |test: fn(&Type) -> bool| known.iter().any(|type_| test(type_));
    match first {
        _ if every(is_primitive) => primitive(&known),
        _ if some(is_map) && every(|type_| is_map(type_) || is_object(type_)) => {
            unify(&elements(&known)).map(|element| Type::Map(Box::new(element)))
        }
        _ if every(is_object) => objects(&known),
        _ if every(is_tuple) => tuples(&known),
        _ if every(|type_| is_tuple(type_) || matches!(type_, Type::Sequence(..))) => {
            let kind = match some(|type_| matches!(type_, Type::Sequence(ListKind::List, _))) {
                true => ListKind::List,
                false => ListKind::Set,
            };
            unify(&elements(&known)).map(|element| Type::Sequence(kind, Box::new(element)))
        }
        _ => None,
    }
}

fn is_primitive(type_: &Type) -> bool {
    matches!(type_, Type::String | Type::Number | Type::Bool)
}

fn is_map(type_: &Type) -> bool {
    matches!(type_, Type::Map(_))
}

fn is_object(type_: &Type) -> bool {
    matches!(type_, Type::Object(_))
}

fn is_tuple(type_: &Type) -> bool {
    matches!(type_, Type::Tuple(_))
}

/// Numbers and bools become strings beside a string, and nothing beside each other.
fn primitive(types: &[&Type]) -> Option<Type> {
    let has = |test: fn(&Type) -> bool| types.iter().any(|type_| test(type_));
    let string = has(|type_| matches!(type_, Type::String));
    let number = has(|type_| matches!(type_, Type::Number));
    let bool_ = has(|type_| matches!(type_, Type::Bool));
    match (string, number, bool_) {
        (true, _, _) => Some(Type::String),
        (false, true, false) => Some(Type::Number),
        (false, false, true) => Some(Type::Bool),
        _ => None,
    }
}

/// The types of everything in collections.
fn elements(types: &[&Type]) -> Vec<Type> {
    let mut elements = Vec::new();
    for type_ in types {
        match type_ {
            Type::Map(element) | Type::Sequence(_, element) => elements.push((**element).clone()),
            Type::Tuple(items) => elements.extend(items.iter().cloned()),
            Type::Object(fields) => elements.extend(fields.iter().map(|field| field.type_.clone())),
            _ => {}
        }
    }
    elements
}

/// Objects with the same attributes stay objects, others become maps.
fn objects(types: &[&Type]) -> Option<Type> {
    let fields_of = |type_: &Type| match type_ {
        Type::Object(fields) => fields.clone(),
        _ => Vec::new(),
    };
    let all: Vec<Vec<ObjectField>> = types.iter().map(|type_| fields_of(type_)).collect();
    let first = all.first()?;
    let named = |fields: &[ObjectField], name: &EcoString| {
        fields.iter().find(|field| field.name == *name).map(|field| field.type_.clone())
    };
    let alike = all
        .iter()
        .all(|fields| fields.len() == first.len() && fields.iter().all(|field| named(first, &field.name).is_some()));
    if !alike {
        return unify(&elements(types)).map(|element| Type::Map(Box::new(element)));
    }
    let mut unified = Vec::with_capacity(first.len());
    for one in first {
        let types: Vec<Type> = all.iter().filter_map(|fields| named(fields, &one.name)).collect();
        unified.push(field(one.name.clone(), unify(&types)?));
    }
    Some(Type::Object(unified))
}

/// Tuples of one length stay tuples, others become lists.
fn tuples(types: &[&Type]) -> Option<Type> {
    let all: Vec<&[Type]> = types
        .iter()
        .map(|type_| match type_ {
            Type::Tuple(items) => items.as_slice(),
            _ => &[],
        })
        .collect();
    let length = all.first()?.len();
    if all.iter().any(|items| items.len() != length) {
        return unify(&elements(types)).map(|element| Type::Sequence(ListKind::List, Box::new(element)));
    }
    let mut unified = Vec::with_capacity(length);
    for at in 0..length {
        let column: Vec<Type> = all.iter().filter_map(|items| items.get(at).cloned()).collect();
        unified.push(unify(&column)?);
    }
    Some(Type::Tuple(unified))
}
