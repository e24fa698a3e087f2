//! Globals: properties that are laid under those of all resources of a type.

use super::draft::Source;
use super::node::{At, get_mut, given, is_function, literal, set};
use crate::parse::tree::{Entry, Node, NodeKind};

/// Lists that a resource replaces instead of adding to them.
const REPLACED: &[&str] = &["Architectures"];

/// Lays the global properties of its type under those of a resource.
pub(super) fn lay_under(globals: Option<&Node>, source: &mut Source, kind: &str) {
    let Some(section) = globals.and_then(|globals| given(globals, kind)) else { return };
    let Some(entries) = section.as_mapping() else { return };
    let ignored = source.body.get("IgnoreGlobals");
    if ignored.and_then(literal) == Some("*") {
        return;
    }
    let ignored = ignored.and_then(Node::as_sequence).unwrap_or_default();
    let is_ignored = |entry: &Entry| ignored.iter().any(|item| item.as_str() == Some(&entry.key));
    let kept: Vec<Entry> = entries.iter().filter(|entry| !is_ignored(entry)).cloned().collect();
    let section = Node::new(NodeKind::Mapping(kept), section.span);
    source.properties = merged(&section, &source.properties, "");
}

/// What is written over what is global: mappings are joined, lists are added up, the rest is replaced.
fn merged(global: &Node, local: &Node, key: &str) -> Node {
    if is_function(global) || is_function(local) || REPLACED.contains(&key) {
        return local.clone();
    }
    match (&global.kind, &local.kind) {
        (NodeKind::Mapping(_), NodeKind::Mapping(entries)) => {
            let mut all = Node::new(global.kind.clone(), local.span);
            for entry in entries {
                match get_mut(&mut all, &entry.key) {
                    Some(there) => *there = merged(&there.clone(), &entry.value, &entry.key),
                    None => add(&mut all, entry.clone()),
                }
            }
            all
        }
        (NodeKind::Sequence(global), NodeKind::Sequence(items)) => {
            Node::new(NodeKind::Sequence(global.iter().chain(items).cloned().collect()), local.span)
        }
        _ => local.clone(),
    }
}

fn add(node: &mut Node, entry: Entry) {
    if let NodeKind::Mapping(entries) = &mut node.kind {
        entries.push(entry);
    }
}

/// Says in a definition that the transform makes which version of OpenAPI it has.
pub(super) fn set_version(source: &mut Source) {
    let Some(version) = source.get("OpenApiVersion") else { return };
    let Some(text) = super::definition::version(version) else { return };
    if !source.managed || !is_version_3(&text) {
        return;
    }
    let at = At(version.span);
    if let Some(body) = get_mut(&mut source.properties, "DefinitionBody") {
        super::node::remove(body, "swagger");
        set(body, "openapi", at.text(text));
    }
}

/// Whether a text is a version 3 of OpenAPI.
pub(super) fn is_version_3(text: &str) -> bool {
    let mut parts = text.split('.');
    parts.next() == Some("3") && {
        let rest: Vec<&str> = parts.collect();
        (1..=2).contains(&rest.len())
            && rest.iter().all(|part| part.len() == 1 && part.bytes().all(|byte| byte.is_ascii_digit()))
    }
}
