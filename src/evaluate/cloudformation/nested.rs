//! Nested stacks: a template that is on the disk is evaluated with the parameters that its resource gives.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;

use super::resource::Exists;
use super::{Call, Code, Evaluator, Failure, Nested, Template, condition, inline, local_path};
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

/// The file on this disk that a stack's declaration names: by its TemplateURL, or by the asset that the CDK made of
/// its template.
pub(super) fn named_file(template: &Path, declaration: &Node) -> Option<PathBuf> {
    if !declaration.get("Type").and_then(Node::as_str).is_some_and(is_stack) {
        return None;
    }
    let url = declaration.get("Properties").and_then(|properties| properties.get("TemplateURL"))?;
    let metadata = declaration.get("Metadata");
    let asset = metadata.and_then(|metadata| metadata.get("aws:asset:path")).and_then(Node::as_str).filter(|_| {
        let property = metadata.and_then(|metadata| metadata.get("aws:asset:property")).and_then(Node::as_str);
        property.is_none_or(|property| property == "TemplateURL")
    });
    local_path(template, asset.or_else(|| url.as_str().filter(|_| url.tag.is_none()))?)
}

/// Whether resources of that type deploy a template.
pub(super) fn is_stack(type_: &str) -> bool {
    matches!(type_, "AWS::CloudFormation::Stack" | "AWS::CloudFormation::StackSet")
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
        let property = |name: &str| properties.and_then(|properties| properties.get(name));
        let (at, template) = match (property("TemplateURL"), property(inline::BODY)) {
            (_, Some(body)) => {
                let template = self.shared.workspace.inline.get(&body.span);
                let message =
                    || eco_format!("the body of stack {id} is known only at deployment, so it is not checked");
                (body, template.ok_or_else(|| missing(body.span, message()))?)
            }
            (Some(url), None) => (url, self.named_template(id, &entry.value, url)?),
            (None, None) => {
                return Err(missing(
                    entry.key_span,
                    eco_format!("stack {id} has no TemplateURL, so it is not checked"),
                ));
            }
        };
        if self.calls.len() >= MAX_LEVELS {
            let message = eco_format!("more than {MAX_LEVELS} stacks are nested here");
            return Err(Failure::limit(at.span, message));
        }
        self.shared.spend(template.root.size(), at.span)?;
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

    /// The template on the disk that a stack names.
    fn named_template(&self, id: &str, declaration: &Node, url: &Node) -> Result<&'w Template, Failure> {
        let named = self.worth_or_null(url);
        let shown = named.as_str().unwrap_or("a place that is known only at deployment");
        let path = named_file(&self.template.path, declaration)
            .or_else(|| named.as_str().and_then(|named| local_path(&self.template.path, named)));
        path.and_then(|path| self.shared.workspace.get(&path)).ok_or_else(|| {
            let message = eco_format!(
                "the template of stack {id} ({shown}) is not on this disk, so what it deploys is not checked; \
                 name it by a path from this file, as `aws cloudformation package` takes it"
            );
            Failure { span: url.span, message, code: Code::MissingModule }
        })
    }

    /// The parameters that a stack is given: a mapping or, for a stack set, a list of names and values.
    fn arguments(&self, properties: Option<&Node>) -> FxHashMap<EcoString, Value> {
        let given = properties.and_then(|properties| properties.get("Parameters"));
        let mut inputs = FxHashMap::default();
        let mut give = |name: &str, node: &Node| {
            if let Some(mut value) = self.worth(node) {
                value.origin.push_step(Step { kind: StepKind::Argument, name: name.into(), span: node.span });
                inputs.insert(name.into(), value);
            }
        };
        for entry in given.and_then(Node::as_mapping).unwrap_or_default() {
            give(&entry.key, &entry.value);
        }
        for item in given.and_then(Node::as_sequence).unwrap_or_default() {
            if let (Some(name), Some(node)) =
                (item.get("ParameterKey").and_then(Node::as_str), item.get("ParameterValue"))
            {
                give(name, node);
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
