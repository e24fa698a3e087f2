//! One file of a deployment: its parameters, variables and imports, each worth evaluating once.

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;

use super::load::{File, local};
use super::scope::Here;
use super::{Shared, stepped};
use crate::evaluate::Call;
use crate::evaluate::azure::functions::{Deployment, Scope};
use crate::evaluate::azure::{Evaluator, Failure, Names, Outcome, inputs};
use crate::parse::bicep::ast::{
    Declaration, DeclarationKind, ExpressionKind, ImportTarget, Parameter, TypeExpression, TypeKind,
};
use crate::source::Span;
use crate::value::{Entry, Map, StepKind, Value};

/// One file of a deployment.
pub(super) struct Level<'w> {
    /// The file.
    pub(super) file: &'w File,
    /// Values that its parameters are given, by their names in lower case.
    pub(super) inputs: FxHashMap<EcoString, Value>,
    /// Where it is deployed to.
    pub(super) deployment: Deployment,
    /// The module calls that lead to it, outermost first.
    pub(super) calls: Arc<[Call]>,
    /// What stands before the addresses of its resources: the module's address and a slash.
    pub(super) prefix: EcoString,
    /// The unknown condition that all of it hangs on.
    pub(super) condition: Option<EcoString>,
    declared: FxHashMap<&'w str, &'w Declaration>,
    /// Imported names: the file, and the name there.
    imported: FxHashMap<&'w str, (PathBuf, &'w str)>,
    /// `import * as name`: the file.
    spaces: FxHashMap<&'w str, PathBuf>,
    values: RefCell<FxHashMap<EcoString, State>>,
    /// The files of the modules that it calls, by address.
    pub(super) modules: RefCell<FxHashMap<EcoString, Option<Rc<Level<'w>>>>>,
}

enum State {
    Running,
    Done(Outcome),
}

impl<'w> Level<'w> {
    /// A file with values for its parameters; none where it was not read.
    pub(super) fn open(shared: &Shared<'w>, path: &PathBuf, inputs: FxHashMap<EcoString, Value>) -> Option<Level<'w>> {
        let file = shared.input.workspace.files.get(path)?;
        let mut level = Level {
            file,
            inputs,
            deployment: shared.input.deployment.clone(),
            calls: Arc::from([]),
            prefix: EcoString::new(),
            condition: None,
            declared: FxHashMap::default(),
            imported: FxHashMap::default(),
            spaces: FxHashMap::default(),
            values: RefCell::default(),
            modules: RefCell::default(),
        };
        for declaration in &file.program.declarations {
            match &declaration.kind {
                DeclarationKind::Import(import) => {
                    let Some(from) = local(path, &import.path) else { continue };
                    match &import.target {
                        ImportTarget::All(name) => {
                            level.spaces.insert(&name.name, from);
                        }
                        ImportTarget::Names(names) => {
                            for name in names {
                                let alias = name.alias.as_ref().unwrap_or(&name.original);
                                level.imported.insert(&alias.name, (from.clone(), &name.original.name));
                            }
                        }
                    }
                }
                DeclarationKind::TargetScope(scope) => {
                    if let ExpressionKind::String(scope) = &scope.kind {
                        level.deployment.scope = match scope.as_str() {
                            "subscription" => Scope::Subscription,
                            "managementGroup" => Scope::ManagementGroup,
                            "tenant" => Scope::Tenant,
                            _ => Scope::Group,
                        };
                    }
                }
                DeclarationKind::Metadata(_) | DeclarationKind::Output(_) | DeclarationKind::Assert(_) => {}
                _ => {
                    if let Some(name) = declaration.name() {
                        level.declared.entry(&name.name).or_insert(declaration);
                    }
                }
            }
        }
        Some(level)
    }

    /// The declaration of a name.
    pub(super) fn declaration(&self, name: &str) -> Option<&'w Declaration> {
        self.declared.get(name).copied()
    }

    /// The file that an import as a whole takes over.
    pub(super) fn space(&self, name: &str) -> Option<&PathBuf> {
        self.spaces.get(name)
    }

    /// Where an imported name is declared.
    pub(super) fn import(&self, name: &str) -> Option<&(PathBuf, &'w str)> {
        self.imported.get(name)
    }

    /// The template that a parameter file is for.
    pub(super) fn template(&self) -> Option<PathBuf> {
        let using = self.file.program.declarations.iter().find_map(|declaration| match &declaration.kind {
            DeclarationKind::Using(using) => using.path.as_ref(),
            _ => None,
        });
        local(&self.file.path, using?)
    }

    /// What a parameter file takes over from the one that it extends: a parameter, or all of them as `base`.
    pub(super) fn inherited(&self, name: &str) -> Option<Value> {
        if self.using_span().is_none() || self.inputs.is_empty() {
            return None;
        }
        if name != "base" {
            return self.inputs.get(name.to_ascii_lowercase().as_str()).cloned();
        }
        let mut all = Map::new();
        let entry = |value: &Value| Entry { value: value.clone(), span: value.origin.span };
        all.entries.extend(self.inputs.iter().map(|(name, value)| (name.clone(), entry(value))));
        all.sort();
        Some(Value::map(all))
    }

    /// Where a parameter file says which template it is for.
    pub(super) fn using_span(&self) -> Span {
        let using = |declaration: &&Declaration| matches!(declaration.kind, DeclarationKind::Using(_));
        self.file.program.declarations.iter().find(using).map_or(Span::NONE, |declaration| declaration.span)
    }

    /// How many modules lead to it.
    pub(super) fn depth(&self) -> usize {
        self.calls.len()
    }
}

impl<'w> Here<'_, 'w> {
    /// The value of a name, worked out once.
    pub(super) fn once(&self, name: &str, span: Span, work: impl FnOnce() -> Outcome) -> Outcome {
        match self.level.values.borrow().get(name) {
            Some(State::Done(outcome)) => return outcome.clone(),
            Some(State::Running) => return Err(Failure::at(span, eco_format!("{name} refers to itself"))),
            None => {}
        }
        self.level.values.borrow_mut().insert(name.into(), State::Running);
        let outcome = self.deeper(span, work);
        self.level.values.borrow_mut().insert(name.into(), State::Done(outcome.clone()));
        outcome
    }

    /// The value of what a file declares under a name; none where it declares no value.
    pub(super) fn declared(&self, name: &str) -> Option<Outcome> {
        let declaration = self.level.declaration(name)?;
        let top = Here::new(self.shared, self.level);
        let span = declaration.header;
        match &declaration.kind {
            DeclarationKind::Parameter(parameter) => {
                Some(top.once(name, span, || top.parameter(declaration, parameter)))
            }
            DeclarationKind::Variable(variable) => Some(top.once(name, span, || {
                let value = Evaluator::new(&top).evaluate(&variable.value)?;
                Ok(stepped(value, StepKind::Variable, &variable.name.name, variable.name.span))
            })),
            DeclarationKind::Resource(resource) => {
                Some(top.once(name, span, || top.resource_value(declaration, resource)))
            }
            DeclarationKind::Module(module) => Some(top.once(name, span, || top.module_value(declaration, module))),
            _ => None,
        }
    }

    fn parameter(&self, declaration: &'w Declaration, parameter: &'w Parameter) -> Outcome {
        let name = &parameter.name;
        let secure = declaration.decorator("secure").is_some();
        let type_name = match parameter.type_.as_ref().map(|type_| &type_.kind) {
            Some(TypeKind::Name(name)) => name.as_str(),
            Some(_) => "any",
            None => "",
        };
        let given = self.level.inputs.get(&name.name.to_ascii_lowercase()).cloned();
        // A parameter that may be null and is given null takes its default.
        let given = given.filter(|given| !(given.is_null() && parameter.value.is_some()));
        let value = match (given, &parameter.value) {
            (Some(given), _) if parameter.type_.is_some() => inputs::typed(given, type_name),
            (_, Some(default)) => {
                let value = Evaluator::new(self).evaluate(default)?;
                let kind = match parameter.type_.is_some() {
                    true => StepKind::ParameterDefault,
                    false => StepKind::VariableFile,
                };
                stepped(value, kind, &name.name, name.span)
            }
            (Some(given), None) => given,
            (None, None) => self.open_parameter(declaration, parameter),
        };
        Ok(value.with_sensitive(secure))
    }

    /// The values that a parameter file gives, its own over those that it extends.
    pub(super) fn given_parameters(&self) -> FxHashMap<EcoString, Value> {
        let mut values = self.level.inputs.clone();
        for declaration in &self.level.file.program.declarations {
            if let DeclarationKind::Parameter(parameter) = &declaration.kind
                && let Some(outcome) = self.declared(&parameter.name.name)
            {
                let value = outcome.unwrap_or_else(|failure| {
                    let value = failure.unknown();
                    self.shared.fail(failure);
                    value
                });
                values.insert(parameter.name.name.to_ascii_lowercase(), value);
            }
        }
        values
    }

    /// Evaluates what nothing may use: an error in it is one all the same.
    pub(super) fn check_values(&self) {
        for declaration in &self.level.file.program.declarations {
            let is_value = matches!(declaration.kind, DeclarationKind::Parameter(_) | DeclarationKind::Variable(_));
            if let (true, Some(name)) = (is_value, declaration.name())
                && let Some(Err(failure)) = self.declared(&name.name)
            {
                self.shared.fail(failure);
            }
        }
    }

    /// The outputs of the file: names and values.
    pub(super) fn outputs(&self) -> Vec<(EcoString, Value)> {
        let mut outputs = Vec::new();
        for declaration in &self.level.file.program.declarations {
            let DeclarationKind::Output(output) = &declaration.kind else { continue };
            let value = match Evaluator::new(self).evaluate(&output.value) {
                Ok(value) => value.with_sensitive(declaration.decorator("secure").is_some()),
                Err(failure) => self.recover(failure).unwrap_or_else(|failure| failure.unknown()),
            };
            outputs.push((output.name.name.clone(), value));
        }
        outputs
    }

    /// What the type of a name is where it is declared or imported, and the file that says so.
    pub(super) fn type_named(&self, name: &str) -> Option<(Rc<Level<'w>>, &'w TypeExpression)> {
        if let Some(Declaration { kind: DeclarationKind::Type(declared), .. }) = self.level.declaration(name) {
            return Some((Rc::clone(self.level), &declared.type_));
        }
        let (path, original) = self.level.import(name)?;
        let library = self.shared.library(path)?;
        match library.declaration(original).map(|declaration| &declaration.kind) {
            Some(DeclarationKind::Type(declared)) => Some((library, &declared.type_)),
            _ => None,
        }
    }
}
