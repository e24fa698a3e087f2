//! Resources and outputs: which exist, and what they are worth.

use std::sync::Arc;

use ecow::{EcoString, eco_format};

use super::{Code, Evaluated, Evaluator, Failure, condition, nested};
use crate::evaluate::{Dialect, Resource};
use crate::parse::tree::{Entry, Node};
use crate::value::{Arm, Data, Entry as Property, Map, Truth, Value};

/// Properties that hang on an unknown condition as a whole: each is a choice, and null where it is left out.
fn each_or_none(arms: &[Arm]) -> Map {
    let mut map = Map::new();
    for arm in arms {
        for (name, entry) in arm.value.as_map().into_iter().flat_map(|map| &map.entries) {
            if map.entries.contains_key(name) {
                continue;
            }
            let inner: Vec<Arm> = arms
                .iter()
                .map(|arm| Arm {
                    when: arm.when.clone(),
                    value: arm.value.get(name).map_or_else(Value::null, |entry| entry.value.clone()),
                })
                .collect();
            let value = Value::new(Data::Choice(inner.into())).with_origin(entry.value.origin.clone());
            map.entries.insert(name.clone(), Property { value, span: entry.span });
        }
    }
    map
}

impl Evaluator<'_, '_> {
    /// The resources and outputs of this stack and of those nested in it.
    pub(super) fn stack(&self) -> Evaluated {
        let mut evaluated = Evaluated::default();
        for entry in self.sections.resources.values() {
            self.resource(entry, &mut evaluated);
        }
        for entry in self.sections.outputs.values() {
            if let Exists::Yes(name) = self.exists(&entry.value) {
                let value = self.assuming(name, || entry.value.get("Value").and_then(|node| self.worth(node)));
                if let Some(value) = value {
                    self.export(entry, &value);
                    evaluated.outputs.push((entry.key.clone(), value));
                }
            }
        }
        evaluated
    }

    fn resource(&self, entry: &Entry, evaluated: &mut Evaluated) {
        let Some(type_) = entry.value.get("Type").and_then(Node::as_str) else {
            let (span, what) = match entry.value.get("Type") {
                None => (entry.key_span, eco_format!("resource {} has no Type", entry.key)),
                Some(node) => (node.span, eco_format!("the Type of {} is {}", entry.key, node.shape())),
            };
            let message = eco_format!("{what}, so it is not checked; give it a type such as AWS::S3::Bucket");
            self.shared.fail(Failure { span, message, code: Code::InvalidTemplate });
            return;
        };
        let Exists::Yes(name) = self.exists(&entry.value) else { return };
        if type_.ends_with("::MODULE") {
            let message = eco_format!("the module {type_} lies in a registry, so what it deploys is not checked");
            self.shared.fail(Failure { span: entry.key_span, message, code: Code::MissingModule });
        }
        let properties = entry.value.get("Properties");
        let (body, settings) = self
            .assuming(name.clone(), || (self.body(&entry.key, properties), self.settings(&entry.key, &entry.value)));
        evaluated.resources.push(Resource {
            address: self.address(&entry.key),
            type_: type_.into(),
            dialect: Dialect::CloudFormation,
            project: self.shared.project,
            header: entry.key_span,
            span: entry.key_span.to(entry.value.span),
            calls: Arc::clone(&self.calls),
            body: Arc::new(body),
            settings: Arc::new(settings),
            condition: condition::both(self.condition.as_ref(), name.as_ref()),
            name: None,
            api_version: None,
            provider_major: None,
            existing: false,
        });
        if nested::is_stack(type_)
            && let Some(stack) = self.nested_stack(&entry.key)
        {
            evaluated.resources.extend(stack.resources.iter().cloned());
        }
    }

    /// The properties of a resource.
    fn body(&self, id: &EcoString, properties: Option<&Node>) -> Map {
        let Some(node) = properties else { return Map::new() };
        let Some(value) = self.worth(node) else { return Map::new() };
        match &value.data {
            Data::Map(map) => (**map).clone(),
            Data::Null => Map::new(),
            Data::Choice(arms) if arms.iter().all(|arm| arm.value.is_null() || arm.value.as_map().is_some()) => {
                each_or_none(arms)
            }
            _ => {
                let reason = value.unknown_reason().unwrap_or_else(|| eco_format!("they are {}", node.shape()));
                let message = eco_format!("the properties of {id} are not known ({reason}), so they are not checked");
                self.shared.fail(Failure { span: node.span, message, code: Code::InvalidTemplate });
                Map::new()
            }
        }
    }

    /// Whether a resource or output exists, and on which unknown condition it hangs.
    pub(super) fn exists(&self, declaration: &Node) -> Exists {
        let Some(node) = declaration.get("Condition") else { return Exists::Yes(None) };
        let Some(name) = node.as_str() else {
            self.shared.fail(Failure::at(
                node.span,
                eco_format!("Condition takes the name of a condition, not {}", node.shape()),
            ));
            return Exists::Yes(Some("its condition".into()));
        };
        match self.holds(name, node.span) {
            Truth::True => Exists::Yes(None),
            Truth::False => Exists::No,
            Truth::Unknown => Exists::Yes(Some(name.into())),
        }
    }

    /// Does something while a condition is taken to hold.
    pub(super) fn assuming<T>(&self, condition: Option<EcoString>, work: impl FnOnce() -> T) -> T {
        let before = self.assumed.replace(condition);
        let done = work();
        self.assumed.replace(before);
        done
    }
}

/// Whether something is deployed.
pub(super) enum Exists {
    /// It is, if this unknown condition holds.
    Yes(Option<EcoString>),
    /// It is not.
    No,
}
