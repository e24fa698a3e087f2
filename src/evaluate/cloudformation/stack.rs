//! Stacks that another dialect deploys: its resource gives the template and the parameters, and what the template
//! declares stands under the address of that resource.

use std::path::PathBuf;
use std::sync::Arc;

use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;

use super::embedded::{self, Tree};
use super::load::Workspace;
use super::{Call, Code, Diagnostic, Evaluated, Evaluator, Exports, Input, Shared, Template, is_template};
use crate::evaluate::Resource;
use crate::parse::tree::Node;
use crate::source::{SourceMap, Span};
use crate::value::{Data, Map, Step, StepKind, Value};

/// What a stack of another dialect is evaluated with.
pub struct Stack<'s> {
    /// The resource that deploys it.
    pub resource: &'s Resource,
    /// Its template, as text.
    pub template: Option<&'s Value>,
    /// The value that the text encodes, where the dialect knows it.
    pub structure: Option<Value>,
    /// Where the template lies instead.
    pub url: Option<&'s Value>,
    /// The values of its parameters.
    pub parameters: Option<&'s Value>,
    /// The texts.
    pub sources: &'s SourceMap,
    /// The templates that were read: one with the same text is the one that is meant.
    pub templates: &'s Workspace,
}

/// Evaluates a stack of another dialect.
pub fn evaluate_stack(stack: &Stack<'_>) -> Evaluated {
    let span = stack.template.map_or(stack.resource.header, |template| template.origin.span);
    let span = if span.is_none() { stack.resource.header } else { span };
    if let Some(template) = stack.file() {
        let mut evaluated = stack.evaluate(stack.templates, template, Vec::new());
        evaluated.claimed.push(template.path.clone());
        return evaluated;
    }
    let missing = |why: EcoString| {
        let message = eco_format!(
            "the template of {} is not known ({why}), so what it deploys is not checked",
            stack.resource.address
        );
        Evaluated { errors: vec![Diagnostic::at(Code::MissingModule, span, message)], ..Evaluated::default() }
    };
    let tree = match (&stack.structure, stack.template.filter(|template| !template.is_null())) {
        (Some(structure), _) => {
            Some(embedded::of_value(&Value { sensitive: false, ..structure.clone() }, stack.sources, span))
        }
        (None, Some(template)) => embedded::of_text(template, stack.sources, span),
        (None, None) => {
            let url = stack.url.and_then(Value::as_str);
            return missing(url.map_or_else(
                || "nothing names it".into(),
                |url| eco_format!("{url} is not fetched; give its text with file(...)"),
            ));
        }
    };
    let Some(Tree { root, values, errors }) = tree else {
        return missing(embedded::shown(stack.template.and_then(Value::unknown_reason)));
    };
    let mut told: Vec<Diagnostic> =
        errors.into_iter().map(|error| Diagnostic::at(Code::ParseError, error.span, error.message)).collect();
    let Some(root) = root.filter(is_template) else {
        if told.is_empty() {
            let message = eco_format!(
                "the template of {} is no CloudFormation template: it has no Resources with a Type",
                stack.resource.address
            );
            told.push(Diagnostic::at(Code::InvalidTemplate, span, message));
        }
        return Evaluated { errors: told, ..Evaluated::default() };
    };
    let template = Template::new(PathBuf::new(), 0, root);
    let mut evaluated = stack.evaluate(&Workspace::default(), &template, values);
    evaluated.errors.extend(told);
    let outermost = stack.structure.as_ref().or(stack.template);
    if outermost.is_some_and(|template| template.sensitive) {
        for resource in &mut evaluated.resources {
            let body = embedded::hidden(Value::new(Data::Map(Arc::clone(&resource.body))));
            resource.body = body.as_map().cloned().map(Arc::new).unwrap_or_default();
        }
    }
    evaluated
}

impl Stack<'_> {
    /// The file that was read as a template and has the very text of this one.
    fn file(&self) -> Option<&Template> {
        let text = self.template.filter(|template| !template.sensitive)?.as_str()?;
        let is_same = |template: &&Template| {
            let source = self.sources.get(template.root.span.source);
            source.is_some_and(|source| source.text.trim_end() == text.trim_end())
        };
        self.templates.templates.iter().filter(is_same).min_by_key(|template| &template.path)
    }

    fn evaluate(&self, workspace: &Workspace, template: &Template, values: Vec<Value>) -> Evaluated {
        let exports = Exports::default();
        let input = Input {
            workspace,
            template: Some(template),
            inputs: self.inputs(),
            pseudo: FxHashMap::default(),
            exports: &exports,
            project: self.resource.project,
        };
        let shared = Shared { embedded: values, ..Shared::new(&input) };
        let mut evaluator = Evaluator::new(&shared, template, input.inputs);
        let address = &self.resource.address;
        evaluator.prefix = eco_format!("{address}/");
        let call = Call { address: address.clone(), span: self.resource.header };
        evaluator.calls = self.resource.calls.iter().cloned().chain([call]).collect::<Arc<[Call]>>();
        evaluator.condition = self.resource.condition.clone();
        let mut evaluated = evaluator.stack();
        evaluated.errors = shared.tally.into_errors();
        evaluated
    }

    fn inputs(&self) -> FxHashMap<EcoString, Value> {
        let mut inputs = FxHashMap::default();
        for (name, entry) in self.parameters.and_then(Value::as_map).map(|map| &map.entries).into_iter().flatten() {
            let mut value = entry.value.clone();
            let span = if entry.span.is_none() { self.resource.header } else { entry.span };
            value.origin.push_step(Step { kind: StepKind::Argument, name: name.clone(), span });
            inputs.insert(name.clone(), value);
        }
        inputs
    }
}

/// The entry of a body as a value.
pub fn given<'b>(body: &'b Map, name: &str) -> Option<&'b Value> {
    body.get(name).map(|entry| &entry.value).filter(|value| !value.is_null())
}

impl Shared<'_> {
    /// The value that a node of an embedded template stands for.
    pub(super) fn embedded(&self, node: &Node) -> Option<&Value> {
        if self.embedded.is_empty() {
            return None;
        }
        embedded::place(node).and_then(|at| self.embedded.get(at))
    }
}

/// Where a value of an embedded template is used.
pub(super) fn used_at(value: &Value, span: Span) -> Value {
    let mut value = value.clone();
    if value.origin.span.is_none() {
        value.origin.span = span;
    }
    value
}
