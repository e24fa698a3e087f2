//! Resources of a file: one for each turn of a loop, those declared inside others, and what their symbolic names are
//! worth.

use std::sync::Arc;

use ecow::{EcoString, eco_format};

use super::scope::Here;
use crate::evaluate::azure::{Evaluator, Failure, Frame, Names, Outcome, shown};
use crate::evaluate::{Call, Code, Dialect, Resource};
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
struct Made {
    identity: Identity,
    own_name: Value,
    map: Map,
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
    fn top_instances(&self, declared: &'w Declared) -> Vec<Instance> {
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
            settings: self.level.deployment.settings(),
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
    fn made(&self, declared: &'w Declared, instance: &Instance, parent: Option<&Identity>) -> Result<Made, Failure> {
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

    /// Adds the resources of a template that is written as an object inside a deployment.
    fn declare_nested(&self, declaration: &'w Declaration, instance: &Instance, template: &Value) {
        let Some(resources) = template.get("resources").and_then(|entry| entry.value.as_list()) else { return };
        let call = Call { address: instance.address.clone(), span: declaration.header };
        let calls: Arc<[Call]> = self.level.calls.iter().cloned().chain([call]).collect();
        for resource in resources {
            let Some(map) = resource.as_map() else { continue };
            let text = |name: &str| map.get(name).and_then(|entry| entry.value.as_str()).map(EcoString::from);
            let Some(type_) = text("type") else { continue };
            let name = text("name").filter(|name| !name.starts_with('['));
            let mut body = Map::new();
            for (key, entry) in &map.entries {
                if !matches!(key.as_str(), "type" | "name" | "apiVersion") {
                    body.entries.insert(key.clone(), Entry { value: deferred(&entry.value), span: entry.span });
                }
            }
            let span = map.get("type").map_or(declaration.header, |entry| entry.span);
            let shown = name.clone().unwrap_or_else(|| "{name}".into());
            self.shared.resources.borrow_mut().push(Resource {
                address: eco_format!("{}/{type_}/{shown}", instance.address),
                type_,
                name,
                api_version: text("apiVersion"),
                dialect: Dialect::Bicep,
                project: self.shared.input.project,
                header: span,
                span: resource.origin.span,
                calls: Arc::clone(&calls),
                body: Arc::new(body),
                condition: instance.conditions.first().cloned(),
                provider_major: None,
                settings: Arc::default(),
                existing: false,
            });
        }
    }

    /// What a resource is, by its address.
    fn identity(&self, address: &EcoString) -> Option<Identity> {
        self.shared.identities.borrow().get(address).cloned()
    }

    /// What the symbolic name of a resource is worth: an object that refers to it, or one for each turn of its loop.
    pub(super) fn resource_value(&self, declaration: &'w Declaration, declared: &'w Declared) -> Outcome {
        let instances = self.top_instances(declared);
        let mut values = Vec::with_capacity(instances.len());
        for instance in &instances {
            values.push(self.seen(declared, instance, None)?);
        }
        Ok(match (&declared.body.repetition, values.len()) {
            (None, _) => values.pop().unwrap_or_else(Value::null),
            (Some(_), _) if instances.iter().any(|instance| instance.address.ends_with("[*]")) => {
                let mut value = Value::unknown("how many turns the loop of this resource has is not known");
                for instance in &instances {
                    value
                        .origin
                        .push_reference(Reference { address: instance.address.clone(), attribute: EcoString::new() });
                }
                value.origin.span = declaration.header;
                value
            }
            (Some(_), _) => Value::list(values, ListKind::Tuple),
        })
    }

    /// What a resource is worth to those who name it.
    fn seen(&self, declared: &'w Declared, instance: &Instance, parent: Option<&Identity>) -> Outcome {
        let here = Here { assumed: &instance.conditions, ..*self };
        let made = here.made(declared, instance, parent)?;
        let address = &instance.address;
        let mut map = Map { resource: Some(address.clone()), ..Map::new() };
        map.insert("name", made.own_name.clone());
        map.insert("type", Value::string(made.identity.type_.clone()));
        if let Some(version) = &made.identity.version {
            map.insert("apiVersion", Value::string(version.clone()));
        }
        for name in ["location", "tags", "kind", "sku", "identity", "zones", "properties"] {
            let taken = declared.existing.is_none().then(|| made.map.get(name)).flatten();
            if let Some(entry) = taken {
                map.insert(name, marked(entry.value.clone(), address));
            }
        }
        Ok(Value::map(map))
    }

    /// What `resource::name` is worth.
    pub(super) fn nested_value(&self, address: &EcoString, name: &EcoString) -> Value {
        let child = eco_format!("{address}::{name}");
        if self.identity(&child).is_none() {
            self.find_child(address, name);
        }
        let mut map = Map { resource: Some(child.clone()), ..Map::new() };
        if let Some(identity) = self.identity(&child) {
            let own = identity.name.rsplit('/').next().unwrap_or_default();
            if identity.known {
                map.insert("name", Value::string(own));
            }
            map.insert("type", Value::string(identity.type_));
        }
        Value::map(map)
    }

    /// Works out what a resource declared inside another is, before it is that one's turn.
    fn find_child(&self, address: &EcoString, name: &EcoString) {
        let Some(path) = address.strip_prefix(self.level.prefix.as_str()) else { return };
        let top = path.split(['[', ':']).next().unwrap_or(path);
        let Some(Declaration { kind: DeclarationKind::Resource(declared), .. }) = self.level.declaration(top) else {
            return;
        };
        for instance in self.top_instances(declared).iter().filter(|instance| instance.address == *address) {
            let parent = self.identity(address);
            for child in &declared.children {
                if let DeclarationKind::Resource(inner) = &child.kind
                    && inner.name.name == *name
                {
                    let inside = Instance { address: eco_format!("{address}::{name}"), ..instance.clone() };
                    if let Err(failure) = self.made(inner, &inside, parent.as_ref()) {
                        self.shared.fail(failure);
                    }
                }
            }
        }
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

/// A value in which everything that is not written is known to the resource alone.
fn marked(value: Value, address: &EcoString) -> Value {
    match value.as_map() {
        Some(map) => {
            let mut inner = Map { resource: Some(address.clone()), ..Map::new() };
            for (name, entry) in &map.entries {
                let value = marked(entry.value.clone(), address);
                inner.entries.insert(name.clone(), Entry { value, span: entry.span });
            }
            Value { data: Value::map(inner).data, ..value }
        }
        None => value,
    }
}

/// The template that a deployment nests as an object.
fn nested_template(type_: &str, body: &Map) -> Option<Value> {
    let is_deployment = type_.eq_ignore_ascii_case("Microsoft.Resources/deployments");
    let properties = is_deployment.then(|| body.get("properties")).flatten()?;
    properties.value.get("template").map(|entry| entry.value.clone())
}

/// A value of a nested template: its texts in brackets are expressions of ARM, which only the deployment evaluates.
fn deferred(value: &Value) -> Value {
    match &value.data {
        Data::String(text) if text.starts_with('[') && !text.starts_with("[[") && text.ends_with(']') => {
            Value::unknown("an expression of a nested template").with_origin(value.origin.clone())
        }
        Data::List(list) => {
            let items = list.items.iter().map(deferred).collect();
            Value::list(items, ListKind::Tuple).with_origin(value.origin.clone())
        }
        Data::Map(map) => {
            let mut inner = Map::new();
            for (name, entry) in &map.entries {
                inner.entries.insert(name.clone(), Entry { value: deferred(&entry.value), span: entry.span });
            }
            Value::map(inner).with_origin(value.origin.clone())
        }
        _ => value.clone(),
    }
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
