//! Nested stacks: a template that is on the disk is evaluated with the parameters that its resource gives.

use std::rc::Rc;
use std::sync::Arc;

use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;

use super::resource::Exists;
use super::{Call, Code, Evaluator, Failure, Nested, condition, local_path};
use crate::parse::tree::Node;
use crate::source::Span;
use crate::value::{Reference, Step, StepKind, Value};

/// Stacks in stacks: more levels than anyone deploys.
const MAX_LEVELS: usize = 8;

/// How far the evaluation of a nested stack has come.
#[derive(Clone, Debug)]
pub(super) enum State {
    /// It is being evaluated.
    Running,
    /// It is evaluated; none where it cannot be.
    Done(Option<Nested>),
}

impl<'w> Evaluator<'_, 'w> {
    /// What a nested stack deploys; none where its template is not on the disk, which is reported.
    pub(super) fn nested_stack(&self, id: &EcoString) -> Option<Nested> {
        match self.children.borrow().get(id) {
            Some(State::Done(stack)) => return stack.clone(),
            Some(State::Running) => return None,
            None => {}
        }
        self.children.borrow_mut().insert(id.clone(), State::Running);
        // The stack is the same for all who read its outputs, whatever holds where they stand.
        let stack = match self.assuming(None, || self.evaluate_nested(id)) {
            Ok(stack) => Some(stack),
            Err(failure) => {
                self.shared.fail(failure);
                None
            }
        };
        self.children.borrow_mut().insert(id.clone(), State::Done(stack.clone()));
        stack
    }

    fn evaluate_nested(&self, id: &EcoString) -> Result<Nested, Failure> {
        let missing = |span: Span, message: EcoString| Failure { span, message, code: Code::MissingModule };
        let Some(entry) = self.sections.resources.get(id) else {
            return Err(Failure::at(Span::NONE, eco_format!("there is no stack {id}")));
        };
        let properties = entry.value.get("Properties");
        let Some(url) = properties.and_then(|properties| properties.get("TemplateURL")) else {
            return Err(missing(entry.key_span, eco_format!("stack {id} has no TemplateURL, so it is not checked")));
        };
        let named = self.worth_or_null(url);
        let shown = named.as_str().unwrap_or("a place that is known only at deployment");
        let path = named.as_str().and_then(|named| local_path(&self.template.path, named));
        let template = path.and_then(|path| self.shared.workspace.templates.get(&path)).ok_or_else(|| {
            let message = eco_format!(
                "the template of stack {id} ({shown}) is not on this disk, so what it deploys is not checked; \
                 name it by a path from this file, as `aws cloudformation package` takes it"
            );
            missing(url.span, message)
        })?;
        if self.calls.len() >= MAX_LEVELS {
            let message = eco_format!("more than {MAX_LEVELS} stacks are nested here");
            return Err(Failure { span: url.span, message, code: Code::BudgetExceeded });
        }
        self.shared.spend(template.root.size(), url.span)?;
        let name = match self.exists(&entry.value) {
            Exists::Yes(name) => name,
            Exists::No => return Ok(Rc::default()),
        };
        let inputs = self.assuming(name.clone(), || self.arguments(properties));
        let mut child = Evaluator::new(self.shared, template, inputs);
        child.prefix = eco_format!("{}{id}/", self.prefix);
        let call = Call { address: self.address(id), span: entry.key_span };
        child.calls = self.calls.iter().cloned().chain([call]).collect::<Arc<[Call]>>();
        child.condition = condition::both(self.condition.as_ref(), name.as_ref());
        Ok(Rc::new(child.stack()))
    }

    /// The parameters that a stack is given.
    fn arguments(&self, properties: Option<&Node>) -> FxHashMap<EcoString, Value> {
        let given = properties.and_then(|properties| properties.get("Parameters"));
        let mut inputs = FxHashMap::default();
        for entry in given.and_then(Node::as_mapping).unwrap_or_default() {
            if let Some(mut value) = self.worth(&entry.value) {
                value.origin.push_step(Step {
                    kind: StepKind::Argument,
                    name: entry.key.clone(),
                    span: entry.value.span,
                });
                inputs.insert(entry.key.clone(), value);
            }
        }
        inputs
    }

    /// An output of a nested stack.
    pub(super) fn nested_output(&self, id: &EcoString, name: &str, span: Span) -> Value {
        let stack = self.nested_stack(id);
        let found = stack.as_ref().and_then(|stack| stack.outputs.iter().find(|(output, _)| output == name));
        let attribute = eco_format!("Outputs.{name}");
        match found {
            Some((_, value)) => {
                let mut value = value.clone();
                value.origin.push_reference(Reference { address: self.address(id), attribute });
                value.origin.push_step(Step { kind: StepKind::Output, name: eco_format!("{id}.{name}"), span });
                value
            }
            None => {
                if stack.is_some() {
                    self.shared.fail(Failure::at(span, eco_format!("stack {id} has no output {name}")));
                }
                self.computed(id, &attribute, span)
            }
        }
    }
}
