//! From blocks to values: the instances of a repeated block, dynamic blocks, and the body of each instance.

use std::rc::Rc;
use std::sync::Arc;

use ecow::{EcoString, eco_format};

use super::scope::{Form, Instance, Key, KeyId, Names, Repetition, Scope, Slot};
use super::{Evaluator, operators};
use crate::evaluate::failure::Failure;
use crate::parse::terraform::ast::{Block, Body, Expression};
use crate::source::Span;
use crate::value::{Data, Entry, List, ListKind, Map, Origin, Value};

/// A block may stand at most this often.
const MAX_INSTANCES: usize = 10_000;

/// Arguments and blocks that speak to Terraform, not to the provider.
const META: &[&str] = &["count", "for_each", "provider", "depends_on", "lifecycle", "connection", "provisioner"];

/// The arguments of a module call that are not inputs.
pub(super) const CALL_META: &[&str] = &["source", "version", "providers", "count", "for_each", "depends_on"];

impl<'m> Evaluator<'m> {
    /// The instances of the resource at that place of the module.
    pub(super) fn repetition_of(&self, instance: &Rc<Instance<'m>>, at: usize) -> Rc<Repetition> {
        match instance.keys.enter(at) {
            Slot::Done(repetition) => return repetition,
            Slot::Running => return Rc::new(Repetition::single()),
            Slot::Empty => {}
        }
        let repetition = match instance.module.resources.get(at) {
            Some(declaration) => Rc::new(self.repetition(&declaration.block.body, Scope::of(instance))),
            None => Rc::new(Repetition::single()),
        };
        instance.keys.fill(at, Rc::clone(&repetition));
        repetition
    }

    /// The instances that `count` or `for_each` make of a block.
    pub(super) fn repetition(&self, body: &Body, scope: Scope<'_, 'm>) -> Repetition {
        if let Some(count) = body.attribute("count") {
            let value = self.evaluate(&count.value, scope).unwrap_or_else(|failure| self.unknown_for(failure));
            return self.count(&value, &count.value);
        }
        if let Some(for_each) = body.attribute("for_each") {
            let value = self.evaluate(&for_each.value, scope).unwrap_or_else(|failure| self.unknown_for(failure));
            return self.for_each(&value, &for_each.value);
        }
        let enabled = body.blocks("lifecycle").find_map(|lifecycle| lifecycle.body.attribute("enabled"));
        enabled.map_or_else(Repetition::single, |enabled| self.enabled(&enabled.value, scope))
    }

    /// The instance of a block that OpenTofu makes only where `enabled` in its lifecycle holds.
    fn enabled(&self, expression: &Expression, scope: Scope<'_, 'm>) -> Repetition {
        let value = self.evaluate(expression, scope).unwrap_or_else(|failure| self.unknown_for(failure));
        let mut repetition = Repetition::single();
        match operators::to_bool(&value) {
            Some(true) => {}
            Some(false) => repetition.keys.clear(),
            None if value.is_unknown() => {
                repetition.condition = Some(eco_format!("enabled = {}", self.sources.text(expression.span)));
            }
            None => {
                let message = eco_format!("enabled must be true or false, and this is {}", with_article(value.shape()));
                self.fail(Failure::at(expression.span, message));
            }
        }
        repetition
    }

    fn count(&self, value: &Value, expression: &Expression) -> Repetition {
        let condition = || Some(eco_format!("count = {}", self.sources.text(expression.span)));
        let (number, condition) = match &value.data {
            Data::Choice(arms) => {
                // The largest of the alternatives, under the condition that picks one.
                let most = arms.iter().map(|arm| operators::to_number(&arm.value)).collect::<Option<Vec<_>>>();
                match most.and_then(|numbers| numbers.into_iter().max()) {
                    Some(most) => (Some(most), condition()),
                    None => (None, condition()),
                }
            }
            _ => (operators::to_number(value), None),
        };
        let Some(number) = number else {
            if !value.is_unknown() {
                self.fail(Failure::at(
                    expression.span,
                    eco_format!("count must be a number, and this is {}", with_article(value.shape())),
                ));
            }
            let index = Value::unknown("count is not known").with_origin(value.origin.clone());
            return Repetition {
                form: Form::Count,
                keys: vec![Key { id: KeyId::Symbolic, value: None, key: Some(index) }],
                condition: Some(eco_format!("count = {}", self.sources.text(expression.span))),
            };
        };
        let wanted = number.as_i64().and_then(|number| usize::try_from(number).ok());
        let wanted = match wanted {
            Some(wanted) => wanted,
            None => {
                self.fail(Failure::at(expression.span, "count must be a whole number, zero or more"));
                0
            }
        };
        let made = self.within_limit(wanted, expression.span);
        let keys = (0..made as i64).map(|index| Key { id: KeyId::Index(index), value: None, key: None }).collect();
        Repetition { form: Form::Count, keys, condition }
    }

    fn for_each(&self, value: &Value, expression: &Expression) -> Repetition {
        let text = || eco_format!("for_each = {}", self.sources.text(expression.span));
        if let Data::Choice(arms) = &value.data {
            // The alternative with the most instances, under the condition that picks one.
            let fullest = arms.iter().max_by_key(|arm| operators::elements(&arm.value).map_or(0, |found| found.len()));
            if let Some(arm) = fullest.filter(|arm| operators::elements(&arm.value).is_some()) {
                let mut repetition = self.for_each(&arm.value, expression);
                repetition.condition = Some(text());
                return repetition;
            }
        }
        if value.sensitive {
            let message = "for_each cannot be a sensitive value: its keys are in the addresses of what it makes";
            self.fail(Failure::at(expression.span, message));
        }
        let symbolic = |reason: EcoString| Repetition {
            form: Form::ForEach,
            keys: vec![Key {
                id: KeyId::Symbolic,
                value: Some(Value::unknown(reason.clone()).with_origin(value.origin.clone())),
                key: Some(Value::unknown(reason).with_origin(value.origin.clone())),
            }],
            condition: Some(text()),
        };
        if value.is_unknown() {
            return symbolic(value.unknown_reason().unwrap_or_default());
        }
        let Some(elements) = operators::elements(value) else {
            self.fail(Failure::at(
                expression.span,
                eco_format!("for_each must be a map or a set of strings, and this is {}", with_article(value.shape())),
            ));
            return symbolic("for_each has no value".into());
        };
        let made = self.within_limit(elements.len(), expression.span);
        let is_map = value.as_map().is_some();
        if let Data::List(list) = &value.data {
            let message = match list.kind {
                ListKind::Set if list.items.iter().any(Value::is_null) => Some("for_each cannot walk over null".into()),
                ListKind::Set => {
                    list.items.iter().find(|item| !item.is_unknown() && item.as_str().is_none()).map(|item| {
                        eco_format!(
                            "for_each walks over a set of strings, and this one holds {}",
                            with_article(item.shape())
                        )
                    })
                }
                // Of an empty list nothing tells what it would be a set of; it may come of a condition with a set.
                _ if list.items.is_empty() => None,
                _ => Some("for_each walks over a map or a set; make a set of this list with toset(...)".into()),
            };
            if let Some(message) = message {
                self.fail(Failure::at(expression.span, message));
            }
        }
        let mut keys: Vec<Key> = Vec::with_capacity(made);
        for (key, element) in elements.into_iter().take(made) {
            let id = match operators::to_text(if is_map { &key } else { &element }) {
                Some(name) => KeyId::Name(name),
                None => KeyId::Symbolic,
            };
            if keys.iter().any(|there| there.id == id) {
                continue;
            }
            let key = (id == KeyId::Symbolic).then(|| element.clone());
            keys.push(Key { id, value: Some(element), key });
        }
        keys.sort_by(|a, b| match (&a.id, &b.id) {
            (KeyId::Name(a), KeyId::Name(b)) => a.cmp(b),
            _ => std::cmp::Ordering::Equal,
        });
        Repetition { form: Form::ForEach, keys, condition: None }
    }

    /// The preconditions of an instance that are known not to hold.
    pub(super) fn preconditions(&self, body: &Body, scope: Scope<'_, 'm>) {
        for block in body.blocks("precondition") {
            let Some(condition) = block.body.attribute("condition") else { continue };
            let Ok(holds) = self.evaluate(&condition.value, scope) else { continue };
            if operators::to_bool(&holds) == Some(false) {
                let said = block.body.attribute("error_message");
                let said = said.and_then(|message| self.evaluate(&message.value, scope).ok());
                let said = said
                    .as_ref()
                    .filter(|said| !said.sensitive)
                    .and_then(Value::as_str)
                    .unwrap_or("it gives no reason");
                self.fail(Failure::at(condition.value.span, eco_format!("this precondition does not hold: {said}")));
            }
        }
    }

    fn within_limit(&self, wanted: usize, span: Span) -> usize {
        if wanted > MAX_INSTANCES {
            self.fail(Failure::limit(
                span,
                eco_format!("{wanted} instances are too many; only the first {MAX_INSTANCES} are checked"),
            ));
        }
        let made = wanted.min(MAX_INSTANCES);
        match self.spend(made, span) {
            Ok(()) => made,
            Err(failure) => {
                self.fail(failure);
                made.min(1)
            }
        }
    }

    /// Runs `then` in the scope of one instance of a resource.
    pub(super) fn in_instance<T>(
        &self,
        instance: &Rc<Instance<'m>>,
        at: usize,
        position: usize,
        then: impl FnOnce(Scope<'_, 'm>) -> T,
    ) -> T {
        let repetition = self.repetition_of(instance, at);
        let bound = repetition.keys.get(position).and_then(|key| Self::key_values(key, repetition.form));
        match bound {
            None => then(Scope::of(instance)),
            Some((name, value)) => {
                let names = Names { name, value, outer: None };
                then(Scope { instance, names: Some(&names) })
            }
        }
    }

    /// The address of one instance of a resource.
    pub(super) fn address(&self, instance: &Rc<Instance<'m>>, at: usize, position: usize) -> EcoString {
        let Some(declaration) = instance.module.resources.get(at) else { return EcoString::new() };
        let repetition = self.repetition_of(instance, at);
        let suffix = repetition.keys.get(position).map(|key| key.id.suffix()).unwrap_or_default();
        let mut address = instance.prefix.clone();
        if declaration.data {
            address.push_str("data.");
        }
        address.push_str(declaration.type_());
        address.push('.');
        address.push_str(declaration.name());
        address.push_str(&suffix);
        address
    }

    /// The evaluated body of one instance of a resource.
    pub(super) fn resource_body(&self, instance: &Rc<Instance<'m>>, at: usize, position: usize) -> Arc<Map> {
        match instance.bodies.enter((at, position)) {
            Slot::Done(Value { data: Data::Map(map), .. }) => return map,
            Slot::Done(_) | Slot::Running => return Arc::default(),
            Slot::Empty => {}
        }
        let body = match instance.module.resources.get(at) {
            Some(declaration) => self
                .in_instance(instance, at, position, |scope| Arc::new(self.body(&declaration.block.body, scope, META))),
            None => Arc::default(),
        };
        instance.bodies.fill((at, position), Value::new(Data::Map(Arc::clone(&body))));
        body
    }

    /// The arguments and blocks of a body, evaluated.
    pub(super) fn body(&self, body: &Body, scope: Scope<'_, 'm>, leave_out: &[&str]) -> Map {
        let mut map = Map::new();
        map.entries.reserve(body.attributes.len() + body.blocks.len());
        for attribute in &body.attributes {
            if leave_out.contains(&attribute.name.as_str()) {
                continue;
            }
            let value = match self.evaluate(&attribute.value, scope) {
                Ok(value) => value,
                Err(failure) => self.unknown_for(failure),
            };
            map.entries.insert(attribute.name.clone(), Entry { value, span: attribute.value.span });
        }
        if body.blocks.is_empty() {
            return map;
        }
        let mut nested: Vec<(EcoString, Span, Vec<Value>)> = Vec::new();
        let mut add =
            |name: &EcoString, span: Span, value: Value| match nested.iter_mut().find(|(there, _, _)| there == name) {
                Some((_, _, values)) => values.push(value),
                None => nested.push((name.clone(), span, vec![value])),
            };
        for block in &body.blocks {
            if leave_out.contains(&block.name.as_str()) {
                continue;
            }
            if block.name == "dynamic" {
                self.dynamic(block, scope, &mut add);
                continue;
            }
            let inner = Value::at(Data::Map(Arc::new(self.body(&block.body, scope, &[]))), block.header);
            add(&block.name, block.header, inner);
        }
        for (name, span, values) in nested {
            let list = Data::List(List { items: values.into(), kind: ListKind::Tuple });
            map.entries.insert(name, Entry { value: Value::at(list, span), span });
        }
        map
    }

    /// `dynamic "name" { for_each, iterator, content {} }`: a block for each element. A collection that is not
    /// known makes one block that stands for those it will have.
    fn dynamic(&self, block: &Block, scope: Scope<'_, 'm>, add: &mut dyn FnMut(&EcoString, Span, Value)) {
        let name = EcoString::from(block.label(0));
        let Some(content) = block.body.blocks("content").next() else { return };
        let Some(for_each) = block.body.attribute("for_each") else { return };
        let iterator = match block.body.attribute("iterator").map(|attribute| &attribute.value.kind) {
            Some(crate::parse::terraform::ast::ExpressionKind::Name(iterator)) => iterator.clone(),
            _ => name.clone(),
        };
        let collection = self.evaluate(&for_each.value, scope).unwrap_or_else(|failure| self.unknown_for(failure));
        let elements = match &collection.data {
            Data::Choice(arms) => arms.iter().filter_map(|arm| operators::elements(&arm.value)).max_by_key(Vec::len),
            _ => operators::elements(&collection),
        };
        let elements = elements.unwrap_or_else(|| {
            if collection.is_null() {
                self.fail(Failure::at(
                    for_each.value.span,
                    "a dynamic block cannot walk over null; give it [] for none",
                ));
                return Vec::new();
            }
            let reason = collection.unknown_reason().unwrap_or_else(|| "for_each is no collection".into());
            let element = Value::unknown(reason).with_origin(collection.origin.clone());
            vec![(element.clone(), element)]
        });
        for (key, value) in elements {
            if let Err(failure) = self.spend(1, for_each.value.span) {
                self.fail(failure);
                return;
            }
            let mut map = Map::new();
            map.insert("key", key);
            map.insert("value", value);
            let names = Names { name: &iterator, value: Value::map(map), outer: scope.names };
            let inner = Scope { instance: scope.instance, names: Some(&names) };
            let body = self.body(&content.body, inner, &[]);
            let mut origin = Origin::at(content.header);
            origin.absorb(&collection.origin);
            add(&name, block.header, Value::new(Data::Map(Arc::new(body))).with_origin(origin));
        }
    }
}

/// A word for a shape in a sentence.
fn with_article(shape: &'static str) -> EcoString {
    match shape {
        "null" => "null".into(),
        shape => eco_format!("a {shape}"),
    }
}
