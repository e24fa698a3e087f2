//! What an expression is worth in the scope of a project, and where its value came from.

use std::path::PathBuf;

use ecow::EcoString;

use super::{Read, Request, RequestError, progress::Progress, read};
use crate::evaluate::Diagnostic;
use crate::evaluate::terraform::{self, Input};
use crate::parse::terraform as parser;
use crate::report::Report;
use crate::source::SourceMap;
use crate::value::Value;

/// A project that is read once and asked for many expressions.
pub struct Calculator {
    read: Read,
    root: PathBuf,
    sources: SourceMap,
    errors: Vec<Diagnostic>,
    workspace: EcoString,
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
    pub fn new(request: &Request) -> Result<Self, RequestError> {
        let mut report = Report::default();
        let read = read(request, &mut report, &Progress::default())?;
        let root = match (read.workspace.roots.first(), request.paths.first()) {
            (Some((root, _)), _) => root.clone(),
            (None, Some(path)) => terraform::normalize(&request.base.join(path)),
            (None, None) => request.base.clone(),
        };
        let workspace = request.workspace.as_deref().unwrap_or(terraform::DEFAULT_WORKSPACE).into();
        Ok(Calculator { read, root, sources: report.sources, errors: report.errors, workspace })
    }

    /// What could not be read of the project.
    pub fn errors(&self) -> &[Diagnostic] {
        &self.errors
    }

    /// What an expression is worth.
    pub fn ask(&mut self, expression: &str) -> Asked<'_> {
        let answer = self.answer(expression);
        Asked { answer, sources: &self.sources }
    }

    fn answer(&mut self, text: &str) -> Answer {
        let id = self.sources.add(PathBuf::new(), "expression".into(), text.into());
        let expression = match parser::parse_expression(id, text) {
            Ok(expression) => expression,
            Err(error) => {
                let (start, _) = self.sources.range(error.span);
                return Answer::Error(ecow::eco_format!(
                    "line {}, column {}: {}",
                    start.line,
                    start.column,
                    error.message
                ));
            }
        };
        let workspace = &self.read.workspace;
        let own = workspace.roots.iter().find(|(root, _)| *root == self.root).map(|(_, inputs)| inputs);
        let inputs = self.read.inputs(own);
        let input = Input {
            modules: &workspace.modules,
            links: &workspace.links,
            sources: &self.sources,
            roots: &self.read.found.roots,
            root: self.root.clone(),
            inputs,
            locked: workspace.locked.get(&self.root).cloned().unwrap_or_default(),
            project: 0,
        };
        let worth = super::guarded(|| terraform::evaluate_expression_in(input, &self.workspace, &expression));
        match worth {
            Ok(Ok(value)) => Answer::Value(value),
            Ok(Err(message)) => Answer::Error(message),
            Err(why) => Answer::Error(ecow::eco_format!("phiguard failed ({why}); please report it")),
        }
    }
}
