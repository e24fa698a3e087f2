//! What expressions are worth at a place of a text, and where their values come from.

use std::path::Path;
use std::sync::Arc;

use gen_lsp_types::Uri;
use serde_json::Map as JsonMap;

use super::documents::Documents;
use crate::parse::terraform as parser;
use crate::parse::terraform::place;
use crate::report::{Masks, Report};
use crate::run::{Answer, Session};
use crate::source::{LineIndex, SourceMap, Span};
use crate::value::{Data, Entry, Map, Value, to_json};

/// Longer texts of values are cut.
const MAX_LENGTH: usize = 600;
/// Expressions around each other of which the worth is tried.
const MAX_TRIED: usize = 8;

/// What stands at a place and what it is worth.
pub(super) struct Worth {
    /// The place.
    pub(super) start: u32,
    /// Its end.
    pub(super) end: u32,
    /// What it is worth, in Markdown.
    pub(super) told: String,
}

/// What is worth something at an offset: the innermost expression that has a value.
pub(super) fn at(session: &Session, documents: &Documents, path: &Path, text: &str, offset: u32) -> Option<Worth> {
    let evaluated = expression(session, documents, path, text, offset);
    let attribute = attribute(session, documents, path, offset);
    match (evaluated, attribute) {
        (Some(evaluated), Some(attribute)) => {
            let is_smaller = evaluated.end - evaluated.start < attribute.end - attribute.start;
            Some(if is_smaller { evaluated } else { attribute })
        }
        (evaluated, attribute) => attribute.or(evaluated),
    }
}

/// The attribute of a resource whose expression has an offset: as it was evaluated for each resource of the block.
fn attribute(session: &Session, documents: &Documents, path: &Path, offset: u32) -> Option<Worth> {
    let mut told: Vec<(String, Vec<String>)> = Vec::new();
    let mut place: Option<Span> = None;
    for (report, project, _) in session.projects(path) {
        let of_file = |span: Span| report.sources.get(span.source).is_some_and(|source| source.path == path);
        for resource in report.graph.resources.iter().filter(|resource| resource.project == project) {
            if !holds(resource.span, offset) || !of_file(resource.span) {
                continue;
            }
            let Some(entry) = innermost(&resource.body, offset, resource.span) else { continue };
            if place.is_some_and(|place| (place.start, place.end) != (entry.span.start, entry.span.end)) {
                continue;
            }
            place = Some(entry.span);
            let words = words(&entry.value, &report.sources, documents, Some(report));
            let address = resource.address.to_string();
            match told.iter_mut().find(|(there, _)| *there == words) {
                Some((_, addresses)) => addresses.push(address),
                None => told.push((words, vec![address])),
            }
        }
    }
    let place = place?;
    let told = match told.as_slice() {
        [(words, _)] => words.clone(),
        several => several
            .iter()
            .map(|(words, addresses)| format!("In {}:\n\n{words}", addresses.join(", ")))
            .collect::<Vec<_>>()
            .join("\n\n"),
    };
    Some(Worth { start: place.start, end: place.end, told })
}

fn holds(span: Span, offset: u32) -> bool {
    span.start <= offset && offset <= span.end
}

/// The smallest entry of a body whose expression has an offset.
fn innermost(map: &Map, offset: u32, within: Span) -> Option<&Entry> {
    let mut best: Option<&Entry> = None;
    let mut open: Vec<&Map> = vec![map];
    let length = |entry: &Entry| entry.span.end - entry.span.start;
    while let Some(map) = open.pop() {
        for entry in map.entries.values() {
            maps(&entry.value, &mut open);
            let is_here = entry.span.source == within.source && holds(entry.span, offset);
            if is_here && best.is_none_or(|best| length(entry) < length(best)) {
                best = Some(entry);
            }
        }
    }
    best
}

/// The mappings in a value.
fn maps<'v>(value: &'v Value, open: &mut Vec<&'v Map>) {
    match &value.data {
        Data::Map(map) => open.push(map),
        Data::List(list) => list.items.iter().for_each(|item| maps(item, open)),
        _ => {}
    }
}

/// The expression at an offset that has a value in the scope of the file.
fn expression(session: &Session, documents: &Documents, path: &Path, text: &str, offset: u32) -> Option<Worth> {
    let mut calculator = session.calculator(path, documents.files().clone())?;
    let candidates = candidates(path, text, offset);
    for (start, end, asked) in candidates.into_iter().rev().take(MAX_TRIED) {
        let answer = calculator.ask(&asked, &JsonMap::new());
        if let Answer::Value(value) = &answer.answer {
            let told = words(value, answer.sources, documents, None);
            return Some(Worth { start, end, told });
        }
    }
    None
}

/// What may be asked at an offset, the outermost first: its place, and the expression in the dialect's own words.
fn candidates(path: &Path, text: &str, offset: u32) -> Vec<(u32, u32, String)> {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let spanned = |start: u32, end: u32| {
        let said = text.get(start as usize..end as usize)?;
        Some((start, end, said.to_string()))
    };
    match ending {
        "tf" | "tofu" => {
            let parsed = parser::parse(SourceMap::new().next_id(), text);
            let spans = place::expressions(&parsed.body, offset);
            spans.into_iter().filter_map(|span| spanned(span.start, span.end)).collect()
        }
        "bicep" | "bicepparam" => {
            let named = word(text, offset, |character| character.is_alphanumeric() || matches!(character, '_' | '.'));
            named.and_then(|(start, end)| spanned(start, until_dot(text, offset, end))).into_iter().collect()
        }
        "json" if text.contains("deploymentTemplate.json") => {
            let bracketed = bracketed(text, offset).and_then(|(start, end)| spanned(start, end));
            bracketed.into_iter().collect()
        }
        _ => {
            let named = word(text, offset, char::is_alphanumeric);
            let named = named.and_then(|(start, end)| spanned(start, end));
            named
                .map(|(start, end, name)| (start, end, serde_json::json!({"Ref": name}).to_string()))
                .into_iter()
                .collect()
        }
    }
}

/// The word around an offset.
fn word(text: &str, offset: u32, is_part: impl Fn(char) -> bool) -> Option<(u32, u32)> {
    let (before, after) = (text.get(..offset as usize)?, text.get(offset as usize..)?);
    let start = before.trim_end_matches(&is_part).len() as u32;
    let end = offset + (after.len() - after.trim_start_matches(&is_part).len()) as u32;
    (start < end).then_some((start, end))
}

/// The end of a dotted name where the step under the cursor ends.
fn until_dot(text: &str, offset: u32, end: u32) -> u32 {
    let rest = text.get(offset as usize..end as usize).unwrap_or_default();
    offset + rest.find('.').unwrap_or(rest.len()) as u32
}

/// The expression of ARM around an offset, without its brackets.
fn bracketed(text: &str, offset: u32) -> Option<(u32, u32)> {
    let (before, after) = (text.get(..offset as usize)?, text.get(offset as usize..)?);
    let line = before.get(before.rfind('\n').map_or(0, |at| at + 1)..)?;
    let start = before.len() - line.len() + line.rfind("\"[")? + 2;
    let end = offset as usize + after.split('\n').next()?.find("]\"")?;
    (start <= end).then_some((start as u32, end as u32))
}

/// A value and its way, in Markdown. What is a secret is not repeated.
fn words(value: &Value, sources: &SourceMap, documents: &Documents, report: Option<&Arc<Report>>) -> String {
    let shown = match (value.sensitive, value.unknown_reason()) {
        (true, _) => "a sensitive value".to_string(),
        (false, Some(reason)) => format!("not known: {reason}"),
        (false, None) => {
            let text = serde_json::to_string_pretty(&to_json(value)).unwrap_or_default();
            let text = report.map_or_else(|| text.clone(), |report| Masks::of(report).masked(&text));
            let cut: String = text.chars().take(MAX_LENGTH).collect();
            let dots = if cut.len() < text.len() { " ..." } else { "" };
            format!("```json\n{cut}{dots}\n```")
        }
    };
    let mut told = shown;
    for step in value.origin.steps().iter().rev() {
        told.push_str(&format!("\n- from {}{}", step.label(), link(step.span, sources, documents)));
    }
    let written = link(value.origin.span, sources, documents);
    if !value.origin.steps().is_empty() && !written.is_empty() {
        told.push_str(&format!("\n- written{written}"));
    }
    told
}

/// A link to a place; nothing for what is written nowhere.
fn link(span: Span, sources: &SourceMap, documents: &Documents) -> String {
    let Some(source) = sources.get(span.source).filter(|source| source.path.is_absolute()) else {
        return String::new();
    };
    let line = LineIndex::new(&source.text).line(span.start) + 1;
    let Uri(uri) = documents.uri(&source.path);
    format!(" at [{}:{line}]({uri}#L{line})", source.name)
}

/// What an attribute is worth in a few characters, where that says more than its text does.
pub(super) fn short(value: &Value, entry: Span) -> Option<String> {
    let is_written = value.origin.steps().is_empty() && value.origin.span == entry;
    if is_written || value.sensitive {
        return None;
    }
    match &value.data {
        Data::Null | Data::Bool(_) | Data::Number(_) | Data::String(_) => {
            let text = to_json(value).to_string();
            (text.chars().count() <= 40).then_some(text)
        }
        _ => None,
    }
}
