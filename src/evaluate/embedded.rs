//! Templates that stand in something else, as text or as values: they become a tree whose places are those of what
//! they stand in, and what is not known in them stays unknown.

use ecow::eco_format;

use crate::parse::documents::{self, Trees};
use crate::parse::tree::{Entry, Node, NodeKind};
use crate::parse::{SyntaxError, json};
use crate::source::{SourceMap, Span};
use crate::value::{Data, Known, ListKind, Map, Origin, Part, Value};

/// How the tags of nodes start that stand for values; no file can have such a tag.
const TAG: &str = "\0value ";

/// What stands for a hole while a text is read: a word in JSON and in YAML.
const HOLE: &str = "phiguardHole";

/// A template as a tree, and the values that it holds.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) root: Option<Node>,
    pub(super) values: Vec<Value>,
    pub(super) errors: Vec<SyntaxError>,
    /// Whether known texts and numbers are what they are only, without the way that brought them.
    is_plain: bool,
}

/// The value that a node stands for.
pub(super) fn value<'v>(values: &'v [Value], node: &Node) -> Option<&'v Value> {
    if values.is_empty() {
        return None;
    }
    values.get(node.tag.as_ref()?.strip_prefix(TAG)?.parse::<usize>().ok()?)
}

/// Whether everything in a value comes of one place, as what a text encodes does: nothing in it is written apart.
pub(super) fn is_of_one_place(value: &Value) -> bool {
    fn is_at(value: &Value, place: &mut Option<Span>) -> bool {
        let inner: Vec<&Value> = match &value.data {
            Data::Map(map) => map.entries.values().map(|entry| &entry.value).collect(),
            Data::List(list) => list.items.iter().collect(),
            _ => return true,
        };
        inner
            .into_iter()
            .all(|inner| *place.get_or_insert(inner.origin.span) == inner.origin.span && is_at(inner, place))
    }
    is_at(value, &mut None)
}

/// Where a value of an embedded template is used.
pub(super) fn used_at(value: &Value, span: Span) -> Value {
    let mut value = value.clone();
    if value.origin.span.is_none() {
        value.origin.span = span;
    }
    value
}

/// Whether two trees say the same, whatever the order of their entries and the places of both.
pub(super) fn is_same(one: &Node, other: &Node) -> bool {
    let is_hole = |node: &Node| node.kind == NodeKind::Null && node.tag.is_some();
    match (&one.kind, &other.kind) {
        (NodeKind::Sequence(one), NodeKind::Sequence(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (NodeKind::Mapping(entries), NodeKind::Mapping(others)) => {
            let is_there = |entry: &Entry| other.get(&entry.key).is_some_and(|there| is_same(&entry.value, there));
            entries.len() == others.len() && entries.iter().all(is_there)
        }
        (one_kind, other_kind) => one_kind == other_kind && !is_hole(one) && !is_hole(other),
    }
}

/// A template that is made of values: what `jsonencode` is given.
pub(super) fn of_value(value: &Value, sources: &SourceMap, fallback: Span) -> Tree {
    // A transform reads texts as they are written.
    let mut tree = Tree { is_plain: value.get("Transform").is_some(), ..Tree::default() };
    let span = if value.origin.span.is_none() { fallback } else { value.origin.span };
    tree.root = Some(tree.node(value, sources, span));
    tree
}

/// A template that is a text, with the parts of it that are not known; none where nothing of it is known.
pub(super) fn of_text(value: &Value, sources: &SourceMap, fallback: Span) -> Option<Tree> {
    let mut tree = Tree::default();
    let text = match &value.data {
        Data::String(text) => text.to_string(),
        Data::Unknown(unknown) => match &unknown.known {
            Known::Json(inner) => return Some(of_value(inner, sources, fallback)),
            Known::Template(parts) => tree.with_holes(parts),
            Known::Base64(_) | Known::Nothing | Known::Given { .. } | Known::AtMost(_) | Known::AtLeast(_) => {
                return None;
            }
        },
        _ => return None,
    };
    let span = if value.origin.span.is_none() { fallback } else { value.origin.span };
    let Trees { trees, errors } = documents::parse(span.source, &text, false, json::Options::STRICT);
    let root = trees.into_iter().next();
    let lines = Lines::of(&text, sources.text(span), span);
    let errors = errors.into_iter().map(|error| SyntaxError { span: lines.span(error.span), ..error });
    tree.errors = errors.collect();
    tree.root = root.map(|root| tree.placed(root, &lines));
    Some(tree)
}

impl Tree {
    /// The value of all of it.
    pub(super) fn value(&self) -> Option<Value> {
        self.root.as_ref().map(|root| self.value_of(root))
    }

    fn value_of(&self, node: &Node) -> Value {
        if let Some(value) = value(&self.values, node) {
            return used_at(value, node.span);
        }
        let data = match &node.kind {
            NodeKind::Null => Data::Null,
            NodeKind::Bool(value) => Data::Bool(*value),
            NodeKind::Number(value) => Data::Number(*value),
            NodeKind::String(text) => Data::String(text.clone()),
            NodeKind::Sequence(items) => {
                let items = items.iter().map(|item| self.value_of(item)).collect();
                return Value::list(items, ListKind::Tuple).with_origin(Origin::at(node.span));
            }
            NodeKind::Mapping(entries) => {
                let mut map = Map::new();
                for entry in entries {
                    let value = self.value_of(&entry.value);
                    map.entries.insert(entry.key.clone(), crate::value::Entry { value, span: entry.key_span });
                }
                return Value::map(map).with_origin(Origin::at(node.span));
            }
        };
        Value::at(data, node.span)
    }

    fn keep(&mut self, value: Value, span: Span) -> Node {
        self.values.push(value);
        let tag = Some(eco_format!("{TAG}{}", self.values.len() - 1));
        Node { kind: NodeKind::Null, span, tag }
    }

    fn node(&mut self, value: &Value, sources: &SourceMap, span: Span) -> Node {
        if value.sensitive {
            return self.keep(value.clone(), span);
        }
        let kind = match &value.data {
            Data::Null => NodeKind::Null,
            Data::Bool(value) => NodeKind::Bool(*value),
            Data::Number(value) => NodeKind::Number(*value),
            Data::String(text) => NodeKind::String(text.clone()),
            Data::List(list) => {
                let items = list.items.iter().map(|item| {
                    let place = if item.origin.span.is_none() { span } else { item.origin.span };
                    self.node(item, sources, place)
                });
                NodeKind::Sequence(items.collect())
            }
            Data::Map(map) => NodeKind::Mapping(self.entries(map, sources, span)),
            Data::Unknown(_) | Data::Choice(_) => return self.keep(value.clone(), span),
        };
        let is_handed_on = !value.origin.steps().is_empty() || !value.origin.references().is_empty();
        let is_scalar = !matches!(kind, NodeKind::Sequence(_) | NodeKind::Mapping(_));
        let is_kept = is_handed_on && is_scalar && !self.is_plain;
        match is_kept && !value.as_str().is_some_and(|text| text.contains("${")) {
            // It is read as what it is, and evaluated to the value with its way.
            true => Node { kind, ..self.keep(value.clone(), span) },
            false => Node::new(kind, span),
        }
    }

    fn entries(&mut self, map: &Map, sources: &SourceMap, outer: Span) -> Vec<Entry> {
        map.entries
            .iter()
            .map(|(key, entry)| {
                let place = [entry.span, entry.value.origin.span].into_iter().find(|span| !span.is_none());
                let place = place.unwrap_or(outer);
                let key_span = first_line(sources, place);
                let outer = self.is_plain;
                self.is_plain = outer || is_of_template(key);
                let value = self.node(&entry.value, sources, place);
                self.is_plain = outer;
                Entry { key: key.clone(), key_span, value }
            })
            .collect()
    }

    /// The text with a word for each hole.
    fn with_holes(&mut self, parts: &[Part]) -> String {
        let mut text = String::new();
        for part in parts {
            match part {
                Part::Text(piece) => text.push_str(piece),
                Part::Hole(hole) => {
                    text.push_str(&format!("{HOLE}{}x", self.values.len()));
                    self.values.push(hole.clone());
                }
            }
        }
        text
    }

    /// The node with the places of what the text stands in, and with its holes as what they are.
    fn placed(&mut self, node: Node, lines: &Lines<'_>) -> Node {
        let span = lines.span(node.span);
        let kind = match node.kind {
            NodeKind::String(text) if text.contains(HOLE) && !self.values.is_empty() => {
                let value = self.filled(&text);
                // A function that takes a text keeps its tag; of what it is given the holes are lost.
                return self.keep(value, span);
            }
            NodeKind::Sequence(items) => {
                NodeKind::Sequence(items.into_iter().map(|item| self.placed(item, lines)).collect())
            }
            NodeKind::Mapping(entries) => {
                let entries = entries.into_iter().map(|entry| Entry {
                    key_span: lines.span(entry.key_span),
                    value: self.placed(entry.value, lines),
                    key: entry.key,
                });
                NodeKind::Mapping(entries.collect())
            }
            kind => kind,
        };
        Node { kind, span, tag: node.tag }
    }

    /// The value of a text in which words stand for holes.
    fn filled(&self, text: &str) -> Value {
        let mut parts: Vec<Part> = Vec::new();
        let mut pieces = text.split(HOLE);
        let first = pieces.next().unwrap_or_default();
        if !first.is_empty() {
            parts.push(Part::Text(first.into()));
        }
        for piece in pieces {
            let hole =
                piece.split_once('x').and_then(|(at, rest)| Some((self.values.get(at.parse::<usize>().ok()?)?, rest)));
            match hole {
                Some((hole, rest)) => {
                    parts.push(Part::Hole(hole.clone()));
                    if !rest.is_empty() {
                        parts.push(Part::Text(rest.into()));
                    }
                }
                None => parts.push(Part::Text(eco_format!("{HOLE}{piece}"))),
            }
        }
        if let [Part::Hole(only)] = parts.as_slice() {
            return only.clone();
        }
        let open = parts.iter().find_map(|part| match part {
            Part::Hole(hole) => hole.unknown_reason(),
            Part::Text(_) => None,
        });
        Value::partly_known(open.unwrap_or_default(), Known::Template(parts.into()))
    }
}

/// Whether what stands under a key names something of the template, or is the argument of a function.
fn is_of_template(key: &str) -> bool {
    matches!(key, "Ref" | "Condition" | "Type" | "DependsOn") || key.starts_with("Fn::")
}

/// The line on which a value starts, from its first word to where the value or the line ends.
fn first_line(sources: &SourceMap, span: Span) -> Span {
    let Some(source) = sources.get(span.source) else { return span };
    let (start, end) = (span.start as usize, span.end as usize);
    let before = source.text.get(..start).unwrap_or_default();
    let line = before.rsplit_once('\n').map_or(before, |(_, line)| line);
    let value = source.text.get(start..end).unwrap_or_default();
    let value = value.split_once('\n').map_or(value, |(first, _)| first).trim_end();
    Span::new(span.source, start - line.trim_start().len(), start + value.len())
}

/// The lines of a text, and those of the heredoc that it comes of.
struct Lines<'t> {
    /// Where each line of the text starts, and how long it is.
    lines: Vec<(usize, &'t str)>,
    /// The place of each of those lines; none where it cannot be told.
    places: Option<Vec<Place>>,
    whole: Span,
}

#[derive(Clone, Copy)]
struct Place {
    start: usize,
    end: usize,
    /// Whether the line stands there as it is, save for indentation before it.
    exact: bool,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str, written: &str, whole: Span) -> Self {
        let lines: Vec<(usize, &str)> = starts(text);
        let mut lines = Lines { lines, places: None, whole };
        // A heredoc's text starts in the line after its mark.
        if written.trim_start().starts_with("<<") {
            lines.places = lines.align(&starts(written), whole.start as usize);
        }
        lines
    }

    /// The places of the lines, if most of them stand where a heredoc has them.
    fn align(&self, written: &[(usize, &str)], base: usize) -> Option<Vec<Place>> {
        let mut exact = 0usize;
        let mut places = Vec::with_capacity(self.lines.len());
        for (at, (_, line)) in self.lines.iter().enumerate() {
            let Some((start, raw)) = written.get(at + 1) else {
                places.push(*places.last()?);
                continue;
            };
            let indent = raw.len() - raw.trim_start().len();
            let (start, is_same) = match raw.strip_suffix(line) {
                Some(before) if before.trim().is_empty() => (start + before.len(), true),
                _ => (start + indent, false),
            };
            exact += usize::from(is_same);
            places.push(Place { start: base + start, end: base + start + raw.len().min(line.len()), exact: is_same });
            if let (false, Some(last)) = (is_same, places.last_mut()) {
                last.end = base + written.get(at + 1).map_or(start, |(start, raw)| start + raw.trim_end().len());
            }
        }
        (exact * 2 >= self.lines.len()).then_some(places)
    }

    fn span(&self, span: Span) -> Span {
        if span.is_none() {
            return span;
        }
        let Some(places) = &self.places else { return self.whole };
        let (Some(start), Some(end)) = (self.offset(places, span.start, false), self.offset(places, span.end, true))
        else {
            return self.whole;
        };
        Span::new(self.whole.source, start, end.max(start))
    }

    fn offset(&self, places: &[Place], offset: u32, is_end: bool) -> Option<usize> {
        let offset = offset as usize;
        let at = self.lines.partition_point(|(start, _)| *start <= offset).checked_sub(1)?;
        let ((start, _), place) = (self.lines.get(at)?, places.get(at)?);
        Some(match (place.exact, is_end) {
            (true, _) => (place.start + (offset - start)).min(place.end),
            (false, true) => place.end,
            (false, false) => place.start,
        })
    }
}

/// The lines of a text without their ends, and where they start.
fn starts(text: &str) -> Vec<(usize, &str)> {
    let mut start = 0;
    text.split('\n')
        .map(|line| {
            let at = start;
            start += line.len() + 1;
            (at, line.strip_suffix('\r').unwrap_or(line))
        })
        .collect()
}

/// A value all of whose parts are sensitive.
pub(super) fn hidden(value: Value) -> Value {
    let data = match &value.data {
        Data::Map(map) => {
            let mut map = (**map).clone();
            for entry in map.entries.values_mut() {
                entry.value = hidden(std::mem::replace(&mut entry.value, Value::null()));
            }
            return Value { data: Data::Map(map.into()), ..value };
        }
        Data::List(list) if list.kind != ListKind::Set => {
            let items = list.items.iter().cloned().map(hidden).collect();
            return Value::list(items, list.kind).with_origin(value.origin);
        }
        data => data.clone(),
    };
    Value { data, ..value }.with_sensitive(true)
}
