//! Which resource an id, a name or a symbolic name means. Ids are texts; the ones that can be traced to a resource
//! of the deployment refer to it.

use std::rc::Rc;

use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;

use super::level::Level;
use super::scope::Here;
use crate::evaluate::azure::functions::{self, find_scope};
use crate::evaluate::azure::{Failure, Invocation, Names, Outcome, choice, runtime, shown};
use crate::value::{Data, Known, Map, Part, Reference, Value};

/// The resources of a deployment and what is nested in it. Keys are in lower case.
pub(super) struct Index<'w> {
    /// What stands before all addresses.
    prefix: EcoString,
    /// Addresses as they are shown.
    addresses: FxHashMap<EcoString, EcoString>,
    /// Addresses by name; none for names that several resources have.
    names: FxHashMap<EcoString, Option<EcoString>>,
    /// What deployments nest.
    levels: FxHashMap<EcoString, Rc<Level<'w>>>,
}

impl<'w> Index<'w> {
    pub(super) fn new(prefix: &str) -> Self {
        Index {
            prefix: prefix.to_ascii_lowercase().into(),
            addresses: FxHashMap::default(),
            names: FxHashMap::default(),
            levels: FxHashMap::default(),
        }
    }

    /// Adds a resource.
    pub(super) fn add(&mut self, address: &EcoString, name: &str) {
        let known = self.addresses.entry(address.to_ascii_lowercase()).or_insert_with(|| address.clone());
        if known == address {
            let name = self.names.entry(name.to_ascii_lowercase().into()).or_insert_with(|| Some(address.clone()));
            if name.as_ref() != Some(address) {
                *name = None;
            }
        }
    }

    /// Adds what a deployment nests.
    pub(super) fn nest(&mut self, address: &EcoString, level: &Rc<Level<'w>>) {
        self.levels.insert(address.to_ascii_lowercase(), Rc::clone(level));
    }

    /// The address of a resource as it is shown; it may be asked for without what stands before all of them.
    pub(super) fn find(&self, address: &str) -> Option<EcoString> {
        let address = address.to_ascii_lowercase();
        let found = self.addresses.get(address.as_str());
        let inner = || self.addresses.get(eco_format!("{}{address}", self.prefix).as_str());
        found.or_else(|| if self.prefix.is_empty() { None } else { inner() }).cloned()
    }

    fn named(&self, name: &str) -> Option<EcoString> {
        self.names.get(name.to_ascii_lowercase().as_str()).cloned().flatten()
    }

    fn level(&self, address: &str) -> Option<Rc<Level<'w>>> {
        self.levels.get(address.to_ascii_lowercase().as_str()).cloned()
    }
}

/// The parts of a path. Slashes in braces belong to expressions.
pub(super) fn segments(path: &str) -> Vec<&str> {
    let mut depth = 0usize;
    let split = |c: char| {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == '/' && depth == 0
    };
    path.split(split).collect()
}

/// The address in an id, or in its part after the last `providers`: a namespace, then types and names in turns.
fn address_of_path(path: &str) -> Option<EcoString> {
    let parts = segments(path.trim_matches('/'));
    let start = parts.iter().rposition(|part| part.eq_ignore_ascii_case("providers")).map_or(0, |at| at + 1);
    let (space, rest) = parts.get(start..)?.split_first()?;
    if !space.contains('.') || space.contains('{') || rest.is_empty() || rest.len() % 2 != 0 {
        return None;
    }
    let of = |turn: usize| rest.iter().skip(turn).step_by(2).copied().collect::<Vec<_>>().join("/");
    Some(eco_format!("{space}/{}/{}", of(0), of(1)))
}

impl<'w> Here<'_, 'w> {
    /// The resource that a text means: a symbolic name, an address, an id, or a name.
    pub(super) fn resolve(&self, text: &str) -> Option<EcoString> {
        if self.level.symbolic
            && let Some(address) = self.level.symbols.borrow().get(text)
        {
            return Some(address.clone());
        }
        let index = self.shared.index.borrow();
        index
            .find(text)
            .or_else(|| address_of_path(text).and_then(|address| index.find(&address)))
            .or_else(|| index.named(text))
    }

    /// The resource that an evaluated id or name means.
    pub(super) fn meant(&self, value: &Value) -> Option<EcoString> {
        let index = self.shared.index.borrow();
        let referred = value.origin.references().iter().find_map(|reference| index.find(&reference.address));
        drop(index);
        referred.or_else(|| self.resolve(&shown(value, self)?))
    }

    /// A value that refers to the resource whose id it is, if it is one.
    pub(super) fn with_references(&self, mut value: Value) -> Value {
        let is_id = |text: &str| text.contains("/providers/");
        let may_be = match &value.data {
            Data::String(text) => is_id(text),
            Data::Unknown(unknown) => match &unknown.known {
                Known::Template(parts) => parts.iter().any(|part| matches!(part, Part::Text(text) if is_id(text))),
                _ => false,
            },
            _ => false,
        };
        if may_be
            && value.origin.references().is_empty()
            && let Some(address) = shown(&value, self).and_then(|text| self.resolve(&text))
        {
            value.origin.push_reference(Reference { address, attribute: "id".into() });
        }
        value
    }

    /// A value that refers to a resource by whatever names it.
    pub(super) fn referring(&self, mut value: Value) -> Value {
        if value.origin.references().is_empty()
            && let Some(address) = self.meant(&value)
        {
            value.origin.push_reference(Reference { address, attribute: "id".into() });
        }
        value
    }

    /// A call of a function about resources; none for other functions.
    pub(super) fn of_resources(&self, call: &Invocation<'_>) -> Option<Outcome> {
        if IDS.iter().any(|name| call.is(name)) {
            return Some(self.resource_id(call));
        }
        let is_list = call.name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("list"));
        if !(is_list || call.is("reference") || call.is("references")) {
            return None;
        }
        let Some(asked) = call.arguments.first() else {
            return Some(Err(Failure::at(call.span, eco_format!("{} needs the id or name of a resource", call.name))));
        };
        let address = self.meant(asked);
        if call.is("reference")
            && let Some(level) = address.as_ref().and_then(|address| self.shared.index.borrow().level(address))
        {
            return Some(Ok(self.deployed(&level, address.unwrap_or_default())));
        }
        let mut value = runtime::answer(call)?;
        if let Some(address) = address {
            value.origin.push_reference(Reference { address, attribute: call.name.into() });
        }
        Some(Ok(value))
    }

    /// What `reference` says of a deployment: its outputs, and what only Azure knows.
    fn deployed(&self, level: &Rc<Level<'w>>, address: EcoString) -> Value {
        let mut map = Map { resource: Some(address), ..Map::new() };
        if let Some(outputs) = self.outputs_of(level) {
            map.insert("outputs", outputs);
        }
        Value::map(map)
    }

    /// An id made of a type and names. It refers to the resource, whether that is in this deployment or not.
    fn resource_id(&self, call: &Invocation<'_>) -> Outcome {
        let Some(function) = find_scope(call.name) else {
            return Err(Failure::at(call.span, eco_format!("there is no function {}", call.name)));
        };
        let mut value = choice::over(call.arguments, &|arguments| {
            functions::call_scope(function, self.deployment(), arguments, call.span)
                .map_err(|message| Failure::at(call.span, message))
        })?;
        let is_type = |value: &Value| value.as_str().is_some_and(|text| text.contains('/') && !text.starts_with('/'));
        let first = usize::from(call.is("extensionResourceId"));
        let at = call.arguments.iter().skip(first).position(is_type).map(|at| at + first);
        if let Some((type_, names)) = at.and_then(|at| call.arguments.get(at..)).and_then(<[Value]>::split_first) {
            let names: Option<Vec<EcoString>> = names.iter().map(|name| shown(name, self)).collect();
            if let (Some(type_), Some(names)) = (type_.as_str(), names) {
                let address = eco_format!("{}/{}", type_.trim_end_matches('/'), names.join("/"));
                let address = self.shared.index.borrow().find(&address).unwrap_or(address);
                value.origin.push_reference(Reference { address, attribute: "id".into() });
            }
        }
        Ok(value)
    }
}

/// The functions that make an id of a type and names.
const IDS: &[&str] =
    &["resourceId", "subscriptionResourceId", "tenantResourceId", "managementGroupResourceId", "extensionResourceId"];
