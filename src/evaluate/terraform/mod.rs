//! Terraform: modules and their calls, evaluated the way a plan does, with what only the cloud knows left unknown.

mod azapi;
mod body;
mod calls;
mod conditional;
mod configurations;
mod credentials;
mod data;
mod declarations;
mod elements;
mod expression;
pub mod functions;
mod iam_document;
pub mod inputs;
pub mod load;
pub mod module;
mod named;
mod operators;
mod overrides;
pub mod plan;
pub mod providers;
mod reference;
mod resource;
mod scope;
mod stack;
mod template;
mod types;
mod undeclared;
mod unify;
mod walk;

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;

use super::failure::{Failure, Tally};
use super::{Dialect, Evaluated, Resource};
use crate::parse::terraform::ast::{Block, Expression};
use crate::source::{SourceMap, Span};
use crate::value::{Data, Known, Value};
use module::{Declaration, Module};
use scope::{Given, Instance, Scope};
pub use stack::Templates;

/// Parts that one value may hold, those that it shares with itself counted each time.
const MAX_WEIGHT: usize = 1_000_000;

/// Bytes that one text may have.
const MAX_TEXT: usize = 16 * 1024 * 1024;

/// What a root module is evaluated with.
pub struct Input<'m> {
    /// All modules that were read, by folder.
    pub modules: &'m FxHashMap<PathBuf, Module>,
    /// Where module calls lead, by the calling folder and the call's name.
    pub links: &'m FxHashMap<(PathBuf, EcoString), Link>,
    /// The texts.
    pub sources: &'m SourceMap,
    /// The templates that were read, for the resources that deploy them.
    pub templates: Templates<'m>,
    /// The folders that may be read by functions.
    pub roots: &'m [PathBuf],
    /// The root module's folder.
    pub root: PathBuf,
    /// The values of its variables.
    pub inputs: FxHashMap<EcoString, Value>,
    /// The major versions of providers that `terraform init` chose.
    pub locked: providers::Majors,
    /// The project's number, for its resources.
    pub project: usize,
}

/// Where a module call leads.
#[derive(Clone, Debug)]
pub enum Link {
    /// To this folder.
    Folder(PathBuf),
    /// Nowhere, for this reason.
    Missing(EcoString),
}

/// Evaluates one root module. Not shared between threads: every root has its own.
pub struct Evaluator<'m> {
    modules: &'m FxHashMap<PathBuf, Module>,
    links: &'m FxHashMap<(PathBuf, EcoString), Link>,
    sources: &'m SourceMap,
    templates: Templates<'m>,
    roots: &'m [PathBuf],
    root: PathBuf,
    project: usize,
    locked: providers::Majors,
    workspace: EcoString,
    /// How many `try` and `can` are being evaluated around an expression.
    trying: Cell<usize>,
    depth: Cell<usize>,
    tally: Tally,
}

/// Evaluates a root module and everything it calls, in a workspace.
pub fn evaluate(input: Input<'_>, workspace: &str) -> Evaluated {
    let mut evaluated = evaluate_as_written(input, workspace);
    azapi::resolve(&mut evaluated);
    evaluated
}

/// The same, with every resource as its provider takes it: what a plan of the module lists.
pub fn evaluate_as_written(input: Input<'_>, workspace: &str) -> Evaluated {
    let Some(module) = input.modules.get(&input.root) else { return Evaluated::default() };
    let evaluator = Evaluator::new(&input, workspace);
    let has_value = |(name, block): (&EcoString, &Block)| {
        block.body.attribute("default").is_some() || input.inputs.contains_key(name)
    };
    let is_whole = module.variables.iter().all(has_value);
    let instance = Rc::new(Instance::new(module, EcoString::new(), Arc::from([]), Given::Inputs(input.inputs), None));
    let mut evaluated = Evaluated::default();
    evaluator.collect(&instance, &mut evaluated);
    for output in &module.outputs {
        let name = EcoString::from(output.label(0));
        let value =
            evaluator.output(&instance, &name, output.header).unwrap_or_else(|failure| evaluator.unknown_for(failure));
        let hidden = reference::is_true(output, "sensitive") || reference::is_true(output, "ephemeral");
        // A module that is made to be called, with values that it lacks here, shows nothing to anybody.
        if is_whole && !hidden && holds_sensitive(&value) {
            let message = eco_format!("output \"{name}\" holds a sensitive value; mark it with sensitive = true");
            evaluator.fail(Failure::at(output.header, message));
        }
        evaluated.outputs.push((name, value));
    }
    evaluated.errors.extend(evaluator.tally.into_errors());
    evaluated
}

/// What `terraform.workspace` is where nobody chooses another.
pub const DEFAULT_WORKSPACE: &str = "default";

/// Evaluates one expression in the scope of a root module.
pub fn evaluate_expression(input: Input<'_>, expression: &Expression) -> Result<Value, EcoString> {
    evaluate_expression_in(input, DEFAULT_WORKSPACE, expression)
}

/// Evaluates one expression in the scope of a root module, in a workspace.
pub fn evaluate_expression_in(input: Input<'_>, workspace: &str, expression: &Expression) -> Result<Value, EcoString> {
    let empty = Module::new(input.root.clone());
    let module = input.modules.get(&input.root).unwrap_or(&empty);
    let evaluator = Evaluator::new(&input, workspace);
    let instance = Rc::new(Instance::new(module, EcoString::new(), Arc::from([]), Given::Inputs(input.inputs), None));
    let outcome = evaluator.evaluate(expression, Scope::of(&instance)).map_err(|failure| failure.message)?;
    // A reference to something that is not there is recorded and unknown; for a single expression it is the answer.
    match evaluator.tally.errors().first() {
        Some(error) => Err(error.message.clone()),
        None => Ok(outcome),
    }
}

impl<'m> Evaluator<'m> {
    fn new(input: &Input<'m>, workspace: &str) -> Self {
        Evaluator {
            modules: input.modules,
            links: input.links,
            sources: input.sources,
            templates: input.templates,
            roots: input.roots,
            root: input.root.clone(),
            project: input.project,
            locked: input.locked.clone(),
            workspace: workspace.into(),
            trying: Cell::new(0),
            depth: Cell::new(0),
            tally: Tally::default(),
        }
    }

    /// The major version of the provider of a resource: what was locked, else the highest that the root and the
    /// module allow.
    fn provider_major(&self, instance: &Instance<'m>, declaration: &Declaration) -> Option<u32> {
        let used = providers::used(declaration);
        let name = used.split('.').next().unwrap_or_default();
        if let Some(major) = self.locked.get(name) {
            return Some(*major);
        }
        let root = self.modules.get(&self.root).and_then(|root| root.majors.get(name));
        let own = instance.module.majors.get(name);
        root.into_iter().chain(own).min().copied()
    }

    /// Counts values that are made, and refuses those above the limit.
    fn spend(&self, values: usize, span: Span) -> Result<(), Failure> {
        self.tally.spend(values, "configuration", span)
    }

    /// Records what is wrong, once.
    fn fail(&self, failure: Failure) {
        self.tally.fail(failure);
    }

    /// Objects to what Terraform refuses though it has a value: that value stands, unless a `try` around it asks.
    fn object<T>(&self, failure: Failure, value: T) -> Result<T, Failure> {
        if self.trying.get() > 0 {
            return Err(failure);
        }
        self.fail(failure);
        Ok(value)
    }

    /// Works something out that has its own place, whatever `try` asks for it.
    fn apart<T>(&self, work: impl FnOnce() -> T) -> T {
        let trying = self.trying.replace(0);
        let result = work();
        self.trying.set(trying);
        result
    }

    /// Records what is wrong, and answers with the value that stands for it.
    fn unknown_for(&self, failure: Failure) -> Value {
        let value = failure.unknown();
        self.fail(failure);
        value
    }

    /// Works out everything that a module instance declares, for what is wrong with what nobody uses.
    fn declared(&self, instance: &Rc<Instance<'m>>) {
        let module = instance.module;
        let mut variables: Vec<&EcoString> = module.variables.keys().collect();
        variables.sort();
        for name in variables {
            let _ = self.variable(instance, name, Span::NONE);
        }
        let mut locals: Vec<&EcoString> = module.locals.keys().collect();
        locals.sort();
        for name in locals {
            let _ = self.local(instance, name, Span::NONE);
        }
        for output in &module.outputs {
            let _ = self.output(instance, &output.label(0).into(), output.header);
            self.preconditions(&output.body, Scope::of(instance));
        }
    }

    /// The value, unless it is so large that looking at all of it would never end.
    fn weighed(&self, value: Value, span: Span) -> Value {
        if weigh(&value, MAX_WEIGHT).is_some() {
            return value;
        }
        self.unknown_for(Failure::limit(span, eco_format!("this value holds more than {MAX_WEIGHT} parts")))
    }

    /// Adds the resources of a module instance and of the modules it calls.
    fn collect(&self, instance: &Rc<Instance<'m>>, evaluated: &mut Evaluated) {
        for (at, declaration) in instance.module.resources.iter().enumerate() {
            let repetition = self.repetition_of(instance, at);
            for position in 0..repetition.keys.len() {
                self.in_instance(instance, at, position, |scope| {
                    for lifecycle in declaration.block.body.blocks("lifecycle") {
                        self.preconditions(&lifecycle.body, scope);
                    }
                });
                let encoded = |name: &str| self.encoded(instance, at, position, name);
                let body = self.tagged(instance, declaration, self.resource_body(instance, at, position));
                let body = azapi::opened(declaration.type_(), body, encoded);
                let resource = Resource {
                    address: self.address(instance, at, position),
                    type_: declaration.type_().clone(),
                    name: None,
                    api_version: None,
                    dialect: Dialect::Terraform,
                    project: self.project,
                    header: declaration.block.header,
                    span: declaration.block.span,
                    calls: Arc::clone(&instance.calls),
                    body,
                    condition: both(instance.condition.as_ref(), repetition.condition.as_ref()),
                    settings: self.machines(instance, at, position),
                    existing: declaration.data,
                    provider_major: self.provider_major(instance, declaration),
                };
                let deployed = stack::deployed(&resource, self.sources, self.templates, encoded);
                evaluated.resources.push(resource);
                evaluated.take_in(deployed);
            }
        }
        self.configurations(instance, evaluated);
        self.declared(instance);
        for at in 0..instance.module.calls.len() {
            if let scope::Children::Here(_, children) = self.children(instance, at) {
                for child in children.iter() {
                    self.collect(child, evaluated);
                }
            }
        }
    }
}

/// What is left of a number after the parts of a value are taken off; None where it is not enough. A text counts
/// more the longer it is.
fn weigh(value: &Value, left: usize) -> Option<usize> {
    let left = left.checked_sub(1)?;
    match &value.data {
        Data::String(text) => left.checked_sub(text.len() / 64),
        Data::List(list) => list.items.iter().try_fold(left, |left, item| weigh(item, left)),
        Data::Map(map) => map.entries.values().try_fold(left, |left, entry| weigh(&entry.value, left)),
        Data::Choice(arms) => arms.iter().try_fold(left, |left, arm| weigh(&arm.value, left)),
        Data::Unknown(unknown) => match &unknown.known {
            Known::Nothing | Known::Given { .. } | Known::AtMost(_) | Known::AtLeast(_) => Some(left),
            Known::Json(inner) | Known::Base64(inner) => weigh(inner, left),
            Known::Template(parts) => parts.iter().try_fold(left, |left, part| match part {
                crate::value::Part::Text(text) => left.checked_sub(1 + text.len() / 64),
                crate::value::Part::Hole(hole) => weigh(hole, left),
            }),
        },
        _ => Some(left),
    }
}

/// Whether a value has something in it that must never be printed.
fn holds_sensitive(value: &Value) -> bool {
    value.sensitive
        || match &value.data {
            Data::List(list) => list.items.iter().any(holds_sensitive),
            Data::Map(map) => map.entries.values().any(|entry| holds_sensitive(&entry.value)),
            _ => false,
        }
}

/// Two conditions of which either may be missing.
fn both(outer: Option<&EcoString>, inner: Option<&EcoString>) -> Option<EcoString> {
    match (outer, inner) {
        (Some(outer), Some(inner)) => Some(eco_format!("{outer} and {inner}")),
        (one, other) => one.or(other).cloned(),
    }
}

/// What stands for a hole in a text.
const HOLE: &str = "\u{fffd}";

/// The known texts of a value that is a text with holes, or its whole text.
pub fn known_text(value: &Value) -> Option<EcoString> {
    match &value.data {
        Data::String(text) => Some(text.clone()),
        Data::Unknown(unknown) => match &unknown.known {
            Known::Template(parts) => Some(
                parts
                    .iter()
                    .map(|part| match part {
                        crate::value::Part::Text(text) => text.as_str(),
                        crate::value::Part::Hole(_) => HOLE,
                    })
                    .collect::<String>()
                    .into(),
            ),
            _ => None,
        },
        _ => None,
    }
}

/// The folder of a path, without `.` and `..` where that needs no look at the disk.
pub fn normalize(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                if !normal.pop() {
                    normal.push("..");
                }
            }
            part => normal.push(part),
        }
    }
    normal
}
