//! Functions on lists and tuples.

use ecow::eco_format;

use super::arguments::{
    Answer, MAX_ELEMENTS, argument, bool_of, check_count, each_alternative, holds_sensitive, refusal, resource_of,
    sequence, text_of, unknown_like, unknown_resource, whole,
};
use super::{Context, Function, OnUnknown};
use crate::evaluate::terraform::types::Type;
use crate::evaluate::terraform::{elements, operators, unify};
use crate::value::{Data, Known, List, ListKind, Number, Value};

/// The functions of this subject.
pub static FUNCTIONS: &[Function] = &[
    Function::exactly("alltrue", 1, OnUnknown::Top, alltrue),
    Function::exactly("anytrue", 1, OnUnknown::Top, anytrue),
    Function::exactly("chunklist", 2, OnUnknown::Top, chunklist),
    Function::at_least("coalesce", 1, OnUnknown::Handle, coalesce),
    Function::at_least("coalescelist", 1, OnUnknown::Handle, coalescelist),
    Function::exactly("compact", 1, OnUnknown::Top, compact),
    Function::at_least("concat", 1, OnUnknown::Handle, concat),
    Function::exactly("contains", 2, OnUnknown::Top, contains),
    Function::exactly("distinct", 1, OnUnknown::Top, distinct),
    Function::exactly("element", 2, OnUnknown::Handle, element),
    Function::exactly("flatten", 1, OnUnknown::Handle, flatten),
    Function::exactly("index", 2, OnUnknown::Top, index),
    Function::exactly("length", 1, OnUnknown::Handle, length),
    Function::at_least("list", 0, OnUnknown::Handle, list),
    Function::exactly("one", 1, OnUnknown::Handle, one),
    Function::exactly("reverse", 1, OnUnknown::Top, reverse),
    Function::exactly("slice", 3, OnUnknown::Top, slice),
    Function::exactly("sort", 1, OnUnknown::Whole, sort),
];

fn alltrue(_: &Context<'_>, arguments: &[Value]) -> Answer {
    decide(arguments, false)
}

fn anytrue(_: &Context<'_>, arguments: &[Value]) -> Answer {
    decide(arguments, true)
}

/// Whether an element decides; null decides like false.
fn decide(arguments: &[Value], decisive: bool) -> Answer {
    let mut open = None;
    let mut decided = false;
    for item in sequence(arguments, 0)?.items.iter() {
        if item.is_unknown() {
            open = Some(item);
        } else if !item.is_null() {
            decided |= bool_of(item)? == decisive;
        } else {
            decided |= !decisive;
        }
    }
    Ok(match open {
        Some(item) if !decided => unknown_like(item),
        _ => Value::bool(decided == decisive),
    })
}

fn chunklist(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let items =
        elements::converted(sequence(arguments, 0)?.items.to_vec()).ok_or("the elements have no type in common")?;
    let size = usize::try_from(whole(arguments, 1)?).map_err(|_| "the size must not be negative")?;
    let size = if size == 0 { items.len().max(1) } else { size };
    let chunks = items.chunks(size).map(|chunk| Value::list(chunk.to_vec(), ListKind::List)).collect();
    Ok(Value::list(chunks, ListKind::List))
}

fn coalesce(_: &Context<'_>, arguments: &[Value]) -> Answer {
    each_alternative(arguments, &|arguments| {
        let types: Vec<Type> = arguments.iter().map(unify::type_of).collect();
        let type_ = unify::unify(&types).ok_or("the arguments have no type in common")?;
        for argument in arguments {
            if argument.is_unknown() {
                // A text with known parts is neither null nor empty, so it is the one.
                if has_text(argument) {
                    return Ok(argument.clone());
                }
                return Ok(unknown_like(argument));
            }
            if argument.is_null() {
                continue;
            }
            let value = type_.convert(argument.clone())?;
            if value.as_str() != Some("") {
                return Ok(value);
            }
        }
        Err("all arguments are null or empty strings".into())
    })
}

fn has_text(value: &Value) -> bool {
    matches!(&value.data, Data::Unknown(unknown) if crate::value::has_text(&unknown.known))
}

fn coalescelist(_: &Context<'_>, arguments: &[Value]) -> Answer {
    each_alternative(arguments, &|arguments| {
        for argument in arguments {
            match &argument.data {
                _ if argument.is_unknown() => return Ok(unknown_like(argument)),
                // The null of a variable is one of a list's type; one that is written here has no type.
                Data::Null if !argument.origin.steps().is_empty() => {}
                Data::List(list) if list.items.is_empty() => {}
                Data::List(_) => return Ok(argument.clone()),
                _ => return Err(refusal(argument, "a list")),
            }
        }
        Err("all arguments are empty".into())
    })
}

fn compact(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let mut kept = Vec::new();
    for item in sequence(arguments, 0)?.items.iter().filter(|item| !item.is_null()) {
        if item.is_unknown() && !has_text(item) {
            return Ok(unknown_like(item));
        }
        if item.is_unknown() || !text_of(item)?.is_empty() {
            kept.push(Type::String.convert(item.clone())?);
        }
    }
    Ok(Value::list(kept, ListKind::List))
}

fn concat(_: &Context<'_>, arguments: &[Value]) -> Answer {
    each_alternative(arguments, &|arguments| {
        let mut items = Vec::new();
        let mut lists = true;
        for argument in arguments {
            match &argument.data {
                _ if argument.is_unknown() => return Ok(unknown_like(argument)),
                Data::List(list) if list.kind != ListKind::Set => {
                    lists &= list.kind == ListKind::List;
                    check_count(items.len() + list.items.len())?;
                    items.extend(list.items.iter().map(|item| item.clone().with_sensitive(argument.sensitive)));
                }
                _ => return Err(refusal(argument, "a list or tuple")),
            }
        }
        // Lists whose elements have no type in common make a tuple.
        match elements::converted(items.clone()).filter(|_| lists) {
            Some(items) => Ok(Value::list(items, ListKind::List)),
            None => Ok(Value::list(items, ListKind::Tuple)),
        }
    })
}

fn contains(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let wanted = argument(arguments, 1)?;
    if wanted.is_null() {
        return Err(refusal(wanted, "a value"));
    }
    let mut open = None;
    for item in sequence(arguments, 0)?.items.iter() {
        match operators::equal(item, wanted) {
            Some(true) => return Ok(Value::bool(true)),
            Some(false) => {}
            None => open = item.first_unknown().or(wanted.first_unknown()).or(Some(item)),
        }
    }
    Ok(open.map_or_else(|| Value::bool(false), unknown_like))
}

fn distinct(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let items =
        elements::converted(sequence(arguments, 0)?.items.to_vec()).ok_or("the elements have no type in common")?;
    let mut texts: rustc_hash::FxHashSet<&str> = rustc_hash::FxHashSet::default();
    let mut kept: Vec<Value> = Vec::new();
    for item in &items {
        let new = match item.as_str() {
            Some(text) => texts.insert(text),
            None => !item.is_wholly_known() || !kept.contains(item),
        };
        if !new {
            continue;
        }
        // What may be equal to another once it is known may count twice or once.
        let is_open = |there: &&Value| !(there.is_wholly_known() && item.is_wholly_known());
        if let Some(there) = kept.iter().filter(is_open).find(|there| operators::equal(there, item) != Some(false)) {
            return Ok(unknown_like(if item.is_wholly_known() { there } else { item }));
        }
        kept.push(item.clone());
    }
    Ok(Value::list(kept, ListKind::List))
}

fn element(_: &Context<'_>, arguments: &[Value]) -> Answer {
    each_alternative(arguments, &|arguments| {
        if let Some(unknown) = arguments.iter().find(|argument| argument.is_unknown()) {
            return Ok(unknown_like(unknown));
        }
        let list = sequence(arguments, 0)?;
        if list.kind == ListKind::Set {
            return Err("a set has no order, so it has no numbered elements".into());
        }
        let at = usize::try_from(whole(arguments, 1)?).map_err(|_| "the number of an element must not be negative")?;
        let at = at.checked_rem(list.items.len()).ok_or("an empty list has no elements")?;
        list.items.get(at).cloned().ok_or_else(|| "there is no such element".into())
    })
}

fn flatten(_: &Context<'_>, arguments: &[Value]) -> Answer {
    each_alternative(arguments, &|arguments| {
        let value = argument(arguments, 0)?;
        if value.is_unknown() {
            return Ok(unknown_like(value));
        }
        let mut items = Vec::new();
        gather(sequence(arguments, 0)?, value.sensitive, &mut items)?;
        Ok(Value::list(items, ListKind::Tuple))
    })
}

fn gather(list: &List, sensitive: bool, items: &mut Vec<Value>) -> Result<(), ecow::EcoString> {
    for item in list.items.iter() {
        match &item.data {
            Data::List(inner) => gather(inner, sensitive || item.sensitive, items)?,
            _ => {
                check_count(items.len() + 1)?;
                items.push(item.clone().with_sensitive(sensitive));
            }
        }
    }
    Ok(())
}

fn index(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let list = sequence(arguments, 0)?;
    if list.kind == ListKind::Set {
        return Err("a set has no order, so its elements have no number".into());
    }
    let wanted = argument(arguments, 1)?;
    for (at, item) in list.items.iter().enumerate() {
        match operators::equal(item, wanted) {
            Some(true) => return Ok(Value::number(at as i64)),
            Some(false) => {}
            None => return Ok(unknown_like(if item.first_unknown().is_some() { item } else { wanted })),
        }
    }
    Err("no element has that value".into())
}

fn length(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let value = argument(arguments, 0)?;
    let count = match &value.data {
        Data::Choice(_) => return each_alternative(arguments, &|arguments| length_of(argument(arguments, 0)?)),
        _ => length_of(value)?,
    };
    Ok(count)
}

fn length_of(value: &Value) -> Answer {
    let count = match &value.data {
        Data::Unknown(unknown) if !matches!(unknown.known, Known::Given { .. }) && has_text(value) => {
            let some = Value::partly_known(unknown.reason.clone(), Known::AtLeast(Number::Int(1)));
            return Ok(some.with_origin(value.origin.clone()));
        }
        Data::Unknown(_) | Data::Choice(_) => return Ok(unknown_like(value)),
        Data::String(text) => super::string::clusters(text).count(),
        // Two elements of a set may turn out to be one.
        Data::List(List { items, kind: ListKind::Set }) if items.len() > 1 && !value.is_wholly_known() => {
            return Ok(unknown_like(value));
        }
        Data::List(list) => list.items.len(),
        Data::Map(map) => match resource_of(value) {
            Some(address) => return Ok(unknown_resource(address)),
            None => map.entries.len(),
        },
        _ => return Err(refusal(value, "a list, map or string")),
    };
    Ok(Value::number(count as i64))
}

fn list(_: &Context<'_>, arguments: &[Value]) -> Answer {
    elements::list(arguments.to_vec())
}

fn one(_: &Context<'_>, arguments: &[Value]) -> Answer {
    each_alternative(arguments, &|arguments| {
        let value = argument(arguments, 0)?;
        if value.is_unknown() {
            return Ok(unknown_like(value));
        }
        match sequence(arguments, 0)?.items.as_ref() {
            [] => Ok(Value::null()),
            [only] => Ok(only.clone()),
            items => Err(eco_format!("a list of at most one element is needed, and this has {}", items.len())),
        }
    })
}

fn reverse(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let list = sequence(arguments, 0)?;
    let kind = if list.kind == ListKind::Set { ListKind::List } else { list.kind };
    Ok(Value::list(list.items.iter().rev().cloned().collect(), kind))
}

fn slice(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let list = sequence(arguments, 0)?;
    if list.kind == ListKind::Set {
        return Err("a set has no order, so it cannot be sliced; convert it with tolist first".into());
    }
    let (start, end) = (whole(arguments, 1)?, whole(arguments, 2)?);
    let bounds = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    let items = bounds.and_then(|(start, end)| list.items.get(start..end));
    let items = items.ok_or_else(|| {
        eco_format!("the list has {} elements, so it has no slice from {start} to {end}", list.items.len())
    })?;
    Ok(Value::list(items.to_vec(), list.kind))
}

fn sort(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let list = sequence(arguments, 0)?;
    let mut texts = Vec::with_capacity(list.items.len().min(MAX_ELEMENTS));
    for item in list.items.iter() {
        texts.push((text_of(item)?, item));
    }
    texts.sort_by(|(a, _), (b, _)| a.cmp(b));
    let items: Vec<Value> =
        texts.into_iter().map(|(_, item)| Type::String.convert(item.clone())).collect::<Result<_, _>>()?;
    let sensitive = items.iter().any(holds_sensitive);
    Ok(Value::list(items, ListKind::List).with_sensitive(sensitive))
}

#[cfg(test)]
mod tests {
    use crate::evaluate::terraform::functions::testing::{check, value};

    #[test]
    fn lists_are_read_as_terraform_does() {
        check(&[
            ("compact([\"a${var.open}\", \"\"])[0] == \"\"", "false"),
            ("length(compact([\"a${var.open}\", \"\", null]))", "1"),
            ("length(compact([var.open]))", "?"),
            ("length(\"a${var.open}\") > 0 && 0 < length(\"a${var.open}\")", "true"),
            ("length(\"a${var.open}\") <= 0 || length(\"a${var.open}\") == 0", "false"),
            ("length(\"a${var.open}\") > 1", "?"),
            ("length(distinct([\"a${var.open}\", \"b\"]))", "2"),
            ("length(distinct([\"a${var.open}\", \"ab\"]))", "?"),
            ("alltrue([true, \"1\"])", "true"),
            ("alltrue([var.open, false])", "false"),
            ("alltrue([var.open, true])", "?"),
            ("anytrue([var.open, true])", "true"),
            ("anytrue([null])", "false"),
            ("chunklist([1, 2, 3], 2)", "[[1,2],[3]]"),
            ("chunklist([1], 0)", "[[1]]"),
            ("coalesce(null, \"\", \"x\", 1)", "\"x\""),
            ("coalesce(2, \"x\")", "\"2\""),
            ("coalesce(null, \"\")", "error: null or empty"),
            ("coalesce(\"known\", var.open)", "\"known\""),
            ("coalesce(var.open, \"known\")", "?"),
            ("coalescelist([], [\"q\"])", "[\"q\"]"),
            ("compact([\"a\", null, \"\", 3])", "[\"a\",\"3\"]"),
            ("concat([1], [\"b\"])", "[1,\"b\"]"),
            ("concat(toset([1]), [2])", "error: list or tuple"),
            ("contains([\"x\", var.open], \"x\")", "true"),
            ("contains([\"x\", var.open], \"y\")", "?"),
            ("contains([1], \"1\")", "false"),
            ("distinct([\"b\", \"a\", \"b\"])", "[\"b\",\"a\"]"),
            ("element([\"a\", \"b\"], 7)", "\"b\""),
            ("element([], 1)", "error: empty"),
            ("flatten([[1, [2]], toset([3])])", "[1,2,3]"),
            ("index([\"p\", \"q\"], \"q\")", "1"),
            ("index([\"p\"], \"q\")", "error: no element"),
            ("one([])", "null"),
            ("one([1, 2])", "error: at most one"),
            ("reverse(toset([\"a\", \"b\"]))", "[\"b\",\"a\"]"),
            ("slice([\"a\", \"b\", \"c\"], 1, 3)", "[\"b\",\"c\"]"),
            ("slice([\"a\"], 1, 3)", "error: no slice"),
            ("sort([\"b\", 10, 9])", "[\"10\",\"9\",\"b\"]"),
        ]);
    }

    #[test]
    fn unknown_elements_are_carried_along() {
        check(&[
            ("length([var.open, 1])", "2"),
            ("length(toset([var.open, 1]))", "?"),
            ("length(var.open)", "?"),
            ("length(aws_kms_key.k)", "?"),
            ("concat([var.open], [1])[1]", "1"),
            ("flatten([[var.open], [2]])[1]", "2"),
            ("element([var.open, 5], 1)", "5"),
            ("length(local.either)", "1"),
        ]);
    }

    #[test]
    fn marks_stay_with_their_elements() {
        let list = value("concat([local.secret], [\"open\"])");
        let marks: Vec<bool> = list.as_list().unwrap().iter().map(|item| item.sensitive).collect();
        assert_eq!(marks, [true, false]);
    }
}
