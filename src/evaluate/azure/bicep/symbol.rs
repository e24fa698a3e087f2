//! What the symbolic name of a resource is worth to those who name it.

use ecow::{EcoString, eco_format};

use super::resource::{Identity, Instance};
use super::scope::Here;
use crate::evaluate::azure::Outcome;
use crate::evaluate::azure::functions::Scope;
use crate::parse::bicep::ast::{Declaration, DeclarationKind, Resource as Declared};
use crate::value::{Data, Entry, Known, ListKind, Map, Part, Reference, Value};

impl<'w> Here<'_, 'w> {
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
        if declared.existing.is_some() {
            map.insert("id", here.id_of(&made.identity, made.map.get("scope").map(|scope| &scope.value)));
        }
        Ok(Value::map(map))
    }

    /// The id of a resource that exists already, as far as its declaration tells it.
    fn id_of(&self, identity: &Identity, scope: Option<&Value>) -> Value {
        let why = "where this resource is, is known only at deployment";
        let hole = || Part::Hole(Value::unknown(why));
        let below = |start: &str| vec![Part::Text(start.into()), hole()];
        let mut parts = match scope.map(|scope| &scope.data) {
            Some(Data::String(text)) if text.starts_with('/') => vec![Part::Text(text.clone())],
            Some(Data::Unknown(unknown)) => match &unknown.known {
                Known::Template(parts) => parts.to_vec(),
                _ => below("/subscriptions/"),
            },
            // The tenant has no id.
            Some(Data::Map(_)) => Vec::new(),
            Some(_) => below("/subscriptions/"),
            None => match self.level.deployment.scope {
                Scope::Group | Scope::Subscription => below("/subscriptions/"),
                Scope::ManagementGroup => below("/providers/Microsoft.Management/managementGroups/"),
                Scope::Tenant => Vec::new(),
            },
        };
        let mut words = identity.type_.split('/');
        let mut names = identity.name.split('/').filter(|_| identity.known);
        let mut end = eco_format!("/providers/{}", words.next().unwrap_or_default());
        for word in words {
            end.push_str(&eco_format!("/{word}/"));
            match names.next() {
                Some(name) => end.push_str(name),
                None => {
                    parts.push(Part::Text(std::mem::take(&mut end)));
                    parts.push(Part::Hole(Value::unknown("the name of this resource is not known")));
                }
            }
        }
        parts.extend((!end.is_empty()).then_some(Part::Text(end)));
        match parts.as_slice() {
            [Part::Text(text)] => Value::string(text.clone()),
            _ => Value::partly_known(why, Known::Template(parts.into())),
        }
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
