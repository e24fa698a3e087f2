//! Arguments as the types that functions need, and the limits on what functions make.

use std::sync::Arc;

use ecow::{EcoString, eco_format};

use super::Answer;
use crate::value::{Data, Known, ListKind, Map, Part, Value};

/// Arrays that functions make have at most this many elements.
pub(super) const MAX_ELEMENTS: usize = 1024 * 16;
/// Texts that functions make have at most this many bytes.
pub(super) const MAX_TEXT: usize = 4 * 1024 * 1024;

/// The argument at that place.
pub(super) fn argument(arguments: &[Value], at: usize) -> Result<&Value, EcoString> {
    arguments.get(at).ok_or_else(|| eco_format!("argument {} is missing", at + 1))
}

pub(super) fn text(arguments: &[Value], at: usize) -> Result<&str, EcoString> {
    let value = argument(arguments, at)?;
    value.as_str().ok_or_else(|| refusal(value, "a string"))
}

pub(super) fn whole(arguments: &[Value], at: usize) -> Result<i64, EcoString> {
    let value = argument(arguments, at)?;
    value.as_number().and_then(|number| number.as_i64()).ok_or_else(|| refusal(value, "an integer"))
}

pub(super) fn boolean(arguments: &[Value], at: usize) -> Result<bool, EcoString> {
    let value = argument(arguments, at)?;
    value.as_bool().ok_or_else(|| refusal(value, "a bool"))
}

pub(super) fn items(arguments: &[Value], at: usize) -> Result<&[Value], EcoString> {
    let value = argument(arguments, at)?;
    value.as_list().ok_or_else(|| refusal(value, "an array"))
}

pub(super) fn object(arguments: &[Value], at: usize) -> Result<&Map, EcoString> {
    let value = argument(arguments, at)?;
    value.as_map().ok_or_else(|| refusal(value, "an object"))
}

/// That something else was needed.
pub(super) fn refusal(value: &Value, needed: &str) -> EcoString {
    let shape = match &value.data {
        Data::Map(_) => "an object",
        Data::List(_) => "an array",
        Data::String(_) => "a string",
        Data::Number(_) => "a number",
        Data::Bool(_) => "a bool",
        Data::Null => "null",
        Data::Unknown(_) | Data::Choice(_) => "what is not known",
    };
    eco_format!("needs {needed}, not {shape}")
}

/// An array, unless it is too long.
pub(super) fn array(items: Vec<Value>) -> Answer {
    if items.len() > MAX_ELEMENTS {
        return Err(eco_format!("the array would have more than {MAX_ELEMENTS} elements"));
    }
    Ok(Value::list(items, ListKind::Tuple))
}

/// A text, unless it is too long.
pub(super) fn string(text: impl Into<EcoString>) -> Answer {
    let text = text.into();
    if text.len() > MAX_TEXT {
        return Err(eco_format!("the string would have more than {MAX_TEXT} bytes"));
    }
    Ok(Value::string(text))
}

/// An array of texts.
pub(super) fn strings<'t>(texts: impl Iterator<Item = &'t str>) -> Answer {
    array(texts.map(Value::string).collect())
}

/// Whether a text that is not wholly known has a part that is: then it is neither empty nor null.
pub(super) fn known_part(value: &Value) -> bool {
    match &value.data {
        Data::Unknown(unknown) => match &unknown.known {
            Known::Template(parts) => parts.iter().any(|part| matches!(part, Part::Text(text) if !text.is_empty())),
            Known::Json(_) | Known::Base64(_) => true,
            Known::Nothing | Known::Given { .. } | Known::AtMost(_) | Known::AtLeast(_) => false,
        },
        _ => false,
    }
}

/// A text made of known pieces and of values that may be unknown.
#[derive(Default)]
pub(super) struct Pieces {
    parts: Vec<Part>,
    length: usize,
    reason: Option<EcoString>,
}

impl Pieces {
    /// Adds text.
    pub(super) fn text(&mut self, text: &str) {
        self.length += text.len();
        match self.parts.last_mut() {
            Some(Part::Text(last)) => last.push_str(text),
            _ if text.is_empty() => {}
            _ => self.parts.push(Part::Text(text.into())),
        }
    }

    /// Adds a value that is not known.
    pub(super) fn hole(&mut self, value: &Value) {
        self.reason.get_or_insert_with(|| value.unknown_reason().unwrap_or_default());
        match &value.data {
            Data::Unknown(unknown) => match &unknown.known {
                Known::Template(parts) => {
                    for part in parts.iter() {
                        match part {
                            Part::Text(text) => self.text(text),
                            Part::Hole(hole) => self.parts.push(Part::Hole(hole.clone())),
                        }
                    }
                }
                _ => self.parts.push(Part::Hole(value.clone())),
            },
            _ => self.parts.push(Part::Hole(value.clone())),
        }
    }

    /// The text, or an unknown with the parts that are known.
    pub(super) fn finish(self) -> Answer {
        if self.length > MAX_TEXT {
            return Err(eco_format!("the string would have more than {MAX_TEXT} bytes"));
        }
        match self.reason {
            Some(reason) => Ok(Value::partly_known(reason, Known::Template(Arc::from(self.parts)))),
            None => {
                let text = self.parts.iter().map(|part| match part {
                    Part::Text(text) => text.as_str(),
                    Part::Hole(_) => "",
                });
                Ok(Value::string(text.collect::<EcoString>()))
            }
        }
    }
}
