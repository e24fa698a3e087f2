//! Strings: parts of them, and strings made of others. Searching ignores upper and lower case where ARM does.

use ecow::{EcoString, eco_format};

use super::arguments::{Pieces, argument, array, items, refusal, string, strings, text, whole};
use super::{Answer, Function, OnUnknown, equal, text_of, unknown_like};
use crate::value::{Data, Known, Part, Value};

pub(super) static FUNCTIONS: &[Function] = &[
    Function::at_least("concat", 1, OnUnknown::Handle, concat),
    Function::exactly("startsWith", 2, OnUnknown::Whole, |arguments| {
        Ok(Value::bool(folded(arguments, 0)?.starts_with(folded(arguments, 1)?.as_str())))
    }),
    Function::exactly("endsWith", 2, OnUnknown::Whole, |arguments| {
        Ok(Value::bool(folded(arguments, 0)?.ends_with(folded(arguments, 1)?.as_str())))
    }),
    Function::exactly("indexOf", 2, OnUnknown::Whole, |arguments| {
        position(arguments, |text, wanted| text.find(wanted), |items, wanted| items.iter().position(|it| it == wanted))
    }),
    Function::exactly("lastIndexOf", 2, OnUnknown::Whole, |arguments| {
        position(
            arguments,
            |text, wanted| text.rfind(wanted),
            |items, wanted| items.iter().rposition(|it| it == wanted),
        )
    }),
    Function::between("join", (1, 2), OnUnknown::Top, join),
    Function::between("padLeft", (2, 3), OnUnknown::Whole, pad_left),
    Function::exactly("replace", 3, OnUnknown::Whole, |arguments| {
        let (whole, old) = (text(arguments, 0)?, text(arguments, 1)?);
        if old.is_empty() {
            return Err("the string to replace must not be empty".into());
        }
        let new = text(arguments, 2)?;
        let count = whole.matches(old).count();
        if count.saturating_mul(new.len()) > super::arguments::MAX_TEXT {
            return Err("the result would be too long".into());
        }
        string(whole.replace(old, new))
    }),
    Function::exactly("split", 2, OnUnknown::Whole, split),
    Function::between("substring", (2, 3), OnUnknown::Whole, substring),
    Function::exactly("toLower", 1, OnUnknown::Handle, |arguments| in_case(arguments, str::to_lowercase)),
    Function::exactly("toUpper", 1, OnUnknown::Handle, |arguments| in_case(arguments, str::to_uppercase)),
    Function::exactly("trim", 1, OnUnknown::Whole, |arguments| string(text(arguments, 0)?.trim())),
];

/// The text in another case; of one that is not wholly known, the parts that are.
fn in_case(arguments: &[Value], change: fn(&str) -> String) -> Answer {
    let value = argument(arguments, 0)?;
    if let Data::Unknown(unknown) = &value.data
        && let Known::Template(parts) = &unknown.known
    {
        let parts = parts.iter().map(|part| match part {
            Part::Text(text) => Part::Text(change(text).into()),
            hole => hole.clone(),
        });
        return Ok(Value::partly_known(unknown.reason.clone(), Known::Template(parts.collect())));
    }
    match value.is_unknown() {
        true => Ok(super::unknown_like(Some(value))),
        false => string(change(text(arguments, 0)?)),
    }
}

fn folded(arguments: &[Value], at: usize) -> Result<String, EcoString> {
    Ok(text(arguments, at)?.to_lowercase())
}

/// Joins arrays if the first argument is one, and texts otherwise.
fn concat(arguments: &[Value]) -> Answer {
    let first = argument(arguments, 0)?;
    if first.as_list().is_none() {
        let mut pieces = Pieces::default();
        for value in arguments {
            match &value.data {
                Data::Unknown(_) | Data::Choice(_) => pieces.hole(value),
                Data::List(_) | Data::Map(_) => return Err(refusal(value, "either strings or arrays")),
                _ => pieces.text(&text_of(value)?),
            }
        }
        return match arguments.iter().any(|value| value.as_list().is_some()) {
            true => Ok(unknown_like(Some(first))),
            false => pieces.finish(),
        };
    }
    let mut all = Vec::new();
    for (at, value) in arguments.iter().enumerate() {
        if value.is_unknown() {
            return Ok(unknown_like(Some(value)));
        }
        all.extend(items(arguments, at)?.iter().cloned());
    }
    array(all)
}

/// Where something is in a text or an array, or -1.
fn position(
    arguments: &[Value],
    in_text: fn(&str, &str) -> Option<usize>,
    in_array: fn(&[bool], &bool) -> Option<usize>,
) -> Answer {
    let (container, wanted) = (argument(arguments, 0)?, argument(arguments, 1)?);
    let found = match &container.data {
        Data::List(list) => {
            let same: Vec<bool> = list.items.iter().map(|item| equal(item, wanted) == Some(true)).collect();
            in_array(&same, &true)
        }
        Data::String(_) => {
            let (text, wanted) = (folded(arguments, 0)?, folded(arguments, 1)?);
            let before = in_text(&text, &wanted).and_then(|at| text.get(..at));
            before.map(|before| before.encode_utf16().count())
        }
        _ => return Err(refusal(container, "a string or an array")),
    };
    Ok(Value::number(found.map_or(-1, |at| at as i64)))
}

fn join(arguments: &[Value]) -> Answer {
    let delimiter = if arguments.len() > 1 { text(arguments, 1)? } else { "," };
    let mut pieces = Pieces::default();
    for (at, item) in items(arguments, 0)?.iter().enumerate() {
        if at > 0 {
            pieces.text(delimiter);
        }
        match item.first_unknown() {
            Some(_) => pieces.hole(item),
            None => pieces.text(&text_of(item)?),
        }
    }
    pieces.finish()
}

fn pad_left(arguments: &[Value]) -> Answer {
    let text = text_of(argument(arguments, 0)?)?;
    let padding = if arguments.len() > 2 { self::text(arguments, 2)? } else { " " };
    let mut characters = padding.chars();
    let (Some(padding), None) = (characters.next(), characters.next()) else {
        return Err("the padding must be one character".into());
    };
    let total = usize::try_from(whole(arguments, 1)?).map_err(|_| "the length must not be negative")?;
    if total > super::arguments::MAX_TEXT {
        return Err("the length is too large".into());
    }
    let missing = total.saturating_sub(text.chars().count());
    string(std::iter::repeat_n(padding, missing).chain(text.chars()).collect::<EcoString>())
}

fn split(arguments: &[Value]) -> Answer {
    let whole = text(arguments, 0)?;
    let delimiters = match argument(arguments, 1)?.as_list() {
        None => vec![text(arguments, 1)?],
        Some(list) => (0..list.len()).map(|at| text(list, at)).collect::<Result<_, _>>()?,
    };
    let mut parts = Vec::new();
    let mut rest = whole;
    // The delimiter that comes first cuts; of several at one place the one that was given first.
    while let Some((at, delimiter)) = delimiters
        .iter()
        .filter(|delimiter| !delimiter.is_empty())
        .filter_map(|delimiter| Some((rest.find(delimiter)?, delimiter)))
        .min_by_key(|(at, _)| *at)
    {
        parts.push(rest.get(..at).unwrap_or(""));
        rest = rest.get(at + delimiter.len()..).unwrap_or("");
    }
    parts.push(rest);
    strings(parts.into_iter())
}

fn substring(arguments: &[Value]) -> Answer {
    let characters: Vec<char> = text(arguments, 0)?.chars().collect();
    let outside = || eco_format!("the part does not lie within the {} characters of the string", characters.len());
    let start = usize::try_from(whole(arguments, 1)?).map_err(|_| outside())?;
    let end = match arguments.len() {
        3 => usize::try_from(whole(arguments, 2)?).ok().and_then(|length| start.checked_add(length)),
        _ => Some(characters.len()),
    };
    match end.and_then(|end| characters.get(start..end)) {
        Some(part) => string(part.iter().copied().collect::<EcoString>()),
        None => Err(outside()),
    }
}
