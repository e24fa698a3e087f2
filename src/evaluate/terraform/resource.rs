//! What a reference to a resource or data source is worth: its instances, their attributes, and the promise of
//! what only the provider knows.

use std::rc::Rc;

use ecow::{EcoString, eco_format};

use super::reference::{collect, path_text};
use super::scope::{Form, Instance, Scope, Slot};
use super::{Evaluator, operators, undeclared};
use crate::evaluate::failure::Failure;
use crate::parse::terraform::ast::{Accessor, AccessorKind, Body};
use crate::source::Span;
use crate::value::{Data, ListKind, Map, Reference, Value};

type Outcome = Result<Value, Failure>;

impl<'m> Evaluator<'m> {
    /// `type.name...`: an attribute of a resource, or the resource itself.
    pub(super) fn resource(
        &self,
        data: bool,
        type_: &EcoString,
        name: &EcoString,
        span: Span,
        accessors: &[Accessor],
        scope: Scope<'_, 'm>,
    ) -> Outcome {
        let instance = scope.instance;
        let key = (data, type_.clone(), name.clone());
        let Some(&at) = instance.module.resource_index.get(&key) else {
            let prefix = if data { "data." } else { "" };
            if data && instance.module.passing.contains(&("data", type_.clone(), name.clone())) {
                return Ok(Value::unknown("the data source of a check is read only while it runs"));
            }
            let mut value = self.undeclared(span, undeclared::resource(data, type_, name));
            value.origin.push_reference(Reference {
                address: eco_format!("{}{prefix}{type_}.{name}", instance.prefix),
                attribute: path_text(accessors),
            });
            return Ok(value);
        };
        let repetition = self.repetition_of(instance, at);
        match (repetition.form, accessors) {
            (Form::Single, _) if repetition.keys.is_empty() => self.follow(Value::null(), accessors, scope),
            (Form::Single, [Accessor { kind: AccessorKind::Attribute(attribute), span }, rest @ ..]) => {
                let value = self.resource_attribute(instance, at, 0, attribute, *span)?;
                self.follow(value, rest, scope)
            }
            (Form::Single, _) => self.follow(self.resource_value(instance, at, 0, span), accessors, scope),
            (_, [Accessor { kind: AccessorKind::Index(index), span: index_span }, rest @ ..]) => {
                let index = self.evaluate(index, scope)?;
                match (self.position(&repetition, &index), rest) {
                    (Some(position), [Accessor { kind: AccessorKind::Attribute(attribute), span }, rest @ ..]) => {
                        let value = self.resource_attribute(instance, at, position, attribute, *span)?;
                        self.follow(value, rest, scope)
                    }
                    (Some(position), rest) => {
                        self.follow(self.resource_value(instance, at, position, span), rest, scope)
                    }
                    (None, _) if index.is_unknown() || repetition.condition.is_some() => {
                        let reason = index
                            .unknown_reason()
                            .unwrap_or_else(|| eco_format!("{type_}.{name} may have no such instance"));
                        let mut value = Value::unknown(reason).with_origin(index.origin);
                        for key in &repetition.keys {
                            let prefix = if data { "data." } else { "" };
                            value.origin.push_reference(Reference {
                                address: eco_format!("{}{prefix}{type_}.{name}{}", instance.prefix, key.id.suffix()),
                                attribute: path_text(rest),
                            });
                        }
                        Ok(value)
                    }
                    (None, _) => Err(Failure::at(*index_span, eco_format!("{type_}.{name} has no such instance"))),
                }
            }
            // Old configurations leave the index out where count is 1, which Terraform refuses today.
            (_, [Accessor { kind: AccessorKind::Attribute(attribute), span }, rest @ ..])
                if repetition.keys.len() == 1 && repetition.form == Form::Count =>
            {
                let message =
                    eco_format!("{type_}.{name} has count, so an index must say which: {type_}.{name}[0].{attribute}");
                let value = self.resource_attribute(instance, at, 0, attribute, *span)?;
                let value =
                    self.object(Failure::at(accessors.first().map_or(*span, |first| first.span), message), value)?;
                self.follow(value, rest, scope)
            }
            (form, _) => {
                let values = (0..repetition.keys.len())
                    .map(|position| self.resource_value(instance, at, position, span))
                    .collect();
                self.follow(collect(form, &repetition.keys, values), accessors, scope)
            }
        }
    }

    pub(super) fn position(&self, repetition: &super::scope::Repetition, index: &Value) -> Option<usize> {
        if index.is_unknown() && !repetition.is_symbolic() {
            return None;
        }
        repetition.position(index)
    }

    /// One attribute of a resource: what is written, or known only to the provider.
    fn resource_attribute(
        &self,
        instance: &Rc<Instance<'m>>,
        at: usize,
        position: usize,
        name: &EcoString,
        span: Span,
    ) -> Outcome {
        let slot = (at, position, name.clone());
        match instance.attributes.enter(slot.clone()) {
            Slot::Done(value) => return Ok(value),
            Slot::Running => return Err(Failure::at(span, "this reference is part of a cycle")),
            Slot::Empty => {}
        }
        let value = self.apart(|| self.compute_attribute(instance, at, position, name, span));
        instance.attributes.fill(slot, value.clone());
        Ok(value)
    }

    fn compute_attribute(
        &self,
        instance: &Rc<Instance<'m>>,
        at: usize,
        position: usize,
        name: &EcoString,
        span: Span,
    ) -> Value {
        let Some(declaration) = instance.module.resources.get(at) else { return Value::null() };
        let address = self.address(instance, at, position);
        let block = &declaration.block.body;
        if declaration.data {
            return self.data_attribute(instance, at, position, name, span);
        }
        if name == "tags_all" && declaration.type_().starts_with("aws_") && block.attribute("tags_all").is_none() {
            let body = self.tagged(instance, declaration, self.resource_body(instance, at, position));
            if let Some(tags) = body.get("tags").filter(|tags| !tags.value.is_null()) {
                let mut value = tags.value.clone();
                value.origin.push_reference(Reference { address, attribute: name.clone() });
                return value;
            }
        }
        let written = match block.attribute(name) {
            Some(attribute) => {
                Some(self.in_instance(instance, at, position, |scope| match self.evaluate(&attribute.value, scope) {
                    Ok(value) => value,
                    Err(failure) => self.unknown_for(failure),
                }))
            }
            None if is_block(block, name) => {
                let body = self.resource_body(instance, at, position);
                body.get(name).map(|entry| promise(&entry.value, &address))
            }
            // What it will hold is what it is given, which only the apply copies over; without that it stays null.
            None if declaration.type_() == "terraform_data"
                && name == "output"
                && block.attribute("input").is_none() =>
            {
                return Value::null();
            }
            None => None,
        };
        match written {
            Some(mut value) if !value.is_null() => {
                value.origin.push_reference(Reference { address, attribute: name.clone() });
                value
            }
            _ => operators::computed(&address, name, span),
        }
    }

    /// A resource as a whole: what is written of it, and the promise of what its provider adds.
    fn resource_value(&self, instance: &Rc<Instance<'m>>, at: usize, position: usize, span: Span) -> Value {
        let address = self.address(instance, at, position);
        let mut map = (*self.resource_body(instance, at, position)).clone();
        if let Some(declaration) = instance.module.resources.get(at) {
            for (name, entry) in &mut map.entries {
                if is_block(&declaration.block.body, name) {
                    entry.value = promise(&entry.value, &address);
                }
            }
        }
        self.answered(instance, at, position, &mut map);
        map.resource = Some(address.clone());
        let mut value = Value::map(map);
        value.origin.span = span;
        value.origin.push_reference(Reference { address, attribute: EcoString::new() });
        value
    }
}

/// Whether a body has blocks of that type.
fn is_block(body: &Body, name: &str) -> bool {
    body.blocks.iter().any(|nested| nested.name == name || nested.name == "dynamic" && nested.label(0) == name)
}

/// Blocks of a resource, whose other attributes are known to its provider only.
fn promise(blocks: &Value, address: &EcoString) -> Value {
    let Some(items) = blocks.as_list() else { return blocks.clone() };
    let promised = items.iter().map(|item| match &item.data {
        Data::Map(map) => {
            let map = Map { resource: Some(address.clone()), ..(**map).clone() };
            Value { data: Data::Map(map.into()), ..item.clone() }
        }
        _ => item.clone(),
    });
    Value::list(promised.collect(), ListKind::Tuple).with_origin(blocks.origin.clone())
}
