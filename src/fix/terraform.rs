//! Edits of Terraform's native syntax: literals are replaced, attributes and blocks are added after the last attribute
//! of a block, aligned as `terraform fmt` aligns them.

use serde_json::Value as Json;

use super::alignment::Assignment;
use super::layout::{self, indent, line_end, rest_of_line, same_line, starts_line};
use super::wanted::{Parts, Want};
use super::{Edit, Refusal};
use crate::normalize::Names;
use crate::parse::terraform::ast::{Block, Body, Expression, ExpressionKind};
use crate::source::{SourceId, Span};

/// A file that is edited.
pub(super) struct Editor<'t> {
    pub(super) text: &'t str,
    pub(super) source: SourceId,
    /// How the names of its provider compare.
    pub(super) names: Names,
    /// Whether what nests is an attribute with an object, and no block.
    pub(super) objects: bool,
}

/// Where lines are put.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Put {
    /// First in a block.
    First,
    /// After others in a block.
    After,
    /// Into an object.
    Object,
}

/// One step of indentation.
const STEP: &str = "  ";

impl Editor<'_> {
    /// Makes a block hold what is wanted.
    pub(super) fn block(&self, block: &Block, parts: &Parts, edits: &mut Vec<Edit>) -> Result<(), Refusal> {
        let body = &block.body;
        let mut missing: Vec<&(String, Want)> = Vec::new();
        for part in parts {
            let (name, want) = part;
            let written = body.attributes.iter().find(|attribute| self.same(&attribute.name, name));
            match (want, written) {
                (Want::Value { value, replace: true }, Some(there)) => edits.push(self.replace(&there.value, value)?),
                (Want::Value { .. } | Want::Expression(_), Some(_)) => {}
                (Want::Inside { every, parts: inner, .. }, Some(there)) => {
                    self.object(&there.value, *every, inner, edits)?;
                }
                (Want::Value { .. } | Want::Expression(_), None) => missing.push(part),
                (Want::Inside { every, there, parts: inner }, None) => {
                    let blocks = self.blocks(body, name);
                    let meant = if *every { blocks.as_slice() } else { blocks.get(..1).unwrap_or_default() };
                    for block in meant {
                        self.block(block, inner, edits)?;
                    }
                    match (meant.is_empty(), *there || *every) {
                        (true, true) => return Err(Refusal::new(format!("there is no {name} to set it in"))),
                        (true, false) => missing.push(part),
                        (false, _) => {}
                    }
                }
            }
        }
        if missing.is_empty() { Ok(()) } else { self.insert(block, &missing, edits) }
    }

    /// The blocks of that name, the contents of dynamic ones among them.
    fn blocks<'b>(&self, body: &'b Body, name: &str) -> Vec<&'b Block> {
        let of = |block: &'b Block| -> Vec<&'b Block> {
            match block.name == "dynamic" && self.same(block.label(0), name) {
                true => block.body.blocks("content").collect(),
                false if self.same(&block.name, name) => vec![block],
                false => Vec::new(),
            }
        };
        body.blocks.iter().flat_map(of).collect()
    }

    fn same(&self, one: &str, other: &str) -> bool {
        let fold = |text: &str| text.replace('_', "").to_ascii_lowercase();
        match self.names {
            Names::Exact => one == other,
            Names::AnyCase => one.eq_ignore_ascii_case(other),
            Names::Folded => fold(one) == fold(other),
        }
    }

    /// Puts a value in the place of a literal.
    fn replace(&self, expression: &Expression, value: &Json) -> Result<Edit, Refusal> {
        let old = self.at(expression.span);
        if !is_literal(expression) || old.starts_with("<<") {
            return Err(Refusal::elsewhere(old, expression.span));
        }
        Ok(Edit { span: expression.span, text: literal(value) })
    }

    fn at(&self, span: Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// Makes an object, or the objects of a list, hold what is wanted.
    fn object(&self, value: &Expression, every: bool, parts: &Parts, edits: &mut Vec<Edit>) -> Result<(), Refusal> {
        let entries = match &value.kind {
            ExpressionKind::Object(entries) => entries,
            ExpressionKind::Tuple(items) if !items.is_empty() => {
                let meant = if every { items.as_slice() } else { items.get(..1).unwrap_or_default() };
                return meant.iter().try_for_each(|item| self.object(item, every, parts, edits));
            }
            ExpressionKind::Call(call) if call.name == "jsonencode" => {
                return match call.arguments.as_slice() {
                    [inner] => self.object(inner, every, parts, edits),
                    _ => Err(Refusal::elsewhere(self.at(value.span), value.span)),
                };
            }
            _ => return Err(Refusal::elsewhere(self.at(value.span), value.span)),
        };
        let mut missing: Vec<&(String, Want)> = Vec::new();
        for part in parts {
            let (name, want) = part;
            let there = entries.iter().find(|(key, _)| match &key.kind {
                ExpressionKind::String(key) => self.same(key, name),
                _ => false,
            });
            match (want, there) {
                (Want::Value { value, replace: true }, Some((_, there))) => edits.push(self.replace(there, value)?),
                (Want::Value { .. } | Want::Expression(_), Some(_)) => {}
                (Want::Inside { every, parts, .. }, Some((_, there))) => self.object(there, *every, parts, edits)?,
                (Want::Inside { there: true, .. } | Want::Inside { every: true, .. }, None) => {
                    return Err(Refusal::new(format!("there is no {name} to set it in")));
                }
                (_, None) => missing.push(part),
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let (start, end) = (value.span.start as usize, value.span.end as usize);
        let outer = indent(self.text, start);
        let last = entries.last().map(|(_, value)| value.span.end as usize);
        let edit = match last {
            Some(last) if same_line(self.text, last, end) => {
                let all = missing.iter().map(|(name, want)| format!(", {} = {}", self.key(name), self.inline(want)));
                Edit { span: Span::new(self.source, last, last), text: all.collect() }
            }
            Some(last) => {
                let inner = entries.last().map_or(0, |(key, _)| key.span.start as usize);
                let inner = indent(self.text, inner);
                let at = line_end(self.text, last);
                let assignments =
                    entries.iter().map(|(key, value)| Assignment::between(key.span, value.span)).collect();
                let text = self.aligned(assignments, &missing, inner, Put::Object, edits);
                Edit { span: Span::new(self.source, at, at), text }
            }
            None => {
                let lines = self.lines(&missing, &format!("{outer}{STEP}"), Put::Object);
                let text = format!("{{{lines}{}{outer}}}", layout::newline(self.text));
                Edit { span: Span::new(self.source, start, end), text }
            }
        };
        edits.push(edit);
        Ok(())
    }

    /// Adds what is missing in a block.
    fn insert(&self, block: &Block, missing: &[&(String, Want)], edits: &mut Vec<Edit>) -> Result<(), Refusal> {
        let newline = layout::newline(self.text);
        let header = block.header.end as usize;
        let close = (block.span.end as usize).saturating_sub(1);
        let open = self.text.get(header..close).and_then(|text| text.find('{')).map(|at| header + at + 1);
        let open = open.filter(|_| self.text.get(close..).is_some_and(|rest| rest.starts_with('}')));
        let Some(open) = open else { return Err(Refusal::new("the block is written in an unusual way")) };
        let outer = indent(self.text, block.span.start as usize);
        let point = |at: usize, text: String| Edit { span: Span::new(self.source, at, at), text };
        let last = block.body.attributes.iter().max_by_key(|attribute| attribute.value.span.end);
        let last_end = last.map(|last| {
            let text = self.at(last.value.span);
            last.value.span.start as usize + text.trim_end_matches(['\r', '\n']).len()
        });
        if same_line(self.text, open, close) {
            // A block on one line takes a line for each attribute.
            let inner = format!("{outer}{STEP}");
            let written = self.text.get(open..close).unwrap_or_default();
            let put = if written.trim().is_empty() { Put::First } else { Put::After };
            let lines = self.lines(missing, &inner, put);
            if put == Put::First {
                edits
                    .push(Edit { span: Span::new(self.source, open, close), text: format!("{lines}{newline}{outer}") });
                return Ok(());
            }
            let start = open + (written.len() - written.trim_start().len());
            let end = open + written.trim_end().len();
            edits.push(Edit { span: Span::new(self.source, open, start), text: format!("{newline}{inner}") });
            edits.push(Edit { span: Span::new(self.source, end, close), text: format!("{lines}{newline}{outer}") });
            return Ok(());
        }
        if let (Some(last), Some(end)) = (last, last_end) {
            let rest = rest_of_line(self.text, end).trim_start();
            if !(rest.is_empty() || rest.starts_with(['#', '/'])) {
                return Err(Refusal::new("the block is written in an unusual way"));
            }
            let inner = indent(self.text, last.name_span.start as usize);
            let at = line_end(self.text, end);
            let assignments = block.body.attributes.iter().map(Assignment::of).collect();
            let mut text = self.aligned(assignments, missing, inner, Put::After, edits);
            let follows = self.text.get(at..).unwrap_or_default().lines().nth(1).unwrap_or_default().trim();
            let ends_in_block = missing.iter().any(|(_, want)| self.is_block(want));
            if ends_in_block && !follows.is_empty() && follows != "}" {
                text.push_str(newline);
            }
            edits.push(point(at, text));
            return Ok(());
        }
        let first = block.body.blocks.iter().map(|block| block.span.start as usize).min();
        match first.filter(|first| starts_line(self.text, *first)) {
            Some(first) => {
                let inner = indent(self.text, first);
                edits.push(point(line_end(self.text, open), self.lines(missing, inner, Put::First) + newline));
            }
            None => {
                let at = layout::line_start(self.text, close).saturating_sub(newline.len()).max(open);
                edits.push(point(at, self.lines(missing, &format!("{outer}{STEP}"), Put::First)));
            }
        }
        Ok(())
    }

    fn is_block(&self, want: &Want) -> bool {
        matches!(want, Want::Inside { .. }) && !self.objects
    }

    /// What is wanted in a block that is added, also where that is nothing: `{}` in a table.
    fn added_block<'w>(&self, want: &'w Want) -> Option<&'w [(String, Want)]> {
        match want {
            Want::Inside { parts, .. } => Some(parts),
            Want::Value { value: Json::Object(fields), .. } if fields.is_empty() => Some(&[]),
            _ => None,
        }
    }

    /// Lines, each after a line break: attributes, aligned among themselves, and then blocks.
    pub(super) fn lines(&self, parts: &[&(String, Want)], indent: &str, put: Put) -> String {
        let names = parts.iter().filter(|(_, want)| self.added_block(want).is_none());
        let width = names.map(|(name, _)| self.key(name).len()).max().unwrap_or(0);
        self.padded(parts, indent, width, put)
    }

    pub(super) fn padded(&self, parts: &[&(String, Want)], indent: &str, width: usize, put: Put) -> String {
        let newline = layout::newline(self.text);
        let (mut attributes, mut blocks) = (String::new(), String::new());
        let starts_with_block = put == Put::First && parts.iter().all(|(_, want)| self.added_block(want).is_some());
        for (name, want) in parts {
            let name = self.key(name);
            match self.added_block(want) {
                Some(parts) => {
                    let parts: Vec<&(String, Want)> = parts.iter().collect();
                    let inner_put = if put == Put::Object || self.objects { Put::Object } else { Put::First };
                    let inner = self.lines(&parts, &format!("{indent}{STEP}"), inner_put);
                    if inner_put == Put::Object {
                        attributes.push_str(&format!("{newline}{indent}{name} = {{{inner}{newline}{indent}}}"));
                    } else {
                        let is_first = starts_with_block && blocks.is_empty();
                        let gap = if is_first { "" } else { newline };
                        let end = if inner.is_empty() { String::new() } else { format!("{newline}{indent}") };
                        blocks.push_str(&format!("{newline}{gap}{indent}{name} {{{inner}{end}}}"));
                    }
                }
                None => attributes.push_str(&format!("{newline}{indent}{name:width$} = {}", self.inline(want))),
            }
        }
        attributes + &blocks
    }

    /// A value on one line.
    fn inline(&self, want: &Want) -> String {
        match want {
            Want::Value { value, .. } => literal(value),
            Want::Expression(text) => text.clone(),
            Want::Inside { parts, .. } => {
                let all = parts.iter().map(|(name, want)| format!("{} = {}", self.key(name), self.inline(want)));
                format!("{{ {} }}", all.collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// A name as the provider spells it in this syntax.
    pub(super) fn key(&self, name: &str) -> String {
        if self.names != Names::Folded {
            return name.to_string();
        }
        let letters: Vec<char> = name.chars().collect();
        let mut out = String::new();
        for (at, letter) in letters.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|at| letters.get(at));
            let starts = letter.is_uppercase()
                && before.is_some_and(|before| {
                    !before.is_uppercase() || letters.get(at + 1).is_some_and(|next| next.is_lowercase())
                });
            if starts {
                out.push('_');
            }
            out.extend(letter.to_lowercase());
        }
        out
    }

    /// A new block after another one.
    pub(super) fn resource(&self, after: &Block, (type_, name): (&str, &str), parts: &Parts) -> Edit {
        let newline = layout::newline(self.text);
        let at = line_end(self.text, after.span.end as usize);
        let parts: Vec<&(String, Want)> = parts.iter().collect();
        let lines = self.lines(&parts, STEP, Put::First);
        let text = format!("{newline}{newline}resource \"{type_}\" \"{name}\" {{{lines}{newline}}}");
        Edit { span: Span::new(self.source, at, at), text }
    }
}

fn is_literal(expression: &Expression) -> bool {
    match &expression.kind {
        ExpressionKind::Null | ExpressionKind::Bool(_) | ExpressionKind::Number(_) | ExpressionKind::String(_) => true,
        ExpressionKind::Tuple(items) => items.iter().all(is_literal),
        ExpressionKind::Unary(_, operand) => matches!(operand.kind, ExpressionKind::Number(_)),
        _ => false,
    }
}

/// A value as the language writes it.
fn literal(value: &Json) -> String {
    match value {
        Json::String(text) => {
            let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            format!("\"{}\"", text.replace("${", "$${").replace("%{", "%%{"))
        }
        Json::Array(items) => format!("[{}]", items.iter().map(literal).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}
