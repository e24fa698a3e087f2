//! `replace`: a text by a text, or by what a pattern found. Of a text that is known in part, the known parts are
//! replaced, and what comes into its place may itself be unknown.

use std::sync::Arc;

use ecow::EcoString;

use super::arguments::{Answer, argument, check_text, text, text_of, unknown_like};
use super::pattern::{compiled, not_computed};
use super::pieces::Pieces;
use super::{Context, Function, OnUnknown};
use crate::value::{Data, Known, Map, Part, Value};

/// The functions of this subject.
pub static FUNCTIONS: &[Function] = &[Function::exactly("replace", 3, OnUnknown::Handle, replace)];

fn replace(_: &Context<'_>, arguments: &[Value]) -> Answer {
    let (whole, from, to) = (argument(arguments, 0)?, argument(arguments, 1)?, argument(arguments, 2)?);
    if from.is_unknown() {
        return Ok(unknown_like(from));
    }
    let from = text_of(from)?;
    let inner = from.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
    match (inner, [whole, to].into_iter().find(|value| value.is_unknown())) {
        (Some(pattern), None) => by_pattern(&text(arguments, 0)?, pattern, &text(arguments, 2)?),
        (None, None) => {
            let (whole, to) = (text_of(whole)?, text_of(to)?);
            check_text(whole.matches(from.as_str()).count().saturating_mul(to.len()))?;
            Ok(Value::string(whole.replace(from.as_str(), &to)))
        }
        (None, Some(_)) if !from.is_empty() => in_parts(whole, &Replacement { from: &from, to }),
        (_, Some(unknown)) => Ok(unknown_like(unknown)),
    }
}

fn by_pattern(text: &str, pattern: &str, to: &str) -> Answer {
    let Some(pattern) = compiled(pattern)? else { return Ok(not_computed()) };
    let mut result = String::new();
    let mut end = 0;
    for found in pattern.captures_iter(text) {
        let Some(matched) = found.get(0) else { continue };
        result.push_str(text.get(end..matched.start()).unwrap_or_default());
        found.expand(to, &mut result);
        end = matched.end();
        check_text(result.len())?;
    }
    result.push_str(text.get(end..).unwrap_or_default());
    Ok(Value::string(result))
}

/// What is looked for, and what comes into its place.
struct Replacement<'v> {
    from: &'v str,
    to: &'v Value,
}

impl Replacement<'_> {
    /// Whether it means the same in a text as in the JSON that encodes it.
    fn is_plain(&self) -> bool {
        let is_plain = |text: &str| !text.contains(['"', '\\', '{', '}', '[', ']', ',', ':', '\n']);
        let to = match &self.to.data {
            Data::String(to) => to.as_str(),
            _ => "",
        };
        is_plain(self.from) && !to.contains(['"', '\\', '\n'])
    }

    /// Appends a text that is known.
    fn put(&self, text: &str, pieces: &mut Pieces) -> Result<(), EcoString> {
        let mut parts = text.split(self.from);
        pieces.text(parts.next().unwrap_or_default());
        for part in parts {
            pieces.value(self.to)?;
            pieces.text(part);
        }
        Ok(())
    }
}

fn in_parts(whole: &Value, replacement: &Replacement<'_>) -> Answer {
    let Data::Unknown(unknown) = &whole.data else {
        if whole.is_unknown() {
            return Ok(unknown_like(whole));
        }
        let mut pieces = Pieces::default();
        pieces.mark(whole.sensitive);
        replacement.put(&text_of(whole)?, &mut pieces)?;
        return pieces.finish();
    };
    match &unknown.known {
        Known::Template(parts) => {
            let mut pieces = Pieces::default();
            for part in parts.iter() {
                match part {
                    Part::Text(text) => replacement.put(text, &mut pieces)?,
                    Part::Hole(hole) => pieces.hole(hole),
                }
            }
            pieces.finish()
        }
        Known::Json(tree) if replacement.is_plain() => {
            let tree = in_tree(tree, replacement)?;
            Ok(Value::partly_known(unknown.reason.clone(), Known::Json(Box::new(tree))))
        }
        _ => Ok(unknown_like(whole)),
    }
}

/// The texts of a value that is written as JSON. The names of a mapping stay.
fn in_tree(value: &Value, replacement: &Replacement<'_>) -> Answer {
    let replaced = match &value.data {
        Data::String(_) | Data::Unknown(_) => in_parts(value, replacement)?,
        Data::List(list) => {
            let items: Result<Vec<Value>, EcoString> =
                list.items.iter().map(|item| in_tree(item, replacement)).collect();
            Value::list(items?, list.kind)
        }
        Data::Map(map) => {
            let mut entries = Map::clone(map);
            for (_, entry) in entries.entries.iter_mut() {
                entry.value = in_tree(&entry.value, replacement)?;
            }
            Value::new(Data::Map(Arc::new(entries)))
        }
        _ => return Ok(value.clone()),
    };
    let mut origin = value.origin.clone();
    origin.absorb(&replaced.origin);
    Ok(replaced.with_origin(origin).with_sensitive(value.sensitive))
}

#[cfg(test)]
mod tests {
    use crate::evaluate::terraform::functions::testing::check;

    #[test]
    fn known_parts_are_replaced_and_unknown_ones_stay() {
        check(&[
            ("replace(\"a_b_c\", \"_\", \"-\")", "\"a-b-c\""),
            ("replace(\"aa\", \"a\", \"aa\")", "\"aaaa\""),
            ("replace(\"clinic-07\", \"/[0-9]+/\", \"n\")", "\"clinic-n\""),
            ("replace(\"clinic-07\", var.open, \"n\")", "?"),
            ("replace(\"clinic-07\", \"/[0-9]+/\", var.open)", "?"),
            ("replace(\"clinic\", \"-\", var.open)", "\"clinic\""),
            ("startswith(replace(\"arn:_NAME_/*\", \"_NAME_\", var.open), \"arn:\")", "true"),
            ("endswith(replace(\"arn:${var.open}/_END_\", \"_END_\", \"*\"), \"/*\")", "true"),
            ("endswith(replace(\"arn:_NAME_/*\", \"_NAME_\", var.open), \"/*\")", "true"),
            ("jsondecode(replace(jsonencode({ a = \"_N_\", b = var.open }), \"_N_\", \"n\")).a", "\"n\""),
            ("jsondecode(replace(jsonencode({ a = \"_N_\", b = var.open }), \",\", \"n\"))", "?"),
            ("replace(null, \"a\", var.open)", "error: null"),
        ]);
    }
}
