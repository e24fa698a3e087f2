//! Resources that deploy a template of CloudFormation or Azure: what it declares is evaluated as that template.

use std::rc::Rc;

use super::scope::Instance;
use super::{Evaluator, azapi};
use crate::evaluate::azure::arm;
use crate::evaluate::azure::functions::{Deployment, Scope};
use crate::evaluate::{Evaluated, Resource, Stack, cloudformation};
use crate::parse::terraform::ast::ExpressionKind;
use crate::source::SourceMap;
use crate::value::{Map, Value};

/// The templates of other dialects that were read.
#[derive(Clone, Copy)]
pub struct Templates<'m> {
    /// Those of CloudFormation.
    pub cloudformation: &'m cloudformation::load::Workspace,
    /// Those of Azure.
    pub arm: &'m arm::load::Workspace,
}

/// A type that deploys a template, and its attributes.
struct Deploys {
    type_: &'static str,
    /// The template as text.
    template: &'static str,
    /// What names it instead.
    elsewhere: &'static str,
    /// What gives values to its parameters; later ones win.
    parameters: &'static [&'static str],
    language: Language,
}

/// What a template is written in, and for Azure what it is deployed to.
#[derive(Clone, Copy)]
enum Language {
    CloudFormation,
    Arm(Scope),
}

const TYPES: &[Deploys] = &[
    stack("aws_cloudformation_stack"),
    stack("aws_cloudformation_stack_set"),
    stack("awscc_cloudformation_stack"),
    deployment("azurerm_resource_group_template_deployment", Scope::Group),
    deployment("azurerm_subscription_template_deployment", Scope::Subscription),
    deployment("azurerm_management_group_template_deployment", Scope::ManagementGroup),
    deployment("azurerm_tenant_template_deployment", Scope::Tenant),
    Deploys {
        template: "template_body",
        parameters: &["parameters", "parameters_body"],
        ..deployment("azurerm_template_deployment", Scope::Group)
    },
];

const fn stack(type_: &'static str) -> Deploys {
    Deploys {
        type_,
        template: "template_body",
        elsewhere: "template_url",
        parameters: &["parameters"],
        language: Language::CloudFormation,
    }
}

const fn deployment(type_: &'static str, scope: Scope) -> Deploys {
    Deploys {
        type_,
        template: "template_content",
        elsewhere: "template_spec_version_id",
        parameters: &["parameters_content"],
        language: Language::Arm(scope),
    }
}

/// What a resource deploys besides itself; none where it deploys no template. `structure` answers with the value that
/// the text of an attribute encodes.
pub(super) fn deployed(
    resource: &Resource,
    sources: &SourceMap,
    templates: Templates<'_>,
    structure: impl Fn(&str) -> Option<Value>,
) -> Option<Evaluated> {
    if resource.existing {
        return None;
    }
    if let Some(properties) = azapi::deployment(resource) {
        return Some(deployed_by_azapi(resource, sources, templates, &properties));
    }
    let deploys = TYPES.iter().find(|deploys| resource.type_ == deploys.type_)?;
    let given = |name: &str| given(&resource.body, name);
    let parameters = deploys.parameters.iter().filter_map(|name| structure(name).or_else(|| given(name).cloned()));
    let stack = Stack {
        resource,
        template: given(deploys.template),
        structure: structure(deploys.template),
        elsewhere: given(deploys.elsewhere),
        parameters: parameters.collect(),
        sources,
    };
    Some(match deploys.language {
        Language::CloudFormation => cloudformation::evaluate_stack(&stack, templates.cloudformation),
        Language::Arm(scope) => {
            let mut deployment = Deployment { scope, ..Deployment::default() };
            if let Some(group) = given("resource_group_name") {
                deployment.group = group.clone();
            }
            arm::evaluate_stack(&stack, templates.arm, deployment)
        }
    })
}

/// What a deployment deploys that azapi makes: its properties hold the template itself.
fn deployed_by_azapi(
    resource: &Resource,
    sources: &SourceMap,
    templates: Templates<'_>,
    properties: &Value,
) -> Evaluated {
    let property = |name: &str| given(properties.as_map()?, name);
    let link = property("templateLink").and_then(Value::as_map);
    let stack = Stack {
        resource,
        template: Some(properties).filter(|properties| properties.is_unknown()),
        structure: property("template").cloned(),
        elsewhere: link.and_then(|link| given(link, "id").or_else(|| given(link, "uri"))),
        parameters: property("parameters").cloned().into_iter().collect(),
        sources,
    };
    arm::evaluate_stack(&stack, templates.arm, Deployment::default())
}

/// The entry of a body as a value.
fn given<'b>(body: &'b Map, name: &str) -> Option<&'b Value> {
    body.get(name).map(|entry| &entry.value).filter(|value| !value.is_null())
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
