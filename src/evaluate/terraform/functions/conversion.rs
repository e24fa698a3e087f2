//! Functions that convert between types, and those that set or take marks.

use ecow::eco_format;

use super::arguments::{
    Answer, argument, bool_of, each_alternative, number_of, refusal, text_of, unknown_like, unknown_resource,
};
use super::{Context, Function, OnUnknown};
use crate::evaluate::terraform::elements;
use crate::value::{Data, ListKind, Map, Origin, Value, type_of};

/// The functions of this subject.
pub static FUNCTIONS: &[Function] = &[
    Function::exactly("ephemeralasnull", 1, OnUnknown::Handle, same),
    Function::exactly("issensitive", 1, OnUnknown::Handle, issensitive),
    Function::exactly("nonsensitive", 1, OnUnknown::Handle, nonsensitive),
    Function::exactly("sensitive", 1, OnUnknown::Handle, sensitive),
    Function::exactly("tobool", 1, OnUnknown::Handle, tobool),
    Function::exactly("tolist", 1, OnUnknown::Handle, tolist),
    Function::exactly("tomap", 1, OnUnknown::Handle, tomap),
    Function::exactly("tonumber", 1, OnUnknown::Handle, tonumber),
    Function::exactly("toset", 1, OnUnknown::Handle, toset),
    Function::exactly("tostring", 1, OnUnknown::Handle, tostring),
    Function::exactly("type", 1, OnUnknown::Top, type_),
];

fn same(_: &Context<'_>, arguments: &[Value]) -> Answer {
    argument(arguments, 0).cloned()
}

fn issensitive(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let value = argument(arguments, 0)?;
    if value.is_unknown() && !value.sensitive {
        return Ok(unknown_like(value));
    }
    Ok(Value::bool(value.sensitive))
}

fn nonsensitive(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let mut value = argument(arguments, 0)?.clone();
    value.sensitive = false;
    Ok(value)
}

fn sensitive(_: &Context<'_>, arguments: &[Value]) -> Answer {
    Ok(argument(arguments, 0)?.clone().with_sensitive(true))
}

fn type_(_: &Context<'_>, arguments: &[Value]) -> Answer {
    Ok(Value::string(type_of(argument(arguments, 0)?)))
}

/// Null and unknown values stay as they are; a choice is converted arm by arm.
fn convert(arguments: &[Value], run: &dyn Fn(&Value) -> Answer) -> Answer {
    each_alternative(arguments, &|arguments| {
        let value = argument(arguments, 0)?;
        if value.is_null() || value.is_unknown() {
            return Ok(value.clone());
        }
        let made = run(value)?.with_sensitive(value.sensitive);
        // What only converts a value leaves it where it is written.
        Ok(if made.origin.span.is_none() { made.with_origin(value.origin.clone()) } else { made })
    })
}

fn tobool(_: &Context<'_>, arguments: &[Value]) -> Answer {
    convert(arguments, &|value| match value.data {
        Data::Number(_) => Err(refusal(value, "a bool")),
        _ => bool_of(value).map(Value::bool),
    })
}

fn tonumber(_: &Context<'_>, arguments: &[Value]) -> Answer {
    convert(arguments, &|value| number_of(value).map(Value::number))
}

fn tostring(_: &Context<'_>, arguments: &[Value]) -> Answer {
    convert(arguments, &|value| text_of(value).map(Value::string))
}

fn tolist(_: &Context<'_>, arguments: &[Value]) -> Answer {
    convert(arguments, &|value| match &value.data {
        Data::List(list) if list.kind == ListKind::List => Ok(value.clone()),
        Data::List(list) => elements::list(list.items.to_vec()),
        _ => Err(refusal(value, "a list, set or tuple")),
    })
}

fn toset(_: &Context<'_>, arguments: &[Value]) -> Answer {
    convert(arguments, &|value| match &value.data {
        Data::List(list) => elements::set(list.items.to_vec()),
        _ => Err(refusal(value, "a list, set or tuple")),
    })
}

fn tomap(_: &Context<'_>, arguments: &[Value]) -> Answer {
    convert(arguments, &|value| match &value.data {
        Data::Map(map) => match &map.resource {
            Some(address) => Ok(unknown_resource(address).with_origin(Origin::at(value.origin.span))),
            None => elements::map(Map { entries: map.entries.clone(), ..Map::new() }),
        },
        _ => Err(eco_format!("a map or object is needed, and this is a {}", value.shape())),
    })
}

#[cfg(test)]
mod tests {
    use crate::evaluate::terraform::functions::testing::check;

    #[test]
    fn conversions_follow_the_elements_that_there_are() {
        check(&[
            ("tobool(\"0\")", "false"),
            ("tobool(0)", "error: a bool"),
            ("tonumber(\"2.50\")", "2.5"),
            ("tonumber(\"2,5\")", "error: a number"),
            ("tostring(2.0)", "\"2\""),
            ("tostring(null)", "null"),
            ("tostring({})", "error: a string"),
            ("tolist([1, \"a\"])", "[\"1\",\"a\"]"),
            ("tolist([1, {}])", "error: in common"),
            ("toset([10, 9, 9])", "[9,10]"),
            ("toset([[2], [1]])", "[[1],[2]]"),
            ("tomap({ a = 1, b = \"x\" })", "{\"a\":\"1\",\"b\":\"x\"}"),
            ("type(tomap({ a = 1 }))", "\"map(number)\""),
            ("issensitive(local.secret)", "true"),
            ("issensitive(\"x\")", "false"),
            ("nonsensitive(local.secret)", "\"s3cr3t\""),
            ("local.secret", "{\"$sensitive\":true}"),
        ]);
    }
}
