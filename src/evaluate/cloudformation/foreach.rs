//! `Fn::ForEach`: one entry becomes many, with the loop's name replaced by each element.

use ecow::{EcoString, eco_format};

use super::{Evaluator, Failure, text};
use crate::parse::tree::{Entry, Node, NodeKind};
use crate::source::Span;
use crate::value::{Data, Origin, Value};

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
            let with = match element {
                Element::Known(text) => Some(text),
                Element::Open(value) => {
                    self.loops.borrow_mut().insert(name.into(), value.clone());
                    None
                }
            };
            for one in body {
                let one = substituted_entry(one, name, with);
                if is_loop(&one.key) { made.extend(self.expand(&one)?) } else { made.push(one) }
            }
        }
        Ok(made)
    }

    /// What a loop goes through. What is not known of it is one element, which stands for all of them.
    fn elements(&self, collection: &Node) -> Result<Vec<Element>, Failure> {
        let value = self.worth_or_null(collection);
        let wrong = |what: &Value| {
            Failure::at(collection.span, eco_format!("Fn::ForEach takes a list of texts, not a {}", what.shape()))
        };
        let items = match &value.data {
            Data::List(list) => list.items.clone(),
            Data::Unknown(_) | Data::Choice(_) => return Ok(vec![Element::Open(element_of(&value))]),
            _ => return Err(wrong(&value)),
        };
        let mut open = None;
        let mut elements = Vec::with_capacity(items.len());
        for item in items.iter() {
            match text::of(item) {
                Some(text) => elements.push(Element::Known(text)),
                None if item.is_unknown() => {
                    open.get_or_insert_with(|| Element::Open(item.clone()));
                }
                None => return Err(wrong(item)),
            }
        }
        elements.extend(open);
        Ok(elements)
    }

    /// A text with the names of loops whose elements are not known put in.
    pub(super) fn text_in_loops(&self, text: &EcoString, span: Span) -> Value {
        let loops = self.loops.borrow();
        let mut pieces: Vec<Value> = vec![Value::string(text.clone())];
        for (name, element) in loops.iter() {
            let marked = format!("${{{name}}}");
            let cut = |piece: Value| match piece.as_str() {
                Some(text) if text.contains(&marked) => {
                    let parts = text.split(marked.as_str()).map(|part| Value::string(EcoString::from(part)));
                    let mut made: Vec<Value> = Vec::new();
                    for part in parts {
                        if !made.is_empty() {
                            made.push(element.clone());
                        }
                        made.push(part);
                    }
                    made
                }
                _ => vec![piece],
            };
            pieces = pieces.into_iter().flat_map(cut).collect();
        }
        text::joined(&pieces, span).unwrap_or_else(|_| Value::string(text.clone()).with_origin(Origin::at(span)))
    }
}

/// What a loop goes through in one turn.
enum Element {
    /// This text.
    Known(EcoString),
    /// All texts that are not known.
    Open(Value),
}

/// Any element of a list that is not known.
fn element_of(list: &Value) -> Value {
    let reason = list.unknown_reason().unwrap_or_default();
    Value::unknown(eco_format!("what the loop goes through is not known: {reason}")).with_origin(list.origin.clone())
}

/// An entry with the loop's name replaced; where its element is not known, the name stays, in the one form that
/// evaluation knows.
fn substituted_entry(entry: &Entry, name: &str, element: Option<&EcoString>) -> Entry {
    // Keys of resources hold letters and digits alone where they are written with &.
    let key = substituted_text(&entry.key, name, element);
    Entry { key, key_span: entry.key_span, value: substituted(&entry.value, name, element) }
}

/// A node with the loop's name replaced.
fn substituted(node: &Node, name: &str, element: Option<&EcoString>) -> Node {
    let is_reference = |text: &str| text == name;
    let kind = match &node.kind {
        NodeKind::String(text) if node.tag.as_deref() == Some("!Ref") && is_reference(text) => match element {
            Some(element) => return Node::new(NodeKind::String(element.clone()), node.span),
            None => node.kind.clone(),
        },
        NodeKind::String(text) => NodeKind::String(substituted_text(text, name, element)),
        NodeKind::Sequence(items) => {
            NodeKind::Sequence(items.iter().map(|item| substituted(item, name, element)).collect())
        }
        NodeKind::Mapping(entries) => match (entries.as_slice(), element) {
            ([Entry { key, value, .. }], Some(element)) if key == "Ref" && value.as_str().is_some_and(is_reference) => {
                return Node::new(NodeKind::String(element.clone()), node.span);
            }
            _ => NodeKind::Mapping(entries.iter().map(|entry| substituted_entry(entry, name, element)).collect()),
        },
        other => other.clone(),
    };
    Node { kind, span: node.span, tag: node.tag.clone() }
}

fn substituted_text(text: &EcoString, name: &str, element: Option<&EcoString>) -> EcoString {
    if !text.contains('{') {
        return text.clone();
    }
    let Some(element) = element else { return text.replace(&format!("&{{{name}}}"), &format!("${{{name}}}")) };
    let letters: String = element.chars().filter(char::is_ascii_alphanumeric).collect();
    text.replace(&format!("${{{name}}}"), element).replace(&format!("&{{{name}}}"), &letters)
}
