//! What a plan's values came of: the expressions that the plan lists of the configuration and, where the sources lie
//! beside it, the values that they evaluate to.

use crate::parse::tree::{Node, NodeKind};
use crate::value::{Data, Value};

/// What is known of how a value is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Guide<'g> {
    pub(super) config: Config<'g>,
    /// The value that the sources evaluate to there.
    pub(super) source: Option<&'g Value>,
    pub(super) written: Written,
}

/// The configuration as the plan lists it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Config<'g> {
    /// Nothing is listed: dynamic blocks are not.
    Unlisted,
    /// A block's expressions by name.
    Block(&'g Node),
    /// The blocks of a name.
    Blocks(&'g [Node]),
    /// One expression makes the value with all its parts.
    Expression(&'g Node),
}

/// Whether the configuration says something of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    Yes,
    /// It does not: what is there is the provider's.
    No,
    /// That is not told.
    Unsure,
}

impl<'g> Guide<'g> {
    pub(super) fn of(config: Option<&'g Node>, source: Option<&'g Value>) -> Self {
        let config = config.map_or(Config::Unlisted, Config::Block);
        Guide { config, source, written: Written::Yes }
    }

    /// What is known of an attribute or of the blocks of a name.
    pub(super) fn key(&self, name: &str) -> Guide<'g> {
        let source = self.source.and_then(|source| source.get(name)).map(|entry| &entry.value);
        let (config, listed) = match self.config {
            Config::Expression(_) => (self.config, Written::Yes),
            Config::Block(node) => match node.get(name) {
                Some(inner) => (Config::within(inner), Written::Yes),
                None => (Config::Unlisted, Written::No),
            },
            Config::Blocks(_) | Config::Unlisted => (Config::Unlisted, Written::Unsure),
        };
        let told = self.source.is_some_and(|source| source.as_map().is_some());
        let written = match listed {
            _ if source.is_some() => Written::Yes,
            Written::Unsure if told => Written::No,
            listed => listed,
        };
        Guide { config, source, written }
    }

    /// What is known of the elements of a list. Blocks of a set stand in an order of their own, so that each element
    /// is given the first block that does not contradict it.
    pub(super) fn items(&self, items: &[Node]) -> Vec<Guide<'g>> {
        let blocks = match self.config {
            Config::Blocks(blocks) if blocks.len() == items.len() => blocks,
            _ => &[],
        };
        let configs = assign(items, blocks, |item, block| !contradicts(item, block));
        let values = self.source.and_then(Value::as_list).unwrap_or_default();
        let values = if values.len() == items.len() { values } else { &[] };
        let sources = assign(items, values, |item, value| !differs(item, value));
        let one = |config: Option<&'g Node>, source: Option<&'g Value>| {
            let config = match (self.config, config) {
                (Config::Expression(_), _) => self.config,
                (_, Some(block)) => Config::Block(block),
                (_, None) => Config::Unlisted,
            };
            Guide { config, source, written: Written::Yes }
        };
        configs.into_iter().zip(sources).map(|(config, source)| one(config, source)).collect()
    }
}

impl<'g> Config<'g> {
    fn within(node: &'g Node) -> Self {
        match &node.kind {
            NodeKind::Sequence(blocks) => Config::Blocks(blocks),
            _ if is_expression(node) => Config::Expression(node),
            _ => Config::Block(node),
        }
    }
}

/// Whether what a plan lists under a name is an expression, not a block.
pub(super) fn is_expression(node: &Node) -> bool {
    let entries = node.as_mapping().unwrap_or_default();
    entries.is_empty()
        || entries.iter().any(|entry| match entry.key.as_str() {
            "references" => entry.value.as_sequence().is_some(),
            "constant_value" => true,
            _ => false,
        })
}

/// For each item a candidate that fits: the one at its place, else the first that is left.
fn assign<'g, T>(items: &[Node], candidates: &'g [T], fits: impl Fn(&Node, &T) -> bool) -> Vec<Option<&'g T>> {
    let mut free: Vec<Option<&T>> = candidates.iter().map(Some).collect();
    let mut assigned: Vec<Option<&T>> = vec![None; items.len()];
    for (at, item) in items.iter().enumerate() {
        if let (Some(slot), Some(place)) = (free.get_mut(at), assigned.get_mut(at))
            && slot.is_some_and(|candidate| fits(item, candidate))
        {
            *place = slot.take();
        }
    }
    for (item, place) in items.iter().zip(&mut assigned).filter(|(_, place)| place.is_none()) {
        *place = free.iter_mut().find_map(|slot| slot.take_if(|candidate| fits(item, candidate)));
    }
    assigned
}

/// Whether a block lists a constant that an element does not have.
fn contradicts(item: &Node, block: &Node) -> bool {
    block.as_mapping().unwrap_or_default().iter().any(|entry| {
        let constant = entry.value.get("constant_value").map(|node| &node.kind);
        match (constant, item.get(&entry.key).map(|node| &node.kind)) {
            (
                Some(a @ (NodeKind::String(_) | NodeKind::Bool(_))),
                Some(b @ (NodeKind::String(_) | NodeKind::Bool(_))),
            ) => a != b,
            (Some(NodeKind::Number(a)), Some(NodeKind::Number(b))) => a != b,
            _ => false,
        }
    })
}

/// Whether a value is known to be another than the one that is planned.
pub(super) fn differs(item: &Node, value: &Value) -> bool {
    match (&item.kind, &value.data) {
        (NodeKind::Mapping(entries), Data::Map(map)) => {
            entries.iter().any(|entry| map.get(&entry.key).is_some_and(|there| differs(&entry.value, &there.value)))
        }
        (NodeKind::String(a), Data::String(b)) => a != b,
        (NodeKind::Bool(a), Data::Bool(b)) => a != b,
        (NodeKind::Number(a), Data::Number(b)) => a != b,
        _ => false,
    }
}
