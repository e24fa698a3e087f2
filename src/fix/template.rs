//! Edits of templates in JSON and YAML: literals are replaced, entries are added after the last one of a mapping that
//! stands on one line, indented as their neighbours are.

use serde_json::Value as Json;

use super::layout::{self, before, indent, line_end, rest_of_line, same_line, starts_line};
use super::wanted::{Parts, Want};
use super::{Edit, Refusal};
use crate::normalize::Names;
use crate::parse::tree::{Entry, Node, NodeKind};
use crate::source::{SourceId, Span};

/// A file that is edited.
pub(super) struct Editor<'t> {
    pub(super) text: &'t str,
    pub(super) source: SourceId,
    /// How the names of its provider compare.
    pub(super) names: Names,
    /// What an expression starts with that stands in a text: the bracket of ARM.
    pub(super) expression: Option<char>,
}

/// One step of indentation.
const STEP: &str = "  ";

impl Editor<'_> {
    /// Makes a mapping, or the mappings of a list, hold what is wanted.
    pub(super) fn node(&self, node: &Node, every: bool, parts: &Parts, edits: &mut Vec<Edit>) -> Result<(), Refusal> {
        if let NodeKind::Sequence(items) = &node.kind {
            let meant = if every { items.as_slice() } else { items.get(..1).unwrap_or_default() };
            if meant.is_empty() {
                return Err(Refusal::new("there is no element to set it in"));
            }
            return meant.iter().try_for_each(|item| self.node(item, every, parts, edits));
        }
        let is_intrinsic = |entries: &[Entry]| {
            matches!(entries, [only] if only.key == "Ref" || only.key.starts_with("Fn::")) && self.expression.is_none()
        };
        let entries = node.as_mapping().filter(|entries| node.tag.is_none() && !is_intrinsic(entries));
        let Some(entries) = entries else { return Err(Refusal::elsewhere(self.at(node.span), node.span)) };
        let mut missing: Vec<&(String, Want)> = Vec::new();
        for part in parts {
            let (name, want) = part;
            let there = entries.iter().find(|entry| self.same(&entry.key, name));
            // What an alias or a merge puts here is written elsewhere, and others may have it too.
            if let Some(entry) = there.filter(|entry| !is_within(entry.key_span.to(entry.value.span), node.span)) {
                return Err(Refusal::elsewhere(self.at(entry.value.span), entry.value.span));
            }
            match (want, there) {
                (Want::Value { value, replace: true }, Some(there)) => edits.push(self.replace(there, value)?),
                (Want::Value { .. } | Want::Expression(_), Some(_)) => {}
                (Want::Inside { parts: inner, .. }, Some(there)) if self.is_nothing(&there.value) => {
                    edits.push(self.filled(there, inner));
                }
                (Want::Inside { every, parts: inner, .. }, Some(there)) => {
                    self.node(&there.value, *every, inner, edits)?;
                }
                (Want::Inside { there: true, .. } | Want::Inside { every: true, .. }, None) => {
                    return Err(Refusal::new(format!("there is no {name} to set it in")));
                }
                (_, None) => missing.push(part),
            }
        }
        if !missing.is_empty() {
            edits.extend(self.insert(node, entries, &missing));
        }
        Ok(())
    }

    fn same(&self, one: &str, other: &str) -> bool {
        match self.names {
            Names::Exact | Names::Folded => one == other,
            Names::AnyCase => one.eq_ignore_ascii_case(other),
        }
    }

    fn at(&self, span: Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// Whether a key stands without anything after it.
    fn is_nothing(&self, node: &Node) -> bool {
        matches!(node.kind, NodeKind::Null) && node.tag.is_none() && self.at(node.span).is_empty()
    }

    fn edit(&self, start: usize, end: usize, text: impl Into<String>) -> Edit {
        Edit { span: Span::new(self.source, start, end), text: text.into() }
    }

    /// Puts a value in the place of a literal.
    fn replace(&self, entry: &Entry, value: &Json) -> Result<Edit, Refusal> {
        let node = &entry.value;
        let old = self.at(node.span);
        let is_plain = match &node.kind {
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) => true,
            NodeKind::String(text) => !self.expression.is_some_and(|mark| text.starts_with(mark)),
            NodeKind::Sequence(items) => items.iter().all(|item| item.tag.is_none() && item.as_str().is_some()),
            NodeKind::Mapping(_) => false,
        };
        if !is_plain || node.tag.is_some() || old.starts_with(['|', '>']) {
            return Err(Refusal::elsewhere(old, node.span));
        }
        if old.is_empty() {
            let at = entry.key_span.end as usize;
            let colon = rest_of_line(self.text, at).find(':').map_or(at, |found| at + found + 1);
            return Ok(self.edit(colon, colon, format!(" {}", self.literal(value, None))));
        }
        let quote = old.chars().next().filter(|quote| matches!(quote, '"' | '\''));
        Ok(Edit { span: node.span, text: self.literal(value, quote) })
    }

    fn is_json(&self) -> bool {
        self.expression.is_some() || self.text.trim_start().starts_with(['{', '['])
    }

    /// Puts entries under a key that has nothing.
    fn filled(&self, entry: &Entry, parts: &Parts) -> Edit {
        let at = line_end(self.text, entry.key_span.end as usize);
        let column = before(self.text, entry.key_span.start as usize).chars().count();
        let parts: Vec<&(String, Want)> = parts.iter().collect();
        self.edit(at, at, self.lines(&parts, &" ".repeat(column + STEP.len()), STEP))
    }

    /// Adds what is missing in a mapping.
    fn insert(&self, node: &Node, entries: &[Entry], missing: &[&(String, Want)]) -> Vec<Edit> {
        let newline = layout::newline(self.text);
        let (start, end) = (node.span.start as usize, node.span.end as usize);
        if !self.at(node.span).starts_with('{') {
            return self.insert_block(entries, missing);
        }
        let inline = || missing.iter().map(|(name, want)| format!("{}: {}", self.key(name), self.inline(want)));
        let Some(last) = entries.iter().max_by_key(|entry| entry.value.span.end) else {
            if self.is_json() {
                let outer = indent(self.text, start);
                let step = self.step();
                let lines = self.json_lines(missing, &format!("{outer}{step}"), step);
                return vec![self.edit(start, end, format!("{{{lines}{newline}{outer}}}"))];
            }
            return vec![self.edit(start, end, format!("{{ {} }}", inline().collect::<Vec<_>>().join(", ")))];
        };
        let key = last.key_span.start as usize;
        let at = last.value.span.end as usize;
        if !starts_line(self.text, key) || !self.is_json() {
            return vec![self.edit(at, at, inline().map(|text| format!(", {text}")).collect::<String>())];
        }
        let inner = indent(self.text, key);
        let step = layout::step(inner, indent(self.text, start), STEP);
        let lines = self.json_lines(missing, inner, step);
        let rest = rest_of_line(self.text, at).trim();
        match rest.strip_prefix(',') {
            // A comma after the last entry stays the last.
            Some(_) => {
                let lines = lines.trim_end().to_string() + ",";
                vec![self.edit(line_end(self.text, at), line_end(self.text, at), lines)]
            }
            None if rest.starts_with("//") || rest.starts_with("/*") => {
                let after = line_end(self.text, at);
                vec![self.edit(at, at, ","), self.edit(after, after, lines)]
            }
            None => vec![self.edit(at, at, format!(",{lines}"))],
        }
    }

    /// One step of indentation, as the first entry of the file has it.
    fn step(&self) -> &str {
        let second = self.text.lines().skip(1).find(|line| !line.trim().is_empty()).unwrap_or_default();
        let length = second.len() - second.trim_start_matches([' ', '\t']).len();
        second.get(..length).filter(|step| !step.is_empty()).unwrap_or(STEP)
    }

    /// Adds entries to a mapping of YAML whose entries stand on lines of their own.
    fn insert_block(&self, entries: &[Entry], missing: &[&(String, Want)]) -> Vec<Edit> {
        let newline = layout::newline(self.text);
        let Some(first) = entries.first() else { return Vec::new() };
        let column = before(self.text, first.key_span.start as usize).chars().count();
        let margin = " ".repeat(column);
        let step = self.nesting(entries, column);
        let lines = self.lines(missing, &margin, &step);
        let on_line = |entry: &&Entry| {
            let (key, start, end) = (entry.key_span.start, entry.value.span.start, entry.value.span.end);
            let is_scalar = !matches!(entry.value.kind, NodeKind::Mapping(_) | NodeKind::Sequence(_));
            let text = self.at(entry.value.span);
            is_scalar
                && !text.starts_with(['|', '>'])
                && same_line(self.text, key as usize, start as usize)
                && same_line(self.text, key as usize, end as usize)
                && self.ends_line(end as usize)
        };
        match entries.iter().rev().find(on_line) {
            Some(entry) => {
                let at = line_end(self.text, entry.value.span.end as usize);
                vec![self.edit(at, at, lines)]
            }
            // Before the first entry is the one place that is safe whatever the last one holds.
            None => {
                let at = first.key_span.start as usize;
                let lines = lines.strip_prefix(newline).unwrap_or(&lines).trim_start_matches(' ').to_string();
                vec![self.edit(at, at, format!("{lines}{newline}{margin}"))]
            }
        }
    }

    /// Whether nothing but a comment follows on the line.
    fn ends_line(&self, at: usize) -> bool {
        let rest = rest_of_line(self.text, at);
        rest.trim().is_empty() || rest.trim_start().starts_with('#')
    }

    /// How much deeper a mapping's entries stand than its key.
    fn nesting(&self, entries: &[Entry], column: usize) -> String {
        let inner = entries.iter().filter_map(|entry| entry.value.as_mapping()?.first());
        let deeper = inner
            .map(|entry| before(self.text, entry.key_span.start as usize))
            .find(|text| text.trim().is_empty() && text.chars().count() > column);
        " ".repeat(deeper.map_or(STEP.len(), |text| text.chars().count() - column))
    }

    /// Lines of YAML, each after a line break.
    fn lines(&self, parts: &[&(String, Want)], margin: &str, step: &str) -> String {
        let newline = layout::newline(self.text);
        let mut out = String::new();
        for (name, want) in parts {
            out.push_str(&format!("{newline}{margin}{}:", self.key(name)));
            match want {
                Want::Inside { parts, .. } => {
                    let parts: Vec<&(String, Want)> = parts.iter().collect();
                    out.push_str(&self.lines(&parts, &format!("{margin}{step}"), step));
                }
                Want::Value { value: Json::Array(items), .. } if items.iter().any(Json::is_object) => {
                    out.push_str(&self.items(items, &format!("{margin}{step}"), step));
                }
                _ => out.push_str(&format!(" {}", self.inline(want))),
            }
        }
        out
    }

    /// The elements of a list in YAML, each on lines of its own.
    fn items(&self, items: &[Json], margin: &str, step: &str) -> String {
        let newline = layout::newline(self.text);
        let one = |item: &Json| match item {
            Json::Object(fields) => {
                let parts: Parts =
                    fields.iter().map(|(key, value)| (key.clone(), Want::value(value.clone()))).collect();
                let lines = self.lines(&parts.iter().collect::<Vec<_>>(), &format!("{margin}  "), step);
                let lines = lines.strip_prefix(newline).unwrap_or(&lines).trim_start();
                format!("{newline}{margin}- {lines}")
            }
            other => format!("{newline}{margin}- {}", self.literal(other, None)),
        };
        items.iter().map(one).collect()
    }

    /// Lines of JSON, each after a line break, with commas between them.
    fn json_lines(&self, parts: &[&(String, Want)], margin: &str, step: &str) -> String {
        let newline = layout::newline(self.text);
        let one = |(name, want): &&(String, Want)| match want {
            Want::Inside { parts, .. } => {
                let parts: Vec<&(String, Want)> = parts.iter().collect();
                let inner = self.json_lines(&parts, &format!("{margin}{step}"), step);
                format!("{newline}{margin}{}: {{{inner}{newline}{margin}}}", self.key(name))
            }
            _ => format!("{newline}{margin}{}: {}", self.key(name), self.inline(want)),
        };
        parts.iter().map(one).collect::<Vec<_>>().join(",")
    }

    fn key(&self, name: &str) -> String {
        if self.is_json() { Json::from(name).to_string() } else { self.literal(&Json::from(name), None) }
    }

    /// A value on one line.
    fn inline(&self, want: &Want) -> String {
        match want {
            Want::Value { value, .. } => self.literal(value, None),
            Want::Expression(text) => text.clone(),
            Want::Inside { parts, .. } => {
                let all = parts.iter().map(|(name, want)| format!("{}: {}", self.key(name), self.inline(want)));
                format!("{{ {} }}", all.collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// A value as the format writes it; a text in these quotes, or in none where YAML can do without.
    fn literal(&self, value: &Json, quote: Option<char>) -> String {
        match (value, quote) {
            _ if self.is_json() => value.to_string(),
            (Json::String(text), Some('\'')) => format!("'{}'", text.replace('\'', "''")),
            (Json::String(_), Some(_)) => value.to_string(),
            (Json::String(text), None) if is_plain(text) => text.clone(),
            _ => value.to_string(),
        }
    }
}

/// Whether YAML reads a word as the text that it is.
fn is_plain(text: &str) -> bool {
    let is_word = text.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '/'));
    let starts = text.starts_with(|letter: char| letter.is_ascii_alphabetic());
    let means = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];
    is_word && starts && !means.iter().any(|word| text.eq_ignore_ascii_case(word))
}

fn is_within(inner: Span, outer: Span) -> bool {
    inner.source == outer.source && outer.start <= inner.start && inner.end <= outer.end
}
