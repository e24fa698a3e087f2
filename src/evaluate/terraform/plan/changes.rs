//! Which objects a plan speaks of, and what becomes of them: every action is taken on purpose.

use ecow::EcoString;

use super::address::Address;
use super::marks::Marks;
use crate::parse::tree::Node;

/// What becomes of an object when the plan is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is there afterwards, as the plan says.
    Stands,
    /// It is read: a data source.
    Read,
    /// It is gone, or no longer this configuration's.
    Leaves,
    /// The plan says something that is not known.
    Strange,
}

/// What each action makes of the object. Of a replacement both parts are listed; what is made then stands.
/// Source: the page on Terraform's JSON output format; OpenTofu's for `forget`.
const ACTIONS: &[(&str, Fate)] = &[
    ("create", Fate::Stands),
    ("update", Fate::Stands),
    ("no-op", Fate::Stands),
    ("read", Fate::Read),
    ("delete", Fate::Leaves),
    ("forget", Fate::Leaves),
    // An ephemeral resource is opened while the plan is applied, and leaves nothing behind.
    ("open", Fate::Leaves),
    ("renew", Fate::Leaves),
    ("close", Fate::Leaves),
];

/// What a list of actions makes of the object.
pub(super) fn fate(actions: &[&str]) -> Fate {
    let fates: Vec<Fate> = actions
        .iter()
        .map(|action| ACTIONS.iter().find(|(name, _)| name == action).map_or(Fate::Strange, |(_, fate)| *fate))
        .collect();
    let has = |fate: Fate| fates.contains(&fate);
    [Fate::Strange, Fate::Stands, Fate::Read, Fate::Leaves].into_iter().find(|fate| has(*fate)).unwrap_or(Fate::Strange)
}

/// An object that a plan speaks of.
pub(super) struct Object<'n> {
    pub(super) address: EcoString,
    pub(super) parts: Address,
    pub(super) type_: EcoString,
    pub(super) is_data: bool,
    pub(super) fate: Fate,
    pub(super) values: Option<&'n Node>,
    pub(super) marks: Marks<'n>,
    /// What it is listed as.
    pub(super) node: &'n Node,
    /// Why it is left for a later plan.
    pub(super) deferred: Option<EcoString>,
}

impl<'n> Object<'n> {
    fn of(node: &'n Node, fate: Fate, values: Option<&'n Node>, marks: Marks<'n>) -> Option<Self> {
        let text = |name: &str| node.get(name).and_then(Node::as_str);
        let address = text("address")?;
        Some(Object {
            address: address.into(),
            parts: Address::of(address),
            type_: text("type")?.into(),
            is_data: text("mode") == Some("data"),
            fate,
            values,
            marks,
            node,
            deferred: None,
        })
    }

    /// Whether it has gone on under a new object: what is left of it is removed.
    fn is_deposed(node: &Node) -> bool {
        node.get("deposed").and_then(Node::as_str).is_some()
    }
}

/// The objects of a plan: those that change, those that are put off, those that were read, and those that a plan for
/// a part of the configuration leaves alone.
pub(super) fn objects(plan: &Node) -> Vec<Object<'_>> {
    let list = |name: &str| plan.get(name).and_then(Node::as_sequence).unwrap_or_default();
    let mut objects: Vec<Object<'_>> = Vec::new();
    let mut moved: Vec<&str> = Vec::new();
    let changes = list("resource_changes").iter().map(|node| (node, None));
    let deferred = list("deferred_changes").iter().filter_map(|node| {
        let reason = node.get("reason").and_then(Node::as_str).unwrap_or("deferred");
        Some((node.get("resource_change")?, Some(reason)))
    });
    for (node, deferred) in changes.chain(deferred) {
        let Some(change) = node.get("change") else { continue };
        moved.extend(node.get("previous_address").and_then(Node::as_str));
        if Object::is_deposed(node) {
            continue;
        }
        let actions = change.get("actions").and_then(Node::as_sequence).unwrap_or_default();
        let actions: Vec<&str> = actions.iter().filter_map(Node::as_str).collect();
        let marks = Marks { unknown: change.get("after_unknown"), sensitive: change.get("after_sensitive") };
        if let Some(object) = Object::of(node, fate(&actions), change.get("after"), marks) {
            let deferred = deferred.map(|reason| ecow::eco_format!("the change is put off ({reason})"));
            objects.push(Object { deferred, ..object });
        }
    }
    let seen: rustc_hash::FxHashSet<EcoString> = objects.iter().map(|object| object.address.clone()).collect();
    let mut open: Vec<&Node> = Vec::new();
    open.extend(plan.get("prior_state").and_then(|state| state.get("values")?.get("root_module")));
    let mut at = 0;
    while let Some(module) = open.get(at).copied() {
        at += 1;
        let below = |name: &str| module.get(name).and_then(Node::as_sequence).unwrap_or_default();
        for node in below("resources") {
            let marks = Marks { unknown: None, sensitive: node.get("sensitive_values") };
            let is_data = node.get("mode").and_then(Node::as_str) == Some("data");
            let fate = if is_data { Fate::Read } else { Fate::Stands };
            let Some(object) = Object::of(node, fate, node.get("values"), marks) else { continue };
            let is_known = seen.contains(&object.address) || moved.contains(&object.address.as_str());
            if !is_known && !Object::is_deposed(node) {
                objects.push(object);
            }
        }
        open.extend(below("child_modules"));
    }
    objects
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_its_meaning() {
        let cases: &[(&[&str], Fate)] = &[
            (&["create"], Fate::Stands),
            (&["update"], Fate::Stands),
            (&["no-op"], Fate::Stands),
            (&["delete", "create"], Fate::Stands),
            (&["create", "delete"], Fate::Stands),
            (&["create", "forget"], Fate::Stands),
            (&["read"], Fate::Read),
            (&["delete"], Fate::Leaves),
            (&["forget"], Fate::Leaves),
            (&["open"], Fate::Leaves),
            (&["transmogrify"], Fate::Strange),
            (&[], Fate::Strange),
        ];
        for (actions, expected) in cases {
            assert_eq!(fate(actions), *expected, "{actions:?}");
        }
    }
}
