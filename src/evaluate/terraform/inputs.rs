//! The values given to a root module's variables: variable files and the command line, in Terraform's order.

use std::path::Path;

use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;

use crate::parse::terraform::ast::{Body, Expression, ExpressionKind};
use crate::source::{SourceId, Span};
use crate::value::{Data, Entry, ListKind, Map, Step, StepKind, Value};

/// Whether Terraform reads a variable file by itself, and in which order: `terraform.tfvars` first, then
/// `*.auto.tfvars` by name.
pub fn automatic_order(path: &Path) -> Option<(u8, EcoString)> {
    let name = path.file_name()?.to_str()?;
    match name {
        "terraform.tfvars" => Some((0, name.into())),
        _ if name.ends_with(".auto.tfvars") => Some((1, name.into())),
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

/// Takes over `NAME=VALUE` from the command line. A value that is an expression is read as one, any other as text.
pub fn add_option(inputs: &mut FxHashMap<EcoString, Value>, option: &str, source: SourceId) -> Result<(), EcoString> {
    let Some((name, text)) = option.split_once('=') else {
        return Err(eco_format!("--var takes NAME=VALUE, and \"{option}\" has no ="));
    };
    let literal = text.trim_start();
    let structured = literal.starts_with(['[', '{', '"']);
    let mut value = match crate::parse::terraform::parse_expression(source, text) {
        Ok(expression) if structured => constant(&expression),
        Err(error) if structured => return Err(eco_format!("--var {name}: {}", error.message)),
        _ => Value::string(text),
    };
    value.origin.span = Span::NONE;
    value.origin.push_step(Step { kind: StepKind::CommandLine, name: name.trim().into(), span: Span::NONE });
    inputs.insert(name.trim().into(), value);
    Ok(())
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
