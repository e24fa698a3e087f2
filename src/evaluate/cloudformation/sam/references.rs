//! References to what the transform makes: `MyFunction.Alias` and its kin become the ids that they stand for.

use ecow::{EcoString, eco_format};
use indexmap::IndexMap;

use super::node::target;
use crate::parse::tree::{Entry, Node, NodeKind};

/// The ids that names of the form `resource.part` stand for.
pub(super) type Names = IndexMap<EcoString, EcoString, rustc_hash::FxBuildHasher>;

/// Replaces the names in a tree.
pub(super) fn resolve(node: &mut Node, names: &Names) {
    if let Some(id) = target(node).and_then(|name| names.get(name)) {
        *node = Node { kind: NodeKind::Mapping(vec![entry("Ref", id, node)]), span: node.span, tag: None };
        return;
    }
    let is_sub = node.tag.as_deref() == Some("!Sub");
    let is_attribute = node.tag.as_deref() == Some("!GetAtt");
    match &mut node.kind {
        NodeKind::String(text) if is_sub => in_text(text, names),
        NodeKind::String(text) if is_attribute => in_attribute(text, names),
        NodeKind::Sequence(items) => {
            if is_attribute {
                in_parts(items, names);
            }
            if is_sub {
                in_first(items, names);
            }
            items.iter_mut().for_each(|item| resolve(item, names));
        }
        NodeKind::Mapping(entries) => {
            if let [Entry { key, value, .. }] = entries.as_mut_slice() {
                match (key.as_str(), &mut value.kind) {
                    ("Fn::Sub", NodeKind::String(text)) => in_text(text, names),
                    ("Fn::Sub", NodeKind::Sequence(items)) => in_first(items, names),
                    ("Fn::GetAtt", NodeKind::String(text)) => in_attribute(text, names),
                    ("Fn::GetAtt", NodeKind::Sequence(items)) => in_parts(items, names),
                    _ => {}
                }
            }
            entries.iter_mut().for_each(|entry| resolve(&mut entry.value, names));
        }
        _ => {}
    }
}

fn entry(key: &str, id: &EcoString, at: &Node) -> Entry {
    let value = Node::new(NodeKind::String(id.clone()), at.span);
    Entry { key: key.into(), key_span: at.span, value }
}

fn in_first(items: &mut [Node], names: &Names) {
    if let Some(Node { kind: NodeKind::String(text), .. }) = items.first_mut() {
        in_text(text, names);
    }
}

/// Replaces the names in the text of an Fn::Sub.
fn in_text(text: &mut EcoString, names: &Names) {
    for (name, id) in names {
        for end in ['}', '.'] {
            let pattern = format!("${{{name}{end}");
            if text.contains(&pattern) {
                *text = text.replace(&pattern, &format!("${{{id}{end}"));
            }
        }
    }
}

/// Replaces the name before the attribute in an Fn::GetAtt.
fn in_attribute(text: &mut EcoString, names: &Names) {
    let Some((name, attribute)) = text.rsplit_once('.') else { return };
    if let Some(id) = names.get(name) {
        *text = eco_format!("{id}.{attribute}");
    }
}

fn in_parts(items: &mut [Node], names: &Names) {
    if let Some(Node { kind: NodeKind::String(text), .. }) = items.first_mut()
        && let Some(id) = names.get(text)
    {
        *text = id.clone();
    }
}
