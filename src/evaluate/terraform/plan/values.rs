//! From the values of a plan to those of a resource: unknown where the apply decides, absent where only the provider
//! does, and written where the configuration says them.

use ecow::{EcoString, eco_format};

use super::guide::{Config, Guide, Written, differs};
use super::marks::Marks;
use crate::parse::tree::{Node, NodeKind};
use crate::source::Span;
use crate::value::{Data, Entry, ListKind, Map, Origin, Reference, Value};

/// Turns the parts of one planned object into values.
pub(super) struct Reader<'r> {
    /// The resource or output.
    pub(super) address: &'r str,
    /// What an expression of the configuration refers to.
    pub(super) references: &'r dyn Fn(&Node) -> Vec<Reference>,
    /// Whether the resource was found in the sources: places are theirs then.
    pub(super) has_source: bool,
    /// What stands for a value that the plan has no place for.
    pub(super) place: Span,
}

impl Reader<'_> {
    /// The entries of an object. What is null or empty and not written is left out.
    pub(super) fn map(&self, node: Option<&Node>, marks: Marks<'_>, guide: &Guide<'_>, path: &str) -> Map {
        let entries = node.and_then(Node::as_mapping).unwrap_or_default();
        let known = entries.iter().map(|entry| (entry.key.as_str(), Some(&entry.value)));
        let hidden = marks.unknown_keys().filter(|key| entries.iter().all(|entry| entry.key != *key));
        let mut map = Map::new();
        for (name, value) in known.chain(hidden.map(|key| (key, None))) {
            let inner = guide.key(name);
            let path = if path.is_empty() { EcoString::from(name) } else { eco_format!("{path}.{name}") };
            let Some(found) = self.value(value, marks.key(name), &inner, &path) else { continue };
            let written = guide.source.and_then(|source| source.get(name)).map(|entry| entry.span);
            let span = match (written, self.has_source) {
                (Some(span), _) => span,
                (None, true) => Span::NONE,
                (None, false) => value.map_or(self.place, |node| node.span),
            };
            map.entries.insert(name.into(), Entry { value: found, span });
        }
        map
    }

    /// A value; none where nothing is written and nothing is there, or only the provider decides.
    pub(super) fn value(&self, node: Option<&Node>, marks: Marks<'_>, guide: &Guide<'_>, path: &str) -> Option<Value> {
        let sensitive = marks.is_sensitive() || guide.source.is_some_and(|source| source.sensitive);
        if marks.is_unknown() {
            if guide.written == Written::No {
                return None;
            }
            // The sources may know parts of it: a policy with the id of a bucket in it.
            let value = guide.source.filter(|source| !source.is_null()).cloned().unwrap_or_else(|| {
                let value = Value::unknown(eco_format!("{}.{path} is known only after apply", self.address));
                value.with_origin(self.origin(node.map_or(self.place, |node| node.span), guide, None))
            });
            return Some(value.with_sensitive(sensitive));
        }
        let node = match node {
            Some(node) => node,
            None if marks.unknown.is_some_and(|marks| marks.as_mapping().is_some()) => {
                let map = self.map(None, marks, guide, path);
                return (!map.entries.is_empty()).then(|| Value::map(map).with_sensitive(sensitive));
            }
            None => return None,
        };
        let is_written = guide.written == Written::Yes;
        let data = match &node.kind {
            NodeKind::Null if !is_written => return None,
            NodeKind::Null => Data::Null,
            NodeKind::Bool(value) => Data::Bool(*value),
            NodeKind::Number(value) => Data::Number(*value),
            NodeKind::String(text) => Data::String(text.clone()),
            NodeKind::Sequence(items) if items.is_empty() && !is_written => return None,
            NodeKind::Sequence(items) => {
                let guides = guide.items(items);
                let items = items.iter().zip(&guides).enumerate().map(|(at, (item, guide))| {
                    let path = eco_format!("{path}[{at}]");
                    self.value(Some(item), marks.item(at), guide, &path).unwrap_or_else(Value::null)
                });
                Value::list(items.collect(), ListKind::Tuple).data
            }
            NodeKind::Mapping(_) => {
                let map = self.map(Some(node), marks, guide, path);
                if map.entries.is_empty() && !is_written {
                    return None;
                }
                Data::Map(map.into())
            }
        };
        let origin = match guide.source {
            Some(source) if !source.is_unknown() && !differs(node, source) => source.origin.clone(),
            Some(source) => {
                let mut origin = Origin::at(node.span);
                origin.absorb(&source.origin);
                origin
            }
            None => self.origin(node.span, guide, node.as_sequence().map(<[Node]>::len)),
        };
        Some(Value { data, origin, sensitive })
    }

    fn origin(&self, span: Span, guide: &Guide<'_>, elements: Option<usize>) -> Origin {
        let mut origin = Origin::at(span);
        let told_apart = matches!(guide.config, Config::Blocks(blocks) if Some(blocks.len()) == elements);
        match guide.config {
            Config::Expression(node) => {
                (self.references)(node).into_iter().for_each(|reference| origin.push_reference(reference));
            }
            // Where blocks and elements cannot be told apart, the list as a whole refers to what they refer to.
            Config::Blocks(blocks) if guide.source.is_none() && !told_apart => {
                blocks.iter().flat_map(|block| self.below(block)).for_each(|found| origin.push_reference(found));
            }
            _ => {}
        }
        origin
    }

    /// What the expressions of a block refer to.
    fn below(&self, block: &Node) -> Vec<Reference> {
        let entries = block.as_mapping().unwrap_or_default();
        entries
            .iter()
            .flat_map(|entry| match &entry.value.kind {
                NodeKind::Sequence(blocks) => blocks.iter().flat_map(|block| self.below(block)).collect(),
                _ if super::guide::is_expression(&entry.value) => (self.references)(&entry.value),
                _ => self.below(&entry.value),
            })
            .collect()
    }
}
