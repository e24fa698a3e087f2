//! Functions that encode texts: Base64, CSV, character sets and URLs. JSON and YAML have their own files.

use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ecow::{EcoString, eco_format};

use super::arguments::{Answer, argument, check_count, text};
use super::{Context, Function, OnUnknown};
use crate::value::{Known, ListKind, Map, Value};

/// The functions of this subject.
pub static FUNCTIONS: &[Function] = &[
    Function::exactly("base64decode", 1, OnUnknown::Whole, base64decode),
    Function::exactly("base64encode", 1, OnUnknown::Handle, base64encode),
    Function::exactly("base64gunzip", 1, OnUnknown::Whole, base64gunzip),
    Function::exactly("base64gzip", 1, OnUnknown::Whole, base64gzip),
    Function::exactly("csvdecode", 1, OnUnknown::Whole, csvdecode),
    Function::exactly("textdecodebase64", 2, OnUnknown::Whole, textdecodebase64),
    Function::exactly("textencodebase64", 2, OnUnknown::Whole, textencodebase64),
    Function::exactly("urldecode", 1, OnUnknown::Whole, urldecode),
    Function::exactly("urlencode", 1, OnUnknown::Whole, urlencode),
];

/// Go's decoder does not look at the bits that the last character has too many.
const DECODER: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

fn decoded(text: &str) -> Result<Vec<u8>, EcoString> {
    DECODER.decode(text.replace(['\r', '\n'], "")).map_err(|_| "the string is not Base64".into())
}

fn base64decode(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let bytes = decoded(&text(arguments, 0)?)?;
    let text = String::from_utf8(bytes).map_err(|_| "what the string encodes is not UTF-8")?;
    Ok(Value::string(text))
}

fn base64encode(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let value = argument(arguments, 0)?;
    if value.is_unknown() {
        let known = Known::Base64(Box::new(value.clone()));
        let reason = value.unknown_reason().unwrap_or_default();
        return Ok(Value::partly_known(reason, known).with_sensitive(value.sensitive));
    }
    Ok(Value::string(STANDARD.encode(text(arguments, 0)?.as_bytes())))
}

fn base64gzip(_: &Context<'_>, arguments: &[Value]) -> Answer {
    text(arguments, 0)?;
    Ok(Value::unknown("nothing is compressed"))
}

/// OpenTofu's.
fn base64gunzip(_: &Context<'_>, arguments: &[Value]) -> Answer {
    decoded(&text(arguments, 0)?)?;
    Ok(Value::unknown("nothing is decompressed"))
}

/// A character set of the text functions.
#[derive(Clone, Copy)]
enum Charset {
    Utf8,
    Utf16 {
        little: bool,
    },
    /// One byte for each of the first characters of Unicode, up to this one.
    Single(char),
}

/// The character set of that name; None for one that exists and is not computed.
fn charset(name: &str) -> Result<Option<Charset>, EcoString> {
    let plain: String = name.to_ascii_lowercase().replace('_', "-");
    Ok(Some(match plain.as_str() {
        "utf-8" | "utf8" => Charset::Utf8,
        "utf-16le" => Charset::Utf16 { little: true },
        "utf-16be" => Charset::Utf16 { little: false },
        "iso-8859-1" | "iso-8859-1:1987" | "latin1" | "l1" | "cp819" => Charset::Single('\u{ff}'),
        "us-ascii" | "ascii" | "iso646-us" => Charset::Single('\u{7f}'),
        other => {
            let known = [
                "utf-16",
                "iso-",
                "iso8859",
                "windows-",
                "cp",
                "ibm",
                "koi8",
                "euc-",
                "gb",
                "big5",
                "shift",
                "macintosh",
                "hz-gb",
                "latin",
                "ms",
            ];
            if known.iter().any(|start| other.starts_with(start)) {
                return Ok(None);
            }
            return Err(eco_format!("there is no character set \"{name}\""));
        }
    }))
}

fn textencodebase64(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let (text, name) = (text(arguments, 0)?, text(arguments, 1)?);
    let Some(charset) = charset(&name)? else {
        return Ok(Value::unknown(eco_format!("the character set {name} is not computed")));
    };
    let bytes = match charset {
        Charset::Utf8 => text.as_bytes().to_vec(),
        Charset::Utf16 { little } => {
            text.encode_utf16().flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
        }
        Charset::Single(last) => text
            .chars()
            .map(|character| u8::try_from(character).ok().filter(|_| character <= last))
            .collect::<Option<Vec<u8>>>()
            .ok_or_else(|| eco_format!("{name} does not have all characters of the string"))?,
    };
    Ok(Value::string(STANDARD.encode(bytes)))
}

fn textdecodebase64(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let (bytes, name) = (decoded(&text(arguments, 0)?)?, text(arguments, 1)?);
    let Some(charset) = charset(&name)? else {
        return Ok(Value::unknown(eco_format!("the character set {name} is not computed")));
    };
    let bad = || eco_format!("what the string encodes is not {name}");
    let text: String = match charset {
        Charset::Utf8 => String::from_utf8(bytes).map_err(|_| bad())?,
        Charset::Utf16 { little } => {
            let units = bytes.chunks(2).map(|pair| match *pair {
                [a, b] if little => Some(u16::from_le_bytes([a, b])),
                [a, b] => Some(u16::from_be_bytes([a, b])),
                _ => None,
            });
            let units = units.collect::<Option<Vec<u16>>>().ok_or_else(bad)?;
            String::from_utf16(&units).map_err(|_| bad())?
        }
        Charset::Single(last) => bytes
            .into_iter()
            .map(|byte| Some(char::from(byte)).filter(|&character| character <= last))
            .collect::<Option<String>>()
            .ok_or_else(bad)?,
    };
    Ok(Value::string(text))
}

fn urlencode(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let mut out = EcoString::new();
    for byte in text(arguments, 0)?.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => out.push_str(&eco_format!("%{byte:02X}")),
        }
    }
    Ok(Value::string(out))
}

fn urldecode(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let text = text(arguments, 0)?;
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
                let (high, low) = (digit(rest.next()), digit(rest.next()));
                let (high, low) = high.zip(low).ok_or("a % must be followed by two hexadecimal digits")?;
                u8::try_from(high * 16 + low).unwrap_or_default()
            }
            _ => byte,
        });
    }
    Ok(Value::string(String::from_utf8(bytes).map_err(|_| "what the string encodes is not UTF-8")?))
}

fn csvdecode(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let mut rows = rows(&text(arguments, 0)?)?.into_iter();
    let header = rows.next().ok_or("the header line is missing")?;
    if let Some(name) = header.iter().enumerate().find(|(at, name)| header.iter().take(*at).any(|other| other == *name))
    {
        return Err(eco_format!("the column \"{}\" is there twice", name.1));
    }
    let mut items = Vec::new();
    for (at, row) in rows.enumerate() {
        if row.len() != header.len() {
            return Err(eco_format!("row {} has {} fields instead of {}", at + 1, row.len(), header.len()));
        }
        let mut map = Map::new();
        for (name, field) in header.iter().zip(row) {
            map.insert(name.clone(), Value::string(field));
        }
        map.sort();
        items.push(Value::map(map));
    }
    Ok(Value::list(items, ListKind::List))
}

/// The rows of a CSV text; empty lines do not count.
fn rows(text: &str) -> Result<Vec<Vec<EcoString>>, EcoString> {
    let mut rows: Vec<Vec<EcoString>> = Vec::new();
    let mut row: Vec<EcoString> = Vec::new();
    let text = text.replace("\r\n", "\n");
    let mut rest = text.as_str();
    let mut fields = 0_usize;
    while !rest.is_empty() {
        if row.is_empty()
            && let Some(after) = rest.strip_prefix('\n')
        {
            rest = after;
            continue;
        }
        let (field, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_field(quoted)?,
            None => {
                let end = rest.find([',', '\n']).unwrap_or(rest.len());
                let (field, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
                if field.contains('"') {
                    return Err("a quote stands in a field that does not start with one".into());
                }
                (EcoString::from(field), after)
            }
        };
        row.push(field);
        fields += 1;
        check_count(fields)?;
        if let Some(after) = after.strip_prefix(',') {
            rest = after;
            if rest.is_empty() || rest.starts_with('\n') {
                row.push(EcoString::new());
                rest = rest.strip_prefix('\n').unwrap_or(rest);
                rows.push(std::mem::take(&mut row));
            }
            continue;
        }
        rest = after.strip_prefix('\n').unwrap_or(after);
        rows.push(std::mem::take(&mut row));
    }
    Ok(rows)
}

/// The field after its opening quote, and what follows its closing one.
fn quoted_field(text: &str) -> Result<(EcoString, &str), EcoString> {
    let mut field = EcoString::new();
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once('"').ok_or("a quoted field does not end")?;
        field.push_str(before);
        match after.chars().next() {
            Some('"') => field.push('"'),
            None | Some(',' | '\n') => return Ok((field, after)),
            Some(_) => return Err("a quoted field goes on after its closing quote".into()),
        }
        rest = after.get(1..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use crate::evaluate::terraform::functions::testing::check;

    #[test]
    fn texts_are_encoded_and_decoded() {
        check(&[
            ("base64encode(\"phi\")", "\"cGhp\""),
            ("base64decode(\"cGhp\")", "\"phi\""),
            ("base64decode(\"cGh\")", "error: Base64"),
            ("base64gzip(\"x\")", "?"),
            ("base64gunzip(base64gzip(\"x\"))", "?"),
            ("base64gunzip(\"-\")", "error: Base64"),
            ("csvdecode(\"k,v\\n\\\"a, b\\\",1\\n\")", "[{\"k\":\"a, b\",\"v\":\"1\"}]"),
            ("csvdecode(\"k,v\\n,\\n\")", "[{\"k\":\"\",\"v\":\"\"}]"),
            ("csvdecode(\"k\\n1,2\\n\")", "error: 2 fields"),
            ("csvdecode(\"k,k\\n\")", "error: twice"),
            ("textencodebase64(\"aé\", \"UTF-16BE\")", "\"AGEA6Q==\""),
            ("textdecodebase64(\"6Q==\", \"latin1\")", "\"é\""),
            ("textencodebase64(\"x\", \"shift_jis\")", "?"),
            ("textencodebase64(\"x\", \"what\")", "error: no character set"),
            ("urlencode(\"a b/ü~\")", "\"a+b%2F%C3%BC~\""),
            ("urldecode(\"a+b%2f\")", "\"a b/\""),
            ("urldecode(\"%2\")", "error: hexadecimal"),
        ]);
    }
}
