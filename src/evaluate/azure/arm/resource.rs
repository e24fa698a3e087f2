//! The resources of a template: which there are, what they are called, and what they are worth.

use std::rc::Rc;
use std::sync::Arc;

use ecow::{EcoString, eco_format};

use super::identity::segments;
use super::level::{Level, Outer};
use super::scope::{Here, Place};
use super::template::{entry, get, text};
use crate::evaluate::azure::{Failure, shown};
use crate::evaluate::{Code, Dialect, Resource};
use crate::parse::tree::{Entry as Pair, Node, NodeKind};
use crate::source::Span;
use crate::value::{Data, Entry, Map, Reference, Value};

/// A resource that is deployed, or that a template refers to.
pub(super) struct Instance<'w> {
    level: Rc<Level<'w>>,
    place: Place,
    node: &'w Node,
    type_: EcoString,
    name: Name,
    pub(super) address: EcoString,
    header: Span,
    condition: Option<EcoString>,
    existing: bool,
    /// The addresses of what it belongs to, the nearest first, or of what it extends, and which of the two.
    owner: (&'static str, Vec<EcoString>),
}

/// What a resource is called; parents' names stand before its own.
#[derive(Clone)]
struct Name {
    /// With expressions in braces where it is not known.
    shown: EcoString,
    known: bool,
}

/// What a resource inside another takes over from it.
struct Parent<'p> {
    type_: &'p str,
    name: &'p Name,
}

/// What is no part of a resource's body.
const LEFT_OUT: &[&str] =
    &["type", "name", "apiVersion", "copy", "condition", "existing", "resources", "comments", "metadata"];

/// The types that nest a template, and the property that holds it.
pub(super) const NESTING: &[(&str, &str)] = &[
    ("Microsoft.Resources/deployments", "template"),
    ("Microsoft.Resources/deploymentStacks", "template"),
    ("Microsoft.Resources/templateSpecs/versions", "mainTemplate"),
];

impl<'w> Here<'_, 'w> {
    /// Adds the resources of this template and of those nested in it.
    pub(super) fn declare_all(&self, instances: &mut Vec<Instance<'w>>) {
        let Some(resources) = get(self.level.root, "resources") else { return };
        self.declare_each(resources, None, instances);
    }

    fn declare_each(&self, resources: &'w Node, parent: Option<&Parent<'_>>, instances: &mut Vec<Instance<'w>>) {
        match &resources.kind {
            NodeKind::Sequence(items) => {
                items.iter().for_each(|item| self.declare(item, None, parent, instances));
            }
            NodeKind::Mapping(pairs) => {
                pairs.iter().for_each(|pair| self.declare(&pair.value, Some(pair), parent, instances));
            }
            NodeKind::Null if self.shared.stand_in(resources).is_none() => {}
            _ => {
                if self.is_open(resources) {
                    return;
                }
                let message = eco_format!(
                    "resources must be a list or a mapping, not {}; nothing in it is checked",
                    resources.shape()
                );
                self.shared.fail(Failure { span: resources.span, message, code: Code::InvalidTemplate });
            }
        }
    }

    /// Whether a value stands where resources are declared, so that what it would deploy is not known, which is said.
    fn is_open(&self, node: &Node) -> bool {
        let Some(value) = self.shared.stand_in(node) else { return false };
        let reason = value.unknown_reason().unwrap_or_else(|| "it is hidden".into());
        let message = eco_format!("what this deploys is not known ({reason}), so it is not checked");
        self.shared.fail(Failure { span: node.span, message, code: Code::MissingModule });
        true
    }

    fn declare(
        &self,
        node: &'w Node,
        symbol: Option<&'w Pair>,
        parent: Option<&Parent<'_>>,
        instances: &mut Vec<Instance<'w>>,
    ) {
        let wrong = |span: Span, message: EcoString| {
            self.shared.fail(Failure { span, message, code: Code::InvalidTemplate });
        };
        if self.is_open(node) {
            return;
        }
        if node.as_mapping().is_none() {
            return wrong(
                node.span,
                eco_format!("a resource is an object, not {}, so this is not checked", node.shape()),
            );
        }
        if get(node, "type").is_none() {
            return wrong(node.span, "this resource has no type, so it is not checked; add one".into());
        }
        let Some(copy) = get(node, "copy").filter(|copy| copy.as_mapping().is_some()) else {
            return self.declare_one(node, symbol, parent, instances);
        };
        let name = text(copy, "name").or(symbol.map(|pair| pair.key.as_str())).unwrap_or_default();
        match self.turns(copy, name, false) {
            Ok(turns) => {
                for place in &turns.places {
                    Here { place, ..*self }.declare_one(node, symbol, parent, instances);
                }
            }
            Err(failure) => self.shared.fail(failure),
        }
    }

    fn declare_one(
        &self,
        node: &'w Node,
        symbol: Option<&'w Pair>,
        parent: Option<&Parent<'_>>,
        instances: &mut Vec<Instance<'w>>,
    ) {
        if let Err(failure) = self.shared.spend_resource(node) {
            return self.shared.fail(failure);
        }
        let Some(condition) = self.exists(node) else { return };
        let mut place = self.place.clone();
        place.assumed.extend(condition.clone());
        let here = Here { place: &place, ..*self };
        let Some(type_entry) = entry(node, "type") else { return };
        let type_ = here.noted(&type_entry.value);
        let Some(mut type_) = shown(&type_, &here) else {
            let message = "the type of a resource must be a string".into();
            return self.shared.fail(Failure { span: type_entry.value.span, message, code: Code::InvalidTemplate });
        };
        let mut name = here.own_name(node, symbol);
        if let Some(parent) = parent
            && !starts_with(&type_, parent.type_)
        {
            type_ = eco_format!("{}/{type_}", parent.type_);
            name = Name {
                shown: eco_format!("{}/{}", parent.name.shown, name.shown),
                known: parent.name.known && name.known,
            };
        }
        let type_ = EcoString::from(type_.trim_end_matches('/'));
        let owner = match extended(&type_, &name.shown) {
            Some(host) => ("scope", vec![host]),
            None => ("parent", above(&type_, &name.shown)),
        };
        let address = eco_format!("{}{type_}/{}", self.shared.prefix, name.shown);
        self.shared.index.borrow_mut().add(&address, &name.shown);
        if let Some(symbol) = symbol {
            self.level.symbols.borrow_mut().entry(symbol.key.clone()).or_insert_with(|| address.clone());
        }
        let both = [self.level.condition.clone(), conjunction(&place.assumed)];
        instances.push(Instance {
            level: Rc::clone(self.level),
            place: place.clone(),
            node,
            type_: type_.clone(),
            name: name.clone(),
            address: address.clone(),
            header: type_entry.key_span.to(type_entry.value.span),
            condition: conjunction(&both.into_iter().flatten().collect::<Vec<_>>()),
            existing: get(node, "existing").is_some_and(|node| node.kind == NodeKind::Bool(true)),
            owner,
        });
        if let Some(children) = get(node, "resources")
            && !NESTING.iter().any(|(nesting, _)| type_.eq_ignore_ascii_case(nesting))
        {
            here.declare_each(children, Some(&Parent { type_: &type_, name: &name }), instances);
        }
        if let Some((_, property)) = NESTING.iter().find(|(nesting, _)| type_.eq_ignore_ascii_case(nesting)) {
            here.declare_nested(node, property, &address, type_entry.key_span.to(type_entry.value.span), instances);
        }
    }

    /// Adds the resources of the template that a deployment nests.
    fn declare_nested(
        &self,
        node: &'w Node,
        property: &str,
        address: &EcoString,
        header: Span,
        instances: &mut Vec<Instance<'w>>,
    ) {
        let level = match self.nested(node, property, address, header) {
            Ok(Some(level)) => Rc::new(level),
            Ok(None) => return,
            Err(failure) => return self.shared.fail(failure),
        };
        self.shared.index.borrow_mut().nest(address, &level);
        self.shared.levels.borrow_mut().push(Rc::clone(&level));
        let top = Place::default();
        Here::new(self.shared, &level, &top).declare_all(instances);
    }

    /// The name of a resource as written, without its parents' unless it says them.
    fn own_name(&self, node: &Node, symbol: Option<&Pair>) -> Name {
        let Some(named) = get(node, "name") else {
            if symbol.is_none() {
                let message = "this resource has no name; add one".into();
                self.shared.fail(Failure { span: node.span, message, code: Code::InvalidTemplate });
            }
            let shown = symbol.map(|pair| pair.key.clone()).unwrap_or_default();
            return Name { shown: eco_format!("{{{shown}}}"), known: false };
        };
        let value = self.noted(named);
        match (shown(&value, self), value.as_str()) {
            (Some(shown), known) => Name { shown, known: known.is_some() },
            (None, _) => {
                let message = "the name of a resource must be a string".into();
                self.shared.fail(Failure { span: named.span, message, code: Code::InvalidTemplate });
                Name { shown: "{name}".into(), known: false }
            }
        }
    }

    /// Whether a resource or output is there: none if not, else the unknown condition that it hangs on.
    pub(super) fn exists(&self, node: &Node) -> Option<Option<EcoString>> {
        let Some(condition) = get(node, "condition") else { return Some(None) };
        let value = self.noted(condition);
        match (&value.data, value.as_str()) {
            (Data::Bool(false), _) => None,
            (Data::Bool(true), _) => Some(None),
            (_, Some(text)) if text.eq_ignore_ascii_case("false") => None,
            (_, Some(text)) if text.eq_ignore_ascii_case("true") => Some(None),
            (Data::Unknown(_) | Data::Choice(_), _) => {
                let written = self.shared.sources.text(condition.span).trim_matches('"');
                let inner = written.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(written);
                Some(Some(inner.trim().into()))
            }
            _ => {
                let message = "a condition must be true or false".into();
                self.shared.fail(Failure { span: condition.span, message, code: Code::InvalidTemplate });
                Some(None)
            }
        }
    }
}

impl<'w> Instance<'w> {
    /// The resource with its body.
    pub(super) fn evaluate(&self, shared: &super::Shared<'w>) -> Resource {
        let here = Here::new(shared, &self.level, &self.place);
        let api_version = get(self.node, "apiVersion").map(|node| here.noted(node));
        Resource {
            address: self.address.clone(),
            type_: self.type_.clone(),
            name: self.name.known.then(|| self.name.shown.clone()),
            api_version: api_version.and_then(|value| value.as_str().map(EcoString::from)),
            dialect: Dialect::Arm,
            project: shared.project,
            header: self.header,
            span: self.node.span,
            calls: Arc::clone(&self.level.calls),
            body: Arc::new(self.body(here)),
            settings: self.level.deployment.settings(&self.name.shown, self.name.known),
            condition: self.condition.clone(),
            provider_major: None,
            existing: self.existing,
        }
    }

    fn body(&self, here: Here<'_, 'w>) -> Map {
        let mut body = Map::new();
        let inner = NESTING.iter().find(|(nesting, _)| self.type_.eq_ignore_ascii_case(nesting));
        for pair in self.node.as_mapping().unwrap_or_default() {
            let is = |name: &str| pair.key.eq_ignore_ascii_case(name);
            if LEFT_OUT.iter().any(|name| is(name)) {
                continue;
            }
            let value = if is("scope") {
                here.referring(here.noted(&pair.value))
            } else if let (true, Some(items)) = (is("dependsOn"), pair.value.as_sequence()) {
                let items = items.iter().map(|item| here.referring(here.noted(item))).collect();
                Value::list(items, crate::value::ListKind::Tuple)
            } else if let (true, Some((_, left_out)), Some(pairs)) = (is("properties"), inner, pair.value.as_mapping())
            {
                let mut map = Map::new();
                for pair in pairs.iter().filter(|pair| !pair.key.eq_ignore_ascii_case(left_out)) {
                    if let Err(failure) = here.insert(&mut map, pair) {
                        here.shared.fail(failure);
                    }
                }
                Value::map(map)
            } else {
                here.noted(&pair.value)
            };
            body.entries.insert(pair.key.clone(), Entry { value, span: pair.value.span });
        }
        let (word, owners) = &self.owner;
        let index = here.shared.index.borrow();
        if let Some(address) = owners.iter().find_map(|owner| index.find(owner))
            && !body.entries.contains_key(*word)
        {
            let mut value = Value::at(Data::String(address.clone()), self.header);
            value.origin.push_reference(Reference { address, attribute: "id".into() });
            body.entries.insert((*word).into(), Entry { value, span: self.header });
        }
        body
    }
}

/// The addresses of what contains a resource of that type and name, the nearest first: each has one type and one name
/// less. Levels that Azure makes by itself, such as the blob service of an account, are seldom declared.
fn above(type_: &str, name: &str) -> Vec<EcoString> {
    let names = segments(name);
    let (mut type_, mut names) = (type_, names.as_slice());
    let mut addresses = Vec::new();
    while let Some((outer, _)) = type_.rsplit_once('/').filter(|(rest, _)| rest.contains('/'))
        && let Some((_, rest)) = names.split_last().filter(|(_, rest)| !rest.is_empty())
    {
        addresses.push(eco_format!("{outer}/{}", rest.join("/")));
        (type_, names) = (outer, rest);
    }
    addresses
}

/// The address of the resource that one extends which is written as if it were its child: an
/// `A.B/c/providers/locks` named `x/E.F/y` extends `A.B/c/x`.
fn extended(type_: &str, name: &str) -> Option<EcoString> {
    let host = type_.get(..type_.to_ascii_lowercase().find("/providers/")?)?;
    let names = segments(name);
    let (names, _) = names.split_at_checked(host.split('/').count().checked_sub(1)?)?;
    Some(eco_format!("{host}/{}", names.join("/")))
}

fn starts_with(type_: &str, parent: &str) -> bool {
    type_.get(..parent.len()).is_some_and(|start| start.eq_ignore_ascii_case(parent))
}

/// Conditions of which all must hold.
fn conjunction(conditions: &[EcoString]) -> Option<EcoString> {
    (!conditions.is_empty()).then(|| conditions.join(" and ").into())
}

impl<'w> Here<'_, 'w> {
    /// How a nested template stands to this one.
    pub(super) fn outer(&self, parameters: Option<&'w Node>, shares_scope: bool) -> Outer<'w> {
        Outer { level: Rc::clone(self.level), place: self.place.clone(), parameters, shares_scope }
    }
}
