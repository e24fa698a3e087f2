//! Edits of Bicep: literals are replaced, properties are added after the last one of an object.

use serde_json::Value as Json;

use super::layout::{self, indent, line_end, rest_of_line, same_line};
use super::wanted::{Parts, Want};
use super::{Edit, Refusal};
use crate::parse::bicep::ast::{Expression, ExpressionKind, Item, Object};
use crate::source::{SourceId, Span};

/// A file that is edited.
pub(super) struct Editor<'t> {
    pub(super) text: &'t str,
    pub(super) source: SourceId,
}

/// One step of indentation.
const STEP: &str = "  ";

impl Editor<'_> {
    /// Makes an object hold what is wanted.
    pub(super) fn object(&self, object: &Object, parts: &Parts, edits: &mut Vec<Edit>) -> Result<(), Refusal> {
        let mut missing: Vec<&(String, Want)> = Vec::new();
        for part in parts {
            let (name, want) = part;
            let is_named = |known: Option<&str>| known.is_some_and(|known| known.eq_ignore_ascii_case(name));
            let there = object.properties().find(|property| is_named(property.name()));
            match (want, there) {
                (Want::Value { value, replace: true }, Some(there)) => edits.push(self.replace(&there.value, value)?),
                (Want::Value { .. } | Want::Expression(_), Some(_)) => {}
                (Want::Inside { every, parts: inner, .. }, Some(there)) => {
                    self.inside(&there.value, *every, inner, edits)?;
                }
                (Want::Inside { there: true, .. } | Want::Inside { every: true, .. }, None) => {
                    return Err(Refusal::new(format!("there is no {name} to set it in")));
                }
                (_, None) => missing.push(part),
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        if object.members.len() > object.properties().count() {
            return Err(Refusal::new("the object takes over the properties of another one"));
        }
        edits.push(self.insert(object, &missing));
        Ok(())
    }

    fn inside(&self, value: &Expression, every: bool, parts: &Parts, edits: &mut Vec<Edit>) -> Result<(), Refusal> {
        match &value.kind {
            ExpressionKind::Object(object) => self.object(object, parts, edits),
            ExpressionKind::Array(items) if !items.is_empty() => {
                let meant = if every { items.as_slice() } else { items.get(..1).unwrap_or_default() };
                meant.iter().try_for_each(|item| match item {
                    Item::Value(item) => self.inside(item, every, parts, edits),
                    Item::Spread(other) => Err(Refusal::elsewhere(self.at(other.span), other.span)),
                })
            }
            _ => Err(Refusal::elsewhere(self.at(value.span), value.span)),
        }
    }

    fn at(&self, span: Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// Puts a value in the place of a literal.
    fn replace(&self, expression: &Expression, value: &Json) -> Result<Edit, Refusal> {
        if !is_literal(expression) {
            return Err(Refusal::elsewhere(self.at(expression.span), expression.span));
        }
        Ok(Edit { span: expression.span, text: literal(value) })
    }

    /// Adds what is missing in an object.
    fn insert(&self, object: &Object, missing: &[&(String, Want)]) -> Edit {
        let newline = layout::newline(self.text);
        let (start, end) = (object.span.start as usize, object.span.end as usize);
        let edit = |start: usize, end: usize, text: String| Edit { span: Span::new(self.source, start, end), text };
        let Some(last) = object.properties().max_by_key(|property| property.value.span.end) else {
            let outer = indent(self.text, start);
            let lines = lines(missing, &format!("{outer}{STEP}"), newline);
            return match same_line(self.text, start, end) {
                true => edit(start, end, format!("{{{lines}{newline}{outer}}}")),
                false => edit(start + 1, start + 1, lines),
            };
        };
        let at = last.value.span.end as usize;
        if same_line(self.text, at, end.saturating_sub(1)) {
            let all = missing.iter().map(|(name, want)| format!(", {name}: {}", inline(want)));
            return edit(at, at, all.collect());
        }
        let inner = indent(self.text, last.key.span.start as usize);
        let rest = rest_of_line(self.text, at).trim_start();
        let at = if rest.is_empty() || rest.starts_with(['/', ',']) { line_end(self.text, at) } else { at };
        edit(at, at, lines(missing, inner, newline))
    }
}

/// Lines, each after a line break.
fn lines(parts: &[&(String, Want)], margin: &str, newline: &str) -> String {
    let one = |(name, want): &&(String, Want)| match want {
        Want::Inside { parts, .. } => {
            let parts: Vec<&(String, Want)> = parts.iter().collect();
            let inner = lines(&parts, &format!("{margin}{STEP}"), newline);
            format!("{newline}{margin}{name}: {{{inner}{newline}{margin}}}")
        }
        _ => format!("{newline}{margin}{name}: {}", inline(want)),
    };
    parts.iter().map(one).collect()
}

/// A value on one line.
fn inline(want: &Want) -> String {
    match want {
        Want::Value { value, .. } => literal(value),
        Want::Expression(text) => text.clone(),
        Want::Inside { parts, .. } => {
            let all = parts.iter().map(|(name, want)| format!("{name}: {}", inline(want)));
            format!("{{ {} }}", all.collect::<Vec<_>>().join(", "))
        }
    }
}

fn is_literal(expression: &Expression) -> bool {
    match &expression.kind {
        ExpressionKind::Null | ExpressionKind::Bool(_) | ExpressionKind::Number(_) | ExpressionKind::String(_) => true,
        ExpressionKind::Array(items) => items.iter().all(|item| matches!(item, Item::Value(item) if is_literal(item))),
        ExpressionKind::Unary(_, operand) => matches!(operand.kind, ExpressionKind::Number(_)),
        _ => false,
    }
}

/// A value as the language writes it.
fn literal(value: &Json) -> String {
    match value {
        Json::String(text) => {
            format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'").replace("${", "\\${"))
        }
        Json::Array(items) => format!("[{}]", items.iter().map(literal).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}
