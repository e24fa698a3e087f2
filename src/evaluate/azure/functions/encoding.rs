//! Base64, data URIs and URIs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ecow::{EcoString, eco_format};

use super::arguments::{string, text};
use super::{Answer, Function, OnUnknown};
use crate::value::{Known, Value};

pub(super) static FUNCTIONS: &[Function] = &[
    Function::exactly("base64", 1, OnUnknown::Handle, base64),
    Function::exactly("base64ToString", 1, OnUnknown::Whole, |arguments| string(decoded(text(arguments, 0)?)?)),
    Function::exactly("base64ToJson", 1, OnUnknown::Whole, |arguments| {
        super::object::json(&decoded(text(arguments, 0)?)?)
    }),
    Function::exactly("dataUri", 1, OnUnknown::Whole, |arguments| {
        string(eco_format!("data:text/plain;charset=utf8;base64,{}", STANDARD.encode(text(arguments, 0)?)))
    }),
    Function::exactly("dataUriToString", 1, OnUnknown::Whole, data_uri_to_string),
    Function::exactly("uri", 2, OnUnknown::Whole, uri),
    Function::exactly("uriComponent", 1, OnUnknown::Whole, |arguments| string(escaped(text(arguments, 0)?))),
    Function::exactly("uriComponentToString", 1, OnUnknown::Whole, |arguments| string(unescaped(text(arguments, 0)?))),
];

fn base64(arguments: &[Value]) -> Answer {
    match arguments.first() {
        Some(value) if value.is_unknown() => {
            let known = Known::Base64(Box::new(value.clone()));
            Ok(Value::partly_known(value.unknown_reason().unwrap_or_default(), known))
        }
        _ => string(STANDARD.encode(text(arguments, 0)?)),
    }
}

fn decoded(text: &str) -> Result<String, EcoString> {
    let bytes = STANDARD.decode(text).map_err(|error| eco_format!("the text is not base64 ({error})"))?;
    String::from_utf8(bytes).map_err(|_| "the decoded bytes are not UTF-8".into())
}

fn data_uri_to_string(arguments: &[Value]) -> Answer {
    let uri = text(arguments, 0)?;
    let parts = uri.strip_prefix("data:").and_then(|rest| rest.split_once(','));
    let (header, data) = parts.ok_or("the text is not a data URI")?;
    match header.ends_with(";base64") {
        true => string(decoded(data)?),
        false => string(unescaped(data)),
    }
}

fn escaped(text: &str) -> EcoString {
    let mut escaped = EcoString::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => escaped.push(char::from(byte)),
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = |byte: &u8| char::from(*byte).to_digit(16);
        match (first, after) {
            (b'%', [high, low, after @ ..]) if hex(high).is_some() && hex(low).is_some() => {
                bytes.push((hex(high).unwrap_or(0) * 16 + hex(low).unwrap_or(0)) as u8);
                rest = after;
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Resolves a relative address against an absolute one.
fn uri(arguments: &[crate::value::Value]) -> Answer {
    let (base, relative) = (text(arguments, 0)?, text(arguments, 1)?);
    if relative.contains("://") {
        return string(relative);
    }
    let (scheme, rest) = base.split_once("://").ok_or("the base is not an absolute URI")?;
    let rest = rest.split(['?', '#']).next().unwrap_or("");
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    if let Some(other) = relative.strip_prefix("//") {
        return string(eco_format!("{scheme}://{other}"));
    }
    let (relative, query) = match relative.find(['?', '#']) {
        Some(at) => relative.split_at(at),
        None => (relative, ""),
    };
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let joined = match relative.strip_prefix('/') {
        Some(rooted) => rooted.to_string(),
        None if relative.is_empty() => path.to_string(),
        None if folder.is_empty() => relative.to_string(),
        None => format!("{folder}/{relative}"),
    };
    let mut segments: Vec<&str> = Vec::new();
    let last = joined.split('/').count().saturating_sub(1);
    for (at, segment) in joined.split('/').enumerate() {
        match segment {
            "." | ".." => {
                if segment == ".." {
                    segments.pop();
                }
                if at == last {
                    segments.push("");
                }
            }
            _ => segments.push(segment),
        }
    }
    string(eco_format!("{scheme}://{host}/{}{query}", segments.join("/")))
}
