//! ARM: templates and what is nested in them, with what only a deployment knows left unknown.

mod identity;
mod level;
pub mod load;
mod nested;
mod resource;
mod scope;
mod stack;
mod template;
#[cfg(test)]
mod tests;
mod worth;

use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::functions::Deployment;
use super::{Evaluator, Failure, Outcome, inputs};
use crate::evaluate::failure::Tally;
use crate::evaluate::{Call, Evaluated};
use crate::parse::bicep::ast::Expression;
use crate::parse::tree::{Node, NodeKind};
use crate::source::{SourceMap, Span};
use crate::value::Value;
use level::Level;
use load::Workspace;
use scope::{Here, Place};
pub use stack::evaluate_stack;
pub use template::{Template, is_compiled, is_template};

/// Values that one expression may be made of.
const MAX_VALUE: usize = 200_000;
/// Values that all expressions of one template may be made of together: they are printed, if only shared in memory.
const MAX_VALUES: usize = 5_000_000;
/// What a template is evaluated with.
pub struct Input<'w> {
    /// All templates that were read.
    pub workspace: &'w Workspace,
    /// All texts.
    pub sources: &'w SourceMap,
    /// The template's file.
    pub path: PathBuf,
    /// Values of its parameters.
    pub inputs: FxHashMap<EcoString, Value>,
    /// Where it is deployed to.
    pub deployment: Deployment,
    /// The project's number, for its resources.
    pub project: usize,
    /// What deploys it.
    pub within: Within,
}

/// What of another dialect deploys a template.
#[derive(Clone, Default)]
pub struct Within {
    /// What stands before the addresses of its resources.
    pub prefix: EcoString,
    /// The calls that lead to it, outermost first.
    pub calls: Arc<[Call]>,
    /// The unknown condition that all of it hangs on.
    pub condition: Option<EcoString>,
}

/// What all places of one deployment share.
struct Shared<'w> {
    workspace: &'w Workspace,
    sources: &'w SourceMap,
    project: usize,
    /// What stands before the addresses of its resources.
    prefix: EcoString,
    /// Values that nodes of the template stand for; none for a template that is a file.
    embedded: Option<Vec<Value>>,
    index: RefCell<identity::Index<'w>>,
    /// The nested templates.
    levels: RefCell<Vec<Rc<Level<'w>>>>,
    /// How many values all expressions are made of.
    made: Cell<usize>,
    /// How many levels lie between the work that is being done and where it began.
    steps: Cell<usize>,
    tally: Tally,
}

/// Evaluates a template and what is nested in it.
pub fn evaluate(input: Input<'_>) -> Evaluated {
    let Some(template) = input.workspace.templates.get(&input.path) else { return Evaluated::default() };
    deploy(Shared::new(&input), template, input)
}

fn deploy<'w>(shared: Shared<'w>, template: &'w Template, input: Input<'w>) -> Evaluated {
    let level = Rc::new(root_level(template, input));
    let place = Place::default();
    let here = Here::new(&shared, &level, &place);
    let mut instances = Vec::new();
    here.declare_all(&mut instances);
    // What was evaluated for the names did not know all resources, so that references may be missing.
    level.forget();
    shared.levels.borrow().iter().for_each(|level| level.forget());
    let resources = instances.iter().map(|instance| instance.evaluate(&shared)).collect();
    let outputs = here.outputs().into_iter().map(|(name, _, value)| (name, value)).collect();
    Evaluated { resources, outputs, errors: shared.tally.into_errors(), ..Evaluated::default() }
}

/// Evaluates one expression in the scope of a template.
pub fn evaluate_expression(input: Input<'_>, expression: &Expression) -> Outcome {
    let empty = Template { path: input.path.clone(), root: Node::new(NodeKind::Mapping(Vec::new()), Span::NONE) };
    let shared = Shared::new(&input);
    let template = input.workspace.templates.get(&input.path).unwrap_or(&empty);
    let level = Rc::new(root_level(template, input));
    let place = Place::default();
    let here = Here::new(&shared, &level, &place);
    here.declare_all(&mut Vec::new());
    level.forget();
    let before = shared.tally.errors().len();
    let value = Evaluator::new(&here).evaluate(expression)?;
    // An error inside an array or object is noted; for a single expression it is the answer.
    match shared.tally.errors().get(before) {
        Some(error) => Err(Failure { span: error.span, message: error.message.clone(), code: error.code }),
        None => Ok(here.with_references(value)),
    }
}

fn root_level<'w>(template: &'w Template, input: Input<'w>) -> Level<'w> {
    let mut deployment = input.deployment;
    deployment.scope = template::level(&template.root).unwrap_or(deployment.scope);
    let mut level = Level::new(&template.root, &template.path, deployment);
    level.inputs = inputs::by_name(&input.inputs);
    level.calls = input.within.calls;
    level.condition = input.within.condition;
    level
}

impl<'w> Shared<'w> {
    fn new(input: &Input<'w>) -> Self {
        Shared {
            workspace: input.workspace,
            sources: input.sources,
            project: input.project,
            prefix: input.within.prefix.clone(),
            embedded: None,
            index: RefCell::new(identity::Index::new(&input.within.prefix)),
            levels: RefCell::default(),
            made: Cell::new(0),
            steps: Cell::new(0),
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

    /// Refuses a value that is made of too many others.
    fn weigh(&self, value: Value, span: Span) -> Outcome {
        let size = super::size(&value, MAX_VALUE);
        let made = self.made.get().saturating_add(size);
        self.made.set(made);
        if size >= MAX_VALUE || made > MAX_VALUES {
            let message = "the values of this template become too large together";
            return Err(Failure::limit(span, message));
        }
        Ok(value)
    }

    /// Counts a resource with all that it is made of.
    fn spend_resource(&self, node: &Node) -> Result<(), Failure> {
        self.spend(node.size(), node.span)
    }
}
