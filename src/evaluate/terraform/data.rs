//! Data sources: those that the configuration alone answers are answered, the others are unknown, and say why. Of a
//! policy or a role that is looked up by its name, the end of the id is known.
//! Source: the pages of the data sources in their providers' documentation.

use std::rc::Rc;

use ecow::{EcoString, eco_format};

use super::module::Declaration;
use super::scope::{Instance, Scope};
use super::{Evaluator, functions, iam_document, named, operators};
use crate::source::Span;
use crate::value::{Data, Known, Map, Origin, Reference, Step, StepKind, Value};

/// What a data source would answer that only a run with credentials could.
const REASONS: &[(&str, &str)] = &[
    ("aws_caller_identity", "the account is known only to a run with credentials"),
    ("aws_availability_zones", "the zones of the account are known only to a run with credentials"),
    ("aws_canonical_user_id", "the account is known only to a run with credentials"),
    ("azurerm_client_config", "tenant, subscription and caller are known only to a run with credentials"),
    ("azurerm_subscription", "the subscription is known only to a run with credentials"),
    ("azuread_client_config", "tenant and caller are known only to a run with credentials"),
    ("terraform_remote_state", "the state of another configuration is not read"),
    ("tfe_outputs", "the state of another configuration is not read"),
    ("http", "nothing is fetched from the network"),
    ("external", "no program is run"),
];

impl<'m> Evaluator<'m> {
    /// An attribute of a data source: answered where the configuration alone decides it.
    pub(super) fn data_attribute(
        &self,
        instance: &Rc<Instance<'m>>,
        at: usize,
        position: usize,
        name: &EcoString,
        span: Span,
    ) -> Value {
        let Some(declaration) = instance.module.resources.get(at) else { return Value::null() };
        let address = self.address(instance, at, position);
        let mut value = match self.answer(instance, at, position, name) {
            Some(mut answer) => {
                if answer.origin.span.is_none() {
                    answer.origin.span = declaration.block.header;
                }
                answer.origin.push_step(Step {
                    kind: StepKind::Data,
                    name: eco_format!("data.{}.{}", declaration.type_(), declaration.name()),
                    span: declaration.block.header,
                });
                answer
            }
            None => {
                let written = declaration.block.body.attribute(name).map(|attribute| {
                    self.in_instance(instance, at, position, |scope| {
                        self.evaluate(&attribute.value, scope).unwrap_or_else(|failure| self.unknown_for(failure))
                    })
                });
                match written {
                    Some(value) if !value.is_null() => value,
                    _ => {
                        let reason = match REASONS.iter().find(|(type_, _)| type_ == declaration.type_()) {
                            Some((_, reason)) => eco_format!("{address}.{name}: {reason}"),
                            None => eco_format!("{address} is read from the provider"),
                        };
                        let mut value = Value::unknown(reason);
                        value.origin.span = span;
                        value
                    }
                }
            }
        };
        value.origin.push_reference(Reference { address, attribute: name.clone() });
        value
    }

    /// The attributes of a data source that the configuration answers, for the data source as a whole.
    pub(super) fn answered(&self, instance: &Rc<Instance<'m>>, at: usize, position: usize, body: &mut Map) {
        let Some(declaration) = instance.module.resources.get(at) else { return };
        let names: &[&str] = match declaration.type_().as_str() {
            "aws_iam_policy_document" => &["json", "minified_json"],
            "aws_partition" => &["id", "partition", "dns_suffix", "reverse_dns_prefix"],
            "aws_region" => &["id", "name", "region", "endpoint"],
            "aws_default_tags" => &["tags"],
            "aws_arn" => &["partition", "service", "region", "account", "resource"],
            "aws_iam_policy" => &["arn", "id"],
            "azurerm_role_definition" => named::ROLE_IDS,
            "template_file" => &["rendered"],
            "null_data_source" => &["outputs"],
            _ => &[],
        };
        for name in names {
            if let Some(value) = self.answer(instance, at, position, name) {
                body.insert(*name, value);
            }
        }
    }

    /// What the configuration alone answers.
    fn answer(&self, instance: &Rc<Instance<'m>>, at: usize, position: usize, name: &str) -> Option<Value> {
        let declaration = instance.module.resources.get(at)?;
        let body = || self.resource_body(instance, at, position);
        match (declaration.type_().as_str(), name) {
            ("aws_iam_policy_document", "json" | "minified_json") => Some(self.document(instance, &body())),
            ("aws_partition", "id" | "partition" | "dns_suffix" | "reverse_dns_prefix") => {
                let region = self.region(instance, declaration);
                Some(partition(region.as_ref().and_then(Value::as_str), name))
            }
            ("aws_region", "id" | "name" | "region" | "endpoint") => {
                let body = body();
                let written =
                    ["region", "name"].iter().find_map(|name| body.get(name)).map(|entry| entry.value.clone());
                let region = written.filter(|value| !value.is_null()).or_else(|| self.region(instance, declaration));
                Some(match region {
                    Some(region) if name == "endpoint" => {
                        let (text, origin) = (region.as_str().map(EcoString::from), region.origin.clone());
                        match text {
                            Some(text) => Value::string(eco_format!("ec2.{text}.amazonaws.com")).with_origin(origin),
                            None => region,
                        }
                    }
                    Some(region) => region,
                    None => Value::unknown("no provider block says which region it is"),
                })
            }
            ("aws_default_tags", "tags") => self.default_tags(instance, declaration),
            ("aws_arn", "partition" | "service" | "region" | "account" | "resource") => {
                let body = body();
                let arn = &body.get("arn")?.value;
                let part =
                    ["partition", "service", "region", "account", "resource"].iter().position(|one| *one == name)?;
                let text = arn.as_str()?.splitn(6, ':').nth(part + 1)?;
                Some(Value::string(text).with_origin(arn.origin.clone()))
            }
            ("aws_iam_policy", "arn" | "id") => named::policy_arn(&body()),
            ("azurerm_role_definition", name) if named::ROLE_IDS.contains(&name) => named::role_id(&body(), name),
            ("template_file", "rendered") => Some(self.rendered(instance, at, position)),
            ("null_data_source", "outputs") => body().get("inputs").map(|entry| entry.value.clone()),
            _ => None,
        }
    }

    /// The JSON text of `aws_iam_policy_document`.
    fn document(&self, instance: &Rc<Instance<'m>>, body: &Map) -> Value {
        let document = iam_document::render(body);
        let mut value = match functions::find("jsonencode") {
            Some(encode) if document.is_wholly_known() && !iam_document::has_open_key(&document) => {
                let context = functions::Context {
                    module: &instance.module.folder,
                    roots: self.roots,
                    files: self.sources.files(),
                    template: &|_, _| Err("no template here".into()),
                };
                (encode.run)(&context, std::slice::from_ref(&document)).unwrap_or_else(Value::unknown)
            }
            _ => {
                let reason = document.first_unknown().and_then(Value::unknown_reason);
                let reason = reason.unwrap_or_else(|| "the key of a condition is known only after apply".into());
                Value::partly_known(reason, Known::Json(Box::new(document.clone())))
            }
        };
        value.origin = Origin::none();
        document.each_reference(&mut |reference| value.origin.push_reference(reference.clone()));
        value
    }

    /// The text of `template_file` over its own variables.
    fn rendered(&self, instance: &Rc<Instance<'m>>, at: usize, position: usize) -> Value {
        let body = self.resource_body(instance, at, position);
        let template = body.get("template").map_or_else(Value::null, |entry| entry.value.clone());
        let vars = body.get("vars").map(|entry| &entry.value).filter(|value| !value.is_null());
        if let Some(unknown) = vars.filter(|vars| vars.is_unknown()).or(template.is_unknown().then_some(&template)) {
            let reason = unknown.unknown_reason().unwrap_or_default();
            return Value::unknown(reason).with_origin(unknown.origin.clone());
        }
        let Some(text) = template.as_str() else { return Value::unknown("the template has no text") };
        let variables = vars.and_then(Value::as_map).cloned().unwrap_or_default();
        match self.render(text, &variables, Scope::of(instance)) {
            Ok(value) => match operators::to_text(&value) {
                Some(text) => Value::string(text).with_origin(value.origin),
                None => value,
            },
            Err(message) => Value::unknown(eco_format!("its template has an error: {message}")),
        }
    }

    /// The region of the provider that a resource or data source belongs to.
    fn region(&self, instance: &Rc<Instance<'m>>, declaration: &Declaration) -> Option<Value> {
        let provider = self.provider_of(instance, declaration)?;
        provider.get("region").map(|entry| entry.value.clone()).filter(|value| !value.is_null())
    }
}

/// What `aws_partition` says; the partition of a region that is not known is the public one.
fn partition(region: Option<&str>, name: &str) -> Value {
    let (partition, suffix, prefix) = match region {
        Some(region) if region.starts_with("cn-") => ("aws-cn", "amazonaws.com.cn", "cn.com.amazonaws"),
        Some(region) if region.starts_with("us-gov-") => ("aws-us-gov", "amazonaws.com", "com.amazonaws"),
        Some(region) if region.starts_with("us-iso-") => ("aws-iso", "c2s.ic.gov", "gov.ic.c2s"),
        Some(region) if region.starts_with("us-isob-") => ("aws-iso-b", "sc2s.sgov.gov", "gov.sgov.sc2s"),
        Some(region) if region.starts_with("eusc-") => ("aws-eusc", "amazonaws.eu", "eu.amazonaws"),
        _ => ("aws", "amazonaws.com", "com.amazonaws"),
    };
    Value::new(Data::String(EcoString::from(match name {
        "dns_suffix" => suffix,
        "reverse_dns_prefix" => prefix,
        _ => partition,
    })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_follow_the_region() {
        for (region, name, expected) in [
            (None, "partition", "aws"),
            (Some("eu-central-1"), "dns_suffix", "amazonaws.com"),
            (Some("cn-north-1"), "id", "aws-cn"),
            (Some("us-gov-west-1"), "partition", "aws-us-gov"),
            (Some("us-isob-east-1"), "reverse_dns_prefix", "gov.sgov.sc2s"),
        ] {
            assert_eq!(partition(region, name).as_str(), Some(expected), "{region:?} {name}");
        }
    }
}
