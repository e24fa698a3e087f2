//! The values given to a root module's variables: variable files and the command line, in Terraform's order.

use std::path::Path;

use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;

use crate::parse::terraform::ast::{Body, Expression, ExpressionKind};
use crate::source::Span;
use crate::value::{Data, Entry, ListKind, Map, Step, StepKind, Value};

/// Whether Terraform reads a variable file by itself, and in which order: `terraform.tfvars` first, then
/// `terraform.tfvars.json`, then `*.auto.tfvars` and `*.auto.tfvars.json` by name.
pub fn automatic_order(path: &Path) -> Option<(u8, EcoString)> {
    let name = path.file_name()?.to_str()?;
    match name {
        "terraform.tfvars" => Some((0, name.into())),
        "terraform.tfvars.json" => Some((1, name.into())),
        _ if name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json") => Some((2, name.into())),
        _ => None,
    }
}

/// Takes over what a variable file gives; later files win.
pub fn add_file(inputs: &mut FxHashMap<EcoString, Value>, body: &Body) {
    for attribute in &body.attributes {
        let mut value = constant(&attribute.value);
        value.origin.push_step(Step {
            kind: StepKind::VariableFile,
            name: attribute.name.clone(),
            span: attribute.value.span,
        });
        inputs.insert(attribute.name.clone(), value);
    }
}

/// Takes over `NAME=VALUE` from the command line.
pub fn add_option(inputs: &mut FxHashMap<EcoString, Value>, option: &str) -> Result<(), EcoString> {
    let Some((name, text)) = option.split_once('=') else {
        return Err(eco_format!("--var takes NAME=VALUE, and \"{option}\" has no ="));
    };
    add_text(inputs, name.trim(), text, StepKind::CommandLine);
    Ok(())
}

/// Takes over what the variables `TF_VAR_name` of the process give.
pub fn from_environment() -> FxHashMap<EcoString, Value> {
    let mut inputs = FxHashMap::default();
    for (name, text) in std::env::vars_os() {
        if let (Some(name), Some(text)) = (name.to_str(), text.to_str())
            && let Some(name) = name.strip_prefix("TF_VAR_")
        {
            add_text(&mut inputs, name, text, StepKind::Environment);
        }
    }
    inputs
}

fn add_text(inputs: &mut FxHashMap<EcoString, Value>, name: &str, text: &str, kind: StepKind) {
    let mut value = Value::string(text);
    value.origin.push_step(Step { kind, name: name.into(), span: Span::NONE });
    inputs.insert(name.into(), value);
}

/// A value as a variable takes it: a text of the command line or the environment is an expression where the
/// variable is declared as something else than a string, number or bool.
pub(super) fn read_text(value: Value, type_: Option<&Expression>) -> Result<Value, EcoString> {
    let is_text = value
        .origin
        .steps()
        .last()
        .is_some_and(|step| matches!(step.kind, StepKind::CommandLine | StepKind::Environment));
    let is_primitive = type_.is_none_or(|type_| match &type_.kind {
        ExpressionKind::Name(name) | ExpressionKind::String(name) => {
            matches!(name.as_str(), "string" | "number" | "bool")
        }
        _ => false,
    });
    match &value.data {
        Data::String(text) if is_text && !is_primitive => {
            match crate::parse::terraform::parse_expression(Span::NONE.source, text) {
                Ok(expression) => Ok(constant(&expression).with_origin(value.origin)),
                Err(error) => Err(eco_format!("the value given is no expression: {}", error.message)),
            }
        }
        _ => Ok(value),
    }
}

/// The value of an expression that may hold no references.
fn constant(expression: &Expression) -> Value {
    let data = match &expression.kind {
        ExpressionKind::Null => Data::Null,
        ExpressionKind::Bool(value) => Data::Bool(*value),
        ExpressionKind::Number(number) => Data::Number(*number),
        ExpressionKind::String(text) => Data::String(text.clone()),
        ExpressionKind::Unary(crate::parse::terraform::ast::UnaryOperator::Negate, inner) => {
            let inner = constant(inner);
            match super::operators::unary(crate::parse::terraform::ast::UnaryOperator::Negate, inner) {
                Ok(value) => value.data,
                Err(message) => return Value::unknown(message),
            }
        }
        ExpressionKind::Tuple(items) => {
            return Value::list(items.iter().map(constant).collect(), ListKind::Tuple)
                .with_origin(crate::value::Origin::at(expression.span));
        }
        ExpressionKind::Object(fields) => {
            let mut map = Map::new();
            for (key, field) in fields {
                let name = match &key.kind {
                    ExpressionKind::String(name) | ExpressionKind::Name(name) => name.clone(),
                    ExpressionKind::Number(number) => eco_format!("{number}"),
                    _ => continue,
                };
                map.entries.insert(name, Entry { value: constant(field), span: field.span });
            }
            map.sort();
            return Value::map(map).with_origin(crate::value::Origin::at(expression.span));
        }
        _ => {
            let mut value = Value::unknown("a variable file may hold no references");
            value.origin.span = expression.span;
            return value;
        }
    };
    Value::at(data, expression.span)
}
