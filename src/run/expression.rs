//! What an expression is worth in the scope of a project, and where its value came from.

use std::path::PathBuf;

use ecow::EcoString;
use rustc_hash::FxHashMap;
use serde_json::Value as Json;

use super::{Read, Request, RequestError, environments::Values, find, progress::Progress, read};
use crate::discover::Found;
use crate::evaluate::azure;
use crate::evaluate::cloudformation;
use crate::evaluate::terraform::{self, Input};
use crate::evaluate::{Diagnostic, Dialect};
use crate::parse::{arm, bicep, documents, json, terraform as parser};
use crate::report::Report;
use crate::source::{SourceMap, Span};
use crate::value::{Origin, Value, from_json};

/// A project that is read once and asked for many expressions.
pub struct Calculator {
    read: Read,
    root: PathBuf,
    dialect: Dialect,
    sources: SourceMap,
    errors: Vec<Diagnostic>,
    request: Request,
}

/// An expression and what it is worth.
pub struct Asked<'c> {
    /// The answer.
    pub answer: Answer,
    /// The texts, to say where the value came from.
    pub sources: &'c SourceMap,
}

/// What an expression is worth.
#[derive(Clone, Debug)]
pub enum Answer {
    /// A value, known or not.
    Value(Value),
    /// It has none, for this reason.
    Error(EcoString),
}

impl Calculator {
    /// Reads a project; without paths the scope is empty.
    pub fn new(request: &Request, dialect: Dialect) -> Result<Self, RequestError> {
        Self::on(request, find(request), None, dialect)
    }

    /// Reads the files of a project that were found. Its scope is that of the folder or file `root`, or of the first
    /// project that is there.
    pub(super) fn on(
        request: &Request,
        found: Found,
        root: Option<PathBuf>,
        dialect: Dialect,
    ) -> Result<Self, RequestError> {
        let mut report = Report { sources: SourceMap::over(request.files.clone()), ..Report::default() };
        let read = read(request, found, &mut report, &Progress::default())?;
        let first = match dialect {
            Dialect::Terraform => read.workspace.roots.first().map(|(root, _)| root),
            Dialect::CloudFormation => read.templates.root_templates().next().map(|template| &template.path),
            Dialect::Arm => read.arm.roots.first(),
            Dialect::Bicep => read.bicep.roots.first(),
        };
        let root = match (root, first, request.paths.first()) {
            (Some(root), ..) => root,
            (None, Some(root), _) => root.clone(),
            (None, None, Some(path)) => terraform::normalize(&request.base.join(path)),
            (None, None, None) => request.base.clone(),
        };
        Ok(Calculator { read, root, dialect, sources: report.sources, errors: report.errors, request: request.clone() })
    }

    fn values(&self) -> &Values {
        self.read.environments.asked(&self.request)
    }

    /// What could not be read of the project.
    pub fn errors(&self) -> &[Diagnostic] {
        &self.errors
    }

    /// What an expression is worth. `context` has what only the deployment knows: pseudo parameters.
    pub fn ask(&mut self, expression: &str, context: &serde_json::Map<String, Json>) -> Asked<'_> {
        let answer = match self.dialect {
            Dialect::Terraform => self.terraform(expression),
            Dialect::CloudFormation => self.cloudformation(expression, context),
            Dialect::Arm | Dialect::Bicep => self.azure(expression, context),
        };
        Asked { answer, sources: &self.sources }
    }

    fn cloudformation(&mut self, text: &str, context: &serde_json::Map<String, Json>) -> Answer {
        let id = self.sources.add(PathBuf::new(), "expression".into(), text.into());
        let read = documents::parse(id, text, false, json::Options::STRICT);
        if let Some(error) = read.errors.first() {
            return self.misread(Some((error.span, error.message.as_str())));
        }
        let Some(node) = read.trees.into_iter().next() else { return self.misread(None) };
        let pseudo = context
            .iter()
            .map(|(name, value)| (name.as_str().into(), from_json(value, Origin::none())))
            .collect::<FxHashMap<EcoString, Value>>();
        let input = cloudformation::Input {
            workspace: &self.read.templates,
            template: self.read.templates.root_templates().find(|template| template.path == self.root),
            inputs: self.values().parameters.clone(),
            pseudo,
            exports: &cloudformation::Exports::default(),
            project: 0,
        };
        match super::guarded(|| cloudformation::evaluate_expression(input, &node)) {
            Ok(Ok(value)) => Answer::Value(value.unwrap_or_else(Value::null)),
            Ok(Err(message)) => Answer::Error(message),
            Err(why) => Answer::Error(ecow::eco_format!("phiguard failed ({why}); please report it")),
        }
    }

    fn azure(&mut self, text: &str, context: &serde_json::Map<String, Json>) -> Answer {
        let id = self.sources.add(PathBuf::new(), "expression".into(), text.into());
        let parsed = match self.dialect {
            Dialect::Bicep => bicep::parse_expression(id, text),
            _ => arm::parse_expression(text, &arm::Offsets::plain(id, 0)),
        };
        let expression = match parsed {
            Ok(expression) => expression,
            Err(error) => return self.misread(Some((error.span, error.message.as_str()))),
        };
        let deployment = azure::functions::Deployment::of_context(context);
        let worth = super::guarded(|| match self.dialect {
            Dialect::Arm => {
                let input = azure::arm::Input {
                    workspace: &self.read.arm,
                    sources: &self.sources,
                    path: self.root.clone(),
                    inputs: self.values().variables.clone(),
                    deployment,
                    project: 0,
                    within: azure::arm::Within::default(),
                };
                azure::arm::evaluate_expression(input, &expression)
            }
            _ => {
                let input = azure::bicep::Input {
                    workspace: &self.read.bicep,
                    templates: &self.read.arm,
                    sources: &self.sources,
                    path: self.root.clone(),
                    inputs: self.values().variables.clone(),
                    deployment,
                    project: 0,
                };
                azure::bicep::evaluate_expression(input, &expression)
            }
        });
        match worth {
            Ok(Ok(value)) => Answer::Value(value),
            Ok(Err(failure)) => Answer::Error(failure.message),
            Err(why) => Answer::Error(ecow::eco_format!("phiguard failed ({why}); please report it")),
        }
    }

    /// What is wrong with the text of an expression.
    fn misread(&self, error: Option<(Span, &str)>) -> Answer {
        let Some((span, message)) = error else { return Answer::Error("there is no expression".into()) };
        let (start, _) = self.sources.range(span);
        Answer::Error(ecow::eco_format!("line {}, column {}: {message}", start.line, start.column))
    }

    fn terraform(&mut self, text: &str) -> Answer {
        let id = self.sources.add(PathBuf::new(), "expression".into(), text.into());
        let expression = match parser::parse_expression(id, text) {
            Ok(expression) => expression,
            Err(error) => return self.misread(Some((error.span, error.message.as_str()))),
        };
        let workspace = &self.read.workspace;
        let own = workspace.roots.iter().find(|(root, _)| *root == self.root).map(|(_, inputs)| inputs);
        let inputs = self.values().inputs(own);
        let workspace_name = self.values().workspace.clone();
        let input = Input {
            modules: &workspace.modules,
            links: &workspace.links,
            sources: &self.sources,
            templates: self.read.deployable(),
            roots: &self.read.found.roots,
            root: self.root.clone(),
            inputs,
            locked: workspace.locked.get(&self.root).cloned().unwrap_or_default(),
            project: 0,
        };
        let worth = super::guarded(|| terraform::evaluate_expression_in(input, &workspace_name, &expression));
        match worth {
            Ok(Ok(value)) => Answer::Value(value),
            Ok(Err(message)) => Answer::Error(message),
            Err(why) => Answer::Error(ecow::eco_format!("phiguard failed ({why}); please report it")),
        }
    }
}
