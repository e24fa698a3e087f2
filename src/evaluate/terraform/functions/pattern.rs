//! Regular expressions. Terraform's are RE2, where `\d`, `\w`, `\s` and `\b` mean ASCII and a class knows no
//! nested classes; patterns are rewritten before they are compiled.

use std::cell::RefCell;

use ecow::{EcoString, eco_format};
use regex::{Captures, Regex};
use rustc_hash::FxHashMap;

use super::arguments::{Answer, check_count, text};
use super::{Context, Function, OnUnknown};
use crate::value::{ListKind, Map, Value};

/// The functions of this subject.
pub static FUNCTIONS: &[Function] = &[
    Function::exactly("regex", 2, OnUnknown::Whole, regex),
    Function::exactly("regexall", 2, OnUnknown::Whole, regexall),
];

/// Compiled patterns that are kept for the next call.
const MAX_KEPT: usize = 64;

fn regex(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let (pattern, text) = (text(arguments, 0)?, text(arguments, 1)?);
    let Some(pattern) = groups(&pattern)? else { return Ok(not_computed()) };
    match pattern.captures(&text) {
        Some(found) => Ok(captured(&pattern, &found)),
        None => Err("the pattern does not match any part of the string".into()),
    }
}

fn regexall(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let (pattern, text) = (text(arguments, 0)?, text(arguments, 1)?);
    let Some(pattern) = groups(&pattern)? else { return Ok(not_computed()) };
    let mut items = Vec::new();
    for found in pattern.captures_iter(&text) {
        items.push(captured(&pattern, &found));
        check_count(items.len())?;
    }
    Ok(Value::list(items, ListKind::List))
}

/// What a match gives: the text, or its groups as a tuple or, when they have names, as an object.
fn captured(pattern: &Regex, found: &Captures<'_>) -> Value {
    let group = |at: usize| found.get(at).map_or_else(Value::null, |group| Value::string(group.as_str()));
    if pattern.captures_len() == 1 {
        return group(0);
    }
    let mut map = Map::new();
    for (at, name) in pattern.capture_names().enumerate() {
        if let Some(name) = name {
            map.insert(name, group(at));
        }
    }
    if map.entries.is_empty() {
        return Value::list((1..pattern.captures_len()).map(group).collect(), ListKind::Tuple);
    }
    map.sort();
    Value::map(map)
}

/// What a pattern gives that needs tables of Unicode which are not built in.
pub(super) fn not_computed() -> Value {
    Value::unknown("the pattern has a class of Unicode characters that is not computed")
}

fn groups(pattern: &str) -> Result<Option<Regex>, EcoString> {
    let Some(compiled) = compiled(pattern)? else { return Ok(None) };
    let named = compiled.capture_names().flatten().count();
    if named > 0 && named + 1 < compiled.captures_len() {
        return Err("named and unnamed groups cannot be mixed in one pattern".into());
    }
    Ok(Some(compiled))
}

/// The compiled pattern; None if it needs tables of Unicode which are not built in.
pub(super) fn compiled(pattern: &str) -> Result<Option<Regex>, EcoString> {
    thread_local! {
        static KEPT: RefCell<FxHashMap<EcoString, Regex>> = RefCell::default();
    }
    if let Some(kept) = KEPT.with_borrow(|kept| kept.get(pattern).cloned()) {
        return Ok(Some(kept));
    }
    let made = match Regex::new(&rewritten(pattern)) {
        Ok(made) => made,
        Err(regex::Error::CompiledTooBig(_)) => return Err("the pattern is too large".into()),
        Err(error) => {
            let shown = error.to_string();
            let last = shown.lines().last().unwrap_or_default();
            if last.contains("Unicode") {
                return Ok(None);
            }
            return Err(eco_format!("the pattern is not valid: {}", last.strip_prefix("error: ").unwrap_or(last)));
        }
    };
    KEPT.with_borrow_mut(|kept| {
        if kept.len() >= MAX_KEPT {
            kept.clear();
        }
        kept.insert(pattern.into(), made.clone());
    });
    Ok(Some(made))
}

/// The pattern as the regex crate understands it the way RE2 does.
fn rewritten(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern;
    let mut class = false;
    while let Some(character) = rest.chars().next() {
        rest = rest.get(character.len_utf8()..).unwrap_or_default();
        match character {
            '\\' => rest = escape(rest, class, &mut out),
            '[' if class => match rest.strip_prefix(':').and_then(|named| named.split_once(":]")) {
                Some((name, after)) if !name.contains(']') => {
                    out.push_str(&format!("[:{name}:]"));
                    rest = after;
                }
                _ => out.push_str("\\["),
            },
            '[' => {
                class = true;
                out.push('[');
                if let Some(after) = rest.strip_prefix('^') {
                    out.push('^');
                    rest = after;
                }
                if let Some(after) = rest.strip_prefix(']') {
                    out.push_str("\\]");
                    rest = after;
                }
            }
            ']' if class => {
                class = false;
                out.push(']');
            }
            '&' | '~' if class => out.extend(['\\', character]),
            '-' if class && rest.starts_with('-') => {
                out.push_str("-\\-");
                rest = rest.get(1..).unwrap_or_default();
            }
            '{' if !class && !repeats(rest) => out.push_str("\\{"),
            _ => out.push(character),
        }
    }
    out
}

/// Whether a brace opens a repetition; otherwise it is just a brace.
fn repeats(rest: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    rest.split_once('}').is_some_and(|(inside, _)| match inside.split_once(',') {
        Some((least, most)) => !least.is_empty() && digits(least) && digits(most),
        None => !inside.is_empty() && digits(inside),
    })
}

fn escape<'p>(rest: &'p str, class: bool, out: &mut String) -> &'p str {
    let Some(character) = rest.chars().next() else {
        out.push('\\');
        return rest;
    };
    let after = rest.get(character.len_utf8()..).unwrap_or_default();
    let ascii = match character.to_ascii_lowercase() {
        'd' => Some("0-9"),
        'w' => Some("0-9A-Za-z_"),
        's' => Some("\\t\\n\\x0C\\r "),
        _ => None,
    };
    match (character, ascii) {
        (_, Some(members)) if character.is_ascii_uppercase() => out.push_str(&format!("[^{members}]")),
        (_, Some(members)) if class => out.push_str(members),
        (_, Some(members)) => out.push_str(&format!("[{members}]")),
        ('b', _) if !class => out.push_str("(?-u:\\b)"),
        ('<' | '>', _) => out.push(character),
        ('p' | 'P', _) if after.starts_with('{') => {
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            out.push_str(&format!("\\{character}{name}}}"));
            return after;
        }
        ('Q', _) => {
            let (literal, after) = after.split_once("\\E").unwrap_or((after, ""));
            out.push_str(&regex::escape(literal));
            return after;
        }
        _ => out.extend(['\\', character]),
    }
    after
}

#[cfg(test)]
mod tests {
    use crate::evaluate::terraform::functions::testing::check;

    #[test]
    fn patterns_are_re2() {
        check(&[
            ("regex(\"b+\", \"abbc\")", "\"bb\""),
            ("regex(\"(a)(x)?\", \"ab\")", "[\"a\",null]"),
            ("regex(\"(?P<k>\\\\w+)=(?P<v>.*)\", \"p=1 2\")", "{\"k\":\"p\",\"v\":\"1 2\"}"),
            ("regex(\"(?P<k>a)(b)\", \"ab\")", "error: mixed"),
            ("regex(\"(?!a)\", \"b\")", "error: not valid"),
            ("regex(\"\\\\d\", \"٣\")", "error: does not match"),
            ("regex(\"[[:digit:][]+\", \"a[1\")", "\"[1\""),
            ("regex(\"[\\\\D]+\", \"12ab\")", "\"ab\""),
            ("regex(\"\\\\$\\\\{x}\", \"$${x}\")", "\"${x}\""),
            ("regex(\"{x}{2}\", \"{x}}\")", "\"{x}}\""),
            ("regex(\"[\\\\p{Greek}\\\\P{L}]+\", \"abc αβγ1\")", "\" αβγ1\""),
            ("regexall(\"[a-c]\", \"abz\")", "[\"a\",\"b\"]"),
            ("replace(\"a.b.c\", \".\", \"-\")", "\"a-b-c\""),
            ("replace(\"a1b22\", \"/([0-9]+)/\", \"<$1>\")", "\"a<1>b<22>\""),
            ("replace(\"KEY\", \"/(?i)key/\", \"x\")", "\"x\""),
        ]);
    }
}
