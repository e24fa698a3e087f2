//! Templates that stand inside another one: the body of a stack set.

use ecow::eco_format;

use super::{Template, is_template, nested};
use crate::evaluate::{Code, Diagnostic};
use crate::parse::documents::{self, Trees};
use crate::parse::tree::{Node, NodeKind};
use crate::parse::{json, yaml};
use crate::source::{SourceMap, Span};

/// The property that holds a template.
pub(super) const BODY: &str = "TemplateBody";

/// The templates in the bodies of a template's stack sets, by the places of their texts.
pub(super) fn templates(
    template: &Template,
    sources: &SourceMap,
    errors: &mut Vec<Diagnostic>,
) -> Vec<(Span, Template)> {
    let resources = template.root.get("Resources").and_then(Node::as_mapping).unwrap_or_default();
    let mut found = Vec::new();
    for entry in resources {
        if !entry.value.get("Type").and_then(Node::as_str).is_some_and(nested::is_stack) {
            continue;
        }
        let body = entry.value.get("Properties").and_then(|properties| properties.get(BODY));
        let Some((node, text)) = body.and_then(|node| Some((node, node.as_str()?))) else { continue };
        if node.tag.is_some() {
            continue;
        }
        let read = read(node, text, sources);
        errors.extend(read.errors.into_iter().map(|error| Diagnostic::at(Code::ParseError, error.span, error.message)));
        match read.trees.into_iter().find(is_template) {
            Some(root) => found.push((node.span, Template::new(template.path.clone(), template.document, root))),
            None => {
                let message = eco_format!("the body of {} holds no template, so it is not checked", entry.key);
                errors.push(Diagnostic::at(Code::InvalidTemplate, node.span, message));
            }
        }
    }
    found
}

/// Reads a text in a text. In a literal block of YAML every part has its own place; elsewhere, where escapes stand
/// between, all of it has that of the whole.
fn read(node: &Node, text: &str, sources: &SourceMap) -> Trees {
    let source = node.span.source;
    let whole = sources.get(source).map(|source| source.text.as_ref()).unwrap_or_default();
    let before = whole.get(..node.span.start as usize).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let header = before.get(..start).unwrap_or_default().trim_end().rsplit([' ', '\n']).next().unwrap_or_default();
    if header.starts_with('|')
        && let Some(raw) = whole.get(start..node.span.end as usize)
    {
        return match yaml::parse_part(source, raw, start) {
            Ok(parsed) => Trees { trees: parsed.documents, errors: parsed.errors },
            Err(error) => Trees { trees: Vec::new(), errors: vec![error] },
        };
    }
    let mut read = documents::parse(source, text, false, json::Options::STRICT);
    read.trees.iter_mut().for_each(|tree| placed(tree, node.span));
    read.errors.iter_mut().for_each(|error| error.span = node.span);
    read
}

/// Puts a node and what is in it at one place.
fn placed(node: &mut Node, span: Span) {
    node.span = span;
    match &mut node.kind {
        NodeKind::Sequence(items) => items.iter_mut().for_each(|item| placed(item, span)),
        NodeKind::Mapping(entries) => {
            for entry in entries {
                entry.key_span = span;
                placed(&mut entry.value, span);
            }
        }
        _ => {}
    }
}
