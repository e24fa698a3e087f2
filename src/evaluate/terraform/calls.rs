//! Module calls: each instance of a call is evaluated with its own inputs, each of which is worked out when it is used.

use std::rc::Rc;

use ecow::{EcoString, eco_format};

use super::body::CALL_META;
use super::scope::{Caller, Children, Given, Instance, Names, Scope, Slot};
use super::{Evaluator, Link, both};
use crate::evaluate::Call;
use crate::evaluate::failure::Failure;
use crate::value::{Step, StepKind, Value};

/// Modules that call modules deeper than this are not followed; also what ends a module that calls itself.
const MAX_CALL_DEPTH: usize = 32;

impl<'m> Evaluator<'m> {
    /// The instances of the module call at that place.
    pub(super) fn children(&self, instance: &Rc<Instance<'m>>, at: usize) -> Children<'m> {
        match instance.children.enter(at) {
            Slot::Done(children) => return children,
            Slot::Running => return Children::Missing("the module call refers to itself in a cycle".into()),
            Slot::Empty => {}
        }
        let children = self.make_children(instance, at);
        instance.children.fill(at, children.clone());
        children
    }

    fn make_children(&self, instance: &Rc<Instance<'m>>, at: usize) -> Children<'m> {
        let Some(call) = instance.module.calls.get(at) else { return Children::Missing("no such call".into()) };
        let name = EcoString::from(call.label(0));
        let link = self.links.get(&(instance.module.folder.clone(), name.clone()));
        let module = match link {
            Some(Link::Folder(folder)) => match self.modules.get(folder) {
                Some(module) => module,
                None => return Children::Missing(eco_format!("module \"{name}\" could not be read")),
            },
            Some(Link::Missing(reason)) => return Children::Missing(reason.clone()),
            None => return Children::Missing(eco_format!("module \"{name}\" has no source")),
        };
        if instance.calls.len() >= MAX_CALL_DEPTH {
            self.fail(Failure::limit(
                call.header,
                eco_format!("modules call each other more than {MAX_CALL_DEPTH} levels deep"),
            ));
            return Children::Missing("modules call each other too deep".into());
        }
        let scope = Scope::of(instance);
        let repetition = self.repetition(&call.body, scope);
        let mut children = Vec::with_capacity(repetition.keys.len());
        for key in &repetition.keys {
            if let Err(failure) = self.spend(1, call.header) {
                self.fail(failure);
                break;
            }
            let address = eco_format!("{}module.{name}{}", instance.prefix, key.id.suffix());
            let bound = Self::key_values(key, repetition.form);
            let caller = Caller { instance: Rc::downgrade(instance), block: call, bound };
            let mut calls = instance.calls.to_vec();
            calls.push(Call { address: address.clone(), span: call.header });
            children.push(Rc::new(Instance::new(
                module,
                eco_format!("{address}."),
                calls.into(),
                Given::Call(caller),
                both(instance.condition.as_ref(), repetition.condition.as_ref()),
            )));
        }
        Children::Here(Rc::new(repetition), children.into())
    }

    /// The value that is given to a variable of a module.
    pub(super) fn given(&self, instance: &Rc<Instance<'m>>, name: &EcoString) -> Option<Value> {
        let caller = match &instance.given {
            Given::Inputs(inputs) => return inputs.get(name).cloned(),
            Given::Call(caller) => caller,
        };
        let argument = caller.block.body.attribute(name).filter(|_| !CALL_META.contains(&name.as_str()))?;
        let calling = caller.instance.upgrade()?;
        let names = caller.bound.clone().map(|(name, value)| Names { name, value, outer: None });
        let scope = Scope { instance: &calling, names: names.as_ref() };
        let mut value = self.evaluate(&argument.value, scope).unwrap_or_else(|failure| self.unknown_for(failure));
        value.origin.push_step(Step {
            kind: StepKind::Argument,
            name: eco_format!("{}{name}", instance.prefix),
            span: argument.value.span,
        });
        Some(value)
    }
}
