//! `jsonencode` and `jsondecode`.

use ecow::{EcoString, eco_format};

use super::arguments::{Answer, argument, check_text, encoded, holds_sensitive, text, unknown_like};
use super::{Context, Function, OnUnknown};
use crate::value::{Data, Known, Origin, Value, from_json, json_template};

/// The functions of this subject.
pub static FUNCTIONS: &[Function] = &[
    Function::exactly("jsondecode", 1, OnUnknown::Handle, jsondecode),
    Function::exactly("jsonencode", 1, OnUnknown::Handle, jsonencode),
];

fn jsondecode(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let value = argument(arguments, 0)?;
    if let Some(inner) = encoded(value) {
        return Ok(inner.clone().with_sensitive(value.sensitive));
    }
    if let Data::Unknown(unknown) = &value.data
        && let Known::Template(parts) = &unknown.known
        && let Some(inner) = json_template(parts, value.origin.clone())
    {
        return Ok(inner.with_sensitive(value.sensitive));
    }
    if value.is_unknown() {
        return Ok(unknown_like(value));
    }
    parsed(&text(arguments, 0)?, value.origin.clone())
}

/// The value of a JSON text.
pub fn parsed(text: &str, origin: Origin) -> Answer {
    let mut json: serde_json::Value =
        serde_json::from_str(text).map_err(|error| eco_format!("the string is not JSON: {error}"))?;
    json.sort_all_objects();
    Ok(from_json(&json, origin))
}

fn jsonencode(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let value = argument(arguments, 0)?;
    let sensitive = holds_sensitive(value);
    if let Some(reason) = open(value) {
        let known = Known::Json(Box::new(value.clone()));
        return Ok(Value::partly_known(reason, known).with_sensitive(sensitive));
    }
    Ok(Value::string(json_text(value)?).with_sensitive(sensitive))
}

/// Why not all of the value is known, if so. A resource is never known as a whole.
pub fn open(value: &Value) -> Option<EcoString> {
    match &value.data {
        Data::Unknown(_) | Data::Choice(_) => value.unknown_reason(),
        Data::List(list) => list.items.iter().find_map(open),
        Data::Map(map) => match &map.resource {
            Some(address) => Some(eco_format!("only the provider knows all attributes of {address}")),
            None => map.entries.values().find_map(|entry| open(&entry.value)),
        },
        _ => None,
    }
}

/// The JSON text of a known value, as Terraform writes it.
pub fn json_text(value: &Value) -> Result<EcoString, EcoString> {
    let mut out = EcoString::new();
    write(value, &mut out)?;
    Ok(out)
}

fn write(value: &Value, out: &mut EcoString) -> Result<(), EcoString> {
    check_text(out.len())?;
    match &value.data {
        Data::Null => out.push_str("null"),
        Data::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Data::Number(number) => out.push_str(&eco_format!("{number}")),
        Data::String(text) => write_string(text, out),
        Data::List(list) => {
            out.push('[');
            for (at, item) in list.items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(item, out)?;
            }
            out.push(']');
        }
        Data::Map(map) => {
            let mut entries: Vec<_> = map.entries.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            out.push('{');
            for (at, (key, entry)) in entries.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_string(key, out);
                out.push(':');
                write(&entry.value, out)?;
            }
            out.push('}');
        }
        Data::Unknown(_) | Data::Choice(_) => return Err("a part of the value is not known".into()),
    }
    Ok(())
}

fn write_string(text: &str, out: &mut EcoString) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\0'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                out.push_str(&eco_format!("\\u{:04x}", u32::from(character)));
            }
            _ => out.push(character),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use crate::evaluate::terraform::functions::testing::{check, value};

    #[test]
    fn json_is_written_and_read() {
        check(&[
            ("jsonencode({ b = [1, null], a = \"<\\n\" })", r#""{\"a\":\"\\u003c\\n\",\"b\":[1,null]}""#),
            ("jsondecode(\"{\\\"b\\\": 1.0, \\\"a\\\": []}\")", "{\"a\":[],\"b\":1}"),
            ("jsondecode(\"{}x\")", "error: not JSON"),
            ("jsondecode(jsonencode({ a = var.open, b = 2 })).b", "2"),
            ("jsondecode(\"{\\\"b\\\": 2, \\\"a\\\": \\\"x${var.open}\\\"}\").b", "2"),
        ]);
    }

    #[test]
    fn a_text_with_an_unknown_inside_keeps_the_rest() {
        let value = value("jsonencode({ a = var.open, b = 2 })");
        let inner = super::encoded(&value).unwrap();
        assert_eq!(inner.get("b").unwrap().value, crate::value::Value::number(2));
        assert!(value.is_unknown());
    }

    #[test]
    fn a_mark_inside_marks_the_text() {
        assert!(value("jsonencode({ a = local.secret })").sensitive);
    }
}
