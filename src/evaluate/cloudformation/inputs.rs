//! Parameter files in the three forms that the AWS command line takes, and whether parameters may have the values that
//! they are given.

use ecow::{EcoString, eco_format};
use regex::RegexBuilder;

use super::load::Workspace;
use super::text;
use crate::evaluate::{Code, Diagnostic};
use crate::parse::tree::{Entry, Node, NodeKind};
use crate::source::Span;
use crate::value::{Data, Origin, Step, StepKind, Value};

/// Patterns that compile to more than this are not applied.
const MAX_PATTERN: usize = 1 << 20;

/// What a parameter file must look like.
const FORMS: &str = "a parameter file is [{\"ParameterKey\": ..., \"ParameterValue\": ...}], \
                     {\"Parameters\": {NAME: VALUE}} or [\"NAME=VALUE\"]";

/// A value that a file gives to a parameter.
#[derive(Clone, Debug)]
pub struct Given {
    /// The parameter's name.
    pub name: EcoString,
    /// Where the file names it.
    pub span: Span,
    /// The value.
    pub value: Value,
}

/// The values of a parameter file, or where it leaves the three forms.
pub fn read(root: &Node) -> Result<Vec<Given>, (Span, EcoString)> {
    match &root.kind {
        NodeKind::Sequence(items) => items.iter().map(item).collect(),
        NodeKind::Mapping(_) => {
            let parameters = root.get("Parameters").ok_or_else(|| wrong(root))?;
            let entries = parameters.as_mapping().ok_or_else(|| wrong(parameters))?;
            entries.iter().map(|entry| given(&entry.key, entry.key_span, Some(&entry.value), root)).collect()
        }
        _ => Err(wrong(root)),
    }
}

fn wrong(node: &Node) -> (Span, EcoString) {
    (node.span, eco_format!("{FORMS}, and this is {}", node.shape()))
}

/// An element of the two forms that are lists.
fn item(node: &Node) -> Result<Given, (Span, EcoString)> {
    if let Some(text) = node.as_str() {
        let (name, value) = text.split_once('=').ok_or_else(|| (node.span, eco_format!("\"{text}\" has no =")))?;
        let value = Value::string(value).with_origin(Origin::at(node.span));
        return Ok(with_step(name.into(), node.span, value));
    }
    let key = node.get("ParameterKey").ok_or_else(|| wrong(node))?;
    let name = key.as_str().ok_or_else(|| wrong(key))?;
    if node.get("UsePreviousValue").and_then(text::of_node).is_some_and(|text| text == "true") {
        let value = Value::unknown(eco_format!("parameter {name} keeps the value of the last deployment"));
        return Ok(with_step(name.into(), key.span, value.with_origin(Origin::at(key.span))));
    }
    given(name, key.span, node.get("ParameterValue"), node)
}

fn given(name: &str, span: Span, value: Option<&Node>, around: &Node) -> Result<Given, (Span, EcoString)> {
    let Some(node) = value else {
        return Err((around.span, eco_format!("{name} has no ParameterValue")));
    };
    let text = match node.as_sequence() {
        // The elements of a list may be written as one.
        Some(items) => items.iter().map(text::of_node).collect::<Option<Vec<EcoString>>>().map(|items| items.join(",")),
        None => text::of_node(node).map(String::from),
    };
    let text =
        text.ok_or_else(|| (node.span, eco_format!("the value of {name} must be a text, not {}", node.shape())))?;
    Ok(with_step(name.into(), span, Value::string(text).with_origin(Origin::at(node.span))))
}

fn with_step(name: EcoString, span: Span, mut value: Value) -> Given {
    value.origin.push_step(Step { kind: StepKind::ParameterFile, name: name.clone(), span });
    Given { name, span, value }
}

/// Names that a file gives and no template declares.
pub fn undeclared(workspace: &Workspace, given: &[Given]) -> Vec<Diagnostic> {
    let is_declared = |name: &str| {
        name.starts_with("AWS::")
            || workspace.root_templates().any(|template| {
                template.root.get("Parameters").is_some_and(|parameters| parameters.get(name).is_some())
            })
    };
    given
        .iter()
        .filter(|given| !is_declared(&given.name))
        .map(|given| {
            let name = &given.name;
            let message = eco_format!("no template here has a parameter {name}; correct the name, or remove it");
            Diagnostic::at(Code::EvaluationError, given.span, message)
        })
        .collect()
}

/// Why a parameter may not have a value; none where it may, or where that is not known.
pub(super) fn refusal(parameter: &Entry, value: &Value) -> Option<EcoString> {
    match &value.data {
        Data::List(list) => list.items.iter().find_map(|item| refusal(parameter, item)),
        Data::String(text) => refused(parameter, text, value.sensitive),
        _ => None,
    }
}

fn refused(parameter: &Entry, given: &str, sensitive: bool) -> Option<EcoString> {
    let (name, declaration) = (&parameter.key, &parameter.value);
    let rule = |key: &str| declaration.get(key).and_then(text::of_node);
    let bound = |key: &str| rule(key).and_then(|text| text.parse::<f64>().ok());
    let shown = if sensitive { "the value of a hidden parameter".into() } else { eco_format!("\"{given}\"") };
    let not = |why: EcoString| Some(eco_format!("parameter {name} cannot be {shown}: {why}"));
    let allowed = declaration.get("AllowedValues").and_then(Node::as_sequence).unwrap_or_default();
    let allowed: Vec<EcoString> = allowed.iter().filter_map(text::of_node).collect();
    if !allowed.is_empty() && !allowed.iter().any(|one| one == given) {
        return not(eco_format!("it allows {}", allowed.join(", ")));
    }
    let kind = declaration.get("Type").and_then(Node::as_str).unwrap_or_default();
    if matches!(kind, "Number" | "List<Number>") {
        let Ok(number) = given.parse::<f64>() else { return not("it takes a number".into()) };
        return match (bound("MinValue"), bound("MaxValue")) {
            (Some(least), _) if number < least => not(eco_format!("it is at least {least}")),
            (_, Some(most)) if number > most => not(eco_format!("it is at most {most}")),
            _ => None,
        };
    }
    let length = given.chars().count() as f64;
    match (bound("MinLength"), bound("MaxLength")) {
        (Some(least), _) if length < least => return not(eco_format!("it has at least {least} characters")),
        (_, Some(most)) if length > most => return not(eco_format!("it has at most {most} characters")),
        _ => {}
    }
    let pattern = rule("AllowedPattern")?;
    // What this syntax of patterns lacks, such as looking ahead, cannot be told.
    let regex = RegexBuilder::new(&format!("^(?:{pattern})$")).size_limit(MAX_PATTERN).build().ok()?;
    if regex.is_match(given) { None } else { not(eco_format!("it must match {pattern}")) }
}
