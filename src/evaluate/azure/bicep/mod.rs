//! Bicep: files, the modules that they call and the declarations that they import, evaluated without a compiler.

mod content;
mod level;
pub mod load;
mod module;
mod nested;
mod owners;
mod resource;
mod scope;
mod symbol;
mod types;

use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::rc::Rc;

use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;

use super::functions::Deployment;
use super::{Evaluator, Failure, Outcome, arm, inputs};
use crate::evaluate::failure::Tally;
use crate::evaluate::{Code, Diagnostic, Evaluated, Resource};
use crate::parse::bicep::ast::{DeclarationKind, Expression};
use crate::source::{SourceMap, Span};
use crate::value::{Step, StepKind, Value};
use level::Level;
use load::Workspace;
use scope::Here;

/// Modules in modules, and parameter files that extend each other: more than anyone writes.
const MAX_LEVELS: usize = 24;

/// What a file is evaluated with.
#[derive(Clone)]
pub struct Input<'w> {
    /// All files that were read.
    pub workspace: &'w Workspace,
    /// The templates of ARM that were read, which modules may name.
    pub templates: &'w arm::load::Workspace,
    /// All texts.
    pub sources: &'w SourceMap,
    /// The file.
    pub path: PathBuf,
    /// Values of its parameters.
    pub inputs: FxHashMap<EcoString, Value>,
    /// Where it is deployed to.
    pub deployment: Deployment,
    /// The project's number, for its resources.
    pub project: usize,
}

/// What all files of one deployment share.
struct Shared<'w> {
    input: Input<'w>,
    /// The files whose declarations are imported, each evaluated once.
    libraries: RefCell<FxHashMap<PathBuf, Rc<Level<'w>>>>,
    /// Types and names of resources by address, for their children.
    identities: RefCell<FxHashMap<EcoString, resource::Identity>>,
    resources: RefCell<Vec<Resource>>,
    claimed: RefCell<Vec<PathBuf>>,
    steps: Cell<usize>,
    tally: Tally,
}

/// Evaluates a file and the modules that it calls. A parameter file stands for the template that it is for.
pub fn evaluate(input: Input<'_>) -> Evaluated {
    let shared = Shared::new(input);
    let Some(level) = shared.root() else { return Evaluated::default() };
    let here = Here::new(&shared, &level);
    here.check_values();
    here.declare_all();
    let outputs = here.outputs();
    let mut resources = shared.resources.into_inner();
    owners::tie(&mut resources, &shared.identities.into_inner());
    Evaluated { resources, outputs, errors: shared.tally.into_errors(), claimed: shared.claimed.into_inner() }
}

/// Evaluates one expression in the scope of a file; that of a parameter file has its parameters.
pub fn evaluate_expression(input: Input<'_>, expression: &Expression) -> Outcome {
    let shared = Shared::new(input);
    let path = shared.input.path.clone();
    let level = shared.parameters_of(&path, 0).or_else(|| shared.root());
    let Some(level) = level else {
        let names = super::Plain { deployment: shared.input.deployment.clone(), sources: shared.input.sources };
        return Evaluator::new(&names).evaluate(expression);
    };
    let here = Here::new(&shared, &level);
    let value = Evaluator::new(&here).evaluate(expression)?;
    // An error inside an array or object is noted; for a single expression it is the answer.
    let mine = |error: &&Diagnostic| error.span.source == expression.span.source;
    match shared.tally.errors().iter().find(mine) {
        Some(error) => Err(Failure { span: error.span, message: error.message.clone(), code: error.code }),
        None => Ok(value),
    }
}

impl<'w> Shared<'w> {
    fn new(input: Input<'w>) -> Self {
        Shared {
            input,
            libraries: RefCell::default(),
            identities: RefCell::default(),
            resources: RefCell::default(),
            claimed: RefCell::default(),
            steps: Cell::new(0),
            tally: Tally::default(),
        }
    }

    /// The template to evaluate, with the values that a parameter file or the caller gives.
    fn root(&self) -> Option<Rc<Level<'w>>> {
        let path = self.input.path.clone();
        let given = inputs::by_name(&self.input.inputs);
        let Some(parameters) = self.parameters_of(&path, 0) else {
            return Level::open(self, &path, given).map(Rc::new);
        };
        let template = parameters.template()?;
        let here = Here::new(self, &parameters);
        let mut values = here.given_parameters();
        values.extend(given);
        let level = Level::open(self, &template, values);
        if level.is_none() {
            let message = eco_format!("the template of these parameters is not on this disk");
            self.fail(Failure { span: parameters.using_span(), message, code: Code::MissingModule });
        }
        level.map(Rc::new)
    }

    /// A parameter file, with the values of those that it extends; none for other files.
    fn parameters_of(&self, path: &PathBuf, depth: usize) -> Option<Rc<Level<'w>>> {
        let file = self.input.workspace.files.get(path)?;
        let declares = |kind: fn(&DeclarationKind) -> bool| file.program.declarations.iter().any(|it| kind(&it.kind));
        let is_parameters = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("bicepparam"))
            || declares(|kind| matches!(kind, DeclarationKind::Using(_)));
        if !is_parameters || depth > MAX_LEVELS {
            return None;
        }
        let mut inherited = FxHashMap::default();
        for declaration in &file.program.declarations {
            if let DeclarationKind::Extends(base) = &declaration.kind
                && let Some(base) = load::local(path, base).filter(|base| base != path)
                && let Some(level) = self.parameters_of(&base, depth + 1)
            {
                inherited = Here::new(self, &level).given_parameters();
            }
        }
        Level::open(self, path, inherited).map(Rc::new)
    }

    /// The file whose declarations somebody imports.
    fn library(&self, path: &PathBuf) -> Option<Rc<Level<'w>>> {
        if let Some(level) = self.libraries.borrow().get(path) {
            return Some(Rc::clone(level));
        }
        let level = Rc::new(Level::open(self, path, FxHashMap::default())?);
        self.libraries.borrow_mut().insert(path.clone(), Rc::clone(&level));
        Some(level)
    }

    /// Records what is wrong, once.
    fn fail(&self, failure: Failure) {
        self.tally.fail(failure);
    }

    /// Counts values that are made, and refuses those above the limit.
    fn spend(&self, values: usize, span: Span) -> Result<(), Failure> {
        self.tally.spend(values, "file", span)
    }
}

/// A value that was handed on.
fn stepped(mut value: Value, kind: StepKind, name: &EcoString, span: Span) -> Value {
    value.origin.push_step(Step { kind, name: name.clone(), span });
    value
}
