//! Resources of a file: one for each turn of a loop, and those declared inside others.

use std::sync::Arc;

use ecow::{EcoString, eco_format};

use super::nested::nested_template;
use super::scope::Here;
use crate::evaluate::azure::{Evaluator, Failure, Frame, Names, shown};
use crate::evaluate::{Code, Dialect, Resource};
use crate::parse::bicep::ast::{Body, Declaration, DeclarationKind, ExpressionKind, Resource as Declared};
use crate::source::Span;
use crate::value::{Data, Entry, ListKind, Map, Reference, Value};

/// What a resource is: for its children, and for those that refer to it.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    /// Its type, without a version.
    pub(super) type_: EcoString,
    /// The version of its interface.
    pub(super) version: Option<EcoString>,
    /// Its name with those of its parents; what is not known of it is in braces.
    pub(super) name: EcoString,
    /// Whether all of the name is known.
    pub(super) known: bool,
}

/// A resource or module, of which a loop makes several.
#[derive(Clone, Debug)]
pub(super) struct Instance {
    /// Its address, with the modules that lead to it.
    pub(super) address: EcoString,
    /// The variables of the loops around it.
    pub(super) bindings: Vec<(EcoString, Value)>,
    /// The unknown conditions on which it hangs.
    pub(super) conditions: Vec<EcoString>,
    /// Whether its condition is known to be false.
    pub(super) absent: bool,
}

/// An evaluated body.
pub(super) struct Made {
    pub(super) identity: Identity,
    pub(super) own_name: Value,
    pub(super) map: Map,
}

impl<'w> Here<'_, 'w> {
    /// Does some work where the variables of an instance are known.
    pub(super) fn among<T>(&self, bindings: &[(EcoString, Value)], work: &mut dyn FnMut(&Evaluator<'_>) -> T) -> T {
        self.nest(bindings, None, work)
    }

    fn nest<T>(
        &self,
        bindings: &[(EcoString, Value)],
        outer: Option<&Frame<'_>>,
        work: &mut dyn FnMut(&Evaluator<'_>) -> T,
    ) -> T {
        match bindings.split_first() {
            Some(((name, value), rest)) => {
                let frame = Frame { name, value: value.clone(), outer };
                self.nest(rest, Some(&frame), work)
            }
            None => work(&Evaluator::within(self, outer)),
        }
    }

    /// The instances that a body makes below an address.
    pub(super) fn instances(&self, address: &EcoString, body: &Body, around: &Instance) -> Vec<Instance> {
        let mut instances = Vec::new();
        let Some(repetition) = &body.repetition else {
            instances.push(Instance { address: address.clone(), ..around.clone() });
            self.decide(body, &mut instances);
            return instances;
        };
        let collection = self.among(&around.bindings, &mut |evaluator| evaluator.evaluate(&repetition.collection));
        let place = repetition.collection.span;
        let turn = |suffix: EcoString, item: Value, at: Value| {
            let mut bindings = around.bindings.clone();
            bindings.push((repetition.item.name.clone(), item));
            if let Some(index) = &repetition.index {
                bindings.push((index.name.clone(), at));
            }
            Instance { address: eco_format!("{address}[{suffix}]"), bindings, ..around.clone() }
        };
        match collection {
            Ok(Value { data: Data::List(list), .. }) => {
                let size = list.items.len();
                if let Err(failure) = self.shared.spend(size.saturating_mul(16), place) {
                    self.shared.fail(failure);
                    return Vec::new();
                }
                for (at, item) in (0i64..).zip(list.items.iter()) {
                    instances.push(turn(eco_format!("{at}"), item.clone(), Value::number(at)));
                }
            }
            Ok(value) if value.is_unknown() => {
                let reason = value.unknown_reason().unwrap_or_default();
                let item = Value::unknown(eco_format!("the items of this loop are not known: {reason}"));
                let at = Value::unknown("which turn of the loop it is");
                instances.push(turn("*".into(), item.with_origin(value.origin), at));
            }
            Ok(_) => {
                let message = "a loop walks an array; items() makes one of an object";
                self.shared.fail(Failure::at(place, message));
            }
            Err(failure) => {
                let item = failure.unknown();
                self.shared.fail(failure);
                instances.push(turn("*".into(), item.clone(), item));
            }
        }
        self.decide(body, &mut instances);
        instances
    }

    /// Tells which instances are there.
    fn decide(&self, body: &Body, instances: &mut [Instance]) {
        let Some(condition) = &body.condition else { return };
        for instance in instances {
            let truth = self.among(&instance.bindings, &mut |evaluator| evaluator.evaluate(condition));
            match truth.map(|truth| (truth.as_bool(), truth)) {
                Ok((Some(there), _)) => instance.absent |= !there,
                Ok((None, truth)) if truth.is_unknown() => {
                    instance.conditions.push(self.condition_text(condition.span));
                }
                Ok(_) => self.shared.fail(Failure::at(condition.span, "the condition must be true or false")),
                Err(failure) => {
                    self.shared.fail(failure);
                    instance.conditions.push(self.condition_text(condition.span));
                }
            }
        }
    }

    /// A condition as written, without the parentheses that it must stand in.
    fn condition_text(&self, span: Span) -> EcoString {
        let text = self.text(span);
        match text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
            Some(inner) if !inner.contains(['(', ')']) => inner.trim().into(),
            _ => text,
        }
    }

    /// The instances of a resource at the top of the file.
    pub(super) fn top_instances(&self, declared: &'w Declared) -> Vec<Instance> {
        let around =
            Instance { address: EcoString::new(), bindings: Vec::new(), conditions: Vec::new(), absent: false };
        let address = eco_format!("{}{}", self.level.prefix, declared.name.name);
        self.instances(&address, &declared.body, &around)
    }

    /// Adds the resources of the file and of the modules that it calls.
    pub(super) fn declare_all(&self) {
        for declaration in &self.level.file.program.declarations {
            match &declaration.kind {
                DeclarationKind::Resource(declared) => {
                    for instance in self.top_instances(declared) {
                        self.declare(declaration, declared, &instance, None);
                    }
                }
                DeclarationKind::Module(module) => self.declare_module(declaration, module),
                DeclarationKind::Import(import) if is_registry(path_text(&import.path)) => {
                    self.missing("this import", &import.path);
                }
                _ => {}
            }
        }
    }

    fn declare(
        &self,
        declaration: &'w Declaration,
        declared: &'w Declared,
        instance: &Instance,
        parent: Option<&Identity>,
    ) {
        if instance.absent {
            return;
        }
        let here = Here { assumed: &instance.conditions, ..*self };
        let made = match here.made(declared, instance, parent) {
            Ok(made) => made,
            Err(failure) => return self.shared.fail(failure),
        };
        let identity = made.identity.clone();
        let nested = nested_template(&identity.type_, &made.map);
        let conditions: Vec<&str> =
            self.level.condition.iter().chain(&instance.conditions).map(EcoString::as_str).collect();
        self.shared.resources.borrow_mut().push(Resource {
            address: instance.address.clone(),
            type_: identity.type_.clone(),
            name: identity.known.then(|| identity.name.clone()),
            api_version: identity.version.clone(),
            dialect: Dialect::Bicep,
            project: self.shared.input.project,
            header: declaration.header,
            span: declaration.span,
            calls: Arc::clone(&self.level.calls),
            body: Arc::new(made.map),
            condition: (!conditions.is_empty()).then(|| conditions.join(" and ").into()),
            provider_major: None,
            settings: self.level.deployment.settings(&identity.name, identity.known),
            existing: declared.existing.is_some(),
        });
        if let Some(template) = nested {
            self.declare_nested(declaration, instance, &template);
        }
        for child in &declared.children {
            let DeclarationKind::Resource(inner) = &child.kind else { continue };
            let address = eco_format!("{}::{}", instance.address, inner.name.name);
            for inside in self.instances(&address, &inner.body, instance) {
                self.declare(child, inner, &inside, Some(&identity));
            }
        }
    }

    /// Evaluates the body of an instance.
    pub(super) fn made(
        &self,
        declared: &'w Declared,
        instance: &Instance,
        parent: Option<&Identity>,
    ) -> Result<Made, Failure> {
        self.shared.spend(declared.body.object.members.len(), declared.body.span)?;
        let type_ = self.among(&instance.bindings, &mut |evaluator| evaluator.evaluate(&declared.type_))?;
        let text = shown(&type_, self).ok_or_else(|| Failure {
            span: declared.type_.span,
            message: "the type of a resource must be a string such as 'Microsoft.Storage/storageAccounts@2023-01-01'"
                .into(),
            code: Code::InvalidTemplate,
        })?;
        let (type_, version) = match text.rsplit_once('@') {
            Some((type_, version)) => (EcoString::from(type_), Some(EcoString::from(version))),
            None => (text.clone(), None),
        };
        let (type_, version) = match parent {
            Some(parent)
                if !type_.contains('.') || !type_.to_lowercase().starts_with(&*parent.type_.to_lowercase()) =>
            {
                (eco_format!("{}/{type_}", parent.type_), version.or_else(|| parent.version.clone()))
            }
            _ => (type_, version),
        };
        let object = &declared.body.object;
        let evaluated = self.among(&instance.bindings, &mut |evaluator| evaluator.object(object))?;
        let mut map = match evaluated.as_map() {
            Some(map) => map.clone(),
            None => {
                // A spread whose content is not known: all properties may come from it.
                let mut map = Map::new();
                map.insert("properties", Value::unknown(evaluated.unknown_reason().unwrap_or_default()));
                map
            }
        };
        let own_name = map.entries.shift_remove("name").map(|entry| entry.value);
        let own_name = own_name.unwrap_or_else(|| Value::unknown("this resource has no name"));
        let mut holder = parent.cloned();
        for word in ["parent", "scope"] {
            if let Some(entry) = map.entries.get_mut(word) {
                entry.value = referring(entry.value.clone());
                // `resourceGroup()` and its like are objects: what they stand for is their id.
                if let Some(id) = entry.value.get("id").filter(|_| word == "scope").map(|id| id.value.clone()) {
                    entry.value = id;
                }
                let owner = entry.value.origin.references().first().map(|reference| reference.address.clone());
                if word == "parent" {
                    holder = owner.and_then(|address| self.identity(&address));
                }
            }
        }
        if let Some((address, _)) = instance.address.rsplit_once("::").filter(|_| parent.is_some()) {
            let span = declared.name.span;
            map.entries.insert("parent".into(), Entry { value: reference_to(address.into(), span), span });
        }
        if let Some(entry) = map.entries.get_mut("dependsOn")
            && let Some(items) = entry.value.as_list()
        {
            let items = items.iter().cloned().map(referring).collect();
            entry.value = Value::list(items, ListKind::Tuple).with_origin(entry.value.origin.clone());
        }
        let own = shown(&own_name, self).unwrap_or_else(|| "{name}".into());
        let known = own_name.as_str().is_some();
        let identity = match &holder {
            Some(holder) => {
                let (name, known) = (eco_format!("{}/{own}", holder.name), known && holder.known);
                Identity { type_, version, name, known }
            }
            None => Identity { type_, version, name: own, known },
        };
        self.shared.identities.borrow_mut().insert(instance.address.clone(), identity.clone());
        Ok(Made { identity, own_name, map })
    }

    /// What a resource is, by its address.
    pub(super) fn identity(&self, address: &EcoString) -> Option<Identity> {
        self.shared.identities.borrow().get(address).cloned()
    }
}

/// A text that refers to a resource in place of the object that it is.
fn referring(value: Value) -> Value {
    match value.as_map().and_then(|map| map.resource.clone()) {
        Some(address) => {
            let span = value.origin.span;
            let mut reference = reference_to(address, span);
            reference.origin.absorb(&value.origin);
            reference
        }
        None => value,
    }
}

pub(super) fn reference_to(address: EcoString, span: Span) -> Value {
    let mut value = Value::at(Data::String(address.clone()), span);
    value.origin.push_reference(Reference { address, attribute: "id".into() });
    value
}

/// Whether a path leads into a registry.
pub(super) fn is_registry(path: &str) -> bool {
    ["br:", "br/", "ts:", "ts/"].iter().any(|start| path.starts_with(start))
}

/// The path of a module or import, as far as it is written out.
pub(super) fn path_text(path: &crate::parse::bicep::ast::Expression) -> &str {
    match &path.kind {
        ExpressionKind::String(text) => text,
        _ => "",
    }
}
