//! Functions on texts. Where Terraform counts characters it counts what a reader sees as one.

use ecow::EcoString;

use super::arguments::{Answer, argument, check_count, check_text, sequence, text, unknown_like, whole};
use super::pieces::Pieces;
use super::{Context, Function, OnUnknown};
use crate::value::{Data, Known, ListKind, Part, Value};

/// The functions of this subject.
pub static FUNCTIONS: &[Function] = &[
    Function::exactly("chomp", 1, OnUnknown::Handle, chomp),
    Function::exactly("endswith", 2, OnUnknown::Handle, endswith),
    Function::exactly("indent", 2, OnUnknown::Whole, indent),
    Function::at_least("join", 2, OnUnknown::Handle, join),
    Function::exactly("lower", 1, OnUnknown::Whole, lower),
    Function::exactly("split", 2, OnUnknown::Whole, split),
    Function::exactly("startswith", 2, OnUnknown::Handle, startswith),
    Function::exactly("strcontains", 2, OnUnknown::Handle, strcontains),
    Function::exactly("strrev", 1, OnUnknown::Whole, strrev),
    Function::exactly("substr", 3, OnUnknown::Whole, substr),
    Function::exactly("title", 1, OnUnknown::Whole, title),
    Function::exactly("trim", 2, OnUnknown::Whole, trim),
    Function::exactly("trimprefix", 2, OnUnknown::Whole, trimprefix),
    Function::exactly("trimspace", 1, OnUnknown::Handle, trimspace),
    Function::exactly("trimsuffix", 2, OnUnknown::Whole, trimsuffix),
    Function::exactly("upper", 1, OnUnknown::Whole, upper),
];

fn chomp(_: &Context<'_>, arguments: &[Value]) -> Answer {
    at_ends(arguments, |text| text, |text| text.trim_end_matches(['\r', '\n']))
}

/// A text without what two functions take off its start and its end; of one that is not wholly known, the parts there.
fn at_ends(arguments: &[Value], start: fn(&str) -> &str, end: fn(&str) -> &str) -> Answer {
    let value = argument(arguments, 0)?;
    let Data::Unknown(unknown) = &value.data else {
        return match value.is_unknown() {
            true => Ok(unknown_like(value)),
            false => Ok(Value::string(end(start(&text(arguments, 0)?)))),
        };
    };
    let Known::Template(parts) = &unknown.known else {
        // What encodes JSON or Base64 has no space around it.
        let is_whole = matches!(unknown.known, Known::Json(_) | Known::Base64(_));
        return Ok(if is_whole { value.clone() } else { unknown_like(value) });
    };
    let last = parts.len().saturating_sub(1);
    let parts = parts.iter().enumerate().map(|(at, part)| match part {
        Part::Text(text) => {
            let text = if at == 0 { start(text) } else { text };
            Part::Text(if at == last { end(text) } else { text }.into())
        }
        hole => hole.clone(),
    });
    let kept: Vec<Part> = parts.filter(|part| !matches!(part, Part::Text(text) if text.is_empty())).collect();
    Ok(Value::partly_known(unknown.reason.clone(), Known::Template(kept.into()))
        .with_origin(value.origin.clone())
        .with_sensitive(value.sensitive))
}

/// A question about a text and a part of it, which the known pieces of the text may already answer.
fn ask(arguments: &[Value], whole: fn(&str, &str) -> bool, pieces: fn(&[Part], &str) -> Option<bool>) -> Answer {
    let (value, part) = (argument(arguments, 0)?, argument(arguments, 1)?);
    if part.is_unknown() {
        return Ok(unknown_like(part));
    }
    let part = text(arguments, 1)?;
    if let Data::Unknown(unknown) = &value.data {
        let known = match &unknown.known {
            Known::Template(parts) => pieces(parts, &part),
            _ => None,
        };
        return Ok(known.map_or_else(|| unknown_like(value), Value::bool));
    }
    if value.is_unknown() {
        return Ok(unknown_like(value));
    }
    Ok(Value::bool(whole(&text(arguments, 0)?, &part)))
}

fn startswith(_: &Context<'_>, arguments: &[Value]) -> Answer {
    ask(
        arguments,
        |text, part| text.starts_with(part),
        |parts, part| {
            let Some(Part::Text(text)) = parts.first() else { return None };
            decided(text.starts_with(part), part.starts_with(text.as_str()))
        },
    )
}

fn endswith(_: &Context<'_>, arguments: &[Value]) -> Answer {
    ask(
        arguments,
        |text, part| text.ends_with(part),
        |parts, part| {
            let Some(Part::Text(text)) = parts.last() else { return None };
            decided(text.ends_with(part), part.ends_with(text.as_str()))
        },
    )
}

/// What a known end of a text says; it stays open when the unknown rest could complete it.
fn decided(holds: bool, may_hold: bool) -> Option<bool> {
    if holds {
        return Some(true);
    }
    if may_hold { None } else { Some(false) }
}

fn strcontains(_: &Context<'_>, arguments: &[Value]) -> Answer {
    ask(
        arguments,
        |text, part| text.contains(part),
        |parts, part| {
            parts.iter().any(|piece| matches!(piece, Part::Text(text) if text.contains(part))).then_some(true)
        },
    )
}

fn indent(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let width = usize::try_from(whole(arguments, 0)?).map_err(|_| "the indentation must not be negative")?;
    let text = text(arguments, 1)?;
    check_text(text.matches('\n').count().saturating_mul(width).saturating_add(text.len()))?;
    Ok(Value::string(text.replace("\n", &format!("\n{}", " ".repeat(width)))))
}

fn join(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let separator = argument(arguments, 0)?;
    if separator.is_unknown() {
        return Ok(unknown_like(separator));
    }
    let separator = text(arguments, 0)?;
    let mut pieces = Pieces::default();
    let mut first = true;
    for (at, list) in arguments.iter().enumerate().skip(1) {
        if list.is_unknown() {
            // Whether there is a separator before it hangs on whether the list is empty.
            pieces.hole(list);
            first = false;
            continue;
        }
        pieces.mark(list.sensitive);
        for item in sequence(arguments, at)?.items.iter() {
            if item.is_null() {
                return Err("null cannot be joined".into());
            }
            if !std::mem::take(&mut first) {
                pieces.text(&separator);
            }
            pieces.value(item)?;
        }
    }
    pieces.finish()
}

/// Changes each character on its own, since Go leaves those alone that would become several.
fn recase(text: &str, change: impl Fn(char) -> (Option<char>, bool)) -> EcoString {
    text.chars()
        .map(|from| match change(from) {
            (Some(to), true) => to,
            _ => from,
        })
        .collect()
}

fn upper_char(from: char) -> (Option<char>, bool) {
    let mut to = from.to_uppercase();
    (to.next(), to.next().is_none())
}

fn lower(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let lowered = recase(&text(arguments, 0)?, |from| {
        let mut to = from.to_lowercase();
        (to.next(), to.next().is_none())
    });
    Ok(Value::string(lowered))
}

fn upper(_: &Context<'_>, arguments: &[Value]) -> Answer {
    Ok(Value::string(recase(&text(arguments, 0)?, upper_char)))
}

fn title(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let mut inside = false;
    let titled: EcoString = text(arguments, 0)?
        .chars()
        .map(|from| {
            let starts = !inside;
            inside = match from {
                '_' => true,
                _ if from.is_ascii() => from.is_ascii_alphanumeric(),
                _ => from.is_alphanumeric() || !from.is_whitespace(),
            };
            match upper_char(from) {
                (Some(to), true) if starts => to,
                _ => from,
            }
        })
        .collect();
    Ok(Value::string(titled))
}

fn split(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let (separator, text) = (text(arguments, 0)?, text(arguments, 1)?);
    let mut items: Vec<Value> = Vec::new();
    let mut push = |piece: &str| {
        items.push(Value::string(piece));
        check_count(items.len())
    };
    if separator.is_empty() {
        let mut buffer = [0; 4];
        text.chars().try_for_each(|character| push(character.encode_utf8(&mut buffer)))?;
    } else {
        text.split(separator.as_str()).try_for_each(push)?;
    }
    Ok(Value::list(items, ListKind::List))
}

fn strrev(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let text = text(arguments, 0)?;
    let pieces: Vec<&str> = clusters(&text).collect();
    Ok(Value::string(pieces.into_iter().rev().collect::<String>()))
}

fn substr(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let text = text(arguments, 0)?;
    let (offset, length) = (whole(arguments, 1)?, whole(arguments, 2)?);
    let start = if offset < 0 { offset.saturating_add(clusters(&text).count() as i64) } else { offset };
    let start = usize::try_from(start).unwrap_or(0);
    // A negative length means everything that is left.
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    Ok(Value::string(clusters(&text).skip(start).take(length).collect::<String>()))
}

fn trim(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let set = text(arguments, 1)?;
    Ok(Value::string(text(arguments, 0)?.trim_matches(|character| set.contains(character))))
}

fn trimprefix(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let (text, prefix) = (text(arguments, 0)?, text(arguments, 1)?);
    Ok(Value::string(text.strip_prefix(prefix.as_str()).unwrap_or(&text)))
}

fn trimsuffix(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let (text, suffix) = (text(arguments, 0)?, text(arguments, 1)?);
    Ok(Value::string(text.strip_suffix(suffix.as_str()).unwrap_or(&text)))
}

fn trimspace(_: &Context<'_>, arguments: &[Value]) -> Answer {
    at_ends(arguments, str::trim_start, str::trim_end)
}

/// The characters as a reader counts them: a base with its combining marks, modifiers and joined parts.
pub fn clusters(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut characters = rest.char_indices().peekable();
        let (_, mut before) = characters.next()?;
        let mut flags = u8::from(is_flag(before));
        while let Some(&(at, character)) = characters.peek() {
            let joins = match (before, character) {
                ('\r', '\n') => true,
                _ if before.is_control() || character.is_control() => false,
                ('\u{200d}', _) => true,
                _ if is_flag(before) && is_flag(character) => flags % 2 == 1,
                _ => extends(character) || hangul(before, character),
            };
            if !joins {
                let (cluster, after) = rest.split_at_checked(at)?;
                rest = after;
                return Some(cluster);
            }
            flags += u8::from(is_flag(character));
            before = character;
            characters.next();
        }
        Some(std::mem::take(&mut rest))
    })
}

fn is_flag(character: char) -> bool {
    matches!(character, '\u{1f1e6}'..='\u{1f1ff}')
}

fn extends(character: char) -> bool {
    matches!(character,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}' | '\u{900}'..='\u{903}' | '\u{93a}'..='\u{93c}' | '\u{93e}'..='\u{94f}'
        | '\u{e31}' | '\u{e34}'..='\u{e3a}' | '\u{e47}'..='\u{e4e}' | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}' | '\u{200c}' | '\u{200d}' | '\u{20d0}'..='\u{20ff}' | '\u{302a}'..='\u{302f}'
        | '\u{3099}' | '\u{309a}' | '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}' | '\u{1f3fb}'..='\u{1f3ff}'
        | '\u{e0020}'..='\u{e007f}' | '\u{e0100}'..='\u{e01ef}')
}

fn hangul(before: char, after: char) -> bool {
    let vowel = |character| matches!(character, '\u{1160}'..='\u{11a7}');
    let trail = |character| matches!(character, '\u{11a8}'..='\u{11ff}');
    match before {
        '\u{1100}'..='\u{115f}' => vowel(after) || matches!(after, '\u{1100}'..='\u{115f}' | '\u{ac00}'..='\u{d7a3}'),
        '\u{ac00}'..='\u{d7a3}' => vowel(after) || trail(after),
        _ => (vowel(before) && (vowel(after) || trail(after))) || (trail(before) && trail(after)),
    }
}

#[cfg(test)]
mod tests {
    use crate::evaluate::terraform::functions::testing::{check, value};

    #[test]
    fn texts_are_handled_as_terraform_does() {
        check(&[
            ("chomp(\"a\\r\\n\\n\")", "\"a\""),
            ("indent(3, \"a\\nb\")", "\"a\\n   b\""),
            ("join(\"-\", [1, true], [\"c\"])", "\"1-true-c\""),
            ("join(\"-\", [null])", "error: null"),
            ("split(\"/\", \"a//b\")", "[\"a\",\"\",\"b\"]"),
            ("upper(\"größe\")", "\"GRÖßE\""),
            ("title(\"a-b c_d\")", "\"A-B C_d\""),
            ("strrev(\"abc\")", "\"cba\""),
            ("substr(\"abcdef\", -3, 2)", "\"de\""),
            ("substr(\"abc\", 1, -1)", "\"bc\""),
            ("length(\"e\\u0301🇩🇪👩‍👩‍👧\")", "3"),
            ("trim(\"xyaxy\", \"yx\")", "\"a\""),
            ("trimprefix(\"s3://b\", \"s3://\")", "\"b\""),
            ("trimsuffix(\"b.tf\", \".tf\")", "\"b\""),
            ("trimspace(\" a\\t\")", "\"a\""),
            ("startswith(trimspace(\" a${var.open} \"), \"a\")", "true"),
            ("endswith(chomp(\"${var.open}a\\n\"), \"a\")", "true"),
            ("strcontains(\"abc\", \"bc\")", "true"),
        ]);
    }

    #[test]
    fn known_pieces_of_a_text_answer_what_they_can() {
        check(&[
            ("startswith(\"arn:${var.open}\", \"arn:\")", "true"),
            ("startswith(\"arn:${var.open}\", \"x\")", "false"),
            ("startswith(\"arn:${var.open}\", \"arn:aws\")", "?"),
            ("endswith(\"${var.open}/key\", \"/key\")", "true"),
            ("endswith(\"${var.open}/key\", \"/cert\")", "false"),
            ("strcontains(\"a${var.open}b\", \"b\")", "true"),
            ("strcontains(\"a${var.open}b\", \"c\")", "?"),
        ]);
        let joined = value("join(\",\", [\"a\", var.open])");
        assert_eq!(crate::evaluate::terraform::known_text(&joined).as_deref(), Some("a,\u{fffd}"));
        let formatted = value("format(\"%s:%03d:%s\", \"a\", 7, var.open)");
        assert_eq!(crate::evaluate::terraform::known_text(&formatted).as_deref(), Some("a:007:\u{fffd}"));
    }
}
