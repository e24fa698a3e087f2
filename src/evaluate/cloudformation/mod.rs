//! CloudFormation: templates and the stacks nested in them, with what only a deployment knows left unknown.

mod cdk;
mod condition;
pub mod exports;
mod foreach;
mod include;
mod inline;
pub mod inputs;
mod intrinsics;
pub mod load;
mod nested;
mod parameter;
mod resource;
mod sam;
mod settings;
mod stack;
mod template;
mod text;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;

use super::failure::{Failure, Tally};
use super::{Call, Code, Evaluated, embedded};
use crate::parse::tree::{Entry as Pair, Node, NodeKind};
use crate::source::Span;
use crate::value::{Data, Entry, ListKind, Map, Origin, Reference, Value};
pub use exports::Exports;
use load::Workspace;
pub use stack::evaluate_stack;
pub use template::{Template, is_template};

/// What a template is evaluated with.
pub struct Input<'w> {
    /// All templates that were read.
    pub workspace: &'w Workspace,
    /// The template; none for expressions in an empty scope.
    pub template: Option<&'w Template>,
    /// Values of its parameters.
    pub inputs: FxHashMap<EcoString, Value>,
    /// Values of pseudo parameters, such as `AWS::Region`.
    pub pseudo: FxHashMap<EcoString, Value>,
    /// What the other templates export.
    pub exports: &'w Exports,
    /// The project's number, for its resources.
    pub project: usize,
}

/// What all evaluators of one template and its nested stacks share.
struct Shared<'w> {
    workspace: &'w Workspace,
    pseudo: FxHashMap<EcoString, Value>,
    exports: &'w Exports,
    project: usize,
    /// Values that nodes of a template stand for which is part of another dialect's file.
    embedded: Vec<Value>,
    /// What the stacks export, in order.
    exported: RefCell<Vec<exports::Export>>,
    tally: Tally,
}

/// Evaluates one stack. Not shared between threads.
struct Evaluator<'s, 'w> {
    shared: &'s Shared<'w>,
    template: &'w Template,
    inputs: FxHashMap<EcoString, Value>,
    /// What stands before the logical ids of its resources: the stacks that lead to it.
    prefix: EcoString,
    calls: Arc<[Call]>,
    /// The unknown condition that the whole stack hangs on.
    condition: Option<EcoString>,
    sections: template::Sections<'w>,
    parameters: RefCell<FxHashMap<EcoString, Value>>,
    conditions: RefCell<FxHashMap<EcoString, condition::State>>,
    /// The condition that holds because the resource that is evaluated hangs on it.
    assumed: RefCell<Option<EcoString>>,
    children: RefCell<FxHashMap<EcoString, nested::State>>,
    /// What stands for the elements of loops over what is not known, by the loop's name.
    loops: RefCell<FxIndexMap<EcoString, Value>>,
}

type FxIndexMap<K, V> = indexmap::IndexMap<K, V, rustc_hash::FxBuildHasher>;

/// The value of an expression; none where it removes the property that it stands at.
type Outcome = Result<Option<Value>, Failure>;

/// Evaluates a template and the stacks nested in it.
pub fn evaluate(input: Input<'_>) -> Evaluated {
    let Some(template) = input.template else { return Evaluated::default() };
    let shared = Shared::new(&input);
    let evaluator = Evaluator::new(&shared, template, input.inputs);
    let mut evaluated = evaluator.stack();
    evaluated.errors = shared.tally.into_errors();
    evaluated
}

/// Evaluates one expression in the scope of a template; none where it removes what it stands at.
pub fn evaluate_expression(input: Input<'_>, expression: &Node) -> Result<Option<Value>, EcoString> {
    let empty = Template::empty(PathBuf::new());
    let template = input.template.unwrap_or(&empty);
    let shared = Shared { workspace: input.workspace, ..Shared::new(&input) };
    let evaluator = Evaluator::new(&shared, template, input.inputs);
    let before = shared.tally.errors().len();
    let value = evaluator.worth(expression);
    // An error is recorded and its place unknown; for a single expression it is the answer.
    match shared.tally.errors().get(before) {
        Some(error) => Err(error.message.clone()),
        None => Ok(value),
    }
}

impl<'w> Shared<'w> {
    fn new(input: &Input<'w>) -> Self {
        // What the caller gives wins over what the CDK's manifest says.
        let stack = input.template.and_then(|template| template.stack.as_deref());
        let mut pseudo = stack.map(|stack| stack.pseudo.clone()).unwrap_or_default();
        let given = input.inputs.iter().filter(|(name, _)| name.starts_with("AWS::"));
        pseudo.extend(given.chain(&input.pseudo).map(|(name, value)| (name.clone(), value.clone())));
        Shared {
            workspace: input.workspace,
            pseudo,
            exports: input.exports,
            project: input.project,
            embedded: Vec::new(),
            exported: RefCell::default(),
            tally: Tally::default(),
        }
    }

    /// Records what is wrong, once.
    fn fail(&self, failure: Failure) {
        self.tally.fail(failure);
    }

    /// Counts values that are made, and refuses those above the limit.
    fn spend(&self, values: usize, span: Span) -> Result<(), Failure> {
        self.tally.spend(values, "template", span)
    }
}

impl<'s, 'w> Evaluator<'s, 'w> {
    fn new(shared: &'s Shared<'w>, template: &'w Template, mut inputs: FxHashMap<EcoString, Value>) -> Self {
        for (name, value) in template.stack.iter().flat_map(|stack| &stack.parameters) {
            inputs.entry(name.clone()).or_insert_with(|| value.clone());
        }
        let mut evaluator = Evaluator {
            shared,
            template,
            inputs,
            prefix: EcoString::new(),
            calls: Arc::from([]),
            condition: None,
            sections: template::Sections::of(&template.root),
            parameters: RefCell::default(),
            conditions: RefCell::default(),
            assumed: RefCell::default(),
            children: RefCell::default(),
            loops: RefCell::default(),
        };
        evaluator.expand_sections();
        evaluator
    }

    /// The value of a node; none where it is removed. What cannot be evaluated is recorded, and unknown.
    fn worth(&self, node: &Node) -> Option<Value> {
        if let Some(value) = self.shared.embedded(node) {
            return Some(embedded::used_at(value, node.span));
        }
        match intrinsics::recognise(node) {
            Some(call) => self.call(&call),
            None => self.plain(node),
        }
    }

    /// The value of a node, null where it is removed.
    fn worth_or_null(&self, node: &Node) -> Value {
        self.worth(node).unwrap_or_else(|| Value::null().with_origin(Origin::at(node.span)))
    }

    /// The value of a node that is no function itself.
    fn plain(&self, node: &Node) -> Option<Value> {
        let data = match &node.kind {
            NodeKind::Null => Data::Null,
            NodeKind::Bool(value) => Data::Bool(*value),
            NodeKind::Number(value) => Data::Number(*value),
            NodeKind::String(text) if text.contains("${") && !self.loops.borrow().is_empty() => {
                return Some(self.text_in_loops(text, node.span));
            }
            NodeKind::String(text) => Data::String(text.clone()),
            NodeKind::Sequence(items) => {
                let items = items.iter().filter_map(|item| self.worth(item)).collect();
                return Some(Value::list(items, ListKind::Tuple).with_origin(Origin::at(node.span)));
            }
            NodeKind::Mapping(entries) => {
                if let Some(entry) = entries.iter().find(|entry| entry.key == "Fn::Transform") {
                    return self.worth(&Node::new(NodeKind::Mapping(vec![entry.clone()]), node.span));
                }
                return Some(Value::map(self.map(entries)).with_origin(Origin::at(node.span)));
            }
        };
        Some(Value::at(data, node.span))
    }

    /// The entries of a mapping that are not removed.
    fn map(&self, entries: &[Pair]) -> Map {
        let mut map = Map::new();
        for entry in entries {
            if foreach::is_loop(&entry.key) {
                let made = self.expand(entry).unwrap_or_else(|failure| {
                    self.shared.fail(failure);
                    Vec::new()
                });
                map.entries.extend(self.map(&made).entries);
            } else if let Some(value) = self.worth(&entry.value) {
                map.entries.insert(entry.key.clone(), Entry { value, span: entry.value.span });
            }
        }
        map
    }

    /// Records what is wrong, and answers with the value that stands for it.
    fn unknown_for(&self, failure: Failure) -> Value {
        let value = failure.unknown();
        self.shared.fail(failure);
        value
    }

    /// The address of a resource of this stack.
    fn address(&self, id: &str) -> EcoString {
        eco_format!("{}{id}", self.prefix)
    }

    /// What only the deployment knows of a resource of this stack.
    fn computed(&self, id: &str, attribute: &str, span: Span) -> Value {
        let what = if attribute.is_empty() { eco_format!("the id of {id}") } else { eco_format!("{id}.{attribute}") };
        let mut value = Value::unknown(eco_format!("{what} is known only after deployment"));
        value.origin.span = span;
        value.origin.push_reference(Reference { address: self.address(id), attribute: attribute.into() });
        value
    }
}

/// The path that a template's text names, from the folder that the template lies in.
fn local_path(template: &Path, named: &str) -> Option<PathBuf> {
    let is_remote = named.contains("://") || named.starts_with("s3:") || named.contains("${") || named.is_empty();
    if is_remote || Path::new(named).is_absolute() {
        return None;
    }
    Some(super::terraform::normalize(&template.parent()?.join(named)))
}

/// The outputs and resources of a stack, once evaluated.
type Nested = Rc<Evaluated>;

#[cfg(test)]
mod tests;
