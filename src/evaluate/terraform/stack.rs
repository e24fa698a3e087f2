//! Resources that deploy a CloudFormation template: what it declares is evaluated as that template.

use std::rc::Rc;

use ecow::eco_format;

use super::Evaluator;
use super::scope::Instance;
use crate::evaluate::cloudformation::{self, Stack, given};
use crate::evaluate::{Code, Diagnostic, Evaluated, Resource};
use crate::parse::terraform::ast::ExpressionKind;
use crate::source::SourceMap;
use crate::value::Value;

/// The types that deploy a template, and their attributes for its text, its place and its parameters.
const TYPES: &[(&str, &str, &str, &str)] = &[
    ("aws_cloudformation_stack", "template_body", "template_url", "parameters"),
    ("aws_cloudformation_stack_set", "template_body", "template_url", "parameters"),
    ("awscc_cloudformation_stack", "template_body", "template_url", "parameters"),
];

/// The types that deploy a template of Azure, which is not evaluated with what they give it.
const OF_AZURE: &[&str] = &[
    "azurerm_resource_group_template_deployment",
    "azurerm_subscription_template_deployment",
    "azurerm_management_group_template_deployment",
    "azurerm_tenant_template_deployment",
    "azurerm_template_deployment",
];

/// What a resource deploys besides itself; none where it is no stack. `structure` answers with the value that the text
/// of an attribute encodes.
pub(super) fn deployed(
    resource: &Resource,
    sources: &SourceMap,
    templates: &cloudformation::load::Workspace,
    structure: impl FnOnce(&str) -> Option<Value>,
) -> Option<Evaluated> {
    if resource.existing {
        return None;
    }
    if OF_AZURE.contains(&resource.type_.as_str()) {
        let message = eco_format!(
            "what the template of {} deploys is not checked here; check the template itself, with --parameters for \
             what it is given",
            resource.address
        );
        let error = Diagnostic::at(Code::MissingModule, resource.header, message);
        return Some(Evaluated { errors: vec![error], ..Evaluated::default() });
    }
    let (_, body, url, parameters) = TYPES.iter().find(|(type_, ..)| resource.type_ == *type_)?;
    Some(cloudformation::evaluate_stack(&Stack {
        resource,
        template: given(&resource.body, body),
        structure: structure(body),
        url: given(&resource.body, url),
        parameters: given(&resource.body, parameters),
        sources,
        templates,
    }))
}

impl<'m> Evaluator<'m> {
    /// The value that `jsonencode` or `yamlencode` is given where an attribute is written so.
    pub(super) fn encoded(&self, instance: &Rc<Instance<'m>>, at: usize, position: usize, name: &str) -> Option<Value> {
        let declaration = instance.module.resources.get(at)?;
        let attribute = declaration.block.body.attribute(name)?;
        let ExpressionKind::Call(call) = &attribute.value.kind else { return None };
        let ("jsonencode" | "yamlencode", [argument], false) =
            (call.name.as_str(), call.arguments.as_slice(), call.spread)
        else {
            return None;
        };
        let mut value = self.in_instance(instance, at, position, |scope| self.evaluate(argument, scope)).ok()?;
        if value.origin.span.is_none() {
            value.origin.span = argument.span;
        }
        Some(value)
    }
}
