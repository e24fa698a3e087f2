//! What a plan lists of the configuration: which expressions make an attribute, and what they refer to, through
//! variables and outputs of modules. Locals are not listed; where the sources lie beside it, those know them.

use ecow::{EcoString, eco_format};
use rustc_hash::{FxHashMap, FxHashSet};

use super::address::{Address, indexed, plain, segments};
use crate::evaluate::terraform::providers::{self, Majors};
use crate::parse::tree::Node;
use crate::value::Reference;

/// References followed for one expression.
const MAX_FOLLOWED: usize = 1_000;

/// Modules that call modules deeper than this are not looked into.
const MAX_LEVELS: usize = 32;

/// The configuration of a plan, by the names of the module calls that lead to a module.
pub(super) struct Configuration<'n> {
    modules: FxHashMap<EcoString, Module<'n>>,
    /// The highest major versions of the providers that are allowed.
    pub(super) majors: Majors,
    /// The addresses of all resources, by their address without indices.
    instances: FxHashMap<EcoString, Vec<Address>>,
}

#[derive(Default)]
struct Module<'n> {
    resources: FxHashMap<EcoString, &'n Node>,
    calls: FxHashMap<EcoString, &'n Node>,
    outputs: FxHashMap<EcoString, &'n Node>,
}

/// Where an expression stands: the module instance, and the resource or module call with its index.
#[derive(Clone, Debug)]
struct Place<'n> {
    calls: Vec<EcoString>,
    /// What addresses of that module instance start with; none where it may be several.
    prefix: Option<EcoString>,
    index: Option<EcoString>,
    block: Option<&'n Node>,
}

impl<'n> Configuration<'n> {
    pub(super) fn of(plan: &'n Node) -> Self {
        let mut configuration =
            Configuration { modules: FxHashMap::default(), majors: Majors::default(), instances: FxHashMap::default() };
        let Some(node) = plan.get("configuration") else { return configuration };
        for entry in node.get("provider_config").and_then(Node::as_mapping).unwrap_or_default() {
            let text = |name: &str| entry.value.get(name).and_then(Node::as_str);
            if let (Some(name), Some(constraint)) = (text("name"), text("version_constraint"))
                && let Some(major) = providers::highest(constraint)
            {
                providers::lower(&mut configuration.majors, &name.into(), major);
            }
        }
        if let Some(root) = node.get("root_module") {
            configuration.add(&mut Vec::new(), root);
        }
        configuration
    }

    fn add(&mut self, calls: &mut Vec<EcoString>, node: &'n Node) {
        if calls.len() > MAX_LEVELS {
            return;
        }
        let by_name = |name: &str| -> FxHashMap<EcoString, &'n Node> {
            let entries = node.get(name).and_then(Node::as_mapping).unwrap_or_default();
            entries.iter().map(|entry| (entry.key.clone(), &entry.value)).collect()
        };
        let resources = node.get("resources").and_then(Node::as_sequence).unwrap_or_default();
        let resources = resources.iter().filter_map(|one| Some((one.get("address")?.as_str()?.into(), one))).collect();
        let module = Module { resources, calls: by_name("module_calls"), outputs: by_name("outputs") };
        self.modules.insert(plain(calls, ""), module);
        for entry in node.get("module_calls").and_then(Node::as_mapping).unwrap_or_default() {
            if let Some(inner) = entry.value.get("module") {
                calls.push(entry.key.clone());
                self.add(calls, inner);
                calls.pop();
            }
        }
    }

    /// Makes the addresses of the plan known, for what expressions refer to.
    pub(super) fn add_instances(&mut self, addresses: impl Iterator<Item = Address>) {
        for address in addresses {
            let list = self.instances.entry(address.plain()).or_default();
            if !list.contains(&address) {
                list.push(address);
            }
        }
    }

    fn module(&self, calls: &[EcoString]) -> Option<&Module<'n>> {
        self.modules.get(&plain(calls, ""))
    }

    /// What the plan lists of a resource.
    pub(super) fn resource(&self, address: &Address) -> Option<&'n Node> {
        self.module(&address.calls)?.resources.get(&address.resource).copied()
    }

    /// The resources that an expression of a resource refers to.
    pub(super) fn references(&self, address: &Address, expression: &Node) -> Vec<Reference> {
        let place = Place {
            calls: address.calls.clone(),
            prefix: Some(address.prefix.clone()),
            index: address.index.clone(),
            block: self.resource(address),
        };
        self.follow(place, expression)
    }

    /// The resources that an output of the root refers to.
    pub(super) fn output_references(&self, name: &str) -> Vec<Reference> {
        let place = Place { calls: Vec::new(), prefix: Some(EcoString::new()), index: None, block: None };
        let expression = self.module(&[]).and_then(|module| module.outputs.get(name)?.get("expression"));
        expression.map(|expression| self.follow(place, expression)).unwrap_or_default()
    }

    fn follow<'s>(&'s self, place: Place<'n>, expression: &'s Node) -> Vec<Reference> {
        let mut found: Vec<Reference> = Vec::new();
        let mut seen: FxHashSet<(Option<EcoString>, EcoString, &str)> = FxHashSet::default();
        let mut open: Vec<(Place<'n>, &'s Node)> = vec![(place, expression)];
        while let Some((place, expression)) = open.pop() {
            let listed = expression.get("references").and_then(Node::as_sequence).unwrap_or_default();
            let texts: Vec<&str> = listed.iter().filter_map(Node::as_str).collect();
            let by_key = texts.iter().any(|text| text.starts_with("each.") || *text == "count.index");
            for text in &texts {
                // A reference is followed by those to what it is a part of.
                let is_part = texts.iter().any(|other| {
                    other.strip_prefix(text).is_some_and(|rest| rest.starts_with('.') || rest.starts_with('['))
                });
                if is_part || seen.len() >= MAX_FOLLOWED {
                    continue;
                }
                if seen.insert((place.prefix.clone(), plain(&place.calls, ""), text)) {
                    self.step(&place, text, by_key, &mut open, &mut found);
                }
            }
        }
        found
    }

    /// Follows one reference to resources, or to further expressions.
    fn step<'s>(
        &'s self,
        place: &Place<'n>,
        text: &str,
        by_key: bool,
        open: &mut Vec<(Place<'n>, &'s Node)>,
        found: &mut Vec<Reference>,
    ) {
        let parts = segments(text);
        match parts.as_slice() {
            ["var", name, ..] => {
                let Some((call, outer)) = place.calls.split_last() else { return };
                let Some(node) = self.module(outer).and_then(|module| module.calls.get(call)) else { return };
                let Some(given) = node.get("expressions").and_then(|given| given.get(indexed(name).0)) else { return };
                let (prefix, index) = match &place.prefix {
                    Some(prefix) => outer_prefix(prefix),
                    None => (None, None),
                };
                open.push((Place { calls: outer.to_vec(), prefix, index, block: Some(node) }, given));
            }
            ["each", ..] => {
                if let Some(over) = place.block.and_then(|block| block.get("for_each_expression")) {
                    open.push((place.clone(), over));
                }
            }
            ["module", call, output, ..] => {
                let (name, index) = indexed(call);
                let mut calls = place.calls.clone();
                calls.push(name.into());
                let Some(expression) =
                    self.module(&calls).and_then(|module| module.outputs.get(indexed(output).0)?.get("expression"))
                else {
                    return;
                };
                let node = self.module(&place.calls).and_then(|module| module.calls.get(name));
                let is_repeated = node.is_some_and(|node| {
                    node.get("count_expression").is_some() || node.get("for_each_expression").is_some()
                });
                let index = match index {
                    Some(index) => Some(EcoString::from(index)),
                    None if is_repeated && by_key => place.index.clone(),
                    None => None,
                };
                let prefix = match (&place.prefix, &index) {
                    (Some(prefix), Some(index)) => Some(eco_format!("{prefix}module.{name}{index}.")),
                    (Some(prefix), None) if !is_repeated => Some(eco_format!("{prefix}module.{name}.")),
                    _ => None,
                };
                open.push((Place { calls, prefix, index: None, block: None }, expression));
            }
            ["module" | "local" | "path" | "terraform" | "count" | "self" | "ephemeral", ..] => {}
            ["data", type_, name, rest @ ..] => {
                let (name, index) = indexed(name);
                self.instances(place, &eco_format!("data.{type_}.{name}"), index, by_key, rest, found);
            }
            [type_, name, rest @ ..] => {
                let (name, index) = indexed(name);
                self.instances(place, &eco_format!("{type_}.{name}"), index, by_key, rest, found);
            }
            _ => {}
        }
    }

    /// The instances that a reference means: the one with its index or, where that is worked out from the key of
    /// what refers, the one with the same key; else all.
    fn instances(
        &self,
        place: &Place<'n>,
        resource: &str,
        index: Option<&str>,
        by_key: bool,
        rest: &[&str],
        found: &mut Vec<Reference>,
    ) {
        let Some(known) = self.instances.get(&plain(&place.calls, resource)) else { return };
        let here = |one: &&Address| place.prefix.as_ref().is_none_or(|prefix| one.prefix == *prefix);
        let with = |index: &str| -> Vec<&Address> {
            known.iter().filter(here).filter(|one| one.index.as_deref() == Some(index)).collect()
        };
        let mut meant = match (index, &place.index) {
            (Some(index), _) => with(index),
            (None, Some(index)) if by_key => with(index),
            _ => Vec::new(),
        };
        if meant.is_empty() {
            meant = known.iter().filter(here).collect();
        }
        for one in meant {
            let address = eco_format!("{}{}{}", one.prefix, one.resource, one.index.as_deref().unwrap_or_default());
            let reference = Reference { address, attribute: rest.join(".").into() };
            if !found.contains(&reference) {
                found.push(reference);
            }
        }
    }
}

/// The prefix around a module instance, and the index of its call.
fn outer_prefix(prefix: &str) -> (Option<EcoString>, Option<EcoString>) {
    let parts = segments(prefix.trim_end_matches('.'));
    let Some((call, before)) = parts.split_last() else { return (None, None) };
    let outer = before.split_last().map_or(&[][..], |(_, outer)| outer);
    let mut text = EcoString::new();
    for part in outer {
        text.push_str(part);
        text.push('.');
    }
    (Some(text), indexed(call).1.map(EcoString::from))
}
