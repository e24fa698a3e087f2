//! Functions on maps and objects.

use ecow::{EcoString, eco_format};

use super::arguments::{
    Answer, argument, check_count, each_alternative, mapping, refusal, resource_of, sequence, text, text_of,
    unknown_like, unknown_resource,
};
use super::{Context, Function, OnUnknown};
use crate::evaluate::terraform::types::Type;
use crate::evaluate::terraform::{elements, operators, unify};
use crate::value::{Data, Entry, ListKind, Map, Value};

/// The functions of this subject.
pub static FUNCTIONS: &[Function] = &[
    Function::exactly("keys", 1, OnUnknown::Handle, keys),
    Function::between("lookup", 2, 3, OnUnknown::Handle, lookup),
    Function::at_least("map", 0, OnUnknown::Handle, map),
    Function::exactly("matchkeys", 3, OnUnknown::Top, matchkeys),
    Function::at_least("merge", 0, OnUnknown::Handle, merge),
    Function::exactly("transpose", 1, OnUnknown::Whole, transpose),
    Function::exactly("values", 1, OnUnknown::Handle, values),
    Function::exactly("zipmap", 2, OnUnknown::Handle, zipmap),
];

fn keys(_: &Context<'_>, arguments: &[Value]) -> Answer {
    columns(arguments, &|key, entry| Value::string(key.clone()).with_origin(crate::value::Origin::at(entry.span)))
}

fn values(_: &Context<'_>, arguments: &[Value]) -> Answer {
    columns(arguments, &|_, entry| entry.value.clone())
}

/// What `pick` takes of every entry, in the order of the keys.
fn columns(arguments: &[Value], pick: &dyn Fn(&EcoString, &Entry) -> Value) -> Answer {
    each_alternative(arguments, &|arguments| {
        let value = argument(arguments, 0)?;
        if value.is_unknown() {
            return Ok(unknown_like(value));
        }
        if let Some(address) = resource_of(value) {
            return Ok(unknown_resource(address));
        }
        let map = mapping(arguments, 0)?;
        let mut entries: Vec<_> = map.entries.iter().collect();
        entries.sort_by_key(|(key, _)| *key);
        let items = entries.into_iter().map(|(key, entry)| pick(key, entry)).collect();
        Ok(Value::list(items, if map.homogeneous { ListKind::List } else { ListKind::Tuple }))
    })
}

fn lookup(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let (wanted, default) = match arguments {
        [map, key] => ([map.clone(), key.clone()], None),
        [map, key, default] => ([map.clone(), key.clone()], Some(default)),
        _ => return Err("a map and a key are needed".into()),
    };
    each_alternative(&wanted, &|arguments| {
        if let Some(unknown) = arguments.iter().find(|argument| argument.is_unknown()) {
            return Ok(unknown_like(unknown));
        }
        let map = mapping(arguments, 0)?;
        let key = text(arguments, 1)?;
        match (map.entries.get(&key), default) {
            (None, Some(default)) if map.resource.is_none() => {
                let types: Vec<_> = map.entries.values().map(|entry| unify::type_of(&entry.value)).collect();
                match unify::unify(&types) {
                    Some(type_) if map.homogeneous => type_.convert(default.clone()),
                    _ => Ok(default.clone()),
                }
            }
            _ => {
                let map = argument(arguments, 0)?;
                operators::attribute(map, &key, map.origin.span)
            }
        }
    })
}

fn map(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let mut made = Map::new();
    for pair in arguments.chunks(2) {
        let [key, value] = pair else { return Err("a value is needed for each key".into()) };
        if key.is_unknown() {
            return Ok(unknown_like(key));
        }
        made.insert(text_of(key)?, value.clone());
    }
    elements::map(made)
}

fn matchkeys(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let values = sequence(arguments, 0)?;
    let keys = sequence(arguments, 1)?;
    if values.items.len() != keys.items.len() {
        return Err("there must be as many keys as values".into());
    }
    let wanted = sequence(arguments, 2)?;
    let both = keys.items.iter().chain(wanted.items.iter()).cloned().collect();
    let both = elements::converted(both).ok_or("the keys have no type in common with those that are searched")?;
    let (keys, wanted) = both.split_at_checked(keys.items.len()).unwrap_or_default();
    let mut kept = Vec::new();
    for (value, key) in values.items.iter().zip(keys) {
        let mut open = None;
        let mut found = false;
        for other in wanted {
            match operators::equal(key, other) {
                Some(true) => found = true,
                Some(false) => {}
                None => open = Some(if key.first_unknown().is_some() { key } else { other }),
            }
        }
        match open {
            _ if found => kept.push(value.clone()),
            Some(unknown) => return Ok(unknown_like(unknown)),
            None => {}
        }
    }
    elements::list(kept)
}

fn merge(_: &Context<'_>, arguments: &[Value]) -> Answer {
    each_alternative(arguments, &|arguments| {
        let mut merged = Map::new();
        let (mut maps, mut any) = (true, false);
        let mut shared: Option<Type> = None;
        for argument in arguments {
            match &argument.data {
                Data::Null => {}
                _ if argument.is_unknown() => return Ok(unknown_like(argument)),
                Data::Map(map) => {
                    any = true;
                    // Maps of one type stay a map, others make an object. Of an empty map the type is not kept.
                    maps &= map.homogeneous;
                    if !map.entries.is_empty() {
                        let type_ = unify::type_of(argument);
                        maps &= *shared.get_or_insert_with(|| type_.clone()) == type_;
                    }
                    if merged.resource.is_none() {
                        merged.resource.clone_from(&map.resource);
                    }
                    for (key, entry) in &map.entries {
                        let value = entry.value.clone().with_sensitive(argument.sensitive);
                        merged.entries.insert(key.clone(), Entry { value, span: entry.span });
                    }
                    check_count(merged.entries.len())?;
                }
                _ => return Err(refusal(argument, "a map or object")),
            }
        }
        if maps && any {
            return elements::map(merged);
        }
        merged.sort();
        Ok(Value::map(merged))
    })
}

fn transpose(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let mut made: indexmap::IndexMap<EcoString, Vec<Value>> = indexmap::IndexMap::new();
    let mut entries: Vec<_> = mapping(arguments, 0)?.entries.iter().collect();
    entries.sort_by_key(|(key, _)| *key);
    for (key, entry) in entries {
        let list = sequence(std::slice::from_ref(&entry.value), 0)
            .map_err(|message| eco_format!("element \"{key}\": {message}"))?;
        for item in list.items.iter() {
            made.entry(text_of(item)?).or_default().push(Value::string(key.clone()));
        }
    }
    let mut result = Map { homogeneous: true, ..Map::new() };
    for (key, items) in made {
        result.insert(key, Value::list(items, ListKind::List));
    }
    result.sort();
    Ok(Value::map(result))
}

fn zipmap(_: &Context<'_>, arguments: &[Value]) -> Answer {
    if let Some(unknown) = arguments.iter().find(|argument| argument.is_unknown()) {
        return Ok(unknown_like(unknown));
    }
    let (keys, values) = (sequence(arguments, 0)?, sequence(arguments, 1)?);
    if keys.items.len() != values.items.len() {
        return Err(eco_format!("there are {} keys and {} values", keys.items.len(), values.items.len()));
    }
    if let Some(unknown) = keys.items.iter().find(|key| key.is_unknown()) {
        return Ok(unknown_like(unknown));
    }
    let mut made = Map { homogeneous: values.kind != ListKind::Tuple, ..Map::new() };
    for (key, value) in keys.items.iter().zip(values.items.iter()) {
        made.insert(text_of(key)?, value.clone());
    }
    made.sort();
    Ok(Value::map(made))
}

#[cfg(test)]
mod tests {
    use crate::evaluate::terraform::functions::testing::{check, value};

    #[test]
    fn maps_are_read_as_terraform_does() {
        check(&[
            ("keys({ b = 1, A = 2 })", "[\"A\",\"b\"]"),
            ("keys(aws_kms_key.k)", "?"),
            ("values({ b = 1, a = \"x\" })", "[\"x\",1]"),
            ("values({ b = 1, a = var.open })[1]", "1"),
            ("lookup({ a = 1 }, \"a\", 2)", "1"),
            ("lookup({ a = null }, \"a\", 2)", "null"),
            ("lookup({ a = 1 }, \"b\", var.open)", "?"),
            ("lookup(tomap({ a = \"x\" }), \"b\", 3)", "\"3\""),
            ("lookup({ a = 1 }, \"b\")", "error: no attribute"),
            ("map(\"k\", 1, \"l\", \"x\")", "{\"k\":\"1\",\"l\":\"x\"}"),
            ("matchkeys([1, 2], [\"a\", \"b\"], [\"b\"])", "[2]"),
            ("merge({ a = 1 }, null, { a = 2, b = 3 })", "{\"a\":2,\"b\":3}"),
            ("merge({ a = var.open }, { b = 3 }).b", "3"),
            ("merge(var.open, { b = 3 })", "?"),
            ("merge([])", "error: map or object"),
            ("transpose({ a = [\"x\"], b = [\"x\", \"y\"] })", "{\"x\":[\"a\",\"b\"],\"y\":[\"b\"]}"),
            ("zipmap([\"k\"], [[1]])", "{\"k\":[1]}"),
            ("zipmap([\"k\"], [])", "error: 1 keys and 0 values"),
        ]);
    }
    #[test]
    fn every_alternative_keeps_what_is_known() {
        let merged = value("merge(local.either, { b = 3 })");
        let crate::value::Data::Choice(arms) = &merged.data else { panic!("{merged:?}") };
        let known: Vec<String> = arms.iter().map(|arm| crate::value::to_json(&arm.value).to_string()).collect();
        assert_eq!(known, [r#"{"a":1,"b":3}"#, r#"{"a":2,"b":3}"#]);
        assert_eq!(value("length(keys(local.either))"), crate::value::Value::number(1));
    }
}
