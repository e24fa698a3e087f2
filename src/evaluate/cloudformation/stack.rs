//! Stacks that another dialect deploys: its resource gives the template and the parameters, and what the template
//! declares stands under the address of that resource.

use std::path::PathBuf;

use ecow::eco_format;
use rustc_hash::FxHashMap;

use super::load::Workspace;
use super::{Evaluated, Evaluator, Exports, Input, Shared, Template, is_template};
use crate::evaluate::embedded;
use crate::evaluate::stack::{Form, Stack};
use crate::parse::tree::Node;
use crate::value::Value;

const FORM: Form = Form { is_template, otherwise: "no CloudFormation template: it has no Resources with a Type" };

/// Evaluates a stack of another dialect. `templates` are those that were read: one with the same text is meant.
pub fn evaluate_stack(stack: &Stack<'_>, templates: &Workspace) -> Evaluated {
    if let Some(template) = stack.file(templates.templates.iter(), |template| &template.root) {
        let mut evaluated = deploy(stack, templates, template, Vec::new());
        evaluated.claimed.push(template.path.clone());
        return evaluated;
    }
    stack.embedded(&FORM, |root, values| {
        deploy(stack, &Workspace::default(), &Template::new(PathBuf::new(), 0, root), values)
    })
}

fn deploy(stack: &Stack<'_>, workspace: &Workspace, template: &Template, values: Vec<Value>) -> Evaluated {
    let exports = Exports::default();
    let declared = template.root.get("Parameters").and_then(Node::as_mapping).unwrap_or_default();
    let (given, told) = stack.given(declared.iter().map(|entry| &entry.key));
    let input = Input {
        workspace,
        template: Some(template),
        inputs: given.entries.into_iter().map(|(name, entry)| (name, entry.value)).collect(),
        pseudo: FxHashMap::default(),
        exports: &exports,
        project: stack.resource.project,
    };
    let shared = Shared { embedded: values, ..Shared::new(&input) };
    let mut evaluator = Evaluator::new(&shared, template, input.inputs);
    evaluator.prefix = eco_format!("{}/", stack.resource.address);
    evaluator.calls = stack.calls();
    evaluator.condition = stack.resource.condition.clone();
    let mut evaluated = evaluator.stack();
    evaluated.errors = shared.tally.into_errors();
    evaluated.errors.extend(told);
    evaluated
}

impl Shared<'_> {
    /// The value that a node of an embedded template stands for.
    pub(super) fn embedded(&self, node: &Node) -> Option<&Value> {
        embedded::value(&self.embedded, node)
    }
}
