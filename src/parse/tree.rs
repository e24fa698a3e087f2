//! The tree that JSON and YAML share: values with the places that wrote them, tags kept, aliases resolved.

use ecow::EcoString;

use crate::source::Span;
use crate::value::Number;

/// Nesting above this is refused by both readers: templates that deploy stay far below.
pub const MAX_DEPTH: usize = 128;

/// A value and where it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Its text, without a tag or anchor before it.
    pub span: Span,
    /// The tag of a YAML value as it is written, such as `!Sub`.
    pub tag: Option<EcoString>,
}

/// The shapes of a value.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// A null, or nothing where YAML lets a value be left out.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    String(EcoString),
    /// A sequence.
    Sequence(Vec<Node>),
    /// A mapping; its keys are distinct.
    Mapping(Vec<Entry>),
}

/// A key of a mapping and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key as text.
    pub key: EcoString,
    /// Where the key is written.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

impl Node {
    /// A value without a tag.
    pub fn new(kind: NodeKind, span: Span) -> Self {
        Node { kind, span, tag: None }
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::String(text) => Some(text),
            _ => None,
        }
    }

    /// The elements, if it is a sequence.
    pub fn as_sequence(&self) -> Option<&[Node]> {
        match &self.kind {
            NodeKind::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// The entries, if it is a mapping.
    pub fn as_mapping(&self) -> Option<&[Entry]> {
        match &self.kind {
            NodeKind::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    /// The entry of that key, if it is a mapping that has it.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.as_mapping()?.iter().find(|entry| entry.key == key)
    }

    /// The value of that key, if it is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The word for its shape.
    pub fn shape(&self) -> &'static str {
        match self.kind {
            NodeKind::Null => "null",
            NodeKind::Bool(_) => "a boolean",
            NodeKind::Number(_) => "a number",
            NodeKind::String(_) => "a string",
            NodeKind::Sequence(_) => "a list",
            NodeKind::Mapping(_) => "a mapping",
        }
    }

    /// How many nodes it is made of.
    pub fn size(&self) -> usize {
        1 + match &self.kind {
            NodeKind::Sequence(items) => items.iter().map(Node::size).sum(),
            NodeKind::Mapping(entries) => entries.iter().map(|entry| entry.value.size()).sum(),
            _ => 0,
        }
    }

    /// How many levels it has.
    pub fn depth(&self) -> usize {
        1 + match &self.kind {
            NodeKind::Sequence(items) => items.iter().map(Node::depth).max().unwrap_or(0),
            NodeKind::Mapping(entries) => entries.iter().map(|entry| entry.value.depth()).max().unwrap_or(0),
            _ => 0,
        }
    }
}

/// The entries of a mapping that is being read: a key that comes again takes the place of the first.
#[derive(Default)]
pub(super) struct Entries {
    list: Vec<Entry>,
    /// Filled only for large mappings: the search through a few is faster without.
    places: rustc_hash::FxHashMap<EcoString, usize>,
}

/// Mappings with more entries are searched by hash.
const SMALL: usize = 16;

impl Entries {
    /// Adds an entry; the answer to a key that is there already is the span of the first.
    pub(super) fn add(&mut self, entry: Entry) -> Option<Span> {
        if let Some(at) = self.find(&entry.key)
            && let Some(there) = self.list.get_mut(at)
        {
            let first = there.key_span;
            *there = entry;
            return Some(first);
        }
        if self.list.len() >= SMALL {
            if self.places.is_empty() {
                self.places.extend(self.list.iter().enumerate().map(|(at, entry)| (entry.key.clone(), at)));
            }
            self.places.insert(entry.key.clone(), self.list.len());
        }
        self.list.push(entry);
        None
    }

    /// The place of a key.
    pub(super) fn find(&self, key: &str) -> Option<usize> {
        if self.places.is_empty() {
            self.list.iter().position(|entry| entry.key == key)
        } else {
            self.places.get(key).copied()
        }
    }

    pub(super) fn into_vec(self) -> Vec<Entry> {
        self.list
    }
}

/// The line of an offset, counted from 1; for messages that name a second place.
pub(super) fn line_of(text: &str, offset: u32) -> usize {
    text.bytes().take(offset as usize).filter(|byte| *byte == b'\n').count() + 1
}
