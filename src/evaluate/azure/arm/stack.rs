//! Templates that a resource of Terraform deploys: it gives the template and the parameters, and what the template
//! declares stands under the address of that resource.

use std::path::PathBuf;

use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;

use super::level::handed;
use super::load::Workspace;
use super::template::{get, is_template};
use super::{Input, Shared, Template, Within, deploy};
use crate::evaluate::azure::functions::Deployment;
use crate::evaluate::stack::{Form, Stack};
use crate::evaluate::{Evaluated, embedded};
use crate::parse::tree::{Node, NodeKind};
use crate::value::Value;

const FORM: Form = Form {
    is_template,
    otherwise: "no ARM template: it has no $schema of one, and no resources with a type and an apiVersion",
};

/// Evaluates what another dialect deploys. `templates` are those that were read: one with the same text is meant.
pub fn evaluate_stack(stack: &Stack<'_>, templates: &Workspace, deployment: Deployment) -> Evaluated {
    if let Some(template) = stack.file(templates.templates.values(), |template| &template.root) {
        let mut evaluated = evaluate(stack, templates, template, None, deployment);
        evaluated.claimed.push(template.path.clone());
        return evaluated;
    }
    stack.embedded(&FORM, |root, values| {
        let template = Template { path: PathBuf::new(), root };
        evaluate(stack, &Workspace::default(), &template, Some(values), deployment)
    })
}

fn evaluate(
    stack: &Stack<'_>,
    workspace: &Workspace,
    template: &Template,
    embedded: Option<Vec<Value>>,
    deployment: Deployment,
) -> Evaluated {
    let declared = get(&template.root, "parameters").and_then(Node::as_mapping).unwrap_or_default();
    let (given, told) = stack.given(declared.iter().map(|entry| &entry.key));
    let input = Input {
        workspace,
        sources: stack.sources,
        path: template.path.clone(),
        inputs: given
            .entries
            .into_iter()
            .map(|(name, entry)| unwrapped(name, entry.value))
            .collect::<FxHashMap<_, _>>(),
        deployment,
        project: stack.resource.project,
        within: Within {
            prefix: eco_format!("{}/", stack.resource.address),
            calls: stack.calls(),
            condition: stack.resource.condition.clone(),
        },
    };
    let shared = Shared { embedded, ..Shared::new(&input) };
    let mut evaluated = deploy(shared, template, input);
    evaluated.errors.extend(told);
    evaluated
}

/// What a parameter is given: the value itself or, as parameter files have it, an object with the value in it.
fn unwrapped(name: EcoString, value: Value) -> (EcoString, Value) {
    // A whole parameter file is opened where all inputs are.
    if value.as_map().is_none() || matches!(name.as_str(), "parameters" | "$schema" | "contentVersion") {
        return (name, value);
    }
    let mut inner = handed(&value, &name).with_sensitive(value.sensitive);
    value.origin.steps().iter().for_each(|step| inner.origin.push_step(step.clone()));
    (name, inner)
}

impl Shared<'_> {
    /// The value that a node of an embedded template stands for.
    pub(super) fn embedded(&self, node: &Node) -> Option<&Value> {
        embedded::value(self.embedded.as_deref()?, node)
    }

    /// The value that stands for a node of which nothing is written.
    pub(super) fn stand_in(&self, node: &Node) -> Option<&Value> {
        self.embedded(node).filter(|value| node.kind == NodeKind::Null && !value.is_null())
    }
}
