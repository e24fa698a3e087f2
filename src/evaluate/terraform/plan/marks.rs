//! What a plan says beside its values: which of them are known only after apply, and which are sensitive.

use crate::parse::tree::{Node, NodeKind};

/// The marks on a value: trees of its shape with `true` where the mark is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Marks<'n> {
    pub(super) unknown: Option<&'n Node>,
    pub(super) sensitive: Option<&'n Node>,
}

impl<'n> Marks<'n> {
    pub(super) fn key(self, name: &str) -> Self {
        let at = |node: Option<&'n Node>| node.and_then(|node| node.get(name));
        Marks { unknown: at(self.unknown), sensitive: at(self.sensitive) }
    }

    pub(super) fn item(self, index: usize) -> Self {
        let at = |node: Option<&'n Node>| node.and_then(|node| node.as_sequence()?.get(index));
        Marks { unknown: at(self.unknown), sensitive: at(self.sensitive) }
    }

    /// Whether all of the value is known only after apply.
    pub(super) fn is_unknown(self) -> bool {
        self.unknown.is_some_and(is_true)
    }

    /// Whether all of the value is sensitive.
    pub(super) fn is_sensitive(self) -> bool {
        self.sensitive.is_some_and(is_true)
    }

    /// The keys under which something is known only after apply; values leave them out.
    pub(super) fn unknown_keys(self) -> impl Iterator<Item = &'n str> {
        let entries = self.unknown.and_then(Node::as_mapping).unwrap_or_default();
        entries.iter().filter(|entry| holds_true(&entry.value)).map(|entry| entry.key.as_str())
    }
}

fn is_true(node: &Node) -> bool {
    node.kind == NodeKind::Bool(true)
}

fn holds_true(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Bool(value) => *value,
        NodeKind::Sequence(items) => items.iter().any(holds_true),
        NodeKind::Mapping(entries) => entries.iter().any(|entry| holds_true(&entry.value)),
        _ => false,
    }
}
