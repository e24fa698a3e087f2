//! Values as text: `string`, interpolation, and the format strings of .NET.

use ecow::{EcoString, eco_format};

use super::arguments::{Pieces, argument, string, text};
use super::{Answer, Function, OnUnknown};
use crate::value::{Data, Number, Value, to_json};

pub(super) static FUNCTIONS: &[Function] = &[
    Function::at_least("format", 1, OnUnknown::Handle, format),
    Function::exactly("string", 1, OnUnknown::Whole, |arguments| string(text_of(argument(arguments, 0)?)?)),
];

/// A known value as `string` and `concat` write it: arrays and objects as JSON.
pub fn text_of(value: &Value) -> Result<EcoString, EcoString> {
    Ok(match &value.data {
        Data::String(text) => text.clone(),
        Data::Number(number) => eco_format!("{number}"),
        Data::Bool(true) => "True".into(),
        Data::Bool(false) => "False".into(),
        Data::Null => EcoString::new(),
        Data::List(_) | Data::Map(_) => to_json(value).to_string().into(),
        Data::Unknown(_) | Data::Choice(_) => return Err("the value is not known".into()),
    })
}

/// The text of a Bicep interpolation: text and values in turns; unknown values leave holes.
pub fn interpolate<'v>(parts: impl Iterator<Item = Result<&'v str, &'v Value>>) -> Answer {
    let mut pieces = Pieces::default();
    for part in parts {
        match part {
            Ok(text) => pieces.text(text),
            Err(value) => add(&mut pieces, value, "", 0)?,
        }
    }
    pieces.finish()
}

fn format(arguments: &[Value]) -> Answer {
    let pattern = argument(arguments, 0)?;
    if pattern.is_unknown() {
        return Ok(super::unknown_like(Some(pattern)));
    }
    let pattern = text(arguments, 0)?;
    let mut pieces = Pieces::default();
    let mut rest = pattern;
    while let Some(at) = rest.find(['{', '}']) {
        pieces.text(rest.get(..at).unwrap_or(""));
        rest = rest.get(at..).unwrap_or("");
        if let Some(after) = rest.strip_prefix("{{") {
            pieces.text("{");
            rest = after;
        } else if let Some(after) = rest.strip_prefix("}}") {
            pieces.text("}");
            rest = after;
        } else {
            let item = rest.strip_prefix('{').and_then(|rest| rest.split_once('}'));
            let (item, after) = item.ok_or("a brace in the format string has no counterpart; write it twice")?;
            rest = after;
            let (place, form) = item.split_once(':').unwrap_or((item, ""));
            let (index, width) = place.split_once(',').unwrap_or((place, "0"));
            let wrong = || eco_format!("{{{item}}} is no item of a format string");
            let index: usize = index.trim().parse().map_err(|_| wrong())?;
            let width: i16 = width.trim().parse().map_err(|_| wrong())?;
            add(&mut pieces, argument(arguments, index + 1)?, form, width)?;
        }
    }
    pieces.text(rest);
    pieces.finish()
}

/// Adds a value: right-aligned in a positive width, left-aligned in a negative one.
fn add(pieces: &mut Pieces, value: &Value, form: &str, width: i16) -> Result<(), EcoString> {
    if value.first_unknown().is_some() {
        pieces.hole(value);
        return Ok(());
    }
    let text = match &value.data {
        Data::Number(number) if !form.is_empty() => match number_as(*number, form) {
            Some(text) => text,
            None => {
                pieces.hole(&Value::unknown(eco_format!("the format \"{form}\" is not computed")));
                return Ok(());
            }
        },
        // Inside a text, the strings of arrays and objects stand in single quotes.
        Data::List(_) | Data::Map(_) => quoted(value)?,
        _ => text_of(value)?,
    };
    let space = " ".repeat(usize::from(width.unsigned_abs()).saturating_sub(text.chars().count()));
    let (before, after) = if width > 0 { (space.as_str(), "") } else { ("", space.as_str()) };
    pieces.text(before);
    pieces.text(&text);
    pieces.text(after);
    Ok(())
}

/// JSON with single quotes.
fn quoted(value: &Value) -> Result<EcoString, EcoString> {
    let text = |text: &str| {
        let json = serde_json::Value::from(text).to_string();
        let inner = json.get(1..json.len().saturating_sub(1)).unwrap_or("");
        eco_format!("'{}'", inner.replace("\\\"", "\"").replace('\'', "\\'"))
    };
    Ok(match &value.data {
        Data::String(string) => text(string),
        Data::List(list) => {
            let items = list.items.iter().map(quoted).collect::<Result<Vec<_>, _>>()?;
            eco_format!("[{}]", items.join(","))
        }
        Data::Map(map) => {
            let entry = |(key, entry): (&EcoString, &crate::value::Entry)| {
                Ok::<_, EcoString>(eco_format!("{}:{}", text(key), quoted(&entry.value)?))
            };
            let entries = map.entries.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
            eco_format!("{{{}}}", entries.join(","))
        }
        Data::Bool(value) => eco_format!("{value}"),
        Data::Null => "null".into(),
        _ => text_of(value)?,
    })
}

/// A number in one of .NET's formats; None for a format that is not known here.
fn number_as(number: Number, form: &str) -> Option<EcoString> {
    let whole = number.as_i64();
    let sign = if number.as_f64() < 0.0 { "-" } else { "" };
    if form.bytes().all(|byte| byte == b'0') {
        let digits = whole?.unsigned_abs().to_string();
        return Some(eco_format!("{sign}{digits:0>width$}", width = form.len()));
    }
    let mut characters = form.chars();
    let letter = characters.next()?;
    let precision = match characters.as_str() {
        "" => None,
        digits => Some(digits.parse::<usize>().ok().filter(|precision| *precision <= 99)?),
    };
    let fixed = |precision: usize| match whole {
        Some(whole) if precision == 0 => whole.unsigned_abs().to_string(),
        Some(whole) => format!("{}.{}", whole.unsigned_abs(), "0".repeat(precision)),
        None => format!("{:.precision$}", number.as_f64().abs()),
    };
    Some(match letter {
        'D' | 'd' => eco_format!("{sign}{:0>width$}", whole?.unsigned_abs(), width = precision.unwrap_or(1)),
        'X' => eco_format!("{:0>width$X}", whole?, width = precision.unwrap_or(1)),
        'x' => eco_format!("{:0>width$x}", whole?, width = precision.unwrap_or(1)),
        'F' | 'f' => eco_format!("{sign}{}", fixed(precision.unwrap_or(2))),
        'N' | 'n' => {
            let text = fixed(precision.unwrap_or(2));
            let (digits, fraction) = text.split_once('.').map_or((text.as_str(), None), |(a, b)| (a, Some(b)));
            let mut grouped = EcoString::from(sign);
            for (at, digit) in digits.chars().enumerate() {
                if at > 0 && (digits.len() - at).is_multiple_of(3) {
                    grouped.push(',');
                }
                grouped.push(digit);
            }
            if let Some(fraction) = fraction {
                grouped.push('.');
                grouped.push_str(fraction);
            }
            grouped
        }
        'G' | 'g' if precision.is_none() => eco_format!("{number}"),
        _ => return None,
    })
}
