//! Templates that a resource of another dialect deploys: where their text comes from, and what it is read as.

use std::sync::Arc;

use ecow::{EcoString, eco_format};

use super::embedded::{self, Tree};
use super::{Call, Code, Diagnostic, Evaluated, Resource};
use crate::parse::tree::Node;
use crate::source::{SourceMap, Span};
use crate::value::{Data, Map, Step, StepKind, Value};

/// A template that a resource of another dialect deploys, and what it is given.
pub struct Stack<'s> {
    /// The resource that deploys it.
    pub resource: &'s Resource,
    /// The template, as text.
    pub template: Option<&'s Value>,
    /// The value that the text encodes, where the dialect knows it.
    pub structure: Option<Value>,
    /// What names the template instead of its text.
    pub elsewhere: Option<&'s Value>,
    /// The values of its parameters by name, as texts that encode them or as they are.
    pub parameters: Vec<Value>,
    /// The texts.
    pub sources: &'s SourceMap,
}

/// What a dialect says of the templates that it can evaluate.
pub(super) struct Form {
    /// Whether a tree is a template.
    pub(super) is_template: fn(&Node) -> bool,
    /// What is said of one that is none, after "is".
    pub(super) otherwise: &'static str,
}

impl Stack<'_> {
    /// The file among those that were read which has the text of the template, or says the same.
    pub(super) fn file<'t, T>(&self, files: impl Iterator<Item = &'t T>, root: fn(&T) -> &Node) -> Option<&'t T> {
        let mut files: Vec<&T> = files.collect();
        let key = |file: &&T| self.sources.get(root(file).span.source).map(|source| source.path.clone());
        files.sort_by_cached_key(key);
        let visible = |value: &&Value| !value.sensitive;
        if let Some(text) = self.template.filter(visible).and_then(Value::as_str) {
            let is_text = |file: &&&T| {
                let source = self.sources.get(root(file).span.source);
                source.is_some_and(|source| source.text.trim_end() == text.trim_end())
            };
            if let Some(file) = files.iter().find(is_text) {
                return Some(*file);
            }
        }
        // What is written in place is no file, whatever it says. A plan has the text of a file in another layout, and
        // `jsondecode` its value.
        let tree = match (self.structure.as_ref().filter(visible), self.template.filter(visible)) {
            (Some(structure), _) if embedded::is_of_one_place(structure) => {
                embedded::of_value(structure, self.sources, self.span())
            }
            (None, Some(template)) if !self.sources.text(self.span()).starts_with("<<") => {
                embedded::of_text(template, self.sources, self.span())?
            }
            _ => return None,
        };
        let written = tree.root.filter(|_| tree.errors.is_empty())?;
        files.into_iter().find(|file| embedded::is_same(&written, root(file)))
    }

    /// Reads a template that is no file of its own, and evaluates it together with the values that it holds.
    pub(super) fn embedded(&self, form: &Form, evaluate: impl FnOnce(Node, Vec<Value>) -> Evaluated) -> Evaluated {
        let span = self.span();
        if let Some(reason) = self.structure.as_ref().and_then(Value::unknown_reason) {
            return self.missing(reason);
        }
        let tree = match (&self.structure, self.template.filter(|template| !template.is_null())) {
            (Some(structure), _) => {
                Some(embedded::of_value(&Value { sensitive: false, ..structure.clone() }, self.sources, span))
            }
            (None, Some(template)) => embedded::of_text(template, self.sources, span),
            (None, None) => {
                let named = self.elsewhere.map(|named| match named.as_str() {
                    Some(name) => eco_format!("{name} is not fetched; give its text with file(...)"),
                    None => "what names it is known only after apply; give its text with file(...)".into(),
                });
                return self.missing(named.unwrap_or_else(|| "nothing names it".into()));
            }
        };
        let Some(Tree { root, values, errors, .. }) = tree else {
            let reason = self.template.and_then(Value::unknown_reason);
            return self.missing(reason.unwrap_or_else(|| "it is no text".into()));
        };
        let mut told: Vec<Diagnostic> =
            errors.into_iter().map(|error| Diagnostic::at(Code::ParseError, error.span, error.message)).collect();
        let Some(root) = root.filter(form.is_template) else {
            if told.is_empty() {
                let message = eco_format!("the template of {} is {}", self.resource.address, form.otherwise);
                told.push(Diagnostic::at(Code::InvalidTemplate, span, message));
            }
            return Evaluated { errors: told, ..Evaluated::default() };
        };
        let mut evaluated = evaluate(root, values);
        evaluated.errors.extend(told);
        let outermost = self.structure.as_ref().or(self.template);
        if outermost.is_some_and(|template| template.sensitive) {
            for resource in &mut evaluated.resources {
                let body = embedded::hidden(Value::new(Data::Map(Arc::clone(&resource.body))));
                resource.body = body.as_map().cloned().map(Arc::new).unwrap_or_default();
            }
        }
        evaluated
    }

    /// The calls that lead to what the template declares.
    pub(super) fn calls(&self) -> Arc<[Call]> {
        let call = Call { address: self.resource.address.clone(), span: self.resource.header };
        self.resource.calls.iter().cloned().chain([call]).collect()
    }

    /// The values that the template's parameters of these names are given; later ones win. What is not known as a
    /// whole is not known of each of them.
    pub(super) fn given<'n>(&self, names: impl Iterator<Item = &'n EcoString>) -> (Map, Vec<Diagnostic>) {
        let (mut given, mut errors) = (Map::new(), Vec::new());
        let names: Vec<&EcoString> = names.collect();
        for parameters in &self.parameters {
            let parameters = self.decoded(parameters, &mut errors);
            match &parameters.data {
                Data::Map(map) => {
                    for (name, entry) in &map.entries {
                        let span = if entry.span.is_none() { self.resource.header } else { entry.span };
                        let value = entry.value.clone().with_sensitive(parameters.sensitive);
                        given
                            .entries
                            .insert(name.clone(), crate::value::Entry { value: handed(value, name, span), span });
                    }
                }
                Data::Null => {}
                _ => {
                    let reason = parameters.unknown_reason().unwrap_or_else(|| "they are no mapping".into());
                    let reason = eco_format!("the parameters of {} are not known: {reason}", self.resource.address);
                    for name in &names {
                        let unknown = Value::unknown(reason.clone()).with_origin(parameters.origin.clone());
                        given.insert((*name).clone(), handed(unknown, name, parameters.origin.span));
                    }
                }
            }
        }
        (given, errors)
    }

    /// The value that a text encodes; other values are what they are.
    fn decoded(&self, value: &Value, errors: &mut Vec<Diagnostic>) -> Value {
        let encodes = matches!(&value.data, Data::String(_) | Data::Unknown(_));
        let span = if value.origin.span.is_none() { self.resource.header } else { value.origin.span };
        let Some(tree) = Some(value).filter(|_| encodes).and_then(|text| embedded::of_text(text, self.sources, span))
        else {
            return value.clone();
        };
        let told = tree.errors.iter().map(|error| Diagnostic::at(Code::ParseError, error.span, error.message.clone()));
        errors.extend(told);
        let decoded = tree.value().unwrap_or_else(|| Value::unknown("their text cannot be read"));
        decoded.with_sensitive(value.sensitive)
    }

    /// Where the template is written, or what deploys it.
    fn span(&self) -> Span {
        let span = self.template.map_or(self.resource.header, |template| template.origin.span);
        if span.is_none() { self.resource.header } else { span }
    }

    fn missing(&self, why: EcoString) -> Evaluated {
        let address = &self.resource.address;
        let message = eco_format!("the template of {address} is not known ({why}), so what it deploys is not checked");
        let error = Diagnostic::at(Code::MissingModule, self.span(), message);
        Evaluated { errors: vec![error], ..Evaluated::default() }
    }
}

/// A value as the argument that a template is given.
fn handed(mut value: Value, name: &EcoString, span: Span) -> Value {
    value.origin.push_step(Step { kind: StepKind::Argument, name: name.clone(), span });
    value
}
