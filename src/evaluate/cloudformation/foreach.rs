//! `Fn::ForEach`: one entry becomes many, with the loop's name replaced by each element.

use ecow::{EcoString, eco_format};

use super::{Evaluator, Failure};
use crate::parse::tree::{Entry, Node, NodeKind};
use crate::value::{Data, Value};

/// Whether a key starts a loop.
pub(super) fn is_loop(key: &str) -> bool {
    key.starts_with("Fn::ForEach::")
}

/// The first body of a loop, to tell what it makes.
pub(super) fn sample(node: &Node) -> Option<&Node> {
    let body = &node.as_sequence()?.get(2)?.as_mapping()?.first()?.value;
    Some(body)
}

impl Evaluator<'_, '_> {
    /// The entries that a loop makes, loops inside it as well.
    pub(super) fn expand(&self, entry: &Entry) -> Result<Vec<Entry>, Failure> {
        let wrong =
            || Failure::at(entry.key_span, "Fn::ForEach takes a name, a list of values, and a mapping of what to make");
        let [name, collection, body] = entry.value.as_sequence().ok_or_else(wrong)? else { return Err(wrong()) };
        let name = name.as_str().ok_or_else(wrong)?;
        let body = body.as_mapping().ok_or_else(wrong)?;
        let elements = self.elements(collection)?;
        let size: usize = body.iter().map(|entry| entry.value.size()).sum();
        let mut made: Vec<Entry> = Vec::new();
        for element in &elements {
            self.shared.spend(size, entry.key_span)?;
            for one in body {
                let one = substituted_entry(one, name, element);
                if is_loop(&one.key) { made.extend(self.expand(&one)?) } else { made.push(one) }
            }
        }
        Ok(made)
    }

    /// The texts that a loop goes through. One that is not known stands for all of them under its own name.
    fn elements(&self, collection: &Node) -> Result<Vec<EcoString>, Failure> {
        let value = self.worth_or_null(collection);
        let wrong = |what: &Value| {
            Failure::at(collection.span, eco_format!("Fn::ForEach takes a list of texts, not a {}", what.shape()))
        };
        let items = match &value.data {
            Data::List(list) => list.items.clone(),
            Data::Unknown(_) | Data::Choice(_) => {
                let reason = value.unknown_reason().unwrap_or_default();
                let message =
                    eco_format!("what this loop goes through is not known ({reason}), so what it makes is not checked");
                return Err(Failure::at(collection.span, message));
            }
            _ => return Err(wrong(&value)),
        };
        items
            .iter()
            .map(|item| match &item.data {
                Data::String(text) => Ok(text.clone()),
                Data::Number(number) => Ok(eco_format!("{number}")),
                Data::Bool(value) => Ok(eco_format!("{value}")),
                _ => Err(wrong(item)),
            })
            .collect()
    }
}

fn substituted_entry(entry: &Entry, name: &str, element: &str) -> Entry {
    // Keys of resources hold letters and digits alone where they are written with &.
    let key = substituted_text(&entry.key, name, element);
    Entry { key, key_span: entry.key_span, value: substituted(&entry.value, name, element) }
}

/// A node with the loop's name replaced.
fn substituted(node: &Node, name: &str, element: &str) -> Node {
    let is_reference = |text: &str| text == name;
    let kind = match &node.kind {
        NodeKind::String(text) if node.tag.as_deref() == Some("!Ref") && is_reference(text) => {
            return Node::new(NodeKind::String(element.into()), node.span);
        }
        NodeKind::String(text) => NodeKind::String(substituted_text(text, name, element)),
        NodeKind::Sequence(items) => {
            NodeKind::Sequence(items.iter().map(|item| substituted(item, name, element)).collect())
        }
        NodeKind::Mapping(entries) => match entries.as_slice() {
            [Entry { key, value, .. }] if key == "Ref" && value.as_str().is_some_and(is_reference) => {
                return Node::new(NodeKind::String(element.into()), node.span);
            }
            _ => NodeKind::Mapping(entries.iter().map(|entry| substituted_entry(entry, name, element)).collect()),
        },
        other => other.clone(),
    };
    Node { kind, span: node.span, tag: node.tag.clone() }
}

fn substituted_text(text: &EcoString, name: &str, element: &str) -> EcoString {
    if !text.contains('{') {
        return text.clone();
    }
    let letters: String = element.chars().filter(char::is_ascii_alphanumeric).collect();
    text.replace(&format!("${{{name}}}"), element).replace(&format!("&{{{name}}}"), &letters)
}
