//! Type constraints of variables, and the conversions that Terraform makes to meet them.

use ecow::{EcoString, eco_format};

use super::{elements, unify};
use crate::parse::terraform::ast::{Expression, ExpressionKind};
use crate::value::{Arm, Data, Entry, ListKind, Map, Number, Value};

/// A type constraint.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// Anything.
    Any,
    /// `string`
    String,
    /// `number`
    Number,
    /// `bool`
    Bool,
    /// `list(..)`, `set(..)`
    Sequence(ListKind, Box<Type>),
    /// `tuple([..])`
    Tuple(Vec<Type>),
    /// `map(..)`
    Map(Box<Type>),
    /// `object({..})`
    Object(Vec<ObjectField>),
}

/// An attribute of an object type.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectField {
    /// Its name.
    pub name: EcoString,
    /// Its type.
    pub type_: Type,
    /// Whether it may be left out.
    pub optional: bool,
    /// What it is then.
    pub default: Option<Value>,
}

impl Type {
    /// Reads a constraint; what is not understood is `any`. `evaluate` gives the value of a default.
    pub fn read(expression: &Expression, evaluate: &dyn Fn(&Expression) -> Option<Value>) -> Type {
        match &expression.kind {
            ExpressionKind::Name(name) | ExpressionKind::String(name) => match name.as_str() {
                "string" => Type::String,
                "number" => Type::Number,
                "bool" => Type::Bool,
                "list" => Type::Sequence(ListKind::List, Box::new(Type::Any)),
                "set" => Type::Sequence(ListKind::Set, Box::new(Type::Any)),
                "map" => Type::Map(Box::new(Type::Any)),
                _ => Type::Any,
            },
            ExpressionKind::Call(call) => {
                let Some(argument) = call.arguments.first() else { return Type::Any };
                match call.name.as_str() {
                    "list" => Type::Sequence(ListKind::List, Box::new(Type::read(argument, evaluate))),
                    "set" => Type::Sequence(ListKind::Set, Box::new(Type::read(argument, evaluate))),
                    "map" => Type::Map(Box::new(Type::read(argument, evaluate))),
                    "optional" => Type::read(argument, evaluate),
                    "tuple" => match &argument.kind {
                        ExpressionKind::Tuple(items) => {
                            Type::Tuple(items.iter().map(|item| Type::read(item, evaluate)).collect())
                        }
                        _ => Type::Any,
                    },
                    "object" => match &argument.kind {
                        ExpressionKind::Object(fields) => {
                            Type::Object(fields.iter().filter_map(|(key, value)| field(key, value, evaluate)).collect())
                        }
                        _ => Type::Any,
                    },
                    _ => Type::Any,
                }
            }
            _ => Type::Any,
        }
    }

    /// The value as this type, or why it cannot be.
    pub fn convert(&self, value: Value) -> Result<Value, EcoString> {
        if let Data::Choice(arms) = &value.data {
            let mut converted = Vec::with_capacity(arms.len());
            for arm in arms.iter() {
                converted.push(Arm { when: arm.when.clone(), value: self.convert(arm.value.clone())? });
            }
            return Ok(Value { data: Data::Choice(converted.into()), ..value });
        }
        if value.is_null() || value.is_unknown() {
            return Ok(value);
        }
        let Value { data, origin, sensitive } = value;
        let data = match (self, data) {
            (Type::Any, data) => data,
            (Type::String, Data::Bool(value)) => Data::String(if value { "true" } else { "false" }.into()),
            (Type::String, Data::Number(number)) => Data::String(eco_format!("{number}")),
            (Type::String, data @ Data::String(_)) => data,
            (Type::Bool, data @ Data::Bool(_)) => data,
            (Type::Bool, Data::String(text)) => match text.as_str() {
                "true" | "1" => Data::Bool(true),
                "false" | "0" => Data::Bool(false),
                _ => return Err("a bool is needed".into()),
            },
            (Type::Number, data @ Data::Number(_)) => data,
            (Type::Number, Data::String(text)) => {
                Data::Number(Number::parse(&text).ok_or_else(|| EcoString::from("a number is needed"))?)
            }
            (Type::Sequence(kind, element), Data::List(list)) => {
                let element = &element.for_elements(list.items.iter())?;
                let mut items =
                    list.items.iter().map(|item| element.convert(item.clone())).collect::<Result<Vec<_>, _>>()?;
                if *kind == ListKind::Set {
                    elements::order_set(&mut items);
                }
                Data::List(crate::value::List { items: items.into(), kind: *kind })
            }
            (Type::Tuple(types), Data::List(list)) if types.len() == list.items.len() => {
                let items = types
                    .iter()
                    .zip(list.items.iter())
                    .map(|(type_, item)| type_.convert(item.clone()))
                    .collect::<Result<Vec<_>, _>>()?;
                Data::List(crate::value::List { items: items.into(), kind: ListKind::Tuple })
            }
            (Type::Map(element), Data::Map(map)) => {
                let element = &element.for_elements(map.entries.values().map(|entry| &entry.value))?;
                let mut converted = Map { homogeneous: true, ..Map::new() };
                for (key, entry) in &map.entries {
                    let value = element.convert(entry.value.clone())?;
                    converted.entries.insert(key.clone(), Entry { value, span: entry.span });
                }
                Data::Map(converted.into())
            }
            (Type::Object(fields), Data::Map(map)) => {
                let mut converted = Map { resource: map.resource.clone(), ..Map::new() };
                for field in fields {
                    let entry = match map.entries.get(&field.name) {
                        Some(entry) if !(entry.value.is_null() && field.default.is_some()) => {
                            let value = field
                                .type_
                                .convert(entry.value.clone())
                                .map_err(|error| eco_format!("attribute \"{}\": {error}", field.name))?;
                            Entry { value, span: entry.span }
                        }
                        _ if field.optional => {
                            let value = match &field.default {
                                Some(default) => field.type_.convert(default.clone())?,
                                None => Value::null(),
                            };
                            Entry { span: value.origin.span, value }
                        }
                        Some(entry) => entry.clone(),
                        None if map.resource.is_some() => continue,
                        None => return Err(eco_format!("attribute \"{}\" is required", field.name)),
                    };
                    converted.entries.insert(field.name.clone(), entry);
                }
                converted.sort();
                Data::Map(converted.into())
            }
            (wanted, data) => {
                let found = Value::new(data).shape();
                return Err(eco_format!("{} is needed, and this is a {found}", wanted.words()));
            }
        };
        Ok(Value { data, origin, sensitive })
    }

    /// The type that elements are converted to: for `any`, the one that they can share.
    fn for_elements<'v>(&self, elements: impl Iterator<Item = &'v Value>) -> Result<Type, EcoString> {
        if !matches!(self, Type::Any) {
            return Ok(self.clone());
        }
        let types: Vec<Type> = elements.map(unify::type_of).collect();
        unify::unify(&types).ok_or_else(|| "all elements must be of one type".into())
    }

    fn words(&self) -> &'static str {
        match self {
            Type::Any => "a value",
            Type::String => "a string",
            Type::Number => "a number",
            Type::Bool => "a bool",
            Type::Sequence(ListKind::Set, _) => "a set",
            Type::Sequence(..) => "a list",
            Type::Tuple(_) => "a tuple",
            Type::Map(_) => "a map",
            Type::Object(_) => "an object",
        }
    }
}

fn field(key: &Expression, value: &Expression, evaluate: &dyn Fn(&Expression) -> Option<Value>) -> Option<ObjectField> {
    let name = match &key.kind {
        ExpressionKind::String(name) | ExpressionKind::Name(name) => name.clone(),
        _ => return None,
    };
    let (optional, default) = match &value.kind {
        ExpressionKind::Call(call) if call.name == "optional" => (true, call.arguments.get(1).and_then(evaluate)),
        _ => (false, None),
    };
    Some(ObjectField { name, type_: Type::read(value, evaluate), optional, default })
}
