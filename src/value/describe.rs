//! The type of a value in words, as Terraform writes types.

use ecow::{EcoString, eco_format};

use super::{Data, ListKind, Value};

/// The type of a value: `string`, `list(number)`, `object({a = bool})`; `any` where it is not known.
pub fn type_of(value: &Value) -> EcoString {
    match &value.data {
        Data::Null | Data::Unknown(_) => "any".into(),
        Data::Bool(_) => "bool".into(),
        Data::Number(_) => "number".into(),
        Data::String(_) => "string".into(),
        Data::List(list) => match list.kind {
            ListKind::Tuple => {
                let items: Vec<EcoString> = list.items.iter().map(type_of).collect();
                eco_format!("tuple([{}])", items.join(", "))
            }
            ListKind::List => eco_format!("list({})", element(list.items.iter())),
            ListKind::Set => eco_format!("set({})", element(list.items.iter())),
        },
        Data::Map(map) if map.homogeneous => {
            eco_format!("map({})", element(map.entries.values().map(|entry| &entry.value)))
        }
        Data::Map(map) => {
            let fields: Vec<String> =
                map.entries.iter().map(|(name, entry)| format!("{name} = {}", type_of(&entry.value))).collect();
            eco_format!("object({{{}}})", fields.join(", "))
        }
        Data::Choice(arms) => arms.first().map_or_else(|| "any".into(), |arm| type_of(&arm.value)),
    }
}

/// The type that the elements share: that of the first which tells one.
fn element<'v>(mut values: impl Iterator<Item = &'v Value>) -> EcoString {
    values.find(|value| !value.is_null() && !value.is_unknown()).map_or_else(|| "any".into(), type_of)
}
