//! `yamlencode` and `yamldecode`: how values are written as YAML, and what the scalars of YAML mean.

use ecow::{EcoString, eco_format};

use super::arguments::{Answer, argument, check_text, encoded, holds_sensitive, text, unknown_like};
use super::date::Moment;
use super::yaml_document::{self, Scalar};
use super::{Context, Function, OnUnknown, json};
use crate::value::{Data, Number, Origin, Value};

/// The functions of this subject.
pub static FUNCTIONS: &[Function] = &[
    Function::exactly("yamldecode", 1, OnUnknown::Handle, yamldecode),
    Function::exactly("yamlencode", 1, OnUnknown::Handle, yamlencode),
];

fn yamldecode(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let value = argument(arguments, 0)?;
    if let Some(inner) = encoded(value) {
        return Ok(inner.clone().with_sensitive(value.sensitive));
    }
    if value.is_unknown() {
        return Ok(unknown_like(value));
    }
    let text = text(arguments, 0)?;
    yaml_document::read(&text, &|scalar| resolve(scalar, &value.origin))
}

/// The value of a scalar: YAML 1.1 with its many booleans, and timestamps as RFC 3339.
fn resolve(scalar: &Scalar, origin: &Origin) -> Answer {
    let value = match scalar.tag.as_deref() {
        _ if scalar.quoted => Value::string(scalar.text.clone()),
        Some("!!str" | "!" | "!!binary") => Value::string(scalar.text.clone()),
        None | Some("!!int" | "!!float" | "!!bool" | "!!null" | "!!timestamp") => plain(&scalar.text),
        Some(tag) => return Err(eco_format!("the tag {tag} is not supported")),
    };
    Ok(value.with_origin(origin.clone()))
}

fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::null(),
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => return Value::bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Value::bool(false);
        }
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" | "-.inf" | "-.Inf" | "-.INF" => {
            return Value::unknown("the number is infinite");
        }
        _ => {}
    }
    if let Some(time) = timestamp(text) {
        return Value::string(time);
    }
    number(text).map_or_else(|| Value::string(text), Value::number)
}

fn number(text: &str) -> Option<Number> {
    if !text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '.')) {
        return None;
    }
    let digits = text.replace('_', "");
    let (sign, unsigned) = match digits.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, digits.strip_prefix('+').unwrap_or(&digits)),
    };
    let radix = |digits: &str, radix| {
        let plain = digits.chars().all(|digit| digit.is_digit(radix));
        i64::from_str_radix(digits, radix).ok().filter(|_| plain).map(|value| Number::Int(sign * value))
    };
    match (unsigned.strip_prefix("0x"), unsigned.strip_prefix("0o")) {
        (Some(digits), _) => radix(digits, 16),
        (_, Some(digits)) => radix(digits, 8),
        _ => Number::parse(&digits),
    }
}

/// A timestamp as RFC 3339: a date alone, or with a time after `T`, `t` or a space.
fn timestamp(text: &str) -> Option<EcoString> {
    let (year, rest) = text.split_once('-')?;
    if year.len() != 4 || !year.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (date, time) = match rest.find(['T', 't', ' ']) {
        Some(at) => (rest.get(..at)?, rest.get(at + 1..)?.trim_start()),
        None => (rest, "0:0:0"),
    };
    let (month, day) = date.split_once('-')?;
    let end = time.find(|character: char| !character.is_ascii_digit() && character != ':').unwrap_or(time.len());
    let (clock, rest) = time.split_at_checked(end)?;
    let mut parts = clock.split(':');
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || [month, day, hour, minute, second].iter().any(|part| part.is_empty() || part.len() > 2)
    {
        return None;
    }
    let zone = if rest.ends_with('Z') || rest.contains(['+', '-']) { "" } else { "Z" };
    let whole = eco_format!("{year}-{month:0>2}-{day:0>2}T{hour:0>2}:{minute:0>2}:{second:0>2}{rest}{zone}");
    Moment::parse(&whole).map(Moment::show)
}

fn yamlencode(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let value = argument(arguments, 0)?;
    let sensitive = holds_sensitive(value);
    if let Some(reason) = json::open(value) {
        return Ok(Value::unknown(reason).with_sensitive(sensitive));
    }
    let mut out = EcoString::new();
    write(value, 0, &mut out)?;
    out.push('\n');
    // A plain scalar at the end of a document needs a mark where it ends.
    if matches!(value.data, Data::Null | Data::Bool(_) | Data::Number(_)) {
        out.push_str("...\n");
    }
    Ok(Value::string(out).with_sensitive(sensitive))
}

/// Writes a value whose first line has begun already; `indent` is where its further lines start.
fn write(value: &Value, indent: usize, out: &mut EcoString) -> Result<(), EcoString> {
    check_text(out.len())?;
    match &value.data {
        Data::List(list) if list.items.is_empty() => out.push_str("[]"),
        Data::List(list) => {
            for (at, item) in list.items.iter().enumerate() {
                if at > 0 {
                    break_line(indent, out);
                }
                out.push_str("- ");
                let deeper = if is_block(item) { indent + 2 } else { indent };
                write(item, deeper, out)?;
            }
        }
        Data::Map(map) if map.entries.is_empty() => out.push_str("{}"),
        Data::Map(map) => {
            let mut entries: Vec<_> = map.entries.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            for (at, (key, entry)) in entries.into_iter().enumerate() {
                if at > 0 {
                    break_line(indent, out);
                }
                write_quoted(key, out);
                out.push(':');
                let is_map = matches!(entry.value.data, Data::Map(_));
                if is_block(&entry.value) {
                    let deeper = if is_map { indent + 2 } else { indent };
                    break_line(deeper, out);
                    write(&entry.value, deeper, out)?;
                } else {
                    out.push(' ');
                    write(&entry.value, indent, out)?;
                }
            }
        }
        Data::String(text) if has_literal_form(text) => write_literal(text, indent + 2, out),
        Data::String(text) => write_quoted(text, out),
        _ => out.push_str(&json::json_text(value)?),
    }
    Ok(())
}

/// Whether the value takes lines of its own below its key.
fn is_block(value: &Value) -> bool {
    match &value.data {
        Data::List(list) => !list.items.is_empty(),
        Data::Map(map) => !map.entries.is_empty(),
        _ => false,
    }
}

fn break_line(indent: usize, out: &mut EcoString) {
    out.push('\n');
    for _ in 0..indent {
        out.push(' ');
    }
}

fn has_literal_form(text: &str) -> bool {
    let plain = |character: char| character == '\n' || !(character.is_control() || character == '\u{feff}');
    text.contains('\n') && text.chars().all(plain) && !text.contains(" \n") && !text.ends_with(' ')
}

fn write_literal(text: &str, indent: usize, out: &mut EcoString) {
    out.push('|');
    if text.starts_with([' ', '\n']) {
        out.push('2');
    }
    let body = match text.strip_suffix('\n') {
        None => {
            out.push('-');
            text
        }
        Some(body) => {
            if body.is_empty() || body.ends_with('\n') {
                out.push('+');
            }
            body
        }
    };
    for line in body.split('\n') {
        break_line(if line.is_empty() { 0 } else { indent }, out);
        out.push_str(line);
    }
}

fn write_quoted(text: &str, out: &mut EcoString) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\0' => out.push_str("\\0"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\u{1b}' => out.push_str("\\e"),
            '\u{85}' => out.push_str("\\N"),
            '\u{2028}' => out.push_str("\\L"),
            '\u{2029}' => out.push_str("\\P"),
            _ if character.is_control() => out.push_str(&eco_format!("\\x{:02X}", u32::from(character))),
            '\u{feff}' => out.push_str("\\uFEFF"),
            _ => out.push(character),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use crate::evaluate::terraform::functions::testing::check;

    #[test]
    fn yaml_is_read() {
        check(&[
            ("yamldecode(\"a: on\\nb: 0x10\\nc: '1'\\nd:\")", "{\"a\":true,\"b\":16,\"c\":\"1\",\"d\":null}"),
            ("yamldecode(\"t: 2012-10-17\")", "{\"t\":\"2012-10-17T00:00:00Z\"}"),
            (
                "yamldecode(\"l:\\n- 1\\n- p: 2\\n  q: [x, {z: 3}]\\n- - 4\")",
                r#"{"l":[1,{"p":2,"q":["x",{"z":3}]},[4]]}"#,
            ),
            (
                "yamldecode(\"a:\\n  b: |-\\n    x\\n     y\\nc: >\\n  p\\n  q\\n\")",
                r#"{"a":{"b":"x\n y"},"c":"p q\n"}"#,
            ),
            (
                "yamldecode(\"a: &k {x: 1}\\nb:\\n  <<: *k\\n  x2: 2\\nc: *k\")",
                r#"{"a":{"x":1},"b":{"x":1,"x2":2},"c":{"x":1}}"#,
            ),
            ("yamldecode(\"a: one\\n  two # note\\nb: \\\"x\\\\ty\\\"\")", r#"{"a":"one two","b":"x\ty"}"#),
            ("yamldecode(\"a: b: c\")", "error: cannot start here"),
            ("yamldecode(\"a: [1\")", "error: missing"),
            ("yamldecode(\"a: 1\\n  b: 2\")", "error: YAML"),
            ("yamldecode(\"a: *nope\")", "error: no anchor"),
            ("yamldecode(\"a: !Ref x\")", "error: tag"),
        ]);
    }

    #[test]
    fn repeated_aliases_do_not_exhaust_the_memory() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\\n");
        for at in 1..12 {
            let alias = format!("*a{}", at - 1);
            text.push_str(&format!("a{at}: &a{at} [{}]\\n", vec![alias; 9].join(", ")));
        }
        check(&[(&format!("yamldecode(\"{text}\")"), "error: too many nodes")]);
    }

    #[test]
    fn yaml_is_written() {
        check(&[
            ("yamlencode({ b = [1, { c = [] }], a = \"x\" })", r#""\"a\": \"x\"\n\"b\":\n- 1\n- \"c\": []\n""#),
            ("yamlencode(\"p\\nq\\n\")", r#""|\n  p\n  q\n""#),
            ("yamlencode(true)", r#""true\n...\n""#),
            ("yamlencode([var.open])", "?"),
            ("yamldecode(yamlencode({ a = \"no\", b = [{ c = \" x\\ny\" }] }))", r#"{"a":"no","b":[{"c":" x\ny"}]}"#),
        ]);
    }
}
