//! Parameters: given values, defaults, choices between allowed values; and the pseudo parameters.

use ecow::{EcoString, eco_format};

use super::{Evaluator, Failure, inputs, text};
use crate::parse::tree::{Entry, Node};
use crate::source::Span;
use crate::value::{Arm, Data, Known, ListKind, Origin, Reference, Step, StepKind, Value};

/// Alternatives that a parameter may be without being simply unknown.
const MAX_ALLOWED: usize = 12;

/// The pseudo parameter that is the account which a template is deployed to.
const ACCOUNT: &str = "AWS::AccountId";

/// The pseudo parameters, and what to say of those that nobody gives.
const PSEUDO: &[(&str, &str)] = &[
    (ACCOUNT, "the account is known only at deployment"),
    ("AWS::NotificationARNs", "the notification topics are known only at deployment"),
    ("AWS::Partition", "the partition is known only at deployment"),
    ("AWS::Region", "the region is known only at deployment"),
    ("AWS::StackId", "the stack's id is known only at deployment"),
    ("AWS::StackName", "the stack's name is known only at deployment"),
    ("AWS::URLSuffix", "the partition's domain is known only at deployment"),
];

impl Evaluator<'_, '_> {
    /// The value of a pseudo parameter; none for other names.
    pub(super) fn pseudo(&self, name: &str, span: Span) -> Option<Value> {
        let (_, reason) = PSEUDO.iter().find(|(known, _)| *known == name)?;
        // A nested stack has a name of its own.
        let is_own = matches!(name, "AWS::StackName" | "AWS::StackId") && !self.calls.is_empty();
        let known = self.shared.pseudo.get(name).filter(|_| !is_own).cloned();
        let filled = name != "AWS::NotificationARNs";
        let value = known.unwrap_or_else(|| Value::partly_known(*reason, Known::Given { filled }));
        let mut origin = Origin::at(span);
        // One's own account is somebody, as a resource of the template is.
        if name == ACCOUNT && value.is_unknown() {
            origin.push_reference(Reference { address: name.into(), attribute: EcoString::new() });
        }
        Some(value.with_origin(origin))
    }

    /// The value of a parameter; none where there is no such parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<Value> {
        if let Some(value) = self.parameters.borrow().get(name) {
            return Some(value.clone());
        }
        let entry = self.sections.parameters.get(name)?;
        let hidden =
            entry.value.get("NoEcho").is_some_and(|node| text::of_node(node).is_some_and(|text| text == "true"));
        let value = self.parameter_value(entry).with_sensitive(hidden);
        self.parameters.borrow_mut().insert(name.into(), value.clone());
        Some(value)
    }

    fn parameter_value(&self, entry: &Entry) -> Value {
        let declared = entry.value.get("Type").and_then(Node::as_str).unwrap_or("String");
        let name = &entry.key;
        let default = entry.value.get("Default");
        if declared.starts_with("AWS::SSM::Parameter::Value<") {
            // What is given is the path in the store too.
            let path = self.inputs.get(name).and_then(text::of).or_else(|| default.and_then(text::of_node));
            let place = path.map(|path| eco_format!(" {path}")).unwrap_or_default();
            let reason = eco_format!("parameter {name} is read from the parameter store{place} at deployment");
            return Value::partly_known(reason, Known::Given { filled: true }).with_origin(Origin::at(entry.key_span));
        }
        if let Some(given) = self.inputs.get(name) {
            let hidden = entry.value.get("NoEcho").is_some();
            let value = typed(given.clone(), declared).with_sensitive(hidden);
            if let Some(message) = inputs::refusal(entry, &value) {
                let span = if value.origin.span.is_none() { entry.key_span } else { value.origin.span };
                return self.unknown_for(Failure::at(span, message));
            }
            return typed(given.clone(), declared);
        }
        if let Some(node) = default
            && let Some(text) = text::of_node(node)
        {
            let mut value = typed(Value::string(text).with_origin(Origin::at(node.span)), declared);
            // A default that is not allowed asks for a value: without one, nothing is deployed.
            if inputs::refusal(entry, &value).is_none() {
                let step = Step { kind: StepKind::ParameterDefault, name: name.clone(), span: entry.key_span };
                value.origin.push_step(step);
                return value;
            }
        }
        let allowed = entry.value.get("AllowedValues").and_then(Node::as_sequence).unwrap_or_default();
        let arms: Vec<Arm> = allowed
            .iter()
            .filter_map(|node| {
                let text = text::of_node(node)?;
                let value = typed(Value::string(text.clone()).with_origin(Origin::at(node.span)), declared);
                Some(Arm { when: eco_format!("{name} is \"{text}\""), value })
            })
            .collect();
        let origin = Origin::at(entry.key_span);
        let unknown = |reason: EcoString, filled: bool| {
            Value::partly_known(reason, Known::Given { filled }).with_origin(origin.clone())
        };
        match arms.as_slice() {
            [] => unknown(eco_format!("parameter {name} has no default"), is_filled(entry, declared)),
            [only] => only.value.clone(),
            arms if arms.len() <= MAX_ALLOWED => Value::new(Data::Choice(arms.into())).with_origin(origin),
            arms => {
                let filled = arms.iter().all(|arm| arm.value.as_str() != Some(""));
                unknown(eco_format!("parameter {name} has no default, and many values are allowed"), filled)
            }
        }
    }
}

/// Whether a parameter cannot be empty. Only a text can, or a list of texts; names and ids of AWS are looked up before
/// anything is deployed. Source: CloudFormation's page on parameters.
fn is_filled(entry: &Entry, declared: &str) -> bool {
    let least = entry.value.get("MinLength").and_then(text::of_node).and_then(|text| text.parse::<u64>().ok());
    !matches!(declared, "String" | "CommaDelimitedList") || least.is_some_and(|least| least > 0)
}

/// A value as a parameter of that type has it: texts, and lists of texts.
fn typed(value: Value, declared: &str) -> Value {
    let is_list = declared == "CommaDelimitedList" || declared.starts_with("List<");
    match &value.data {
        Data::String(text) if is_list => {
            let origin = value.origin.clone();
            let items = text.split(',').map(|item| {
                Value::string(EcoString::from(item.trim())).with_origin(origin.clone()).with_sensitive(value.sensitive)
            });
            let items: Vec<Value> = if text.trim().is_empty() { Vec::new() } else { items.collect() };
            Value::list(items, ListKind::List).with_origin(value.origin).with_sensitive(value.sensitive)
        }
        Data::Choice(arms) => {
            let arms: Vec<Arm> = arms
                .iter()
                .map(|arm| Arm { when: arm.when.clone(), value: typed(arm.value.clone(), declared) })
                .collect();
            Value { data: Data::Choice(arms.into()), ..value }
        }
        Data::Number(_) | Data::Bool(_) => match text::of(&value) {
            Some(text) => typed(Value { data: Data::String(text), ..value }, declared),
            None => value,
        },
        _ => value,
    }
}
