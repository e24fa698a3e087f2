//! What names mean in a file: parameters, variables, resources and modules, imports, and functions of its own.

use std::rc::Rc;

use ecow::{EcoString, eco_format};

use super::Shared;
use super::level::Level;
use crate::evaluate::azure::functions::Deployment;
use crate::evaluate::azure::{Evaluator, Failure, Invocation, Names, Outcome};
use crate::parse::bicep::ast::{DeclarationKind, Function, Identifier};
use crate::source::Span;
use crate::value::{Map, Value};

/// Declarations that need each other: more steps than files take, and a stack to keep.
const MAX_STEPS: usize = 400;

/// A place of a file while it is evaluated.
#[derive(Clone, Copy)]
pub(super) struct Here<'h, 'w> {
    pub(super) shared: &'h Shared<'w>,
    pub(super) level: &'h Rc<Level<'w>>,
    /// The conditions whose values are not known, and which hold here.
    pub(super) assumed: &'h [EcoString],
}

impl<'h, 'w> Here<'h, 'w> {
    pub(super) fn new(shared: &'h Shared<'w>, level: &'h Rc<Level<'w>>) -> Self {
        Here { shared, level, assumed: &[] }
    }

    /// Does something one step further from where evaluation began; too many steps are refused.
    pub(super) fn deeper(&self, span: Span, work: impl FnOnce() -> Outcome) -> Outcome {
        let steps = self.shared.steps.get();
        if steps >= MAX_STEPS {
            let message = eco_format!("this needs more than {MAX_STEPS} declarations in turn");
            return Err(Failure::limit(span, message));
        }
        self.shared.steps.set(steps + 1);
        let outcome = work();
        self.shared.steps.set(steps);
        outcome
    }

    /// A function that a file declares.
    fn function(&self, name: &str) -> Option<(Rc<Level<'w>>, &'w Function)> {
        if let Some(DeclarationKind::Function(function)) = self.level.declaration(name).map(|it| &it.kind) {
            return Some((Rc::clone(self.level), function));
        }
        let (path, original) = self.level.import(name)?;
        let library = self.shared.library(path)?;
        match library.declaration(original).map(|declaration| &declaration.kind) {
            Some(DeclarationKind::Function(function)) => Some((library, function)),
            _ => None,
        }
    }

    /// A function of what is imported as a whole.
    fn function_of(&self, space: &str, name: &str) -> Option<(Rc<Level<'w>>, &'w Function)> {
        let library = self.shared.library(self.level.space(space)?)?;
        Here::new(self.shared, &library).function(name)
    }

    fn apply(&self, level: &Rc<Level<'w>>, function: &'w Function, call: &Invocation<'_>) -> Outcome {
        let names: Vec<&str> = function.parameters.iter().map(|(name, _)| name.name.as_str()).collect();
        if call.arguments.len() > names.len() {
            let message = eco_format!("{} takes {} arguments, not {}", call.name, names.len(), call.arguments.len());
            return Err(Failure::at(call.span, message));
        }
        // What is left out may be null, or the compiler refuses the call.
        let mut arguments = call.arguments.to_vec();
        arguments.resize_with(names.len(), Value::null);
        let there = Here::new(self.shared, level);
        self.deeper(call.span, || {
            Evaluator::new(&there).bound(&names, &arguments, &|inner| inner.evaluate(&function.body))
        })
    }

    /// What is imported as a whole: the variables that the file exports.
    fn space(&self, name: &str) -> Option<Value> {
        let library = self.shared.library(self.level.space(name)?)?;
        let there = Here::new(self.shared, &library);
        let mut map = Map::new();
        for declaration in &library.file.program.declarations {
            if let DeclarationKind::Variable(variable) = &declaration.kind
                && let Some(value) = there.declared(&variable.name.name)
            {
                map.insert(variable.name.name.clone(), value.unwrap_or_else(|failure| failure.unknown()));
            }
        }
        Some(Value::map(map))
    }
}

impl Names for Here<'_, '_> {
    fn name(&self, name: &str, _: Span) -> Option<Outcome> {
        if let Some(outcome) = self.declared(name) {
            return Some(outcome);
        }
        if let Some((path, original)) = self.level.import(name) {
            let library = self.shared.library(path)?;
            return Here::new(self.shared, &library).declared(original);
        }
        self.space(name).or_else(|| self.level.inherited(name)).map(Ok)
    }

    fn call(&self, call: &Invocation<'_>) -> Option<Outcome> {
        let function = match call.namespace {
            Some(space) => self.function_of(space, call.name),
            None => self.function(call.name),
        };
        if let Some((level, function)) = function {
            return Some(self.apply(&level, function, call));
        }
        match call.namespace {
            Some(_) => None,
            None => self.content(call),
        }
    }

    fn is_space(&self, name: &str) -> bool {
        self.level.space(name).is_some()
    }

    fn nested(&self, value: &Value, name: &Identifier) -> Option<Outcome> {
        let address = value.as_map()?.resource.clone()?;
        Some(Ok(self.nested_value(&address, &name.name)))
    }

    fn deployment(&self) -> &Deployment {
        &self.level.deployment
    }

    fn text(&self, span: Span) -> EcoString {
        self.shared.input.sources.text(span).into()
    }

    fn recover(&self, failure: Failure) -> Outcome {
        let value = failure.unknown();
        self.shared.fail(failure);
        Ok(value)
    }

    fn spend(&self, values: usize, span: Span) -> Result<(), Failure> {
        self.shared.spend(values, span)
    }

    fn assumes(&self, condition: &str) -> bool {
        self.assumed.iter().any(|assumed| assumed == condition)
    }
}
