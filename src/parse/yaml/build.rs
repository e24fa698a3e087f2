//! Events to the tree: places cut to the text, aliases resolved within a budget, merge keys, duplicate keys.

use std::ops::Range;

use ecow::{EcoString, eco_format};
use granit_parser::{Event, ScalarStyle, StructureStyle, Tag};
use rustc_hash::FxHashMap;

use super::{MAX_ALIASED, MAX_ERRORS, Parsed, scalar};
use crate::parse::SyntaxError;
use crate::parse::tree::{Entries, Entry, MAX_DEPTH, Node, NodeKind, line_of};
use crate::source::{SourceId, Span};

/// Makes trees of events.
pub(super) struct Builder<'t> {
    source: SourceId,
    text: &'t str,
    base: usize,
    parsed: Parsed,
    open: Vec<Frame>,
    anchors: FxHashMap<usize, Node>,
    aliased: usize,
}

/// A sequence or mapping that is being read.
struct Frame {
    start: usize,
    /// The end of the last thing in it.
    end: usize,
    style: StructureStyle,
    anchor: usize,
    tag: Option<EcoString>,
    inside: Inside,
}

enum Inside {
    Sequence(Vec<Node>),
    Mapping { entries: Entries, merged: Vec<Node>, key: Option<Key> },
}

/// A key that waits for its value.
struct Key {
    /// None for a key that is no scalar.
    text: Option<EcoString>,
    span: Span,
    is_merge: bool,
}

impl<'t> Builder<'t> {
    pub(super) fn new(source: SourceId, text: &'t str, base: usize) -> Self {
        let (parsed, open, anchors) = (Parsed::default(), Vec::new(), FxHashMap::default());
        Builder { source, text, base, parsed, open, anchors, aliased: 0 }
    }

    pub(super) fn finish(mut self) -> Parsed {
        self.parsed.errors.sort_by_key(|error| error.span.start);
        self.parsed
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.source, self.base + start, self.base + end)
    }

    fn error(&mut self, span: Span, message: impl Into<EcoString>) {
        if self.parsed.errors.len() < MAX_ERRORS {
            self.parsed.errors.push(SyntaxError { span, message: message.into() });
        }
    }

    /// Takes one event and the bytes that it covers.
    pub(super) fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let range = self.trimmed(range, style);
                let tag = tag.as_deref();
                let kind = match (style, tag) {
                    (ScalarStyle::Plain, _) if range.is_empty() => NodeKind::Null,
                    (ScalarStyle::Plain, None) => scalar::plain(&text),
                    (_, Some(tag)) if matches!(tag.core_suffix(), Some("int" | "float" | "bool" | "null")) => {
                        scalar::plain(&text)
                    }
                    _ => NodeKind::String(text.as_ref().into()),
                };
                let is_merge = style == ScalarStyle::Plain && tag.is_none() && text == "<<";
                let node = Node { kind, span: self.span(range.start, range.end), tag: tag.and_then(own_tag) };
                self.keep(anchor, &node);
                if node.tag.is_some() && self.wants_key() {
                    self.error(node.span, "a key has no tag; write a function in its long form, or its argument below");
                }
                self.add(node, Some((text.as_ref().into(), is_merge)), range.end);
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.enter(range, style, anchor, tag.as_deref(), Inside::Sequence(Vec::new()));
            }
            Event::MappingStart(style, anchor, tag) => {
                let inside = Inside::Mapping { entries: Entries::default(), merged: Vec::new(), key: None };
                self.enter(range, style, anchor, tag.as_deref(), inside);
            }
            Event::SequenceEnd | Event::MappingEnd => self.leave(&range),
            Event::Alias(id) => self.alias(id, range),
            Event::UnresolvedAlias(name) => {
                let span = self.span(range.start, range.end);
                self.error(span, eco_format!("there is no anchor &{name} before this alias"));
                self.add(Node::new(NodeKind::Null, span), None, range.end);
            }
            Event::DocumentStart(..) => self.anchors.clear(),
            _ => {}
        }
    }

    /// Whether the next node is a key.
    fn wants_key(&self) -> bool {
        matches!(self.open.last(), Some(Frame { inside: Inside::Mapping { key: None, .. }, .. }))
    }

    /// Block scalars run into the blank lines behind them.
    fn trimmed(&self, range: Range<usize>, style: ScalarStyle) -> Range<usize> {
        if !matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
            return range;
        }
        let text = self.text.get(range.clone()).unwrap_or_default();
        let start = range.start + (text.len() - text.trim_start().len());
        let end = range.start + text.trim_end().len();
        if start < end { start..end } else { range.start..range.start }
    }

    fn enter(&mut self, range: Range<usize>, style: StructureStyle, anchor: usize, tag: Option<&Tag>, inside: Inside) {
        let tag = tag.and_then(own_tag);
        self.open.push(Frame { start: range.start, end: range.end, style, anchor, tag, inside });
    }

    fn leave(&mut self, range: &Range<usize>) {
        let Some(frame) = self.open.pop() else { return };
        let end = if frame.style == StructureStyle::Flow { range.end } else { frame.end };
        let kind = match frame.inside {
            Inside::Sequence(items) => NodeKind::Sequence(items),
            Inside::Mapping { mut entries, merged, .. } => {
                for mapping in merged {
                    self.merge(&mut entries, mapping);
                }
                NodeKind::Mapping(entries.into_vec())
            }
        };
        let span = self.span(frame.start, end.max(frame.start));
        let node = Node { kind, span, tag: frame.tag };
        self.keep(frame.anchor, &node);
        self.add(node, None, end);
    }

    /// Adds what a merge key brings, where the mapping does not say otherwise.
    fn merge(&mut self, entries: &mut Entries, from: Node) {
        match from.kind {
            NodeKind::Mapping(theirs) => {
                for entry in theirs {
                    if entries.find(&entry.key).is_none() {
                        entries.add(entry);
                    }
                }
            }
            NodeKind::Sequence(items) if items.iter().all(|item| item.as_mapping().is_some()) => {
                for item in items {
                    self.merge(entries, item);
                }
            }
            _ => self.error(from.span, "<< takes a mapping or a list of mappings"),
        }
    }

    /// Remembers a node under its anchor.
    fn keep(&mut self, anchor: usize, node: &Node) {
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
    }

    fn alias(&mut self, id: usize, range: Range<usize>) {
        let span = self.span(range.start, range.end);
        let node = match self.anchors.get(&id) {
            None => {
                self.error(span, "this alias stands inside the value of its own anchor");
                Node::new(NodeKind::Null, span)
            }
            Some(node) if self.open.len() + node.depth() > MAX_DEPTH => {
                self.error(span, eco_format!("more than {MAX_DEPTH} levels of nesting with this alias"));
                Node::new(NodeKind::Null, span)
            }
            Some(node) => {
                self.aliased = self.aliased.saturating_add(node.size());
                if self.aliased > MAX_ALIASED {
                    self.error(span, eco_format!("the aliases of this file stand for more than {MAX_ALIASED} values"));
                    Node::new(NodeKind::Null, span)
                } else {
                    node.clone()
                }
            }
        };
        let key = node.as_str().map(EcoString::from);
        self.add(node, key.map(|key| (key, false)), range.end);
    }

    /// A key that is written twice: both places are told.
    fn twice(&mut self, key: &str, first: Span, second: Span) {
        // A part of a file does not know in which line it starts.
        let other = |place: Span| match self.base {
            0 => eco_format!("in line {}", line_of(self.text, place.start)),
            _ => "elsewhere".into(),
        };
        let (before, after) = (other(first), other(second));
        self.error(second, eco_format!("the key \"{key}\" is also {before}; this one counts, so remove one of them"));
        self.error(first, eco_format!("the key \"{key}\" is also {after}, and this one does not count"));
    }

    /// Puts a node where it belongs. `key` is its text where it can be a key, and whether that merges.
    fn add(&mut self, node: Node, key: Option<(EcoString, bool)>, end: usize) {
        let span = node.span;
        let Some(frame) = self.open.last_mut() else {
            if !(matches!(node.kind, NodeKind::Null) && node.tag.is_none() && span.start == span.end) {
                self.parsed.documents.push(node);
            }
            return;
        };
        frame.end = frame.end.max(end);
        let Inside::Mapping { entries, merged, key: waiting } = &mut frame.inside else {
            if let Inside::Sequence(items) = &mut frame.inside {
                items.push(node);
            }
            return;
        };
        match waiting.take() {
            None => {
                let is_merge = key.as_ref().is_some_and(|(_, is_merge)| *is_merge);
                let is_scalar = key.is_some();
                *waiting = Some(Key { text: key.map(|(text, _)| text), span, is_merge });
                if !is_scalar {
                    self.error(span, "a key must be a plain or quoted text; this entry is not read");
                }
            }
            Some(Key { is_merge: true, .. }) => merged.push(node),
            Some(Key { text: None, .. }) => {}
            Some(Key { text: Some(key), span: key_span, .. }) => {
                if let Some(first) = entries.add(Entry { key: key.clone(), key_span, value: node })
                    && self.parsed.errors.len() < MAX_ERRORS
                {
                    self.twice(&key, first, key_span);
                }
            }
        }
    }
}

/// A tag as it is written; none for those of YAML's own types.
fn own_tag(tag: &Tag) -> Option<EcoString> {
    if tag.core_suffix().is_some() {
        return None;
    }
    let written = tag.original();
    (written != "!").then(|| written.into())
}
